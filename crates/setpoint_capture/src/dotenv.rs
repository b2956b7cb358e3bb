//! Files of variables: `.env` files, which the code reads, and the files that a unit names.

use crate::source::{Deployment, Origin};
use crate::{Assignment, Clear, Sensitive, Target};
use setpoint_formats::dotenv::{Precedence, expand};
use setpoint_formats::{Complaint, Lines, dotenv, environment_file};
use setpoint_host::Host;
use setpoint_model::{ByteSpan, Layer, Mechanism, Place, Problem, Retry, Value};

/// Longer than any file of settings; a dump that somebody called `.env` is not read into memory.
const LONGEST: u64 = 4 << 20;

/// Reads a file as python-dotenv and pydantic-settings do. A value that refers to a variable which the file does not
/// set is known only when the code runs.
pub(crate) fn read(host: &dyn Host, origin: Origin<'_>) -> Deployment {
    read_as(host, origin, Layer::Dotenv, Mechanism::Dotenv)
}

/// The same for another reader of such files.
pub(crate) fn read_as(host: &dyn Host, origin: Origin<'_>, layer: Layer, mechanism: Mechanism) -> Deployment {
    let bytes = match load(host, origin) {
        Ok(bytes) => bytes,
        Err(problem) => return Deployment { problems: vec![*problem], ..Deployment::default() },
    };
    let (bindings, complaints) = dotenv::parse(&bytes);
    let expanded = expand(&bindings, Precedence::File, |_| None);
    let lines = Lines::of(&bytes);
    let mut assignments = Vec::new();
    for (binding, expanded) in bindings.into_iter().zip(expanded) {
        let (Some(written), Some(text)) = (binding.value, expanded.text) else { continue };
        let value = if expanded.missing.is_empty() { Clear::from(Value::Text(text)) } else { Clear::Dynamic };
        let variable = Variable { name: binding.key, value, written: written.span };
        assignments.push(variable.assignment(origin, &bytes, &lines, (layer, mechanism)));
    }
    Deployment { assignments, problems: problems(complaints, origin, &bytes) }
}

/// Reads a file as systemd does for `EnvironmentFile=`. For other programs that read such files alike, `layer` says
/// how strong they are.
pub(crate) fn read_environment_file(host: &dyn Host, origin: Origin<'_>, layer: Layer) -> Deployment {
    let bytes = match load(host, origin) {
        Ok(bytes) => bytes,
        Err(problem) => return Deployment { problems: vec![*problem], ..Deployment::default() },
    };
    let (settings, complaints) = environment_file::parse(&bytes);
    let lines = Lines::of(&bytes);
    let settings = settings.into_iter().map(|setting| Variable {
        name: setting.key,
        value: Clear::from(Value::Text(setting.value)),
        written: setting.value_span,
    });
    let kind = (layer, Mechanism::UnitEnvironment);
    let assignments = settings.map(|variable| variable.assignment(origin, &bytes, &lines, kind));
    Deployment { assignments: assignments.collect(), problems: problems(complaints, origin, &bytes) }
}

struct Variable {
    name: String,
    value: Clear,
    written: ByteSpan,
}

impl Variable {
    fn assignment(
        self,
        origin: Origin<'_>,
        bytes: &[u8],
        lines: &Lines,
        (layer, mechanism): (Layer, Mechanism),
    ) -> Assignment {
        let text = bytes.get(self.written.start..self.written.end).unwrap_or_default();
        Assignment {
            target: Target::Variable(self.name),
            layer,
            mechanism,
            value: self.value,
            text: Sensitive::new(String::from_utf8_lossy(text).into_owned()),
            place: lines.place(origin.shown, bytes, self.written),
            symbol: None,
            process: origin.process.map(str::to_owned),
        }
    }
}

fn load(host: &dyn Host, origin: Origin<'_>) -> Result<Vec<u8>, Box<Problem>> {
    let named =
        |refusal: setpoint_host::Refusal| Problem { place: Some(Place::file(origin.shown)), ..refusal.problem() };
    host.read(origin.path, LONGEST).map_err(|refusal| Box::new(named(refusal)))
}

/// Of a file that is nothing of the kind, more complaints than this say nothing more.
const MOST_COMPLAINTS: usize = 20;

/// A file's complaints as problems.
pub(crate) fn problems(complaints: Vec<Complaint>, origin: Origin<'_>, bytes: &[u8]) -> Vec<Problem> {
    let left_out = complaints.len().saturating_sub(MOST_COMPLAINTS);
    let first = complaints.into_iter().take(MOST_COMPLAINTS);
    let mut problems: Vec<_> = first.map(|complaint| complaint.problem(origin.shown, bytes)).collect();
    if left_out > 0 {
        let what = format!("`{}` has {left_out} more faults like those before", origin.shown);
        let problem = Problem::input(what, "a file of the kind that its name says", Retry::SafeOnceMended);
        problems.push(problem.at(Place::file(origin.shown)));
    }
    problems
}

#[cfg(test)]
mod tests;
