//! What the service's interpreter said of its settings classes, for people.

use crate::report::columns::{cut, wrapped};
use crate::report::defaults::counted;
use crate::terminal::{FAINT, STRONG, Ui, styled, visible};
use setpoint_capture::{Aspect, Cut, Difference, Isolation, Proof, ProvenClass};
use std::fmt::Write as _;

/// A name, type or value longer than this is cut for people.
const LONGEST_VALUE: usize = 60;

/// The counts, then each difference, then the classes that could not be had.
pub(crate) fn text(ui: &Ui<'_>, proof: &Proof) -> String {
    let line = |text: &mut String, sentence: &str, indent| {
        let _ = writeln!(text, "{}", wrapped(&visible(sentence), ui.width, indent));
    };
    let mut text = String::new();
    if proof.classes.is_empty() {
        line(&mut text, "no pydantic settings classes were found, and so the interpreter was not asked", 0);
        return text;
    }
    let compared = proof.classes.iter().filter(|class| class.compared).count();
    let head = format!(
        "agreed {} of {} of {}{}",
        proof.agreed,
        counted(proof.fields, "field"),
        if compared == 1 { "1 settings class".to_owned() } else { format!("{compared} settings classes") },
        dynamic(proof.dynamic),
    );
    line(&mut text, &head, 0);
    line(&mut text, &asked(proof), 2);
    line(&mut text, &kept_from(&proof.isolation), 2);
    let differing: Vec<&ProvenClass> = proof.classes.iter().filter(|class| !class.differences.is_empty()).collect();
    if !differing.is_empty() {
        let _ = writeln!(text, "\n{}", styled(STRONG, "differs"));
    }
    for class in differing {
        for difference in &class.differences {
            line(&mut text, &format!("  {}.{}  {}", class.name, difference.field, sentence(difference)), 6);
            let _ = writeln!(text, "      {}", styled(FAINT, visible(&difference.place.to_string())));
        }
    }
    let mut not_had = Vec::new();
    let mut broken: Vec<(&str, &str)> = Vec::new();
    for class in &proof.classes {
        match &class.failed {
            Some(because) if class.compared => broken.push((&class.place.file, because)),
            Some(because) => not_had.push((class, because)),
            None => {}
        }
    }
    if !not_had.is_empty() {
        let _ = writeln!(text, "\n{}", styled(STRONG, "not compared"));
    }
    for (class, because) in not_had {
        line(&mut text, &format!("  {}  {because}", class.name), 6);
        let _ = writeln!(text, "      {}", styled(FAINT, visible(&class.place.to_string())));
    }
    broken.dedup();
    if !broken.is_empty() {
        let _ = writeln!(text, "\n{}", styled(STRONG, "compared, though the import failed further down"));
    }
    for (file, because) in broken {
        line(&mut text, &format!("  {file}  {because}"), 6);
    }
    text
}

fn dynamic(number: usize) -> String {
    match number {
        0 => String::new(),
        1 => "; 1 default is known only when the code runs".to_owned(),
        number => format!("; {number} defaults are known only when the code runs"),
    }
}

/// Who was asked.
fn asked(proof: &Proof) -> String {
    let python = proof.python.as_ref().map(|version| format!("Python {version}"));
    let versions: Vec<String> = python.into_iter().chain(proof.libraries.iter().cloned()).collect();
    let versions = if versions.is_empty() { String::new() } else { format!(": {}", versions.join(", ")) };
    format!("asked {}{versions}", proof.interpreter)
}

/// What the imported code was kept from.
fn kept_from(isolation: &Isolation) -> String {
    let user = match (isolation.user, isolation.as_root) {
        (Some(user), _) => format!(", as user {user}"),
        (None, true) => ", as root".to_owned(),
        (None, false) => String::new(),
    };
    let network = match isolation.network {
        Cut::Off => "without a network",
        Cut::NotOff => "with the network, which this machine does not let this user cut off",
    };
    let processes = match isolation.processes {
        Cut::Off => "; whatever it started has ended",
        Cut::NotOff => "; what it started in a session of its own may still run",
    };
    format!("in an empty environment{user}, {network}{processes}")
}

fn sentence(difference: &Difference) -> String {
    let shown = |text: &str| cut(text, LONGEST_VALUE);
    let (read, ran) = (shown(&difference.read), shown(&difference.ran));
    let what = match difference.aspect {
        Aspect::Field => "",
        Aspect::Names => "names: ",
        Aspect::Case => "the names' case: ",
        Aspect::Type => "type: ",
        Aspect::Required => "",
        Aspect::Default => "default: ",
    };
    format!("{what}{read} is read, Python has {ran}")
}
