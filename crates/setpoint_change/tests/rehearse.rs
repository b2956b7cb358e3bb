//! A rehearsal deploys and takes back, and says what that has shown; killed anywhere, it leaves staging as it was found.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use jiff::Timestamp;
use setpoint_change::{
    Changes, Commands, Event, Eyes, Footprint, Guard, Journal, Look, Plan, Proof, Purpose, Settle, State, Steps,
    Switch, WayBack, Witness,
};
use setpoint_host::{Access, FixtureHost, Host as _, Killed, LiveHost, Output, TemporaryFolder};
use setpoint_model::{Site, Snapshot};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

const STAGING: &str = "/etc/shop-staging/shop.env";
const PRODUCTION: &str = "/etc/shop/shop.env";
const STATE: &str = "/var/lib/setpoint/changes";
const SECRET: &str = "refused hunter2-of-deploy";
const SCRIPT: &str = "/srv/shop/deploy.sh";
const AS_FOUND: &[u8] = b"SHOP_PORT=8001\nSHOP_TIMEOUT=30\n";
const DEPLOYED: &[u8] = b"SHOP_PORT=8001\nSHOP_TIMEOUT=60\n";

/// How the deployment and its way back behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scripts {
    Good,
    /// The way back says that it is done, and leaves a line that was not there.
    LeavesALine,
    /// The way back fails.
    CannotGoBack,
    /// The deployment writes into production.
    TouchesProduction,
    /// The deployment fails half-way.
    CannotDeploy,
}

struct Machine {
    host: FixtureHost,
    _folder: TemporaryFolder,
}

fn machine(scripts: Scripts) -> Machine {
    let folder = LiveHost.temporary_folder().unwrap();
    let root = folder.path().to_owned();
    let said = |code: i32, stdout: &str| Output { code: Some(code), stdout: stdout.into(), stderr: Vec::new() };
    let programs = move |program: &str, arguments: &[&str]| {
        let write = |path: &str, text: &[u8]| LiveHost.write(&root.join(&path[1..]), text).unwrap();
        match (program, arguments) {
            ("systemctl", ["show", ..]) => Some(said(0, "ActiveState=active\nNRestarts=0\nMainPID=7\n")),
            ("systemctl", _) => Some(said(0, "")),
            // What the command is run with is a part of what is tested: without the variable it is production's.
            ("env", ["SETPOINT_ENVIRONMENT=staging", "sh", "-c", script, "sh", "/srv/shop"]) => {
                let goes_back = script.ends_with("--previous");
                let text: &[u8] = match (goes_back, scripts) {
                    (false, _) => DEPLOYED,
                    (true, Scripts::LeavesALine) => b"SHOP_PORT=8001\nSHOP_TIMEOUT=30\nSHOP_NEW=1\n",
                    (true, _) => AS_FOUND,
                };
                let fails = match scripts {
                    Scripts::CannotGoBack => goes_back,
                    Scripts::CannotDeploy => !goes_back,
                    Scripts::Good | Scripts::LeavesALine | Scripts::TouchesProduction => false,
                };
                if !(fails && goes_back) {
                    write(STAGING, text);
                }
                if scripts == Scripts::TouchesProduction && !goes_back {
                    write(PRODUCTION, b"SHOP_PORT=8000\nSHOP_OOPS=1\n");
                }
                // A script knows the service's secrets.
                Some(Output { stderr: SECRET.as_bytes().to_vec(), ..said(i32::from(fails), "") })
            }
            _ => None,
        }
    };
    let host = FixtureHost::new(folder.path()).with_programs(Box::new(programs));
    host.write_with(Path::new(STAGING), AS_FOUND, Access { mode: 0o644, owner: None }).unwrap();
    host.write(Path::new(PRODUCTION), b"SHOP_PORT=8000\nSHOP_TIMEOUT=30\n").unwrap();
    host.write(Path::new(SCRIPT), b"deploys\n").unwrap();
    host.make_folder(Path::new(STATE)).unwrap();
    Machine { host, _folder: folder }
}

fn plan(host: &FixtureHost) -> Plan {
    let mut plan = Plan {
        title: "rehearsal of `./deploy.sh` in staging".to_owned(),
        site: PathBuf::from("/srv/shop-staging"),
        site_units: vec!["shop-staging.service".to_owned()],
        environment: Some("staging".to_owned()),
        settle: vec![Settle::Command {
            forward: "./deploy.sh".to_owned(),
            back: "./deploy.sh --previous".to_owned(),
            limit: Duration::from_mins(1),
            folder: None,
            variables: Vec::new(),
        }],
        units: vec!["shop-staging.service".to_owned()],
        guards: vec![Guard::of(host, Path::new(STAGING)).unwrap()],
        regain: vec![Settle::Restart("shop-staging.service".to_owned())],
        window: Duration::from_secs(6),
        purpose: Purpose::Rehearsal,
        ..Plan::default()
    };
    let variables = [("SETPOINT_ENVIRONMENT".to_owned(), "staging".to_owned())];
    plan.run_commands_in(Path::new("/srv/shop"), &variables);
    plan
}

