//! Calls of builtins and of the standard library that give a constant for constants.

use crate::equality::{Pairs, unique};
use crate::writing::{self, text_of};
use crate::{Object, operators, paths, texts};
use std::cmp::Ordering;

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
    if !keywords.is_empty() && !matches!(name, "dict" | "collections.OrderedDict" | "datetime.timedelta") {
        return None;
    }
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
        // A list whose order changes from run to run says no more than the set does.
        ("list" | "tuple", [set @ Object::Set(items)]) if items.len() > 1 => set.clone(),
        ("list", [value]) => Object::List(ordered(value)?),
        ("tuple", [value]) => Object::Tuple(ordered(value)?),
        ("set" | "frozenset", [value]) => Object::Set(unique(iterate(value)?)?),
        ("reversed", [value]) => Object::List(ordered(value)?.into_iter().rev().collect()),
        ("sorted", [value]) => Object::List(sorted(iterate(value)?)?),
        ("range", _) => range(arguments)?,
        ("min" | "max", _) => {
            let items = if let [one] = arguments { iterate(one)? } else { arguments.to_vec() };
            let wanted = if name == "min" { Ordering::Less } else { Ordering::Greater };
            let mut items = items.into_iter();
            let first = items.next()?;
            // The first of those that are equal.
            items.try_fold(first, |best, item| Some(if item.order(&best)? == wanted { item } else { best }))?
        }
        ("sum", [value]) => {
            let items = iterate(value)?;
            items
                .iter()
                .try_fold(Object::Int(0), |sum, item| operators::binary(ruff_python_ast::Operator::Add, &sum, item))?
        }
        ("abs", [value]) => match value.plain() {
            Object::Float(value) => Object::Float(value.abs()),
            other => Object::Int(other.whole()?.checked_abs()?),
        },
        ("any", [value]) => Object::Bool(truths(value)?.contains(&true)),
        ("all", [value]) => Object::Bool(!truths(value)?.contains(&false)),
        // A copy of the environment is read like the environment.
        ("os.environ.copy", []) => Object::External("os.environ".to_owned()),
        ("dict", [environment @ Object::External(name)]) if name == "os.environ" => environment.clone(),
        ("dict" | "collections.OrderedDict", _) => dict(arguments, keywords)?,
        ("datetime.timedelta", _) => operators::duration(seconds(arguments, keywords)?)?,
        ("pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "pathlib.PurePosixPath", _) => {
            Object::Path(paths::path(arguments)?)
        }
        ("os.path.join", [_, ..]) => Object::Text(paths::join_text(arguments)?),
        ("os.fspath", [Object::Text(path) | Object::Path(path)]) => Object::Text(path.clone()),
        ("typing.cast" | "typing_extensions.cast", [_, value]) => value.clone(),
        ("decimal.Decimal", [value]) => match value {
            Object::Text(text) => Object::Float(number(text)?),
            other => Object::Float(other.number()?),
        },
        ("json.loads", [value]) => json(&setpoint_model::Value::from_json(value.as_text()?)?)?,
        ("json.dumps", [value]) => Object::Text(writing::dumps(value)?),
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
            | "pydantic.AmqpDsn"
            | "starlette.datastructures.Secret"
            | "starlette.datastructures.URL",
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

/// The items in their order, which only one that is alone has in a set.
pub(crate) fn ordered<'s>(object: &Object<'s>) -> Option<Vec<Object<'s>>> {
    match object {
        Object::Set(items) if items.len() > 1 => None,
        object => iterate(object),
    }
}

fn integer(value: &Object<'_>, base: u32) -> Option<i128> {
    match value.plain() {
        Object::Text(text) if (2..=36).contains(&base) => {
            i128::from_str_radix(&without_underscores(texts::strip(text))?, base).ok()
        }
        #[expect(clippy::cast_possible_truncation, reason = "int() truncates, and larger floats are not configuration")]
        Object::Float(value) if value.abs() < 1e18 => Some(value.trunc() as i128),
        other if base == 10 => other.whole(),
        _ => None,
    }
}

/// Python allows one underscore between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let digits = |part: &str| {
        part.starts_with(|letter: char| letter.is_ascii_alphanumeric())
            && part.ends_with(|letter: char| letter.is_ascii_alphanumeric())
    };
    let unsigned = text.trim_start_matches(['+', '-']);
    (!text.contains('_') || unsigned.split('_').all(digits)).then(|| text.replace('_', ""))
}

fn number(text: &str) -> Option<f64> {
    // Rust reads the same, `inf` and `nan` among it.
    without_underscores(texts::strip(text))?.parse().ok()
}

fn truths(value: &Object<'_>) -> Option<Vec<bool>> {
    iterate(value)?.iter().map(Object::truth).collect()
}

fn sorted(mut items: Vec<Object<'_>>) -> Option<Vec<Object<'_>>> {
    let comparable = items.windows(2).all(|pair| pair[0].order(&pair[1]).is_some());
    items.sort_by(|one, two| one.order(two).unwrap_or(Ordering::Equal));
    comparable.then_some(items)
}

fn range<'s>(arguments: &[Object<'s>]) -> Option<Object<'s>> {
    let whole: Option<Vec<i128>> = arguments.iter().map(Object::whole).collect();
    let (from, to, step) = match whole?[..] {
        [to] => (0, to, 1),
        [from, to] => (from, to, 1),
        [from, to, step] if step > 0 => (from, to, step),
        _ => return None,
    };
    if to.checked_sub(from)? / step > 10_000 {
        return None;
    }
    Some(Object::List((from..to).step_by(usize::try_from(step).ok()?).map(Object::Int).collect()))
}

fn dict<'s>(arguments: &[Object<'s>], keywords: &[(&str, Object<'s>)]) -> Option<Object<'s>> {
    let mut pairs = Pairs::default();
    match arguments {
        [] => {}
        [Object::Dict(given)] => pairs.extend(given.iter().cloned())?,
        [given] => {
            for pair in iterate(given)? {
                let [key, value] = <[Object<'s>; 2]>::try_from(ordered(&pair)?).ok()?;
                pairs.insert(key, value)?;
            }
        }
        _ => return None,
    }
    for (key, value) in keywords {
        pairs.insert(Object::Text((*key).to_owned()), value.clone())?;
    }
    Some(pairs.into_dict())
}

/// In seconds; the order of the parameters is that of `datetime.timedelta`.
fn seconds(arguments: &[Object<'_>], keywords: &[(&str, Object<'_>)]) -> Option<f64> {
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

fn json<'s>(value: &setpoint_model::Value) -> Option<Object<'s>> {
    use setpoint_model::Value;
    Some(match value {
        Value::Null => Object::None,
        Value::Bool(value) => Object::Bool(*value),
        Value::Integer(value) => Object::Int(*value),
        // A whole number too long for its type was read as a float, and lost digits.
        Value::Float(value) if value.fract() == 0.0 && value.abs() > 9e15 => return None,
        Value::Float(value) => Object::Float(*value),
        Value::Text(text) => Object::Text(text.clone()),
        Value::List(items) => Object::List(items.iter().map(json).collect::<Option<_>>()?),
        Value::Map(pairs) => {
            let pair = |(key, value): &(String, Value)| Some((Object::Text(key.clone()), json(value)?));
            Object::Dict(pairs.iter().map(pair).collect::<Option<_>>()?)
        }
    })
}
