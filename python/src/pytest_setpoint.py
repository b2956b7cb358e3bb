"""Runs the checks of a setpoint.toml as tests: `pytest --setpoint`.

`setpoint check list` says which there are, and one run of `setpoint check` gives the outcomes of all that were picked.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterable, Iterator

import pytest

REGISTER = "setpoint.toml"
# Markers that mean something to pytest itself: a check with such a tag would not be run, or not count.
OF_PYTEST = {"filterwarnings", "parametrize", "skip", "skipif", "tryfirst", "trylast", "usefixtures", "xfail"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("setpoint", "checks of a setpoint.toml")
    group.addoption("--setpoint", action="store_true", help="run the register's checks as tests")
    group.addoption("--setpoint-environment", metavar="NAME", help="the environment that they look at")
    group.addoption(
        "--setpoint-tag", metavar="TAG", action="append", default=[],
        help="the checks with this tag alone; can be given several times",
    )
    group.addoption(
        "--setpoint-register", metavar="FILE", type=Path, help=f"the register [default: the nearest {REGISTER} from here upwards]"
    )
    group.addoption(
        "--setpoint-binary", metavar="FILE", default="setpoint", help="the program [default: the one in PATH]"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.setpoint:
        return
    register = register_of(config)
    if not register.is_file():
        raise pytest.UsageError(f"there is no register `{register}`; --setpoint-register FILE names another")
    # The register is collected wherever else tests are looked for; `setpoint.toml::NAME` picks some of its checks.
    if not any(names(argument, register, config) for argument in config.args):
        config.args.append(str(register))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Checks | None:
    if parent.config.option.setpoint and file_path == register_of(parent.config):
        return Checks.from_parent(parent, path=file_path)
    return None


def register_of(config: pytest.Config) -> Path:
    """The register that is meant, absolute: the one that was named, else the nearest from here upwards."""
    here, given = config.invocation_params.dir.resolve(), config.option.setpoint_register
    if given:
        return (here / given).resolve()
    return next((found for folder in (here, *here.parents) if (found := folder / REGISTER).is_file()), here / REGISTER)


def names(argument: str, register: Path, config: pytest.Config) -> bool:
    """Whether an argument of the command line is the register, or a check of it."""
    return (config.invocation_params.dir / argument.split("::")[0]).resolve() == register


class NotRun(Exception):
    """The program could not be run, or did not say what came of a check; its words say why."""


class Failed(Exception):
    """A check failed: its outcome."""


class Checks(pytest.File):
    """The register."""

    _outcomes: dict[str, dict[str, Any]] | None = None

    def collect(self) -> Iterator[Check]:
        tags = [word for tag in self.config.option.setpoint_tag for word in ("--tag", tag)]
        for check in self.run("list", *tags):
            yield Check.from_parent(self, name=check["name"], check=check)

    def outcome(self, name: str) -> dict[str, Any]:
        """What came of a check. The first that is asked for is run with all others that were picked."""
        if self._outcomes is None:
            items = self.session.items
            picked = [item.name for item in items if isinstance(item, Check) and item.parent is self]
            # Another worker of pytest-xdist has the same list, and runs other tests of it.
            if hasattr(self.config, "workerinput"):
                return self.outcomes([name])[name]
            self._outcomes = self.outcomes(picked)
        return self._outcomes[name]

    def outcomes(self, picked: Iterable[str]) -> dict[str, dict[str, Any]]:
        verdict = self.run(*(f"--only={name}" for name in picked))
        return {outcome["check"]: outcome for outcome in verdict["outcomes"]}

    def run(self, *words: str) -> Any:
        """What `setpoint check WORDS` says."""
        options = self.config.option
        program = shutil.which(options.setpoint_binary)
        if program is None:
            raise NotRun(f"there is no program `{options.setpoint_binary}`; --setpoint-binary FILE says where it is")
        command = [program, "check", *words, "--format", "json"]
        command += ["--root", str(self.path.parent), "--register", str(self.path)]
        if options.setpoint_environment:
            command += ["--environment", options.setpoint_environment]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        # With 2 the register is wrong, and what is right of it is not all.
        if done.returncode == 2:
            raise NotRun(done.stderr.strip())
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise NotRun(done.stderr.strip() or f"`setpoint check` ended with {done.returncode}") from None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
        if isinstance(excinfo.value, NotRun):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class Check(pytest.Item):
    """A check of the register."""

    def __init__(self, *, check: dict[str, Any], **more: Any) -> None:
        super().__init__(**more)
        self.check = check
        for tag in set(check["tags"]) - OF_PYTEST:
            # `-m smoke` picks by tag, and `--strict-markers` knows them all.
            self.config.addinivalue_line("markers", f"{tag}: a tag of checks in {REGISTER}")
            self.add_marker(tag)

    def runtest(self) -> None:
        assert isinstance(self.parent, Checks)
        outcome = self.parent.outcome(self.name)
        self.user_properties.append(("setpoint_seconds", outcome["seconds"]))
        if outcome["conclusion"] == "skipped":
            pytest.skip(outcome["because"])
        if outcome.get("waived"):
            pytest.xfail(outcome["waived"])
        if outcome["conclusion"] == "failed":
            raise Failed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Failed):
            return "\n".join(told(excinfo.value.args[0]))
        if isinstance(excinfo.value, NotRun):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.check["place"].get("line")
        return self.path, line and line - 1, f"{self.check['kind']} {self.check['subject']}"


def told(outcome: dict[str, Any]) -> Iterator[str]:
    """A failed check in words."""
    for failure in outcome["failures"]:
        yield f"{failure['reason']}: {failure['message']}"
        yield f"  expected: {failure['expected']}"
        yield f"  retry: {failure['retry']}"
        if "hint" in failure:
            yield f"  hint: {failure['hint']}"
    for evidence in outcome.get("evidence", []):
        yield f"  {evidence['of']}: {evidence['text'].strip()}"
