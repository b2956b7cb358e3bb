//! Which reading holds: for each process of the site, and for the site where they agree.

use crate::process::Live;
use setpoint_model::{Effective, Held, Layer, ProcessState, Reading};

/// Knows the site's processes and what was seen of them.
#[derive(Debug)]
pub(crate) struct Winner<'a> {
    /// Those that were seen live come first: what they hold is what holds now.
    processes: Vec<(&'a str, Option<&'a Live>)>,
}

impl<'a> Winner<'a> {
    pub(crate) fn new(processes: &'a [ProcessState], live: &'a [Live]) -> Self {
        let seen = |name: &str| live.iter().find(|live| live.process == name);
        let mut processes: Vec<_> =
            processes.iter().map(|process| (process.name.as_str(), seen(&process.name))).collect();
        processes.sort_by_key(|(_, live)| live.is_none());
        Self { processes }
    }

    /// The reading that wins among these, which are sorted from the weakest to the strongest, and for each process
    /// what wins in it where the processes disagree. A process that is then not named has no value.
    pub(crate) fn of(&self, readings: &[Reading]) -> (Option<Effective>, Vec<(String, Effective)>) {
        let special = readings.iter().any(|reading| reading.process.is_some());
        if !special || self.processes.is_empty() {
            return (winner(readings.iter(), None).map(effective), Vec::new());
        }
        let in_each: Vec<_> = self
            .processes
            .iter()
            .map(|(name, live)| {
                let concerned = readings.iter().filter(|reading| concerns(reading, name));
                (*name, winner(concerned, *live))
            })
            .collect();
        let Some(first) = in_each.iter().find_map(|(_, reading)| *reading) else { return (None, Vec::new()) };
        let agree = in_each.iter().all(|(name, reading)| match reading {
            Some(reading) => reading.value == first.value,
            // A unit's property or a server's setting says nothing about the processes that have none.
            None => !readings.iter().any(|reading| reading.layer == Layer::Code || concerns(reading, name)),
        });
        let disagreeing = in_each.into_iter().filter(|_| !agree);
        let per_process = disagreeing.filter_map(|(name, reading)| Some((name.to_owned(), effective(reading?))));
        (Some(effective(first)), per_process.collect())
    }
}

fn concerns(reading: &Reading, process: &str) -> bool {
    reading.process.as_deref().is_none_or(|of| of == process)
}

/// The strongest reading that gives a value. What a live process was seen to hold stands for all that its files
/// say, which counts only after a restart; and what is taken away (`UnsetEnvironment=`) is taken from the
/// environment, and not from what the program finds elsewhere.
fn winner<'a>(readings: impl DoubleEndedIterator<Item = &'a Reading>, live: Option<&Live>) -> Option<&'a Reading> {
    let mut environment_counts = live.is_none_or(|live| live.environment.is_none());
    let command_line_counts = live.is_none_or(|live| live.command_line.is_none());
    for reading in readings.rev() {
        let counts = match reading.layer {
            Layer::Image | Layer::UnitEnvironment | Layer::EnvironmentFile => environment_counts,
            Layer::CommandLine => command_line_counts,
            Layer::Library
            | Layer::Code
            | Layer::ConfigurationFile
            | Layer::Dotenv
            | Layer::Unit
            | Layer::Proxy
            | Layer::Host
            | Layer::Process => true,
        };
        match (&reading.value, reading.layer) {
            (Held::Nothing, Layer::Image | Layer::UnitEnvironment | Layer::EnvironmentFile) => {
                environment_counts = false;
            }
            (Held::Nothing, _) => {}
            (Held::Constant(_) | Held::Dynamic | Held::Secret(_), _) if counts => return Some(reading),
            (Held::Constant(_) | Held::Dynamic | Held::Secret(_), _) => {}
        }
    }
    None
}

fn effective(reading: &Reading) -> Effective {
    Effective { value: reading.value.clone(), layer: reading.layer, place: reading.place.clone() }
}
