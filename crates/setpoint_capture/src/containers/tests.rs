use super::{Started, compose, crontabs, dockerfile, procfile, supervisor};
use crate::source::Origin;
use crate::within::Within;
use crate::{Clear, Target};
use setpoint_host::FixtureHost;
use std::path::{Path, PathBuf};

#[expect(clippy::disallowed_methods, reason = "the test prepares the files that are read")]
fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A folder with these files, of which the first is read, as lines: what is set, to what, where, and for whom.
fn picture(
    files: &[(&str, &str)],
    source: impl Fn(&FixtureHost, Origin<'_>, &dyn Fn(&Path) -> String) -> Started,
) -> String {
    let machine = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&machine.path().join(name), text);
    }
    let (name, _) = files[0];
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
        let of_file = files.iter().find(|(file, _)| *file == assignment.place.file);
        let written = of_file.map_or("", |(_, text)| &text[span.start..span.end]);
        let process = assignment.process.as_deref().unwrap_or("all");
        let condition = assignment.symbol.as_deref().and_then(|symbol| symbol.split_once(", "));
        let condition = condition.map(|(_, condition)| format!(", {condition}")).unwrap_or_default();
        let (layer, place) = (assignment.layer, &assignment.place);
        lines.push(format!("{target} = {value} {layer} {place} `{written}` [{process}{condition}]"));
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

/// The crontab and what else the tree holds.
fn cron(files: &[(&str, &str)]) -> String {
    picture(files, |host, origin, shown| {
        let owner = setpoint_formats::crontab::Owner::User;
        let tables = files.iter().filter(|(name, _)| name.ends_with("crontab"));
        let tables: Vec<_> = tables.map(|(name, _)| (Path::new("/").join(name), owner)).collect();
        let find = |folder: Option<&str>, named: &str| {
            let path = Path::new(folder.unwrap_or_default()).join(named);
            let found = files.iter().find(|(name, _)| path.ends_with(name));
            found.map(|(name, _)| Path::new("/").join(name))
        };
        assert_eq!(tables[0].0, origin.path);
        crontabs(host, &tables, shown, &find)
    })
}

