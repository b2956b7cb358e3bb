//! Variables that a server reads itself. What sets one of them sets the server's setting, and is no variable that
//! nothing reads.

use crate::launch::Server;
use crate::options::{CommandOption, read_text};
use crate::{Assignment, Clear, Target, granian, gunicorn, uvicorn};
use setpoint_model::{Layer, Mechanism, Value};

/// Makes of an assignment to a variable that the server reads one to the server's setting.
pub(super) fn give(assignment: &mut Assignment, server: Server) {
    // A `.env` file is read by the code, after the server has read its settings.
    if assignment.layer != Layer::Dotenv {
        give_setting(assignment, server);
    }
}

fn give_setting(assignment: &mut Assignment, server: Server) {
    let Target::Variable(variable) = &assignment.target else { return };
    let Some(read) = Read::of(server, variable) else { return };
    if let Clear::Constant(value) = &assignment.value
        && let Some(text) = value.reveal().as_text()
    {
        assignment.value = Clear::from(read.value(text));
    }
    let name = format!("{}.{}", read.mechanism, read.setting);
    assignment.target = Target::FromVariable { name, variable: variable.clone(), stronger: read.stronger };
    assignment.mechanism = read.mechanism;
}

/// The same for a file that uvicorn loads into its environment: after it has read its options, and before it looks
/// at the variables that stand in for some of them (`Config.__init__` of `uvicorn/config.py`).
pub(super) fn give_fallback_of_uvicorn(assignment: &mut Assignment) {
    let Target::Variable(variable) = &assignment.target else { return };
    if uvicorn::FALLBACKS.iter().any(|(name, _)| name == variable) {
        give_setting(assignment, Server::Uvicorn);
    }
}

/// How a server reads a variable.
struct Read {
    mechanism: Mechanism,
    setting: &'static str,
    /// The option that the variable stands in for, where click reads it.
    option: Option<&'static CommandOption<'static>>,
    /// How many variables it looks at before this one for the same setting.
    stronger: usize,
}

impl Read {
    fn of(server: Server, variable: &str) -> Option<Self> {
        match server {
            Server::Uvicorn => uvicorn::OPTIONS.iter().find_map(|option| {
                let stronger = uvicorn::variables(option.setting).iter().position(|name| name == variable)?;
                let setting = option.setting;
                Some(Self { mechanism: Mechanism::Uvicorn, setting, option: Some(option), stronger })
            }),
            Server::Granian => {
                let option = granian::OPTIONS.iter().find(|option| granian::variable(option.setting) == variable)?;
                let setting = option.setting;
                Some(Self { mechanism: Mechanism::Granian, setting, option: Some(option), stronger: 0 })
            }
            Server::Gunicorn => {
                let (_, setting) = gunicorn::FALLBACKS.iter().find(|(name, _)| *name == variable)?;
                Some(Self { mechanism: Mechanism::Gunicorn, setting, option: None, stronger: 0 })
            }
            Server::Hypercorn | Server::Celery => None,
        }
    }

    fn value(&self, text: &str) -> Value {
        self.option.map_or_else(|| gunicorn::fallback(self.setting, text), |option| read_text(option, text))
    }
}
