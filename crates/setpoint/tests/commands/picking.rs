//! Which checks are run, and where they look: `--only`, `--tag`, `--hurl` and `--url` of `setpoint check`.

use crate::checks::Shop;
use insta::assert_snapshot;

const SMOKE: &str = "GET {{url}}/health\nHTTP 200\n\nGET {{url}}/catalog\nHTTP 404\n\nGET {{url}}/prices\nHTTP 200\n";

#[test]
fn an_entry_of_a_hurl_file_alone() {
    let shop = Shop::with("\n[check.here]\nfile = 'setpoint.toml'\n");
    shop.sandbox.write("tests/smoke.hurl", SMOKE);
    shop.sandbox.write("pages.hurl", "GET {{url}}/health\nHTTP 200\n");
    // Wherever a file lies, what is run of it has a short name.
    let smoke = shop.sandbox.path().join("tests/smoke.hurl").display().to_string();
    let files = format!("--environment ci --hurl {smoke} --hurl pages.hurl");
    assert_snapshot!(shop.check(&format!("{files} --only smoke:2")), @r"
    exit: 0
    --- stdout
    passed  smoke:2  http GET http://127.0.0.1:PORT/catalog  TIME

    nothing found
    checks: 1 passed
    0 rules asked about 1 default\ no newline
    ");
    assert_snapshot!(shop.check(&format!("{files} --only here")), @r"
    exit: 1
    --- stdout
    passed  here     file setpoint.toml  TIME
    passed  smoke:1  http GET http://127.0.0.1:PORT/health  TIME
    passed  smoke:2  http GET http://127.0.0.1:PORT/catalog  TIME
    passed  pages:1  http GET http://127.0.0.1:PORT/health  TIME
    failed  smoke:3  http GET http://127.0.0.1:PORT/prices  TIME
             wrong-status: the status is 404
             expected: 200
             retry: safe once this is mended; nothing was changed
             body: no such page

    nothing found
    checks: 4 passed, 1 failed
    0 rules asked about 1 default\ no newline
    ");
    assert_snapshot!(shop.check(&format!("{files} --only smoke:4")), @"
    exit: 2
    --- stderr
    error: there is no rule or check `smoke:4`
    expected: a rule's code or name, or a check's name
    retry: safe once this is mended; nothing was changed
    hint: did you mean `smoke:1`?
    ");
    assert_snapshot!(shop.check(&format!("{files} --tag smoke")), @"
    exit: 2
    --- stderr
    error: `--tag` picks among the register's checks, and entries of a hurl file
      have no tags
    expected: `--tag` or `--hurl`
    retry: safe once this is mended; nothing was changed
    hint: `--only NAME:2` runs the second entry of `NAME.hurl` alone
    ");
}

#[test]
fn a_variable_that_nobody_set_is_named_as_the_page_names_it() {
    let shop = Shop::with("");
    shop.sandbox.write("token.hurl", "GET {{url}}/health?{{token}}\nHTTP 200\n");
    assert_snapshot!(shop.check("--environment ci --only token:1 --hurl token.hurl"), @r"
    exit: 1
    --- stdout
    failed  token:1  http GET {{url}}/health?{{token}}
             not-known: `{{token}}` has no value
             expected: `url` of the environment, or a variable
               `HURL_VARIABLE_token` of this process
             retry: safe once this is mended; nothing was changed

    nothing found
    checks: 1 failed
    0 rules asked about 1 default\ no newline
    ");
}

#[test]
fn another_url_than_the_environments() {
    let shop = Shop::with("");
    let url = shop.url();
    let checks = "\n[environment.production]\nurl = 'http://127.0.0.1:1'\n\n[check.health]\nhttp = '/health'\nstatus = 200\n\n\
                  [check.here]\nfile = 'setpoint.toml'\nneeds = ['health']\n\n\
                  [check.there]\nhttp = '/health'\nstatus = 200\nenvironments = ['production']\n";
    shop.sandbox.write("setpoint.toml", format!("[service]\nname = 'shop'\nowner = 'us'\n{checks}"));
    shop.sandbox.write("smoke.hurl", "GET {{url}}/health\nHTTP 200\n");
    // An environment by another address, without a scheme as a browser takes it.
    let bare = url.replace("http://", "");
    let all = "--only health --only here --only there";
    assert_snapshot!(shop.check(&format!("--environment production --url {bare} {all} --hurl smoke.hurl")), @r"
    exit: 0
    --- stdout
    passed  health   http GET http://127.0.0.1:PORT/health  TIME
    passed  here     file setpoint.toml  TIME
    passed  there    http GET http://127.0.0.1:PORT/health  TIME
    passed  smoke:1  http GET http://127.0.0.1:PORT/health  TIME

    nothing found
    checks: 4 passed
    0 rules asked about 1 default\ no newline
    ");
    // Without an environment what asks over HTTP alone, in any environment.
    let said = shop.check(&format!("--url {url}/"));
    assert_eq!(said.code, Some(0));
    assert_snapshot!(said.to_string(), @r"
    exit: 0
    --- stdout
    passed  health  http GET http://127.0.0.1:PORT/health  TIME

    nothing found
    checks: 1 passed
    ALL rules asked about 1 default\ no newline
    --- stderr
    2 checks of the register were not run: `--environment NAME` says where
    ");
    assert_snapshot!(shop.check(&format!("--url {url} --only here")), @"
    exit: 2
    --- stderr
    error: the check `here` is not run without an environment to look at
    expected: `--environment NAME`
    retry: safe once this is mended; nothing was changed
    hint: the register has production
    ");
    assert_snapshot!(shop.check(&format!("--url {url}?a=1")), @"
    exit: 2
    --- stderr
    error: invalid value 'http://127.0.0.1:PORT?a=1' for '--url <URL>': expected where a service answers, such as `http://127.0.0.1:8000`

    For more information, try '--help'.
    ");
    // Where the register has no environments there is none to name.
    shop.sandbox.write("setpoint.toml", "[service]\nname = 'shop'\n\n[check.health]\nhttp = '/health'\nstatus = 200\n");
    assert_snapshot!(shop.check(&format!("--url {url} --only health")), @r"
    exit: 0
    --- stdout
    passed  health  http GET http://127.0.0.1:PORT/health  TIME

    nothing found
    checks: 1 passed
    0 rules asked about 1 default\ no newline
    ");
}

#[test]
fn there_are_none_of_these() {
    let shop = Shop::with("");
    assert_snapshot!(shop.sandbox.run("check list"), @"
    exit: 0
    --- stderr
    the register has no checks
    ");
    shop.sandbox.write(
        "setpoint.toml",
        "[service]\nname = 'shop'\n\n[environment.ci]\n\n[environment.staging]\n\n[check.here]\nfile = 'setpoint.toml'\ntags = ['smoke']\nenvironments = ['ci']\n",
    );
    assert_snapshot!(shop.sandbox.run("check list --environment staging --tag smoke"), @"
    exit: 0
    --- stderr
    the register has no checks for the environment `staging` with the tag `smoke`
    ");
    assert_snapshot!(shop.sandbox.run("check export --environment ci"), @"
    exit: 0
    --- stderr
    the register has no checks of kind `http` for the environment `ci`
    ");
    // Those that are for an environment are not run without one, too.
    assert_snapshot!(shop.check("--tag smoke"), @r"
    exit: 0
    --- stdout
    nothing found
    0 rules asked about 1 default\ no newline
    --- stderr
    1 check of the register was not run: `--environment NAME` says where
    ");
    assert_snapshot!(shop.check("--watch --every 2s"), @"
    exit: 2
    --- stderr
    error: invalid value '2s' for '--every <SECONDS>': expected a whole number of seconds from 1 to 86400, without a unit, such as `10`

    For more information, try '--help'.
    ");
}
