//! What a command line runs: which program serves, which application, by which interpreter.

use std::path::{Path, PathBuf};

/// What a command line says about the code that it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Program {
    /// `uvicorn`, `gunicorn`, `celery`, `python`, or whatever else it is.
    pub(crate) name: String,
    /// The first word: the program as it was started.
    pub(crate) started: String,
    /// The Python interpreter, where the command line names it.
    pub(crate) interpreter: Option<String>,
    /// What it runs.
    pub(crate) runs: Option<Runs>,
    /// The folder that an option makes the current one or the one to import from: `--chdir`, `--app-dir`.
    pub(crate) folder: Option<PathBuf>,
    /// gunicorn's `-c`.
    pub(crate) configuration: Option<String>,
    /// The words behind the program's own name.
    pub(crate) arguments: Vec<String>,
}

/// The code that a program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// An application object, `shop.main:app`, or a module, `shop.worker`.
    Module(String),
    /// A script, by its path.
    Script(PathBuf),
}

impl Program {
    /// The module that holds the application: `shop.main`.
    pub(crate) fn module(&self) -> Option<&str> {
        match self.runs.as_ref()? {
            Runs::Module(app) => app.split(':').next(),
            Runs::Script(_) => None,
        }
    }

    /// As the command line names it.
    pub(crate) fn app(&self) -> Option<String> {
        self.runs.as_ref().map(|runs| match runs {
            Runs::Module(app) => app.clone(),
            Runs::Script(path) => path.display().to_string(),
        })
    }

    /// True for programs that run a Python service.
    pub(crate) fn is_python(&self) -> bool {
        self.interpreter.is_some() || SERVERS.contains(&self.name.as_str())
    }
}

/// Programs that load an application named on their command line.
pub(super) const SERVERS: [&str; 9] =
    ["uvicorn", "gunicorn", "celery", "hypercorn", "daphne", "granian", "flask", "fastapi", "django-admin"];

/// True for a program that is known to be no Python of the site's own.
pub(crate) fn is_of_others(program: &str) -> bool {
    const OTHERS: [&str; 51] = [
        "aws",
        "borg",
        "caddy",
        "cat",
        "certbot",
        "chmod",
        "chown",
        "cp",
        "curl",
        "date",
        "docker",
        "echo",
        "find",
        "gzip",
        "haproxy",
        "java",
        "kill",
        "ln",
        "logrotate",
        "mailhog",
        "mariadb",
        "mariadb-dump",
        "mariadbd",
        "memcached",
        "minio",
        "mkdir",
        "mongod",
        "mongodump",
        "mv",
        "mysql",
        "mysqld",
        "mysqldump",
        "nginx",
        "node",
        "npm",
        "pg_basebackup",
        "pg_dump",
        "pg_dumpall",
        "postgres",
        "psql",
        "rabbitmq-server",
        "redis-cli",
        "redis-server",
        "restic",
        "rm",
        "rsync",
        "sqlite3",
        "systemctl",
        "tar",
        "traefik",
        "vacuumdb",
    ];
    OTHERS.contains(&program) || matches!(program, "valkey-server" | "wget" | "sleep")
}

/// The file that gunicorn reads from its current folder where no option names one.
pub(crate) const GUNICORN_FILE: &str = "gunicorn.conf.py";

/// The file of gunicorn's `-c`, which may also name a module (`python:shop.gunicorn`).
pub(crate) fn configuration_file(named: &str) -> Option<&Path> {
    match named.split_once(':') {
        Some(("file", file)) => Some(Path::new(file)),
        Some(("python", _)) => None,
        Some(_) | None => Some(Path::new(named)),
    }
}

/// Reads the words of a command line, from which whatever only starts another program was taken away.
pub(crate) fn read(words: &[String]) -> Option<Program> {
    // What starts with an option is for the program that an image starts by itself.
    let (started, rest) = words.split_first().filter(|(started, _)| !started.starts_with('-'))?;
    let name = base_name(started);
    if !is_interpreter(name) {
        return Some(server(name, started, None, rest));
    }
    let interpreter = Some(started.clone());
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        match word.as_str() {
            "-m" => {
                let Some(module) = rest.get(at + 1) else { break };
                let arguments = &rest[at + 2..];
                if SERVERS.contains(&module.as_str()) {
                    return Some(server(module, started, interpreter, arguments));
                }
                return Some(Program {
                    name: "python".to_owned(),
                    started: started.clone(),
                    interpreter,
                    runs: Some(Runs::Module(module.clone())),
                    arguments: arguments.to_vec(),
                    ..Program::default()
                });
            }
            // Code on the command line is nobody's service.
            "-c" => break,
            // Options of the interpreter whose value is the next word (python(1)).
            "-W" | "-X" => at += 2,
            option if option.starts_with('-') => at += 1,
            script => {
                let arguments = &rest[at + 1..];
                let name = base_name(script);
                // A console script, which the kernel starts by its interpreter.
                if SERVERS.contains(&name) {
                    return Some(server(name, started, interpreter, arguments));
                }
                return Some(Program {
                    name: "python".to_owned(),
                    started: started.clone(),
                    interpreter,
                    runs: Some(Runs::Script(script.into())),
                    arguments: arguments.to_vec(),
                    ..Program::default()
                });
            }
        }
    }
    Some(Program { name: "python".to_owned(), started: started.clone(), interpreter, ..Program::default() })
}

