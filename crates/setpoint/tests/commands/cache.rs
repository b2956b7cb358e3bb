//! `setpoint cache`: a register, nginx's files, the whole output.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use crate::{empty, transcript};
use insta::assert_snapshot;
use setpoint_testkit::{Background, Picture, Sandbox, free_port, tool_is_here};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

const REGISTER: &str = r#"
[service]
name  = "shop"
owner = "shop team"

[cache.catalog]
match      = "/catalog/*"
ttl        = "60s"
bypass     = ["cookie:session", "query:preview"]
cached     = ["/catalog/1"]
not_cached = ["/catalog/1?preview=1", "/cart"]
rollback   = "proxy_cache off, reload nginx"

[cache.pictures]
match  = "/pictures/*"
ttl    = "1h"
cached = ["/pictures/1.png"]
"#;

const NGINX: &str = "
upstream shop { server 127.0.0.1:8000; }
proxy_cache_path /var/cache/nginx/shop keys_zone=shop:1m;
server {
    listen 80;
    location / { proxy_pass http://shop; }
    location /catalog/ {
        proxy_pass http://shop;
        proxy_cache shop;
        proxy_cache_valid 200 60s;
        proxy_cache_bypass $cookie_session $arg_preview;
        proxy_no_cache $cookie_session $arg_preview;
    }
    location /pictures/ { proxy_pass http://shop; proxy_cache shop; proxy_cache_valid 200 1h; }
}
";

fn shop(nginx: &str) -> Sandbox {
    empty().file("setpoint.toml", REGISTER).file("deploy/nginx/shop.conf", nginx)
}

#[test]
fn the_rules_hold_on_paper_and_in_the_files() {
    assert_snapshot!(shop(NGINX).run("cache check"), @"
    exit: 0
    --- stdout
    passed  catalog   cache /catalog/* on paper
    passed  catalog   cache /catalog/* in nginx
    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx

    checks: 4 passed
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
}

#[test]
fn what_the_files_do_not_keep_to_is_said_with_its_place() {
    let wrong = NGINX.replace("        proxy_no_cache $cookie_session $arg_preview;\n", "").replace("1h", "10m");
    assert_snapshot!(shop(&wrong).run("cache check"), @"
    exit: 1
    --- stdout
    passed  catalog   cache /catalog/* on paper
    passed  pictures  cache /pictures/* on paper
    failed  catalog   cache /catalog/* in nginx
             shared: `/catalog/1?preview=1` is not answered from the cache, since
               `$arg_preview` of `proxy_cache_bypass` (deploy/nginx/shop.conf:11:9)
               holds, but its answer is kept there for others
             expected: `proxy_no_cache` that holds whenever `proxy_cache_bypass`
               does
             retry: safe once this is mended; nothing was changed
             shared: a request with the cookie `session` is not answered from the
               cache, since `$cookie_session` of `proxy_cache_bypass`
               (deploy/nginx/shop.conf:11:9) holds, but its answer is kept there for
               others
             expected: `proxy_no_cache` that holds whenever `proxy_cache_bypass`
               does
             retry: safe once this is mended; nothing was changed
             owner: shop team
             rollback: proxy_cache off, reload nginx
    failed  pictures  cache /pictures/* in nginx
             wrong-value: pages are kept for 600 s in `location /pictures/`
               (deploy/nginx/shop.conf:13:5)
             expected: `proxy_cache_valid 200 3600s`
             retry: safe once this is mended; nothing was changed
             owner: shop team

    checks: 2 passed, 2 failed
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
    assert_snapshot!(shop(&wrong).run("cache check pictures --format github"), @"
    exit: 1
    --- stdout
    ::error file=setpoint.toml,line=14,col=8,title=check pictures::cache /pictures/* in nginx%0Awrong-value: pages are kept for 600 s in `location /pictures/` (deploy/nginx/shop.conf:13:5)%0Aexpected: `proxy_cache_valid 200 3600s`%0Aretry: safe once this is mended; nothing was changed
    ");
    let waiver = "[waiver.pictures]\nreason = 'until the new disk is there'\nuntil = 2999-12-31\n";
    let accepting = shop(&wrong).file("setpoint.toml", format!("{REGISTER}\n{waiver}"));
    assert_snapshot!(accepting.run("cache check pictures"), @"
    exit: 0
    --- stdout
    passed  pictures  cache /pictures/* on paper
    waived  pictures  cache /pictures/* in nginx
             waived: until the new disk is there

    checks: 1 passed, 1 waived
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
}

/// A waiver of a cache rule is honoured, and told of when it has run out or accepts nothing.
#[test]
fn waivers_of_cache_rules() {
    let waiver =
        |name: &str, until: &str| format!("[waiver.{name}]\nreason = 'until the new disk is there'\nuntil = {until}\n");
    let with = |waivers: &str, nginx: &str| shop(nginx).file("setpoint.toml", format!("{REGISTER}\n{waivers}"));
    let wrong = NGINX.replace("1h", "10m");
    assert_snapshot!(with(&waiver("pictures", "2026-01-01"), &wrong).run("cache check pictures"), @"
    exit: 1
    --- stdout
    warning[SP012] expired-waiver: the waiver of `pictures` ended on 2026-01-01:
      the check fails again
      --> setpoint.toml:19:9
       |
    19 | [waiver.pictures]
       |         ^^^^^^^^
    expected: a last day that has not passed
    hint: mend it and delete the waiver, or decide anew; its reason was: until the
      new disk is there

    passed  pictures  cache /pictures/* on paper
    failed  pictures  cache /pictures/* in nginx
             wrong-value: pages are kept for 600 s in `location /pictures/`
               (deploy/nginx/shop.conf:14:5)
             expected: `proxy_cache_valid 200 3600s`
             retry: safe once this is mended; nothing was changed
             owner: shop team

    checks: 1 passed, 1 failed
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
    // One that holds and accepts nothing is a note, and fails nothing.
    assert_snapshot!(with(&waiver("pictures", "2999-12-31"), NGINX).run("cache check pictures"), @"
    exit: 0
    --- stdout
    note[SP013] unused-waiver: the waiver of `pictures` accepts nothing
      --> setpoint.toml:19:9
       |
    19 | [waiver.pictures]
       |         ^^^^^^^^
    expected: a failure of the check that it accepts
    hint: delete it, unless it is for another environment

    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx

    checks: 2 passed
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
    // One of a rule that was not asked for is no news, and neither is one of which the live server may show the use.
    assert_snapshot!(with(&waiver("pictures", "2026-01-01"), NGINX).run("cache check catalog"), @"
    exit: 0
    --- stdout
    passed  catalog  cache /catalog/* on paper
    passed  catalog  cache /catalog/* in nginx

    checks: 2 passed
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
    let elsewhere =
        format!("{}[environment.production]\nurl = 'http://127.0.0.1:1'\n", waiver("pictures", "2999-12-31"));
    assert_snapshot!(with(&elsewhere, NGINX).run("cache check pictures"), @"
    exit: 0
    --- stdout
    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx

    checks: 2 passed
    --- stderr
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
}

#[test]
fn without_nginx_the_rules_are_judged_on_paper_alone() {
    let register = REGISTER.replace("\"/catalog/1\"]", "\"/catalog/1?preview=2\", \"/news\"]");
    assert_snapshot!(empty().file("setpoint.toml", register).run("cache check catalog"), @"
    exit: 1
    --- stdout
    failed  catalog  cache /catalog/* on paper
             contradiction: `/catalog/1?preview=2` must be cached, and
               `query:preview` keeps it out
             expected: an example to which no bypass applies
             retry: safe once this is mended; nothing was changed
             not-cached: `/news` must be cached, and no rule covers it
             expected: an example that `/catalog/*` covers
             retry: safe once this is mended; nothing was changed
             owner: shop team
             rollback: proxy_cache off, reload nginx

    checks: 1 failed
    --- stderr
    no configuration of nginx was found, and so none was judged
    no server was asked: `--environment NAME` says where, if that has a `url`
    ");
}

#[test]
fn a_check_of_nothing_does_not_pass() {
    assert_snapshot!(shop(NGINX).run("cache check catalogue"), @"
    exit: 2
    --- stderr
    error: the register has no cache rule `catalogue`
    expected: a cache rule of the register
    retry: safe once this is mended; nothing was changed
    hint: did you mean `catalog`?
    ");
    let none = "[service]\nname = 'shop'\nowner = 'shop team'\n";
    assert_snapshot!(empty().file("setpoint.toml", none).run("cache check"), @"
    exit: 2
    --- stderr
    error: `[ROOT]/setpoint.toml` has no cache rule
    expected: `[cache.NAME]` with `match`, `ttl` and examples
    retry: safe once this is mended; nothing was changed
    ");
}

/// Answers each path with the page of that path; the catalog has ninety-nine.
const ORIGIN: &str = r#"
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"the page {self.path}".encode()
        page = self.path.partition("?")[0].removeprefix("/catalog/")
        self.send_response(404 if page.isdigit() and int(page) > 99 else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

/// A shop with the real nginx in front of its service.
struct Served {
    shop: Sandbox,
    port: u16,
    _service: Background,
    _nginx: Background,
}

fn served(register: &str, nginx: &str) -> Served {
    served_in(empty(), register, nginx)
}

/// The same in a folder with other files.
#[expect(clippy::disallowed_methods, reason = "the test starts real servers")]
fn served_in(folder: Sandbox, register: &str, nginx: &str) -> Served {
    let (port, origin) = (free_port(), free_port());
    let mut service = Command::new("python3");
    service.args(["-c", ORIGIN, &origin.to_string()]);
    let service = Background::start(&mut service, origin, Duration::from_mins(1));
    let nginx = nginx.replace("8000", &origin.to_string()).replace("/var/cache/nginx/", "").replace("/var/cache/", "");
    let nginx = nginx.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
    let nginx = nginx.replace("/var/log/nginx/", "");
    let environment = format!("\n[environment.production]\nurl = \"http://127.0.0.1:{port}\"\n");
    let is_named = register.contains("[environment.production]");
    let register = register.replace("\"http://127.0.0.1\"", &format!("\"http://127.0.0.1:{port}\""));
    let register = format!("{register}{}", if is_named { "" } else { &environment });
    let shop = folder.file("deploy/nginx/shop.conf", nginx).file("setpoint.toml", register);
    let root = shop.path().to_str().unwrap();
    let main = format!("events {{}} http {{ access_log off; include {root}/deploy/nginx/shop.conf; }}");
    let shop = shop.file("run/nginx.main", main).filter(&port.to_string(), "PORT");
    let mut server = Command::new("nginx");
    server.args(["-e", "stderr", "-p", &format!("{}/run", shop.path().display())]);
    server.args(["-c", "nginx.main", "-g", "daemon off; master_process off; pid nginx.pid;"]);
    let nginx = Background::start(&mut server, port, Duration::from_secs(20));
    Served { shop, port, _service: service, _nginx: nginx }
}

impl Served {
    /// What is said, without times.
    fn run(&self, command: &str) -> Picture {
        let mut said = self.shop.run(command);
        let time = regex::Regex::new(r" +[0-9.]+ ms").unwrap();
        said.stdout = time.replace_all(&said.stdout, "").into_owned();
        said
    }

    /// What the cache did for a request; empty where it had no part in it.
    fn ask(&self, target: &str, headers: &str) -> String {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(connection, "GET {target} HTTP/1.0\r\nHost: shop\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{target}: {answer}");
        let did = answer.lines().find_map(|line| line.strip_prefix("X-Cache-Status: "));
        did.unwrap_or_default().to_owned()
    }
}

const STATUS: &str = "server {\n    add_header X-Cache-Status $upstream_cache_status;";

#[test]
fn the_live_server_proves_it() {
    if !tool_is_here("nginx") {
        return;
    }
    let right = NGINX.replace("server {\n", &format!("{STATUS}\n"));
    let shop = served(REGISTER, &right);
    assert_snapshot!(shop.run("cache check --environment production"), @"
    exit: 0
    --- stdout
    passed  catalog   cache /catalog/* on paper
    passed  catalog   cache /catalog/* in nginx
    passed  catalog   cache /catalog/* live
             seen: each order of a query's parameters has an entry of its own
             not probed: 5xx, since none came, and none can be had by asking
    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx
    passed  pictures  cache /pictures/* live
             seen: each order of a query's parameters has an entry of its own
             not probed: 404, since a path that nobody knows is answered with 200;
               5xx, since none came, and none can be had by asking

    checks: 6 passed
    ");
    let command = "cache check catalog --environment production";
    let wrong = right.replace("        proxy_no_cache $cookie_session $arg_preview;\n", "");
    let said = served(REGISTER, &wrong).run(command);
    assert_snapshot!(said, @"
    exit: 1
    --- stdout
    passed  catalog  cache /catalog/* on paper
    failed  catalog  cache /catalog/* in nginx
             shared: `/catalog/1?preview=1` is not answered from the cache, since
               `$arg_preview` of `proxy_cache_bypass` (deploy/nginx/shop.conf:12:9)
               holds, but its answer is kept there for others
             expected: `proxy_no_cache` that holds whenever `proxy_cache_bypass`
               does
             retry: safe once this is mended; nothing was changed
             shared: a request with the cookie `session` is not answered from the
               cache, since `$cookie_session` of `proxy_cache_bypass`
               (deploy/nginx/shop.conf:12:9) holds, but its answer is kept there for
               others
             expected: `proxy_no_cache` that holds whenever `proxy_cache_bypass`
               does
             retry: safe once this is mended; nothing was changed
             owner: shop team
             rollback: proxy_cache off, reload nginx
    failed  catalog  cache /catalog/* live
             shared: the answer to a request with the cookie `session` was kept,
               and given to one without
             expected: no answer of it in the cache
             retry: safe once this is mended; nothing was changed
             seen: each order of a query's parameters has an entry of its own
             not probed: 5xx, since none came, and none can be had by asking
             owner: shop team
             rollback: proxy_cache off, reload nginx

    checks: 1 passed, 2 failed
    ");
    transcript::of_command("docs/cache.md", command).assert_is(&said.stdout);
}

#[test]
fn the_page_shows_what_is_printed() {
    let shop = empty().folder(&transcript::repository().join("examples/shop"));
    for command in ["cache check", "cache explain /catalog/1?preview=1"] {
        transcript::of_command("docs/cache.md", command).assert_is(&shop.run(command).stdout);
    }
    if !tool_is_here("nginx") {
        return;
    }
    // Its own nginx, in front of a service that answers as it does.
    let (register, nginx) = (shop.read("setpoint.toml"), shop.read("deploy/nginx/shop.conf"));
    let command = "cache check --environment production";
    let said = served_in(shop, &register, &nginx).run(command);
    assert_eq!(said.code, Some(0), "{said}");
    transcript::of_command("docs/cache.md", command).assert_is(&said.stdout);
}

/// What `cache nginx` writes for the shop is what its nginx has.
#[test]
fn the_shop_has_what_its_rule_means() {
    let shop = empty().folder(&transcript::repository().join("examples/shop"));
    let has = shop.read("deploy/nginx/shop.conf");
    let made = shop.run("cache nginx").stdout;
    let is_said = |line: &str| {
        let line = line.trim();
        line.starts_with("proxy_cache")
            || line.starts_with("map ")
            || line.starts_with('"')
            || line.starts_with("location ~")
    };
    let missing: Vec<&str> = made.lines().filter(|line| is_said(line) && !has.contains(line.trim())).collect();
    assert!(missing.is_empty() && made.lines().filter(|line| is_said(line)).count() > 8, "{missing:?}");
}

#[test]
fn the_configuration_that_the_rules_mean_keeps_to_them() {
    let rules = r#"
[cache.api]
match      = "/api/*.json"
ttl        = "5m"
bypass     = ["header:X-Fresh", "method:POST", "path:/api/live*", "cookie:a.b"]
varies     = ["header:Accept-Language", "cookie:currency"]
also_kept  = [404]
cached     = ["/api/prices.json?of=1"]
not_cached = ["/api/live.json"]

[cache.pages]
match  = "/pages/*"
ttl    = "1h"
varies = ["query:page"]
cached = ["/pages/a?page=2"]
"#;
    let shop = empty().file("setpoint.toml", format!("{REGISTER}{rules}"));
    let made = shop.run("cache nginx");
    assert_snapshot!(made, @r#"
    exit: 0
    --- stdout
    # Made by `setpoint cache nginx` of the cache rules in setpoint.toml.
    proxy_cache_path /var/cache/shop keys_zone=shop:10m inactive=3600s use_temp_path=off;

    # cookie:session
    map $http_cookie $shop_1_1 {
        default 0;
        "~*(?:^|;\\s*)session=" 1;
    }

    # query:preview
    map $args $shop_1_2 {
        default 0;
        "~(?:^|&)preview(?:=|&|\\z)" 1;
    }

    # header:X-Fresh
    map $http_x_fresh $shop_3_1 {
        default 0;
        ~. 1;
    }

    # method:POST
    map $request_method $shop_3_2 {
        default 0;
        POST 1;
    }

    # path:/api/live*
    map $uri $shop_3_3 {
        default 0;
        "~(?s)^/api/live.*\\z" 1;
    }

    # cookie:a.b
    map $http_cookie $shop_3_4 {
        default 0;
        "~*(?:^|;\\s*)a\\.b=" 1;
    }

    # cookie:currency, twice, empty or written otherwise
    map $http_cookie $shop_3_ambiguous_2 {
        default 0;
        "~*(?:^|;\\s*)currency(?:[=;]|\\z).*;\\s*currency(?:[=;]|\\z)" 1;
        "~(?:^|;\\s*)currency=[^;]" 0;
        "~*(?:^|;\\s*)currency(?:[=;]|\\z)" 1;
    }

    # query:page, twice, empty or written otherwise
    map $args $shop_4_ambiguous_1 {
        default 0;
        ~(?:^|&)[^=&]*[%+] 1;
        "~*(?:^|&)page(?:[=&]|\\z).*&\\s*page(?:[=&]|\\z)" 1;
        ~(?:^|&)page=[^&] 0;
        "~*(?:^|&)page(?:[=&]|\\z)" 1;
    }

    server {
        listen 80;

        # What the cache did; a location that has an `add_header` itself must repeat it.
        add_header X-Cache-Status $upstream_cache_status;

        # catalog
        location ~ "(?s)^/catalog/.*\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key "1 $scheme://$host\n$request_uri";
            proxy_cache_valid 200 60s;
            proxy_cache_bypass $shop_1_1 $shop_1_2;
            proxy_no_cache $shop_1_1 $shop_1_2;
        }

        # pictures
        location ~ "(?s)^/pictures/.*\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key "2 $scheme://$host\n$request_uri";
            proxy_cache_valid 200 3600s;
        }

        # api
        location ~ "(?s)^/api/.*\\.json\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key "3 $scheme://$host\n$http_accept_language\n$cookie_currency\n$request_uri";
            proxy_cache_valid 200 404 300s;
            proxy_cache_bypass $shop_3_1 $shop_3_2 $shop_3_3 $shop_3_4 $shop_3_ambiguous_2;
            proxy_no_cache $shop_3_1 $shop_3_2 $shop_3_3 $shop_3_4 $shop_3_ambiguous_2;
        }

        # pages
        location ~ "(?s)^/pages/.*\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key "4 $scheme://$host\n$arg_page\n$uri";
            proxy_cache_valid 200 3600s;
            proxy_cache_bypass $shop_4_ambiguous_1;
            proxy_no_cache $shop_4_ambiguous_1;
        }

        location / {
            proxy_pass http://127.0.0.1:8000;
        }
    }
    "#);
    let shop = shop.file("deploy/nginx/shop.conf", &made.stdout);
    assert_snapshot!(shop.run("cache nginx --check"), @"
    exit: 0
    --- stdout
    passed  catalog   cache /catalog/* in nginx
    passed  pictures  cache /pictures/* in nginx
    passed  api       cache /api/*.json in nginx
    passed  pages     cache /pages/* in nginx

    checks: 4 passed
    ");
    assert_snapshot!(shop.file("deploy/nginx/shop.conf", NGINX).run("cache nginx --check"), @"
    exit: 1
    --- stdout
    passed  catalog   cache /catalog/* in nginx
    passed  pictures  cache /pictures/* in nginx
    failed  api       cache /api/*.json in nginx
             not-cached: `/api/prices.json?of=1` must be cached: `proxy_cache` is
               not set in `location /` (deploy/nginx/shop.conf:6:5)
             expected: a location with a cache that is asked and filled
             retry: safe once this is mended; nothing was changed
             owner: shop team
    failed  pages     cache /pages/* in nginx
             not-cached: `/pages/a?page=2` must be cached: `proxy_cache` is not
               set in `location /` (deploy/nginx/shop.conf:6:5)
             expected: a location with a cache that is asked and filled
             retry: safe once this is mended; nothing was changed
             owner: shop team

    checks: 2 passed, 2 failed
    ");
    if !tool_is_here("nginx") {
        return;
    }
    let shop = served(&format!("{REGISTER}{rules}"), &made.stdout);
    assert_snapshot!(shop.run("cache check --environment production"), @"
    exit: 0
    --- stdout
    passed  catalog   cache /catalog/* on paper
    passed  catalog   cache /catalog/* in nginx
    passed  catalog   cache /catalog/* live
             seen: each order of a query's parameters has an entry of its own
             not probed: 5xx, since none came, and none can be had by asking
    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx
    passed  pictures  cache /pictures/* live
             seen: each order of a query's parameters has an entry of its own
             not probed: 404, since a path that nobody knows is answered with 200;
               5xx, since none came, and none can be had by asking
    passed  api       cache /api/*.json on paper
    passed  api       cache /api/*.json in nginx
    passed  api       cache /api/*.json live
             seen: each order of a query's parameters has an entry of its own
             not probed: 404, since a path that nobody knows is answered with 200;
               5xx, since none came, and none can be had by asking
    passed  pages     cache /pages/* on paper
    passed  pages     cache /pages/* in nginx
    passed  pages     cache /pages/* live
             not probed: 404, since the rule covers no path that is surely not
               there; 5xx, since none came, and none can be had by asking

    checks: 12 passed
    ");
}

/// Requests that would have one key if its parts stood side by side, or with a mark between them that a client can send.
#[test]
fn two_requests_never_have_one_key() {
    if !tool_is_here("nginx") {
        return;
    }
    let rules = r#"
[service]
name  = "shop"
owner = "shop team"

[cache.api]
match  = "/api/*"
ttl    = "5m"
varies = ["header:Accept-Language", "cookie:currency"]
cached = ["/api/prices"]

[cache.pages]
match  = "/pages/*"
ttl    = "1h"
varies = ["query:page", "query:size"]
cached = ["/pages/a?page=2&size=3"]
"#;
    let made = empty().file("setpoint.toml", rules).run("cache nginx").stdout;
    let shop = served(rules, &made);
    let asked = [
        ("/api/prices", "Accept-Language: en|x\r\nCookie: currency=y\r\n"),
        ("/api/prices", "Accept-Language: en|x\r\nCookie: currency=y\r\n"),
        ("/api/prices", "Accept-Language: en\r\nCookie: currency=x|y\r\n"),
        ("/api/prices", "Accept-Language: en\\nx\r\nCookie: currency=y\r\n"),
        ("/api/prices|en", "Cookie: currency=x\r\n"),
        // nginx takes the first of two, and many services the last.
        ("/api/prices", "Cookie: currency=x; currency=y\r\n"),
        ("/api/prices", "Cookie: Currency=x\r\n"),
        ("/api/prices", "Cookie: currency=\r\n"),
        ("/pages/a?page=1&size=2", ""),
        ("/pages/a?size=2&page=1", ""),
        ("/pages/a?page=1|2&size=", ""),
        ("/pages/a?page=12", ""),
        ("/pages/a?size=12", ""),
        // The path is decoded, and may hold an end of line.
        ("/pages/1%0A2%0A/pages/a", ""),
        ("/pages/a?page=1&page=2", ""),
        ("/pages/a?PAGE=12", ""),
        ("/pages/a?page=12&p%61ge=3", ""),
        ("/pages/a?page=12", ""),
    ];
    let told = asked.map(|(target, headers)| {
        format!("{:7} {target} {}", shop.ask(target, headers), headers.replace("\r\n", " ").trim()).trim().to_owned()
    });
    assert_snapshot!(told.join("\n"), @r"
    MISS    /api/prices Accept-Language: en|x Cookie: currency=y
    HIT     /api/prices Accept-Language: en|x Cookie: currency=y
    MISS    /api/prices Accept-Language: en Cookie: currency=x|y
    MISS    /api/prices Accept-Language: en\nx Cookie: currency=y
    MISS    /api/prices|en Cookie: currency=x
    BYPASS  /api/prices Cookie: currency=x; currency=y
    BYPASS  /api/prices Cookie: Currency=x
    BYPASS  /api/prices Cookie: currency=
    MISS    /pages/a?page=1&size=2
    HIT     /pages/a?size=2&page=1
    BYPASS  /pages/a?page=1|2&size=
    MISS    /pages/a?page=12
    MISS    /pages/a?size=12
    MISS    /pages/1%0A2%0A/pages/a
    BYPASS  /pages/a?page=1&page=2
    BYPASS  /pages/a?PAGE=12
    BYPASS  /pages/a?page=12&p%61ge=3
    HIT     /pages/a?page=12
    ");
    assert_snapshot!(made.lines().filter(|line| line.contains("proxy_cache_key")).collect::<Vec<_>>().join("\n"), @r#"
    proxy_cache_key "1 $scheme://$host\n$http_accept_language\n$cookie_currency\n$request_uri";
    proxy_cache_key "2 $scheme://$host\n$arg_page\n$arg_size\n$uri";
    "#);
}

#[test]
fn what_nginx_has_no_words_for_is_said() {
    let register = REGISTER.replace("query:preview", "query:a[b]");
    assert_snapshot!(empty().file("setpoint.toml", register).run("cache nginx"), @"
    exit: 2
    --- stderr
    error: `a[b]` of the cache rule `catalog` has no variable in nginx
     --> setpoint.toml:6:8
      |
    6 | [cache.catalog]
      |        ^^^^^^^
    expected: a name of letters, digits and `_`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(empty().file("setpoint.toml", REGISTER).run("cache nginx --check"), @"
    exit: 2
    --- stderr
    error: no configuration of nginx was found
    expected: the one of the machine, or a copy in the folder
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn one_request_is_explained() {
    let shop = shop(NGINX);
    assert_snapshot!(shop.run("cache explain /catalog/1"), @"
    exit: 0
    --- stdout
    rule      `catalog` decides: `/catalog/*` covers `/catalog/1`
    bypass    none holds, so that it is cached for 60 s
    nginx     the cache is asked, and keeps the answer for 60 s under
              `$scheme$proxy_host$request_uri` in `location /catalog/`
              (deploy/nginx/shop.conf:7:5)
    ");
    assert_snapshot!(shop.run("cache explain /catalog/1?preview=1 --header Cookie:session=1"), @"
    exit: 0
    --- stdout
    rule      `catalog` decides: `/catalog/*` covers `/catalog/1`
    bypass    `cookie:session` keeps it out
    bypass    `query:preview` keeps it out
    nginx     the cache is neither asked nor filled in `location /catalog/`
              (deploy/nginx/shop.conf:7:5): `$cookie_session` of
              `proxy_cache_bypass` (deploy/nginx/shop.conf:11:9) holds
    ");
    assert_snapshot!(shop.run("cache explain /cart --format json"), @r#"
    exit: 0
    --- stdout
    [
      {
        "of": "rule",
        "text": "none covers `/cart`, so that it must not be cached"
      },
      {
        "of": "nginx",
        "text": "the cache has no part in it: `proxy_cache` is not set in `location /` (deploy/nginx/shop.conf:6:5)"
      }
    ]
    "#);
    assert_snapshot!(shop.run("cache explain catalog"), @"
    exit: 2
    --- stderr
    error: invalid value 'catalog' for '<URL>': expected a path such as `/catalog/1`, or a URL

    For more information, try '--help'.
    ");
    if tool_is_here("nginx") {
        let right = NGINX.replace("server {\n", &format!("{STATUS}\n"));
        let shop = served(REGISTER, &right);
        assert_snapshot!(shop.run("cache explain /catalog/1 --environment production"), @"
        exit: 0
        --- stdout
        rule      `catalog` decides: `/catalog/*` covers `/catalog/1`
        bypass    none holds, so that it is cached for 60 s
        nginx     the cache is asked, and keeps the answer for 60 s under
                  `$scheme$proxy_host$request_uri` in `location /catalog/`
                  (deploy/nginx/shop.conf:8:5)
        answer    200 from http://127.0.0.1:PORT/catalog/1
        cache     it did not come from a cache: `x-cache-status: MISS`, in RFC 9211's
                  words `fwd=miss`
        RFC 9111  a shared cache may store it, but is told of no time in which it is
                  fresh
        ");
        assert_snapshot!(shop.run("cache explain /catalog/1 --environment production --method POST"), @"
        exit: 0
        --- stdout
        rule      `catalog` decides: `/catalog/*` covers `/catalog/1`
        bypass    none holds, but caches keep answers to GET and HEAD, and not to POST
        nginx     the cache has no part in it: `proxy_cache_methods` has no POST
        answer    not asked for, since POST may change something
        ");
    }
}
