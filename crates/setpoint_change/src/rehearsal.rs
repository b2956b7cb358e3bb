//! The plan of a rehearsal: the real deployment in staging, of which the way back is the end.

use crate::copying::environment_files;
use crate::sharing::Connected;
use crate::{Class, Plan, Purpose, Settle, deployment};
use setpoint_capture::Request;
use setpoint_host::Host;
use setpoint_model::register::{Environment, Register, Release};
use setpoint_model::{Layer, Problem, Retry, Snapshot};
use std::path::{Path, PathBuf};

/// The variable that tells a deployment command which environment is meant.
const ENVIRONMENT: &str = "SETPOINT_ENVIRONMENT";

/// The environment in which a release is rehearsed: the one that `[release]` names, else the only one that is a copy.
pub fn staging_of(register: &Register) -> Option<&Environment> {
    if let Some(named) = register.release.as_ref().and_then(|release| release.staging.as_ref()) {
        return register.environment(named);
    }
    let mut copies = register.environments.iter().filter(|environment| environment.copy_from.is_some());
    copies.next().filter(|_| copies.next().is_none())
}

/// The environment that another is a copy of in the end, and what differs in it. What stands nearer to it wins.
pub fn origin<'r>(register: &'r Register, environment: &'r Environment) -> (&'r Environment, Vec<(String, String)>) {
    let mut overrides: Vec<(String, String)> = Vec::new();
    let mut now = environment;
    // Each step is another environment, or the register's own mistake goes round in a circle.
    for _ in 0..=register.environments.len() {
        for (name, value) in &now.overrides {
            if overrides.iter().all(|(known, _)| known != name) {
                let text = value.as_text().map_or_else(|| value.to_string(), str::to_owned);
                overrides.push((name.clone(), text));
            }
        }
        match now.copy_from.as_ref().and_then(|above| register.environment(above)) {
            Some(above) => now = above,
            None => break,
        }
    }
    (now, overrides)
}

/// What a deployment command has in its environment: which environment is meant, and what differs in it.
pub fn variables(register: &Register, environment: &Environment) -> Vec<(String, String)> {
    let mut variables = vec![(ENVIRONMENT.to_owned(), environment.name.clone())];
    variables.extend(origin(register, environment).1);
    variables
}

/// Refuses a staging that is in a part production itself: it has the same units, the same folder, or the same files.
///
/// # Errors
/// It is so.
pub fn refuse_same_place(production: &Snapshot, staging: &Snapshot, request: &Request) -> Result<(), Problem> {
    let refused = |what: String, expected: &str| Err(Problem::input(what, expected, Retry::SafeOnceMended));
    let known = |unit: &&String| production.site.processes.iter().any(|process| process.name == **unit);
    if let Some(unit) = request.units.iter().find(known) {
        return refused(format!("`{unit}` is a unit of both staging and production"), "units of its own");
    }
    let (one, other) = (Path::new(&production.site.root), Path::new(&staging.site.root));
    if one.starts_with(other) || other.starts_with(one) {
        let what = format!("staging runs in `{}`, and production in `{}`", other.display(), one.display());
        return refused(what, "units whose `WorkingDirectory=` is a folder of staging's own");
    }
    let theirs = [environment_files(production), unit_files(production)].concat();
    let own = [environment_files(staging), unit_files(staging)].concat();
    match own.iter().find(|file| theirs.contains(file)) {
        Some(file) => refused(format!("`{}` is a file of both", file.display()), "files of its own"),
        None => Ok(()),
    }
}

/// The files of units alone: what systemd has for all units (`system.conf`, `service.d`) is everybody's.
fn unit_files(snapshot: &Snapshot) -> Vec<PathBuf> {
    let is_own = |path: &PathBuf| {
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        path.extension().is_some_and(|ending| ending == "service") || folder.ends_with(".service.d")
    };
    let is_of_unit = |layer: Layer| matches!(layer, Layer::Unit | Layer::UnitEnvironment | Layer::CommandLine);
    let readings = snapshot.defaults.iter().flat_map(|default| &default.readings);
    let files = readings.filter(|reading| is_of_unit(reading.layer)).map(|reading| &reading.place.file);
    let mut files: Vec<PathBuf> = files.map(|file| Path::new(&snapshot.site.root).join(file)).filter(is_own).collect();
    files.sort();
    files.dedup();
    files
}

/// What is to be done to deploy in staging and to get back; `folder` is where the commands are run, as in a release.
///
/// # Errors
/// A file of staging cannot be read, or systemd does not tell how its units are, or none of them runs.
pub fn rehearsal(
    host: &dyn Host,
    production: &Snapshot,
    staging: Connected<'_>,
    register: &Register,
    (release, environment): (&Release, &Environment),
    units: &[String],
    folder: &Path,
) -> Result<Plan, Problem> {
    let mut plan = deployment(host, staging.snapshot, release, units, Class::Reversible)?;
    let root = Path::new(&production.site.root);
    let theirs: Vec<PathBuf> = production.site.files.iter().map(|file| root.join(file)).collect();
    let theirs: Vec<PathBuf> = theirs.iter().map(|file| host.resolve(file).unwrap_or_else(|_| file.clone())).collect();
    // What production has is not staging's to put back; nor is a proxy that has nothing of staging's.
    plan.guards.retain(|guard| !theirs.contains(&guard.path));
    if !plan.guards.iter().any(|guard| guard.path.starts_with("/etc/nginx")) {
        plan.regain.retain(|settle| !matches!(settle, Settle::Reload(unit) if unit == "nginx.service"));
        plan.units.retain(|unit| unit != "nginx.service");
    }
    if plan.units.is_empty() {
        let what = format!("no unit of `{}` runs", environment.name);
        return Err(Problem::input(what, "a staging that is well before it is rehearsed in", Retry::SafeOnceMended));
    }
    plan.title = format!("rehearsal of `{}` in {}", release.deploy, environment.name);
    plan.environment = Some(environment.name.clone());
    plan.purpose = Purpose::Rehearsal;
    plan.run_commands_in(folder, &variables(register, environment));
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::{origin, staging_of, variables};
    use setpoint_model::register::{Environment, Register};
    use setpoint_model::{Place, Value};

    fn environment(name: &str, copy_from: Option<&str>, overrides: &[(&str, Value)]) -> Environment {
        Environment {
            name: name.to_owned(),
            units: Vec::new(),
            url: None,
            logs: Vec::new(),
            copy_from: copy_from.map(str::to_owned),
            overrides: overrides.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            place: Place::file("setpoint.toml"),
        }
    }

    #[test]
    fn what_stands_nearer_wins_and_a_circle_ends() {
        let staging = environment("staging", Some("production"), &[("A", Value::Integer(1)), ("B", Value::from("x"))]);
        let preview = environment("preview", Some("staging"), &[("A", Value::Integer(2))]);
        let mut register = Register {
            environments: vec![environment("production", None, &[]), staging, preview.clone()],
            ..Register::default()
        };
        assert_eq!(origin(&register, &preview).0.name, "production");
        let pairs: Vec<String> =
            variables(&register, &preview).iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs, ["SETPOINT_ENVIRONMENT=preview", "A=2", "B=x"]);
        // Two are copies, and nothing says which one is meant.
        assert!(staging_of(&register).is_none());
        register.environments[0].copy_from = Some("preview".to_owned());
        let _ = origin(&register, &preview);
        register.environments.pop();
        register.environments[0].copy_from = None;
        assert_eq!(staging_of(&register).map(|staging| staging.name.as_str()), Some("staging"));
    }
}
