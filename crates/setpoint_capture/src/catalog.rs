//! The defaults that installed libraries have: a file of `catalog/` for each package says where in the package's own
//! source a default stands and which calls of the code give it a value. The values are read out of the version that is
//! installed, so that an upgrade which changes a default changes the capture; no value stands here.

mod entry;
mod installed;
mod library;
mod overview;
mod table;

pub(crate) use entry::{Call, Entry, Known, Package};
pub(crate) use installed::Environment;
pub(crate) use library::{read, tabled};
pub use overview::{CataloguedDefault, CataloguedPackage, catalogued};
pub(crate) use table::Version;

use std::sync::LazyLock;

/// A line names a package: its file is `catalog/NAME.toml`.
macro_rules! packages {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../catalog/", $name, ".toml")))),*]
    };
}

/// The packages by name, each with its file's text.
const FILES: [(&str, &str); 36] = packages![
    "aiohttp"
    "apscheduler"
    "arq"
    "asyncpg"
    "botocore"
    "caddy"
    "celery"
    "container"
    "django"
    "dramatiq"
    "fastapi"
    "flask"
    "flask_cors"
    "granian"
    "gunicorn"
    "httpx"
    "hypercorn"
    "kombu"
    "nginx"
    "postgresql"
    "psycopg"
    "psycopg_pool"
    "pymongo"
    "pymysql"
    "python"
    "python_multipart"
    "redis"
    "redis_server"
    "requests"
    "rq"
    "sqlalchemy"
    "starlette"
    "systemd"
    "tenacity"
    "urllib3"
    "uvicorn"
];

/// Every package of the catalog that can be read; a test holds that all can.
pub(crate) fn packages() -> &'static [Package] {
    static PACKAGES: LazyLock<Vec<Package>> =
        LazyLock::new(|| FILES.iter().filter_map(|(name, text)| Package::read(name, text).ok()).collect());
    &PACKAGES
}

#[cfg(test)]
mod tests;
