//! Checks in the form of hurl, a program that many have for their HTTP tests: `.hurl` files are read as checks, and checks are
//! written as one.
//!
//! What the one can say and the other cannot is refused, and never left out in silence: a check that passes has checked all
//! that its file says. Each entry is a check of its own, so that what an answer sets (a cookie, a capture) does not get into
//! the next.

mod read;
mod write;

pub use read::{Entry, HURL_VARIABLES, read};
pub use write::write;

#[cfg(test)]
mod tests {
    use super::{Entry, read, write};
    use setpoint_model::Conclusion;
    use setpoint_model::register::{Check, CheckKind};
    use std::fmt::Write as _;

    const REGISTER: &str = r#"
[service]
name = "shop"
owner = "platform team"

[check.health]
http = "/health"
status = 200
json = { ok = true, "items[0].sku" = "a{{1}}", "[1].n" = 1.5, none = "\"\\\n" }
header = { content-type = { contains = "json" }, server = { matches = "^ng/inx\\d" } }
text = [{ lacks = "Traceback" }, "x"]
within = "300ms"

[check.order]
http = "https://shop.example/orders?a=1"
method = "POST"
headers = { content-type = "application/json", x-path = 'c:\d#e' }
body = "{ \"sku\": \"\\\" }"
redirects = 3
status = 201
retries = 2
wait = "100ms"
timeout = "3s"

[check.several]
http = "/several"
method = "POST"
body = "one\ntwo `{{x}}`"
status = 204

[check.lines]
http = "/lines"
method = "PUT"
body = "one\ntwo\n"
status = 204

[check.lines-of-windows]
http = "/lines"
method = "PUT"
body = "one\r\ntwo\r\n"
status = 204

[check.one-of-several]
http = "https://shop.example/some"
status = [200, 204, 404]
certificate_days = 14

[check.any]
http = "/any"
text = "ok"
"#;

    const ONE_WAY: &str = r#"
[service]
name = "shop"

[check.any]
http = "/any"
text = "ok"

[check.some]
http = "/some"
status = [200, 204]
certificate_days = 14

[check.list]
http = "/list"
status = 200
json = { items = [1] }

[check.phase]
http = "/phase"
status = 200
connect_within = "1s"

[check.body]
http = "/body"
status = 200
headers = { x = "{{a}}" }

[check.port]
port = 1
"#;

