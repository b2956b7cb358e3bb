"""A service of a few lines beside the shop, whose server, unit and nginx a test sets as it needs them.

Its application is `proof_app.py`, its Python packages are the shop's.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from machine import Machine

HERE = Path(__file__).resolve().parent
UNIT = "proof.service"
NGINX_PORT = 8180
SITE = f"http://127.0.0.1:{NGINX_PORT}"
SERVER_PORT = 8100
UNIT_FILE = f"/etc/systemd/system/{UNIT}"
NGINX_FILE = "/etc/nginx/sites-enabled/proof"
ERROR_LOG = "/var/log/nginx/proof.error.log"
FOLDER = "/srv/proof"


@dataclass(frozen=True)
class Service:
    """What a service is set to; what is left out has the default of its program."""

    command: str
    unit: str = ""
    upstream: str = ""
    server: str = ""

    def unit_file(self) -> str:
        return (
            f"[Unit]\nStartLimitIntervalSec=0\n"
            f"[Service]\nUser=shop\nWorkingDirectory={FOLDER}\nExecStart=/srv/shop/.venv/bin/{self.command}\n{self.unit}\n"
        )

    def nginx_file(self) -> str:
        return (
            f"upstream proof {{\n    server 127.0.0.1:{SERVER_PORT};\n    {self.upstream}\n}}\n"
            f"server {{\n    listen 127.0.0.1:{NGINX_PORT};\n    error_log {ERROR_LOG};\n"
            "    proxy_http_version 1.1;\n    proxy_set_header Connection \"\";\n"
            f"    {self.server}\n    location / {{ proxy_pass http://proof; }}\n}}\n"
        )


def gunicorn(options: str = "") -> str:
    """The command line of gunicorn with a sync worker, to which a request is all that it does until it ends."""
    return f"gunicorn --bind 127.0.0.1:{SERVER_PORT} {options} proof_app:wsgi"


def uvicorn(options: str = "") -> str:
    return f"uvicorn --port {SERVER_PORT} {options} proof_app:asgi"


def start(machine: Machine, service: Service) -> None:
    """The service as it is set now, behind an nginx that knows the new settings alone, with an empty error log."""
    machine.path(FOLDER).mkdir(exist_ok=True)
    for name in ("proof_app.py", "proof_bursts.py"):
        shutil.copy(HERE / name, machine.path(f"{FOLDER}/{name}"))
    machine.write(UNIT_FILE, service.unit_file())
    machine.write(NGINX_FILE, service.nginx_file())
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT)
    # A reload would leave the old workers to their connections for a while.
    restart_nginx(machine)
    machine.wait_for("the service through nginx", lambda: status(machine, "/") == "200")
    # nginx appends, and so goes on at the new end.
    machine.path(ERROR_LOG).write_text("")


def remove(machine: Machine) -> None:
    machine.run("systemctl", "stop", UNIT)
    machine.run("rm", "-r", FOLDER, UNIT_FILE, NGINX_FILE)
    machine.run("systemctl", "daemon-reload")
    restart_nginx(machine)


def restart_nginx(machine: Machine) -> None:
    # systemd counts the starts, and refuses those above five in ten seconds.
    machine.run("systemctl", "reset-failed", "nginx.service")
    machine.run("systemctl", "restart", "nginx.service")


def status(machine: Machine, path: str, *options: str) -> str:
    """The status of nginx's answer to one request."""
    quiet = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "30"]
    return machine.run("curl", *quiet, *options, SITE + path, check=False).out


def bursts(machine: Machine, at_once: int, pauses: list[float]) -> dict[str, int]:
    """How often each status came, of a burst of requests after each pause."""
    command = ["python3", f"{FOLDER}/proof_bursts.py", str(NGINX_PORT), str(at_once), *map(str, pauses)]
    return json.loads(machine.run(*command).out)


def journal(machine: Machine) -> str:
    """What the service said and what systemd said of it."""
    return machine.run("journalctl", "--unit", UNIT, "--output=cat", "--no-pager").out


def errors(machine: Machine) -> str:
    """What nginx said of the service since it was started."""
    return machine.read(ERROR_LOG)
