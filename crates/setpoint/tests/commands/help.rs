use insta::assert_snapshot;

#[test]
fn of_the_whole() {
    assert_snapshot!(crate::empty().run("--help"), @"
    exit: 0
    --- stdout
    Capture, explain, check and document what a Python service is set to in
    production

    Usage: setpoint [OPTIONS] <COMMAND>

    Commands:
      capture      Find every default of a service, where it comes from, and what
                   looks wrong
      explain      Explain one default, or one rule; or list the rules
      check        Check a service's defaults against the rules and the register
      cache        Judge the register's cache rules
      backup       Save what a change could break, prove it, and take it back
      diff         Show which defaults changed between two versions of a service or
                   a library
      docs         Write `.env.example`, a Markdown page and an HTML page of every
                   default
      change       Change defaults safely, and get back by itself where it goes
                   wrong
      rehearse     Deploy and roll back for real in staging, and keep the proof
      release      Put a new version in place with the register's deployment
                   command, and get back by itself where it goes wrong
      rollback     Put the last change back, or the one of a number
      recover      Bring changes to their end whose process is gone
      completions  Print the completion script for a shell

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
          --root <DIR>       Folder of the service's code [default: the current
                             folder, or the nearest one above it that holds
                             `setpoint.toml`]
          --register <FILE>  Register to use [default: `setpoint.toml` in the root]
          --color <WHEN>     When to use colour; the variable `NO_COLOR` is honoured
                             [default: auto] [possible values: auto, always, never]

    Exit codes:
      0  fine
      1  findings, among them what `check` could not understand of the service's
         files; or a stale lock or page
      2  the command line or the register is wrong
      3  the machine refused (permission, network, disk); what could be read is
         shown all the same, and what could not be is named
      128 and the number of the signal that ended it, with all that it had started:
         130 for Ctrl-C, 143 for SIGTERM
    ");
}

#[test]
fn a_command_that_is_not_there() {
    assert_snapshot!(crate::empty().run("captur"), @r"
    exit: 2
    --- stderr
    error: unrecognized subcommand 'captur'

      tip: a similar subcommand exists: 'capture'

    Usage: setpoint [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

/// The help of each command is pinned by the generated reference, `docs/cli.md`; here it is asked of the binary.
#[test]
fn of_every_command_with_examples() {
    for command in ["capture", "explain", "check", "docs", "completions"] {
        let said = crate::empty().run(&format!("{command} --help"));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
        assert!(said.stdout.contains("Examples:\n  setpoint "), "{said}");
        assert!(said.stdout.lines().all(|line| line.chars().count() <= 100), "{said}");
    }
}
