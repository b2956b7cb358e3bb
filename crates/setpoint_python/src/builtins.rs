//! Calls of builtins and of the standard library that give a constant for constants.

use crate::{Object, operators};

/// Builtins that configuration is written with; other names that nothing binds are not known.
const BUILTINS: [&str; 27] = [
    "int",
    "float",
    "str",
    "bool",
    "bytes",
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "len",
    "min",
    "max",
    "sum",
    "abs",
    "round",
    "sorted",
    "reversed",
    "range",
    "enumerate",
    "zip",
    "any",
    "all",
    "property",
    "object",
    "type",
    "super",
];

pub(crate) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// Constants of the standard library that are the same on every Linux machine.
pub(crate) fn known_constant<'s>(name: &str) -> Option<Object<'s>> {
    Some(match name {
        "logging.CRITICAL" | "logging.FATAL" => Object::Int(50),
        "logging.ERROR" => Object::Int(40),
        "logging.WARNING" | "logging.WARN" => Object::Int(30),
        "logging.INFO" => Object::Int(20),
        "logging.DEBUG" => Object::Int(10),
        "logging.NOTSET" => Object::Int(0),
        "math.inf" => Object::Float(f64::INFINITY),
        "math.pi" => Object::Float(std::f64::consts::PI),
        "os.sep" | "os.path.sep" => Object::Text("/".to_owned()),
        "os.pathsep" => Object::Text(":".to_owned()),
        "os.linesep" => Object::Text("\n".to_owned()),
        "os.devnull" => Object::Text("/dev/null".to_owned()),
        "string.ascii_lowercase" => Object::Text(('a'..='z').collect()),
        "string.ascii_uppercase" => Object::Text(('A'..='Z').collect()),
        "string.ascii_letters" => Object::Text(('a'..='z').chain('A'..='Z').collect()),
        "string.digits" => Object::Text(('0'..='9').collect()),
        _ => return None,
    })
}

