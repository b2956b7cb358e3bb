//! Which texts a declared type accepts, by the rules of each mechanism.

use crate::bounds::Bounds;
use setpoint_model::{Mechanism, NamedDefault, Takes, bare_type, type_arguments};
use std::fmt;

/// The texts that a type accepts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Accepted {
    /// Python's `int()`.
    Integer,
    /// Whole numbers, `10.0` among them, as pydantic reads them.
    WholeNumber,
    /// Python's `float()`.
    Float,
    /// One of these words, whatever the case.
    Switch(&'static [&'static str]),
    /// A JSON array.
    JsonArray,
    /// A JSON object.
    JsonObject,
    /// One of these texts exactly.
    OneOf(Vec<String>),
    /// A length of time as pydantic reads one.
    Duration,
    /// A number of any kind, as a server's option takes it.
    Number,
    /// The same, or a number with units: granian takes `1h 30m` for some of its times.
    NumberWithUnit,
    /// An address with a scheme.
    Url,
    /// An address with a host, of `http` or `https`.
    HttpUrl,
    /// What the other accepts, and not beyond its ends.
    Within(Box<Accepted>, Bounds),
}

/// pydantic's words (`str_validation_bool` of pydantic-core), which click shares (`click.types.BoolParamType`).
const PYDANTIC: &[&str] = &["1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off"];
/// `_BOOLEANS` of python-decouple, from distutils' `strtobool`.
const DECOUPLE: &[&str] = &["1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off", ""];
/// `Config._perform_cast` of Starlette.
const STARLETTE: &[&str] = &["1", "true", "0", "false"];
/// `Boolean.truthy` and `falsy` of marshmallow, which environs uses.
const ENVIRONS: &[&str] = &["1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off"];

/// What a type of that name accepts where the mechanism converts text to it; `None` where it accepts anything, or
/// where only the code knows.
pub(crate) fn accepted(type_name: &str, mechanism: Mechanism) -> Option<Accepted> {
    let (base, arguments) = bare_type(type_name)?;
    let accepted = accepted_as(base, arguments, mechanism)?;
    let is_limited = mechanism == Mechanism::PydanticSettings
        && matches!(accepted, Accepted::WholeNumber | Accepted::Float | Accepted::Integer);
    Some(match Bounds::of_type(type_name, base).filter(|_| is_limited) {
        Some(bounds) => Accepted::Within(Box::new(accepted), bounds),
        None => accepted,
    })
}

fn accepted_as(base: &str, arguments: &str, mechanism: Mechanism) -> Option<Accepted> {
    let is_pydantic = mechanism == Mechanism::PydanticSettings;
    match base {
        "int" | "PositiveInt" | "NonNegativeInt" | "NegativeInt" | "NonPositiveInt" | "conint" if is_pydantic => {
            Some(Accepted::WholeNumber)
        }
        "float" | "PositiveFloat" | "NonNegativeFloat" | "NegativeFloat" | "NonPositiveFloat" | "confloat"
            if is_pydantic =>
        {
            Some(Accepted::Float)
        }
        "Decimal" | "condecimal" if is_pydantic => Some(Accepted::Float),
        "HttpUrl" | "AnyHttpUrl" if is_pydantic => Some(Accepted::HttpUrl),
        "AnyUrl" | "AnyWebsocketUrl" | "WebsocketUrl" | "FtpUrl" | "PostgresDsn" | "RedisDsn" | "AmqpDsn"
        | "MySQLDsn" | "MariaDBDsn" | "MongoDsn" | "KafkaDsn" | "NatsDsn" | "CockroachDsn" | "ClickHouseDsn"
        | "SnowflakeDsn"
            if is_pydantic =>
        {
            Some(Accepted::Url)
        }
        "list" | "List" | "tuple" | "Tuple" | "set" | "Set" | "frozenset" | "FrozenSet" | "Sequence" if is_pydantic => {
            Some(Accepted::JsonArray)
        }
        "timedelta" if is_pydantic => Some(Accepted::Duration),
        "dict" | "Dict" | "Mapping" if is_pydantic => Some(Accepted::JsonObject),
        "Literal" if is_pydantic => literals(arguments).map(Accepted::OneOf),
        "int" | "INT" if converts(mechanism) => Some(Accepted::Integer),
        "float" | "FLOAT" if converts(mechanism) => Some(Accepted::Float),
        "bool" => switch(mechanism).map(Accepted::Switch),
        _ => None,
    }
}

