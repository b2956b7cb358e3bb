use crate::small_shop::small_shop;
use insta::assert_snapshot;
use setpoint_testkit::Picture;
use std::os::unix::fs::PermissionsExt as _;

/// The rest was captured all the same.
fn still_captured(said: &Picture) {
    assert_eq!(said.code, Some(0), "{said}");
    assert!(said.stdout.contains("SHOP_MAIL_FROM"), "{said}");
    assert!(!said.stderr.contains("panicked"), "{said}");
}

#[test]
fn a_broken_python_file() {
    let said =
        small_shop().file("shop/broken.py", "import os\nHOST = os.environ.get('HOST', 'here') ]\n").run("capture");
    still_captured(&said);
    assert_snapshot!(said.stderr, @"

    warning: `shop/broken.py` has a syntax error: Expected a statement
     --> shop/broken.py:2:37
      |
    2 | HOST = os.environ.get('***', '***') ]
      |                                     ^
    expected: Python that its interpreter accepts
    retry: safe once this is mended; nothing was changed
    hint: what could be read of the file was read; defaults near the error may be
      missing
    ");
}

#[test]
fn binary_junk_with_a_python_name() {
    let said = small_shop().file("shop/junk.py", b"\x7fELF\x02\0\xff\xfe\x1b[31mos.environ\0\0\r\n\xe9").run("capture");
    still_captured(&said);
    assert_snapshot!(said.stderr, @r"
    warning: `shop/junk.py` is not Python: it has bytes that are no UTF-8 text
      --> shop/junk.py
    expected: source text in UTF-8
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn deeply_nested_python() {
    let deep = format!("import os\nX = os.getenv('SHOP_X', {}1{})\n", "(".repeat(100_000), ")".repeat(100_000));
    let said = small_shop().file("shop/deep.py", deep).run("capture");
    still_captured(&said);
    // Python compiles no such file either.
    assert_snapshot!(said.stderr, @"

    warning: `shop/deep.py` is not Python: its brackets or operators nest too
      deeply
      --> shop/deep.py
    expected: source text that Python itself compiles
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn an_env_file_that_this_user_may_not_read() {
    let said = locked_shop().run_as_ordinary_user("capture");
    assert_eq!(said.code, Some(3), "{said}");
    assert!(said.stdout.contains("SHOP_MAIL_FROM"), "{said}");
    assert!(said.stdout.contains("\nnot surely known: `deploy/shop.env` could not be read"), "{said}");
    assert_snapshot!(said.stderr, @"

    error: cannot read `[ROOT]/deploy/shop.env`: permission
      denied
      --> deploy/shop.env
    expected: a path this user may read
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or give this user's group read access
    ");
}

/// The small shop with an env file of its unit that only its owner may read.
fn locked_shop() -> setpoint_testkit::Sandbox {
    let shop = small_shop();
    let nobody = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(shop.path().join("deploy/shop.env"), nobody).expect("the file that was just written");
    shop
}

#[test]
fn no_command_is_sure_of_what_an_unreadable_file_may_set() {
    let shop = locked_shop();
    assert_snapshot!(shop.run_as_ordinary_user("explain SHOP_PAGE_SIZE"), @"
    exit: 3
    --- stdout
    SHOP_PAGE_SIZE = 20
    type int, declared with pydantic-settings, not required
    not surely known: `deploy/shop.env` could not be read, and may set what is
      shown here otherwise

    wins  code (Settings.page_size): 20
     --> shop/settings.py:9:22
      |
    9 |     page_size: int = 20
      |                      ^^

    not documented; `setpoint capture --write SHOP_PAGE_SIZE` adds it to the
      register
    --- stderr

    error: cannot read `[ROOT]/deploy/shop.env`: permission
      denied
      --> deploy/shop.env
    expected: a path this user may read
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or give this user's group read access
    ");
    assert_snapshot!(shop.run_as_ordinary_user("check --only drifted"), @"
    exit: 3
    --- stdout
    not surely known: `deploy/shop.env` could not be read, and may set what is
      shown here otherwise
    1 problem
    1 rule asked about 15 defaults; without a register none asked for documentation
    --- stderr

    error: cannot read `[ROOT]/deploy/shop.env`: permission
      denied
      --> deploy/shop.env
    expected: a path this user may read
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or give this user's group read access
    ");
}

#[test]
fn nothing_is_written_down_that_is_not_surely_known() {
    let shop = locked_shop();
    for command in ["capture --write", "capture --write --dry-run", "docs"] {
        let said = shop.run_as_ordinary_user(command);
        assert_eq!((said.code, said.stdout.as_str()), (Some(3), ""), "{command}: {said}");
        assert!(said.stderr.ends_with("hint: nothing was written; what is committed must be surely known\n"), "{said}");
    }
    assert_eq!(shop.run_as_ordinary_user("capture --check").code, Some(3));
}

#[test]
fn a_register_that_this_user_may_not_read() {
    let shop = small_shop().file("setpoint.toml", "[service]\nname = \"shop\"\n\n[environment.production]\n");
    let nobody = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(shop.path().join("setpoint.toml"), nobody).unwrap();
    let said = shop.run_as_ordinary_user("capture");
    assert_eq!(said.code, Some(3), "{said}");
    assert!(said.stdout.contains("SHOP_MAIL_FROM"), "{said}");
    assert_snapshot!(said.stderr, @"
    error: cannot read `[ROOT]/setpoint.toml`: permission denied
      --> setpoint.toml
    expected: a path this user may read
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or give this user's group read access
    ");
    assert_snapshot!(shop.run_as_ordinary_user("explain SHOP_PAGE_SIZE"), @"
    exit: 3
    --- stdout
    SHOP_PAGE_SIZE = 20
    type int, declared with pydantic-settings, not required

    wins  code (Settings.page_size): 20
     --> shop/settings.py:9:22
      |
    9 |     page_size: int = 20
      |                      ^^
    --- stderr
    error: cannot read `[ROOT]/setpoint.toml`: permission denied
      --> setpoint.toml
    expected: a path this user may read
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or give this user's group read access
    ");
    assert_eq!(shop.run_as_ordinary_user("check --environment production").code, Some(3));
}

#[test]
fn a_folder_that_has_the_name_of_an_env_file() {
    // Many people call their virtual environment so; it sets nothing and is no fault.
    let said = small_shop().file(".env/inside", "").run("capture");
    still_captured(&said);
    assert_eq!(said.stderr, "");
}

#[test]
fn a_unit_with_a_bad_escape() {
    let unit = "[Service]\nExecStart=/usr/bin/python3 -m shop \"a\\qb\"\nEnvironment=\"SHOP_HOME=/srv\\xzz\"\n";
    let said = small_shop().file("deploy/shop.service", unit).run("capture");
    still_captured(&said);
    assert_snapshot!(said.stderr, @r"

    warning: a backslash starts no known escape; systemd warns and keeps it
      --> deploy/shop.service:2:38
    expected: `\\`, or one of the escapes of systemd.syntax(7)
    retry: safe once this is mended; nothing was changed

    warning: a backslash starts no known escape, so that systemd ignores the value
      from here on
      --> deploy/shop.service:3:28
    expected: `\\`, or one of the escapes of systemd.syntax(7)
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_loop_of_links() {
    let shop = small_shop();
    std::os::unix::fs::symlink("..", shop.path().join("shop/again")).unwrap();
    std::os::unix::fs::symlink("itself.py", shop.path().join("shop/itself.py")).unwrap();
    let said = shop.run("capture");
    still_captured(&said);
    assert_snapshot!(said.stderr, @"

    warning: `[ROOT]/shop/itself.py` is a link that leads back to
      itself
      --> shop/itself.py
    expected: a link that leads to a file
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn an_env_file_of_200_megabytes() {
    let shop = small_shop();
    let file = std::fs::File::options().write(true).open(shop.path().join("deploy/shop.env")).unwrap();
    file.set_len(200 << 20).unwrap();
    let said = shop.run("capture");
    assert_eq!(said.code, Some(3), "{said}");
    assert!(said.stdout.contains("SHOP_MAIL_FROM"), "{said}");
    assert_snapshot!(said.stderr, @"

    error: `[ROOT]/deploy/shop.env` was not read: it has
      209715200 bytes
      --> deploy/shop.env
    expected: at most 4194304 bytes
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_register_with_ten_mistakes() {
    let register = r#"[servise]
name = "shop"

[service]
name = 5
colour = "red"

[environment.production]
units = "shop.service"
url = 8000

[default.SHOP_POOL_SIZE]
valeu = 20
why = ""

[default.SHOP_PAGE_SIZE]
value = 1979-05-27

[check.health]
http = "/health"
within = "soon"

[waiver.SP006]
until = "tomorrow"
"#;
    let said = small_shop().file("setpoint.toml", register).run("capture");
    assert_eq!(said.code, Some(2), "{said}");
    assert!(said.stdout.contains("SHOP_MAIL_FROM"), "{said}");
    assert_snapshot!(said.stderr, @r#"
    error: the register has an unknown key `servise`
     --> setpoint.toml:1:2
      |
    1 | [servise]
      |  ^^^^^^^
    expected: one of `service`, `environment`, `default`, `check`, `cache`, `job`,
      `release`, `backup`, `waiver`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `service`?

    error: `name` of `service` is the whole number 5
     --> setpoint.toml:5:8
      |
    5 | name = 5
      |        ^
    expected: a text that is not empty
    retry: safe once this is mended; nothing was changed

    error: `service` has an unknown key `colour`
     --> setpoint.toml:6:1
      |
    6 | colour = "red"
      | ^^^^^^
    expected: one of `name`, `owner`, `code`
    retry: safe once this is mended; nothing was changed

    error: `units` of `environment.production` is the text "shop.service"
     --> setpoint.toml:9:9
      |
    9 | units = "shop.service"
      |         ^^^^^^^^^^^^^^
    expected: a list with at least one item, each a unit's whole name, such as
      `shop.service`
    retry: safe once this is mended; nothing was changed

    error: `url` of `environment.production` is the whole number 8000
      --> setpoint.toml:10:7
       |
    10 | url = 8000
       |       ^^^^
    expected: a URL that begins with `http://` or `https://`
    retry: safe once this is mended; nothing was changed

    error: `default.SHOP_POOL_SIZE` has an unknown key `valeu`
      --> setpoint.toml:13:1
       |
    13 | valeu = 20
       | ^^^^^
    expected: one of `value`, `per_process`, `owner`, `why`, `expect`, `rollback`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `value`?

    error: `why` of `default.SHOP_POOL_SIZE` is empty
      --> setpoint.toml:14:7
       |
    14 | why = ""
       |       ^^
    expected: a text that is not empty
    retry: safe once this is mended; nothing was changed

    error: `within` of `check.health` is the text "soon"
      --> setpoint.toml:21:10
       |
    21 | within = "soon"
       |          ^^^^^^
    expected: a time such as "300ms", "20m" or "1h30m" (units `ms`, `s`, `m`, `h`,
      `d`)
    retry: safe once this is mended; nothing was changed

    error: `waiver.SP006` has no `reason`
      --> setpoint.toml:23:9
       |
    23 | [waiver.SP006]
       |         ^^^^^
    expected: a text that is not empty
    retry: safe once this is mended; nothing was changed

    error: `until` of `waiver.SP006` is the text "tomorrow"
      --> setpoint.toml:24:9
       |
    24 | until = "tomorrow"
       |         ^^^^^^^^^^
    expected: a day, `2027-03-01`
    retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn a_register_that_is_no_toml() {
    let said = small_shop().file("setpoint.toml", "[service\nname = \"shop\"\n").run("capture");
    assert_eq!(said.code, Some(2), "{said}");
    assert_snapshot!(said.stderr, @"
    error: this is not TOML: unclosed table
     --> setpoint.toml:1:9
      |
    1 | [service
      |         ^
    expected: `]`
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_register_that_is_not_there() {
    assert_snapshot!(small_shop().run("capture --register nowhere.toml"), @r#"
    exit: 2
    --- stderr
    error: `--register nowhere.toml`: there is no such file or folder
    expected: a register
    retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn a_reader_that_goes_away() {
    // `head -c 1` reads one byte and ends; the binary must take that for success and say nothing.
    let shop = small_shop();
    let script = format!("{} completions bash 2>&1 >/dev/full; echo $?", env!("CARGO_BIN_EXE_setpoint"));
    #[expect(clippy::disallowed_methods, reason = "a shell ties the two programs together")]
    let shell = |script: &str| {
        let said =
            std::process::Command::new("bash").args(["-o", "pipefail", "-c", script]).current_dir(shop.path()).output();
        String::from_utf8(said.unwrap().stdout).unwrap()
    };
    assert_snapshot!(shell(&script), @r"
    error: cannot write to standard output: No space left on device (os error 28)
    expected: a terminal, file or pipe that takes the output
    retry: safe, nothing was changed
    3
    ");
    let script = format!("{} completions bash 2>&1 | head -c 1 >/dev/null; echo $?", env!("CARGO_BIN_EXE_setpoint"));
    assert_eq!(shell(&script), "0\n");
}
