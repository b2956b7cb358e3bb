"""The tool on the machine, and its answers."""

import json

from machine import Done, Machine

UNIT = "shop.service"


def run(machine: Machine, *arguments: str, user: str = "root") -> Done:
    """Runs it as somebody who logged in; never from a folder that would tell it where the shop is."""
    return machine.run("env", "--chdir=/", "setpoint", *arguments, user=user, check=False)


def selected(units: tuple[str, ...]) -> list[str]:
    """The options for the units; for the shop's where none is named."""
    return [word for unit in units or (UNIT,) for word in ("--unit", unit)]


def capture(machine: Machine, *units: str, user: str = "root") -> dict:
    """The snapshot of the units."""
    done = run(machine, "capture", *selected(units), "--format", "json", user=user)
    # What an ordinary user may not read of root's processes makes the answer uncertain.
    expected = 0 if user == "root" else 3
    if done.code != expected:
        raise AssertionError(f"expected exit {expected}\n{done}")
    return json.loads(done.out)


def default(snapshot: dict, name: str) -> dict:
    """One default of a snapshot, by its name."""
    for found in snapshot["defaults"]:
        if found["name"] == name or name in found["aliases"]:
            return found
    raise AssertionError(f"`{name}` is not among {[found['name'] for found in snapshot['defaults']]}")


def effective(snapshot: dict, name: str):
    """The value and layer that win."""
    wins = default(snapshot, name)["effective"]
    return (wins["value"], wins["layer"]) if wins else None


def findings(machine: Machine, *units: str) -> dict[str, list[dict]]:
    """What `check` finds on the units, by the fault's name."""
    done = run(machine, "check", *selected(units), "--format", "json")
    if done.code not in (0, 1):
        raise AssertionError(f"expected exit 0 or 1\n{done}")
    found = {}
    for finding in json.loads(done.out)["findings"]:
        found.setdefault(finding["name"], []).append(finding)
    return found