pub(crate) fn external<'s>(
    name: &str,
    arguments: &[Object<'s>],
    keywords: &[(&str, Object<'s>)],
) -> Option<Object<'s>> {
    Some(match (name, arguments) {
        ("int", []) => Object::Int(0),
        ("int", [value]) => Object::Int(integer(value, 10)?),
        ("int", [value, base]) => Object::Int(integer(value, u32::try_from(base.whole()?).ok()?)?),
        ("float", []) => Object::Float(0.0),
        ("float", [value]) => Object::Float(value.number().or_else(|| number(value.as_text()?))?),
        ("str", []) => Object::Text(String::new()),
        ("str", [value]) => Object::Text(text_of(value)?),
        ("bool", []) => Object::Bool(false),
        ("bool", [value]) => Object::Bool(value.truth()?),
        ("len", [value]) => Object::Int(i128::try_from(iterate(value)?.len()).ok()?),
        ("list", []) => Object::List(Vec::new()),
        ("tuple", []) => Object::Tuple(Vec::new()),
        ("set" | "frozenset", []) => Object::Set(Vec::new()),
        ("list", [value]) => Object::List(iterate(value)?),
        ("tuple", [value]) => Object::Tuple(iterate(value)?),
        ("set" | "frozenset", [value]) => Object::Set(operators::unique(iterate(value)?)),
        ("reversed", [value]) => Object::List(iterate(value)?.into_iter().rev().collect()),
        ("sorted", [value]) if keywords.is_empty() => Object::List(sorted(iterate(value)?)?),
        ("range", _) => range(arguments)?,
        ("min" | "max", _) if keywords.is_empty() => {
            let items = if let [one] = arguments { iterate(one)? } else { arguments.to_vec() };
            let sorted = sorted(items)?;
            if name == "min" { sorted.into_iter().next()? } else { sorted.into_iter().next_back()? }
        }
        ("sum", [value]) => {
            let items = iterate(value)?;
            items
                .iter()
                .try_fold(Object::Int(0), |sum, item| operators::binary(ruff_python_ast::Operator::Add, &sum, item))?
        }
        ("abs", [value]) => match value {
            Object::Float(value) => Object::Float(value.abs()),
            other => Object::Int(other.whole()?.checked_abs()?),
        },
        ("any", [value]) => Object::Bool(truths(value)?.contains(&true)),
        ("all", [value]) => Object::Bool(!truths(value)?.contains(&false)),
        // A copy of the environment is read like the environment.
        ("os.environ.copy", []) => Object::External("os.environ".to_owned()),
        ("dict", [environment @ Object::External(name)]) if name == "os.environ" => environment.clone(),
        ("dict" | "collections.OrderedDict", _) => dict(arguments, keywords)?,
        ("datetime.timedelta", _) => Object::Duration(duration(arguments, keywords)?),
        ("pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "pathlib.PurePosixPath", _) => {
            Object::Path(path(arguments)?)
        }
        ("os.path.join", [_, ..]) => Object::Text(path(arguments)?),
        ("os.fspath", [value]) => Object::Text(text_of(value)?),
        ("typing.cast" | "typing_extensions.cast", [_, value]) => value.clone(),
        ("decimal.Decimal", [value]) => match value {
            Object::Text(text) => Object::Float(number(text)?),
            other => Object::Float(other.number()?),
        },
        ("json.loads", [value]) => json(&setpoint_model::Value::from_json(value.as_text()?)?),
        ("json.dumps", [value]) if keywords.is_empty() => Object::Text(dumps(value)?),
        // What wraps a text as text: the wrapped text is what an operator sets.
        (
            "pydantic.SecretStr"
            | "pydantic.SecretBytes"
            | "pydantic.types.SecretStr"
            | "pydantic.AnyUrl"
            | "pydantic.HttpUrl"
            | "pydantic.AnyHttpUrl"
            | "pydantic.RedisDsn"
            | "pydantic.PostgresDsn"
            | "pydantic.AmqpDsn",
            [value],
        ) => value.clone(),
        ("types.MappingProxyType", [value @ Object::Dict(_)]) => value.clone(),
        ("round", [value]) => Object::Int(value.whole()?),
        _ => return None,
    })
}

/// The items that a `for` loop over it would give; letters for text.
pub(crate) fn iterate<'s>(object: &Object<'s>) -> Option<Vec<Object<'s>>> {
    match object {
        Object::Tuple(items) | Object::List(items) | Object::Set(items) => Some(items.clone()),
        Object::Dict(pairs) => Some(pairs.iter().map(|(key, _)| key.clone()).collect()),
        Object::Text(text) => Some(text.chars().map(|letter| Object::Text(letter.into())).collect()),
        _ => None,
    }
}

/// `str(object)`
pub(crate) fn text_of(object: &Object<'_>) -> Option<String> {
    match object {
        Object::Text(text) | Object::Path(text) => Some(text.clone()),
        Object::Member(member) => member.value.as_text().map(str::to_owned),
        other => repr_of(other),
    }
}

/// `repr(object)`
pub(crate) fn repr_of(object: &Object<'_>) -> Option<String> {
    Some(match object {
        Object::None => "None".to_owned(),
        Object::Bool(true) => "True".to_owned(),
        Object::Bool(false) => "False".to_owned(),
        Object::Int(value) => value.to_string(),
        Object::Float(value) => format!("{value:?}"),
        Object::Text(text) if !text.contains(['\'', '\\', '\n', '\r', '\t']) => format!("'{text}'"),
        Object::List(items) => {
            let items: Option<Vec<_>> = items.iter().map(repr_of).collect();
            format!("[{}]", items?.join(", "))
        }
        _ => return None,
    })
}

fn integer(value: &Object<'_>, base: u32) -> Option<i128> {
    match value {
        Object::Text(text) if (2..=36).contains(&base) => {
            i128::from_str_radix(&text.trim().replace('_', ""), base).ok()
        }
        #[expect(clippy::cast_possible_truncation, reason = "int() truncates, and larger floats are not configuration")]
        Object::Float(value) if value.abs() < 1e18 => Some(value.trunc() as i128),
        other => other.whole(),
    }
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_ascii_lowercase().trim_start_matches(['+', '-']) {
        "inf" | "infinity" => Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => text.replace('_', "").parse().ok(),
    }
}

fn truths(value: &Object<'_>) -> Option<Vec<bool>> {
    iterate(value)?.iter().map(Object::truth).collect()
}

