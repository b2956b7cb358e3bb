//! The lock: the same bytes for the same tree, and a difference for each default that changed.

use setpoint_model::Problem;
use setpoint_model::{
    Effective, Fingerprint, Held, Layer, Library, Mechanism, NamedDefault, Need, Needed, Ownership, Place,
    ProcessState, Purpose, Reading, Site, Snapshot, Value,
};
use setpoint_register::lock::{Difference, compare, needs, render};

fn differences(lock: &str, snapshot: &Snapshot) -> Result<Vec<Difference>, Problem> {
    compare(lock, snapshot).map(|comparison| comparison.differences)
}

fn reading(layer: Layer, file: &str, value: Held) -> Reading {
    let text = match &value {
        Held::Constant(value) => value.to_string(),
        Held::Dynamic => "os.cpu_count()\n    * 2 + 1".to_owned(),
        Held::Secret(_) => "***".to_owned(),
        Held::Nothing => String::new(),
    };
    let place = Place { line: 17, ..Place::file(file) };
    Reading { layer, mechanism: Mechanism::Environ, value, text, place, symbol: None, process: None }
}

fn default(name: &str, type_name: &str, readings: Vec<Reading>) -> NamedDefault {
    let declaration = readings.first().expect("a default has a reading").clone();
    let winner = readings.last().expect("a default has a reading").clone();
    NamedDefault {
        type_name: Some(type_name.to_owned()),
        required: declaration.value == Held::Nothing,
        dynamic: declaration.value == Held::Dynamic,
        secret: readings.iter().any(|reading| matches!(reading.value, Held::Secret(_))),
        value: declaration.value,
        readings,
        effective: Some(Effective { value: winner.value, layer: winner.layer, place: winner.place }),
        ..NamedDefault::unset(name, declaration.layer, declaration.mechanism)
    }
}

fn number(number: i128) -> Held {
    Held::Constant(Value::Integer(number))
}

fn snapshot(root: &str, defaults: Vec<NamedDefault>) -> Snapshot {
    Snapshot {
        version: 1,
        site: Site { root: root.to_owned(), ..Site::default() },
        defaults,
        calls: Vec::new(),
        needs: Vec::new(),
        problems: Vec::new(),
    }
}

/// A tree at a root, as one machine has it: what is of the machine differs with `machine`.
fn shop(root: &str, machine: i128) -> Snapshot {
    let settings = "shop/settings.py";
    let unit = |process: &str, value| Reading {
        process: Some(process.to_owned()),
        ..reading(Layer::UnitEnvironment, &format!("deploy/{process}"), number(value))
    };
    let database = format!("sqlite:///{root}/shop.db");
    let secret = Held::Secret(Fingerprint::from(u64::try_from(machine).unwrap_or(0)));
    let mut snapshot = snapshot(
        root,
        vec![
            default(
                "SHOP_PORT",
                "int",
                vec![
                    reading(Layer::Code, settings, number(8000)),
                    reading(Layer::Dotenv, ".env", number(8001)),
                    reading(Layer::EnvironmentFile, "/etc/shop.env", number(machine)),
                    reading(Layer::Process, "/proc/7/environ", number(machine)),
                ],
            ),
            default(
                "SHOP_POOL",
                "int",
                vec![
                    reading(Layer::Code, settings, number(5)),
                    unit("shop.service", 20),
                    unit("shop-worker.service", 2),
                ],
            ),
            default("SHOP_WORKERS", "int", vec![reading(Layer::Code, settings, Held::Dynamic)]),
            default(
                "SHOP_DATABASE",
                "str",
                vec![reading(Layer::Code, settings, Held::Constant(Value::Text(database)))],
            ),
            default("SHOP_NOTE", "str | None", vec![reading(Layer::Code, settings, Held::Constant(Value::Null))]),
            default(
                "SHOP_KEY",
                "SecretStr",
                vec![reading(Layer::Code, settings, Held::Nothing), reading(Layer::Dotenv, ".env", secret)],
            ),
            default("nofile", "int", vec![reading(Layer::Process, "/proc/7/limits", number(machine))]),
            default(
                "uvicorn.limit",
                "int",
                vec![reading(Layer::Library, "/usr/lib/uvicorn/config.py", number(machine))],
            ),
        ],
    );
    snapshot.site.processes = vec![ProcessState { pid: u32::try_from(machine).ok(), ..ProcessState::default() }];
    snapshot
}

