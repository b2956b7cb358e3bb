use serde::Serialize;
use std::fmt;

/// How a default is declared, and so by which rules it is overridden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// `os.environ`, `os.getenv` and the service's own helpers around them.
    Environ,
    /// A field of a `BaseSettings` class, version 1 or 2.
    PydanticSettings,
    /// A click option.
    Click,
    /// A typer option.
    Typer,
    /// An argparse option.
    Argparse,
    /// A configargparse option.
    Configargparse,
    /// A configurable traitlets trait.
    Traitlets,
    /// A constant of the Django settings module.
    DjangoSettings,
    /// A constant of the module or object that Flask's configuration is loaded from.
    FlaskConfig,
    /// A django-environ call.
    DjangoEnviron,
    /// An environs call.
    Environs,
    /// A python-decouple call.
    Decouple,
    /// A call of Starlette's `Config`.
    Starlette,
    /// `tornado.options.define`.
    TornadoOptions,
    /// A dataclass field that the service fills from its configuration.
    Dataclass,
    /// `dj_database_url.config`.
    DjDatabaseUrl,
    /// A variable of a `.env` file that no code was seen to read.
    Dotenv,
    /// A variable that a unit, container or script sets and no code was seen to read.
    UnitEnvironment,
    /// A property of a systemd unit.
    Systemd,
    /// A property of a container.
    Container,
    /// A gunicorn setting.
    Gunicorn,
    /// A uvicorn setting.
    Uvicorn,
    /// A hypercorn setting.
    Hypercorn,
    /// A granian setting.
    Granian,
    /// A Celery setting.
    Celery,
    /// An nginx directive.
    Nginx,
    /// A setting of the PostgreSQL server.
    Postgresql,
    /// A setting of the Redis or Valkey server.
    RedisServer,
    /// A directive or option of a Caddyfile.
    Caddy,
    /// An argument or setting of an installed library.
    Library,
    /// A limit or property of the running process.
    Process,
}

impl Mechanism {
    /// Every mechanism.
    pub const ALL: [Mechanism; 31] = [
        Mechanism::Environ,
        Mechanism::PydanticSettings,
        Mechanism::Click,
        Mechanism::Typer,
        Mechanism::Argparse,
        Mechanism::Configargparse,
        Mechanism::Traitlets,
        Mechanism::DjangoSettings,
        Mechanism::FlaskConfig,
        Mechanism::DjangoEnviron,
        Mechanism::Environs,
        Mechanism::Decouple,
        Mechanism::Starlette,
        Mechanism::TornadoOptions,
        Mechanism::Dataclass,
        Mechanism::DjDatabaseUrl,
        Mechanism::Dotenv,
        Mechanism::UnitEnvironment,
        Mechanism::Systemd,
        Mechanism::Container,
        Mechanism::Gunicorn,
        Mechanism::Uvicorn,
        Mechanism::Hypercorn,
        Mechanism::Granian,
        Mechanism::Celery,
        Mechanism::Nginx,
        Mechanism::Postgresql,
        Mechanism::RedisServer,
        Mechanism::Caddy,
        Mechanism::Library,
        Mechanism::Process,
    ];

    /// The word used in JSON, the lock and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Mechanism::Environ => "environ",
            Mechanism::PydanticSettings => "pydantic-settings",
            Mechanism::Click => "click",
            Mechanism::Typer => "typer",
            Mechanism::Argparse => "argparse",
            Mechanism::Configargparse => "configargparse",
            Mechanism::Traitlets => "traitlets",
            Mechanism::DjangoSettings => "django-settings",
            Mechanism::FlaskConfig => "flask-config",
            Mechanism::DjangoEnviron => "django-environ",
            Mechanism::Environs => "environs",
            Mechanism::Decouple => "decouple",
            Mechanism::Starlette => "starlette",
            Mechanism::TornadoOptions => "tornado-options",
            Mechanism::Dataclass => "dataclass",
            Mechanism::DjDatabaseUrl => "dj-database-url",
            Mechanism::Dotenv => "dotenv",
            Mechanism::UnitEnvironment => "unit-environment",
            Mechanism::Systemd => "systemd",
            Mechanism::Container => "container",
            Mechanism::Gunicorn => "gunicorn",
            Mechanism::Uvicorn => "uvicorn",
            Mechanism::Hypercorn => "hypercorn",
            Mechanism::Granian => "granian",
            Mechanism::Celery => "celery",
            Mechanism::Nginx => "nginx",
            Mechanism::Postgresql => "postgresql",
            Mechanism::RedisServer => "redis-server",
            Mechanism::Caddy => "caddy",
            Mechanism::Library => "library",
            Mechanism::Process => "process",
        }
    }
}

/// Where the environment variables that set a default are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variables {
    /// Its own name and its aliases are variables.
    Names,
    /// Its names are those of an option; a variable may be among its aliases, and is written in capitals.
    BesideOption,
    /// No variable sets it.
    None,
}

impl Mechanism {
    /// Where the variables that set a default so declared are named.
    pub fn variables(self) -> Variables {
        match self {
            Mechanism::Environ
            | Mechanism::PydanticSettings
            | Mechanism::DjangoEnviron
            | Mechanism::Environs
            | Mechanism::Decouple
            | Mechanism::Starlette
            | Mechanism::DjDatabaseUrl => Variables::Names,
            Mechanism::Click | Mechanism::Typer | Mechanism::Configargparse => Variables::BesideOption,
            Mechanism::Argparse
            | Mechanism::Traitlets
            | Mechanism::DjangoSettings
            | Mechanism::FlaskConfig
            | Mechanism::TornadoOptions
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
            | Mechanism::Process => Variables::None,
        }
    }

    /// True if an environment variable can set a default so declared.
    pub fn reads_variables(self) -> bool {
        self.variables() != Variables::None
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Mechanism;

    #[test]
    fn speaks_the_words_of_json() {
        for mechanism in Mechanism::ALL {
            assert_eq!(serde_json::to_string(&mechanism).unwrap(), format!("\"{mechanism}\""));
        }
    }
}