fn sorted(mut items: Vec<Object<'_>>) -> Option<Vec<Object<'_>>> {
    if items.iter().all(|item| item.as_text().is_some()) {
        items.sort_by(|one, two| one.as_text().cmp(&two.as_text()));
    } else if items.iter().all(|item| item.number().is_some()) {
        items.sort_by(|one, two| one.number().partial_cmp(&two.number()).unwrap_or(std::cmp::Ordering::Equal));
    } else {
        return None;
    }
    Some(items)
}

fn range<'s>(arguments: &[Object<'s>]) -> Option<Object<'s>> {
    let whole: Option<Vec<i128>> = arguments.iter().map(Object::whole).collect();
    let (from, to, step) = match whole?[..] {
        [to] => (0, to, 1),
        [from, to] => (from, to, 1),
        [from, to, step] if step > 0 => (from, to, step),
        _ => return None,
    };
    if (to - from) / step > 10_000 {
        return None;
    }
    Some(Object::List((from..to).step_by(usize::try_from(step).ok()?).map(Object::Int).collect()))
}

fn dict<'s>(arguments: &[Object<'s>], keywords: &[(&str, Object<'s>)]) -> Option<Object<'s>> {
    let mut pairs = Vec::new();
    match arguments {
        [] => {}
        [Object::Dict(given)] => pairs.clone_from(given),
        [given] => {
            for pair in iterate(given)? {
                let [key, value] = <[Object<'s>; 2]>::try_from(iterate(&pair)?).ok()?;
                operators::insert(&mut pairs, key, value);
            }
        }
        _ => return None,
    }
    for (key, value) in keywords {
        operators::insert(&mut pairs, Object::Text((*key).to_owned()), value.clone());
    }
    Some(Object::Dict(pairs))
}

/// In seconds; the order of the parameters is that of `datetime.timedelta`.
fn duration(arguments: &[Object<'_>], keywords: &[(&str, Object<'_>)]) -> Option<f64> {
    const UNITS: [(&str, f64); 7] = [
        ("days", 86_400.0),
        ("seconds", 1.0),
        ("microseconds", 1e-6),
        ("milliseconds", 1e-3),
        ("minutes", 60.0),
        ("hours", 3600.0),
        ("weeks", 604_800.0),
    ];
    let mut seconds = 0.0;
    for (argument, (_, unit)) in arguments.iter().zip(UNITS) {
        seconds += argument.number()? * unit;
    }
    for (name, argument) in keywords {
        seconds += argument.number()? * UNITS.iter().find(|(unit, _)| unit == name)?.1;
    }
    Some(seconds)
}

fn path(parts: &[Object<'_>]) -> Option<String> {
    let mut joined = String::new();
    for part in parts {
        joined = operators::join(&joined, &text_of(part)?);
    }
    Some(if joined.is_empty() { ".".to_owned() } else { joined })
}

fn json<'s>(value: &setpoint_model::Value) -> Object<'s> {
    use setpoint_model::Value;
    match value {
        Value::Null => Object::None,
        Value::Bool(value) => Object::Bool(*value),
        Value::Integer(value) => Object::Int(*value),
        Value::Float(value) => Object::Float(*value),
        Value::Text(text) => Object::Text(text.clone()),
        Value::List(items) => Object::List(items.iter().map(json).collect()),
        Value::Map(pairs) => {
            Object::Dict(pairs.iter().map(|(key, value)| (Object::Text(key.clone()), json(value))).collect())
        }
    }
}

/// `json.dumps` with its default separators.
fn dumps(object: &Object<'_>) -> Option<String> {
    let join = |items: Option<Vec<String>>| items.map(|items| items.join(", "));
    Some(match object {
        Object::List(items) | Object::Tuple(items) => format!("[{}]", join(items.iter().map(dumps).collect())?),
        Object::Dict(pairs) => {
            let pair = |(key, value): &(Object<'_>, Object<'_>)| Some(format!("{}: {}", dumps(key)?, dumps(value)?));
            format!("{{{}}}", join(pairs.iter().map(pair).collect())?)
        }
        other => other.to_value()?.to_json(),
    })
}
