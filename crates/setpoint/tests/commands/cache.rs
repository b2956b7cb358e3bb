//! `setpoint cache`: a register, nginx's files, the whole output.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use crate::{empty, transcript};
use insta::assert_snapshot;
use setpoint_testkit::{Background, Picture, Sandbox, free_port, tool_is_here};
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

/// Answers each path with the page of that path.
const ORIGIN: &str = r#"
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"the page {self.path}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

/// What is said with the real nginx in front of a service, without times.
#[expect(clippy::disallowed_methods, reason = "the test starts real servers")]
fn live(nginx: &str, command: &str) -> Picture {
    let (port, origin) = (free_port(), free_port());
    let mut service = Command::new("python3");
    service.args(["-c", ORIGIN, &origin.to_string()]);
    let _service = Background::start(&mut service, origin, Duration::from_mins(1));
    let nginx = nginx.replace("8000", &origin.to_string()).replace("/var/cache/nginx/", "").replace("/var/cache/", "");
    let nginx = nginx.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
    let register = format!("{REGISTER}\n[environment.production]\nurl = \"http://127.0.0.1:{port}\"\n");
    let shop = shop(&nginx).file("setpoint.toml", register);
    let root = shop.path().to_str().unwrap();
    let main = format!("events {{}} http {{ access_log off; include {root}/deploy/nginx/shop.conf; }}");
    let shop = shop.file("run/nginx.main", main).filter(&port.to_string(), "PORT");
    let mut server = Command::new("nginx");
    server.args(["-e", "stderr", "-p", &format!("{}/run", shop.path().display())]);
    server.args(["-c", "nginx.main", "-g", "daemon off; master_process off; pid nginx.pid;"]);
    let _nginx = Background::start(&mut server, port, Duration::from_secs(20));
    let mut said = shop.run(command);
    let time = regex::Regex::new(r" +[0-9.]+ ms").unwrap();
    said.stdout = time.replace_all(&said.stdout, "").into_owned();
    said
}

const STATUS: &str = "server {\n    add_header X-Cache-Status $upstream_cache_status;";

#[test]
fn the_live_server_proves_it() {
    if !tool_is_here("nginx") {
        return;
    }
    let right = NGINX.replace("server {\n", &format!("{STATUS}\n"));
    assert_snapshot!(live(&right, "cache check --environment production"), @"
    exit: 0
    --- stdout
    passed  catalog   cache /catalog/* on paper
    passed  catalog   cache /catalog/* in nginx
    passed  catalog   cache /catalog/* live
    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx
    passed  pictures  cache /pictures/* live

    checks: 6 passed
    ");
    let command = "cache check catalog --environment production";
    let wrong = right.replace("        proxy_no_cache $cookie_session $arg_preview;\n", "");
    let said = live(&wrong, command);
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
}

#[test]
fn the_configuration_that_the_rules_mean_keeps_to_them() {
    let rules = r#"
[cache.api]
match      = "/api/*.json"
ttl        = "5m"
bypass     = ["header:X-Fresh", "method:POST", "path:/api/live*", "cookie:a.b"]
varies     = ["header:Accept-Language", "cookie:currency"]
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

    server {
        listen 80;

        # What the cache did; a location that has an `add_header` itself must repeat it.
        add_header X-Cache-Status $upstream_cache_status;

        # catalog
        location ~ "(?s)^/catalog/.*\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key $scheme$host$request_uri;
            proxy_cache_valid 200 60s;
            proxy_cache_bypass $shop_1_1 $shop_1_2;
            proxy_no_cache $shop_1_1 $shop_1_2;
        }

        # pictures
        location ~ "(?s)^/pictures/.*\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key $scheme$host$request_uri;
            proxy_cache_valid 200 3600s;
        }

        # api
        location ~ "(?s)^/api/.*\\.json\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key $scheme$host$request_uri|$http_accept_language|$cookie_currency;
            proxy_cache_valid 200 300s;
            proxy_cache_bypass $shop_3_1 $shop_3_2 $shop_3_3 $shop_3_4;
            proxy_no_cache $shop_3_1 $shop_3_2 $shop_3_3 $shop_3_4;
        }

        # pages
        location ~ "(?s)^/pages/.*\\z" {
            proxy_pass http://127.0.0.1:8000;
            proxy_cache shop;
            proxy_cache_key $scheme$host$uri|$arg_page;
            proxy_cache_valid 200 3600s;
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
    accepted(&made.stdout);
    assert_snapshot!(live(&made.stdout, "cache check --environment production"), @"
    exit: 0
    --- stdout
    passed  catalog   cache /catalog/* on paper
    passed  catalog   cache /catalog/* in nginx
    passed  catalog   cache /catalog/* live
    passed  pictures  cache /pictures/* on paper
    passed  pictures  cache /pictures/* in nginx
    passed  pictures  cache /pictures/* live

    checks: 6 passed
    ");
}

/// Panics where the real nginx does not take it.
#[expect(clippy::disallowed_methods, reason = "the test asks the real nginx")]
fn accepted(http: &str) {
    let http = http.replace("/var/cache/", "");
    let here = empty().file("nginx.main", format!("events {{}} http {{ {http} }}"));
    let prefix = here.path().to_str().unwrap();
    let arguments = ["-t", "-e", "stderr", "-p", prefix, "-c", "nginx.main", "-g", "pid nginx.pid;"];
    let said = Command::new("nginx").args(arguments).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
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
        assert_snapshot!(live(&right, "cache explain /catalog/1 --environment production"), @"
        exit: 0
        --- stdout
        rule      `catalog` decides: `/catalog/*` covers `/catalog/1`
        bypass    none holds, so that it is cached for 60 s
        nginx     the cache is asked, and keeps the answer for 60 s under
                  `$scheme$proxy_host$request_uri` in `location /catalog/`
                  (deploy/nginx/shop.conf:8:5)
        answer    200 from http://127.0.0.1:PORT/catalog/1
        cache     it did not come from a cache: `x-cache-status: MISS`
        RFC 9111  a shared cache may store it, but is told of no time in which it is
                  fresh
        ");
        assert_snapshot!(live(&right, "cache explain /catalog/1 --environment production --method POST"), @"
        exit: 0
        --- stdout
        rule      `catalog` decides: `/catalog/*` covers `/catalog/1`
        bypass    none holds, but caches keep answers to GET and HEAD, and not to POST
        nginx     the cache has no part in it: `proxy_cache_methods` has no POST
        answer    not asked for, since POST may change something
        ");
    }
}
