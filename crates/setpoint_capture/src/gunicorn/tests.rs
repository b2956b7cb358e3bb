use super::{configuration, read_variable};
use crate::launch::{self, Standing};
use crate::source::Origin;
use crate::{Assignment, Clear, Target};
use setpoint_formats::command_line::shell;
use setpoint_formats::{Lines, Traced};
use setpoint_host::LiveHost;
use setpoint_model::Layer;

fn line(assignment: &Assignment) -> String {
    let target = match &assignment.target {
        Target::Variable(name) => format!("${name}"),
        Target::Default(name) | Target::FromVariable { name, .. } => name.clone(),
    };
    let value = match &assignment.value {
        Clear::Constant(value) => serde_json::to_string(value.reveal()).unwrap(),
        Clear::Dynamic => "(dynamic)".to_owned(),
        Clear::Nothing => "(nothing)".to_owned(),
    };
    format!("{target} = {value} at {}:{}", assignment.place.line, assignment.place.column)
}

/// What a command line sets.
fn set_by(command: &str) -> Vec<String> {
    let lines = Lines::of(command.as_bytes());
    let standing = Standing {
        shown: "shop.service",
        text: Some((command.as_bytes(), &lines)),
        layer: Layer::CommandLine,
        symbol: Some("[Service]"),
        process: Some("shop.service"),
    };
    let commands = shell(&Traced::verbatim(command, 0), &|_| None);
    commands.iter().flat_map(|command| launch::read(command, standing)).map(|one| line(&one)).collect()
}

#[test]
fn every_spelling_of_an_option() {
    for (command, expected) in [
        ("gunicorn a:b -w 4", "gunicorn.workers = 4 at 1:17"),
        ("gunicorn a:b -w4", "gunicorn.workers = 4 at 1:16"),
        ("gunicorn a:b -w=4", "gunicorn.workers = 4 at 1:17"),
        ("gunicorn a:b --workers=4", "gunicorn.workers = 4 at 1:24"),
        ("gunicorn a:b --worker-cl gevent", "gunicorn.worker_class = \"gevent\" at 1:26"),
        ("gunicorn a:b --keep-alive 5", "gunicorn.keepalive = 5 at 1:27"),
        ("gunicorn a:b --preload", "gunicorn.preload_app = true at 1:14"),
        ("gunicorn a:b --no-sendfile", "gunicorn.sendfile = false at 1:14"),
        ("python -X dev -m gunicorn a:b -t 30", "gunicorn.timeout = 30 at 1:34"),
        ("python3 /srv/.venv/bin/gunicorn a:b -t 30", "gunicorn.timeout = 30 at 1:40"),
        ("gunicorn a:b -b :1 -b :2", "gunicorn.bind = [\":1\",\":2\"] at 1:17"),
        ("gunicorn a:b -b :$PORT", "gunicorn.bind = (dynamic) at 1:17"),
        ("gunicorn a:b -t soon", "gunicorn.timeout = \"soon\" at 1:17"),
    ] {
        assert_eq!(set_by(command), [expected], "{command}");
    }
    assert_eq!(set_by("gunicorn a:b --work 4"), [""; 0], "several options start so, and argparse refuses it");
    assert_eq!(set_by("gunicorn a:b -e A=1 -- -t 5"), ["$A = \"1\" at 1:17", "gunicorn.raw_env = \"A=1\" at 1:17"]);
    assert_eq!(
        set_by("uvicorn a:b --port 80 --no-access-log --header x --header y"),
        ["uvicorn.port = 80 at 1:20", "uvicorn.access_log = false at 1:23", "uvicorn.headers = [\"x\",\"y\"] at 1:48",]
    );
    assert_eq!(set_by("uvicorn a:b --work 4"), [""; 0], "click knows no abbreviations");
}

#[test]
fn options_in_the_variable() {
    let set = set_by("GUNICORN_CMD_ARGS='--bind=127.0.0.1:1 --access-logformat \"%(h)s x\"' other");
    assert_eq!(set.len(), 1);
    let standing = Standing { shown: "a", text: None, layer: Layer::EnvironmentFile, symbol: None, process: None };
    let text = "--bind=127.0.0.1:1 --access-logformat \"%(h)s x\"";
    let span = setpoint_model::ByteSpan { start: 0, end: 1 };
    let options = read_variable(&standing.variable("GUNICORN_CMD_ARGS", text, span));
    let shown: Vec<_> = options.iter().map(line).collect();
    assert_eq!(shown, ["gunicorn.bind = \"127.0.0.1:1\" at 1:1", "gunicorn.access_log_format = \"%(h)s x\" at 1:1",]);
    assert!(options.iter().all(|option| option.layer == Layer::EnvironmentFile));
    assert!(read_variable(&standing.variable("OTHER", text, span)).is_empty());
}

