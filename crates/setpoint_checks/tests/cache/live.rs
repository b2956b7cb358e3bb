//! The rules against the real nginx in front of a service.

use crate::{BEFORE, origin, picture};
use insta::assert_snapshot;
use setpoint_checks::{Scene, cache};
use setpoint_formats::nginx::Configuration;
use setpoint_host::LiveHost;
use setpoint_model::Outcome;
use setpoint_testkit::{Background, free_port, tool_is_here};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the live server shows, for a configuration of one server that passes HTTP on; nothing where nginx is not installed.
pub(crate) fn stage(register: &str, http: &str, configurations: &[Configuration]) -> Vec<Outcome> {
    if http.matches("server {").count() != 1 || http.contains("uwsgi_pass") || !tool_is_here("nginx") {
        return Vec::new();
    }
    let status = "add_header X-Cache-Status $upstream_cache_status always;";
    asked(register, &format!("{status} {http}"), configurations)
}

fn asked(register: &str, http: &str, configurations: &[Configuration]) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().to_str().unwrap();
    let port = free_port();
    let before = BEFORE.replace("8000", &origin::start().to_string());
    let here = format!("server {{ listen 127.0.0.1:{port};");
    let http = http.replace("listen 80;", "").replace("server {", &here);
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, format!("events {{}} http {{ access_log off; {before}\n{http} }}")).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-p", prefix, "-c", file.to_str().unwrap()]);
    command.args(["-g", &format!("daemon off; master_process off; pid {prefix}/nginx.pid;")]);
    let _nginx = Background::start(&mut command, port, Duration::from_secs(20));
    let text = format!("{register}\n[environment.test]\nurl = \"http://127.0.0.1:{port}\"\n");
    let (register, problems) = setpoint_register::load("setpoint.toml", &text);
    assert_eq!(problems, []);
    let scene = Scene::of_machine(&LiveHost, Path::new("/")).in_environment(register.environment("test"));
    cache::live(&scene, &register.caches, configurations)
}

/// What is seen of one page that must be cached, and of its not cached neighbours.
fn seen(rule: &str, directives: &str) -> String {
    if !tool_is_here("nginx") {
        return String::new();
    }
    let register = format!("[service]\nname = \"shop\"\nowner = \"shop team\"\n[cache.page]\nttl = \"60s\"\n{rule}");
    let http = format!(
        "server {{ location / {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {directives} }} }}"
    );
    asked(&register, &http, &[]).iter().map(picture).collect()
}

const STATUS: &str = "add_header X-Cache-Status $upstream_cache_status;";

fn page(path: &str) -> String {
    format!("match = \"{path}\"\ncached = [\"{path}\"]\n")
}

#[test]
fn what_is_the_same_for_all_may_be_shared() {
    assert_snapshot!(seen(&page("/news"), STATUS), @"live passed");
    let rule = "match = \"/n*\"\ncached = [\"/news\"]\nbypass = [\"cookie:session\"]\n";
    let skip = "proxy_cache_bypass $cookie_session; proxy_no_cache $cookie_session;";
    assert_snapshot!(seen(rule, &format!("{STATUS} {skip}")), @"live passed");
}

#[test]
fn a_cache_that_says_nothing_is_not_guessed_at() {
    assert_snapshot!(seen(&page("/news"), ""), @"live skipped: the answer to `/news` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`");
}

#[test]
fn a_key_without_the_query_has_no_room_for_probes() {
    assert_snapshot!(seen(&page("/news"), &format!("{STATUS} proxy_cache_key $uri;")), @"live skipped: the key leaves out the query, so that a probe has no entry of its own");
}

#[test]
fn visitors_that_share_a_page() {
    assert_snapshot!(seen(&page("/hello"), STATUS), @"
    live failed
    shared: the service answers by the header `Cookie`, and the cache gives the answer of one to another
      expected an entry for each, or none
    ");
    assert_snapshot!(seen(&page("/first"), &format!("{STATUS} proxy_ignore_headers Set-Cookie;")), @"
    live failed
    shared: `/first` comes from the cache with the `Set-Cookie` of whoever was first
      expected no `Set-Cookie` in what is given to all
    ");
    let rule = format!("{}varies = [\"header:Accept-Language\"]", page("/language"));
    assert_snapshot!(seen(&rule, STATUS), @"
    live failed
    shared: the service answers by `header:Accept-Language`, and the cache gives the answer of one to another
      expected an entry for each, or none
    ");
    assert_snapshot!(seen(&rule, &format!("{STATUS} proxy_cache_key $request_uri$http_accept_language;")), @"live passed");
}

#[test]
fn what_the_service_marks_as_private_is_never_a_hit() {
    assert_snapshot!(seen(&page("/private"), STATUS), @"
    live failed
    not-cached: `/private` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    ");
    assert_snapshot!(seen(&page("/first"), STATUS), @"
    live failed
    not-cached: `/first` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    ");
}

#[test]
fn a_page_under_the_name_of_a_file() {
    let rule = format!("{}not_cached = [\"/account\"]", page("/news"));
    let skip = "if ($uri = /account) { set $skip 1; } proxy_cache_bypass $skip; proxy_no_cache $skip;";
    assert_snapshot!(seen(&rule, &format!("{STATUS} set $skip 0; {skip}")), @"
    live failed
    cached: `/account/setpoint.css` gives the page `/account`, which must not be cached, from the cache
      expected 404 for a path below a page, or no cache for it
    ");
}

#[test]
fn the_head_for_the_whole() {
    assert_snapshot!(seen(&page("/news"), &format!("{STATUS} proxy_cache_convert_head off;")), @"
    live failed
    shared: after `HEAD` the cache gives a part of the page for the whole
      expected the whole page
    ");
}

#[test]
fn nobody_answers() {
    let register = format!(
        "[service]\nname = \"shop\"\nowner = \"shop team\"\n[cache.page]\nttl = \"60s\"\n{}[environment.test]\nurl = \
         \"http://127.0.0.1:1\"\n",
        page("/news")
    );
    let (register, _) = setpoint_register::load("setpoint.toml", &register);
    let scene = Scene::of_machine(&LiveHost, Path::new("/")).in_environment(register.environment("test"));
    let outcomes = cache::live(&scene, &register.caches, &[]);
    assert_snapshot!(outcomes.iter().map(picture).collect::<String>(), @"
    live failed
    connection-refused: nobody listens at `127.0.0.1:1`
      expected a connection
    ");
}