    /// Each by itself, since what stands behind one that is not understood is not run.
    const ENTRIES: &str = r#"GET http://x/a
[Options]
max-redirs: 4
location: true
verbose: true
HTTP *
[Asserts]
status >= 200
status < 300
status != 204
duration < 100
duration < 5000
---
GET http://x/a
[Options]
max-redirs: 4
HTTP 200
[Asserts]
duration < 1s
---
GET {{host}}/b
---
GET http://x/c
[Query]
q: a b&c
[BasicAuth]
shop: hunter2-of-a-file
[Cookies]
session: abc
HTTP 200
{ "ok": true } # said
---
POST http://x/d
[Form]
name: ü
HTTP 200
`done`
---
GET http://x/e
HTTP 200
[Captures]
id: jsonpath "$.id"

DELETE http://x/never
HTTP 200
---
GET http://x/f
HTTP 200
[Asserts]
jsonpath "$.items" count == 3
---
GET http://x/g
file,body.bin;
---
GET http://x/h
[Options]
variable: token=hunter2-of-an-option
---
GET http://x/i
HTTP 200
[Asserts]
header "x" startsWith "a.b"
header "y" endsWith "c"
header "z" exists
---
GET http://x/j
HTTP 200
[Asserts] jsonpath "$.ok" == false
---
GET http://x/k
HTTP/2 200
---
GET http://x/l
HTTP 200
[Asserts]
header "x" exists "more"
---
POST http://x/m
```
never ended
HTTP 200
---
POST http://x/n
```
ended``` and more
HTTP 200
---
POST http://x/o
{ "never":
HTTP 200
---
GET http://x/p
HTTP 200
what is this
---
GET http://x/q
HTTP 200
`done` and more
---
GET http://x/r
HTTP *
[Asserts]
status toString matches /^[23]/
status toString contains "04"
certificate "Expire-Date" daysAfterNow > 13
---
GET http://x/s
HTTP *
[Asserts]
status toString matches /^7/
---
GET http://x/t
HTTP 200
[Asserts]
certificate "Start-Date" daysAfterNow > 13
"#;

    fn checks(register: &str) -> Vec<Check> {
        let (register, problems) = setpoint_register::load("setpoint.toml", register);
        assert_eq!(problems, []);
        register.checks
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let checks = checks(REGISTER);
        let text: String = checks.iter().map(|check| write(check).unwrap_or_else(|failure| failure.message)).collect();
        insta::assert_snapshot!(text, @r#"
        # health
        GET {{url}}/health
        [Options]
        max-time: 10000ms
        HTTP 200
        [Asserts]
        header "content-type" contains "json"
        header "server" matches "^ng/inx\\d"
        jsonpath "$.ok" == true
        jsonpath "$.items[0].sku" == "a\u{7b}{1}}"
        jsonpath "$[1].n" == 1.5
        jsonpath "$.none" == "\"\\\n"
        body not contains "Traceback"
        body == "x"
        duration <= 300
        # order
        POST https://shop.example/orders?a=1
        content-type: application/json
        x-path: c:\\d\#e
        [Options]
        max-time: 3000ms
        location: true
        max-redirs: 3
        retry: 2
        retry-interval: 100ms
        `{ "sku": "\\" }`
        HTTP 201
        # several
        POST {{url}}/several
        [Options]
        max-time: 10000ms
        `one\ntwo \`\u{7b}{x}}\``
        HTTP 204
        # lines
        PUT {{url}}/lines
        [Options]
        max-time: 10000ms
        ```
        one
        two
        ```
        HTTP 204
        # lines-of-windows
        PUT {{url}}/lines
        [Options]
        max-time: 10000ms
        `one\u{d}\ntwo\u{d}\n`
        HTTP 204
        # one-of-several
        GET https://shop.example/some
        [Options]
        max-time: 10000ms
        HTTP *
        [Asserts]
        status toString matches /^(200|204|404)$/
        certificate "Expire-Date" daysAfterNow >= 14
        # any
        GET {{url}}/any
        [Options]
        max-time: 10000ms
        HTTP *
        [Asserts]
        status >= 200
        status < 300
        body == "ok"
        "#);
        let variable = |name: &str| (name == "url").then(String::new);
        let read = read("shop.hurl", "shop", &text, &variable);
        let read: Vec<&CheckKind> = read
            .iter()
            .map(|entry| match entry {
                Entry::Check(check) => &check.kind,
                Entry::NotRun(outcome) => panic!("{outcome:?}"),
            })
            .collect();
        assert_eq!(read, checks.iter().map(|check| &check.kind).collect::<Vec<_>>());
    }

    #[test]
    fn what_hurl_cannot_say_is_named() {
        let told = checks(ONE_WAY).iter().fold(String::new(), |mut told, check| {
            let said = write(check).unwrap_or_else(|failure| failure.message + "\n");
            let _ = writeln!(told, "{said}");
            told
        });
        insta::assert_snapshot!(told, @r#"
        # any
        GET {{url}}/any
        [Options]
        max-time: 10000ms
        HTTP *
        [Asserts]
        status >= 200
        status < 300
        body == "ok"

        # some
        GET {{url}}/some
        [Options]
        max-time: 10000ms
        HTTP *
        [Asserts]
        status toString matches /^(200|204)$/
        certificate "Expire-Date" daysAfterNow >= 14

        hurl cannot say what a list or an object is equal to

        hurl cannot say how long a part of a request may take

        hurl cannot say `{{` in an address or a header, where it begins a template

        hurl speaks HTTP alone
        "#);
    }

    #[test]
    fn what_a_check_cannot_say_fails() {
        let entries: Vec<Entry> =
            ENTRIES.split("---\n").flat_map(|text| read("tests/smoke.hurl", "tests/smoke", text, &|_| None)).collect();
        let told = entries.iter().fold(String::new(), |mut told, entry| {
            let _ = match entry {
                Entry::Check(check) => {
                    let CheckKind::Http(http) = &check.kind else { unreachable!("hurl speaks HTTP alone") };
                    let statuses = http.status.len();
                    writeln!(
                        told,
                        "{} needs {:?}: {} {} {:?} {:?} redirects {}, {statuses} statuses, {:?} {:?} {:?} {:?}",
                        check.name,
                        check.needs,
                        http.method,
                        http.http,
                        http.headers,
                        http.body,
                        http.redirects,
                        http.header,
                        http.json,
                        http.text,
                        http.certificate_days
                    )
                }
                Entry::NotRun(outcome) => writeln!(
                    told,
                    "{} {}:{}: {}",
                    outcome.check,
                    outcome.place.file,
                    outcome.place.line,
                    match &outcome.conclusion {
                        Conclusion::Skipped { because } => because,
                        Conclusion::Passed | Conclusion::Failed { .. } => &outcome.failures()[0].message,
                    }
                ),
            };
            told
        });
        insta::assert_snapshot!(told, @r#"
        tests/smoke:1 needs []: GET http://x/a [] None redirects 4, 99 statuses, [] [] [] None
        tests/smoke:1 tests/smoke.hurl:1: `duration < 1s` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `{{host}}` has no value
        tests/smoke:1 needs []: GET http://x/c?q=a%20b%26c [("authorization", "Basic c2hvcDpodW50ZXIyLW9mLWEtZmlsZQ=="), ("cookie", "session=abc")] None redirects 0, 1 statuses, [] [] [Equals("{ \"ok\": true }")] None
        tests/smoke:1 needs []: POST http://x/d [("content-type", "application/x-www-form-urlencoded")] Some("name=%C3%BC") redirects 0, 1 statuses, [] [] [Equals("done")] None
        tests/smoke:1 tests/smoke.hurl:1: `[Captures]` is nothing that a check can say
        tests/smoke:2 tests/smoke.hurl:6: it needs `tests/smoke:1`, which did not pass
        tests/smoke:1 tests/smoke.hurl:1: `jsonpath "$.items" count == 3` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `file,body.bin;` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `variable` is nothing that a check can say
        tests/smoke:1 needs []: GET http://x/i [] None redirects 0, 1 statuses, [("x", Matches("\\Aa\\.b")), ("y", Matches("c\\z")), ("z", Matches(""))] [] [] None
        tests/smoke:1 tests/smoke.hurl:1: `[Asserts] jsonpath "$.ok" == false` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `a version of HTTP` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `header "x" exists "more"` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: ````` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: ````` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `{ "never":` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `what is this` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: ``done` and more` is nothing that a check can say
        tests/smoke:1 needs []: GET http://x/r [] None redirects 0, 2 statuses, [] [] [] Some(14)
        tests/smoke:1 tests/smoke.hurl:1: `status toString matches /^7/` is nothing that a check can say
        tests/smoke:1 tests/smoke.hurl:1: `certificate "Start-Date" daysAfterNow > 13` is nothing that a check can say
        "#);
    }
}
