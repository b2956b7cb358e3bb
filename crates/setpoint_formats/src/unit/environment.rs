use super::{BadEscape, Directive, Specifiers, words};
use crate::environment_file::is_variable_name;
use crate::{Complaint, Traced};
use setpoint_model::ByteSpan;

/// One variable that an `Environment=` sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, specifiers resolved.
    pub value: Traced,
    /// The whole assignment as written, quotes included.
    pub span: ByteSpan,
    /// False if the value holds a specifier that only the machine knows.
    pub complete: bool,
}

/// A file that an `EnvironmentFile=` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// The path or glob pattern, specifiers resolved.
    pub path: String,
    /// `-` stands in front: a file that is missing is no fault.
    pub optional: bool,
    /// The path as written.
    pub span: ByteSpan,
}

/// The variables of one `Environment=`. What systemd ignores is a complaint and no variable
/// (`config_parse_environ`).
pub fn environment(directive: &Directive, specifiers: &Specifiers) -> (Vec<Variable>, Vec<Complaint>) {
    let split = words(&directive.value, BadEscape::EndsTheValue);
    let mut complaints = split.complaints;
    let mut variables = Vec::new();
    for word in split.words {
        let resolved = specifiers.resolve(&word.text);
        if let Some(refused) = resolved.refused {
            complaints.push(refused);
            continue;
        }
        match resolved.text.as_str().split_once('=') {
            Some((name, _)) if is_variable_name(name) => variables.push(Variable {
                name: name.to_owned(),
                value: resolved.text.part(name.len() + 1..resolved.text.as_str().len()),
                span: word.span,
                complete: resolved.complete,
            }),
            Some(_) | None => {
                let what = "systemd ignores a word of `Environment=` that is no `NAME=value`";
                let expected = "`NAME=value`, in quotes as a whole where the value holds spaces";
                complaints.push(Complaint::new(what, expected, word.span));
            }
        }
    }
    (variables, complaints)
}

/// The file of one `EnvironmentFile=`, which takes the whole value as one path (`config_parse_unit_env_file`).
pub fn environment_file(directive: &Directive, specifiers: &Specifiers) -> (Option<EnvironmentFile>, Vec<Complaint>) {
    let resolved = specifiers.resolve(&directive.value);
    if let Some(refused) = resolved.refused {
        return (None, vec![refused]);
    }
    let text = resolved.text.as_str();
    let path = text.strip_prefix('-').unwrap_or(text);
    if !path.starts_with('/') {
        let what = "systemd ignores an `EnvironmentFile=` whose path is not absolute";
        return (None, vec![Complaint::new(what, "a path that starts with `/`", directive.value_span)]);
    }
    let span = resolved.text.span_of(text.len() - path.len()..text.len());
    (Some(EnvironmentFile { path: path.to_owned(), optional: path.len() < text.len(), span }), Vec::new())
}

/// The words of a `PassEnvironment=` or `UnsetEnvironment=`: names, and for the latter also `NAME=value`.
pub fn names(directive: &Directive, specifiers: &Specifiers) -> Vec<String> {
    let split = words(&directive.value, BadEscape::IsKept);
    split.words.iter().map(|word| specifiers.resolve(&word.text).text.as_str().to_owned()).collect()
}
