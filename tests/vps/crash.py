"""Kills a change of the shop at a random moment, or pulls the machine's plug, and looks at what is there then: as found or as
left, and the journal says which."""

import random
import time

import shop
from machine import Machine

ENVIRONMENT = "/etc/shop/shop.env"
OLD, NEW = "SHOP_POOL_SIZE=10\n", "SHOP_POOL_SIZE=12\n"


class Crashes:
    def __init__(self, machine: Machine, seed: int = 1):
        self.machine = machine
        self.random = random.Random(seed)
        self.found = machine.read(ENVIRONMENT)
        self.left = self.found.replace(OLD, NEW, 1)
        assert self.left != self.found
        self.ends = {"as found": 0, "as left": 0}
        # Some are killed when they have just ended.
        self.longest = 1.2 * self.undisturbed()

    def undisturbed(self) -> float:
        """How long a change takes that nobody kills."""
        begun = time.monotonic()
        command = ["setpoint", "--root", "/srv/shop", "change", "--environment", "production", "--yes", "--window=1"]
        self.machine.run(*command, "SHOP_POOL_SIZE=12", seconds=120)
        took = time.monotonic() - begun
        self.machine.run("setpoint", "rollback", "--yes", seconds=120)
        return took

    def begin(self) -> None:
        command = "setpoint --root /srv/shop change --environment production --yes --window=1 SHOP_POOL_SIZE=12"
        self.machine.shell(f"setsid {command} >/root/crash.log 2>&1 & echo $! >/root/crash.pid")
        time.sleep(self.random.uniform(0, self.longest))

    def kill(self) -> None:
        """A process that is gone, and whoever looks next."""
        self.begin()
        self.machine.shell("kill -KILL $(cat /root/crash.pid) 2>/dev/null || :")
        self.machine.run("setpoint", "recover", check=False, seconds=120)
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
        ends = ("applied and kept", "rolled back and verified", "never applied")
        return all(any(end in line for end in ends) for line in self.changes())

    def look(self) -> None:
        """Raises where something is between, and puts back what was kept."""
        lines = self.changes()
        assert self.nothing_is_pending(), "\n".join(lines)
        now = self.machine.read(ENVIRONMENT)
        beside = self.machine.run("ls", "-A", "/etc/shop").out.split()
        assert beside == ["shop.env"], beside
        shop.wait_until_healthy(self.machine)
        held = shop.environment_of(self.machine, shop.main_pid(self.machine, "shop.service"))["SHOP_POOL_SIZE"]
        if lines and "applied and kept" in lines[0]:
            assert (now, held) == (self.left, "12"), (lines[0], held)
            self.ends["as left"] += 1
            self.machine.run("setpoint", "rollback", "--yes", seconds=120)
            now, held = self.machine.read(ENVIRONMENT), "10"
        else:
            self.ends["as found"] += 1
        assert (now, held) == (self.found, "10"), (lines[:1], held)


def run(machine: Machine, kills: int, plugs: int) -> bool:
    """Prints how many ended as they should; true if all did."""
    crashes = Crashes(machine, seed=int(time.time()))
    passed = failed = 0
    for number in range(kills + plugs):
        act = crashes.kill if number < kills else crashes.pull_the_plug
        try:
            act()
            passed += 1
        except AssertionError as wrong:
            failed += 1
            print(f"FAIL {act.__name__}, number {number}: {wrong}", flush=True)
        if (number + 1) % 10 == 0:
            print(f"      {number + 1} of {kills + plugs}: {crashes.ends}", flush=True)
    print(f"\n{passed} passed, {failed} failed")
    return failed == 0
