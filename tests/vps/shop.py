"""The shop on a machine: installed as its own install script does it, behind nginx, with a card gateway beside it."""

import re
import shutil
from pathlib import Path

from machine import Done, Machine

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/shop"
SITE = "http://127.0.0.1"
GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "safe.directory=*", "-C", "/srv/shop"]
# Has pip take what the machine has, which reaches no index.
WITH_WHEELS = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/srv/wheels"}
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
    machine.run("/srv/shop/deploy/install.sh", seconds=300, **WITH_WHEELS)
    wait_until_healthy(machine)


def make_checkout(machine: Machine, *ignored: str) -> None:
    """The shop's folder becomes a checkout, as a server has it."""
    machine.write("/srv/shop/.gitignore", "\n".join([".venv/", "__pycache__/", "*.egg-info/", "*.db*", *ignored, ""]))
    machine.run("git", "init", "--quiet", "--bare", "--initial-branch=main", "/srv/origin.git")
    for words in [
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "first"],
        ["remote", "add", "origin", "/srv/origin.git"],
        ["push", "--quiet", "origin", "main"],
        ["checkout", "--quiet", "--detach", "main"],
    ]:
        machine.run(*GIT, *words)


def unmake_checkout(machine: Machine) -> None:
    machine.run("rm", "-rf", "/srv/shop/.git", "/srv/shop/.gitignore", "/srv/origin.git")


def push(machine: Machine, path: str, old: str, new: str) -> None:
    """A new version, with one text changed, on the main branch of the origin; the folder stays at the old one."""
    found = machine.run(*GIT, "rev-parse", "HEAD").out.strip()
    text = machine.read(path)
    assert old in text, f"`{old}` is not in `{path}`"
    mode = machine.path(path).stat().st_mode & 0o777
    machine.write(path, text.replace(old, new, 1), mode=mode)
    machine.run(*GIT, "commit", "--quiet", "--all", "--message", "next")
    machine.run(*GIT, "push", "--quiet", "--force", "origin", "HEAD:main")
    machine.run(*GIT, "checkout", "--quiet", "--detach", found)


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
