//! A release is killed anywhere, by scripts that change the code in all the ways in which people do: whoever looks afterwards
//! finds the version as found or as left. The way back of such a script leads to the version before the one that is there,
//! as often as it is run.

use super::{Random, STATE, quiet_about_kills};
use setpoint_change::{
    Changes, Event, Eyes, Guard, Installed, Journal, Link, Look, Plan, Revision, Settle, State, Steps, Switch, WayBack,
};
use setpoint_host::{Act, FixtureHost, Host, Killed, LiveHost, Output, TemporaryFolder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

const CODE: &str = "/srv/shop/app.py";
const IGNORED: &str = "/srv/shop/.env";
const CURRENT: &str = "/srv/shop/current";
const HEAD: &str = "/srv/shop/.git/HEAD";
const REMEMBERED: &str = "/var/lib/shop/previous";
const PACKAGES: &str = "/srv/shop/.venv/lib/python3.12/site-packages";
const FILES: [&str; 4] = [CODE, IGNORED, HEAD, REMEMBERED];

/// What a deployment does, and what its way back does with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// Checks another commit out; back to the one that it remembers.
    ChecksOut,
    /// The same, and fails when it has.
    ChecksOutAndFails,
    /// Fails before it does anything; its way back would lead to the version before the one that runs.
    FailsFirst,
    /// Edits the code where it lies.
    EditsInPlace,
    /// Writes a file that git ignores.
    WritesIgnored,
    /// Installs another version of a package.
    Installs,
    /// Has the link that the unit runs from lead to another folder.
    SwitchesLink,
}

const SCRIPTS: [Script; 7] = [
    Script::ChecksOut,
    Script::ChecksOutAndFails,
    Script::FailsFirst,
    Script::EditsInPlace,
    Script::WritesIgnored,
    Script::Installs,
    Script::SwitchesLink,
];

/// What a commit has in its only file.
fn committed(commit: &str) -> String {
    format!("VERSION = \"{commit}\"\n")
}

/// The folder in which the fixture keeps the machine's files, for the programs that it stands for.
struct Disk(PathBuf);

impl Disk {
    fn read(&self, path: &str) -> String {
        LiveHost.read(&self.0.join(&path[1..]), 1000).map_or(String::new(), |text| String::from_utf8(text).unwrap())
    }

    fn write(&self, path: &str, text: &str) {
        LiveHost.write(&self.0.join(&path[1..]), text.as_bytes()).unwrap();
    }

    fn check_out(&self, commit: &str) {
        self.write(HEAD, commit);
        self.write(CODE, &committed(commit));
    }

    fn install(&self, version: &str) {
        let folder = self.0.join(&PACKAGES[1..]);
        for other in ["1.0", "2.0"] {
            let _ = LiveHost.remove(&folder.join(format!("shop-{other}.dist-info")));
        }
        LiveHost.write(&folder.join(format!("shop-{version}.dist-info")), b"").unwrap();
    }

    fn lead_to(&self, version: &str) {
        let path = self.0.join(&CURRENT[1..]);
        let _ = LiveHost.remove(&path);
        LiveHost.act(&Act::Link { path: &path, target: Path::new(version) }).unwrap();
    }

    /// As git says it: where it is, what differs, and which of some files it tracks.
    fn git(&self, words: &[&str]) -> String {
        match words {
            ["rev-parse", "HEAD"] => self.read(HEAD),
            ["status", ..] if self.read(CODE) == committed(&self.read(HEAD)) => String::new(),
            ["status", ..] => " M app.py\0".to_owned(),
            ["ls-files", ..] => "app.py\0".to_owned(),
            other => panic!("git {other:?}"),
        }
    }

    fn deploy(&self, script: Script) -> bool {
        match script {
            Script::ChecksOut | Script::ChecksOutAndFails => {
                let running = self.read(HEAD);
                self.check_out("two");
                self.write(REMEMBERED, &running);
            }
            Script::FailsFirst => {}
            Script::EditsInPlace => self.write(CODE, "VERSION = \"edited\"\n"),
            Script::WritesIgnored => self.write(IGNORED, "TIMEOUT=60\n"),
            Script::Installs => self.install("2.0"),
            Script::SwitchesLink => self.lead_to("releases/two"),
        }
        !matches!(script, Script::ChecksOutAndFails | Script::FailsFirst)
    }

