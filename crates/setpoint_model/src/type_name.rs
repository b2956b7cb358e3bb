//! Reads the name of a declared type, in the words of Python.

/// The name before the brackets and what is between them, without `Optional`, `| None` and `Annotated`: `int` and
/// nothing of `Optional[int]`, `list` and `str` of `list[str]`. `None` for other unions and for what pydantic decodes in
/// a way of its own.
pub fn bare_type(type_name: &str) -> Option<(&str, &str)> {
    let type_name = type_name.trim();
    if type_name.contains("NoDecode") || type_name.contains("BeforeValidator") || type_name.contains("PlainValidator") {
        return None;
    }
    let mut members = split(type_name, '|').into_iter().filter(|member| *member != "None");
    let (only, None) = (members.next()?, members.next()) else { return None };
    let (name, arguments) = match only.split_once(['[', '(']) {
        Some((name, rest)) => (name, rest.strip_suffix([']', ')']).unwrap_or(rest)),
        None => (only, ""),
    };
    let name = name.rsplit('.').next().unwrap_or(name).trim();
    let parts = type_arguments(arguments);
    match name {
        "Optional" => bare_type(arguments),
        "Annotated" => bare_type(parts.first()?),
        "Union" => {
            let mut members = parts.into_iter().filter(|member| *member != "None");
            let (only, None) = (members.next()?, members.next()) else { return None };
            bare_type(only)
        }
        _ => Some((name, arguments)),
    }
}

/// The arguments between a type's brackets, one by one.
pub fn type_arguments(arguments: &str) -> Vec<&str> {
    split(arguments, ',')
}

/// The parts between separators that stand outside brackets and quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut depth, mut quote, mut start, mut parts) = (0_i32, None, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) => quote = (letter != open).then_some(open),
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            (None, _) if letter == separator && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + letter.len_utf8();
            }
            (None, _) => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}
