//! `.hurl` files, read by `setpoint check --hurl` and written by `setpoint check export`.

use crate::checks::Shop;
use insta::assert_snapshot;

#[test]
fn entries_are_run_as_checks() {
    let shop = Shop::with("");
    shop.sandbox.write(
        "smoke.hurl",
        "GET {{url}}/health\nHTTP 200\n[Asserts]\njsonpath \"$.ok\" == true\n\n\
         GET {{url}}/catalog\nHTTP 200\n\n\
         GET {{url}}/prices\nHTTP 404\n\n\
         GET {{url}}/leak\nHTTP 200\n[Captures]\nkey: jsonpath \"$.key\"\n",
    );
    let file = shop.sandbox.path().join("smoke.hurl").display().to_string();
    assert_snapshot!(shop.check(&format!("--only SP001 --environment ci --hurl {file}")), @r"
    exit: 1
    --- stdout
    passed   smoke:1  http GET http://127.0.0.1:PORT/health  TIME
    skipped  smoke:3  http GET http://127.0.0.1:PORT/prices
             because: it needs `smoke:2`, which did not pass
    failed   smoke:2  http GET http://127.0.0.1:PORT/catalog  TIME
             wrong-status: the status is 404
             expected: 200
             retry: safe once this is mended; nothing was changed
             body: no such page
    failed   smoke:4  http GET {{url}}/leak
             not-understood: `[Captures]` is nothing that a check can say
             expected: what a check of kind `http` can say: status, headers, JSON
               values, text and a duration
             retry: safe once this is mended; nothing was changed

    nothing found
    checks: 1 passed, 2 failed, 1 skipped
    1 rule asked about 1 default\ no newline
    ");
    shop.sandbox.write("empty.hurl", "# nothing yet\n");
    let empty = shop.sandbox.path().join("empty.hurl").display().to_string();
    assert_snapshot!(shop.check(&format!("--only SP001 --environment ci --hurl {empty}")), @"
    exit: 2
    --- stderr
    error: `[ROOT]/empty.hurl` has no entries
    expected: a hurl file with a request
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.check("--environment ci --hurl no.hurl"), @"
    exit: 2
    --- stderr
    error: `no.hurl` does not exist
      --> no.hurl
    expected: a file or folder of that name
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn what_is_exported_says_the_same() {
    let shop = Shop::with(
        "\n[check.health]\nhttp = '/health'\nstatus = 200\njson = { ok = true }\n\n\
        [check.slow]\nhttp = '/health'\nstatus = 200\nconnect_within = '1s'\n\n[check.here]\nfile = 'setpoint.toml'\n",
    );
    let exported = shop.sandbox.run("check export");
    assert_snapshot!(exported, @r#"
    exit: 1
    --- stdout
    # health
    GET {{url}}/health
    [Options]
    max-time: 10000ms
    HTTP 200
    [Asserts]
    jsonpath "$.ok" == true
    --- stderr
    left out: `slow`: hurl cannot say how long a part of a request may take
    "#);
    shop.sandbox.write("shop.hurl", &exported.stdout);
    let file = shop.sandbox.path().join("shop.hurl").display().to_string();
    assert_snapshot!(shop.check(&format!("--environment ci --only here --hurl {file}")), @r"
    exit: 0
    --- stdout
    passed  here    file setpoint.toml  TIME
    passed  shop:1  http GET http://127.0.0.1:PORT/health  TIME

    nothing found
    checks: 2 passed
    0 rules asked about 1 default\ no newline
    ");
}

#[test]
fn no_secret_is_shown_or_exported() {
    let mut shop = Shop::with(
        "\n[check.first]\nhttp = '/health'\nstatus = 200\nneeds = ['later']\n\n\
         [check.later]\nhttp = '/health'\nstatus = 200\n\n\
         [check.token]\nhttp = '/health'\nstatus = 200\nheaders = { authorization = 'Bearer hunter2-of-the-register' }\n\n\
         [check.after-a-file]\nhttp = '/health'\nstatus = 200\nneeds = ['here']\n\n[check.here]\nfile = 'setpoint.toml'\n",
    );
    assert_snapshot!(shop.sandbox.run("check export"), @"
    exit: 1
    --- stdout
    # later
    GET {{url}}/health
    [Options]
    max-time: 10000ms
    HTTP 200

    # first
    GET {{url}}/health
    [Options]
    max-time: 10000ms
    HTTP 200
    --- stderr
    left out: `token`: it holds a secret, and the file travels
    left out: `after-a-file`: it needs `here`, which is not written
    ");
    shop.sandbox
        .write("secret.hurl", "GET {{url}}/no?{{key}}\nx-key: {{key}}\nHTTP 200\n[Asserts]\nbody == \"{{key}}\"\n");
    let file = shop.sandbox.path().join("secret.hurl").display().to_string();
    shop.sandbox = shop.sandbox.variable("HURL_VARIABLE_key", "hunter2-of-a-variable");
    assert_snapshot!(shop.check(&format!("--only SP001 --environment ci --hurl {file}")), @r"
    exit: 1
    --- stdout
    failed  secret:1  http GET http://127.0.0.1:PORT/no?***  TIME
             wrong-status: the status is 404
             expected: 200
             retry: safe once this is mended; nothing was changed
             wrong-text: the body is `no such page`
             expected: `***`
             retry: safe once this is mended; nothing was changed
             body: no such page

    nothing found
    checks: 1 failed
    1 rule asked about 1 default\ no newline
    ");
}
