//! Environment variables that mean something to somebody else than the service's own code. They are known by their
//! names, so that nobody is told that "no code reads" what the interpreter or a cloud SDK reads.

use setpoint_model::is_set_by_the_system;

/// True if the system, the interpreter, a server, a well-known library or a tool reads a variable of this name.
pub(crate) fn is_read_by_others(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    is_set_by_the_system(&name)
        || READ_BY_OTHERS.contains(&name.as_str())
        || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// True if `word` begins so many unrelated names (`LOG_LEVEL`, `DB_HOST`) that sharing it proves nothing.
pub(crate) fn is_common_word(word: &str) -> bool {
    COMMON_WORDS.contains(&word.to_ascii_uppercase().as_str())
}

const READ_BY_OTHERS: [&str; 33] = [
    "TMPDIR",
    "TZ",
    "CRON_TZ",
    "DISPLAY",
    "COLUMNS",
    "LINES",
    "TEMP",
    "TMP",
    "EDITOR",
    "PAGER",
    "CI",
    "DEBIAN_FRONTEND",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
    "WEB_CONCURRENCY",
    "FORWARDED_ALLOW_IPS",
    "SENDFILE",
    "VIRTUAL_ENV",
    "DYNO",
    "PORT",
    "HOST",
    "TOKENIZERS_PARALLELISM",
];

/// Beginnings of names. A name that a service invents for itself does not begin so.
const FAMILIES: [&str; 66] = [
    // The interpreter, its packages and the C library
    "PYTHON",
    "PIP_",
    "UV_",
    "POETRY_",
    "PDM_",
    "PIPENV_",
    "CONDA_",
    "LC_",
    "LD_",
    "MALLOC_",
    "GLIBC_",
    "JE_MALLOC",
    // Servers, frameworks and workers
    "UVICORN_",
    "GUNICORN_",
    "HYPERCORN_",
    "GRANIAN_",
    "DAPHNE_",
    "UWSGI_",
    "CELERY_",
    "FLASK_",
    "DJANGO_",
    "SQLALCHEMY_",
    "PYDANTIC_",
    "HTTPX_",
    "LOGURU_",
    "RICH_",
    // The system, the desktop and remote logins
    "SYSTEMD_",
    "XDG_",
    "DBUS_",
    "SUDO_",
    "SSH_",
    "GPG_",
    "GIT_",
    // Clouds and their SDKs
    "AWS_",
    "BOTO_",
    "AZURE_",
    "MSI_",
    "GOOGLE_",
    "GCLOUD_",
    "CLOUDSDK_",
    "GCP_",
    "HEROKU_",
    "KUBERNETES_",
    "DOCKER_",
    "COMPOSE_",
    "BUILDKIT_",
    "GITHUB_",
    "GITLAB_",
    // Databases' client libraries and images
    "PG",
    "POSTGRES_",
    "MYSQL_",
    "MARIADB_",
    "MONGO_",
    "RABBITMQ_",
    "ORACLE_",
    // Telemetry
    "OTEL_",
    "SENTRY_",
    "DD_",
    "NEW_RELIC_",
    "ELASTIC_APM_",
    "PROMETHEUS_",
    // Numbers and models
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "CUDA_",
    "HF_",
];

const COMMON_WORDS: [&str; 24] = [
    "LOG", "LOGGING", "DB", "DATABASE", "HTTP", "HTTPS", "MAIL", "EMAIL", "SMTP", "CACHE", "REDIS", "S3", "SSL", "TLS",
    "NODE", "NPM", "API", "AUTH", "JWT", "OAUTH", "LDAP", "TEST", "DEBUG", "GRPC",
];

#[cfg(test)]
mod tests {
    use super::is_read_by_others;

    #[test]
    fn names_of_others_and_of_a_service() {
        for name in ["PATH", "PYTHONUNBUFFERED", "LC_ALL", "http_proxy", "UVICORN_PORT", "AWS_REGION", "PGHOST"] {
            assert!(is_read_by_others(name), "{name}");
        }
        for name in ["SHOP_PATH", "DATABASE_URL", "SECRET_KEY", "PAYMENT_URL"] {
            assert!(!is_read_by_others(name), "{name}");
        }
    }
}
