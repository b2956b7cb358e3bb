//! Which of the register's checks are meant.

use super::target::Target;
use crate::command_error::CommandError;
use setpoint_model::register::{Check, Register, UnsoundCheck};
use setpoint_model::{Problem, Retry, nearest};

/// Which checks are meant.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// By their names; all where none is named.
    pub(crate) names: Vec<String>,
    /// By their tags; all where none is named.
    pub(crate) tags: Vec<String>,
}

impl Selection {
    /// An error where a tag is on no check, or a check that was named is for other environments or needs one: a run without
    /// checks would pass.
    pub(crate) fn exists(&self, register: Option<&Register>, target: &Target) -> Result<(), CommandError> {
        let environment = target.name();
        let checks = register.map(|register| register.checks.as_slice()).unwrap_or_default();
        let unsound = register.map(|register| register.unsound_checks.as_slice()).unwrap_or_default();
        let is_elsewhere = |check: &&Check| self.names.contains(&check.name) && !is_here(check, environment);
        if let (Some(environment), Some(check)) = (environment, checks.iter().find(is_elsewhere)) {
            let environments = check.environments.join(", ");
            let what = format!("the check `{}` is not for the environment `{environment}`", check.name);
            return Err(
                Problem::input(what, format!("one that it is for: {environments}"), Retry::SafeOnceMended).into()
            );
        }
        let tags = checks.iter().flat_map(|check| &check.tags).chain(unsound.iter().flat_map(|check| &check.tags));
        let mut known: Vec<&str> = tags.map(String::as_str).collect();
        known.sort_unstable();
        known.dedup();
        let environments = register.map(|register| register.environments.as_slice()).unwrap_or_default();
        let is_nowhere = |check: &&Check| self.names.contains(&check.name) && !target.reaches(check);
        if let Some(check) = checks.iter().find(is_nowhere) {
            let known = environments.iter().map(|environment| environment.name.as_str()).collect::<Vec<_>>().join(", ");
            let what = format!("the check `{}` is not run without an environment to look at", check.name);
            let problem = Problem::input(what, "`--environment NAME`", Retry::SafeOnceMended);
            return Err(problem.hint(format!("the register has {known}")).into());
        }
        let Some(tag) = self.tags.iter().find(|tag| !known.contains(&tag.as_str())) else { return Ok(()) };
        let problem =
            Problem::input(format!("no check has the tag `{tag}`"), "a tag of a check", Retry::SafeOnceMended);
        Err(match nearest(tag, known.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.hint("`tags = [\"…\"]` in a check gives it one"),
            None => problem.hint(format!("the tags are {}", known.join(", "))),
        }
        .into())
    }

    /// The checks with the tags, for an environment or, where none is named, for any.
    pub(crate) fn meant<'r>(&self, register: &'r Register, environment: Option<&str>) -> Vec<&'r Check> {
        let is_here = |check: &&Check| environment.is_none() || is_here(check, environment);
        register.checks.iter().filter(|check| self.is_meant(&check.name, &check.tags)).filter(is_here).collect()
    }

    /// Those of them whose entries are wrong. One that names an environment that there is not may be meant for any.
    pub(crate) fn unsound<'r>(&self, register: &'r Register, environment: Option<&str>) -> Vec<&'r UnsoundCheck> {
        let is_here = |check: &&UnsoundCheck| {
            let names = &check.environments;
            let is_for = |environment: &str| names.iter().any(|name| name == environment);
            let is_mistaken = || names.iter().any(|name| register.environment(name).is_none());
            names.is_empty() || environment.is_none_or(is_for) || is_mistaken()
        };
        let unsound = register.unsound_checks.iter();
        unsound.filter(|check| self.is_meant(&check.name, &check.tags)).filter(is_here).collect()
    }

    fn is_meant(&self, name: &String, tags: &[String]) -> bool {
        (self.names.is_empty() || self.names.contains(name))
            && (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
    }

    /// That there are none of these, for a person.
    pub(crate) fn none_in_words(&self, kind: Option<&str>, environment: Option<&str>) -> String {
        let kind = kind.map(|kind| format!(" of kind `{kind}`")).unwrap_or_default();
        let place = environment.map(|name| format!(" for the environment `{name}`")).unwrap_or_default();
        let tags: Vec<String> = self.tags.iter().map(|tag| format!("`{tag}`")).collect();
        let tags = if tags.is_empty() { String::new() } else { format!(" with the tag {}", tags.join(" or ")) };
        format!("the register has no checks{kind}{place}{tags}")
    }

    /// The checks that are meant, and those that they need.
    pub(super) fn of<'r>(&self, register: &'r Register, environment: Option<&str>) -> Vec<&'r Check> {
        let is_here = |check: &Check| is_here(check, environment);
        let is_meant = |check: &Check| self.is_meant(&check.name, &check.tags) && is_here(check);
        let mut meant: Vec<bool> = register.checks.iter().map(is_meant).collect();
        // What a check needs may need something itself; the register has no circles.
        loop {
            let needed = |check: &Check| {
                let needs = |(other, is_meant): (&Check, &bool)| *is_meant && other.needs.contains(&check.name);
                register.checks.iter().zip(&meant).any(needs)
            };
            let next = register.checks.iter().zip(&meant);
            let next: Vec<bool> = next.map(|(check, meant)| *meant || (is_here(check) && needed(check))).collect();
            if next == meant {
                break;
            }
            meant = next;
        }
        register.checks.iter().zip(meant).filter_map(|(check, meant)| meant.then_some(check)).collect()
    }
}

/// True for a check that is meant for that environment.
fn is_here(check: &Check, environment: Option<&str>) -> bool {
    let is_named = |environment: &str| check.environments.iter().any(|name| name == environment);
    check.environments.is_empty() || environment.is_some_and(is_named)
}
