"""A few of the crashes of `tests/vps/run BINARY --crash`, which makes many."""

from crash import Crashes
from harness import VpsTest


class Crash(VpsTest):
    def test_a_change_that_is_killed(self):
        crashes = Crashes(self.machine)
        for _ in range(4):
            crashes.kill()

    def test_a_machine_that_loses_its_power(self):
        crashes = Crashes(self.machine, seed=2)
        for _ in range(2):
            crashes.pull_the_plug()
