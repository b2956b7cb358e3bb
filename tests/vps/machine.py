"""One running machine: a copy of the base, booted by systemd-nspawn with its own network that leads nowhere."""

import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from base import cache

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SHUT_DOWN = signal.SIGRTMIN + 4  # systemd(1): poweroff.target
DIE_WITH_PARENT = 1  # prctl(2): PR_SET_PDEATHSIG


@dataclass
class Done:
    """What a command said."""

    command: str
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"$ {self.command}\nexit: {self.code}\n{self.out}{self.err}"


class Machine:
    def __init__(self, base: Path):
        folder = cache() / "vps-machines"
        folder.mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(dir=folder))
        self.container = None
        try:
            subprocess.run(["cp", "-a", "--reflink=auto", f"{base}/.", str(self.root)], check=True)
            self.boot()
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_):
        self.remove()

    def boot(self) -> None:
        command = ["systemd-nspawn", "--quiet", "--directory", str(self.root), "--boot", "--private-network"]
        command += ["--register=no", "--keep-unit", "--console=pipe", f"--machine=setpoint-{os.getpid()}"]
        libc = ctypes.CDLL(None)
        # In a session of its own, so that Ctrl-C reaches the harness alone and the machine is shut down in order; and
        # ended by the kernel should the harness be killed.
        with open(self.root.with_suffix(".console"), "wb") as console:
            self.container = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                preexec_fn=lambda: libc.prctl(DIE_WITH_PARENT, signal.SIGTERM),
            )
        self.leader = self.wait_for("its systemd", self.find_leader)
        self.wait_for("its services", self.has_started)

    def find_leader(self) -> int | None:
        """The first process of the machine: the one below nspawn that is number 1 in its own name space."""
        if self.container.poll() is not None:
            raise SystemExit(f"systemd-nspawn ended by itself:\n{self.console()}")
        waiting = [self.container.pid]
        while waiting:
            parent = waiting.pop()
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                waiting += [int(pid) for pid in children.read_text().split()]
            status = Path(f"/proc/{parent}/status").read_text()
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
            if len(numbers) > 1 and numbers[-1] == "1":
                return parent
        return None

    def has_started(self) -> bool:
        # `--wait` would wait for ever if systemd itself did not come up; the caller's time limit must hold.
        return self.run("systemctl", "is-system-running", check=False).out.strip() in ("running", "degraded")

    def wait_for(self, what: str, condition, seconds: float = 30):
        """What the condition returns, once that is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come within {seconds} s; the machine's console:\n{self.console()}")

    def console(self) -> str:
        return self.root.with_suffix(".console").read_text(errors="replace")[-3000:]

    def run(self, *command: str, user: str = "root", check: bool = True, seconds: float = 60, **variables: str) -> Done:
        """Runs a command in the machine, as a login would: a clean environment and nobody's standard input."""
        inside = ["nsenter", "--target", str(self.leader), "--all", "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8"]
        inside += [f"{name}={value}" for name, value in variables.items()]
        if user != "root":
            inside += ["runuser", "-u", user, "--"]
        ended = subprocess.run(
            [*inside, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds
        )
        done = Done(shlex.join(command), ended.returncode, ended.stdout, ended.stderr)
        if check and done.code != 0:
            raise AssertionError(f"expected exit 0 in the machine\n{done}")
        return done

    def shell(self, script: str, **options) -> Done:
        return self.run("sh", "-euc", script, **options)

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def read(self, inside: str) -> str:
        return self.path(inside).read_text()

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def cut_power(self) -> None:
        """Ends everything that runs at once, as a pulled plug does, and boots again."""
        os.kill(self.leader, signal.SIGKILL)
        self.container.wait(timeout=20)
        self.boot()

    def remove(self) -> None:
        """Shuts down, by force if it must, and leaves nothing behind."""
        if self.container is not None and self.container.poll() is None:
            if leader := getattr(self, "leader", None):
                os.kill(leader, SHUT_DOWN)
            try:
                self.container.wait(timeout=20 if leader else 0)
            except subprocess.TimeoutExpired:
                self.container.terminate()
                try:
                    self.container.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    self.container.kill()
                    self.container.wait()
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.with_suffix(".console").unlink(missing_ok=True)
