//! A change is killed between any two things that it does to the machine, and the machine loses its power there: whoever
//! looks afterwards finds it as found or as left, never between, and the journal says which.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "what a helper cannot do fails its test, and says so")]

mod release;

use setpoint_change::{
    Changes, Event, Eyes, Fault, FileEdit, Journal, Look, Plan, Settle, State, Steps, Switch, Wanted, WayBack,
};
use setpoint_host::{Access, FixtureHost, Host as _, Killed, LiveHost, Output, TemporaryFolder};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ENVIRONMENT: &str = "/etc/shop/shop.env";
const DROP_IN: &str = "/etc/systemd/system/shop.service.d/50-setpoint.conf";
const REMOVED: &str = "/etc/shop/old.env";
const STATE: &str = "/var/lib/setpoint/changes";

/// Which files there are and what they hold.
type Picture = Vec<(&'static str, Option<Vec<u8>>)>;

/// What undoes a change when nobody else does.
fn timer() -> Switch {
    Switch::Timer { unit: "setpoint-change-1".to_owned(), command: vec!["setpoint".to_owned(), "recover".to_owned()] }
}

struct Machine {
    host: FixtureHost,
    /// The timers that systemd has.
    armed: Arc<Mutex<BTreeSet<String>>>,
    _folder: TemporaryFolder,
}

/// What the fixture's systemd was told to do since, so that a test sees whether units take up what is in the files.
fn machine() -> (Machine, Arc<AtomicU64>) {
    let folder = LiveHost.temporary_folder().unwrap();
    let restarts = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&restarts);
    let armed: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let timers = Arc::clone(&armed);
    let systemd = move |program: &str, arguments: &[&str]| {
        let stdout = match arguments {
            [unit, ..] if program == "systemd-run" => {
                timers.lock().unwrap().insert(format!("{}.timer", unit.strip_prefix("--unit=").unwrap()));
                ""
            }
            ["stop", pattern] => {
                let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
                timers.lock().unwrap().retain(|timer| !(timer.starts_with(start) && timer.ends_with(end)));
                ""
            }
            ["show", ..] => "ActiveState=active\nNRestarts=0\n",
            ["restart", _] => {
                counted.fetch_add(1, Ordering::Relaxed);
                ""
            }
            _ => "",
        };
        let output = Output { code: Some(0), stdout: stdout.into(), stderr: Vec::new() };
        program.starts_with("system").then_some(output)
    };
    let host = FixtureHost::new(folder.path()).with_programs(Box::new(systemd));
    let access = Access { mode: 0o640, owner: None };
    host.write_with(Path::new(ENVIRONMENT), b"SHOP_PORT=8000\nSHOP_TIMEOUT=30\n", access).unwrap();
    host.write(Path::new(REMOVED), b"A=1\n").unwrap();
    host.make_folder(Path::new("/etc/systemd/system")).unwrap();
    host.make_folder(Path::new(STATE)).unwrap();
    (Machine { host, armed, _folder: folder }, restarts)
}

fn picture(host: &FixtureHost) -> Picture {
    let read = |path: &'static str| (path, host.read(Path::new(path), 1000).ok());
    let mut picture: Picture = [ENVIRONMENT, DROP_IN, REMOVED].into_iter().map(read).collect();
    // Nothing half-written lies about either, and no folder that was made for a file.
    let names = |folder: &str| host.list(Path::new(folder)).map(|listed| format!("{listed:?}").into_bytes()).ok();
    picture.push(("names", names("/etc/shop")));
    picture.push(("names", names("/etc/systemd/system")));
    picture.push(("names", names("/etc/systemd/system/shop.service.d")));
    picture
}

fn is_as_left(host: &FixtureHost) -> bool {
    host.read(Path::new(ENVIRONMENT), 1000).unwrap() == b"SHOP_PORT=8000\nSHOP_TIMEOUT=60\n"
}

