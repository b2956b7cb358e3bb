"""The shop on a machine: installed as its own install script does it, behind nginx, with a card gateway beside it."""

import re
import shutil
from pathlib import Path

from machine import Done, Machine

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/shop"
SITE = "http://127.0.0.1"
GATEWAY_UNIT = """\
[Service]
ExecStart=/usr/bin/python3 /srv/shop/tests/gateway.py 9090

[Install]
WantedBy=multi-user.target
"""


def install(machine: Machine, wheels: Path) -> None:
    left_out = shutil.ignore_patterns(".venv", "__pycache__", "*.egg-info", "*.db", "setpoint.lock")
    shutil.copytree(EXAMPLE, machine.path("/srv/shop"), ignore=left_out, dirs_exist_ok=True)
    shutil.copytree(wheels, machine.path("/srv/wheels"))
    machine.path("/etc/nginx/sites-enabled/default").unlink(missing_ok=True)
    machine.write("/etc/systemd/system/gateway.service", GATEWAY_UNIT)
    # It is there again after the machine was started again.
    machine.run("systemctl", "enable", "--quiet", "--now", "gateway.service")
    machine.run("/srv/shop/deploy/install.sh", PIP_NO_INDEX="1", PIP_FIND_LINKS="/srv/wheels", seconds=300)
    wait_until_healthy(machine)


def wait_until_healthy(machine: Machine) -> None:
    machine.wait_for("`/health` through nginx", lambda: fetch(machine, "/health").out == '{"ok":true}')


def fetch(machine: Machine, path: str, *options: str) -> Done:
    """One request to nginx, with the answer's body alone."""
    name = ("--header", "Host: shop.example")
    return machine.run("curl", "--silent", "--max-time", "5", *name, *options, SITE + path, check=False)


def restart(machine: Machine, unit: str = "shop.service") -> None:
    machine.run("systemctl", "restart", unit)
    if unit == "shop.service":
        wait_until_healthy(machine)


def main_pid(machine: Machine, unit: str) -> int:
    return int(machine.run("systemctl", "show", "--property=MainPID", "--value", unit).out)


def environment_of(machine: Machine, pid: int) -> dict[str, str]:
    """What a process really got, from the kernel. `pid` is the machine's own number of it."""
    pairs = machine.run("cat", f"/proc/{pid}/environ").out.split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def cookie(done: Done) -> str:
    """The session's cookie in an answer's head. curl's own jar would not send it back: it is for HTTPS alone."""
    return re.search(r"^set-cookie: (session=[^;]+)", done.out, re.IGNORECASE | re.MULTILINE).group(1)