/// What a default accepts: by what is known of its texts, else by the name of its type.
pub(crate) fn accepted_by(default: &NamedDefault) -> Option<Accepted> {
    let within = |accepted| match Bounds::of_option(default) {
        Some(bounds) => Accepted::Within(Box::new(accepted), bounds),
        None => accepted,
    };
    match &default.takes {
        Some(Takes::OneOf(texts)) => Some(Accepted::OneOf(texts.clone())),
        Some(Takes::Numbers) if default.mechanism == Mechanism::Granian => Some(within(Accepted::NumberWithUnit)),
        Some(Takes::Numbers) => Some(within(Accepted::Number)),
        None => accepted(default.type_name.as_deref()?, default.mechanism),
    }
}

/// True if the mechanism calls `int` or `float` with the text as it is.
fn converts(mechanism: Mechanism) -> bool {
    match mechanism {
        Mechanism::Environ
        | Mechanism::Click
        | Mechanism::Typer
        | Mechanism::Argparse
        | Mechanism::Configargparse
        | Mechanism::DjangoEnviron
        | Mechanism::Environs
        | Mechanism::Decouple
        | Mechanism::Starlette
        | Mechanism::Gunicorn
        | Mechanism::Uvicorn
        | Mechanism::Hypercorn
        | Mechanism::Granian
        | Mechanism::Celery => true,
        Mechanism::PydanticSettings
        | Mechanism::Traitlets
        | Mechanism::DjangoSettings
        | Mechanism::FlaskConfig
        | Mechanism::TornadoOptions
        | Mechanism::Dataclass
        | Mechanism::DjDatabaseUrl
        | Mechanism::Dotenv
        | Mechanism::UnitEnvironment
        | Mechanism::Systemd
        | Mechanism::Container
        | Mechanism::Nginx
        | Mechanism::Postgresql
        | Mechanism::RedisServer
        | Mechanism::Caddy
        | Mechanism::Library
        | Mechanism::Process => false,
    }
}

/// The words that the mechanism knows for a `bool`. Code of one's own (`.lower() in ("1", "true")`) and
/// django-environ take every other word for false.
fn switch(mechanism: Mechanism) -> Option<&'static [&'static str]> {
    match mechanism {
        Mechanism::PydanticSettings | Mechanism::Click | Mechanism::Typer => Some(PYDANTIC),
        Mechanism::Decouple => Some(DECOUPLE),
        Mechanism::Starlette => Some(STARLETTE),
        Mechanism::Environs => Some(ENVIRONS),
        _ => None,
    }
}

/// The texts of a `Literal` that lists nothing but plain texts.
fn literals(arguments: &str) -> Option<Vec<String>> {
    let unquoted = |item: &str| {
        let quote = item.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let inner = item.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(['\\', quote])).then(|| inner.to_owned())
    };
    type_arguments(arguments).into_iter().map(unquoted).collect()
}

impl Accepted {
    /// True if the text is one of them.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        let trimmed = text.trim();
        match self {
            Accepted::Integer => is_integer(trimmed),
            Accepted::WholeNumber => {
                is_integer(trimmed)
                    || trimmed
                        .split_once('.')
                        .is_some_and(|(whole, rest)| is_integer(whole) && rest.bytes().all(|digit| digit == b'0'))
            }
            Accepted::Float => is_float(trimmed),
            Accepted::Switch(words) => words.iter().any(|word| word.eq_ignore_ascii_case(trimmed)),
            // pydantic-settings reads JSON's `null` for an optional list too.
            Accepted::JsonArray => matches!(json(text), Some(serde_json::Value::Array(_) | serde_json::Value::Null)),
            Accepted::JsonObject => matches!(json(text), Some(serde_json::Value::Object(_) | serde_json::Value::Null)),
            Accepted::OneOf(texts) => texts.iter().any(|known| known == text),
            Accepted::Duration => !is_no_duration(trimmed),
            // gunicorn reads `0x10`, too (`auto_int` of `gunicorn/config.py`).
            Accepted::Number => is_float(trimmed) || trimmed.starts_with('0'),
            Accepted::NumberWithUnit => trimmed.contains(|letter: char| letter.is_ascii_digit()),
            Accepted::Url => after_scheme(trimmed).is_some(),
            Accepted::HttpUrl => is_http_url(trimmed),
            Accepted::Within(accepted, bounds) => accepted.accepts(text) && bounds.hold(text),
        }
    }
}

/// The scheme of an address, and what stands behind its colon.
fn after_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    (is_scheme && !rest.is_empty()).then_some((scheme, rest))
}

