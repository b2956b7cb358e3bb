//! Which files of a folder say how a service is deployed.

use std::path::Path;

/// What a file of the deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FileKind {
    /// A `.env` file, which the code reads itself.
    Dotenv,
    /// Another file of variables, `shop.env`, which a unit or a compose file may name.
    EnvironmentFile,
    /// `shop.service`
    Unit,
    /// A `.conf` file in `shop.service.d`, or in the folder of several units: `shop-.service.d`, `service.d`.
    DropIn,
    /// `gunicorn.conf.py`
    Gunicorn,
    /// `Procfile`
    Procfile,
    /// A file of supervisord's: one that is called so or lies in its folder, or a `.conf` file that its text decides on.
    Supervisor,
    /// `crontab`, `shop.crontab`: a user's.
    Crontab,
    /// `/etc/crontab`, and a file of `cron.d`, whose lines name a user.
    SystemCrontab,
    /// `Dockerfile`, `Containerfile`
    Dockerfile,
    /// `compose.yaml` and its older names.
    Compose,
    /// `postgresql.conf`
    Postgresql,
    /// `redis.conf`, `valkey.conf`
    Redis,
    /// `Caddyfile`, `Caddyfile.production`, `shop.caddy`
    Caddyfile,
    /// A `.conf` file or one below `sites-enabled` that may be nginx's; its text decides.
    PerhapsNginx,
}

/// Words by which a file shows a pattern to copy and sets nothing.
const PATTERNS: [&str; 8] = ["example", "sample", "template", "tmpl", "dist", "default", "defaults", "j2"];

/// What a file is by its path relative to the root; `None` for one that says nothing about the deployment.
pub(crate) fn recognise(path: &Path) -> Option<FileKind> {
    let name = path.file_name()?.to_str()?;
    let mut above = path.parent()?.iter().filter_map(|folder| folder.to_str());
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    let words = || lower.split(['.', '-', '_']);
    if words().any(|word| PATTERNS.contains(&word)) {
        return None;
    }
    if lower == ".env" || lower.starts_with(".env.") || lower == ".flaskenv" {
        return Some(FileKind::Dotenv);
    }
    if extension == "env" {
        return Some(FileKind::EnvironmentFile);
    }
    if extension == "service" {
        return Some(FileKind::Unit);
    }
    let of_unit = |folder: &str| folder == "service.d" || folder.ends_with(".service.d");
    if extension == "conf" && above.clone().next_back().is_some_and(of_unit) {
        return Some(FileKind::DropIn);
    }
    if matches!(lower.as_str(), "gunicorn.conf.py" | "gunicorn_conf.py" | "gunicorn_config.py" | "gunicorn-conf.py") {
        return Some(FileKind::Gunicorn);
    }
    match lower.as_str() {
        "postgresql.conf" => return Some(FileKind::Postgresql),
        "redis.conf" | "valkey.conf" => return Some(FileKind::Redis),
        _ => {}
    }
    if name == "Procfile" {
        return Some(FileKind::Procfile);
    }
    let folder = above.clone().next_back();
    // cron(8): names with a dot are left alone in `cron.d`.
    if (folder == Some("cron.d") && !lower.contains('.')) || (folder == Some("etc") && lower == "crontab") {
        return Some(FileKind::SystemCrontab);
    }
    if lower == "crontab" || matches!(extension, "crontab" | "cron") || folder == Some("crontabs") {
        return Some(FileKind::Crontab);
    }
    let in_supervisor = || above.clone().any(|folder| matches!(folder, "supervisor" | "supervisord"));
    let may_be_supervisor = matches!(extension, "conf" | "ini");
    if may_be_supervisor && (lower.starts_with("supervisor") || in_supervisor()) {
        return Some(FileKind::Supervisor);
    }
    if matches!(words().next(), Some("dockerfile" | "containerfile")) || extension == "dockerfile" {
        return Some(FileKind::Dockerfile);
    }
    if words().next() == Some("caddyfile") || matches!(extension, "caddyfile" | "caddy") {
        return Some(FileKind::Caddyfile);
    }
    let yaml = extension == "yml" || extension == "yaml";
    if yaml && (lower.starts_with("compose.") || lower.starts_with("docker-compose")) {
        return Some(FileKind::Compose);
    }
    let server_folder = |folder: &str| matches!(folder, "sites-enabled" | "sites-available" | "conf.d" | "nginx");
    let bare = extension == lower || !lower.contains('.');
    (extension == "conf" || (bare && above.any(server_folder))).then_some(FileKind::PerhapsNginx)
}