fn captured(host: &FixtureHost) -> String {
    String::from_utf8(host.read(Path::new(STAGING), 1000).unwrap()).unwrap()
}

/// What is known to be secret taken out.
fn scrubbed(text: &str) -> String {
    text.replace(SECRET, "***")
}

fn footprint(host: &FixtureHost) -> Footprint {
    let site = Site { root: "/srv/shop".to_owned(), files: vec![PRODUCTION.to_owned()], ..Site::default() };
    let snapshot =
        Snapshot { version: 1, site, defaults: Vec::new(), calls: Vec::new(), needs: Vec::new(), problems: Vec::new() };
    Footprint::of(host, &snapshot, &["shop.service".to_owned()]).unwrap()
}

/// Rehearses, and leaves the proof.
fn rehearse(host: &FixtureHost) -> Result<(State, Proof), setpoint_model::Problem> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let before = footprint(host);
    let turn = changes.take_turn(host)?;
    let (number, mut journal) = changes.begin(host, &turn)?;
    let plan = plan(host);
    let commands = Commands::of(host, &plan)?;
    journal.write(host, Event::planned(plan))?;
    let steps = Steps {
        host,
        eyes: Eyes { capture: &|_| Ok(captured(host)), look: &|_| Look::default(), scrub: &scrubbed },
        backup: &|_| Ok(None),
        is_stopped: &|| false,
        goes_back: &|| {},
        tell: &|_| {},
        switch: &Switch::None,
    };
    steps.walk(&mut journal)?;
    let after = footprint(host);
    let witness = Witness {
        of: "production",
        commands,
        differing: Vec::new(),
        production: (&before, &after),
        checks: 1,
        faults: Vec::new(),
    };
    let proof = Proof::of(number, &journal, witness).unwrap();
    proof.write(host, &changes)?;
    Ok((journal.state(), proof))
}

fn void(scripts: Scripts) -> String {
    let machine = machine(scripts);
    let (state, proof) = rehearse(&machine.host).unwrap();
    assert_eq!(captured(&machine.host).as_bytes(), AS_FOUND, "staging is as found, whatever the scripts do");
    let kept = |name: &str| {
        String::from_utf8(machine.host.read(&Path::new(STATE).join("1").join(name), u64::MAX).unwrap()).unwrap()
    };
    assert!(!kept("journal").contains("refused"), "what a script says is in no journal");
    assert!(kept("output").starts_with("$ ./deploy.sh\n***[ended with code "), "{}", kept("output"));
    format!("{}: {}", state.name(), proof.void.join("; "))
}

#[test]
fn a_way_back_that_works_is_proven() {
    let machine = machine(Scripts::Good);
    let (state, proof) = rehearse(&machine.host).unwrap();
    assert_eq!((state, proof.holds()), (State::RolledBack, true), "{proof:?}");
    assert_eq!(captured(&machine.host).as_bytes(), AS_FOUND);
    let ran: Vec<(&str, Option<i32>)> = proof.ran.iter().map(|ran| (ran.command.as_str(), ran.code)).collect();
    assert_eq!(ran, [("./deploy.sh", Some(0)), ("./deploy.sh --previous", Some(0))]);
    assert_eq!(proof.changed, ["`/etc/shop-staging/shop.env`"]);
    let listed = Proof::all(&machine.host, &Changes::in_folder(PathBuf::from(STATE))).unwrap();
    assert_eq!(listed, [Ok(proof)]);
}

#[test]
fn what_speaks_against_a_way_back_is_said() {
    insta::assert_snapshot!(void(Scripts::LeavesALine), @"rolled back and verified: the way back left otherwise than it was found: `/etc/shop-staging/shop.env`");
    insta::assert_snapshot!(void(Scripts::CannotGoBack), @"rolled back, not verified: the way back left otherwise than it was found: `/etc/shop-staging/shop.env`; `./deploy.sh --previous` ended with code 1");
    insta::assert_snapshot!(void(Scripts::TouchesProduction), @"rolled back and verified: production: `/etc/shop/shop.env` is not as it was");
    insta::assert_snapshot!(void(Scripts::CannotDeploy), @"rolled back and verified: apply: `./deploy.sh` ended with code 1; expected code 0 (what it said, without the secrets that are known, is in `/var/lib/setpoint/changes/1/output`); retry: look first: something was changed");
}

