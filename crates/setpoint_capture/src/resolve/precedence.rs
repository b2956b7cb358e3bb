//! Which of two readings of one default is the stronger, by the rules of the mechanism that reads them.

use super::draft::{Assigned, Via};
use crate::Clear;
use setpoint_model::{Layer, Mechanism};
use std::cmp::Reverse;

/// How strong what a deployment sets is; the greatest wins. Of two that are equal the later one wins: a later line
/// of a file, a later `-c` file, a drop-in over its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Strength {
    stage: Stage,
    /// Of two variables of one setting the first that is set counts, wherever it is set.
    variable: Reverse<usize>,
    /// What a process holds is what its files held when it started, and so stands in their place.
    live: bool,
    /// `UnsetEnvironment=` is applied after all that sets variables (systemd.exec(5)).
    takes_away: bool,
    layer: Layer,
}

/// The places in which programs look, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// A variable that only replaces the program's own default.
    Fallback,
    ConfigurationFile,
    /// A `.env` file that is read beside the environment and not into it.
    Dotenv,
    Environment,
    CommandLine,
    /// What is no setting of the program: unit, proxy, host.
    Around,
}

/// The strength of one assignment to a default of that mechanism.
pub(crate) fn strength(mechanism: Mechanism, assigned: &Assigned) -> Strength {
    let layer = assigned.assignment.layer;
    let variable = match assigned.via {
        Via::Variable { stronger } => stronger,
        Via::Name => 0,
    };
    Strength {
        stage: stage(mechanism, layer, assigned.via),
        variable: Reverse(variable),
        live: layer == Layer::Process,
        takes_away: assigned.assignment.value == Clear::Nothing,
        layer,
    }
}

fn stage(mechanism: Mechanism, layer: Layer, via: Via) -> Stage {
    match layer {
        Layer::Library | Layer::Code => Stage::Fallback,
        Layer::ConfigurationFile => Stage::ConfigurationFile,
        Layer::Dotenv if reads_dotenv_apart(mechanism) => Stage::Dotenv,
        Layer::Dotenv | Layer::Image | Layer::UnitEnvironment | Layer::EnvironmentFile => environment(mechanism, via),
        Layer::CommandLine => Stage::CommandLine,
        Layer::Unit | Layer::Proxy | Layer::Host => Stage::Around,
        Layer::Process => match via {
            Via::Variable { .. } => environment(mechanism, via),
            Via::Name => Stage::CommandLine,
        },
    }
}

/// gunicorn's variables for single settings (`WEB_CONCURRENCY`, `PORT`) are only its defaults, so that its
/// configuration file wins over them; options in `GUNICORN_CMD_ARGS` win over the file ("Configuration Overview"
/// of gunicorn's documentation).
fn environment(mechanism: Mechanism, via: Via) -> Stage {
    match (mechanism, via) {
        (Mechanism::Gunicorn, Via::Variable { .. }) => Stage::Fallback,
        (_, Via::Variable { .. } | Via::Name) => Stage::Environment,
    }
}

/// pydantic-settings, python-decouple and Starlette look a setting up in the environment under all its names first,
/// and in the file after that. The others load the file into the environment, where it overrides nothing.
fn reads_dotenv_apart(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::PydanticSettings | Mechanism::Decouple | Mechanism::Starlette)
}
