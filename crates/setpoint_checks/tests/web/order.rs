//! Many checks at once: what needs another comes after it, and the outcomes stand in the register's order.

use crate::server::Server;
use crate::{check, http, picture};
use setpoint_checks::{Scene, Step, run, run_without};
use setpoint_host::LiveHost;
use setpoint_model::register::{Check, CheckKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

fn needing(mut check: Check, needs: &[&str]) -> Check {
    check.needs = needs.iter().map(|name| (*name).to_owned()).collect();
    check
}

#[test]
fn what_needs_a_failed_check_is_skipped() {
    let up = Server::says(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let down = Server::says(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
    let of = |name, server: &Server| check(name, CheckKind::Http(http(server.url("/"))));
    let checks = [
        needing(of("last", &up), &["first", "bad"]),
        needing(of("after", &up), &["first"]),
        of("first", &up),
        of("bad", &down),
        needing(of("ring", &up), &["other"]),
        needing(of("other", &up), &["ring"]),
        needing(of("outside", &up), &["not among them"]),
    ];
    let (begun, heard) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let outcomes =
        run(&Scene::of_machine(&LiveHost, Path::new("/")), &checks.iter().collect::<Vec<_>>(), &|step| match step {
            Step::Begun(_) => drop(begun.fetch_add(1, Ordering::Relaxed)),
            Step::Done(_) => drop(heard.fetch_add(1, Ordering::Relaxed)),
        });
    let told: Vec<String> = outcomes
        .iter()
        .map(|outcome| format!("{}: {}", outcome.check, picture(outcome).lines().next().unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    last: skipped: it needs `bad`, which did not pass
    after: passed
    first: passed
    bad: failed after 1 tries
    ring: skipped: it needs `other`, which did not pass
    other: skipped: it needs `ring`, which did not pass
    outside: passed
    ");
    assert_eq!(heard.load(Ordering::Relaxed), checks.len());
    // What is skipped is never begun.
    assert_eq!(begun.load(Ordering::Relaxed), 4);
}

#[test]
fn what_needs_a_check_that_cannot_be_run_is_skipped() {
    let up = Server::says(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let of = |name: &str| check(name, CheckKind::Http(http(up.url("/"))));
    let checks = [needing(of("one"), &["lost"]), needing(of("two"), &["one"]), of("three")];
    let checks: Vec<&Check> = checks.iter().collect();
    let outcomes = run_without(&Scene::of_machine(&LiveHost, Path::new("/")), &checks, &["lost"], &|_| {});
    let told: Vec<String> = outcomes.iter().map(|outcome| format!("{}: {}", outcome.check, picture(outcome))).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    one: skipped: it needs `lost`, which did not pass
    two: skipped: it needs `one`, which did not pass
    three: passed
    ");
}

#[test]
fn ten_thousand_checks_are_run_once_each() {
    let server = Server::says(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let checks: Vec<Check> = (0..10_000)
        .map(|number| {
            let one = check(&format!("c{number}"), CheckKind::Http(http(server.url("/"))));
            if number % 100 == 0 { one } else { needing(one, &[&format!("c{}", number - 1)]) }
        })
        .collect();
    let outcomes = run(&Scene::of_machine(&LiveHost, Path::new("/")), &checks.iter().collect::<Vec<_>>(), &|_| {});
    assert!(outcomes.iter().zip(&checks).all(|(outcome, check)| outcome.check == check.name && outcome.tries == 1));
    assert_eq!(server.asked.load(Ordering::Relaxed), checks.len());
}
