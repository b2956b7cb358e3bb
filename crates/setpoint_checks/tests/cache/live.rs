//! The rules against the real nginx in front of a service.

use crate::{BEFORE, OneFile, origin, picture};
use insta::assert_snapshot;
use setpoint_checks::{Scene, cache};
use setpoint_formats::nginx::Configuration;
use setpoint_host::LiveHost;
use setpoint_model::Outcome;
use setpoint_testkit::{Background, free_port, tool_is_here};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What the live server shows, for a configuration of one server that passes HTTP on; nothing where nginx is not installed.
pub(crate) fn stage(register: &str, http: &str, configurations: &[Configuration]) -> Vec<Outcome> {
    if !is_asked(http) {
        return Vec::new();
    }
    let status = "add_header X-Cache-Status $upstream_cache_status always;";
    asked(register, &format!("{status} {http}"), configurations).0
}

pub(crate) fn is_asked(http: &str) -> bool {
    http.matches("server {").count() == 1 && !http.contains("uwsgi_pass") && tool_is_here("nginx")
}

/// What is found, and how often something was sent that may change something. `ACCESS-LOG` in the configuration is the environment's
/// log.
pub(crate) fn asked(register: &str, http: &str, configurations: &[Configuration]) -> (Vec<Outcome>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().to_str().unwrap();
    let port = free_port();
    let (origin, changed) = origin::start();
    let before = BEFORE.replace("8000", &origin.to_string());
    let here = format!("server {{ listen 127.0.0.1:{port};");
    let log = format!("{prefix}/access.log");
    let http = http.replace("listen 80;", "").replace("server {", &here).replace("ACCESS-LOG", &log);
    let file = folder.path().join("nginx.conf");
    let off = if http.contains("access_log") { "" } else { "access_log off;" };
    std::fs::write(&file, format!("events {{}} http {{ {off} {before}\n{http} }}")).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-p", prefix, "-c", file.to_str().unwrap()]);
    command.args(["-g", &format!("daemon off; master_process off; pid {prefix}/nginx.pid;")]);
    let _nginx = Background::start(&mut command, port, Duration::from_secs(20));
    (judged(register, port, &log, configurations), changed.load(Ordering::Relaxed))
}

/// What is found at a port.
pub(crate) fn judged(register: &str, port: u16, log: &str, configurations: &[Configuration]) -> Vec<Outcome> {
    let environment = format!("[environment.test]\nurl = \"http://127.0.0.1:{port}\"\nlogs = [\"{log}\"]\n");
    let (register, problems) = setpoint_register::load("setpoint.toml", &format!("{register}\n{environment}"));
    assert_eq!(problems, []);
    let scene = Scene::of_machine(&LiveHost, Path::new("/")).in_environment(register.environment("test"));
    cache::live(&scene, &register.caches, configurations)
}

/// What is seen of one page that must be cached, and of its not cached neighbours.
pub(crate) fn seen(rule: &str, directives: &str) -> String {
    found(rule, directives).0
}

/// The same, and how often something was sent that may change something.
pub(crate) fn found(rule: &str, directives: &str) -> (String, usize) {
    if !tool_is_here("nginx") {
        return (String::new(), 0);
    }
    let register = register(rule);
    let http = format!(
        "server {{ location / {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {directives} }} }}"
    );
    let (outcomes, changed) = asked(&register, &http, &[]);
    (outcomes.iter().map(picture).collect(), changed)
}

/// What is seen where the files are known.
pub(crate) fn read(rule: &str, http: &str) -> String {
    let text = format!("events {{}} http {{ {BEFORE}\n{http} }}");
    let (configuration, problems) = Configuration::read(Path::new("/etc/nginx/nginx.conf"), &OneFile(&text));
    assert_eq!(problems, []);
    asked(&register(rule), http, &[configuration]).0.iter().map(picture).collect()
}

pub(crate) fn register(rule: &str) -> String {
    format!("[service]\nname = \"shop\"\nowner = \"shop team\"\n[cache.page]\nttl = \"60s\"\n{rule}")
}

pub(crate) const STATUS: &str = "add_header X-Cache-Status $upstream_cache_status;";

pub(crate) fn page(path: &str) -> String {
    format!("match = \"{path}\"\ncached = [\"{path}\"]\n")
}

#[test]
fn what_is_the_same_for_all_may_be_shared() {
    assert_snapshot!(seen(&page("/news"), STATUS), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    let rule = "match = \"/n*\"\ncached = [\"/news\"]\nbypass = [\"cookie:session\"]\n";
    let skip = "proxy_cache_bypass $cookie_session; proxy_no_cache $cookie_session;";
    assert_snapshot!(seen(rule, &format!("{STATUS} {skip}")), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
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
    assert_snapshot!(seen(&page("/hello"), STATUS), @r#"
    live failed
    shared: the service answers by the header `Cookie`, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(seen(&page("/first"), &format!("{STATUS} proxy_ignore_headers Set-Cookie;")), @r#"
    live failed
    shared: `/first` comes from the cache with the `Set-Cookie` of whoever was first
      expected no `Set-Cookie` in what is given to all
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    let rule = format!("{}varies = [\"header:Accept-Language\"]", page("/language"));
    assert_snapshot!(seen(&rule, STATUS), @r#"
    live failed
    shared: the service answers by `header:Accept-Language`, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(seen(&rule, &format!("{STATUS} proxy_cache_key $request_uri$http_accept_language;")), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
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
    assert_snapshot!(seen(&rule, &format!("{STATUS} set $skip 0; {skip}")), @r#"
    live failed
    cached: `/account/setpoint.css` gives the page `/account`, which must not be cached, from the cache
      expected 404 for a path below a page, or no cache for it
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn the_head_for_the_whole() {
    assert_snapshot!(seen(&page("/news"), &format!("{STATUS} proxy_cache_convert_head off;")), @r#"
    live failed
    shared: after `HEAD` the cache gives a part of the page for the whole
      expected the whole page
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
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
