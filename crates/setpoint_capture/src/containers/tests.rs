use super::{Started, compose, crontab, dockerfile, procfile, supervisor};
use crate::source::Origin;
use crate::{Clear, Target};
use setpoint_host::FixtureHost;
use std::path::Path;

/// A folder with these files, of which the first is read, as lines: what is set, to what, where, and for whom.
fn picture(
    files: &[(&str, &str)],
    source: impl Fn(&FixtureHost, Origin<'_>, &dyn Fn(&Path) -> String) -> Started,
) -> String {
    let machine = tempfile::tempdir().unwrap();
    for (name, text) in files {
        #[expect(clippy::disallowed_methods, reason = "the test prepares the files that are read")]
        std::fs::write(machine.path().join(name), text).unwrap();
    }
    let (name, text) = files[0];
    let path = Path::new("/").join(name);
    let shown = |path: &Path| path.strip_prefix("/").unwrap().display().to_string();
    let origin = Origin { path: &path, shown: name, process: None };
    let started = source(&FixtureHost::new(machine.path()), origin, &shown);
    let mut lines = Vec::new();
    for assignment in &started.deployment.assignments {
        let target = match &assignment.target {
            Target::Variable(name) => format!("${name}"),
            Target::Default(name) | Target::FromVariable { name, .. } => name.clone(),
        };
        let value = match &assignment.value {
            Clear::Constant(value) => value.reveal().to_string(),
            Clear::Dynamic => "(dynamic)".to_owned(),
            Clear::Nothing => "(nothing)".to_owned(),
        };
        let span = assignment.place.span.unwrap();
        let written = if assignment.place.file == name { &text[span.start..span.end] } else { "" };
        let process = assignment.process.as_deref().unwrap_or("all");
        lines.push(format!("{target} = {value} {} {} `{written}` [{process}]", assignment.layer, assignment.place));
    }
    for launch in &started.launches {
        let words: Vec<_> = launch.command.words.iter().map(setpoint_formats::Word::as_str).collect();
        lines.push(format!("{} runs {words:?}", launch.process));
    }
    for problem in &started.deployment.problems {
        lines.push(format!("{problem}"));
    }
    lines.join("\n")
}

#[test]
fn supervisor_starts_programs() {
    let text = "[supervisord]\nenvironment=SHOP_MODE=all\n[program:web]\ncommand=/srv/shop/.venv/bin/gunicorn -w 4 -b %(ENV_BIND)s --access-logformat '%%(h)s' shop:app\nenvironment=SHOP_MODE=\"web\",SHOP_URL=\"redis://%(ENV_REDIS)s/0\",WEB_CONCURRENCY=3\ndirectory=/srv/shop\n[program:worker]\ncommand=celery -A shop worker\n";
    insta::assert_snapshot!(picture(&[("shop.conf", text)], |host, origin, _| supervisor(host, origin)), @r#"
    $SHOP_MODE = all unit-environment shop.conf:2:23 `all` [web]
    $SHOP_MODE = web unit-environment shop.conf:5:24 `web` [web]
    $SHOP_URL = (dynamic) unit-environment shop.conf:5:39 `redis://%(ENV_REDIS)s/0` [web]
    $WEB_CONCURRENCY = 3 unit-environment shop.conf:5:80 `3` [web]
    gunicorn.workers = 4 command-line shop.conf:4:41 `4` [web]
    gunicorn.bind = (dynamic) command-line shop.conf:4:46 `%(ENV_BIND)s` [web]
    gunicorn.access_log_format = %(h)s command-line shop.conf:4:78 `'%%(h)s'` [web]
    $SHOP_MODE = all unit-environment shop.conf:2:23 `all` [worker]
    celery.app = shop command-line shop.conf:8:19 `shop` [worker]
    web runs ["/srv/shop/.venv/bin/gunicorn", "-w", "4", "-b", "%(ENV_BIND)s", "--access-logformat", "%(h)s", "shop:app"]
    worker runs ["celery", "-A", "shop", "worker"]
    "#);
}

#[test]
fn cron_runs_what_python_there_is() {
    let text = "MAILTO=root\nSHOP_MODE=night $HOME\n0 3 * * * cd /srv/shop && SHOP_DAY=1 .venv/bin/python -m shop.import_prices\n\
                */5 * * * * /usr/bin/certbot renew\nSHOP_MODE=day\n@hourly /srv/shop/.venv/bin/shop-sync --all; cd /srv/shop && python3 manage.py clearsessions\n";
    insta::assert_snapshot!(
        picture(&[("crontab", text)], |host, origin, _| crontab(host, origin, setpoint_formats::crontab::Owner::User)), @r#"
    $SHOP_MODE = night $HOME unit-environment crontab:2:11 `night $HOME` [cron:shop.import_prices]
    $SHOP_DAY = 1 command-line crontab:3:36 `1` [cron:shop.import_prices]
    $SHOP_MODE = day unit-environment crontab:5:11 `day` [cron:shop-sync]
    $SHOP_MODE = day unit-environment crontab:5:11 `day` [cron:manage.py clearsessions]
    cron:shop.import_prices runs [".venv/bin/python", "-m", "shop.import_prices"]
    cron:shop-sync runs ["/srv/shop/.venv/bin/shop-sync", "--all"]
    cron:manage.py clearsessions runs ["python3", "manage.py", "clearsessions"]
    "#);
}

#[test]
fn a_procfile_starts_processes() {
    let text = "web: SHOP_MODE=web gunicorn -w 4 -b :$PORT shop:app\nworker: celery -A shop worker\nnonsense";
    insta::assert_snapshot!(picture(&[("Procfile", text)], |host, origin, _| procfile(host, origin)), @r#"
    $SHOP_MODE = web command-line Procfile:1:16 `web` [web]
    gunicorn.workers = 4 command-line Procfile:1:32 `4` [web]
    gunicorn.bind = (dynamic) command-line Procfile:1:37 `:$PORT` [web]
    celery.app = shop command-line Procfile:2:19 `shop` [worker]
    web runs ["gunicorn", "-w", "4", "-b", ":$PORT", "shop:app"]
    worker runs ["celery", "-A", "shop", "worker"]
    a line is no process type, and is ignored (Procfile:3:1); expected `NAME: COMMAND`; retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn an_image_has_variables_and_a_command() {
    let text = "FROM python:3.12\nENV SHOP_PORT=8000 SHOP_HOME=$HOME/shop\n\
                CMD [\"uvicorn\", \"shop:app\", \"--port\", \"8000\", \"--no-access-log\"]\n";
    insta::assert_snapshot!(picture(&[("Dockerfile", text)], |host, origin, _| dockerfile(host, origin)), @r#"
    $SHOP_PORT = 8000 image Dockerfile:2:15 `8000` [all]
    $SHOP_HOME = (dynamic) image Dockerfile:2:30 `$HOME/shop` [all]
    uvicorn.port = 8000 command-line Dockerfile:3:39 `"8000"` [Dockerfile]
    uvicorn.access_log = false command-line Dockerfile:3:47 `"--no-access-log"` [Dockerfile]
    Dockerfile runs ["uvicorn", "shop:app", "--port", "8000", "--no-access-log"]
    "#);
}

#[test]
fn a_compose_file_takes_what_stands_beside_it() {
    let text = "services:
  web:
    env_file: web.env
    environment:
      SHOP_LOG: debug
      SHOP_TAG: ${TAG}
      SHOP_USER: ${SHOP_USER:-nobody}
      SHOP_PASSED:
      SHOP_UNKNOWN:
      GUNICORN_CMD_ARGS: --timeout 90
    command: gunicorn -w ${WORKERS:-2} shop:app
";
    let files = [("compose.yaml", text), ("web.env", "SHOP_LOG=info\n"), (".env", "TAG=v1\nSHOP_PASSED=yes\n")];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    $SHOP_LOG = info unit-environment web.env:1:10 `` [web]
    $SHOP_LOG = debug unit-environment compose.yaml:5:17 `debug` [web]
    $SHOP_TAG = v1 unit-environment compose.yaml:6:17 `${TAG}` [web]
    $SHOP_USER = nobody unit-environment compose.yaml:7:18 `${SHOP_USER:-nobody}` [web]
    $SHOP_PASSED = yes unit-environment compose.yaml:8:7 `SHOP_PASSED` [web]
    $SHOP_UNKNOWN = (dynamic) unit-environment compose.yaml:9:7 `SHOP_UNKNOWN` [web]
    $GUNICORN_CMD_ARGS = --timeout 90 unit-environment compose.yaml:10:26 `--timeout 90` [web]
    gunicorn.workers = 2 command-line compose.yaml:11:26 `${WORKERS:-2}` [web]
    gunicorn.timeout = 90 unit-environment compose.yaml:10:26 `--timeout 90` [web]
    web runs ["gunicorn", "-w", "2", "shop:app"]
    "#);
}

fn compose_of(host: &FixtureHost, origin: Origin<'_>, shown: &dyn Fn(&Path) -> String) -> Started {
    compose(host, origin, shown)
}
