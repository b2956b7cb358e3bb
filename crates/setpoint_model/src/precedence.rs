//! Which of a default's readings holds: in each process of a site, and in all of them where they agree.
//!
//! Everything that chooses among readings asks here: the capture, the lock, the pages, the rules. How strong readings
//! are is known before: they come sorted, the weakest first.

use crate::{Comparison, Effective, Held, Layer, Mechanism, ProcessState, Reading, Site, Value};
use std::collections::{BTreeMap, BTreeSet};

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
pub struct SiteProcesses<'a> {
    states: Vec<(&'a ProcessState, Seen)>,
    /// See [`Site::reach`].
    reach: &'a BTreeMap<String, BTreeSet<String>>,
}

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
    pub fn of_files(site: &'a Site) -> Self {
        Self::seen(site, |_| Seen::default())
    }

    /// The processes, each with what was seen of it.
    pub fn seen(site: &'a Site, seen: impl Fn(&str) -> Seen) -> Self {
        let mut states: Vec<_> = site.processes.iter().map(|state| (state, seen(&state.name))).collect();
        states.sort_by_key(|(state, seen)| (*seen == Seen::default(), !answers_requests(state)));
        Self { states, reach: &site.reach }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.states.len()
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
        // Where all hold the same, the first of those with the strongest kind of place speaks for all.
        let winners = || in_each.iter().rev().filter_map(|(_, reading)| *reading);
        let typed = winners().filter(|reading| is_typed(&reading.value)).max_by_key(|reading| reading.layer);
        let strongest = || winners().max_by_key(|reading| reading.layer);
        let speaks = if agree { typed.or_else(strongest) } else { general };
        let per_process = in_each.into_iter().filter(|_| !agree && general.is_some());
        Winners {
            general: speaks,
            per_process: per_process.filter_map(|(process, reading)| Some((process, reading?))).collect(),
        }
    }

    /// The processes of which readings say something: those that run the site's code, and those that a reading names.
    /// A database's container has only what is set for itself, and a process that is known not to run the code that
    /// reads a variable has nothing of it.
    pub fn concerned<'r>(&self, readings: &'r [Reading]) -> Vec<&'r str>
    where
        'a: 'r,
    {
        let named = |name: &str| readings.iter().any(|reading| reading.process.as_deref() == Some(name));
        // What every container has was told of each of them, and is told of all at once.
        let is_of_all =
            readings.iter().any(|reading| reading.process.is_none() && reading.mechanism == Mechanism::Container);
        let known = self.states.iter().filter(|(state, _)| is_of_all || state.may_run_the_code() || named(&state.name));
        let mut concerned: Vec<&'r str> = known.map(|(state, _)| state.name.as_str()).collect();
        for process in readings.iter().filter_map(|reading| reading.process.as_deref()) {
            if !concerned.contains(&process) {
                concerned.push(process);
            }
        }
        let code = read_in(readings);
        if !code.is_empty() {
            let reads: Vec<bool> = concerned.iter().map(|process| self.may_read(process, readings, &code)).collect();
            let mut reads = reads.into_iter();
            concerned.retain(|_| reads.next() == Some(true));
        }
        concerned
    }

    /// False for a process that has nothing of a default: others run the code that reads it, and this one does not.
    pub fn may_have(&self, process: &str, readings: &[Reading]) -> bool {
        let code = read_in(readings);
        code.is_empty() || self.may_read(process, readings, &code)
    }

    fn may_read(&self, process: &str, readings: &[Reading], code: &BTreeSet<&str>) -> bool {
        let Some(reach) = self.reach.get(process).filter(|reach| !reaches(reach, code)) else { return true };
        let of_others = |name: &str| match self.reach.get(name) {
            Some(reach) => reaches(reach, code),
            None => true,
        };
        if !reach.is_empty() {
            // Where none is known to read it, what its processes import was not understood.
            let others = self.states.iter().filter(|(state, _)| state.program.is_some());
            let is_read = self.reach.values().any(|reach| reaches(reach, code));
            return !is_read && !others.into_iter().any(|(state, _)| of_others(&state.name));
        }
        // What runs no Python may know a variable of that name itself, unless it was given it together with those that do.
        let given = readings.iter().filter(|reading| reading.process.as_deref() == Some(process));
        let is_shared = |own: &Reading| {
            let mut same = readings.iter().filter(|other| other.place == own.place);
            same.any(|other| other.process.as_deref().is_some_and(|name| name != process && of_others(name)))
        };
        given.into_iter().any(|own| !is_shared(own))
    }

    fn seen_of(&self, process: &str) -> Seen {
        self.states.iter().find(|(state, _)| state.name == process).map(|(_, seen)| *seen).unwrap_or_default()
    }
}

