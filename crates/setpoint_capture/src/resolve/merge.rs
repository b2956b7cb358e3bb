//! Finds for each declaration and assignment the default that it belongs to.

use super::draft::{Assigned, Draft, Via};
use super::nested;
use crate::process::Live;
use crate::{Assignment, Clear, Declaration, Sensitive, Target};
use setpoint_model::{Layer, Mechanism, Place, is_set_by_the_system};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// One draft for each name and mechanism. What a live process holds joins the defaults that the code or a file
/// names; the rest of its environment is nobody's setting.
pub(crate) fn merge(declarations: Vec<Declaration>, assignments: Vec<Assignment>, live: &[Live]) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    declarations.into_iter().for_each(|declaration| drafts.declare(declaration));
    drafts.index_variables();
    let (observed, written): (Vec<_>, Vec<_>) =
        assignments.into_iter().partition(|assignment| assignment.layer == Layer::Process);
    let (read_by_servers, written): (Vec<_>, Vec<_>) =
        written.into_iter().partition(|assignment| matches!(assignment.target, Target::FromVariable { .. }));
    read_by_servers.into_iter().chain(written).for_each(|assignment| drafts.assign(assignment));
    observed.into_iter().for_each(|assignment| drafts.observe(assignment));
    nested::settle(&mut drafts.all);
    for process in live {
        drafts.all.iter_mut().for_each(|draft| {
            note_absence(draft, process);
            note_removal(draft, process);
        });
    }
    drafts.all
}

#[derive(Default)]
struct Drafts {
    all: Vec<Draft>,
    by_name: HashMap<(Mechanism, String), usize>,
    /// Who reads a variable: the draft, and how many of its variables are stronger.
    readers: HashMap<String, Vec<(usize, usize)>>,
    /// The same by the name in capitals, for those that ignore case.
    readers_ignoring_case: HashMap<String, Vec<(usize, usize)>>,
    /// Variables that servers read themselves.
    read_by_servers: HashSet<String>,
    /// Variables that nobody declares.
    undeclared: HashMap<String, usize>,
}

impl Drafts {
    fn declare(&mut self, declaration: Declaration) {
        let draft = self.named(declaration.mechanism, &declaration.name);
        self.all[draft].declarations.push(declaration);
    }

    /// The draft of that name and mechanism, a new one if there is none.
    fn named(&mut self, mechanism: Mechanism, name: &str) -> usize {
        let fresh = self.all.len();
        let draft = *self.by_name.entry((mechanism, name.to_owned())).or_insert(fresh);
        if draft == fresh {
            self.all.push(Draft::new(name, mechanism));
        }
        draft
    }

    fn index_variables(&mut self) {
        for (at, draft) in self.all.iter().enumerate() {
            for declaration in &draft.declarations {
                for (rank, variable) in declaration.variables.iter().enumerate() {
                    let readers = if declaration.ignores_case {
                        self.readers_ignoring_case.entry(variable.to_uppercase()).or_default()
                    } else {
                        self.readers.entry(variable.clone()).or_default()
                    };
                    match readers.iter_mut().find(|(reader, _)| *reader == at) {
                        Some((_, known)) => *known = rank.min(*known),
                        None => readers.push((at, rank)),
                    }
                }
            }
        }
    }

