//! `setpoint check` of what it cannot understand: that is not nothing found.

use insta::assert_snapshot;

#[test]
fn what_cannot_be_understood_is_not_nothing_found() {
    let unit = "[Service]\nEnvironmentFile=/etc/mail/mail.env\nExecStart=/bin/true\n";
    let code = "import os\n\nFROM = os.environ.get(\"MAIL_FROM\", \"me@example.org\")\n";
    let files = crate::empty().file("mail.py", code).file("deploy/mail.service", unit);
    let said = files.file("deploy/mail.env", "export MAIL_FROM=you@example.org\n").run("check --only drifted");
    assert_snapshot!(said, @"
    exit: 1
    --- stdout
    1 problem
    1 rule asked about 9 defaults; without a register none asked for documentation
    --- stderr

    warning: systemd does not know `export` and ignores the line
      --> deploy/mail.env:1:1
    expected: `NAME=value` alone
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_broken_register_is_told_first_and_nothing_that_only_follows_from_it() {
    let shop = || {
        crate::empty()
            .file("shop/settings.py", "import os\n\nPOOL_SIZE = int(os.environ.get(\"SHOP_POOL_SIZE\", \"5\"))\n")
            .file("deploy/shop.env", "SHOP_POOL_SIZE=ten\n")
            .file(
                "deploy/shop.service",
                "[Service]\nEnvironmentFile=/srv/shop/deploy/shop.env\nExecStart=/usr/bin/python -m shop.settings\n",
            )
    };
    assert_snapshot!(shop().file("setpoint.toml", "[default.SHOP_POOL_SIZE\nvalue = 5\n").run("check"), @"
    exit: 2
    --- stdout
    error[SP007] wrong-type: `SHOP_POOL_SIZE` is `ten`, which is no `int`
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=ten
      |                ^^^
    expected: a whole number without separators or units: `1000`
    hint: correct the value in `deploy/shop.env`

    1 error, 1 problem
    59 rules asked about 9 defaults; none asked for documentation, since the
    register could not be read whole; `setpoint explain SP007` says more about a
    rule
    --- stderr
    error: this is not TOML: unclosed table
     --> setpoint.toml:1:24
      |
    1 | [default.SHOP_POOL_SIZE
      |                        ^
    expected: `]`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop().file("setpoint.toml", "[default.SHOP_POOL_SIZE]\nvalue = 5\nownr = \"me\"\n").run("check"), @r#"
    exit: 2
    --- stdout
    error[SP002] drifted: `SHOP_POOL_SIZE` is `ten` and documented as `5`
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=ten
      |                ^^^
     --> setpoint.toml:1:10
      |
    1 | [default.SHOP_POOL_SIZE]
      |          ^^^^^^^^^^^^^^
    expected: `5`
    hint: set it back, or, where the new value is right, change the entry and its
      why

    error[SP007] wrong-type: `SHOP_POOL_SIZE` is `ten`, which is no `int`
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=ten
      |                ^^^
    expected: a whole number without separators or units: `1000`
    hint: correct the value in `deploy/shop.env`

    2 errors, 2 problems
    59 rules asked about 9 defaults; none asked for documentation, since the
    register could not be read whole; `setpoint explain SP002` says more about a
    rule
    --- stderr
    error: the register has no `service`
     --> setpoint.toml:1:1
      |
    1 | [default.SHOP_POOL_SIZE]
      | ^
    expected: a table of that name
    retry: safe once this is mended; nothing was changed

    error: `default.SHOP_POOL_SIZE` has an unknown key `ownr`
     --> setpoint.toml:3:1
      |
    3 | ownr = "me"
      | ^^^^
    expected: one of `value`, `per_process`, `owner`, `why`, `expect`, `rollback`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `owner`?
    "#);
}

#[test]
fn broken_code_counts_where_a_process_imports_it() {
    let shop = crate::empty()
        .file("shop/__init__.py", "")
        .file("shop/main.py", "from shop import prices\n")
        .file("shop/prices.py", "def price(:\n")
        .file("templates/page.py", "{{ name }} = (\n")
        .file("Procfile", "web: uvicorn shop.main:app\n");
    assert_snapshot!(shop.run("check"), @"
    exit: 1
    --- stdout
    not installed: `uvicorn`, not in `.venv`, `venv` or `env`; 6 rules could not
      be asked of what they do where nobody says otherwise: SP101, SP106, SP116,
      SP117, SP134, SP135
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    1 problem
    ALL rules asked about 0 defaults; without a register none asked for documentation
    --- stderr

    warning: `shop/prices.py` has a syntax error: Expected a parameter or the end
      of the parameter list
     --> shop/prices.py:1:11
      |
    1 | def price(:
      |           ^
    expected: Python that its interpreter accepts
    retry: safe once this is mended; nothing was changed
    hint: what could be read of the file was read; defaults near the error may be
      missing
    ");
    assert_snapshot!(shop.file("shop/main.py", "").run("check"), @"
    exit: 0
    --- stdout
    not installed: `uvicorn`, not in `.venv`, `venv` or `env`; 6 rules could not
      be asked of what they do where nobody says otherwise: SP101, SP106, SP116,
      SP117, SP134, SP135
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    nothing found
    ALL rules asked about 0 defaults; without a register none asked for documentation
    ");
}
