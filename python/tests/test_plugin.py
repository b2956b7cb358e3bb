"""The plugin with the real program, whose path is in SETPOINT_BINARY."""

import os

import pytest

HERE = "--setpoint-environment=here"

REGISTER = """\
[service]
name = "shop"
owner = "platform team"

[environment.here]

[environment.there]

[check.flag]
file = "up"
tags = ["smoke"]

[check.pages]
command = "echo half done; exit 3"

[check.prices]
file = "up"
needs = ["pages"]

[check.old-pages]
file = "gone"

[check.elsewhere]
file = "up"
environments = ["there"]

[waiver.old-pages]
reason = "until the old pages are redirected"
until = 2999-12-31
"""


@pytest.fixture
def shop(pytester):
    pytester.makefile(".toml", setpoint=REGISTER)
    pytester.makefile("", up="")
    pytester.makepyfile(test_own="def test_own(): pass")
    return pytester


def run(shop, *words):
    return shop.runpytest_subprocess("--setpoint", f"--setpoint-binary={os.environ['SETPOINT_BINARY']}", *words)


def test_each_check_is_a_test(shop):
    result = run(shop, HERE, "-v", "-rsx")
    result.assert_outcomes(passed=2, failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines_random([
        "test_own.py::test_own PASSED*",
        "setpoint.toml::flag PASSED*",
        "setpoint.toml::pages FAILED*",
        "*it needs `pages`, which did not pass*",
        "*until the old pages are redirected*",
        "wrong-status: it ended with 3",
        "  expected: 0",
        "  stdout: half done",
    ])
    assert "elsewhere" not in result.stdout.str()


def test_without_the_option_nothing_changes(shop):
    result = shop.runpytest_subprocess("-v")
    result.assert_outcomes(passed=1)
    assert "setpoint.toml" not in result.stdout.str()


@pytest.mark.parametrize("words", [
    ["-k", "flag"],
    ["setpoint.toml::flag"],
    ["-m", "smoke", "--strict-markers"],
    ["--setpoint-tag=smoke", "-k", "not own"],
])
def test_checks_are_picked_as_tests_are(shop, words):
    run(shop, HERE, *words).assert_outcomes(passed=1)


def test_a_folder_that_is_named_does_not_take_the_checks_away(shop):
    shop.mkdir("unit").joinpath("test_unit.py").write_text("def test_unit(): pass")
    run(shop, "--setpoint-environment=there", "unit", "-k", "unit or elsewhere").assert_outcomes(passed=2)


def test_several_workers_share_them(shop):
    run(shop, HERE, "-n", "2").assert_outcomes(passed=2, failed=1, skipped=1, xfailed=1)


def test_none_is_run_where_they_are_only_collected(shop):
    shop.path.joinpath("setpoint.toml").write_text("[service]\nname = 'shop'\n\n[check.trace]\ncommand = 'touch ran'\n")
    result = run(shop, "--collect-only", "-q")
    result.stdout.fnmatch_lines(["setpoint.toml::trace"])
    assert not shop.path.joinpath("ran").exists()


def test_the_report_for_ci_names_what_is_looked_at(shop):
    run(shop, HERE, "--junit-xml", "report.xml", "-k", "pages and not old")
    report = shop.path.joinpath("report.xml").read_text()
    assert 'name="pages"' in report and "wrong-status: it ended with 3" in report and "setpoint_seconds" in report


def test_a_register_with_a_fault_passes_nothing(shop):
    shop.path.joinpath("setpoint.toml").write_text("[service]\nname = 'shop'\n\n[check.none]\ncomand = 'false'\n")
    result = run(shop)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*`check.none` does not say what it looks at*"])


def test_a_tag_is_no_marker_of_pytest(shop):
    shop.path.joinpath("setpoint.toml").write_text(
        "[service]\nname = 'shop'\n\n[check.-x]\ncommand = 'false'\ntags = ['skip', 'xfail']\n"
    )
    run(shop).assert_outcomes(passed=1, failed=1)


def test_what_is_wrong_is_said(shop):
    result = run(shop, "-k", "flag")
    result.stdout.fnmatch_lines(["error: the check `flag` is not run without an environment to look at"])
    result = run(shop, "--setpoint-environment=her")
    result.stdout.fnmatch_lines(["error: the register has no environment `her`"])
    result = run(shop, "--setpoint-binary=no-such-program")
    result.stdout.fnmatch_lines(["there is no program `no-such-program`; --setpoint-binary FILE says where it is"])
    shop.path.joinpath("setpoint.toml").unlink()
    run(shop).stderr.fnmatch_lines(["*there is no register `*setpoint.toml`; --setpoint-register FILE names another*"])
