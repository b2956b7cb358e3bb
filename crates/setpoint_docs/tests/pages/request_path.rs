use crate::shop::{self, integer, shop, text};
use insta::assert_snapshot;
use setpoint_docs::{Alarm, LimitValue, request_path};
use setpoint_model::{
    Finding, Fingerprint, Held, Layer, Mechanism, NamedDefault, Place, Severity, Snapshot, Unanswered,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The path as lines.
fn drawn(snapshot: &Snapshot) -> String {
    drawn_with(snapshot, &[])
}

/// The path as lines, with what was found about it behind each.
fn drawn_with(snapshot: &Snapshot, findings: &[Finding]) -> String {
    let said = |alarm: &Option<Alarm>| {
        alarm.as_ref().map(|alarm| format!("  <- {} {}", alarm.severity, alarm.code)).unwrap_or_default()
    };
    let path = request_path(snapshot, findings);
    let mut text = String::new();
    let arrow = |index: usize| if index == 0 || path.leads_to(index) { "->" } else { "  " };
    let hops = path.hops.iter().enumerate().map(|(index, hop)| (arrow(index), hop));
    for (arrow, hop) in hops.chain(path.outbound.iter().map(|hop| ("=>", hop))) {
        let _ = write!(text, "{arrow} {}", hop.title);
        hop.subtitle.iter().for_each(|subtitle| text.extend([", ", subtitle]));
        text.push_str(&said(&hop.alarm));
        text.push('\n');
        for block in &hop.blocks {
            block.title.iter().for_each(|title| text.extend(["     [", title, "]\n"]));
            for limit in &block.limits {
                let value = match &limit.value {
                    LimitValue::Set(value) => value.clone(),
                    LimitValue::BuiltIn(value) => format!("{value} (built in)"),
                    LimitValue::Unknown => "unknown".to_owned(),
                };
                let _ = writeln!(text, "     {} {value}{}", limit.label, said(&limit.alarm));
            }
        }
    }
    text
}

fn only(defaults: Vec<NamedDefault>, program: Option<&str>) -> Snapshot {
    let mut snapshot = shop().snapshot;
    snapshot.defaults = defaults;
    snapshot.site.processes[0].program = program.map(str::to_owned);
    snapshot.site.processes[0].app = None;
    snapshot
}

fn setting(name: &str, value: Held) -> NamedDefault {
    shop::default(name, Mechanism::PydanticSettings, Layer::Code, value, "shop/settings.py", "")
}

#[test]
fn the_shop_behind_nginx() {
    assert_snapshot!(drawn(&shop().snapshot), @r#"
    -> client
    -> nginx, listens on 443 ssl
         client_max_body_size 8m
         keepalive_timeout 65s
         proxy_connect_timeout 5s
         proxy_read_timeout 60s
         at shop.example/exports/ 300s
         upstream.keepalive 16
    -> uvicorn, listens on 127.0.0.1:8000
         workers 2
         timeout_keep_alive 75
         timeout_graceful_shutdown null (built in)
         limit_concurrency null (built in)
         backlog 2048 (built in)
         [shop.service]
         TimeoutStopSec 20
         Restart on-failure
         LimitNOFILE 4096
         MemoryMax unknown
    -> shop.main:app
         SHOP_REQUEST_TIMEOUT 25
         SHOP_WORKERS (dynamic)
    => SQLite
         SHOP_DATABASE_URL sqlite:////var/lib/shop/shop.db
         SHOP_POOL_SIZE 20
         SHOP_POOL_TIMEOUT 30
    => gateway
         SHOP_GATEWAY_URL https://gateway.example/v2
         SHOP_GATEWAY_RETRIES 3
         SHOP_GATEWAY_TIMEOUT 30
    "#);
}

#[test]
fn caddy_with_what_it_has_by_itself_and_a_way_of_its_own() {
    let of_caddy = |name: &str, layer: Layer, value: &str| {
        let value = text(value);
        shop::default(name, Mechanism::Caddy, layer, value, "deploy/Caddyfile", "")
    };
    let defaults = vec![
        of_caddy("caddy.address", Layer::Proxy, "shop.example"),
        of_caddy("caddy.reverse_proxy.transport.dial_timeout", Layer::Library, "3s"),
        of_caddy("caddy.reverse_proxy.transport.response_header_timeout", Layer::Proxy, "30s"),
        of_caddy("caddy[shop.example/report*].reverse_proxy.transport.response_header_timeout", Layer::Proxy, "5m"),
    ];
    let snapshot = only(defaults, Some("uvicorn"));
    let finding = shop::finding(
        "SP102",
        Severity::Error,
        "caddy.reverse_proxy.transport.response_header_timeout",
        "wrong",
        "right",
    );
    let drawn = drawn_with(&snapshot, &[finding]);
    let of_proxy: Vec<&str> = drawn.lines().skip_while(|line| !line.contains("Caddy")).take(8).collect();
    assert_snapshot!(of_proxy.join("\n"), @"
    -> Caddy, listens on shop.example  <- error SP102
         options.servers.timeouts.idle unknown
         reverse_proxy.transport.dial_timeout 3s (built in)
         reverse_proxy.transport.response_header_timeout 30s  <- error SP102
         at shop.example/report* 5m
         reverse_proxy.transport.read_timeout unknown
    -> uvicorn
         workers unknown
    ");
}

#[test]
fn uvicorn_workers_under_gunicorn_keep_only_what_is_known_of_them() {
    let gunicorn = |name: &str, value| {
        let name = format!("gunicorn.{name}");
        shop::default(&name, Mechanism::Gunicorn, Layer::ConfigurationFile, value, "gunicorn.conf.py", "")
    };
    let keep_alive =
        shop::default("uvicorn.timeout_keep_alive", Mechanism::Uvicorn, Layer::Library, integer(5), "config.py", "");
    let class = gunicorn("worker_class", text("uvicorn.workers.UvicornWorker"));
    let snapshot = only(vec![class, gunicorn("timeout", integer(60)), keep_alive], Some("gunicorn"));
    assert_snapshot!(drawn(&snapshot), @r#"
    -> client
    -> gunicorn
         workers unknown
         worker_class uvicorn.workers.UvicornWorker
         timeout 60
         graceful_timeout unknown
         keepalive unknown
    -> uvicorn worker
         timeout_keep_alive 5 (built in)
    -> application
    "#);
}

#[test]
fn a_library_that_is_only_installed_is_no_hop() {
    let keep_alive =
        shop::default("uvicorn.timeout_keep_alive", Mechanism::Uvicorn, Layer::Library, integer(5), "config.py", "");
    assert_snapshot!(drawn(&only(vec![keep_alive], None)), @r#"
    -> client
    -> application
    "#);
}

#[test]
fn a_secret_address_is_a_database_by_its_name_and_a_shown_url_is_no_peer() {
    let mut database = setting("SHOP_DATABASE_URL", Held::Secret(Fingerprint::from(1)));
    database.secret = true;
    let snapshot = only(
        vec![
            database,
            setting("SHOP_POOL_RECYCLE", integer(1800)),
            setting("SHOP_PUBLIC_URL", text("https://shop.example")),
            setting("SHOP_REDIS_URL", text("redis://127.0.0.1/0")),
            setting("SHOP_REDIS_POOL_SIZE", integer(4)),
            setting("SHOP_PAGE_SIZE", integer(48)),
            setting("SHOP_MAIL_SUBJECT_LIMIT", text("none at all")),
        ],
        None,
    );
    assert_snapshot!(drawn(&snapshot), @r#"
    -> client
    -> application
         SHOP_PAGE_SIZE 48
    => database
         SHOP_DATABASE_URL (secret, set)
         SHOP_POOL_RECYCLE 1800
    => redis
         SHOP_REDIS_URL redis://127.0.0.1/0
         SHOP_REDIS_POOL_SIZE 4
    "#);
}

#[test]
fn the_web_process_counts_where_processes_disagree() {
    let mut workers = setting("SHOP_THREADS", integer(4));
    let mut own = workers.effective.clone().unwrap();
    own.value = integer(8);
    own.layer = Layer::UnitEnvironment;
    workers.per_process = vec![("shop.service".to_owned(), own)];
    assert_snapshot!(drawn(&only(vec![workers], Some("uvicorn"))), @r#"
    -> client
    -> uvicorn
         workers unknown
         timeout_keep_alive unknown
         timeout_graceful_shutdown unknown
         limit_concurrency unknown
    -> application
         SHOP_THREADS 8
    "#);
}

#[test]
fn hops_and_limits_say_the_worst_that_was_found_about_them() {
    let finding = |code, severity, subject: &str| shop::finding(code, severity, subject, "wrong", "right");
    let of = |finding: Finding, process: &str| Finding { process: Some(process.to_owned()), ..finding };
    let waived =
        Finding { waived: Some("for now".to_owned()), ..finding("SP104", Severity::Error, "systemd.TimeoutStopSec") };
    let findings = [
        finding("SP102", Severity::Error, "nginx[shop.example/exports/].proxy_read_timeout"),
        finding("SP105", Severity::Warning, "nginx.client_max_body_size"),
        // Its limit is not drawn, its hop is.
        of(finding("SP116", Severity::Note, "uvicorn.access_log"), "shop.service"),
        of(finding("SP101", Severity::Error, "uvicorn.timeout_keep_alive"), "worker.service"),
        waived,
        // What is not written down is no fault of the path.
        finding("SP001", Severity::Warning, "nginx.listen"),
    ];
    let drawn = drawn_with(&shop().snapshot, &findings);
    let marked: Vec<&str> = drawn.lines().filter(|line| line.contains("<-")).collect();
    assert_snapshot!(marked.join("\n"), @"
    -> nginx, listens on 443 ssl  <- error SP102
         client_max_body_size 8m  <- warning SP105
         at shop.example/exports/ 300s  <- error SP102
    -> uvicorn, listens on 127.0.0.1:8000  <- note SP116
    ");
}

#[test]
fn no_line_leads_on_from_a_proxy_that_reaches_nobody() {
    let mut snapshot = shop().snapshot;
    let place = Place::file("deploy/nginx/shop.conf");
    snapshot.site.unanswered.push(Unanswered { proxy: Mechanism::Nginx, place, address: "127.0.0.1:8000".to_owned() });
    let drawn = drawn(&snapshot);
    let hops: Vec<&str> = drawn.lines().filter(|line| !line.starts_with("     ")).collect();
    assert_snapshot!(hops.join("\n"), @"
    -> client
    -> nginx, listens on 443 ssl
       uvicorn, listens on 127.0.0.1:8000
    -> shop.main:app
    => SQLite
    => gateway
    ");
}

#[test]
fn what_only_another_process_imports_is_no_limit_of_this_one() {
    let mut snapshot = shop().snapshot;
    let process = snapshot.site.processes[0].name.clone();
    let before = drawn(&snapshot);
    let of_import = |place: &Place| place.file.starts_with("shop/");
    let files = snapshot.defaults.iter().flat_map(|default| &default.readings).map(|reading| reading.place.clone());
    let files = files.filter(of_import).map(|place| place.file).collect();
    snapshot.site.reach.insert("import.service".to_owned(), files);
    assert_eq!(drawn(&snapshot), before, "of the web process nothing is known");
    snapshot.site.reach.insert(process, BTreeSet::from(["shop/main.py".to_owned()]));
    let after = drawn(&snapshot);
    let gone: Vec<&str> = before.lines().filter(|line| !after.contains(line)).collect();
    assert_snapshot!(gone.join("\n"), @"
    SHOP_REQUEST_TIMEOUT 25
    SHOP_WORKERS (dynamic)
    ");
}