#[test]
fn a_configuration_file_is_read_without_running_it() {
    let text = r#"
import multiprocessing, os
from pathlib import Path

seconds = 60
timeout = 2 * seconds
bind = os.environ.get("SHOP_BIND", "127.0.0.1:8000")
workers = multiprocessing.cpu_count() * 2 + 1
worker_class = "uvicorn.workers.UvicornWorker"
if os.environ.get("DEBUG"):
    loglevel = "debug"
accesslog: str = "-"
keepalive, threads = 5, 2
raw_env = ["A=1"]
raw_env.append("B=2")

def on_starting(server):
    timeout = 5

nonsense = 1
"#;
    let file = tempfile::NamedTempFile::new().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test prepares the file that is read")]
    std::fs::write(file.path(), text).unwrap();
    let origin = Origin { path: file.path(), shown: "gunicorn.conf.py", process: Some("shop.service") };
    let read = configuration(&LiveHost, origin);
    assert!(read.problems.is_empty());
    let shown: Vec<_> = read.assignments.iter().map(line).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    gunicorn.accesslog = "-" at 12:18
    gunicorn.bind = (dynamic) at 7:8
    gunicorn.keepalive = 5 at 13:22
    gunicorn.loglevel = (dynamic) at 11:16
    gunicorn.raw_env = ["A=1","B=2"] at 14:11
    gunicorn.threads = 2 at 13:25
    gunicorn.timeout = 120 at 6:11
    gunicorn.worker_class = "uvicorn.workers.UvicornWorker" at 9:16
    gunicorn.workers = (dynamic) at 8:11
    "#);
}

#[test]
fn bad_python_costs_only_what_is_bad() {
    let deep = vec![b'('; 100_000];
    for (text, assignments) in
        [(&b"timeout = 5\nworkers = = 3\n"[..], 1), (b"\xff\xfe", 0), (b"timeout = 5\n\0", 0), (deep.as_slice(), 0)]
    {
        let file = tempfile::NamedTempFile::new().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test prepares the file that is read")]
        std::fs::write(file.path(), text).unwrap();
        let origin = Origin { path: file.path(), shown: "gunicorn.conf.py", process: None };
        let read = configuration(&LiveHost, origin);
        assert_eq!((read.problems.len(), read.assignments.len() >= assignments), (1, true), "{:?}", read.assignments);
        assert_eq!(read.problems[0].place.as_ref().unwrap().file, "gunicorn.conf.py");
    }
}

/// The tables are those of the installed servers: an option that one of them does not have, or spells differently,
/// would be read by nobody.
#[test]
fn the_tables_hold_every_option_of_the_servers() {
    let program = "
import importlib, sys
import gunicorn.config
for setting in gunicorn.config.KNOWN_SETTINGS:
    for spelling in getattr(setting, 'cli', None) or []:
        print('gunicorn', setting.name, spelling)
importlib.import_module('uvicorn.main')
for option in sys.modules['uvicorn.main'].main.params:
    for spelling in option.opts + option.secondary_opts:
        if spelling.startswith('--') and spelling != '--version':
            print('uvicorn', option.name, spelling)
";
    let Some(said) = crate::servers::python(program) else { return };
    let ours = |server: &str, table: &[crate::options::CommandOption<'_>]| -> Vec<String> {
        let spelled = |option: &crate::options::CommandOption<'_>| {
            option
                .spellings
                .iter()
                .map(|spelling| format!("{server} {} {spelling}", option.setting))
                .collect::<Vec<_>>()
        };
        table.iter().flat_map(spelled).collect()
    };
    let mut ours = [ours("gunicorn", &super::OPTIONS), ours("uvicorn", &crate::uvicorn::OPTIONS)].concat();
    let mut theirs: Vec<_> = said.lines().map(str::to_owned).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}