#[test]
fn cron_runs_what_python_there_is() {
    let text = "MAILTO=root\nSHOP_MODE=night $HOME\n0 3 * * * cd /srv/shop && SHOP_DAY=1 .venv/bin/python -m shop.import_prices\n\
                */5 * * * * /usr/bin/certbot renew\nSHOP_MODE=day\n@hourly /srv/shop/.venv/bin/shop-sync --all; cd /srv/shop && python3 manage.py clearsessions\n\
                0 4 * * * /usr/lib/postgresql/16/bin/pg_dump shop\n";
    insta::assert_snapshot!(cron(&[("crontab", text)]), @r#"
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
fn lines_that_run_one_module_are_processes_of_their_own() {
    let text = "A=1 0 * * * *\n0 1 * * * A=1 python -m shop.sync --token=hunter2-of-cron\n0 1 * * * A=2 python -m shop.sync --full\n\
                0 2 * * * A=3 python -m shop.sync hunter2-of-cron --full\n0 2 * * * A=4 python -m shop.sync --full\n\
                0 3 * * * A=5 python -m shop.other\n";
    let other = "0 2 * * * A=6 python -m shop.sync --full\n";
    insta::assert_snapshot!(cron(&[("crontab", text), ("old/crontab", other)]), @r#"
    $A = 1 0 * * * * unit-environment crontab:1:3 `1 0 * * * *` [cron:shop.sync --token]
    $A = 1 command-line crontab:2:13 `1` [cron:shop.sync --token]
    $A = 1 0 * * * * unit-environment crontab:1:3 `1 0 * * * *` [cron:shop.sync --full at 0 1 * * *]
    $A = 2 command-line crontab:3:13 `2` [cron:shop.sync --full at 0 1 * * *]
    $A = 1 0 * * * * unit-environment crontab:1:3 `1 0 * * * *` [cron:shop.sync --full at 0 2 * * * of crontab]
    $A = 3 command-line crontab:4:13 `3` [cron:shop.sync --full at 0 2 * * * of crontab]
    $A = 1 0 * * * * unit-environment crontab:1:3 `1 0 * * * *` [cron:shop.sync --full at 0 2 * * * of crontab (2)]
    $A = 4 command-line crontab:5:13 `4` [cron:shop.sync --full at 0 2 * * * of crontab (2)]
    $A = 1 0 * * * * unit-environment crontab:1:3 `1 0 * * * *` [cron:shop.other]
    $A = 5 command-line crontab:6:13 `5` [cron:shop.other]
    $A = 6 command-line old/crontab:1:13 `6` [cron:shop.sync --full at 0 2 * * * of old/crontab]
    cron:shop.sync --token runs ["python", "-m", "shop.sync", "--token=hunter2-of-cron"]
    cron:shop.sync --full at 0 1 * * * runs ["python", "-m", "shop.sync", "--full"]
    cron:shop.sync --full at 0 2 * * * of crontab runs ["python", "-m", "shop.sync", "hunter2-of-cron", "--full"]
    cron:shop.sync --full at 0 2 * * * of crontab (2) runs ["python", "-m", "shop.sync", "--full"]
    cron:shop.other runs ["python", "-m", "shop.other"]
    cron:shop.sync --full at 0 2 * * * of old/crontab runs ["python", "-m", "shop.sync", "--full"]
    "#);
}

#[test]
fn cron_runs_what_stands_behind_other_programs_and_in_scripts() {
    let text = "PYTHON=/srv/shop/.venv/bin/python\n\
                0 1 * * * flock -n /tmp/shop.lock timeout 5m chronic $PYTHON -m shop.locked\n\
                0 2 * * * cd /srv/shop && flock -w 5 /tmp/shop.lock -c 'nice -n 5 python jobs/inner.py'\n\
                0 3 * * * sudo -u shop systemd-run --scope -p MemoryMax=1G -E SHOP_A=1 /bin/sh -c 'cd /srv/shop && exec python -m shop.scoped'\n\
                0 4 * * * SHOP_B=2 /srv/shop/bin/nightly.sh --now\n\
                0 5 * * * $ELSEWHERE -m shop.unknown\n\
                0 6 * * * /srv/shop/bin/perl.sh\n";
    let script = "#!/bin/sh\nset -e\ncd /srv/shop\ncat <<END\npython -m shop.usage\nEND\nexport SHOP_C=3\n\
                  for job in a b; do python -m \"shop.$job\"; done\nif true; then .venv/bin/python -m shop.nightly; fi\n";
    let perl = "#!/usr/bin/perl\npython -m shop.never\n";
    insta::assert_snapshot!(cron(&[("crontab", text), ("bin/nightly.sh", script), ("bin/perl.sh", perl)]), @r#"
    $PYTHON = /srv/shop/.venv/bin/python unit-environment crontab:1:8 `/srv/shop/.venv/bin/python` [cron:shop.locked]
    $PYTHON = /srv/shop/.venv/bin/python unit-environment crontab:1:8 `/srv/shop/.venv/bin/python` [cron:inner.py]
    $PYTHON = /srv/shop/.venv/bin/python unit-environment crontab:1:8 `/srv/shop/.venv/bin/python` [cron:shop.scoped]
    $SHOP_A = 1 command-line crontab:4:70 `1` [cron:shop.scoped]
    $PYTHON = /srv/shop/.venv/bin/python unit-environment crontab:1:8 `/srv/shop/.venv/bin/python` [cron:shop.nightly]
    $SHOP_B = 2 command-line crontab:5:18 `2` [cron:shop.nightly]
    $SHOP_C = 3 command-line bin/nightly.sh:7:15 `3` [cron:shop.nightly]
    cron:shop.locked runs ["/srv/shop/.venv/bin/python", "-m", "shop.locked"]
    cron:inner.py runs ["python", "jobs/inner.py"]
    cron:shop.scoped runs ["python", "-m", "shop.scoped"]
    cron:shop.nightly runs [".venv/bin/python", "-m", "shop.nightly"]
    `bin/nightly.sh` runs Python, and only running it tells which (bin/nightly.sh:8:20); expected the interpreter and the module or script written out; retry: safe once this is mended; nothing was changed
    `crontab` runs Python, and only running it tells which (crontab:6:11); expected the interpreter and the module or script written out; retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn cron_jobs_get_what_their_shell_takes_over() {
    let text = "0 1 * * * . /etc/shop.env && python -m shop.exported\n\
                0 2 * * * set -a; . /etc/shop.env; set +a; SHOP_B=9 python -m shop.all\n\
                0 3 * * * cd /srv/shop && env $(grep -v '^#' words.env | xargs) python -m shop.words\n\
                0 4 * * * export $(cat /srv/shop/words.env); python -m shop.exported_words\n\
                0 5 * * * . /srv/shop/.venv/bin/activate && . ~/.profile && python -m shop.activated\n";
    let shell = "# shop\nSHOP_A=1\nexport SHOP_B=\"two words\"\nSHOP_C=$HOME/c\nexport SHOP_C\n";
    let words = "# shop\nSHOP_A=1\nSHOP_B=\"two words\"\n";
    let files =
        [("crontab", text), ("etc/shop.env", shell), ("words.env", words), (".venv/bin/activate", "export A=1\n")];
    insta::assert_snapshot!(cron(&files), @r#"
    $SHOP_B = two words environment-file etc/shop.env:3:16 `two words` [cron:shop.exported]
    $SHOP_C = (dynamic) environment-file etc/shop.env:4:8 `$HOME/c` [cron:shop.exported]
    $SHOP_A = 1 environment-file etc/shop.env:2:8 `1` [cron:shop.all]
    $SHOP_B = two words environment-file etc/shop.env:3:16 `two words` [cron:shop.all]
    $SHOP_C = (dynamic) environment-file etc/shop.env:4:8 `$HOME/c` [cron:shop.all]
    $SHOP_B = 9 command-line crontab:2:51 `9` [cron:shop.all]
    $SHOP_A = 1 environment-file words.env:2:8 `1` [cron:shop.words]
    $SHOP_B = (dynamic) environment-file words.env:3:8 `"two words"` [cron:shop.words]
    $SHOP_A = 1 environment-file words.env:2:8 `1` [cron:shop.exported_words]
    $SHOP_B = (dynamic) environment-file words.env:3:8 `"two words"` [cron:shop.exported_words]
    cron:shop.exported runs ["python", "-m", "shop.exported"]
    cron:shop.all runs ["python", "-m", "shop.all"]
    cron:shop.words runs ["python", "-m", "shop.words"]
    cron:shop.exported_words runs ["python", "-m", "shop.exported_words"]
    cron:shop.activated runs ["python", "-m", "shop.activated"]
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
    $SHOP_LOG = info unit-environment web.env:1:10 `info` [web]
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

#[test]
fn an_override_is_laid_over_its_compose_file() {
    let base = "services:
  web:
    environment:
      SHOP_LOG: info
      SHOP_POOL: 5
    env_file: web.env
    entrypoint: gunicorn -w 2
    command: shop:app
";
    let stronger = "services:
  web:
    environment: [SHOP_POOL=20]
    env_file: [more.env]
    command: --timeout ${TIMEOUT:-40} shop:app
  worker:
    command: celery -A shop worker
";
    let files = [
        ("compose.yaml", base),
        ("compose.override.yaml", stronger),
        ("web.env", "SHOP_A=1\nSHOP_B=1\n"),
        ("more.env", "SHOP_B=2\n"),
    ];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    $SHOP_A = 1 unit-environment web.env:1:8 `1` [web]
    $SHOP_B = 1 unit-environment web.env:2:8 `1` [web]
    $SHOP_B = 2 unit-environment more.env:1:8 `2` [web]
    $SHOP_LOG = info unit-environment compose.yaml:4:17 `info` [web]
    $SHOP_POOL = 5 unit-environment compose.yaml:5:18 `5` [web]
    $SHOP_POOL = 20 unit-environment compose.override.yaml:3:29 `20` [web]
    gunicorn.workers = 2 command-line compose.yaml:7:29 `2` [web]
    gunicorn.timeout = 40 command-line compose.override.yaml:5:24 `${TIMEOUT:-40}` [web]
    celery.app = shop command-line compose.override.yaml:7:24 `shop` [worker]
    web runs ["gunicorn", "-w", "2", "--timeout", "40", "shop:app"]
    web runs ["gunicorn", "-w", "2", "--timeout", "40", "shop:app"]
    worker runs ["celery", "-A", "shop", "worker"]
    "#);
}

#[test]
fn a_service_builds_upon_others() {
    let text = "services:
  base:
    environment: {SHOP_LOG: info, SHOP_MODE: base}
  web:
    extends: base
    environment: {SHOP_MODE: web}
  worker:
    extends: {file: common.yaml, service: worker}
    command: celery -A shop worker
  circle:
    extends: circle
    environment: {SHOP_MODE: circle}
  lost:
    extends: {file: common.yaml, service: nobody}
";
    let common = "services:
  all:
    env_file: {path: all.env, format: raw}
  worker:
    extends: {service: all}
    environment: [SHOP_QUEUE=high]
";
    let files = [("compose.yaml", text), ("common.yaml", common), ("all.env", "SHOP_RAW='$HOME'\n")];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    $SHOP_LOG = info unit-environment compose.yaml:3:29 `info` [base]
    $SHOP_MODE = base unit-environment compose.yaml:3:46 `base` [base]
    $SHOP_LOG = info unit-environment compose.yaml:3:29 `info` [web]
    $SHOP_MODE = base unit-environment compose.yaml:3:46 `base` [web]
    $SHOP_MODE = web unit-environment compose.yaml:6:30 `web` [web]
    $SHOP_RAW = '$HOME' unit-environment all.env:1:10 `'$HOME'` [worker]
    $SHOP_QUEUE = high unit-environment common.yaml:6:30 `high` [worker]
    celery.app = shop command-line compose.yaml:9:24 `shop` [worker]
    $SHOP_MODE = circle unit-environment compose.yaml:12:30 `circle` [circle]
    worker runs ["celery", "-A", "shop", "worker"]
    it extends a service that extends it (compose.yaml:11:14); expected a compose file that Compose takes; retry: safe once this is mended; nothing was changed
    it extends a service that is not there (compose.yaml:14:43); expected a compose file that Compose takes; retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn a_service_of_a_profile_says_so() {
    let text = "services:
  debug:
    profiles: [debug, tools]
    environment: [SHOP_LOG=debug]
    command: uvicorn shop:app --reload
  seed:
    profiles: [seed]
    environment: [SHOP_SEED=1]
  import:
    profiles: [import]
    environment: [SHOP_IMPORT=1]
";
    let files = [("compose.yaml", text), (".env", "COMPOSE_PROFILES=seed,other\n")];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    $SHOP_LOG = debug unit-environment compose.yaml:4:28 `debug` [debug, only with one of the profiles `debug`, `tools`]
    uvicorn.reload = true command-line compose.yaml:5:31 `--reload` [debug, only with one of the profiles `debug`, `tools`]
    $SHOP_SEED = 1 unit-environment compose.yaml:8:29 `1` [seed]
    $SHOP_IMPORT = 1 unit-environment compose.yaml:11:31 `1` [import, only with the profile `import`]
    debug runs ["uvicorn", "shop:app", "--reload"]
    "#);
}

#[test]
fn what_compose_reads_by_itself() {
    let files = |names: &[&str]| -> String {
        let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let machine = tempfile::tempdir().unwrap();
        write(&machine.path().join("d/.env"), "COMPOSE_FILE=compose.yml:../shared/compose.prod.yml");
        let machine = FixtureHost::new(machine.path());
        let projects = super::projects(&machine, &paths, Within::Machine)
            .into_iter()
            .map(|files| files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" < "));
        projects.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(files(&[
        "a/compose.override.yaml",
        "a/compose.yaml",
        "a/docker-compose.override.yml",
        "a/docker-compose.yml",
        "a/docker-compose.prod.yml",
        "b/docker-compose.override.yml",
        "c/compose.override.yml",
        "c/compose.override.yaml",
        "c/docker-compose.yaml",
        "d/compose.override.yml",
        "d/compose.yaml",
        "d/compose.yml",
        "d/docker-compose.debug.yml",
    ]), @"
    a/compose.yaml < a/compose.override.yaml
    a/docker-compose.prod.yml
    b/docker-compose.override.yml
    c/docker-compose.yaml < c/compose.override.yml
    d/compose.yml < shared/compose.prod.yml
    d/docker-compose.debug.yml
    ");
}

#[test]
fn a_file_of_variables_is_read_as_compose_does() {
    let text = "services:
  web:
    env_file:
      - web.env
      - more.env
      - {path: web.env, format: raw}
      - {path: absent.env, required: false}
    environment: {SHOP_HOST: example.org, SHOP_COST: $$5}
";
    let variables = "SHOP_URL=https://$SHOP_HOST/\nSHOP_ONE=${TAG}\n";
    let more = "SHOP_ONE='$TAG'\nSHOP_TWO=\"$SHOP_ONE\"\nSHOP_LOST=a$HOME\nSHOP_ALL: yes\n";
    let files = [("compose.yaml", text), ("web.env", variables), ("more.env", more), (".env", "TAG=v1\n")];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    $SHOP_URL = https://$SHOP_HOST/ unit-environment web.env:1:10 `https://$SHOP_HOST/` [web]
    $SHOP_ONE = ${TAG} unit-environment web.env:2:10 `${TAG}` [web]
    $SHOP_ONE = $TAG unit-environment more.env:1:10 `'$TAG'` [web]
    $SHOP_TWO = $TAG unit-environment more.env:2:10 `"$SHOP_ONE"` [web]
    $SHOP_LOST = (dynamic) unit-environment more.env:3:11 `a$HOME` [web]
    $SHOP_ALL = yes unit-environment more.env:4:11 `yes` [web]
    $SHOP_HOST = example.org unit-environment compose.yaml:8:30 `example.org` [web]
    $SHOP_COST = $5 unit-environment compose.yaml:8:54 `$$5` [web]
    "#);
}

#[test]
fn a_file_includes_other_projects() {
    let text = "include:
  - db/compose.yaml
  - {path: tools.yaml, env_file: tools.env}
services:
  web:
    extends: db
    environment: {SHOP_TAG: '$TAG'}
";
    let db = "include: [../compose.yaml]
services:
  db:
    env_file: db.env
    environment: ['DB_TAG=$TAG', 'DB_SIZE=$SIZE']
";
    let stronger = "services: {tools: {environment: {TOOLS: more}}}\n";
    let files = [
        ("compose.yaml", text),
        ("compose.override.yaml", stronger),
        (".env", "TAG=v1\n"),
        ("db/compose.yaml", db),
        ("db/db.env", "DB_USER=shop\n"),
        ("db/.env", "TAG=v2\nSIZE=2\n"),
        ("tools.yaml", "services: {tools: {environment: {TOOLS: '$TOOLS'}}, web: {}}\n"),
        ("tools.env", "TOOLS=few\n"),
    ];
    insta::assert_snapshot!(picture(&files, compose_of), @"
    $DB_USER = shop unit-environment db/db.env:1:9 `shop` [web]
    $DB_TAG = v1 unit-environment db/compose.yaml:5:27 `$TAG` [web]
    $DB_SIZE = 2 unit-environment db/compose.yaml:5:43 `$SIZE` [web]
    $SHOP_TAG = v1 unit-environment compose.yaml:7:29 `'$TAG'` [web]
    $DB_USER = shop unit-environment db/db.env:1:9 `shop` [db]
    $DB_TAG = v1 unit-environment db/compose.yaml:5:27 `$TAG` [db]
    $DB_SIZE = 2 unit-environment db/compose.yaml:5:43 `$SIZE` [db]
    $TOOLS = few unit-environment tools.yaml:1:41 `'$TOOLS'` [tools]
    $TOOLS = more unit-environment compose.override.yaml:1:41 `more` [tools]
    it includes a file that includes it (db/compose.yaml:1:11); expected a compose file that Compose takes; retry: safe once this is mended; nothing was changed
    a service of it is also in the file that includes it (compose.yaml:3:5); expected a compose file that Compose takes; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_project_that_names_too_much_is_cut_off() {
    // Forty files are read, and more than there is room for is told once.
    let of = |number: usize| {
        let include: String = (0..number).map(|at| format!("  - {at}.yaml\n")).collect();
        let text = format!("include:\n{include}services: {{web: {{extends: {{file: common.yaml, service: web}}}}}}\n");
        let common = "services: {web: {environment: [SHOP_WEB=1]}}\n";
        let mut files = vec![("compose.yaml".to_owned(), text), ("common.yaml".to_owned(), common.to_owned())];
        let service = |at| format!("services: {{a{at}: {{environment: [SHOP_A={at}]}}}}\n");
        files.extend((0..number).map(|at| (format!("{at}.yaml"), service(at))));
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let picture = picture(&files, compose_of);
        let (set, told): (Vec<_>, Vec<_>) = picture.lines().partition(|line| line.starts_with('$'));
        format!("{} variables\n{}", set.len(), told.join("\n"))
    };
    insta::assert_snapshot!(of(40), @"41 variables");
    insta::assert_snapshot!(of(300), @"
    255 variables
    it comes to more than 256 files or 16 MiB with what it names, and the rest of it is not read (compose.yaml:1:1); expected a smaller compose file; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn variables_that_come_over_and_over_are_cut_off() {
    let variables: String = (0..4000).map(|at| format!("      A{at}: 1\n")).collect();
    let extending: String = (0..40).map(|at| format!("  b{at}: {{extends: base}}\n")).collect();
    let built_upon = format!("services:\n  base:\n    environment:\n{variables}{extending}");
    let many = "many.env, ".repeat(2000);
    let included =
        format!("include: [{{path: b.yaml, env_file: [{many}]}}]\nservices: {{web: {{environment: [A=1]}}}}\n");
    let many: String = (0..9000).map(|at| format!("A{at}=1\n")).collect();
    let of = |text: &str| {
        let b = "services: {b: {environment: [B=1]}}\n";
        let files = [("compose.yaml", text), ("b.yaml", b), ("many.env", many.as_str())];
        let picture = picture(&files, compose_of);
        let (set, told): (Vec<_>, Vec<_>) = picture.lines().partition(|line| line.starts_with('$'));
        format!("{} variables\n{}", set.len(), told.join("\n"))
    };
    insta::assert_snapshot!(of(&built_upon), @"
    32000 variables
    it comes to more than 256 files or 16 MiB with what it names, and the rest of it is not read (compose.yaml:1:1); expected a smaller compose file; retry: safe once this is mended; nothing was changed
    ");
    insta::assert_snapshot!(of(&included), @"
    0 variables
    it comes to more than 256 files or 16 MiB with what it names, and the rest of it is not read (compose.yaml:1:1); expected a smaller compose file; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn what_is_named_outside_of_the_folder_is_not_read() {
    let text = "include: [../o.yaml, {path: in.yaml, env_file: ../o.env}]
services:
  web: {extends: {file: ../o.yaml, service: o}, env_file: [../o.env]}
  worker: {env_file: [../o.env], environment: [SHOP_MODE=worker]}
";
    let files = [
        ("shop/compose.yaml", text),
        ("shop/in.yaml", "services: {in: {environment: ['SHOP_IN=$SHOP_O']}}\n"),
        ("o.yaml", "services: {o: {environment: [SHOP_O=hunter2-of-outside]}}\n"),
        ("o.env", "SHOP_O=hunter2-of-outside\n"),
    ];
    let within = |host: &FixtureHost, origin: Origin<'_>, shown: &dyn Fn(&Path) -> String| {
        compose(host, origin, &[], shown, Within::Folder(Path::new("/shop")))
    };
    insta::assert_snapshot!(picture(&files, within), @"
    $SHOP_MODE = worker unit-environment shop/compose.yaml:4:58 `worker` [worker]
    $SHOP_IN = (dynamic) unit-environment shop/in.yaml:1:40 `$SHOP_O` [in]
    `.env` was not read: it is not in this folder (.env:1:1); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    `o.yaml` was not read: it is not in this folder (o.yaml:1:1); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    `o.env` was not read: it is not in this folder (o.env:1:1); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    ");
}

fn compose_of(host: &FixtureHost, origin: Origin<'_>, shown: &dyn Fn(&Path) -> String) -> Started {
    let files = [origin.path.to_owned(), origin.path.with_file_name("compose.override.yaml")];
    let [project] = &super::projects(host, &files, Within::Machine)[..] else { panic!("one project") };
    let is_there = |file: &&PathBuf| setpoint_host::Host::status(host, file).is_ok();
    let overrides: Vec<_> = project[1..].iter().filter(is_there).cloned().collect();
    compose(host, origin, &overrides, shown, Within::Folder(Path::new("/")))
}

#[test]
fn a_service_is_the_image_that_it_builds() {
    let text = "services:
  web:
    build: {context: ., dockerfile: docker/web, target: serve, args: {PORT: 9000}}
    image: shop:1
    environment: {SHOP_MODE: web}
  worker:
    image: shop:1
    command: celery -A shop worker
  api:
    build: ./api
    entrypoint: [uvicorn]
    command: --port 8002 shop.api:app
  away:
    build: https://github.com/example/shop.git
  here:
    build: {context: ., dockerfile_inline: FROM x}
";
    let web = "ARG PORT=1
FROM python:3.12 AS base
ENV SHOP_MODE=image SHOP_HOME=/srv
ENTRYPOINT [\"tini\", \"--\"]
FROM base AS serve
ARG PORT
ENV SHOP_PORT=$PORT
CMD gunicorn -w 3 -b :$SHOP_PORT $SHOP_MODE:app
FROM base AS test
CMD [\"pytest\"]
";
    let api = "FROM python\nCMD [\"gunicorn\", \"-w\", \"9\", \"shop:app\"]\n";
    let files = [("compose.yaml", text), ("docker/web", web), ("api/Dockerfile", api)];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    $SHOP_MODE = image image docker/web:3:15 `image` [web]
    $SHOP_HOME = /srv image docker/web:3:31 `/srv` [web]
    $SHOP_PORT = 9000 image docker/web:7:15 `$PORT` [web]
    $SHOP_MODE = web unit-environment compose.yaml:5:30 `web` [web]
    gunicorn.workers = 3 command-line docker/web:8:17 `3` [web]
    gunicorn.bind = :9000 command-line docker/web:8:22 `:$SHOP_PORT` [web]
    container.image = shop:1 unit compose.yaml:4:12 `shop:1` [web]
    container.build = . unit compose.yaml:3:22 `.` [web]
    $SHOP_MODE = image image docker/web:3:15 `image` [worker]
    $SHOP_HOME = /srv image docker/web:3:31 `/srv` [worker]
    $SHOP_PORT = 9000 image docker/web:7:15 `$PORT` [worker]
    celery.app = shop command-line compose.yaml:8:24 `shop` [worker]
    container.image = shop:1 unit compose.yaml:7:12 `shop:1` [worker]
    uvicorn.port = 8002 command-line compose.yaml:12:21 `8002` [api]
    container.build = ./api unit compose.yaml:10:12 `./api` [api]
    container.build = https://github.com/example/shop.git unit compose.yaml:14:12 `https://github.com/example/shop.git` [away]
    container.build = . unit compose.yaml:16:22 `.` [here]
    web runs ["gunicorn", "-w", "3", "-b", ":9000", "web:app"]
    worker runs ["celery", "-A", "shop", "worker"]
    worker runs ["celery", "-A", "shop", "worker"]
    api runs ["uvicorn", "--port", "8002", "shop.api:app"]
    "#);
}

#[test]
fn what_a_service_says_of_its_container() {
    let base = "services:
  web:
    image: shop:${TAG:-1}
    restart: always
    mem_limit: ${MEMORY}
    stop_grace_period: soon
    ulimits: {nofile: 4096}
    ports: ['8000:8000', '9000']
    deploy: {restart_policy: {condition: none}, resources: {limits: {memory: 512M}}}
  job:
    image: shop:1
    restart: 'no'
    deploy: {restart_policy: {delay: 5s}}
";
    let stronger = "services:
  web:
    restart: unless-stopped
    mem_limit: !reset null
    ports: ['127.0.0.1:8001:8001']
  job: {ports: !override ['${PORT}:80']}
";
    let files = [("compose.yaml", base), ("compose.override.yaml", stronger)];
    insta::assert_snapshot!(picture(&files, compose_of), @r#"
    container.image = shop:1 unit compose.yaml:3:12 `shop:${TAG:-1}` [web]
    container.restart = always unit compose.yaml:4:14 `always` [web]
    container.memory = 536870912 unit compose.yaml:9:78 `512M` [web]
    container.stop-timeout = (dynamic) unit compose.yaml:6:24 `soon` [web]
    container.ulimit.nofile = 4096:4096 unit compose.yaml:7:23 `4096` [web]
    container.restart = unless-stopped unit compose.override.yaml:3:14 `unless-stopped` [web]
    container.restart = no unit compose.yaml:9:30 `{condition: none}` [web]
    container.publish = ["0.0.0.0:8000"] unit compose.yaml:8:13 `'8000:8000', '9000'` [web]
    container.publish = ["0.0.0.0:8000","127.0.0.1:8001"] unit compose.override.yaml:5:13 `'127.0.0.1:8001:8001'` [web]
    container.image = shop:1 unit compose.yaml:11:12 `shop:1` [job]
    container.restart = no unit compose.yaml:12:14 `'no'` [job]
    container.restart = (dynamic) unit compose.yaml:13:30 `{delay: 5s}` [job]
    container.publish = (dynamic) unit compose.override.yaml:6:27 `'${PORT}:80'` [job]
    Compose does not take this for `stop_grace_period` (compose.yaml:6:24); expected a time with its unit, such as `30s`; retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn servers_by_their_images_and_commands() {
    let text = "services:
  db:
    image: docker.io/library/postgres:16-alpine
    command: -c max_connections=${CONNECTIONS:-200} -N 300
  gis:
    image: postgis/postgis
    command: [postgres, -c, statement_timeout=30s]
  cache:
    image: redis@sha256:0
    command: redis-server --maxmemory 256mb --maxmemory-policy allkeys-lru
  plain: {image: 'valkey/valkey:8'}
  other: {image: 'registry.example/shop', command: --port 1}
";
    insta::assert_snapshot!(picture(&[("compose.yaml", text)], compose_of), @r#"
    postgresql.max_connections = 200 command-line compose.yaml:4:33 `${CONNECTIONS:-200}` [db]
    postgresql.max_connections = 300 command-line compose.yaml:4:56 `300` [db]
    container.image = docker.io/library/postgres:16-alpine unit compose.yaml:3:12 `docker.io/library/postgres:16-alpine` [db]
    postgresql.statement_timeout = 30s command-line compose.yaml:7:47 `30s` [gis]
    container.image = postgis/postgis unit compose.yaml:6:12 `postgis/postgis` [gis]
    redis-server.maxmemory = 256mb command-line compose.yaml:10:39 `256mb` [cache]
    redis-server.maxmemory-policy = allkeys-lru command-line compose.yaml:10:64 `allkeys-lru` [cache]
    container.image = redis@sha256:0 unit compose.yaml:9:12 `redis@sha256:0` [cache]
    container.image = valkey/valkey:8 unit compose.yaml:11:18 `'valkey/valkey:8'` [plain]
    container.image = registry.example/shop unit compose.yaml:12:18 `'registry.example/shop'` [other]
    db runs ["postgres", "-c", "max_connections=200", "-N", "300"]
    gis runs ["postgres", "-c", "statement_timeout=30s"]
    cache runs ["redis-server", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]
    plain runs ["valkey-server"]
    other runs ["--port", "1"]
    "#);
}

#[test]
fn variables_beside_the_compose_file_do_not_come_from_elsewhere() {
    let machine = tempfile::tempdir().unwrap();
    write(&machine.path().join("etc/other.env"), "TAG=of-another\nCOMPOSE_FILE=/etc/compose.yaml\n");
    write(&machine.path().join("shop/compose.yaml"), "services: {web: {environment: {SHOP_TAG: $TAG}}}\n");
    std::os::unix::fs::symlink("../etc/other.env", machine.path().join("shop/.env")).unwrap();
    let (host, file) = (FixtureHost::new(machine.path()), PathBuf::from("/shop/compose.yaml"));
    let within = Within::Folder(Path::new("/shop"));
    assert_eq!(super::projects(&host, std::slice::from_ref(&file), within), [[file.clone()]]);
    let origin = Origin { path: &file, shown: "compose.yaml", process: None };
    let started = compose(&host, origin, &[], &|path| path.display().to_string(), within);
    assert!(started.deployment.assignments.iter().all(|assignment| matches!(assignment.value, Clear::Dynamic)));
    insta::assert_snapshot!(started.deployment.problems[0], @"`/shop/.env` was not read: it is not in this folder (/shop/.env:1:1); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed");
}