    fn take_back(&self, script: Script) {
        match script {
            Script::ChecksOut | Script::ChecksOutAndFails | Script::FailsFirst => {
                let (running, wanted) = (self.read(HEAD), self.read(REMEMBERED));
                self.check_out(&wanted);
                self.write(REMEMBERED, &running);
            }
            Script::EditsInPlace => self.write(CODE, &committed(&self.read(HEAD))),
            // What only the journal brings back.
            Script::WritesIgnored => {}
            Script::Installs => self.install("1.0"),
            Script::SwitchesLink => self.lead_to("releases/one"),
        }
    }
}

struct Machine {
    host: FixtureHost,
    folder: TemporaryFolder,
}

/// At version `one`, before which there was `zero`.
fn machine(script: Script) -> Machine {
    let folder = LiveHost.temporary_folder().unwrap();
    let disk = Disk(folder.path().to_owned());
    let programs = move |program: &str, words: &[&str]| {
        let said = |code: i32, text: String| Output { code: Some(code), stdout: text.into(), stderr: Vec::new() };
        match (program, words) {
            ("systemctl", ["show", ..]) => Some(said(0, "ActiveState=active\nNRestarts=0\n".to_owned())),
            ("systemctl", _) => Some(said(0, String::new())),
            ("git", words) => {
                let folder = words.iter().position(|word| *word == "-C").unwrap();
                Some(said(0, disk.git(&words[folder + 2..])))
            }
            ("env", words) if words.iter().any(|word| word.ends_with("--previous")) => {
                disk.take_back(script);
                Some(said(0, String::new()))
            }
            ("env", _) => Some(said(i32::from(!disk.deploy(script)), String::new())),
            _ => None,
        }
    };
    let host = FixtureHost::new(folder.path()).with_programs(Box::new(programs));
    let disk = Disk(folder.path().to_owned());
    disk.check_out("one");
    disk.write(REMEMBERED, "zero");
    disk.write(IGNORED, "TIMEOUT=30\n");
    disk.install("1.0");
    for version in ["one", "two"] {
        host.make_folder(&Path::new("/srv/shop/releases").join(version)).unwrap();
    }
    disk.lead_to("releases/one");
    disk.write("/srv/shop/.git/config", "");
    host.make_folder(Path::new(STATE)).unwrap();
    Machine { host, folder }
}

fn picture(host: &FixtureHost) -> String {
    let read = |path: &&str| String::from_utf8(host.read(Path::new(path), 1000).unwrap()).unwrap();
    // What the deployment notes for its own way back is its own.
    let files: Vec<String> = FILES.iter().filter(|path| **path != REMEMBERED).map(read).collect();
    let current = host.link_target(Path::new(CURRENT)).unwrap();
    format!("{files:?} {} {:?}", current.display(), host.list(Path::new(PACKAGES)).unwrap())
}

fn plan(host: &FixtureHost) -> Plan {
    Plan {
        title: "release by `./deploy.sh`".to_owned(),
        site: PathBuf::from("/srv/shop"),
        settle: vec![Settle::Command {
            forward: "./deploy.sh".to_owned(),
            back: "./deploy.sh --previous".to_owned(),
            limit: Duration::from_mins(1),
            folder: None,
            variables: Vec::new(),
        }],
        units: vec!["shop.service".to_owned()],
        guards: vec![Guard::of(host, Path::new(IGNORED)).unwrap()],
        revision: Revision::of(host, Path::new("/srv/shop")),
        links: Link::of(host, Path::new(CURRENT)).into_iter().collect(),
        installed: vec![Installed::of(host, Path::new(PACKAGES))],
        regain: vec![Settle::Restart("shop.service".to_owned())],
        window: Duration::from_secs(6),
        ..Plan::default()
    }
}

