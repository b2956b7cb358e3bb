"""Programs measured beside one another in the same run, so that what else the machine does hits all alike."""

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# What is fetched to measure with, and kept.
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "setpoint" / "bench"


class Missing(Exception):
    """Something that is needed is not there: exit code 3."""


class Run(NamedTuple):
    """What one run of a program took, or the medians of several."""

    seconds: float
    processor: float
    megabytes: float


def measure(commands, rounds, fine=(0,)):
    """Every run that counts, by command: in each round every command once, in an order that turns from round to round.

    `fine` are the exit codes with which a command has done its work.
    """
    runs = {name: [] for name in commands}
    names = list(commands)
    for number in range(rounds + 1):
        for name in names:
            measured = run(commands[name], fine)
            if number > 0:
                runs[name].append(measured)
        names.append(names.pop(0))
    return runs


# A process's peak memory begins with that of the process that started it, so a small one has to.
LAUNCHER = """
import os, sys, time
started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
seconds, processor = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
print(os.waitstatus_to_exitcode(status), seconds, processor, usage.ru_maxrss, file=sys.stderr)
"""


def run(command, fine):
    """One run; its memory is at least that of the launcher, about 10 MB."""
    command = [str(word) for word in command]
    command[0] = shutil.which(command[0])
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launcher, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    *said, last = done.stderr.splitlines()
    code, seconds, processor, kilobytes = last.split()
    if int(code) not in fine:
        raise Missing(f"`{command[0]}` ended with {code}: {' '.join(said)[-500:]}")
    return Run(float(seconds), float(processor), int(kilobytes) / 1000)


def report(runs):
    """Prints a line for each command and returns its medians."""
    medians = {}
    for name, measured in runs.items():
        medians[name] = Run(*(statistics.median(values) for values in zip(*measured)))
        seconds = [one.seconds for one in measured]
        spread = f"{min(seconds):.3f} to {max(seconds):.3f}"
        one = medians[name]
        print(f"  {name:18} {one.seconds:7.3f} s  ({spread} s)  {one.processor:7.3f} s of processors  {one.megabytes:6.1f} MB")
    return medians


def machine():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), os.uname().machine)
    load = os.getloadavg()[0]
    return f"{len(os.sched_getaffinity(0))} cores ({model}), load {load:.1f} at the start"
