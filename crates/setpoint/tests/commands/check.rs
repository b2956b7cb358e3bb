use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

/// One default with an entry, and one whose secret the code gives away.
fn shop(register: &str) -> Sandbox {
    crate::empty()
        .file(
            "shop/settings.py",
            "import os\n\nPOOL_SIZE = int(os.environ.get(\"SHOP_POOL_SIZE\", \"5\"))\n\
             SECRET_KEY = os.environ.get(\"SHOP_SECRET_KEY\", \"hunter2\")\n",
        )
        .file("setpoint.toml", register)
}

const DOCUMENTED: &str = "\
[service]
name = \"shop\"
owner = \"platform team\"

[default.SHOP_POOL_SIZE]
value = 5
expect = \"no 'QueuePool limit' in the log\"
rollback = \"unset SHOP_POOL_SIZE, restart shop\"
";

const ACCEPTED: &str = "
[waiver.secret-in-clear]
where = \"SHOP_SECRET_KEY\"
reason = \"a laptop's key, production sets its own\"
until = 2999-12-31
";

#[test]
fn what_is_wrong_with_the_lines_and_without_the_secret() {
    let register = DOCUMENTED.replace("value = 5", "value = 10").replace("rollback", "why");
    assert_snapshot!(shop(&register).run("check"), @r#"
    exit: 1
    --- stdout
    error[SP002] drifted: `SHOP_POOL_SIZE` is `5` and documented as `10`
     --> shop/settings.py:3:50
      |
    3 | POOL_SIZE = int(os.environ.get("SHOP_POOL_SIZE", "5"))
      |                                                  ^^^
     --> setpoint.toml:5:10
      |
    5 | [default.SHOP_POOL_SIZE]
      |          ^^^^^^^^^^^^^^
    expected: `10`
    hint: set it back, or, where the new value is right, change the entry and its
      why

    error[SP010] secret-in-clear: `SHOP_SECRET_KEY`, a secret, stands in clear in
      `shop/settings.py` and is in effect
     --> shop/settings.py:4:14
      |
    4 | SECRET_KEY = ***
      |              ^^^
    expected: a secret that only the service can read
    hint: replace it, since it can be read by everybody who has the code; keep the
      new one in an env file of mode 0600

    warning[SP004] incomplete-entry: `default.SHOP_POOL_SIZE` has no rollback
     --> setpoint.toml:5:10
      |
    5 | [default.SHOP_POOL_SIZE]
      |          ^^^^^^^^^^^^^^
    expected: who answers for it, how one sees that it is right, and how to get
      back
    hint: add `rollback` to the entry

    2 errors, 1 warning
    ALL rules asked about 2 defaults; `setpoint explain SP002` says more about a rule
    "#);
}

#[test]
fn what_a_waiver_accepts_fails_nothing() {
    assert_snapshot!(shop(&format!("{DOCUMENTED}{ACCEPTED}")).run("check"), @"
    exit: 0
    --- stdout
    waived[SP010] secret-in-clear: `SHOP_SECRET_KEY`, a secret, stands in clear in
      `shop/settings.py` and is in effect (a laptop's key, production sets its own)

    1 waived
    ALL rules asked about 2 defaults
    ");
}

#[test]
fn nothing_to_say() {
    let shop = crate::empty().file("shop.py", "import os\n\nPORT = int(os.environ.get(\"SHOP_PORT\", \"8000\"))\n");
    assert_snapshot!(shop.run("check"), @"
    exit: 0
    --- stdout
    nothing found
    ALL rules asked about 1 default; without a register none asked for documentation
    ");
}

#[test]
fn many_findings_of_one_rule_say_once_what_they_share() {
    let entry = |name: &str| format!("\n[default.{name}]\nexpect = \"e\"\nrollback = \"r\"\n");
    let gone: String = ["SHOP_OLD_GATEWAY", "SHOP_OLD_MAIL", "SHOP_OLD_CACHE", "SHOP_OLD_QUEUE"].map(entry).concat();
    assert_snapshot!(shop(&format!("{DOCUMENTED}{ACCEPTED}{gone}")).run("check"), @"
    exit: 1
    --- stdout
    warning[SP003] stale-entry: 4 findings
      `NAME` is documented and nowhere in the site
        SHOP_OLD_GATEWAY  setpoint.toml:15:10
        SHOP_OLD_MAIL     setpoint.toml:19:10
        SHOP_OLD_CACHE    setpoint.toml:23:10
        SHOP_OLD_QUEUE    setpoint.toml:27:10
    expected: a default that the site has
    hint: delete the entry, or look at the site that has it: `--environment`,
      `--unit`

    waived[SP010] secret-in-clear: `SHOP_SECRET_KEY`, a secret, stands in clear in
      `shop/settings.py` and is in effect (a laptop's key, production sets its own)

    4 warnings, 1 waived
    ALL rules asked about 2 defaults; `setpoint explain SP003` says more about a rule
    ");
}

#[test]
fn one_rule_alone_and_a_rule_that_is_none() {
    let shop = shop(DOCUMENTED);
    let said = shop.run("check --only SP002 --only shadowed");
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "nothing found\n2 rules asked about 2 defaults\n"));
    assert_snapshot!(shop.run("check --only shadowd"), @"
    exit: 2
    --- stderr
    error: there is no rule or check `shadowd`
    expected: a rule's code or name, or a check's name
    retry: safe once this is mended; nothing was changed
    hint: did you mean `shadowed`?
    ");
}

#[test]
fn a_register_that_is_wrong_ends_with_2_and_the_rest_is_judged() {
    let said = shop("[servise]\nname = \"shop\"\n").run("check");
    assert_eq!(said.code, Some(2), "{said}");
    assert!(said.stderr.contains("setpoint.toml:1:"), "{said}");
    assert!(said.stdout.contains("error[SP010] secret-in-clear"), "{said}");
}

#[test]
fn every_format_ends_with_the_same_code() {
    let shop = shop(DOCUMENTED);
    for (format, start) in [
        ("text", "error[SP010] secret-in-clear"),
        ("json", "{\n  \"version\": 1"),
        ("sarif", "{\n  \"$schema\""),
        ("junit", "<?xml version=\"1.0\""),
        ("github", "::error file=shop/settings.py,line=4,"),
    ] {
        let said = shop.run(&format!("check --format {format}"));
        assert_eq!(said.code, Some(1), "{said}");
        assert!(said.stdout.starts_with(start), "{said}");
        assert!(said.stderr.is_empty(), "{said}");
    }
}

#[test]
fn the_register_is_named_relative_to_the_root_wherever_one_stands() {
    let register =
        "[service]\nname = \"shop\"\nowner = \"me\"\n\n[default.SHOP_MAIL_FROM]\nvalue = \"other@example.org\"\n";
    let code = "import os\n\nFROM = os.environ.get(\"SHOP_MAIL_FROM\", \"shop@example.org\")\n";
    let shop = crate::empty().file("srv/shop/mail.py", code).file("srv/shop/setpoint.toml", register);
    let places = |shop: &Sandbox, arguments: &str| {
        let said = shop.run(&format!("check --only drifted --format json {arguments}"));
        let verdict: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        verdict["findings"][0]["places"]
            .as_array()
            .unwrap()
            .iter()
            .map(|place| place["file"].to_string())
            .collect::<String>()
    };
    for arguments in
        ["--root srv/shop", "--root ./srv/../srv/shop", "--root srv/shop --register ./srv/shop/setpoint.toml"]
    {
        assert_eq!(places(&shop, arguments), "\"mail.py\"\"setpoint.toml\"", "{arguments}");
    }
    // A register that is named elsewhere does not move the root to its folder.
    let shop = crate::empty().file("mail.py", code).file("elsewhere/reg.toml", register);
    let arguments = "--register elsewhere/reg.toml";
    assert_eq!(places(&shop, arguments), "\"mail.py\"\"elsewhere/reg.toml\"", "{arguments}");
}

#[test]
fn a_name_that_begins_like_an_option_can_be_asked_for_as_the_hints_say() {
    let cli =
        "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--host\", default=\"::1\")\n";
    let shop = crate::empty().file("cli.py", cli);
    assert_snapshot!(shop.run("explain --host"), @r#"
    exit: 0
    --- stdout
    --host = ::1
    declared with argparse, not required

    wins  code: ::1
     --> cli.py:4:39
      |
    4 | parser.add_argument("--host", default="::1")
      |                                       ^^^^^

    not documented; `setpoint capture --write=--host` adds it to the register
    "#);
    assert_snapshot!(shop.run("capture --write=--host --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.--host]
    value    = "::1"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 1 default
    "#);
    assert_snapshot!(shop.run("explain --host --format josn"), @"
    exit: 2
    --- stderr
    error: invalid value 'josn' for '--format <FORMAT>'
      [possible values: text, json]

      tip: a similar value exists: 'json'

    For more information, try '--help'.
    ");
}
