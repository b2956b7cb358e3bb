//! `setpoint cache`: a register, nginx's files, the whole output.

use crate::empty;
use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

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
    no configuration of nginx was found, and so the rules were judged on paper alone
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
