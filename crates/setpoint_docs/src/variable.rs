//! Which environment variable sets a default, and how a value is written for it.

use setpoint_model::{Mechanism, NamedDefault, Value, Variables, bare_type};

/// The environment variable that the code reads for this default; `None` where it reads none.
pub(crate) fn variable(default: &NamedDefault) -> Option<&str> {
    let names = || std::iter::once(&default.name).chain(&default.aliases).map(String::as_str);
    match default.mechanism.variables() {
        Variables::Names => names().find(|name| is_variable_name(name)),
        Variables::BesideOption => names().find(|name| is_variable_name(name) && !name.chars().any(char::is_lowercase)),
        Variables::None => None,
    }
}

/// A name that systemd and a shell take: letters, digits and `_`, no digit first (POSIX.1-2017, section 8.1, with
/// the lower case letters that systemd.exec(5) allows too).
pub(crate) fn is_variable_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// The text that the mechanism reads back as this value; `None` for nothing.
pub(crate) fn text_of(value: &Value, default: &NamedDefault) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Float(seconds) if is_duration(default) => Some(duration(*seconds, default.mechanism)),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => Some(value.to_string()),
        Value::Map(_) => Some(value.to_string()),
        Value::List(items) => Some(match separator(default) {
            Some(separator) if items.iter().all(|item| can_be_joined(item, separator)) => {
                items.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
            }
            Some(_) | None => value.to_string(),
        }),
    }
}

fn is_duration(default: &NamedDefault) -> bool {
    default.type_name.as_deref().and_then(bare_type).is_some_and(|(name, _)| name == "timedelta")
}

/// A `timedelta` of so many seconds. pydantic 2 refuses a number in a text, and every version takes ISO 8601; the other
/// libraries take seconds, and some of them only whole ones.
fn duration(seconds: f64, mechanism: Mechanism) -> String {
    if mechanism == Mechanism::PydanticSettings {
        let sign = if seconds < 0.0 { "-" } else { "" };
        return format!("{sign}PT{}S", seconds.abs());
    }
    seconds.to_string()
}

/// How the mechanism splits one text into a list; `None` where it reads JSON, as pydantic-settings does for every
/// complex type.
fn separator(default: &NamedDefault) -> Option<&'static str> {
    let reads_json = default.type_name.as_deref().is_some_and(|name| name.to_lowercase().contains("json"));
    match default.mechanism {
        Mechanism::PydanticSettings => None,
        // click splits the variable of an option that may be repeated at white space.
        Mechanism::Click | Mechanism::Typer => Some(" "),
        Mechanism::Environ
        | Mechanism::DjangoEnviron
        | Mechanism::Environs
        | Mechanism::Decouple
        | Mechanism::Starlette
        | Mechanism::DjDatabaseUrl
        | Mechanism::Argparse
        | Mechanism::Configargparse
        | Mechanism::TornadoOptions
        | Mechanism::Traitlets
        | Mechanism::DjangoSettings
        | Mechanism::FlaskConfig
        | Mechanism::Dataclass
        | Mechanism::Dotenv
        | Mechanism::UnitEnvironment
        | Mechanism::Systemd
        | Mechanism::Container
        | Mechanism::Gunicorn
        | Mechanism::Uvicorn
        | Mechanism::Hypercorn
        | Mechanism::Granian
        | Mechanism::Celery
        | Mechanism::Nginx
        | Mechanism::Postgresql
        | Mechanism::RedisServer
        | Mechanism::Caddy
        | Mechanism::Library
        | Mechanism::Process => (!reads_json).then_some(","),
    }
}

fn can_be_joined(item: &Value, separator: &str) -> bool {
    match item {
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => true,
        Value::Text(text) => !text.is_empty() && !text.contains(separator) && text.trim() == text,
        Value::Null | Value::List(_) | Value::Map(_) => false,
    }
}