impl Winners<'_> {
    /// The same without the readings themselves, as a snapshot keeps it.
    pub fn effective(&self) -> (Option<Effective>, Vec<(String, Effective)>) {
        let per_process = self.per_process.iter().map(|(process, reading)| ((*process).to_owned(), (*reading).into()));
        (self.general.map(Effective::from), per_process.collect())
    }
}

/// The files of the code that read the variables of a default; none where something else than the code reads it, too.
fn read_in(readings: &[Reading]) -> BTreeSet<&str> {
    let mut files = BTreeSet::new();
    for reading in readings.iter().filter(|reading| reading.layer == Layer::Code) {
        if !reading.mechanism.reads_variables() && reading.mechanism != Mechanism::Library {
            return BTreeSet::new();
        }
        files.insert(reading.place.file.as_str());
    }
    files
}

fn reaches(reach: &BTreeSet<String>, files: &BTreeSet<&str>) -> bool {
    files.iter().any(|file| reach.contains(*file))
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
    use crate::{Comparison, Held, Layer, Mechanism, Place, ProcessState, Reading, Site, Value};
    use std::collections::BTreeSet;

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

    fn site(names: &[&str]) -> Site {
        let program = Some("python".to_owned());
        let state =
            |name: &&str| ProcessState { name: (*name).to_owned(), program: program.clone(), ..Default::default() };
        Site { processes: names.iter().map(state).collect(), ..Site::default() }
    }

    fn shown(lines: &[&str]) -> String {
        shown_in(&site(&["web", "worker"]), lines)
    }

    fn shown_in(site: &Site, lines: &[&str]) -> String {
        let readings = readings(lines);
        let winners = SiteProcesses::of_files(site).winners(&readings, Comparison::AsWritten);
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
        let processes = vec![program("web", "gunicorn"), program("db", "postgres")];
        let site = Site { processes, ..Site::default() };
        let processes = SiteProcesses::of_files(&site);
        let of_code = readings(&["code 5", "unit-environment 7 web"]);
        assert_eq!(processes.concerned(&of_code), ["web"]);
        let mut of_containers = readings(&["library no", "unit always web"]);
        of_containers.iter_mut().for_each(|reading| reading.mechanism = Mechanism::Container);
        assert_eq!(processes.concerned(&of_containers), ["web", "db"]);
    }

    #[test]
    fn a_process_has_nothing_of_what_only_others_read() {
        let mut site = site(&["web", "job", "redis", "script"]);
        let mut reaches = |process: &str, files: &[&str]| {
            let files = files.iter().map(|file| (*file).to_owned()).collect::<BTreeSet<_>>();
            site.reach.insert(process.to_owned(), files);
        };
        reaches("job", &["job.py"]);
        reaches("redis", &[]);
        // The readings' files are their lines.
        reaches("web", &["code 5"]);
        let lines = ["code 5", "environment-file 10 web", "environment-file 8 job", "unit-environment 7 redis"];
        assert_eq!(shown_in(&site, &lines), "10; web: 10; redis: 7; script: 5");
        site.reach.insert("web".to_owned(), BTreeSet::from(["main.py".to_owned()]));
        site.reach.insert("script".to_owned(), BTreeSet::from(["script.py".to_owned()]));
        assert_eq!(shown_in(&site, &lines), "10; web: 10; job: 8; redis: 7; script: 5", "nobody is known to read it");
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