fn plan(host: &FixtureHost) -> Plan {
    let replace = |path: &str, text: &[u8]| FileEdit::replace(host, Path::new(path), text, None).unwrap().unwrap();
    Plan {
        title: "SHOP_TIMEOUT = 60".to_owned(),
        site: PathBuf::from("/srv/shop"),
        environment: Some("production".to_owned()),
        defaults: vec![Wanted {
            name: "SHOP_TIMEOUT".into(),
            before: Some("30".into()),
            after: "60".into(),
            is_secret: false,
        }],
        edits: vec![
            replace(ENVIRONMENT, b"SHOP_PORT=8000\nSHOP_TIMEOUT=60\n"),
            replace(DROP_IN, b"[Service]\nTimeoutStopSec=90\n"),
            FileEdit::remove(host, Path::new(REMOVED)).unwrap().unwrap(),
        ],
        settle: vec![Settle::ReloadManager, Settle::Restart("shop.service".to_owned())],
        units: vec!["shop.service".to_owned()],
        window: Duration::from_secs(6),
        ..Plan::default()
    }
}

/// Makes the change; `fails` says after how many looks the site is ill, as long as the change is in place.
fn change(host: &FixtureHost, fails: Option<u64>) -> Result<State, setpoint_model::Problem> {
    let looks = AtomicU64::new(0);
    let look = || {
        let look = looks.fetch_add(1, Ordering::Relaxed);
        let is_ill = fails.is_some_and(|fails| look > fails) && is_as_left(host);
        Look {
            faults: is_ill.then(|| Fault { of: "health".to_owned(), why: "500".to_owned() }).into_iter().collect(),
            facts: Vec::new(),
        }
    };
    change_with(host, &look)
}

fn change_with(host: &FixtureHost, look: &dyn Fn() -> Look) -> Result<State, setpoint_model::Problem> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let turn = changes.take_turn(host)?;
    let (_, mut journal) = changes.begin(host, &turn)?;
    journal.write(host, Event::planned(plan(host)))?;
    walk(host, &mut journal, look)?;
    Ok(journal.state())
}

fn walk(host: &FixtureHost, journal: &mut Journal, look: &dyn Fn() -> Look) -> Result<(), setpoint_model::Problem> {
    let steps = Steps {
        host,
        eyes: Eyes { capture: &|_| Ok(format!("{:?}", picture(host))), look: &|_| look(), scrub: &str::to_owned },
        backup: &|_| Ok(None),
        is_stopped: &|| false,
        goes_back: &|| {},
        tell: &|_| {},
        switch: &timer(),
    };
    steps.walk(journal)
}

/// What a person does who wants a change all the same that was cut off.
fn go_on(host: &FixtureHost) -> Option<State> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let _turn = changes.take_turn(host).unwrap();
    for (_, mut journal) in changes.pending(host).unwrap().changes {
        walk(host, &mut journal, &Look::default).unwrap();
    }
    let number = *changes.numbers(host).unwrap().last()?;
    Some(changes.open(host, number).unwrap().state())
}

/// A way back after which the site is looked at and is well.
fn with_way_back<T>(host: &FixtureHost, work: impl FnOnce(WayBack<'_>) -> T) -> T {
    let capture = |_| Ok(format!("{:?}", picture(host)));
    let eyes = Eyes { capture: &capture, look: &|_| Look::default(), scrub: &str::to_owned };
    work(WayBack { host, eyes, switch: &timer() })
}

/// What a machine does that starts again, or a person that looks.
fn look_after(host: &FixtureHost) -> Option<State> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let _turn = changes.take_turn(host).unwrap();
    for (_, mut journal) in changes.pending(host).unwrap().changes {
        with_way_back(host, |way_back| way_back.recover(&mut journal)).unwrap();
    }
    let number = *changes.numbers(host).unwrap().last()?;
    Some(changes.open(host, number).unwrap().state())
}

#[test]
fn a_change_that_goes_well_is_kept_and_can_be_taken_back() {
    let (machine, restarts) = machine();
    let host = &machine.host;
    let before = picture(host);
    assert_eq!(change(host, None).unwrap(), State::Kept);
    assert_eq!(picture(host)[0].1.as_deref(), Some(&b"SHOP_PORT=8000\nSHOP_TIMEOUT=60\n"[..]));
    let mut journal = Journal::open(host, &Path::new(STATE).join("1/journal")).unwrap();
    with_way_back(host, |way_back| way_back.take_back(&mut journal, "asked for")).unwrap();
    assert_eq!((journal.state(), picture(host)), (State::RolledBack, before));
    assert_eq!(restarts.load(Ordering::Relaxed), 2);
}

#[test]
fn a_change_that_fails_its_watch_is_as_found() {
    let (machine, restarts) = machine();
    let before = picture(&machine.host);
    assert_eq!(change(&machine.host, Some(1)).unwrap(), State::RolledBack);
    assert_eq!(picture(&machine.host), before);
    assert_eq!(restarts.load(Ordering::Relaxed), 2);
}

