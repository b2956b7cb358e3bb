"""Checks of units, which need a systemd that runs: right ones pass, and wrong ones fail for the right reason."""

import json

import setpoint
import shop
from harness import VpsTest

REGISTER = "/root/checks.toml"

CHECKS = """
[service]
name = "shop"

[check.runs]
unit = "shop.service"
state = "active"
restarts_at_most = 1000
properties = { Type = "notify" }

[check.is-stopped]
unit = "shop.service"
state = "inactive"

[check.restarts-another-way]
unit = "shop.service"
properties = { Type = "forking" }

[check.is-not-there]
unit = "setpoint-is-no.service"
state = "active"
"""


class Checks(VpsTest):
    def outcomes(self) -> dict[str, tuple[str, list[str]]]:
        """How each check ended, and the reasons of its failures."""
        self.machine.write(REGISTER, CHECKS)
        self.addCleanup(self.machine.run, "rm", "--force", REGISTER)
        shop.wait_until_healthy(self.machine)
        done = setpoint.run(self.machine, "check", "--unit", setpoint.UNIT, "--register", REGISTER, "--format", "json")
        self.assertEqual(done.code, 1, done)
        return {
            outcome["check"]: (outcome["conclusion"], [failure["reason"] for failure in outcome.get("failures", [])])
            for outcome in json.loads(done.out)["outcomes"]
        }

    def test_a_unit_as_it_is_and_as_it_is_not(self):
        outcomes = self.outcomes()
        self.assertEqual(outcomes["runs"], ("passed", []))
        self.assertEqual(outcomes["is-stopped"], ("failed", ["wrong-state"]))
        self.assertEqual(outcomes["restarts-another-way"], ("failed", ["wrong-value"]))
        self.assertEqual(outcomes["is-not-there"], ("failed", ["missing"]))
