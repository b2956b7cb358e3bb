//! Files of variables: `.env` files, which the code reads, and the files that a unit names.

use crate::source::{Deployment, Origin};
use crate::{Assignment, Clear, Sensitive, Target};
use setpoint_formats::dotenv::{Precedence, expand};
use setpoint_formats::{Complaint, dotenv, environment_file};
use setpoint_host::Host;
use setpoint_model::{ByteSpan, Layer, Mechanism, Place, Problem, Value};

/// Longer than any file of settings; a dump that somebody called `.env` is not read into memory.
const LONGEST: u64 = 4 << 20;

/// Reads a file as python-dotenv and pydantic-settings do. A value that refers to a variable which the file does not
/// set is known only when the code runs.
pub(crate) fn read(host: &dyn Host, origin: Origin<'_>) -> Deployment {
    let bytes = match load(host, origin) {
        Ok(bytes) => bytes,
        Err(problem) => return Deployment { problems: vec![*problem], ..Deployment::default() },
    };
    let (bindings, complaints) = dotenv::parse(&bytes);
    let expanded = expand(&bindings, Precedence::File, |_| None);
    let mut assignments = Vec::new();
    for (binding, expanded) in bindings.into_iter().zip(expanded) {
        let (Some(written), Some(text)) = (binding.value, expanded.text) else { continue };
        let value = if expanded.missing.is_empty() { Clear::from(Value::Text(text)) } else { Clear::Dynamic };
        let variable = Variable { name: binding.key, value, written: written.span };
        assignments.push(variable.assignment(origin, &bytes, Layer::Dotenv, Mechanism::Dotenv));
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
    let settings = settings.into_iter().map(|setting| Variable {
        name: setting.key,
        value: Clear::from(Value::Text(setting.value)),
        written: setting.value_span,
    });
    let assignments = settings.map(|variable| variable.assignment(origin, &bytes, layer, Mechanism::UnitEnvironment));
    Deployment { assignments: assignments.collect(), problems: problems(complaints, origin, &bytes) }
}

struct Variable {
    name: String,
    value: Clear,
    written: ByteSpan,
}

impl Variable {
    fn assignment(self, origin: Origin<'_>, bytes: &[u8], layer: Layer, mechanism: Mechanism) -> Assignment {
        let text = bytes.get(self.written.start..self.written.end).unwrap_or_default();
        Assignment {
            target: Target::Variable(self.name),
            layer,
            mechanism,
            value: self.value,
            text: Sensitive::new(String::from_utf8_lossy(text).into_owned()),
            place: Place::in_text(origin.shown, bytes, self.written),
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

fn problems(complaints: Vec<Complaint>, origin: Origin<'_>, bytes: &[u8]) -> Vec<Problem> {
    complaints.into_iter().map(|complaint| complaint.problem(origin.shown, bytes)).collect()
}

#[cfg(test)]
mod tests;
