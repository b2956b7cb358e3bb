"""Kills a change or a release of the shop at a random moment, or pulls the machine's plug, and looks at what is there then: as
found or as left, and the journal says which."""

import random
import time

import shop
from machine import Machine

ENVIRONMENT = "/etc/shop/shop.env"
SITE = ["setpoint", "--root", "/srv/shop"]
CHANGE = [*SITE, "change", "--environment", "production", "--yes", "--window=1", "SHOP_POOL_SIZE=12"]
RELEASE = [*SITE, "release", "--environment", "production", "--yes", "--without-rehearsal", "--window=1"]
KEPT, PUT_BACK = "applied and kept", ("rolled back and verified", "never applied")


class Crashes:
    """Those of one command, which begins where the one before it ended or was put back."""

    def __init__(self, machine: Machine, command: list[str] = CHANGE, seed: int = 1):
        self.machine = machine
        self.random = random.Random(seed)
        self.command = command
        self.ends = {"as found": 0, "as left": 0}
        self.found = self.state()
        begun = time.monotonic()
        self.run(*command)
        # Some are killed when they have just ended.
        self.longest = 1.2 * (time.monotonic() - begun)
        self.left = self.state()
        assert self.left != self.found
        self.run("setpoint", "rollback", "--yes")
        assert self.state() == self.found

    def run(self, *words: str, check: bool = True):
        return self.machine.run(*words, check=check, seconds=240, **shop.WITH_WHEELS)

    def state(self) -> dict[str, str]:
        """What is written, what runs, and from which code."""
        shop.wait_until_healthy(self.machine)
        held = shop.environment_of(self.machine, shop.main_pid(self.machine, "shop.service"))
        beside = self.machine.run("ls", "-A", "/etc/shop").out
        revision = self.machine.run(*shop.GIT, "rev-parse", "HEAD", check=False).out
        changed = self.machine.run(*shop.GIT, "status", "--porcelain", "--untracked-files=no", check=False).out
        written = self.machine.read(ENVIRONMENT)
        return {"written": written, "held": held["SHOP_POOL_SIZE"], "beside": beside, "revision": revision, "changed": changed}

    def begin(self) -> None:
        with_wheels = " ".join(f"{name}={value}" for name, value in shop.WITH_WHEELS.items())
        self.machine.shell(f"{with_wheels} setsid {' '.join(self.command)} >/root/crash.log 2>&1 & echo $! >/root/crash.pid")
        time.sleep(self.random.uniform(0, self.longest))

    def kill(self) -> None:
        """A process that is gone, and whoever looks next; now and then that one is killed, too."""
        self.begin()
        self.machine.shell("kill -KILL $(cat /root/crash.pid) 2>/dev/null || :")
        if self.random.random() < 0.3:
            self.machine.run("timeout", "--signal=KILL", f"{self.random.uniform(0, 3):.2f}", "setpoint", "recover", check=False)
        self.run("setpoint", "recover", check=False)
        self.look()

    def pull_the_plug(self) -> None:
        """A machine that is gone, and comes again."""
        self.begin()
        self.machine.cut_power()
        self.machine.wait_for("the recovery", self.nothing_is_pending, seconds=90)
        self.look()

    def changes(self) -> list[str]:
        return self.machine.run("setpoint", "change", "list").out.splitlines()

    def nothing_is_pending(self) -> bool:
        return all(any(end in line for end in (KEPT, *PUT_BACK)) for line in self.changes())

    def look(self) -> None:
        """Raises where something is between, and puts back what was kept."""
        lines = self.changes()
        assert self.nothing_is_pending(), "\n".join(lines)
        now = self.state()
        if lines and KEPT in lines[0]:
            assert now == self.left, (lines[0], now)
            self.ends["as left"] += 1
            self.run("setpoint", "rollback", "--yes")
            now = self.state()
        else:
            self.ends["as found"] += 1
        assert now == self.found, (lines[:1], now)


def of_releases(machine: Machine, seed: int = 1) -> Crashes:
    """The shop's folder becomes a checkout with a version to release."""
    shop.make_checkout(machine)
    # What goes on after a start of the machine has nobody's variables.
    machine.write("/etc/pip.conf", "[global]\nno-index = true\nfind-links = /srv/wheels\n")
    shop.push(machine, "/srv/shop/deploy/shop.env", "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=11")
    return Crashes(machine, RELEASE, seed)


def run(machine: Machine, kills: int, plugs: int, releases: int) -> bool:
    """Prints how many ended as they should; true if all did."""
    seed = int(time.time())
    print(f"      seed {seed}", flush=True)
    passed = failed = 0

    def often(act, times: int, ends: dict[str, int]) -> None:
        nonlocal passed, failed
        for number in range(1, times + 1):
            try:
                act()
                passed += 1
            except AssertionError as wrong:
                failed += 1
                print(f"FAIL {act.__name__}, number {number}: {wrong}", flush=True)
            if number % 10 == 0 or number == times:
                print(f"      {act.__name__}: {number} of {times}: {ends}", flush=True)

    changes = Crashes(machine, seed=seed)
    often(changes.kill, kills, changes.ends)
    often(changes.pull_the_plug, plugs, changes.ends)
    if releases:
        released = of_releases(machine, seed)
        often(released.kill, releases, released.ends)
        often(released.pull_the_plug, releases // 5, released.ends)
    print(f"\n{passed} passed, {failed} failed")
    return failed == 0
