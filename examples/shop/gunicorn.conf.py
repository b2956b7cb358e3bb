"""gunicorn for production; the unit passes it with `-c`."""

import os

bind = os.environ.get("SHOP_BIND", "127.0.0.1:8000")

# The machine has two cores; SQLite does not gain from more writers than this.
workers = 3
worker_class = "uvicorn.workers.UvicornWorker"

# A checkout waits for the card gateway, so be generous.
timeout = 60
graceful_timeout = 30
keepalive = 5

# SQLAlchemy 1.3 used to leak; nobody has measured it again since.
max_requests = 2000
max_requests_jitter = 200

accesslog = "-"
forwarded_allow_ips = "127.0.0.1"
# systemd is what controls it; and the shop may not write into its own folder.
control_socket_disable = True
