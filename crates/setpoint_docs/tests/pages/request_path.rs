use crate::shop::{self, integer, shop, text};
use insta::assert_snapshot;
use setpoint_docs::{LimitValue, request_path};
use setpoint_model::{Fingerprint, Held, Layer, Mechanism, NamedDefault, Snapshot};
use std::fmt::Write as _;

/// The path as lines.
fn drawn(snapshot: &Snapshot) -> String {
    let path = request_path(snapshot);
    let mut text = String::new();
    for (arrow, hop) in path.hops.iter().map(|hop| ("->", hop)).chain(path.outbound.iter().map(|hop| ("=>", hop))) {
        let _ = writeln!(text, "{arrow} {} {}", hop.title, hop.subtitle.as_deref().unwrap_or_default());
        for block in &hop.blocks {
            block.title.iter().for_each(|title| text.extend(["     [", title, "]\n"]));
            for limit in &block.limits {
                let value = match &limit.value {
                    LimitValue::Set(value) => value.clone(),
                    LimitValue::BuiltIn(value) => format!("{value} (built in)"),
                    LimitValue::Several(values) => values.join(" or "),
                    LimitValue::Unknown => "unknown".to_owned(),
                };
                let _ = writeln!(text, "     {} {value}", limit.label);
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
    assert_snapshot!(drawn(&shop().snapshot), @"");
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
    assert_snapshot!(drawn(&snapshot), @"");
}

#[test]
fn a_library_that_is_only_installed_is_no_hop() {
    let keep_alive =
        shop::default("uvicorn.timeout_keep_alive", Mechanism::Uvicorn, Layer::Library, integer(5), "config.py", "");
    assert_snapshot!(drawn(&only(vec![keep_alive], None)), @"");
}

#[test]
fn a_secret_address_is_a_database_by_its_name_and_a_shown_url_is_no_peer() {
    let mut database = setting("SHOP_DATABASE_URL", Held::Secret(Fingerprint(1)));
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
    assert_snapshot!(drawn(&snapshot), @"");
}

#[test]
fn the_web_process_counts_where_processes_disagree() {
    let mut workers = setting("SHOP_THREADS", integer(4));
    let mut own = workers.effective.clone().unwrap();
    own.value = integer(8);
    own.layer = Layer::UnitEnvironment;
    workers.per_process = vec![("shop.service".to_owned(), own)];
    assert_snapshot!(drawn(&only(vec![workers], Some("uvicorn"))), @"");
}
