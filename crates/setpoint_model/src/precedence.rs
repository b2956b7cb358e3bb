//! Which of a default's readings holds: in each process of a site, and in all of them where they agree.
//!
//! Everything that chooses among readings asks here: the capture, the lock, the pages, the rules. How strong readings
//! are is known before: they come sorted, the weakest first.

use crate::{Comparison, Effective, Held, Layer, Mechanism, ProcessState, Reading, Value};

/// What was seen of a process as it runs. What was seen stands for all that its files say, which counts only after a
/// restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its environment was read.
    pub environment: bool,
    /// Its command line was read and understood.
    pub command_line: bool,
}

/// The strongest reading that gives a value in a process, of readings that are sorted from the weakest to the
/// strongest; for `None`, in a process that no reading names.
///
/// What is taken away (`UnsetEnvironment=`) is taken from the environment, and not from what the program finds
/// elsewhere; a setting that is required or only mentioned gives no value and takes none away.
pub fn winner<'r>(
    readings: impl IntoIterator<Item = &'r Reading, IntoIter: DoubleEndedIterator>,
    process: Option<&str>,
    seen: Seen,
) -> Option<&'r Reading> {
    let mut environment_counts = !seen.environment;
    for reading in readings.into_iter().rev().filter(|reading| reading.concerns(process)) {
        let counts = match reading.layer {
            Layer::Image | Layer::UnitEnvironment | Layer::EnvironmentFile => environment_counts,
            Layer::CommandLine => !seen.command_line,
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

/// The processes of a site in the order in which they speak for it: those that were seen live come first, since what
/// they hold is what holds now; of the others, those that answer requests.
#[derive(Clone, Debug)]
pub struct SiteProcesses<'a>(Vec<(&'a ProcessState, Seen)>);

/// What holds where.
#[derive(Clone, Debug, PartialEq)]
pub struct Winners<'r> {
    /// The reading that wins where nobody says in which process; `None` if nothing gives a value.
    pub general: Option<&'r Reading>,
    /// What wins in each process, where the processes disagree. One that is then not named has no value.
    pub per_process: Vec<(&'r str, &'r Reading)>,
}

impl<'a> SiteProcesses<'a> {
    /// The processes as their files start them.
    pub fn of_files(states: &'a [ProcessState]) -> Self {
        Self::seen(states, |_| Seen::default())
    }

    /// The processes, each with what was seen of it.
    pub fn seen(states: &'a [ProcessState], seen: impl Fn(&str) -> Seen) -> Self {
        let mut processes: Vec<_> = states.iter().map(|state| (state, seen(&state.name))).collect();
        processes.sort_by_key(|(state, seen)| (*seen == Seen::default(), !answers_requests(state)));
        Self(processes)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What wins among readings, which are sorted from the weakest to the strongest. Processes agree where they hold the
    /// same setting: a server reads `8` as a number from the variable that is a text to another program, and then the
    /// number stands for both.
    pub fn winners<'r>(&self, readings: &'r [Reading], comparison: Comparison) -> Winners<'r>
    where
        'a: 'r,
    {
        let in_each: Vec<(&'r str, Option<&'r Reading>)> = self
            .concerned(readings)
            .into_iter()
            .map(|process| (process, winner(readings, Some(process), self.seen_of(process))))
            .collect();
        let is_general = readings.iter().all(|reading| reading.process.is_none());
        if is_general || in_each.is_empty() {
            return Winners { general: winner(readings, None, Seen::default()), per_process: Vec::new() };
        }
        let general = in_each.iter().find_map(|(_, reading)| *reading);
        let agree = in_each.iter().all(|(process, reading)| match (reading, general) {
            (Some(reading), Some(general)) => reading.holds_the_same(general, comparison),
            // A unit's property or a server's setting says nothing about the processes that have none.
            (None, _) => !readings.iter().any(|reading| reading.concerns(Some(process))),
            (Some(_), None) => false,
        });
        let typed = in_each.iter().filter_map(|(_, reading)| *reading).find(|reading| is_typed(&reading.value));
        let general_or_typed = general.filter(|general| !agree || is_typed(&general.value)).or(typed).or(general);
        let per_process = in_each.into_iter().filter(|_| !agree && general.is_some());
        Winners {
            general: general_or_typed,
            per_process: per_process.filter_map(|(process, reading)| Some((process, reading?))).collect(),
        }
    }

    /// The processes of which readings say something: those that may run the site's code, and those that a reading
    /// names. A database's container has only what is set for itself.
    pub fn concerned<'r>(&self, readings: &'r [Reading]) -> Vec<&'r str>
    where
        'a: 'r,
    {
        let named = |name: &str| readings.iter().any(|reading| reading.process.as_deref() == Some(name));
        // What every container has was told of each of them, and is told of all at once.
        let is_of_all =
            readings.iter().any(|reading| reading.process.is_none() && reading.mechanism == Mechanism::Container);
        let known = self.0.iter().filter(|(state, _)| is_of_all || state.may_run_the_code() || named(&state.name));
        let mut concerned: Vec<&'r str> = known.map(|(state, _)| state.name.as_str()).collect();
        for process in readings.iter().filter_map(|reading| reading.process.as_deref()) {
            if !concerned.contains(&process) {
                concerned.push(process);
            }
        }
        concerned
    }

    fn seen_of(&self, process: &str) -> Seen {
        self.0.iter().find(|(state, _)| state.name == process).map(|(_, seen)| *seen).unwrap_or_default()
    }
}

