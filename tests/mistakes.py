#!/usr/bin/env python3
"""`setpoint check` finds every mistake of examples/shop that its README says it finds, and cries wolf over nothing else;
of the same shop, mended and documented, it finds nothing.

    tests/mistakes.py BINARY
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SHOP = Path(__file__).resolve().parents[1] / "examples/shop"
ON_THE_MACHINE = "on the machine, "
# The register documents some of the defaults; the README names one of those that it does not.
NOT_LISTED = "undocumented"


def promised() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The README's pairs of rule and subject: those found in the folder, and those found on a machine alone."""
    anywhere, on_the_machine = [], []
    for line in (SHOP / "README.md").read_text().splitlines():
        if line.startswith("| ") and line.endswith(" |"):
            found_by = line.strip("| ").split(" | ")[-1]
            pairs = re.findall(r"`([a-z-]+)` on `([^`]+)`", found_by)
            (on_the_machine if found_by.startswith(ON_THE_MACHINE) else anywhere).extend(pairs)
    return anywhere, on_the_machine


def named(findings: list[dict]) -> list[tuple[str, str]]:
    """Each finding's rule, and its subject or else its file."""
    return [(finding["name"], finding["subject"] or finding["places"][0]["file"]) for finding in findings]


def run(command: list[str | Path], cwd: Path = SHOP) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def planted(setpoint: Path) -> bool:
    """Every mistake is found, and nothing else."""
    wanted, _ = promised()
    done = run([setpoint, "check", "--root", SHOP, "--format", "json"])
    if done.returncode != 1:
        print(f"mistakes: `check` ended with {done.returncode}; expected 1\n{done.stdout}{done.stderr}", file=sys.stderr)
        return False
    found = named(json.loads(done.stdout)["findings"])
    missing = [pair for pair in wanted if pair not in found]
    extra = [pair for pair in found if pair not in wanted and pair[0] != NOT_LISTED]
    for rule, subject in missing:
        print(f"mistakes: `{rule}` on `{subject}` is in the README and was not found", file=sys.stderr)
    for rule, subject in extra:
        print(f"mistakes: `{rule}` on `{subject}` was found and is not in the README", file=sys.stderr)
    print(f"mistakes: {len(wanted) - len(missing)} of {len(wanted)} found, {len(extra)} too many, {len(found)} findings in all")
    return not (missing or extra or len(wanted) < 10)


def mended(setpoint: Path) -> bool:
    """With the patch, and what a person fills in behind `capture --write`, there is nothing to find."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder)
        tracked = run(["git", "ls-files", "-z"]).stdout.split("\0")
        for name in filter(None, tracked):
            (shop / name).parent.mkdir(parents=True, exist_ok=True)
            (shop / name).write_bytes((SHOP / name).read_bytes())
        steps = [
            ["git", "apply", SHOP / "mended.patch"],
            [setpoint, "capture", "--root", shop, "--write"],
        ]
        for step in steps:
            done = run(step, cwd=shop)
            if done.returncode != 0:
                print(f"mistakes: {step} ended with {done.returncode}\n{done.stderr}", file=sys.stderr)
                return False
        register = shop / "setpoint.toml"
        register.write_text(re.sub(r"(?m)^# (owner|why|expect|rollback)( *= )", r"\1\2", register.read_text()))
        done = run([setpoint, "check", "--root", shop])
    if done.returncode != 0:
        print(f"mistakes: of the mended shop `check` says\n{done.stdout}{done.stderr}", file=sys.stderr)
        return False
    print("mistakes: the mended shop has none")
    return True


def main(binary: str) -> int:
    setpoint = Path(binary).resolve()
    return 0 if all([planted(setpoint), mended(setpoint)]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
