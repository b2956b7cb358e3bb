//! Configurations that keep to the rules. None may raise an alarm.

use crate::{CATALOG, NEWS, verdict};
use setpoint_testkit::tool_is_here;

/// Of the stage in nginx nothing may be said, and of the live one exactly this.
#[track_caller]
fn passes(register: &str, http: &str, live: &str) {
    let verdict = verdict(register, http);
    let told = verdict.strip_prefix("passed\n").unwrap_or_else(|| panic!("{verdict}{http}"));
    // Where nginx is not installed nothing is live.
    assert!(!tool_is_here("nginx") || told == live, "{told}instead of\n{live}for {http}");
}

/// What is said of most, which have no file that says more.
const PROVEN: &str = "\
live passed
seen: each order of a query's parameters has an entry of its own
not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
";

#[test]
fn directives_of_the_server_are_inherited() {
    passes(
        CATALOG,
        "server {
        listen 80;
        proxy_cache shop;
        proxy_cache_valid 200 60s;
        proxy_cache_bypass $cookie_session $arg_preview;
        proxy_no_cache $cookie_session $arg_preview;
        location / { proxy_pass http://app; proxy_cache off; }
        location /catalog/ { proxy_pass http://app; }
    }",
        PROVEN,
    );
}

#[test]
fn a_map_decides_about_cookie_and_query() {
    passes(
        CATALOG,
        "
        map $cookie_session$arg_preview $skip { '' 0; default 1; }
        server {
            location / { proxy_pass http://app; }
            location /catalog/ {
                proxy_pass http://app;
                proxy_cache shop; proxy_cache_valid 200 301 1m; proxy_cache_valid 404 5s;
                proxy_cache_bypass $skip; proxy_no_cache $skip;
            }
        }",
        PROVEN,
    );
}

#[test]
fn maps_with_patterns_and_hostnames_stand_one_behind_the_other() {
    passes(
        CATALOG,
        "
        map $http_cookie $has_session { default ''; '~(^|; )session=' yes; }
        map $args $is_preview { default ''; ~*(^|&)PREVIEW= yes; }
        map $has_session$is_preview $bypassed { default $has_session$is_preview; '' 0; }
        map $host $zone { hostnames; default off; *.shop.example shop; .example.org shop; }
        server {
            server_name www.shop.example;
            location / { proxy_pass http://app; }
            location ^~ /catalog/ {
                proxy_pass http://app;
                proxy_cache $zone; proxy_cache_valid 60s;
                proxy_cache_bypass $bypassed; proxy_no_cache $bypassed;
            }
            location ~ ^/catalog/ { return 404; }
        }",
        "live skipped: the answer to `/catalog/1?preview=1` does not say what the cache did; the answer to `/catalog/1` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`; the answer to `/catalog/2?sort=price` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`\n",
    );
}

#[test]
fn set_and_if_decide_before_the_location_is_found() {
    passes(
        CATALOG,
        r#"server {
        set $skip 0;
        if ($request_method = POST) { set $skip 1; }
        if ($arg_preview != "") { set $skip 1; }
        if ($http_cookie ~* "session=") { set $skip 1; }
        if ($request_uri ~ ^/account) { set $skip 1; }
        location / {
            proxy_pass http://app;
            proxy_cache shop; proxy_cache_valid 200 60s; proxy_cache_bypass $skip; proxy_no_cache $skip;
        }
    }"#,
        PROVEN,
    );
}

#[test]
fn a_file_that_is_not_there_is_the_service_s() {
    passes(
        CATALOG,
        "server {
        root html;
        location / { try_files $uri @app; }
        location /catalog/ { try_files $uri @catalog; }
        location @app { proxy_pass http://app; }
        location @catalog {
            proxy_pass http://app;
            proxy_cache shop; proxy_cache_valid 200 60s;
            proxy_cache_bypass $cookie_session $arg_preview; proxy_no_cache $cookie_session $arg_preview;
        }
    }",
        PROVEN,
    );
}

#[test]
fn a_server_that_only_redirects_is_not_meant() {
    passes(
        CATALOG,
        "
        server { listen 80; server_name shop.example; return 301 https://$host:8443$request_uri; }
        server {
            listen 8443; server_name shop.example;
            location ~ ^/catalog/(.+)$ {
                proxy_pass http://app; proxy_set_header Host $host;
                proxy_cache shop; proxy_cache_key $scheme$host$request_uri; proxy_cache_valid 200 60s;
                proxy_cache_bypass $cookie_session $arg_preview; proxy_no_cache $cookie_session $arg_preview;
                add_header X-Cache $upstream_cache_status;
            }
            location / { proxy_pass http://app; }
        }
        server { listen 9000; location / { proxy_pass http://127.0.0.1:9001; } }",
        "",
    );
}

#[test]
fn uwsgi_has_the_same_directives_under_its_own_name() {
    passes(
        CATALOG,
        "server {
        location / { uwsgi_pass app; }
        location /catalog/ {
            uwsgi_pass app; uwsgi_cache uwsgi; uwsgi_cache_key $host$uri$is_args$args; uwsgi_cache_valid 200 60;
            uwsgi_cache_bypass $cookie_session $arg_preview; uwsgi_no_cache $cookie_session $arg_preview;
        }
    }",
        "",
    );
}

#[test]
fn a_cookie_that_is_hidden_and_marks_that_are_heard() {
    passes(
        NEWS,
        "
        map $upstream_http_cache_control $is_closed { default 0; ~*(private|no-store) 1; }
        server {
            location /news {
                proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h;
                proxy_ignore_headers Set-Cookie Cache-Control Expires; proxy_hide_header Set-Cookie;
                proxy_no_cache $is_closed;
            }
        }",
        PROVEN,
    );
}

#[test]
fn a_key_needs_no_query_where_none_is_cached() {
    passes(
        NEWS,
        "server {
        location = /news {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h; proxy_cache_key $host$uri;
            proxy_cache_bypass $is_args; proxy_no_cache $is_args;
        }
    }",
        "live skipped: the key leaves out the query, so that a probe has no entry of its own\n",
    );
}

#[test]
fn a_key_holds_the_host_of_a_server_for_many() {
    passes(
        NEWS,
        "server {
        server_name *.shop.example;
        proxy_set_header Host $host;
        location /news {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h;
            proxy_cache_key $host$request_uri;
        }
    }",
        PROVEN,
    );
}

#[test]
fn a_key_holds_what_the_rule_varies_on() {
    let register = r#"
        [cache.news]
        match  = "/news*"
        ttl    = "1h"
        varies = ["query:page", "header:Accept-Language", "cookie:currency"]
        cached = ["/news?page=2"]"#;
    passes(
        register,
        "
        map $http_accept_language $language { default $http_accept_language; }
        server {
            location /news {
                proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h;
                proxy_cache_key $host$uri|$arg_page|$language|$cookie_currency;
            }
        }",
        "live passed\nnot probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking\n",
    );
}

#[test]
fn every_bypass_of_the_rule_has_its_condition() {
    let register = r#"
        [cache.api]
        match      = "/api/*"
        ttl        = "5m"
        bypass     = ["header:Authorization", "method:POST", "path:/api/*/live", "query:fresh"]
        cached     = ["/api/prices"]
        not_cached = ["/api/prices/live", "/api/prices?fresh=1", "/api/x/../prices/live", "/%61pi/prices/live"]"#;
    passes(
        register,
        "server {
        location /api/ {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 5m;
            proxy_cache_bypass $http_authorization $arg_fresh; proxy_no_cache $http_authorization $arg_fresh;
            location ~ /live$ { proxy_pass http://app; proxy_cache off; }
        }
    }",
        PROVEN,
    );
}

#[test]
fn bodies_belong_to_the_key_of_what_is_posted() {
    passes(
        NEWS,
        "server {
        location /news {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h; proxy_cache_methods POST;
            proxy_cache_convert_head off; proxy_cache_key $request_method$request_uri$request_body;
        }
    }",
        "live passed\nseen: each order of a query's parameters has an entry of its own\nnot probed: `POST`, since the rule does not say `may_send = [\"POST\"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking\n",
    );
}
