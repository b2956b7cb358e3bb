//! Production's configuration for an environment in which is rehearsed: its environment files, with the environment's
//! overrides laid over. Texts go from file to file, so that a secret is in nothing else.

use crate::sharing::{Connected, kept_by_nothing, own_secrets, shared};
use crate::units::states;
use crate::{Assignment, FileEdit, Plan, Purpose, Settle};
use setpoint_capture::{Processes, Request};
use setpoint_host::{Access, Host, OverlayHost, Refusal};
use setpoint_model::{Comparison, Held, Layer, NamedDefault, Problem, Retry, Snapshot, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file of that kind is not longer.
const LONGEST: u64 = 16 << 20;
/// How long staging is watched after its configuration was copied; the rehearsal itself looks longer.
const WINDOW: Duration = Duration::from_secs(3);

/// Where configuration is copied from and to.
#[derive(Clone, Copy)]
pub struct Copying<'a> {
    /// Production.
    pub production: Connected<'a>,
    /// Staging as it is.
    pub staging: Connected<'a>,
    /// What was asked of the capture of staging.
    pub request: &'a Request,
    /// What differs in staging: defaults by name.
    pub overrides: &'a [(String, String)],
}

/// What is to be copied, and what of it a person wants to know.
#[derive(Debug)]
pub struct Copied {
    /// What is to be done; `None` where staging has it all.
    pub plan: Option<Plan>,
    /// Each file of production and the one that stands for it in staging.
    pub pairs: Vec<(PathBuf, PathBuf)>,
    /// Files of production for which no file of staging stands.
    pub left_out: Vec<PathBuf>,
    /// Defaults that a unit or a command line sets, and that staging has otherwise without an override.
    pub differing: Vec<String>,
}

/// Plans the copy.
///
/// # Errors
/// Staging would share with production what that writes to, an override has no effect, or a file cannot be read.
pub fn copying(host: &dyn Host, copying: Copying<'_>) -> Result<Copied, Problem> {
    let Copying { production, staging, request, overrides } = copying;
    let open = kept_by_nothing(host, production, staging, overrides);
    refuse_shared(&open, request.environment.as_deref())?;
    let kept = [overrides, &own_secrets(host, production, staging, overrides)].concat();
    let (pairs, left_out) = pairs(production.snapshot, staging.snapshot);
    let mut texts = BTreeMap::new();
    for (from, to) in &pairs {
        let text = host.read(from, LONGEST).map_err(|refusal| refusal.problem())?;
        if !host.read(to, LONGEST).is_ok_and(|own| says_the_same(&text, &own, &kept)) {
            texts.insert(to.clone(), text);
        }
    }
    // What runs holds what it was started with; what counts is what it would be started with.
    let request = Request { processes: Processes::LeftOut, ..request.clone() };
    let imagined = over(host, &texts);
    let captured = setpoint_capture::capture(&imagined, &request)?;
    let wanted = wanted(&captured.snapshot, if texts.is_empty() { overrides } else { &kept });
    if !wanted.is_empty() {
        let planned = crate::plan(&imagined, &request, &captured.snapshot, &wanted, None)?;
        texts.extend(planned.texts.into_iter().map(|file| (file.path, file.after)));
    }
    let after = setpoint_capture::capture(&over(host, &texts), &request)?;
    let still = shared(host, production, Connected::from(&after));
    refuse_shared(&still, request.environment.as_deref())?;
    refuse_one_address(production.snapshot, &after.snapshot)?;
    let differing = differing(production.snapshot, &after.snapshot, overrides);
    let mut edits = Vec::new();
    for (path, text) in &texts {
        let from = pairs.iter().find(|(_, to)| to == path).map(|(from, _)| from.as_path());
        let access = access(host, from, path).map_err(|refusal| refusal.problem())?;
        edits.extend(FileEdit::replace(host, path, text, access).map_err(|refusal| refusal.problem())?);
    }
    let plan = if edits.is_empty() { None } else { Some(plan(host, staging.snapshot, &request, edits)?) };
    Ok(Copied { plan, pairs, left_out, differing })
}

fn over<'h>(host: &'h dyn Host, texts: &BTreeMap<PathBuf, Vec<u8>>) -> OverlayHost<'h> {
    texts.iter().fold(OverlayHost::over(host), |overlay, (path, text)| overlay.with(path, text.clone()))
}

