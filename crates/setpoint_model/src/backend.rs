use std::fmt;

/// A kind of server or file that a URL names by its scheme. `postgres://…` and `postgresql+psycopg2://…` are one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// `postgres`, `postgresql`, `postgis`.
    PostgreSql,
    /// `mysql`, `mariadb`.
    MySql,
    /// `sqlite`, a file.
    Sqlite,
    /// `redis`, `rediss`, `redis+socket`, `valkey`.
    Redis,
    /// `amqp`, `amqps`, `pyamqp`.
    Amqp,
    /// Amazon's queue service, `sqs`.
    Sqs,
}

impl Backend {
    /// The kind that the scheme of a URL names; a driver behind `+` does not matter.
    pub fn of_url(text: &str) -> Option<Self> {
        let (scheme, _) = text.split_once("://")?;
        Self::of_scheme(scheme)
    }

    /// The same where only the beginning of the URL is known: `postgresql+` of `f"postgresql+{driver}://…"`.
    pub fn of_beginning(text: &str) -> Option<Self> {
        let end = text.find(['+', ':'])?;
        let is_driver = text[end..].starts_with('+');
        (is_driver || text[end..].starts_with("://")).then(|| Self::of_scheme(&text[..end])).flatten()
    }

    /// The kind that a scheme names, `postgresql+asyncpg` among them.
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme.split('+').next()?.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" | "postgis" => Some(Backend::PostgreSql),
            "mysql" | "mariadb" => Some(Backend::MySql),
            "sqlite" | "sqlite3" => Some(Backend::Sqlite),
            "redis" | "rediss" | "valkey" | "valkeys" => Some(Backend::Redis),
            "amqp" | "amqps" | "pyamqp" => Some(Backend::Amqp),
            "sqs" => Some(Backend::Sqs),
            _ => None,
        }
    }
}

/// As its makers write it.
impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Backend::PostgreSql => "PostgreSQL",
            Backend::MySql => "MySQL",
            Backend::Sqlite => "SQLite",
            Backend::Redis => "Redis",
            Backend::Amqp => "RabbitMQ",
            Backend::Sqs => "Amazon SQS",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Backend;

    #[test]
    fn a_scheme_names_a_kind_whatever_its_driver() {
        assert_eq!(Backend::of_url("postgresql+psycopg2://shop:hunter2@db/shop"), Some(Backend::PostgreSql));
        assert_eq!(Backend::of_url("SQLite:///shop.db"), Some(Backend::Sqlite));
        assert_eq!(Backend::of_url("https://shop.example"), None);
        assert_eq!(Backend::of_url("redis"), None);
    }

    #[test]
    fn the_beginning_of_a_url_is_enough() {
        assert_eq!(Backend::of_beginning("postgresql://shop:"), Some(Backend::PostgreSql));
        assert_eq!(Backend::of_beginning("mysql+"), Some(Backend::MySql));
        assert_eq!(Backend::of_beginning("mysql"), None);
        assert_eq!(Backend::of_beginning("redis:6379"), None);
    }
}
