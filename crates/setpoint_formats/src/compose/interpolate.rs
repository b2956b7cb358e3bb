use crate::Traced;

/// Resolves `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}`, `${NAME+other}`,
/// `${NAME:?message}`, `${NAME?message}` and `$$` (Compose specification, "Interpolation"). A name that `environment`
/// does not know and that has no default stays as it is written.
pub fn interpolate(text: &Traced, environment: &dyn Fn(&str) -> Option<String>) -> Traced {
    nested(text, environment, 0)
}

/// Defaults within defaults are followed so far and no further.
const DEEPEST: usize = 8;

fn nested(text: &Traced, environment: &dyn Fn(&str) -> Option<String>, depth: usize) -> Traced {
    let whole = text.as_str();
    let mut resolved = Traced::default();
    let mut at = 0;
    while let Some(found) = whole[at..].find('$') {
        let dollar = at + found;
        resolved.append(&text.part(at..dollar));
        let (value, length) = reference(&whole[dollar + 1..], environment, depth);
        at = dollar + 1 + length;
        match value {
            Some(value) => resolved.push_str(&value, text.span_of(dollar..at)),
            None => resolved.append(&text.part(dollar..at)),
        }
    }
    resolved.append(&text.part(at..whole.len()));
    resolved
}

/// The value of what stands behind a `$`, if it is known, and its length.
fn reference(behind: &str, environment: &dyn Fn(&str) -> Option<String>, depth: usize) -> (Option<String>, usize) {
    if behind.starts_with('$') {
        return (Some("$".to_owned()), 1);
    }
    let Some(inner) = behind.strip_prefix('{') else {
        let length = name_length(behind);
        return (environment(&behind[..length]).filter(|_| length > 0), length);
    };
    let Some(end) = closing(inner) else { return (None, 0) };
    let inner = &inner[..end];
    let (name, operator) = inner.split_at(name_length(inner));
    let value = environment(name);
    let set = value.clone().filter(|value| !value.is_empty());
    let default = |text: &str| {
        let inner = Traced::verbatim(text, 0);
        (depth < DEEPEST).then(|| nested(&inner, environment, depth + 1).as_str().to_owned())
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

/// A brace that is not closed within so many characters is no reference's. Without a limit a text of opening braces
/// would be looked through once for each of them.
const LONGEST_REFERENCE: usize = 1024;

/// Where the brace that was opened in front closes.
fn closing(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, letter) in inner.char_indices().take(LONGEST_REFERENCE) {
        match letter {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = letter;
    }
    None
}

fn name_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}