/// True where two environment files set the same, apart from what is kept: who wrote the copy may have written it otherwise.
fn says_the_same(one: &[u8], other: &[u8], kept: &[(String, String)]) -> bool {
    let settings = |text: &[u8]| -> BTreeMap<String, String> {
        let (settings, _) = setpoint_formats::environment_file::parse(text);
        let pairs = settings.into_iter().map(|setting| (setting.key, setting.value));
        pairs.filter(|(name, _)| kept.iter().all(|(known, _)| known != name)).collect()
    };
    settings(one) == settings(other)
}

/// The overrides that are not in effect already.
fn wanted(snapshot: &Snapshot, overrides: &[(String, String)]) -> Vec<Assignment> {
    let holds = |default: &NamedDefault, value: &str| {
        let value = Held::Constant(Value::Text(value.to_owned()));
        let effective = default.effective.iter().chain(default.per_process.iter().map(|(_, effective)| effective));
        let mut held = effective.map(|effective| &effective.value).peekable();
        held.peek().is_some() && held.all(|held| default.comparison().holds_same(held, &value))
    };
    let is_missing = |(name, value): &&(String, String)| !snapshot.find(name).is_some_and(|known| holds(known, value));
    let assignment = |(name, value): &(String, String)| Assignment { name: name.clone(), value: value.clone() };
    overrides.iter().filter(is_missing).map(assignment).collect()
}

fn refuse_shared(names: &[String], environment: Option<&str>) -> Result<(), Problem> {
    let [first, ..] = names else { return Ok(()) };
    let environment = environment.unwrap_or("staging");
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let what =
        format!("`{environment}` would write to what production writes to: {} is not kept apart", quoted.join(", "));
    let expected = format!("an override of each in `[environment.{environment}]`");
    Err(Problem::input(what, expected, Retry::SafeOnceMended)
        .hint(format!("`override = {{ {first} = \"…\" }}`, with what is staging's own; nothing was copied or run")))
}

fn refuse_one_address(production: &Snapshot, staging: &Snapshot) -> Result<(), Problem> {
    let listens = |snapshot: &Snapshot| -> Vec<String> {
        snapshot.site.processes.iter().flat_map(|process| process.listens.clone()).collect()
    };
    let taken = listens(production);
    let Some(both) = listens(staging).into_iter().find(|address| taken.contains(address)) else { return Ok(()) };
    let what = format!("staging would listen on `{both}`, as production does");
    Err(Problem::input(what, "an override with an address of its own", Retry::SafeOnceMended))
}

/// Each environment file of production with the one of staging that has its name; where both have one alone, these.
fn pairs(production: &Snapshot, staging: &Snapshot) -> (Vec<(PathBuf, PathBuf)>, Vec<PathBuf>) {
    let (from, read) = (environment_files(production), environment_files(staging));
    let root = Path::new(&staging.site.root);
    let named = staging.site.files.iter().chain(&staging.site.absent_files).map(|file| root.join(file));
    let own: Vec<PathBuf> = named.filter(|file| !from.contains(file)).collect();
    let mut pairs = Vec::new();
    let mut left_out = Vec::new();
    for file in &from {
        let same_name = own.iter().find(|own| own.file_name() == file.file_name());
        let only = read.first().filter(|_| from.len() == 1 && read.len() == 1).filter(|own| !from.contains(own));
        match same_name.or(only) {
            Some(own) => pairs.push((file.clone(), own.clone())),
            None => left_out.push(file.clone()),
        }
    }
    (pairs, left_out)
}