#[test]
fn a_site_that_stays_ill_though_every_byte_is_back_is_not_called_verified() {
    let (machine, _) = machine();
    let host = &machine.host;
    let before = picture(host);
    let looks = AtomicU64::new(0);
    let look = || {
        let is_ill = looks.fetch_add(1, Ordering::Relaxed) > 0;
        let faults = is_ill.then(|| Fault { of: "health".to_owned(), why: "500".to_owned() }).into_iter().collect();
        Look { faults, facts: Vec::new() }
    };
    assert_eq!(change_with(host, &look).unwrap(), State::RolledBackUnverified);
    assert_eq!(picture(host), before);
    let journal = Journal::open(host, &Path::new(STATE).join("1/journal")).unwrap();
    assert_eq!(journal.differences(), ["health: 500"]);
}

#[test]
fn what_somebody_else_changed_since_is_left_alone() {
    let (machine, _) = machine();
    let host = &machine.host;
    assert_eq!(change(host, None).unwrap(), State::Kept);
    host.write(Path::new(ENVIRONMENT), b"SHOP_PORT=9000\n").unwrap();
    let mut journal = Journal::open(host, &Path::new(STATE).join("1/journal")).unwrap();
    let refused = with_way_back(host, |way_back| way_back.take_back(&mut journal, "asked for")).unwrap_err();
    insta::assert_snapshot!(refused, @"`/etc/shop/shop.env` was changed since by somebody else; expected the files as the change left them; retry: safe once this is mended; nothing was changed");
    assert_eq!(journal.state(), State::Kept);
}

#[test]
fn two_changes_at_once_are_refused() {
    let (machine, _) = machine();
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let turn = changes.take_turn(&machine.host).unwrap();
    insta::assert_snapshot!(change(&machine.host, None).unwrap_err(), @"another change is going on (/var/lib/setpoint/changes/lock:1:1); expected one change at a time; retry: safe, nothing was changed");
    drop(turn);
    assert_eq!(change(&machine.host, None).unwrap(), State::Kept);
}

#[test]
fn a_clock_that_jumps_makes_no_watch_shorter_or_longer() {
    for hours in [-30, 30] {
        let (machine, _) = machine();
        let host = &machine.host;
        let looks = AtomicU64::new(0);
        let look = || {
            // The first look is before the change, the second is the first of the watch.
            if looks.fetch_add(1, Ordering::Relaxed) == 1 {
                host.set_clock(jiff::SignedDuration::from_hours(hours));
            }
            Look::default()
        };
        assert_eq!(change_with(host, &look).unwrap(), State::Kept);
        // One look in two seconds of the six, and the last.
        assert_eq!(looks.load(Ordering::Relaxed), 5, "{hours} h");
    }
}

/// How one killed change ended.
#[derive(Debug, Default)]
struct Tally {
    as_found: usize,
    as_left: usize,
    died: usize,
}

/// Kills a change after so many things that it did, loses the power too where `power` says which unsynced writes last, and
/// kills the first tries to look after it as well.
fn killed(acts: usize, seed: u64, tally: &mut Tally) {
    let (machine, _) = machine();
    let host = &machine.host;
    let mut random = Random(seed);
    let before = picture(host);
    let fails = random.below(3).eq(&0).then_some(1);
    let loses_power = random.below(2) == 0;
    if loses_power {
        host.begin_power().unwrap();
    }
    host.dies_after(Some(acts));
    let ended = catch_unwind(AssertUnwindSafe(|| change(host, fails)));
    match &ended {
        Ok(ended) => assert!(ended.is_ok(), "{ended:?}"),
        Err(panic) => assert!(panic.is::<Killed>(), "after {acts} acts, seed {seed}"),
    }
    tally.died += usize::from(ended.is_err());
    // Whoever is killed leaves a timer that undoes what was begun, and whoever comes to the end takes it away.
    host.dies_after(None);
    let is_armed = || !machine.armed.lock().unwrap().is_empty();
    assert!(!is_to_be_undone(host) || is_armed(), "after {acts} acts, seed {seed}: nothing is armed");
    assert!(ended.is_err() || !is_armed(), "after {acts} acts, seed {seed}: a timer is left");
    if loses_power {
        machine.armed.lock().unwrap().clear();
        host.lose_power(&mut || random.below(2) == 0).unwrap();
    }
    // Whoever looks after it is killed too, now and then.
    for _ in 0..random.below(3) {
        host.dies_after(Some(random.below(40)));
        let _ = catch_unwind(AssertUnwindSafe(|| look_after(host)));
    }
    host.dies_after(None);
    let state = look_after(host);
    let now = picture(host);
    let is_as_left = is_as_left(host);
    let expected = match state {
        Some(State::Kept) => is_as_left && now[1].1.is_some() && now[2].1.is_none(),
        None | Some(State::New | State::NeverApplied | State::RolledBack) => now == before,
        Some(_) => false,
    };
    assert!(expected, "after {acts} acts, seed {seed}: {state:?}, {now:?}");
    if let Ok(Ok(state)) = ended {
        assert!(state != State::Kept || is_as_left, "what was kept is lost, seed {seed}");
    }
    if is_as_left { tally.as_left += 1 } else { tally.as_found += 1 }
}

