//! How Python writes constants: `str`, `repr` and `json.dumps`.

use crate::Object;

/// `str(object)`
pub(crate) fn text_of(object: &Object<'_>) -> Option<String> {
    match object {
        Object::Text(text) | Object::Path(text) => Some(text.clone()),
        Object::Member(member) => member.text.clone(),
        other => repr_of(other),
    }
}

/// `repr(object)`
pub(crate) fn repr_of(object: &Object<'_>) -> Option<String> {
    let all =
        |items: &[Object<'_>]| items.iter().map(repr_of).collect::<Option<Vec<_>>>().map(|items| items.join(", "));
    Some(match object {
        Object::None => "None".to_owned(),
        Object::Bool(true) => "True".to_owned(),
        Object::Bool(false) => "False".to_owned(),
        Object::Int(value) => value.to_string(),
        Object::Float(value) => float(*value),
        Object::Text(text) => quoted(text)?,
        Object::List(items) => format!("[{}]", all(items)?),
        Object::Tuple(items) => match items.as_slice() {
            [one] => format!("({},)", repr_of(one)?),
            items => format!("({})", all(items)?),
        },
        Object::Dict(pairs) => {
            let pair =
                |(key, value): &(Object<'_>, Object<'_>)| Some(format!("{}: {}", repr_of(key)?, repr_of(value)?));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Option<Vec<_>>>()?.join(", "))
        }
        _ => return None,
    })
}

/// The shortest digits that mean the number, with an exponent where Python writes one (`float_repr_style` "short").
pub(crate) fn float(value: f64) -> String {
    if !value.is_finite() {
        let text = if value.is_nan() { "nan" } else { "inf" };
        return if value < 0.0 { format!("-{text}") } else { text.to_owned() };
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{value:?}"),
    }
}

/// `None` for letters of which only Python's tables say whether they can be printed.
fn quoted(text: &str) -> Option<String> {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\\' => written.push_str("\\\\"),
            letter if letter == quote => written.extend(['\\', letter]),
            letter if letter.is_ascii_control() => written.extend(["\\x", &format!("{:02x}", u32::from(letter))]),
            letter if letter.is_ascii() || letter.is_alphanumeric() => written.push(letter),
            _ => return None,
        }
    }
    written.push(quote);
    Some(written)
}

/// `json.dumps(object)` with its default separators, all in ASCII.
pub(crate) fn dumps(object: &Object<'_>) -> Option<String> {
    let all = |items: &[Object<'_>]| items.iter().map(dumps).collect::<Option<Vec<_>>>().map(|items| items.join(", "));
    Some(match object.plain() {
        Object::None => "null".to_owned(),
        Object::Bool(value) => value.to_string(),
        Object::Int(value) => value.to_string(),
        Object::Float(value) if value.is_finite() => float(*value),
        Object::Text(text) => json_text(text),
        Object::List(items) | Object::Tuple(items) => format!("[{}]", all(items)?),
        Object::Dict(pairs) => {
            let pair = |(key, value): &(Object<'_>, Object<'_>)| {
                let key = match key.plain() {
                    Object::Text(text) => json_text(text),
                    Object::None | Object::Bool(_) | Object::Int(_) | Object::Float(_) => json_text(&dumps(key)?),
                    _ => return None,
                };
                Some(format!("{key}: {}", dumps(value)?))
            };
            format!("{{{}}}", pairs.iter().map(pair).collect::<Option<Vec<_>>>()?.join(", "))
        }
        _ => return None,
    })
}

fn json_text(text: &str) -> String {
    let mut written = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            ' '..='\u{7e}' => written.push(letter),
            letter => {
                let units = letter
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|unit| format!("\\u{unit:04x}"))
                    .collect::<Vec<_>>()
                    .concat();
                written.push_str(&units);
            }
        }
    }
    written.push('"');
    written
}