/// The files that systemd takes variables from, absolute, in order.
pub(crate) fn environment_files(snapshot: &Snapshot) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    let readings = snapshot.defaults.iter().flat_map(|default| &default.readings);
    for reading in readings.filter(|reading| reading.layer == Layer::EnvironmentFile) {
        let path = Path::new(&snapshot.site.root).join(&reading.place.file);
        if !files.contains(&path) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Who may read the copy: nobody who may not read the one or the other.
fn access(host: &dyn Host, from: Option<&Path>, to: &Path) -> Result<Option<Access>, Refusal> {
    let Some(from) = from else { return Ok(None) };
    let from = host.status(from)?;
    match host.status(to) {
        Ok(to) => Ok(Some(Access { mode: to.mode & from.mode, owner: Some((to.user, to.group)) })),
        Err(refusal) if refusal.is_missing() => {
            Ok(Some(Access { mode: from.mode, owner: Some((from.user, from.group)) }))
        }
        Err(refusal) => Err(refusal),
    }
}

/// What the deployment of both sites sets, and each otherwise: an assumption of the rehearsal that a person should know.
fn differing(production: &Snapshot, staging: &Snapshot, overrides: &[(String, String)]) -> Vec<String> {
    let is_overridden = |default: &NamedDefault| overrides.iter().any(|(name, _)| default.is_called(name));
    let differs = |default: &&NamedDefault| {
        let own = staging.find(&default.name).and_then(|own| own.effective.as_ref());
        let differs = |comparison: Comparison, one: &Held, other: &Held| match (one, other) {
            // Each capture has a key of its own for what it cannot show.
            (Held::Secret(_), Held::Secret(_)) => false,
            (one, other) => !comparison.holds_same(one, other),
        };
        default.layer == Layer::Code
            && default.is_set_by_deployment()
            && !is_overridden(default)
            && default.effective.as_ref().is_some_and(|effective| {
                own.is_none_or(|own| differs(default.comparison(), &effective.value, &own.value))
            })
    };
    production.defaults.iter().filter(differs).map(|default| default.name.clone()).collect()
}

fn plan(host: &dyn Host, staging: &Snapshot, request: &Request, edits: Vec<FileEdit>) -> Result<Plan, Problem> {
    let environment = request.environment.clone();
    let running = states(host, &request.units)?.into_iter().filter(|unit| unit.active == "active");
    let units: Vec<String> = running.map(|unit| unit.name).collect();
    let mut settle = vec![Settle::ReloadManager];
    settle.extend(units.iter().cloned().map(Settle::Restart));
    Ok(Plan {
        title: format!("production's configuration in {}", environment.as_deref().unwrap_or("staging")),
        site: PathBuf::from(&staging.site.root),
        site_units: request.units.clone(),
        environment,
        edits,
        settle,
        units,
        window: WINDOW,
        purpose: Purpose::Staging,
        ..Plan::default()
    })
}

#[cfg(test)]
mod tests {
    use super::{access, pairs, says_the_same};
    use setpoint_host::{Access, FixtureHost, Host as _, LiveHost};
    use setpoint_model::{Site, Snapshot};
    use std::path::Path;

    #[test]
    fn a_copy_that_says_the_same_in_other_words_is_one() {
        let kept = [("SHOP_PORT".to_owned(), "8001".to_owned())];
        let same = |one: &str, other: &str| says_the_same(one.as_bytes(), other.as_bytes(), &kept);
        assert!(same("# production\nSHOP_PORT=8000\nA='1'\n", "A=2\nA=1\nSHOP_PORT=8001\n"));
        assert!(!same("A=1\n", "A=2\n"));
        assert!(!same("A=1\n", "A=1\nB=1\n"));
        assert!(!same("A=1\nB=1\n", "A=1\n"));
    }

    #[test]
    fn nobody_reads_a_copy_who_may_not_read_the_original() {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        let write =
            |path: &str, mode: u32| host.write_with(Path::new(path), b"A=1\n", Access { mode, owner: None }).unwrap();
        write("/etc/shop/shop.env", 0o640);
        write("/etc/staging/shop.env", 0o604);
        let mode =
            |to: &str| access(&host, Some(Path::new("/etc/shop/shop.env")), Path::new(to)).unwrap().unwrap().mode;
        assert_eq!(format!("{:o}", mode("/etc/staging/shop.env")), "600");
        assert_eq!(format!("{:o}", mode("/etc/staging/new.env")), "640");
    }

    #[test]
    fn a_file_without_a_counterpart_is_left_out() {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        let unit =
            "[Service]\nEnvironmentFile=/etc/shop/shop.env\nEnvironmentFile=/etc/shop/mail.env\nExecStart=/bin/shop\n";
        host.write(Path::new("/srv/shop/deploy/shop.service"), unit.as_bytes()).unwrap();
        host.write(Path::new("/srv/shop/shop.py"), b"import os\nA = os.environ['A']\nB = os.environ['B']\n").unwrap();
        host.write(Path::new("/srv/shop/deploy/shop.env"), b"A=1\n").unwrap();
        host.write(Path::new("/srv/shop/deploy/mail.env"), b"B=1\n").unwrap();
        let request = setpoint_capture::Request { root: Some("/srv/shop".into()), ..Default::default() };
        let production = setpoint_capture::capture(&host, &request).unwrap().snapshot;
        let site = Site {
            root: "/srv/staging".to_owned(),
            absent_files: vec!["/etc/staging/shop.env".to_owned()],
            ..Site::default()
        };
        let staging = Snapshot {
            version: 1,
            site,
            defaults: Vec::new(),
            calls: Vec::new(),
            needs: Vec::new(),
            problems: Vec::new(),
        };
        insta::assert_debug_snapshot!(pairs(&production, &staging), @r#"
        (
            [
                (
                    "/srv/shop/deploy/shop.env",
                    "/etc/staging/shop.env",
                ),
            ],
            [
                "/srv/shop/deploy/mail.env",
            ],
        )
        "#);
    }
}