#[test]
fn one_line_for_each_default_of_the_tree() {
    insta::assert_snapshot!(render(&shop("/srv/shop", 1), None), @r#"
    # Every default of this tree, one on a line, by how it is declared. Written by `setpoint capture --write`;
    # a changed line is a changed default, and belongs in the commit that changes it.
    version = 1

    [environ]
    SHOP_DATABASE = { type = "str", value = "sqlite:///{root}/shop.db" }
    SHOP_KEY = { type = "SecretStr", required = true, secret = true, set = { ".env" = "set" } }
    SHOP_NOTE = { type = "str | None", value = { null = true } }
    SHOP_POOL = { type = "int", value = 5, set = { "deploy/shop.service" = 20, "deploy/shop-worker.service" = 2 }, effective = { "shop-worker.service" = 2, "shop.service" = 20 } }
    SHOP_PORT = { type = "int", value = 8000, set = { ".env" = 8001 } }
    SHOP_WORKERS = { type = "int", value = { dynamic = "os.cpu_count() * 2 + 1" } }
    "#);
}

#[test]
fn what_holds_in_each_process_of_the_tree() {
    let of = |process: &str, reading: Reading| Reading { process: Some(process.to_owned()), ..reading };
    let file = |value| reading(Layer::EnvironmentFile, "deploy/shop.env", number(value));
    let unit = |process: &str, value| of(process, reading(Layer::UnitEnvironment, &format!("deploy/{process}"), value));
    let declared = || reading(Layer::Code, "shop/settings.py", number(5));
    let mut snapshot = snapshot(
        "/srv/shop",
        vec![
            default("ONE_SETS_IT", "int", vec![declared(), unit("shop.service", number(10))]),
            default("ONE_TAKES_IT_AWAY", "int", vec![declared(), file(10), unit("worker.service", Held::Nothing)]),
            default(
                "TAKEN_AWAY",
                "int",
                vec![declared(), unit("shop.service", number(5)), unit("shop.service", Held::Nothing)],
            ),
        ],
    );
    let program = Some("python".to_owned());
    let process = |name: &str| ProcessState { name: name.to_owned(), program: program.clone(), ..Default::default() };
    snapshot.site.processes = vec![process("shop.service"), process("worker.service")];
    let text = render(&snapshot, None);
    insta::assert_snapshot!(text.split_once("[environ]").unwrap().1, @r#"
    ONE_SETS_IT = { type = "int", value = 5, set = { "deploy/shop.service" = 10 }, effective = { "shop.service" = 10, "worker.service" = 5 } }
    ONE_TAKES_IT_AWAY = { type = "int", value = 5, set = { "deploy/shop.env" = 10, "deploy/worker.service" = { unset = true } }, effective = { "shop.service" = 10, "worker.service" = 5 } }
    TAKEN_AWAY = { type = "int", value = 5, set = { "deploy/shop.service" = { unset = true } }, effective = 5 }
    "#);
}

#[test]
fn another_machine_writes_the_same_bytes() {
    let here = shop("/srv/shop", 1);
    let there = shop("/home/ci/checkout", 2);
    assert_eq!(render(&here, None), render(&there, None));
    assert_eq!(differences(&render(&here, None), &there), Ok(Vec::new()));
    assert!(!render(&there, None).contains("/home"));
}

#[test]
fn each_way_in_which_a_default_changes_is_told() {
    let lock = render(&shop("/srv/shop", 1), None);
    let mut now = shop("/srv/shop", 1);
    now.defaults[0].readings[1].value = number(9000);
    now.defaults[1].type_name = Some("PositiveInt".to_owned());
    now.defaults[2].value = number(3);
    now.defaults[4].required = true;
    now.defaults[5].readings.truncate(1);
    now.defaults[3].name = "SHOP_DATABASE_URL".to_owned();
    let told: Vec<String> = differences(&lock, &now).unwrap().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    `SHOP_DATABASE` is gone: { type = "str", value = "sqlite:///{root}/shop.db" }
    `SHOP_DATABASE_URL` is new: { type = "str", value = "sqlite:///{root}/shop.db" }
    `SHOP_KEY` changed: set in .env "set" → (none)
    `SHOP_NOTE` changed: required (none) → true
    `SHOP_POOL` changed: type "int" → "PositiveInt"
    `SHOP_PORT` changed: set in .env 8001 → 9000
    `SHOP_WORKERS` changed: value { dynamic = "os.cpu_count() * 2 + 1" } → 3
    "#);
}

#[test]
fn a_changed_default_is_one_changed_line() {
    let old = render(&shop("/srv/shop", 1), None);
    let mut now = shop("/srv/shop", 1);
    now.defaults[1].value = number(6);
    let new = render(&now, None);
    let changed: Vec<_> = old.lines().zip(new.lines()).filter(|(one, two)| one != two).collect();
    assert_eq!((changed.len(), old.lines().count()), (1, new.lines().count()));
}

#[test]
fn a_lock_with_a_merge_conflict_is_a_problem_with_its_place() {
    let lock = format!("{}<<<<<<< HEAD\n", render(&shop("/srv/shop", 1), None));
    let problem = differences(&lock, &shop("/srv/shop", 1)).unwrap_err();
    insta::assert_snapshot!(format!("{problem}\n{}", problem.hint.clone().unwrap_or_default()), @r#"
    this is not TOML: invalid unquoted key: `<<<<<<<` (setpoint.lock:12:1); expected letters, numbers, `-`, `_`; retry: safe once this is mended; nothing was changed
    write the lock anew with `setpoint capture --write`
    "#);
    assert!(differences("version = 2\n", &shop("/srv/shop", 1)).is_err());
}

/// The shop with an installed library.
fn with_library(version: &str, size: i128, timeout: Held) -> Snapshot {
    let mut snapshot = shop("/srv/shop", 1);
    let of_library = |name: &str, value: Held| NamedDefault {
        mechanism: Mechanism::Library,
        type_name: None,
        ..default(name, "", vec![reading(Layer::Library, ".venv/lib/pool.py", value)])
    };
    let own = [
        of_library("pool.policy", Held::Constant(Value::Map(vec![("retries".into(), Value::Integer(3))]))),
        of_library("pool.size", number(size)),
        of_library("pool.timeout", timeout),
    ];
    let defaults = own.iter().map(|default| default.name.clone()).collect();
    snapshot.defaults.extend(own);
    let (name, folder) = ("pool".to_owned(), ".venv/lib".to_owned());
    snapshot.site.libraries =
        vec![Library { name, version: version.to_owned(), folder, mechanism: Mechanism::Library, defaults }];
    snapshot
}

#[test]
fn a_library_has_a_section_with_its_version() {
    let lock = render(&with_library("1.0", 5, Held::Constant(Value::Null)), None);
    let at = lock.find("[installed").unwrap();
    insta::assert_snapshot!(&lock[at..], @r#"
    [installed.pool]
    version = "1.0"
    "pool.policy" = { value = { retries = 3 } }
    "pool.size" = 5
    "pool.timeout" = { null = true }
    "#);
}

#[test]
fn an_upgrade_shows_which_defaults_it_changes() {
    let lock = render(&with_library("1.0", 5, Held::Constant(Value::Null)), None);
    let told = differences(&lock, &with_library("2.0", 10, number(30))).unwrap();
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    `pool` changed: version "1.0" → "2.0"
    `pool.size` changed: value 5 → 10
    `pool.timeout` changed: value { null = true } → 30
    "#);
}

#[test]
fn where_no_library_is_installed_the_lock_keeps_what_it_says_of_them() {
    let lock = render(&with_library("1.0", 5, number(30)), None);
    let here = shop("/srv/shop", 1);
    assert_eq!(compare(&lock, &here).unwrap().not_compared, ["pool"]);
    assert_eq!(differences(&lock, &here), Ok(Vec::new()));
    assert_eq!(render(&here, Some(&lock)), lock);
}

/// One need of each kind, in the order in which a machine is set up.
fn one_of_each() -> Vec<Need> {
    let text = |text: &str| text.to_owned();
    let access = |mode| Ownership { mode, owner: text("root"), group: text("shop") };
    let pins = [("fastapi", "fastapi==0.115.0"), ("shop", "--editable=/srv/shop")];
    let values = [("SHOP_KEY", None), ("SHOP_POOL_SIZE", Some(Value::Integer(10)))];
    let user = Needed::User {
        group: text("shop"),
        groups: vec![text("adm")],
        home: text("/srv/shop"),
        shell: text("/bin/sh"),
    };
    let needs = [
        ("nginx", Needed::Package { files: vec![text("/usr/sbin/nginx")] }),
        ("shop", Needed::Group),
        ("shop", user),
        ("/var/lib/shop", Needed::Folder { access: access(0o750), purpose: Purpose::State }),
        ("/etc/shop.env", Needed::File { access: access(0o640) }),
        ("/etc/nginx/sites-enabled/shop", Needed::Link { target: text("../sites-available/shop") }),
        ("/srv/shop/.venv", Needed::Python { interpreter: text("/usr/bin/python3.11") }),
        ("/srv/shop/.venv", Needed::Distributions { pins: pins.map(|(name, pin)| (text(name), text(pin))).into() }),
        ("/etc/shop.env", Needed::Variables { values: values.map(|(name, value)| (text(name), value)).into() }),
        ("shop.service", Needed::Unit { enabled: true }),
    ];
    needs.map(|(name, what)| Need { name: text(name), what }).into()
}

#[test]
fn what_a_machine_needs_is_written_and_read() {
    let mut here = snapshot("/srv/shop", Vec::new());
    (here.site.environment, here.needs) = (Some("production".to_owned()), one_of_each());
    let lock = render(&here, None);
    assert_eq!(needs(&lock, "production"), Ok(one_of_each()));
    assert_eq!(needs(&lock, "staging"), Ok(Vec::new()));
    assert_eq!(compare(&lock, &here).unwrap().needs, []);
    let (_, machine) = lock.split_once("version = 1\n").unwrap();
    insta::assert_snapshot!(machine, @r#"

    # What `production` needs of its machine; `setpoint check --environment production` says what another one lacks.
    [machine.production.package]
    nginx = { files = ["/usr/sbin/nginx"] }

    [machine.production.group]
    shop = {}

    [machine.production.user]
    shop = { group = "shop", groups = ["adm"], home = "/srv/shop", shell = "/bin/sh" }

    [machine.production.folder]
    "/var/lib/shop" = { mode = "0750", owner = "root:shop", for = "state" }

    [machine.production.file]
    "/etc/shop.env" = { mode = "0640", owner = "root:shop" }

    [machine.production.link]
    "/etc/nginx/sites-enabled/shop" = { target = "../sites-available/shop" }

    [machine.production.python]
    "/srv/shop/.venv" = { interpreter = "/usr/bin/python3.11" }

    [machine.production.distributions."/srv/shop/.venv"]
    fastapi = "fastapi==0.115.0"
    shop = "--editable=/srv/shop"

    [machine.production.variables."/etc/shop.env"]
    SHOP_KEY = { secret = true }
    SHOP_POOL_SIZE = 10

    [machine.production.unit]
    "shop.service" = { enabled = true }
    "#);
}

#[test]
fn where_the_machine_was_not_asked_the_lock_keeps_what_it_needs() {
    let mut here = snapshot("/srv/shop", Vec::new());
    (here.site.environment, here.needs) = (Some("production".to_owned()), one_of_each());
    let lock = render(&here, None);
    let elsewhere = snapshot("/home/me/shop", Vec::new());
    assert_eq!(render(&elsewhere, Some(&lock)), lock);
    assert_eq!(compare(&lock, &elsewhere).unwrap().needs, []);
    here.needs.retain(|need| need.name != "shop");
    let differences = compare(&lock, &here).unwrap().needs;
    let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(differences.join("\n"), @"
    what the machine needs: group `shop` is gone
    what the machine needs: user `shop` is gone
    ");
}