fn is_to_be_undone(host: &FixtureHost) -> bool {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    changes.pending(host).unwrap().changes.iter().any(|(_, journal)| journal.state().is_to_be_undone())
}

/// A panic that is meant would be printed a thousand times.
fn quiet_about_kills() {
    std::panic::set_hook(Box::new(|panic| {
        if !panic.payload().is::<Killed>() {
            eprintln!("{panic}");
        }
    }));
}

/// Numbers that look random and are the same in every run (a linear congruential generator; Knuth, MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn what_was_cut_off_can_go_on_to_as_left() {
    quiet_about_kills();
    let (mut cut_off, mut died) = (0, 0);
    for seed in 0..200 {
        let (machine, _) = machine();
        let host = &machine.host;
        let mut random = Random(seed);
        host.dies_after(Some(random.below(60)));
        cut_off += usize::from(catch_unwind(AssertUnwindSafe(|| change(host, None))).is_err());
        for _ in 0..random.below(3) {
            host.dies_after(Some(random.below(40)));
            died += usize::from(catch_unwind(AssertUnwindSafe(|| go_on(host))).is_err());
        }
        host.dies_after(None);
        let state = go_on(host);
        let is_as_left = is_as_left(host);
        // One that was never planned is not there to go on with.
        let is_kept = state == Some(State::Kept);
        assert_eq!(is_kept, is_as_left, "seed {seed}: {state:?}");
        assert!(is_kept || matches!(state, None | Some(State::New)), "seed {seed}: {state:?}");
    }
    assert!(cut_off > 100 && died > 30, "{cut_off} {died}");
}

#[test]
fn a_rollback_that_is_killed_leaves_a_timer_or_has_not_begun() {
    quiet_about_kills();
    let (mut begun, mut not_begun) = (0, 0);
    for acts in 0..40 {
        let (machine, _) = machine();
        let host = &machine.host;
        let before = picture(host);
        assert_eq!(change(host, None).unwrap(), State::Kept);
        let mut journal = Journal::open(host, &Path::new(STATE).join("1/journal")).unwrap();
        host.dies_after(Some(acts));
        let take_back = || with_way_back(host, |way_back| way_back.take_back(&mut journal, "asked for"));
        let died = catch_unwind(AssertUnwindSafe(take_back)).is_err();
        host.dies_after(None);
        if is_to_be_undone(host) {
            assert!(died && !machine.armed.lock().unwrap().is_empty(), "after {acts} acts nothing is armed");
            begun += 1;
        }
        match look_after(host) {
            Some(State::Kept) => {
                assert!(is_as_left(host), "after {acts} acts");
                not_begun += 1;
            }
            state => assert_eq!((state, picture(host)), (Some(State::RolledBack), before), "after {acts} acts"),
        }
    }
    assert!(begun > 10 && not_begun > 1, "{begun} begun, {not_begun} not begun");
}

#[test]
fn a_thousand_changes_are_killed_and_each_ends_as_found_or_as_left() {
    quiet_about_kills();
    let mut tally = Tally::default();
    for seed in 0..1000 {
        let acts = Random(seed + 1).below(80);
        killed(acts, seed, &mut tally);
    }
    println!("{tally:?}");
    println!("{} passed, 0 failed", tally.as_found + tally.as_left);
    assert_eq!(tally.as_found + tally.as_left, 1000);
    assert!(tally.died > 500 && tally.as_left > 50 && tally.as_found > 300, "{tally:?}");
}
