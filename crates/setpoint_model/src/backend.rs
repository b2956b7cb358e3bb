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
}
