use crate::unit::{BadEscape, Specifiers, words};
use crate::{Complaint, Traced, Word};
use setpoint_model::ByteSpan;

/// One command of an `ExecStart=` (systemd.service(5), "Command lines").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecCommand {
    /// The special characters in front of the program, of `-@:+!|`.
    pub prefixes: String,
    /// The program, then its arguments, specifiers resolved and variables not. After `@` the name that the
    /// program is told is left out.
    pub words: Vec<Word>,
}

/// The commands of one `ExecStart=`, which semicolons part. What systemd refuses gives no command.
pub fn exec_start(value: &Traced, specifiers: &Specifiers) -> (Vec<ExecCommand>, Vec<Complaint>) {
    let split = words(value, BadEscape::IsKept);
    let mut complaints = split.complaints;
    let mut commands = Vec::new();
    let mut current: Vec<Word> = Vec::new();
    for mut word in split.words {
        let length = word.span.end - word.span.start;
        if word.as_str() == ";" && length == 1 {
            commands.extend(command(std::mem::take(&mut current), &mut complaints));
            continue;
        }
        if word.as_str() == "\\;" && length == 2 && !current.is_empty() {
            // The one escape that the words do not know.
            complaints.retain(|complaint| complaint.span != word.span);
            word.text = word.text.part(1..2);
        }
        let resolved = specifiers.resolve(&word.text);
        if let Some(refused) = resolved.refused {
            complaints.push(refused);
            return (commands, complaints);
        }
        current.push(Word { text: resolved.text, span: word.span });
    }
    // An open quote costs the command that it stands in.
    if !split.unbalanced {
        commands.extend(command(current, &mut complaints));
    }
    (commands, complaints)
}

fn command(mut words: Vec<Word>, complaints: &mut Vec<Complaint>) -> Option<ExecCommand> {
    let first = words.first_mut()?;
    let written = first.as_str();
    let program = written.trim_start_matches(['-', '@', ':', '+', '!', '|']);
    let prefixes = written[..written.len() - program.len()].to_owned();
    if program.contains(|letter: char| letter.is_ascii_control() || matches!(letter, '"' | '\'' | '\\')) {
        let what = "a program's name holds a control character, quote or backslash, so that systemd refuses the unit";
        complaints.push(Complaint::new(what, "the program's path", first.span));
    }
    first.text = first.text.part(prefixes.len()..written.len());
    if prefixes.contains('@') && words.len() > 1 {
        words.remove(1);
    }
    (!words[0].text.is_empty()).then_some(ExecCommand { prefixes, words })
}

/// Expands the variables of the arguments, not of the program: `${NAME}` inside a word, `$NAME` as a word of its
/// own, which may become several or none, and `$$` for a dollar sign. A name that `environment` does not know
/// stays as it is written, since the machine may know it.
pub fn expand(words: &[Word], environment: &dyn Fn(&str) -> Option<String>) -> Vec<Word> {
    let mut expanded = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let text = word.as_str();
        let whole = text.strip_prefix('$').filter(|name| !name.starts_with(['{', '$']) && !name.is_empty());
        match whole.map(environment) {
            _ if at == 0 => expanded.push(word.clone()),
            Some(Some(value)) => {
                let split = words_of(&value, word.span);
                expanded.extend(split.into_iter().map(|text| Word { text, span: word.span }));
            }
            Some(None) => expanded.push(word.clone()),
            None => expanded.push(Word { text: substitute(&word.text, environment), span: word.span }),
        }
    }
    expanded
}

/// A variable's value, split at white space with quotes respected; all of it comes from the reference to it.
fn words_of(value: &str, origin: ByteSpan) -> Vec<Traced> {
    let mut text = Traced::default();
    text.push_str(value, origin);
    words(&text, BadEscape::IsKept).words.into_iter().map(|word| word.text).collect()
}

fn substitute(text: &Traced, environment: &dyn Fn(&str) -> Option<String>) -> Traced {
    let mut substituted = Traced::default();
    let whole = text.as_str();
    let mut at = 0;
    while let Some(found) = whole[at..].find('$') {
        let dollar = at + found;
        substituted.append(&text.part(at..dollar));
        let rest = &whole[dollar + 1..];
        if rest.starts_with('$') {
            substituted.push('$', text.span_of(dollar..dollar + 2));
            at = dollar + 2;
        } else if let Some(name) = rest.strip_prefix('{').and_then(|rest| Some(&rest[..rest.find('}')?])) {
            let end = dollar + name.len() + 3;
            match environment(name) {
                Some(value) => substituted.push_str(&value, text.span_of(dollar..end)),
                None => substituted.append(&text.part(dollar..end)),
            }
            at = end;
        } else {
            substituted.append(&text.part(dollar..dollar + 1));
            at = dollar + 1;
        }
    }
    substituted.append(&text.part(at..whole.len()));
    substituted
}
