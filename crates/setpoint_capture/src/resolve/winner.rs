//! Which reading holds: for each process of the site, and for the site where they agree.

use crate::process::Live;
use setpoint_model::{Effective, Held, Layer, Place, ProcessState, Reading};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Knows the site's processes and what was seen of them.
#[derive(Debug)]
pub(crate) struct Winner<'a> {
    /// Those that were seen live come first, since what they hold is what holds now; of the others, those that
    /// answer requests.
    processes: Vec<Process<'a>>,
}

#[derive(Debug)]
struct Process<'a> {
    name: &'a str,
    live: Option<&'a Live>,
    /// False for one that is not known to run the site's code, such as a database's container: only what is set for
    /// itself says anything about it.
    runs_code: bool,
}

impl<'a> Winner<'a> {
    pub(crate) fn new(states: &'a [ProcessState], live: &'a [Live]) -> Self {
        let seen = |name: &str| live.iter().find(|live| live.process == name);
        let mut states: Vec<_> = states.iter().map(|state| (state, seen(&state.name))).collect();
        states.sort_by_key(|(state, live)| (live.is_none(), !answers_requests(state)));
        let process = |(state, live): (&'a ProcessState, _)| Process {
            name: &state.name,
            live,
            runs_code: state.program.is_some(),
        };
        Self { processes: states.into_iter().map(process).collect() }
    }

    /// Makes one reading of those that one place gives to every process of the site: it concerns all.
    pub(crate) fn join(&self, readings: Vec<Reading>) -> Vec<Reading> {
        if self.processes.len() < 2 {
            return readings;
        }
        let mut given: HashMap<(Layer, Place), BTreeSet<String>> = HashMap::new();
        let key = |reading: &Reading| (reading.layer, reading.place.clone());
        for reading in readings.iter().filter(|reading| reading.layer != Layer::Process) {
            given.entry(key(reading)).or_default().extend(reading.process.clone());
        }
        let mut joined = HashSet::new();
        let join = |reading: Reading| {
            let key = key(&reading);
            if given.get(&key).is_none_or(|processes| processes.len() < self.processes.len()) {
                return Some(reading);
            }
            joined.insert(key).then_some(Reading { process: None, ..reading })
        };
        readings.into_iter().filter_map(join).collect()
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
            .filter(|process| process.runs_code || readings.iter().any(|reading| is_of(reading, process.name)))
            .map(|process| {
                let concerned = readings.iter().filter(|reading| concerns(reading, process.name));
                (process.name, winner(concerned, process.live))
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

/// True for a process whose settings are meant where nobody says which process is.
fn answers_requests(state: &ProcessState) -> bool {
    let servers = ["uvicorn", "gunicorn", "hypercorn", "daphne", "granian"];
    !state.listens.is_empty() || state.program.as_deref().is_some_and(|program| servers.contains(&program))
}

fn is_of(reading: &Reading, process: &str) -> bool {
    reading.process.as_deref() == Some(process)
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
