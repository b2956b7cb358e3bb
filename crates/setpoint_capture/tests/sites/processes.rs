//! What each process of a site has: only what the code that it runs reads.

use crate::support::{folder, picture, problems, processes};
use insta::assert_snapshot;
use setpoint_capture::{Request, capture};
use setpoint_host::LiveHost;
use setpoint_model::Snapshot;

fn look(files: &[(&str, &str)]) -> Snapshot {
    let folder = folder(files);
    capture(&LiveHost, &Request { root: Some(folder.path().to_owned()), ..Request::default() }).unwrap().snapshot
}

const SETTINGS: (&str, &str) = (
    "shop/settings.py",
    "import os\n\nPOOL = int(os.environ.get(\"SHOP_POOL\", \"5\"))\nDAY = os.environ.get(\"SHOP_DAY\", \"monday\")\n",
);
const PACKAGE: (&str, &str) = ("shop/__init__.py", "");
const MAIN: (&str, &str) = ("shop/main.py", "from shop import settings\n");
const SYNC: (&str, &str) = ("shop/sync.py", "from .settings import POOL\n");

#[test]
fn each_line_of_a_crontab_has_its_own_values() {
    let snapshot = look(&[
        PACKAGE,
        SETTINGS,
        SYNC,
        (
            "deploy/crontab",
            "0 3 * * * cd /srv/shop && SHOP_DAY=tuesday python -m shop.sync --full\n\
             0 4 * * * cd /srv/shop && SHOP_DAY=friday python -m shop.sync\n",
        ),
    ]);
    assert_snapshot!(picture(&snapshot, "SHOP_DAY"), @"
    SHOP_DAY (environ): tuesday by command-line
      in cron:shop.sync --full: tuesday by command-line
      in cron:shop.sync: friday by command-line
      code monday shop/settings.py:4:34
      command-line tuesday deploy/crontab:1:36 [cron:shop.sync --full]
      command-line friday deploy/crontab:2:36 [cron:shop.sync]
    ");
}

#[test]
fn what_a_process_does_not_read_is_no_value_of_its_own() {
    let snapshot = look(&[
        PACKAGE,
        SETTINGS,
        MAIN,
        SYNC,
        ("jobs/hello.py", "import json\nprint(json.dumps({}))\n"),
        (
            "deploy/crontab",
            "SHOP_POOL=7\n0 3 * * * cd /srv/shop && python -m shop.sync\n\
             0 4 * * * cd /srv/shop/jobs && python hello.py\n0 5 * * * /srv/postgresql/bin/pg_dump shop\n",
        ),
        (
            "compose.yaml",
            "services:\n  web:\n    command: uvicorn shop.main:app\n    env_file: shop.env\n    environment: {SHOP_POOL: \"9\"}\n  \
             redis:\n    image: redis\n    env_file: shop.env\n    command: redis-server --appendonly yes\n",
        ),
        ("shop.env", "SHOP_POOL=8\nSHOP_DAY=tuesday\n"),
    ]);
    assert_snapshot!(picture(&snapshot, "SHOP"), @"
    SHOP_DAY (environ): tuesday by unit-environment
      in web: tuesday by unit-environment
      in cron:shop.sync: monday by code
      code monday shop/settings.py:4:34
      unit-environment tuesday shop.env:2:10 [web]
      unit-environment tuesday shop.env:2:10 [redis]
    SHOP_POOL (environ): 9 by unit-environment
      in web: 9 by unit-environment
      in cron:shop.sync: 7 by unit-environment
      code 5 shop/settings.py:3:40
      unit-environment 7 deploy/crontab:1:11 [cron:shop.sync]
      unit-environment 7 deploy/crontab:1:11 [cron:hello.py]
      unit-environment 7 deploy/crontab:1:11 [cron:pg_dump]
      unit-environment 8 shop.env:1:11 [web]
      unit-environment 9 compose.yaml:5:30 [web]
      unit-environment 8 shop.env:1:11 [redis]
    ");
}

#[test]
fn what_cannot_be_followed_may_read_all() {
    let crontab = "0 3 * * * python -m shop.by_statement\n0 3 * * * python -m shop.by_text\n\
                   0 3 * * * python -m shop.by_plugins\n0 3 * * * python -m shop.by_path\n0 3 * * * python -m shop.not\n";
    let snapshot = look(&[
        PACKAGE,
        SETTINGS,
        ("shop/by_statement.py", "def run():\n    import shop.settings\n"),
        ("shop/by_text.py", "import subprocess\nsubprocess.run([\"python\", \"-m\", \"shop.settings\"])\n"),
        ("shop/by_plugins.py", "import importlib, sys\nfor name in sys.argv:\n    importlib.import_module(name)\n"),
        ("shop/by_path.py", "import sys\nsys.path.insert(0, \"shop\")\nimport settings\n"),
        ("shop/not.py", "import importlib\nimportlib.import_module(\"json\")\n"),
        ("deploy/crontab", crontab),
        (
            "compose.yaml",
            "services:\n  web:\n    command: uvicorn shop.by_statement:app\n    environment: {SHOP_POOL: \"9\"}\n",
        ),
    ]);
    assert_snapshot!(picture(&snapshot, "SHOP_POOL"), @"
    SHOP_POOL (environ): 9 by unit-environment
      in web: 9 by unit-environment
      in cron:shop.by_statement: 5 by code
      in cron:shop.by_text: 5 by code
      in cron:shop.by_plugins: 5 by code
      in cron:shop.by_path: 5 by code
      code 5 shop/settings.py:3:40
      unit-environment 9 compose.yaml:4:30 [web]
    ");
}

#[test]
fn a_file_that_a_crontab_names_is_read_or_at_least_not_forgotten() {
    let crontab = "0 1 * * * cd /srv/shop && set -a; . /etc/shop.env; python -m shop.sync\n\
                   0 2 * * * /usr/local/bin/with-env /srv/shop/.env.jobs run\n0 3 99 * * python -m shop.sync\n";
    let snapshot = look(&[
        PACKAGE,
        SETTINGS,
        SYNC,
        ("deploy/crontab", crontab),
        ("deploy/shop.env", "SHOP_POOL=9\n"),
        (".env.jobs", "SHOP_POOL=8\n"),
        (".env.old", "SHOP_POOL=7\n"),
    ]);
    assert_snapshot!(picture(&snapshot, "SHOP_POOL"), @"
    SHOP_POOL (environ): 9 by environment-file
      code 5 shop/settings.py:3:40
      environment-file 9 deploy/shop.env:1:11 [cron:shop.sync]
    ");
    assert_snapshot!(format!("{:#?}", snapshot.site.unread_files), @r#"
    [
        UnreadFile {
            file: ".env.old",
            variables: [
                "SHOP_POOL",
            ],
        },
    ]
    "#);
    assert_snapshot!(problems(&snapshot), @"cron does not understand the schedule (deploy/crontab:3:5); expected a day of the month, 1 to 31; retry: safe once this is mended; nothing was changed");
    assert_snapshot!(processes(&snapshot), @"cron:shop.sync: python shop.sync by python, not running, not seen, []");
}

#[test]
fn two_files_of_one_kind_have_processes_of_their_own_names() {
    let snapshot = look(&[
        PACKAGE,
        SETTINGS,
        SYNC,
        ("Procfile", "one: SHOP_POOL=1 python -m shop.sync\ntwo: SHOP_POOL=2 python -m shop.sync\n"),
        (
            "deploy/supervisord.conf",
            "[program:three]\ncommand=python -m shop.sync\nenvironment=SHOP_POOL=\"3\"\n\
             [program:four]\ncommand=python -m shop.sync\nenvironment=SHOP_POOL=\"4\"\n",
        ),
        (
            "compose.yaml",
            "services:\n  five:\n    command: python -m shop.sync\n    environment: {SHOP_POOL: \"5\"}\n  \
             six:\n    command: python -m shop.sync\n    environment: {SHOP_POOL: \"6\"}\n",
        ),
    ]);
    assert_snapshot!(picture(&snapshot, "SHOP_POOL"), @"
    SHOP_POOL (environ): 1 by command-line
      in one: 1 by command-line
      in two: 2 by command-line
      in three: 3 by unit-environment
      in four: 4 by unit-environment
      in five: 5 by unit-environment
      in six: 6 by unit-environment
      code 5 shop/settings.py:3:40
      unit-environment 3 deploy/supervisord.conf:3:24 [three]
      unit-environment 4 deploy/supervisord.conf:6:24 [four]
      unit-environment 5 compose.yaml:4:30 [five]
      unit-environment 6 compose.yaml:7:30 [six]
      command-line 1 Procfile:1:16 [one]
      command-line 2 Procfile:2:16 [two]
    ");
}