#[test]
fn a_proof_speaks_for_the_same_commands_as_long_as_it_is_fresh() {
    let machine = machine(Scripts::Good);
    let host = &machine.host;
    let (_, proof) = rehearse(host).unwrap();
    let hour = Duration::from_hours(1);
    let at = |seconds: i64| proof.at + jiff::Span::new().seconds(seconds);
    let same = Commands::of(host, &plan(host)).unwrap();
    let refusal = |now: Timestamp, commands: &Commands, of: &str| {
        proof.refusal(now, hour, commands, of).unwrap_or_else(|| "none".to_owned())
    };
    assert_eq!(refusal(at(3600), &same, "production"), "none");
    insta::assert_snapshot!(refusal(at(3601), &same, "production"), @"rehearsal 1 is too old: it ended 60 min ago, and its proof lasts 60 min");
    insta::assert_snapshot!(refusal(at(1), &same, "elsewhere"), @"rehearsal 1 was of `production`");
    // The text of the command is the same, and what it does is not.
    host.write(Path::new(SCRIPT), b"deploys otherwise\n").unwrap();
    let other = Commands::of(host, &plan(host)).unwrap();
    insta::assert_snapshot!(refusal(at(1), &other, "production"), @"rehearsal 1 was of another deployment or rollback command, or of other scripts");
}

/// Whoever finds a rehearsal whose process is gone.
fn look_after(host: &FixtureHost) -> Option<State> {
    let changes = Changes::in_folder(PathBuf::from(STATE));
    let _turn = changes.take_turn(host).unwrap();
    for (_, mut journal) in changes.pending(host).unwrap().changes {
        let eyes = Eyes { capture: &|_| Ok(captured(host)), look: &|_| Look::default(), scrub: &scrubbed };
        WayBack { host, eyes, switch: &Switch::None }.recover(&mut journal).unwrap();
    }
    let number = *changes.numbers(host).unwrap().last()?;
    Some(Journal::open(host, &Path::new(STATE).join(format!("{number}/journal"))).unwrap().state())
}

#[test]
fn killed_anywhere_it_leaves_staging_as_found() {
    // A panic that is meant would be printed hundreds of times.
    std::panic::set_hook(Box::new(|panic| {
        if !panic.payload().is::<Killed>() {
            eprintln!("{panic}");
        }
    }));
    let mut died = 0;
    let mut was_deployed = 0;
    for acts in 0..120 {
        for scripts in [Scripts::Good, Scripts::LeavesALine, Scripts::CannotDeploy] {
            let machine = machine(scripts);
            let host = &machine.host;
            host.dies_after(Some(acts));
            let ended = catch_unwind(AssertUnwindSafe(|| rehearse(host)));
            died += usize::from(ended.is_err());
            was_deployed += usize::from(captured(host).as_bytes() == DEPLOYED);
            // Whoever looks after it may be killed, too.
            host.dies_after(Some(acts % 13));
            let _ = catch_unwind(AssertUnwindSafe(|| look_after(host)));
            host.dies_after(None);
            let state = look_after(host);
            assert_eq!(captured(host).as_bytes(), AS_FOUND, "after {acts} acts, {scripts:?}: {state:?}");
            let is_ended = state.is_none_or(|state| state == State::New || state.is_ended());
            assert!(is_ended, "after {acts} acts, {scripts:?}: {state:?}");
            let proofs = Proof::all(host, &Changes::in_folder(PathBuf::from(STATE))).unwrap();
            let holds = proofs.iter().any(|proof| proof.as_ref().unwrap().holds());
            assert!(ended.is_ok() || !holds || state == Some(State::RolledBack));
        }
    }
    assert!(died > 150 && was_deployed > 20, "{died} died, {was_deployed} of them when it was deployed");
}

#[test]
fn a_proof_that_cannot_be_read_hides_no_other() {
    let machine = machine(Scripts::Good);
    let host = &machine.host;
    let (_, first) = rehearse(host).unwrap();
    rehearse(host).unwrap();
    host.write(&Path::new(STATE).join("2/proof.json"), b"{").unwrap();
    let all = Proof::all(host, &Changes::in_folder(PathBuf::from(STATE))).unwrap();
    let [Err(problem), Ok(other)] = all.as_slice() else { panic!("{all:?}") };
    insta::assert_snapshot!(problem.what, @"the proof of a rehearsal cannot be understood: EOF while parsing an object at line 1 column 1");
    assert_eq!(*other, first);
}
