//! What could not be asked, since libraries that the service uses are not installed where they were looked for.

use crate::report::columns::{labelled, wrapped};
use crate::report::defaults::counted;
use crate::survey::Survey;
use crate::terminal::{NOTE, STRONG, Ui, styled, visible};
use serde::Serialize;
use setpoint_model::{AbsentLibraries, Snapshot};
use setpoint_rules::Rule;

/// How the paragraph begins.
const WORDS: &str = "not installed:";
/// What to do.
const HINT: &str = "install the service's requirements into `.venv` beside the code, or look where the service is \
                    installed: `--unit` takes the interpreter that the unit starts";

/// The libraries, and the rules that look at defaults which these have themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NotAsked<'a> {
    /// The distributions' names.
    pub(crate) libraries: &'a [String],
    /// Where they were looked for.
    pub(crate) looked_in: &'a [String],
    /// The codes of the rules that could not be asked of all of the site.
    pub(crate) rules: Vec<&'static str>,
    /// What to do.
    pub(crate) hint: &'static str,
}

impl<'a> NotAsked<'a> {
    /// Of the rules that were asked; `None` where none of them missed anything.
    pub(crate) fn of(ui: &Ui<'_>, survey: &'a Survey, rules: &[&'static Rule]) -> Option<Self> {
        let AbsentLibraries { names, looked_in, .. } = survey.snapshot.site.absent_libraries.as_ref()?;
        let not_asked = setpoint_rules::not_asked(survey.facts(ui)).into_iter();
        let codes = not_asked.map(|rule| rule.code).filter(|code| rules.iter().any(|rule| rule.code == *code));
        let codes: Vec<&'static str> = codes.collect();
        (!codes.is_empty()).then_some(Self { libraries: names, looked_in, rules: codes, hint: HINT })
    }

    /// What is missing and what that costs, as one sentence.
    pub(crate) fn sentence(&self) -> String {
        let (libraries, looked_in) = (listed(self.libraries, "and"), listed(self.looked_in, "or"));
        let (number, rules) = (counted(self.rules.len(), "rule"), self.rules.join(", "));
        format!(
            "{libraries}, not in {looked_in}; {number} could not be asked of what they do where nobody says otherwise: \
             {rules}"
        )
    }

    /// For a person.
    pub(super) fn paragraph(&self, ui: &Ui<'_>) -> String {
        let said = labelled(STRONG, WORDS, &self.sentence(), ui.width, 2);
        format!("{said}\n{}\n\n", labelled(NOTE, "hint:", HINT, ui.width, 2))
    }
}

/// The same in short, for those who only list defaults; nothing where every library was found.
pub(crate) fn in_short(ui: &Ui<'_>, snapshot: &Snapshot) -> String {
    let Some(AbsentLibraries { names, looked_in, .. }) = &snapshot.site.absent_libraries else { return String::new() };
    let said = format!(
        "{WORDS} {}, not in {}; defaults of their own are not listed",
        listed(names, "and"),
        listed(looked_in, "or")
    );
    let broken = wrapped(&said, ui.width, 2);
    format!("{}{}\n", styled(STRONG, WORDS), &broken[WORDS.len()..])
}

/// `a`, `b` and `c`.
fn listed(names: &[String], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", visible(name))).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}