fn with_eyes<T>(look: &dyn Fn() -> Look, work: impl FnOnce(Eyes<'_>) -> T) -> T {
    // As in the program, the capture has nothing of packages and of code that sets nothing.
    work(Eyes { capture: &|_| Ok(String::new()), look: &|_| look(), scrub: &str::to_owned })
}

/// Releases; what is there is ill where `is_ill` says so.
fn release(host: &FixtureHost, is_ill: &dyn Fn() -> bool) -> Result<State, setpoint_model::Problem> {
    release_planned(host, plan(host), is_ill)
}

fn release_planned(
    host: &FixtureHost,
    plan: Plan,
    is_ill: &dyn Fn() -> bool,
) -> Result<State, setpoint_model::Problem> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let turn = changes.take_turn(host)?;
    let (_, mut journal) = changes.begin(host, &turn)?;
    journal.write(host, Event::planned(plan))?;
    let look = || {
        let fault = setpoint_change::Fault { of: "health".to_owned(), why: "500".to_owned() };
        Look { faults: is_ill().then_some(fault).into_iter().collect(), facts: Vec::new() }
    };
    with_eyes(&look, |eyes| {
        let steps = Steps {
            host,
            eyes,
            backup: &|_| Ok(None),
            is_stopped: &|| false,
            goes_back: &|| {},
            tell: &|_| {},
            switch: &Switch::None,
        };
        steps.walk(&mut journal)
    })?;
    Ok(journal.state())
}

fn look_after(host: &FixtureHost) -> Option<State> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let _turn = changes.take_turn(host).unwrap();
    for (_, mut journal) in changes.pending(host).unwrap().changes {
        with_eyes(&Look::default, |eyes| {
            WayBack { host, eyes, switch: &Switch::None }.recover(&mut journal).unwrap();
        });
    }
    let number = *changes.numbers(host).unwrap().last()?;
    Some(changes.open(host, number).unwrap().state())
}

#[test]
fn what_a_deployment_changed_is_taken_back_once_and_what_it_did_not_is_not() {
    for script in SCRIPTS {
        let Machine { host, folder: _folder } = machine(script);
        let before = picture(&host);
        let state = release(&host, &|| picture(&host) != before).unwrap();
        assert_eq!((state, picture(&host)), (State::RolledBack, before), "{script:?}");
    }
}

#[test]
fn a_way_back_that_was_gone_is_not_gone_again() {
    let Machine { host, folder: _folder } = machine(Script::ChecksOut);
    let before = picture(&host);
    // The site stays ill, so that it is not verified, and somebody tries once more.
    let looks = std::cell::Cell::new(0);
    let is_ill = || looks.replace(looks.get() + 1) > 0;
    assert_eq!(release(&host, &is_ill).unwrap(), State::RolledBackUnverified);
    assert_eq!(picture(&host), before);
    // Nobody could tell from what is there that nothing is left to take back.
    host.write(&Path::new(PACKAGES).join("left-1.0.dist-info"), b"").unwrap();
    let mut journal = Journal::open(&host, &Path::new(STATE).join("1/journal")).unwrap();
    with_eyes(&Look::default, |eyes| {
        WayBack { host: &host, eyes, switch: &Switch::None }.take_back(&mut journal, "again").unwrap();
    });
    assert_eq!(journal.state(), State::RolledBack);
    assert_eq!(host.read(Path::new(HEAD), 10).unwrap(), b"one");
}

#[test]
fn what_somebody_deployed_since_it_was_planned_is_not_taken_back() {
    for elsewhere in [
        |disk: &Disk| disk.check_out("other"),
        |disk: &Disk| disk.install("2.0"),
        |disk: &Disk| disk.lead_to("releases/two"),
    ] {
        let Machine { host, folder } = machine(Script::FailsFirst);
        let planned = plan(&host);
        elsewhere(&Disk(folder.path().to_owned()));
        let theirs = picture(&host);
        assert_eq!(release_planned(&host, planned, &|| false).unwrap(), State::NeverApplied);
        assert_eq!(picture(&host), theirs);
    }
}

