"""Runs the tests on one machine and says how many passed."""

import os
import sys
import time
import unittest

from machine import Machine


class VpsTest(unittest.TestCase):
    """A test on the machine with the shop. Each leaves the machine as it found it."""

    machine: Machine
    maxDiff = None


class Report(unittest.TestResult):
    """A line per test; what went wrong, below it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.passed = 0

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def line(self, word: str, test, more: str = "") -> None:
        name = test.id() if isinstance(test, unittest.TestCase) else str(test)
        took = time.monotonic() - getattr(self, "started", time.monotonic())
        print(f"{word:<5} {took:5.1f} s  {name}{more}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line("ok", test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line("FAIL", test, f"\n{self.failures[-1][1]}")

    def addError(self, test, error):
        super().addError(test, error)
        self.line("FAIL", test, f"\n{self.errors[-1][1]}")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.line("FAIL", subtest, f"\n{(self.failures + self.errors)[-1][1]}")


def load(folder: str, pattern: str | None) -> unittest.TestSuite:
    loader = unittest.TestLoader()
    if pattern:
        loader.testNamePatterns = [f"*{pattern}*"]
    return loader.discover(folder, pattern="test_*.py", top_level_dir=folder)


def run(suite: unittest.TestSuite, machine: Machine) -> bool:
    """True if everything passed and there was something to pass."""
    VpsTest.machine = machine
    report = Report()
    suite.run(report)
    failed = len(report.failures) + len(report.errors)
    print(f"\n{report.passed} passed, {failed} failed")
    return failed == 0 and report.passed > 0


def skip(why: str) -> None:
    """Ends the run: fine on a laptop, a failure where everything is meant to be there."""
    if os.environ.get("CI"):
        print(f"vps: cannot run: {why}", file=sys.stderr)
        raise SystemExit(1)
    print(f"vps: SKIPPED, nothing was tested: {why}")
    raise SystemExit(0)