/// pydantic 2 reads `http:/shop.example`, too; what has no host it refuses, and so does pydantic 1.
fn is_http_url(text: &str) -> bool {
    let Some((scheme, rest)) = after_scheme(text) else { return false };
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    let is_http = ["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    let is_port = port.is_empty() || port.parse::<u16>().is_ok();
    is_http && !name.is_empty() && !name.contains(char::is_whitespace) && is_port
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// A sign, then digits with single underscores between them, as Python's `int()` reads text.
fn is_integer(text: &str) -> bool {
    text.strip_prefix(['+', '-'])
        .unwrap_or(text)
        .split('_')
        .all(|digits| !digits.is_empty() && digits.chars().all(char::is_numeric))
}

/// Rust reads the same numbers as Python's `float()`, except for the underscores between digits.
fn is_float(text: &str) -> bool {
    text.parse::<f64>().is_ok() || text.replace('_', "").parse::<f64>().is_ok()
}

/// True for what neither pydantic 1 nor 2 takes for a `timedelta`: text without a digit, and one number with a unit
/// other than days. Both take ISO 8601 (`PT30M`), `1 day` and `00:30:00`; which other forms they take differs.
fn is_no_duration(text: &str) -> bool {
    const UNITS: [&str; 22] = [
        "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs",
        "hour", "hours", "w", "week", "weeks", "mo", "month", "months",
    ];
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = number.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    if digits.len() == number.len() {
        return !text.contains(|letter: char| letter.is_ascii_digit());
    }
    UNITS.contains(&digits.trim_start().to_lowercase().as_str())
}

/// What was expected, for a person.
impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Accepted::Integer | Accepted::WholeNumber => {
                f.write_str("a whole number without separators or units: `1000`")
            }
            Accepted::Float => f.write_str("a number without a unit: `1.5`"),
            Accepted::Switch(words) => {
                let words: Vec<&str> = words.iter().copied().filter(|word| word.len() > 1).collect();
                write!(f, "one of {}", words.join(", "))
            }
            Accepted::JsonArray => f.write_str("a JSON array: `[\"one\", \"two\"]`"),
            Accepted::JsonObject => f.write_str("a JSON object: `{\"key\": \"value\"}`"),
            Accepted::OneOf(texts) => write!(f, "one of {}", texts.join(", ")),
            Accepted::Duration => {
                f.write_str("a length of time by ISO 8601 or as hours, minutes and seconds: `PT30M`, `00:30:00`")
            }
            Accepted::Number => f.write_str("a number without a unit: `4`"),
            Accepted::NumberWithUnit => f.write_str("a number: `4`"),
            Accepted::Url => f.write_str("an address with its scheme: `redis://127.0.0.1:6379/0`"),
            Accepted::HttpUrl => f.write_str("an address with its scheme and host: `https://shop.example`"),
            Accepted::Within(accepted, bounds) => write!(f, "{accepted}, {bounds}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_behind_its_wrappers() {
        let of = |name| accepted(name, Mechanism::PydanticSettings);
        for name in
            ["int", "Optional[int]", "int | None", "Annotated[int, Field(title='x')]", "typing.Union[None, int]"]
        {
            assert_eq!(of(name), Some(Accepted::WholeNumber), "{name}");
        }
        for name in ["int | str", "Union[int, str]", "Annotated[list[str], NoDecode]", "Mode", "SecretStr", "[", ""] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(of("Literal['a', \"b, c\"]"), Some(Accepted::OneOf(vec!["a".to_owned(), "b, c".to_owned()])));
        assert_eq!(of("Literal[1, 'a']"), None);
    }

    #[test]
    fn numbers_as_python_reads_them() {
        for text in ["5", " -5", "+1_000", "٣"] {
            assert!(Accepted::Integer.accepts(text), "{text}");
        }
        for text in ["1,000", "5s", "1__0", "10.0", "0x10", "_1"] {
            assert!(!Accepted::Integer.accepts(text), "{text}");
        }
        for text in ["1.5", "1e5", "inf", "-nan", "1_0.5", "10"] {
            assert!(Accepted::Float.accepts(text), "{text}");
        }
        assert!(!Accepted::Float.accepts("1,5") && Accepted::WholeNumber.accepts("10.0"));
    }

    #[test]
    fn addresses_as_pydantic_reads_them() {
        for text in
            ["https://shop.example", "HTTP://shop.example:8443/a?b=c", "http:/shop.example", "http://u:p@[::1]:80/"]
        {
            assert!(Accepted::HttpUrl.accepts(text), "{text}");
        }
        for text in
            ["notaurl", "shop.example", "https://", "ftp://shop.example", "http://shop.example:65536", "://shop"]
        {
            assert!(!Accepted::HttpUrl.accepts(text), "{text}");
        }
        assert!(Accepted::Url.accepts("postgresql+psycopg://shop@db/shop") && !Accepted::Url.accepts("db/shop"));
        assert_eq!(accepted("Decimal", Mechanism::PydanticSettings), Some(Accepted::Float));
    }
}