fn server(name: &str, started: &str, interpreter: Option<String>, arguments: &[String]) -> Program {
    let app = match name {
        "celery" | "flask" => value_of(arguments, &["-A", "--app"]),
        _ => application(arguments),
    };
    let folder = match name {
        "gunicorn" => value_of(arguments, &["--chdir"]),
        "uvicorn" | "hypercorn" => value_of(arguments, &["--app-dir"]),
        "celery" => value_of(arguments, &["--workdir"]),
        "granian" => value_of(arguments, &["--working-dir"]),
        _ => None,
    };
    let configuration = if name == "gunicorn" { value_of(arguments, &["-c", "--config"]) } else { None };
    Program {
        name: name.to_owned(),
        started: started.to_owned(),
        interpreter,
        runs: app.map(Runs::Module),
        folder: folder.map(PathBuf::from),
        configuration,
        arguments: arguments.to_vec(),
    }
}

/// The word that names an application: `module:object` first of all, else a dotted name that is no option's value.
fn application(arguments: &[String]) -> Option<String> {
    let is_option = |at: usize| at.checked_sub(1).is_some_and(|before| arguments[before].starts_with('-'));
    let whole = arguments.iter().find(|word| {
        word.split_once(':')
            .is_some_and(|(module, object)| is_dotted_name(module) && !object.is_empty() && !is_port(object))
    });
    let bare = || {
        let named = |(at, word): &(usize, &String)| !is_option(*at) && is_dotted_name(word);
        arguments.iter().enumerate().rfind(named).map(|(_, word)| word)
    };
    whole.or_else(bare).cloned()
}

/// `localhost:8000` is an address and no application.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && !part.starts_with(|letter: char| letter.is_ascii_digit())
            && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

/// The last value of an option: `-c FILE`, `--config FILE`, `--config=FILE`, `-cFILE`.
fn value_of(arguments: &[String], names: &[&str]) -> Option<String> {
    let mut value = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if names.contains(&word.as_str()) {
            value = words.next().cloned();
            continue;
        }
        let attached = names.iter().find_map(|name| {
            let rest = word.strip_prefix(name).filter(|rest| !rest.is_empty())?;
            if name.starts_with("--") { rest.strip_prefix('=') } else { Some(rest) }
        });
        value = attached.map(str::to_owned).or(value);
    }
    value
}

fn is_interpreter(name: &str) -> bool {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn base_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{Program, Runs, read};
    use std::path::PathBuf;

    fn program(line: &str) -> Program {
        read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn servers_however_they_are_started() {
        for line in [
            "/srv/shop/.venv/bin/uvicorn --port 8000 shop.main:app",
            "/srv/shop/.venv/bin/python -m uvicorn shop.main:app --host localhost",
            "/srv/shop/.venv/bin/python3.12 -u /srv/shop/.venv/bin/uvicorn --host=::1 shop.main:app",
        ] {
            let program = program(line);
            assert_eq!((program.name.as_str(), program.module()), ("uvicorn", Some("shop.main")), "{line}");
        }
        let gunicorn = program("gunicorn --chdir /srv/shop -b 127.0.0.1:8000 -k gevent shop.wsgi -cdeploy/g.py");
        assert_eq!(gunicorn.runs, Some(Runs::Module("shop.wsgi".to_owned())));
        assert_eq!(gunicorn.folder, Some(PathBuf::from("/srv/shop")));
        assert_eq!(gunicorn.configuration.as_deref(), Some("deploy/g.py"));
        assert_eq!(program("celery -A shop worker --concurrency=4").app().as_deref(), Some("shop"));
    }

    #[test]
    fn modules_and_scripts() {
        assert_eq!(program("python3 -m shop.import_prices --all").app().as_deref(), Some("shop.import_prices"));
        let script = program("/usr/bin/python3 -X dev manage.py runserver");
        assert_eq!(script.runs, Some(Runs::Script("manage.py".into())));
        assert_eq!((program("/usr/bin/sleep 5").is_python(), program("python3 -c pass").runs), (false, None));
    }
}