/// True for text in nginx's words: a server, an upstream, or a request that is passed on. Other programs' `.conf`
/// files have none of them at the start of a line.
pub(crate) fn is_nginx(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| {
        let mut words = line.split(|byte| byte.is_ascii_whitespace() || *byte == b'{').filter(|word| !word.is_empty());
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        match first {
            b"server" => second.is_none() && line.contains(&b'{'),
            b"upstream" | b"location" => second.is_some() && line.contains(&b'{'),
            b"proxy_pass" | b"uwsgi_pass" => second.is_some() && line.contains(&b';'),
            _ => false,
        }
    })
}

/// True for text with a program of supervisord's.
pub(crate) fn is_supervisor(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"[program:") && line.contains(&b']'))
}

#[cfg(test)]
mod tests {
    use super::{FileKind, is_nginx, is_supervisor, recognise};
    use std::path::Path;

    #[test]
    fn files_by_their_names() {
        for (path, kind) in [
            (".env", Some(FileKind::Dotenv)),
            ("backend/.env.production", Some(FileKind::Dotenv)),
            (".env.example", None),
            (".env.template", None),
            ("deploy/shop.env", Some(FileKind::EnvironmentFile)),
            ("deploy/shop.service", Some(FileKind::Unit)),
            ("deploy/shop.service.d/override.conf", Some(FileKind::DropIn)),
            ("deploy/service.d/all.conf", Some(FileKind::DropIn)),
            ("gunicorn.conf.py", Some(FileKind::Gunicorn)),
            ("Procfile", Some(FileKind::Procfile)),
            ("deploy/supervisord.conf", Some(FileKind::Supervisor)),
            ("etc/supervisor/conf.d/shop.conf", Some(FileKind::Supervisor)),
            ("deploy/shop.ini", None),
            ("deploy/crontab", Some(FileKind::Crontab)),
            ("deploy/shop.cron", Some(FileKind::Crontab)),
            ("etc/crontab", Some(FileKind::SystemCrontab)),
            ("deploy/cron.d/shop", Some(FileKind::SystemCrontab)),
            ("deploy/cron.d/shop.bak", None),
            ("docker/Dockerfile.web", Some(FileKind::Dockerfile)),
            ("docker-compose.prod.yml", Some(FileKind::Compose)),
            ("compose.yaml", Some(FileKind::Compose)),
            ("deploy/Caddyfile", Some(FileKind::Caddyfile)),
            ("deploy/caddy/shop.caddy", Some(FileKind::Caddyfile)),
            ("Caddyfile.example", None),
            ("deploy/nginx/shop.conf", Some(FileKind::PerhapsNginx)),
            ("etc/nginx/sites-enabled/shop", Some(FileKind::PerhapsNginx)),
            ("deploy/postgresql.conf", Some(FileKind::Postgresql)),
            ("redis.conf", Some(FileKind::Redis)),
            ("README.md", None),
            ("src/shop/settings.py", None),
        ] {
            assert_eq!(recognise(Path::new(path)), kind, "{path}");
        }
    }

    #[test]
    fn supervisor_by_its_sections() {
        assert!(is_supervisor(b"; shop\n[program:web]\ncommand=run\n"));
        assert!(!is_supervisor(b"[loggers]\nkeys=program:web\n"));
    }

    #[test]
    fn nginx_by_its_words() {
        assert!(is_nginx(b"# shop\nserver {\n  listen 80;\n}\n"));
        assert!(is_nginx(b"upstream shop {server 127.0.0.1:8000;}"));
        assert!(!is_nginx(b"[loggers]\nserver = x\n"));
        assert!(!is_nginx(b"server 0.pool.ntp.org iburst\n"));
    }
}