#[test]
fn a_kept_file_that_somebody_edits_during_the_watch_is_left_alone_and_named() {
    let Machine { host, folder: _folder } = machine(Script::ChecksOut);
    let looks = std::cell::Cell::new(0);
    let is_ill = || {
        looks.set(looks.get() + 1);
        // The first look is before the deployment, the second is the first of the watch.
        if looks.get() == 2 {
            host.write(Path::new(IGNORED), b"TIMEOUT=90\n").unwrap();
        }
        (2..5).contains(&looks.get())
    };
    assert_eq!(release(&host, &is_ill).unwrap(), State::RolledBackUnverified);
    assert_eq!(host.read(Path::new(IGNORED), 100).unwrap(), b"TIMEOUT=90\n");
    assert_eq!(host.read(Path::new(HEAD), 10).unwrap(), b"one");
    let mut journal = Journal::open(&host, &Path::new(STATE).join("1/journal")).unwrap();
    assert_eq!(journal.differences(), [format!("`{IGNORED}` was changed by somebody else and left alone")]);
    let again = |journal: &mut Journal| {
        with_eyes(&Look::default, |eyes| {
            WayBack { host: &host, eyes, switch: &Switch::None }.take_back(journal, "again")
        })
    };
    // It stays somebody else's, until they put it back.
    assert!(again(&mut journal).unwrap_err().what.contains(IGNORED));
    host.write(Path::new(IGNORED), b"TIMEOUT=30\n").unwrap();
    again(&mut journal).unwrap();
    assert_eq!(journal.state(), State::RolledBack);
}

#[test]
fn what_a_way_back_left_itself_keeps_nobody_from_trying_again() {
    let Machine { host, folder } = machine(Script::ChecksOut);
    assert_eq!(release(&host, &|| false).unwrap(), State::Kept);
    // The way back leads to a third version, as a script does that remembers wrongly.
    Disk(folder.path().to_owned()).write(REMEMBERED, "three");
    let mut journal = Journal::open(&host, &Path::new(STATE).join("1/journal")).unwrap();
    let mut take_back = || {
        with_eyes(&Look::default, |eyes| {
            WayBack { host: &host, eyes, switch: &Switch::None }.take_back(&mut journal, "asked for")
        })
        .unwrap();
        journal.state()
    };
    assert_eq!(take_back(), State::RolledBackUnverified);
    assert_eq!(take_back(), State::RolledBackUnverified);
    Disk(folder.path().to_owned()).check_out("one");
    assert_eq!(take_back(), State::RolledBack);
}

#[test]
fn releases_that_are_killed_end_as_found_or_as_left() {
    quiet_about_kills();
    let (mut died, mut kept, mut taken_back) = (0, 0, 0);
    for seed in 0..600_u64 {
        let script = SCRIPTS[usize::try_from(seed).unwrap() % SCRIPTS.len()];
        let mut random = Random(seed);
        let Machine { host, folder: _folder } = machine(script);
        let before = picture(&host);
        let is_good = random.below(3) > 0;
        host.dies_after(Some(random.below(90)));
        let ended = catch_unwind(AssertUnwindSafe(|| release(&host, &|| !is_good && picture(&host) != before)));
        if let Err(panic) = &ended {
            assert!(panic.is::<Killed>(), "seed {seed}");
            died += 1;
        }
        for _ in 0..random.below(3) {
            host.dies_after(Some(random.below(40)));
            let _ = catch_unwind(AssertUnwindSafe(|| look_after(&host)));
        }
        host.dies_after(None);
        let state = look_after(&host);
        let now = picture(&host);
        match state {
            Some(State::Kept) => {
                assert_ne!(now, before, "seed {seed}, {script:?}");
                kept += 1;
            }
            None | Some(State::New | State::NeverApplied) => assert_eq!(now, before, "seed {seed}, {script:?}"),
            Some(State::RolledBack) => {
                assert_eq!(now, before, "seed {seed}, {script:?}");
                taken_back += 1;
            }
            other => panic!("seed {seed}, {script:?}: {other:?}, {now}"),
        }
    }
    assert!(died > 200 && kept > 20 && taken_back > 200, "{died} died, {kept} kept, {taken_back} taken back");
}
