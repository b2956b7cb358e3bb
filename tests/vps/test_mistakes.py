"""The mistakes of examples/shop on the machine where they were installed, with what shows there alone."""

import sys
from pathlib import Path

import setpoint
from harness import VpsTest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import mistakes

# The key lies in clear in the repository; on the machine its file is what everybody can read.
IN_THE_REPOSITORY = {("secret-in-clear", "SHOP_PAYMENT__API_KEY")}


class Mistakes(VpsTest):
    def test_check_finds_what_the_readme_promises(self):
        anywhere, on_the_machine = mistakes.promised()
        wanted = {*anywhere, *on_the_machine} - IN_THE_REPOSITORY
        findings = setpoint.findings(self.machine, setpoint.UNIT, "shop-import-prices.service")
        found = set(mistakes.named([finding for several in findings.values() for finding in several]))
        self.assertEqual(wanted - found, set(), "promised and not found")
        extra = {pair for pair in found - wanted if pair[0] != mistakes.NOT_LISTED}
        self.assertEqual(extra, set(), "found and not in the README")