    /// Every draft that reads the variable.
    fn readers(&self, variable: &str) -> Vec<(usize, usize)> {
        let mut readers = self.readers.get(variable).cloned().unwrap_or_default();
        if !self.readers_ignoring_case.is_empty()
            && let Some(others) = self.readers_ignoring_case.get(&variable.to_uppercase())
        {
            readers.extend(
                others
                    .iter()
                    .filter(|(other, _)| !readers.iter().any(|(reader, _)| reader == other))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        readers
    }

    /// Lays what a file sets over every default that it sets; one that nothing declares becomes a default of its own.
    fn assign(&mut self, assignment: Assignment) {
        let variable = match &assignment.target {
            Target::Default(name) => {
                let draft = self.named(assignment.mechanism, &name.clone());
                self.all[draft].assigned.push(Assigned { assignment: Rc::new(assignment), via: Via::Name });
                return;
            }
            Target::FromVariable { name, variable, stronger } => {
                let draft = self.named(assignment.mechanism, &name.clone());
                self.all[draft].add_alias(variable);
                self.read_by_servers.insert(variable.clone());
                // The code may read it, too.
                let readers: Vec<_> = std::iter::once((draft, *stronger)).chain(self.readers(variable)).collect();
                self.lay(assignment, &readers);
                return;
            }
            Target::Variable(variable) => variable.clone(),
        };
        let mut readers = self.readers(&variable);
        if readers.is_empty() && self.read_by_servers.contains(&variable) {
            return;
        }
        if readers.is_empty() {
            readers.push((self.undeclared_named(&variable, &assignment), 0));
        }
        self.lay(assignment, &readers);
    }

    /// A variable that nothing declares is one default, however many places set it, of the mechanism of the
    /// strongest place.
    fn undeclared_named(&mut self, variable: &str, assignment: &Assignment) -> usize {
        if let Some(known) = self.undeclared.get(variable) {
            let draft = &mut self.all[*known];
            if draft.assigned.iter().all(|other| other.assignment.layer < assignment.layer) {
                draft.mechanism = assignment.mechanism;
            }
            return *known;
        }
        self.all.push(Draft::new(variable, assignment.mechanism));
        self.undeclared.insert(variable.to_owned(), self.all.len() - 1);
        self.all.len() - 1
    }

    /// Lays what a live process holds over the defaults that are known.
    fn observe(&mut self, assignment: Assignment) {
        match &assignment.target {
            Target::Default(_) | Target::FromVariable { .. } => self.assign(assignment),
            Target::Variable(variable) => {
                let mut readers = self.readers(variable);
                readers.extend(self.undeclared.get(variable).map(|draft| (*draft, 0)));
                if is_set_by_the_system(variable) {
                    readers.retain(|(draft, _)| self.all[*draft].is_set_by_a_file());
                }
                self.lay(assignment, &readers);
            }
        }
    }

    fn lay(&mut self, assignment: Assignment, readers: &[(usize, usize)]) {
        let assignment = Rc::new(assignment);
        for (draft, rank) in readers {
            let via = Via::Variable { stronger: *rank };
            self.all[*draft].assigned.push(Assigned { assignment: Rc::clone(&assignment), via });
        }
    }
}

/// A file sets what the running process does not have: the reading says so, or nobody could see that a restart is
/// pending.
fn note_absence(draft: &mut Draft, live: &Live) {
    for (seen, reach) in [(&live.environment, Reach::Variable), (&live.command_line, Reach::Name)] {
        let Some(place) = seen else { continue };
        let of_process = || draft.assigned.iter().filter(|assigned| concerns(assigned, live, reach));
        if of_process().any(|assigned| assigned.assignment.layer == Layer::Process) {
            continue;
        }
        let Some(last) = of_process().rfind(|assigned| reaches_processes(assigned.assignment.layer)) else { continue };
        let absent = nothing(last, Layer::Process, place);
        draft.assigned.push(absent);
    }
}

/// The running process has what no file of its unit sets any more: the reading says so, for the same reason.
fn note_removal(draft: &mut Draft, live: &Live) {
    let Some((layer, place)) = &live.unit_file else { return };
    let of_process = || draft.assigned.iter().filter(|assigned| concerns(assigned, live, Reach::Variable));
    if of_process().any(|assigned| reaches_processes(assigned.assignment.layer)) {
        return;
    }
    let held = of_process().find(|assigned| assigned.assignment.layer == Layer::Process);
    if let Some(held) = held.filter(|held| held.assignment.value != Clear::Nothing) {
        let removed = nothing(held, *layer, place);
        draft.assigned.push(removed);
    }
}

/// How a process is given a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Variable,
    Name,
}

fn concerns(assigned: &Assigned, live: &Live, reach: Reach) -> bool {
    let by = match assigned.via {
        Via::Variable { .. } => Reach::Variable,
        Via::Name => Reach::Name,
    };
    by == reach && assigned.assignment.process.as_deref() == Some(&live.process)
}

/// True for what a unit gives to its process when it starts it.
fn reaches_processes(layer: Layer) -> bool {
    matches!(layer, Layer::UnitEnvironment | Layer::EnvironmentFile | Layer::CommandLine)
}

/// The same default in the same process, not set in that place.
fn nothing(like: &Assigned, layer: Layer, place: &Place) -> Assigned {
    let assignment = Assignment {
        target: like.assignment.target.clone(),
        layer,
        mechanism: like.assignment.mechanism,
        value: Clear::Nothing,
        text: Sensitive::new(String::new()),
        place: place.clone(),
        symbol: None,
        process: like.assignment.process.clone(),
    };
    Assigned { assignment: Rc::new(assignment), via: like.via }
}
