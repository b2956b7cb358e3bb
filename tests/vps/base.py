"""The base that every machine is a copy of, and the Python packages of the shop. Both are made once and kept.

What a base is made from is its name: a changed recipe makes a new base and leaves the old one to `make clean-vps`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PACKAGES = [
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "nginx-light",
    "procps",
    "python3",
    "python3-venv",
    "systemd",
    "systemd-sysv",
    "git",
]


def cache() -> Path:
    """Where bases, packages and running machines lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "setpoint"


@dataclass(frozen=True)
class Distribution:
    """A release and where its packages come from."""

    suite: str
    mirror: str
    components: str

    @staticmethod
    def of_this_machine() -> "Distribution":
        """The release that this machine runs, so that a binary built here finds its C library there, from the mirror
        that this machine's apt is set to use."""
        release = dict(
            line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
        )
        suite = release["VERSION_CODENAME"].strip('"')
        asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", f"Codename: {suite}", "Created-By: Packages"]
        mirrors = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
        if not mirrors:
            raise SystemExit(f"apt knows no mirror for `{suite}`; expected one in /etc/apt; run `apt-get update` first")
        components = "main,universe" if release["ID"].strip('"') == "ubuntu" else "main"
        return Distribution(suite, mirrors[0], components)


def make_base(distribution: Distribution) -> Path:
    """The folder of a fresh system with systemd, nginx and Python."""
    recipe = "\n".join([distribution.suite, distribution.components, *PACKAGES])
    base = cache() / f"vps-base-{distribution.suite}-{digest(recipe)}"
    if not base.exists():
        say(f"making {base} from {distribution.mirror} (once, about a minute)")
        with unfinished(base) as folder:
            command = ["debootstrap", "--variant=minbase", f"--components={distribution.components}"]
            command += [f"--include={','.join(PACKAGES)}", distribution.suite, str(folder), distribution.mirror]
            made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if made.returncode != 0:
                raise SystemExit(f"debootstrap failed; a retry is safe\n{made.stdout[-3000:]}")
    return base


def make_wheels(base: Path, requirements: Path) -> Path:
    """A folder with every package that the shop needs, for the Python of the base; its machine has no network."""
    version = (base / "usr/bin/python3").readlink().name.removeprefix("python")
    wheels = cache() / f"vps-wheels-{version}-{digest(requirements.read_text())}"
    if not wheels.exists():
        say(f"downloading the shop's packages into {wheels} (once)")
        with unfinished(wheels) as folder, tempfile.TemporaryDirectory() as scratch:
            subprocess.run([sys.executable, "-m", "venv", scratch], check=True)
            command = [f"{scratch}/bin/pip", "download", "--quiet", "--only-binary=:all:", "--no-deps"]
            command += ["--python-version", version, "--dest", str(folder), "-r", str(requirements), "setuptools>=77"]
            subprocess.run(command, check=True)
    return wheels


class unfinished:
    """A folder that gets its name when everything in it is there."""

    def __init__(self, wanted: Path):
        self.wanted = wanted

    def __enter__(self) -> Path:
        self.wanted.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.wanted.name}.", dir=self.wanted.parent))
        self.folder.chmod(0o755)
        return self.folder

    def __exit__(self, failure, *_):
        if failure is None:
            self.folder.rename(self.wanted)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def say(text: str) -> None:
    print(f"vps: {text}", flush=True)
