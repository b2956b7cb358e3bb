use crate::Traced;

/// Resolves `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}`, `${NAME+other}`,
/// `${NAME:?message}`, `${NAME?message}` and `$$` (Compose specification, "Interpolation"). A name that `environment`
/// does not know and that has no default stays as it is written.
pub fn interpolate(text: &Traced, environment: &dyn Fn(&str) -> Option<String>) -> Interpolated {
    nested(text, environment, 0)
}

/// A text with its references resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpolated {
    /// The text; what is not known stands in it as it is written.
    pub text: Traced,
    /// False if a reference is not known, so that the text is not what a service gets.
    pub is_known: bool,
}

/// Defaults within defaults are followed so far and no further.
const DEEPEST: usize = 8;

fn nested(text: &Traced, environment: &dyn Fn(&str) -> Option<String>, depth: usize) -> Interpolated {
    let whole = text.as_str();
    let mut resolved = Traced::default();
    let mut is_known = true;
    let mut at = 0;
    while let Some(found) = whole[at..].find('$') {
        let dollar = at + found;
        resolved.append(&text.part(at..dollar));
        let (value, length) = reference(&whole[dollar + 1..], environment, depth);
        at = dollar + 1 + length;
        if let Some(value) = value {
            resolved.push_str(&value, text.span_of(dollar..at));
        } else {
            // A `$` that neither a name nor a brace follows is no reference.
            is_known &= length == 0 && !whole[at..].starts_with('{');
            resolved.append(&text.part(dollar..at));
        }
    }
    resolved.append(&text.part(at..whole.len()));
    Interpolated { text: resolved, is_known }
}

/// The value of what stands behind a `$`, if it is known, and its length.
fn reference(behind: &str, environment: &dyn Fn(&str) -> Option<String>, depth: usize) -> (Option<String>, usize) {
    if behind.starts_with('$') {
        return (Some("$".to_owned()), 1);
    }
    let Some(inner) = behind.strip_prefix('{') else {
        let length = name_length(behind);
        let name = &behind[..length];
        return (Some(name).filter(|name| !name.is_empty()).and_then(|name| look_up(name, environment).ok()?), length);
    };
    let Some(end) = closing(inner) else { return (None, 0) };
    let inner = &inner[..end];
    let (name, operator) = inner.split_at(name_length(inner));
    let Ok(value) = look_up(name, environment) else { return (None, end + 2) };
    let set = value.clone().filter(|value| !value.is_empty());
    let default = |text: &str| {
        let inner = (depth < DEEPEST).then(|| nested(&Traced::verbatim(text, 0), environment, depth + 1));
        inner.filter(|inner| inner.is_known).map(|inner| inner.text.as_str().to_owned())
    };
    let resolved = if let Some(text) = operator.strip_prefix(":-") {
        set.or_else(|| default(text))
    } else if let Some(text) = operator.strip_prefix('-') {
        value.or_else(|| default(text))
    } else if let Some(text) = operator.strip_prefix(":+") {
        set.and_then(|_| default(text))
    } else if let Some(text) = operator.strip_prefix('+') {
        value.and_then(|_| default(text))
    } else if operator.starts_with(":?") {
        set
    } else if operator.is_empty() || operator.starts_with('?') {
        value
    } else {
        None
    };
    (resolved, end + 2)
}

/// There is no room for more values, so that a name stands for itself.
struct Full;

fn look_up(name: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, Full> {
    let is_reference = |value: &String| value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) == Some(name);
    let value = environment(name);
    if value.as_ref().is_some_and(is_reference) { Err(Full) } else { Ok(value) }
}

/// A brace that is not closed within so many characters is no reference's. Without a limit a text of opening braces
/// would be looked through once for each of them.
const LONGEST_REFERENCE: usize = 1024;

/// Where the brace that was opened in front closes. Every brace counts, and what follows an opening one does not
/// (`getFirstBraceClosingIndex` of compose-go's `template/template.go`).
fn closing(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut letters = inner.char_indices().take(LONGEST_REFERENCE);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '{' => {
                depth += 1;
                letters.next();
            }
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}