impl Winners<'_> {
    /// The same without the readings themselves, as a snapshot keeps it.
    pub fn effective(&self) -> (Option<Effective>, Vec<(String, Effective)>) {
        let per_process = self.per_process.iter().map(|(process, reading)| ((*process).to_owned(), (*reading).into()));
        (self.general.map(Effective::from), per_process.collect())
    }
}

/// True for a constant that something has read as what it means, and not as a text alone.
fn is_typed(held: &Held) -> bool {
    held.constant().is_some_and(|value| !matches!(value, Value::Text(_)))
}

/// True for a process whose settings are meant where nobody says which process is.
fn answers_requests(state: &ProcessState) -> bool {
    let servers = ["uvicorn", "gunicorn", "hypercorn", "daphne", "granian"];
    !state.listens.is_empty() || state.program.as_deref().is_some_and(|program| servers.contains(&program))
}

#[cfg(test)]
mod tests {
    use super::{Seen, SiteProcesses, winner};
    use crate::{Comparison, Held, Layer, Mechanism, Place, ProcessState, Reading, Value};

    /// A layer, a value and a process; `-` is nothing, `#8` is a number and not a text, and a process may be left out.
    fn readings(lines: &[&str]) -> Vec<Reading> {
        let reading = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            let layer = Layer::ALL.into_iter().find(|layer| layer.as_str() == words[0]).unwrap();
            let value = match words[1].strip_prefix('#') {
                Some(number) => Held::Constant(Value::Integer(number.parse().unwrap())),
                None if words[1] == "-" => Held::Nothing,
                None => Held::Constant(Value::from(words[1])),
            };
            let process = words.get(2).map(|process| (*process).to_owned());
            let (mechanism, place, text) = (Mechanism::Environ, Place::file(*line), words[1].to_owned());
            Reading { layer, mechanism, value, text, place, symbol: None, process }
        };
        lines.iter().map(reading).collect()
    }

    fn states(names: &[&str]) -> Vec<ProcessState> {
        let program = Some("python".to_owned());
        let state =
            |name: &&str| ProcessState { name: (*name).to_owned(), program: program.clone(), ..Default::default() };
        names.iter().map(state).collect()
    }

    fn shown(lines: &[&str]) -> String {
        let (states, readings) = (states(&["web", "worker"]), readings(lines));
        let winners = SiteProcesses::of_files(&states).winners(&readings, Comparison::AsWritten);
        let each = winners.per_process.iter().map(|(process, reading)| format!("; {process}: {}", reading.text));
        winners.general.map_or("nothing", |reading| &reading.text).to_owned() + &each.collect::<String>()
    }

    #[test]
    fn the_strongest_reading_of_each_process() {
        assert_eq!(shown(&["code 5", "dotenv 7"]), "7");
        assert_eq!(
            shown(&["code 5", "environment-file 10 web", "unit-environment 2 worker"]),
            "10; web: 10; worker: 2"
        );
        assert_eq!(shown(&["code 5", "environment-file 10 web"]), "10; web: 10; worker: 5");
        assert_eq!(shown(&["code -", "environment-file 10 web"]), "10; web: 10");
        assert_eq!(shown(&["code 5", "environment-file 5 web"]), "5");
        // The property of one unit says nothing about another unit.
        assert_eq!(shown(&["unit notify web"]), "notify");
    }

    #[test]
    fn a_database_has_what_is_set_for_it_and_none_of_the_code() {
        let program = |name: &str, program: &str| ProcessState {
            name: name.to_owned(),
            program: Some(program.to_owned()),
            ..Default::default()
        };
        let states = [program("web", "gunicorn"), program("db", "postgres")];
        let processes = SiteProcesses::of_files(&states);
        let of_code = readings(&["code 5", "unit-environment 7 web"]);
        assert_eq!(processes.concerned(&of_code), ["web"]);
        let mut of_containers = readings(&["library no", "unit always web"]);
        of_containers.iter_mut().for_each(|reading| reading.mechanism = Mechanism::Container);
        assert_eq!(processes.concerned(&of_containers), ["web", "db"]);
    }

    #[test]
    fn a_number_and_the_same_number_as_text_are_one_value() {
        assert_eq!(shown(&["environment-file #8 web", "environment-file 8 worker"]), "#8");
        assert_eq!(shown(&["environment-file 8 web", "environment-file #8 worker"]), "#8");
        assert_eq!(shown(&["environment-file #8 web", "environment-file 9 worker"]), "#8; web: #8; worker: 9");
    }

    #[test]
    fn what_is_taken_away_is_taken_from_the_environment_of_one_process() {
        let lines = ["code 5", "dotenv 7", "environment-file 10", "unit-environment - worker"];
        assert_eq!(shown(&lines), "10; web: 10; worker: 7");
        assert_eq!(shown(&["code -", "unit-environment -"]), "nothing");
    }

    #[test]
    fn what_a_process_holds_stands_for_what_its_files_say() {
        let readings = readings(&["code 5", "dotenv 7", "environment-file 10 web", "process - web"]);
        let environment = Seen { environment: true, command_line: false };
        assert_eq!(winner(&readings, Some("web"), environment).unwrap().text, "7");
        assert_eq!(winner(&readings, Some("web"), Seen::default()).unwrap().text, "10");
    }
}
