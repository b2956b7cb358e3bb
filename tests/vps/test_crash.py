"""A few of the crashes of `tests/vps/run BINARY --crash`, which makes many."""

import crash
import shop
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

    def test_a_release_that_is_killed(self):
        self.addCleanup(shop.unmake_checkout, self.machine)
        self.addCleanup(self.machine.run, "rm", "-f", "/etc/pip.conf")
        crashes = crash.of_releases(self.machine)
        for _ in range(3):
            crashes.kill()
