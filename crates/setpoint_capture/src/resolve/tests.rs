use super::resolve;
use crate::process::Live;
use crate::python::Code;
use crate::site::Found;
use crate::source::Deployment;
use crate::{Assignment, Clear, Declaration, Sensitive, Target};
use setpoint_host::FixtureHost;
use setpoint_model::{Effective, Layer, Mechanism, Place, ProcessState, Site, Snapshot, TypeOrigin, Value};

/// `NAME` declared by that mechanism with that default.
fn declare(name: &str, mechanism: Mechanism, value: Option<&str>, line: u32) -> Declaration {
    Declaration {
        name: name.to_owned(),
        aliases: Vec::new(),
        variables: vec![name.to_owned()],
        layer: Layer::Code,
        ignores_case: mechanism == Mechanism::PydanticSettings,
        mechanism,
        type_name: None,
        type_origin: TypeOrigin::Parsed,
        choices: None,
        value: value.map_or(Clear::Nothing, |value| Clear::from(Value::from(value))),
        text: Sensitive::new(value.map(|value| format!("\"{value}\"")).unwrap_or_default()),
        required: value.is_none(),
        secret: false,
        option: None,
        nested: None,
        description: None,
        place: Place { line, ..Place::file("settings.py") },
        symbol: None,
        process: None,
    }
}

fn set(variable: &str, layer: Layer, value: &str) -> Assignment {
    assign(Target::Variable(variable.to_owned()), Mechanism::UnitEnvironment, layer, value)
}

fn assign(target: Target, mechanism: Mechanism, layer: Layer, value: &str) -> Assignment {
    Assignment {
        target,
        layer,
        mechanism,
        value: Clear::from(Value::from(value)),
        text: Sensitive::new(value.to_owned()),
        place: Place::file(layer.to_string()),
        symbol: None,
        process: None,
    }
}

fn of(process: &str, assignment: Assignment) -> Assignment {
    Assignment { process: Some(process.to_owned()), ..assignment }
}

fn live(process: &str) -> Live {
    let seen = |file: &str| Some(Place::file(file));
    let unit_file = Some((Layer::UnitEnvironment, Place::file(process)));
    Live { process: process.to_owned(), environment: seen("environ"), command_line: seen("cmdline"), unit_file }
}

fn lay(declarations: Vec<Declaration>, assignments: Vec<Assignment>) -> Snapshot {
    lay_on(&[], Vec::new(), declarations, assignments)
}

fn lay_on(
    processes: &[&str],
    live: Vec<Live>,
    declarations: Vec<Declaration>,
    assignments: Vec<Assignment>,
) -> Snapshot {
    let program = Some("python".to_owned());
    let state =
        |name: &&str| ProcessState { name: (*name).to_owned(), program: program.clone(), ..ProcessState::default() };
    let site = Site { processes: processes.iter().map(state).collect(), ..Site::default() };
    let deployment = Deployment { assignments, problems: Vec::new() };
    let found = Found { root: Some("/".into()), site, deployment, live, ..Found::default() };
    resolve(&FixtureHost::new("/nonexistent"), found, Code { declarations, ..Code::default() }, None).unwrap().snapshot
}

/// One line for each default: its own value, what wins where, and the layers of its readings from the weakest.
fn picture(snapshot: &Snapshot) -> String {
    let wins = |effective: &Effective| format!("{} by {}", effective.value.shown(), effective.layer);
    let line = |default: &setpoint_model::NamedDefault| {
        let own = default.value.shown();
        let effective = default.effective.as_ref().map_or("nothing".to_owned(), wins);
        let layers: Vec<_> = default.readings.iter().map(|reading| reading.layer.as_str()).collect();
        let each = default.per_process.iter().map(|(process, effective)| format!("; {process}: {}", wins(effective)));
        let (name, mechanism) = (&default.name, default.mechanism);
        let required = if default.required { ", required" } else { "" };
        format!("{name} {mechanism} {own}{required} -> {effective} {layers:?}{}\n", each.collect::<String>())
    };
    snapshot.defaults.iter().map(line).collect()
}

#[test]
fn the_environment_wins_over_the_env_file_and_that_over_the_code() {
    let declarations = vec![declare("SHOP_PORT", Mechanism::PydanticSettings, Some("1"), 1)];
    let assignments = vec![
        set("SHOP_PORT", Layer::EnvironmentFile, "4"),
        set("SHOP_PORT", Layer::Dotenv, "2"),
        set("shop_port", Layer::UnitEnvironment, "3"),
    ];
    insta::assert_snapshot!(picture(&lay(declarations, assignments)), @r#"
    SHOP_PORT pydantic-settings 1 -> 4 by environment-file ["code", "dotenv", "unit-environment", "environment-file"]
    "#);
}

#[test]
fn several_declarations_of_one_name_are_one_default_and_each_mechanism_has_its_own() {
    let declarations = vec![
        declare("SHOP_PORT", Mechanism::Environ, None, 1),
        declare("SHOP_PORT", Mechanism::Environ, Some("8001"), 9),
        declare("SHOP_PORT", Mechanism::Environ, Some("8000"), 3),
        declare("SHOP_PORT", Mechanism::Click, None, 5),
    ];
    insta::assert_snapshot!(picture(&lay(declarations, vec![set("SHOP_PORT", Layer::UnitEnvironment, "80")])), @r#"
    SHOP_PORT environ 8000 -> 80 by unit-environment ["code", "code", "code", "unit-environment"]
    SHOP_PORT click (not set), required -> 80 by unit-environment ["code", "unit-environment"]
    "#);
}

#[test]
fn required_and_unset_has_no_effective_value() {
    insta::assert_snapshot!(picture(&lay(vec![declare("SHOP_KEY", Mechanism::Environ, None, 1)], vec![])), @r#"SHOP_KEY environ (not set), required -> nothing ["code"]"#);
}

#[test]
fn the_first_of_two_variables_counts_even_from_the_env_file_unless_the_file_is_read_apart() {
    let two = |mechanism| {
        let variables = vec!["PORT".to_owned(), "SHOP_PORT".to_owned()];
        vec![Declaration { variables, ..declare("PORT", mechanism, Some("1"), 1) }]
    };
    let assignments = || vec![set("SHOP_PORT", Layer::UnitEnvironment, "3"), set("PORT", Layer::Dotenv, "2")];
    insta::assert_snapshot!(picture(&lay(two(Mechanism::Environ), assignments())), @r#"PORT environ 1 -> 2 by dotenv ["code", "unit-environment", "dotenv"]"#);
    insta::assert_snapshot!(picture(&lay(two(Mechanism::PydanticSettings), assignments())), @r#"PORT pydantic-settings 1 -> 3 by unit-environment ["code", "dotenv", "unit-environment"]"#);
}

#[test]
fn gunicorns_file_wins_over_its_variables_and_its_command_line_over_both() {
    let workers = || {
        let variables = vec!["WEB_CONCURRENCY".to_owned()];
        vec![Declaration { variables, ..declare("gunicorn.workers", Mechanism::Gunicorn, Some("1"), 1) }]
    };
    let option =
        |layer, value| assign(Target::Default("gunicorn.workers".to_owned()), Mechanism::Gunicorn, layer, value);
    let mut assignments = vec![set("WEB_CONCURRENCY", Layer::EnvironmentFile, "8")];
    insta::assert_snapshot!(picture(&lay(workers(), assignments.clone())), @r#"gunicorn.workers gunicorn 1 -> 8 by environment-file ["code", "environment-file"]"#);
    assignments.push(option(Layer::ConfigurationFile, "3"));
    insta::assert_snapshot!(picture(&lay(workers(), assignments.clone())), @r#"gunicorn.workers gunicorn 1 -> 3 by configuration-file ["code", "environment-file", "configuration-file"]"#);
    assignments.push(option(Layer::CommandLine, "5"));
    insta::assert_snapshot!(picture(&lay(workers(), assignments)), @r#"gunicorn.workers gunicorn 1 -> 5 by command-line ["code", "environment-file", "configuration-file", "command-line"]"#);
}

#[test]
fn a_live_process_holds_what_it_was_started_with() {
    let declarations = vec![
        declare("SHOP_ADDED", Mechanism::Environ, Some("1"), 1),
        declare("SHOP_CHANGED", Mechanism::Environ, Some("1"), 2),
        declare("SHOP_REMOVED", Mechanism::Environ, Some("1"), 3),
    ];
    let unit = |assignment| of("shop.service", assignment);
    let assignments = vec![
        unit(set("SHOP_ADDED", Layer::EnvironmentFile, "2")),
        unit(set("SHOP_CHANGED", Layer::EnvironmentFile, "2")),
        unit(set("SHOP_CHANGED", Layer::Process, "3")),
        unit(set("SHOP_REMOVED", Layer::Process, "3")),
        unit(set("HOME", Layer::Process, "/srv/shop")),
    ];
    let snapshot = lay_on(&["shop.service"], vec![live("shop.service")], declarations, assignments);
    insta::assert_snapshot!(picture(&snapshot), @r#"
    SHOP_ADDED environ 1 -> 1 by code ["code", "environment-file", "process"]
    SHOP_CHANGED environ 1 -> 3 by process ["code", "environment-file", "process"]
    SHOP_REMOVED environ 1 -> 3 by process ["code", "unit-environment", "process"]
    "#);
}

#[test]
fn processes_are_shown_one_by_one_only_where_they_disagree() {
    let declarations =
        vec![declare("SHOP_POOL", Mechanism::Environ, Some("5"), 1), declare("SHOP_SAME", Mechanism::Environ, None, 2)];
    let assignments = vec![
        of("web.service", set("SHOP_POOL", Layer::UnitEnvironment, "9")),
        of("web.service", set("SHOP_SAME", Layer::UnitEnvironment, "x")),
        of("worker.service", set("SHOP_SAME", Layer::EnvironmentFile, "x")),
    ];
    let snapshot = lay_on(&["web.service", "worker.service"], Vec::new(), declarations, assignments);
    insta::assert_snapshot!(picture(&snapshot), @r#"
    SHOP_POOL environ 5 -> 9 by unit-environment ["code", "unit-environment"]; web.service: 9 by unit-environment; worker.service: 5 by code
    SHOP_SAME environ (not set), required -> x by environment-file ["code", "unit-environment", "environment-file"]
    "#);
}

#[test]
fn one_line_that_a_server_reads_as_a_number_and_another_program_as_text_is_one_value() {
    let as_number = Assignment { value: Clear::from(Value::Integer(8)), ..set("JOBS", Layer::EnvironmentFile, "8") };
    let assignments = [of("worker.service", set("JOBS", Layer::EnvironmentFile, "8")), of("web.service", as_number)];
    for processes in
        [&["web.service", "worker.service"] as &[&str], &["web.service", "worker.service", "other.service"]]
    {
        let declarations = vec![declare("JOBS", Mechanism::Environ, Some("8"), 1)];
        let snapshot = lay_on(processes, Vec::new(), declarations, assignments.to_vec());
        assert_eq!(snapshot.defaults[0].effective_value(), Some(&Value::Integer(8)));
        assert!(snapshot.defaults[0].per_process.is_empty());
        let set = snapshot.defaults[0].readings.iter().filter(|reading| reading.layer.is_deployment());
        assert!(
            set.clone().count() > 0 && set.clone().all(|reading| reading.value.constant() == Some(&Value::Integer(8)))
        );
    }
}

#[test]
fn one_line_of_a_template_gives_each_instance_its_own_value() {
    let instances = ["worker@1.service", "worker@2.service"];
    let line = |name: &str, values: [&str; 2]| {
        let set = |(process, value)| of(process, set(name, Layer::UnitEnvironment, value));
        instances.into_iter().zip(values).map(set).collect::<Vec<_>>()
    };
    let assignments = [line("SHOP_QUEUE", ["1", "2"]), line("SHOP_MODE", ["batch", "batch"])].concat();
    let snapshot = lay_on(&instances, Vec::new(), Vec::new(), assignments);
    insta::assert_snapshot!(picture(&snapshot), @r#"
    SHOP_MODE unit-environment (not set) -> batch by unit-environment ["unit-environment"]
    SHOP_QUEUE unit-environment (not set) -> 1 by unit-environment ["unit-environment", "unit-environment"]; worker@1.service: 1 by unit-environment; worker@2.service: 2 by unit-environment
    "#);
}

#[test]
fn a_command_line_without_the_option_hides_no_variable_of_the_process() {
    let variables = vec!["WEB_CONCURRENCY".to_owned()];
    let declarations =
        vec![Declaration { variables, ..declare("gunicorn.workers", Mechanism::Gunicorn, Some("1"), 1) }];
    let option = assign(Target::Default("gunicorn.workers".to_owned()), Mechanism::Gunicorn, Layer::CommandLine, "5");
    let assignments = vec![of("shop.service", option), of("shop.service", set("WEB_CONCURRENCY", Layer::Process, "4"))];
    let snapshot = lay_on(&["shop.service"], vec![live("shop.service")], declarations, assignments);
    insta::assert_snapshot!(picture(&snapshot), @r#"gunicorn.workers gunicorn 1 -> 4 by process ["code", "unit-environment", "process", "command-line", "process"]"#);
}

#[test]
fn what_is_taken_away_falls_back_to_what_the_program_finds_elsewhere() {
    let declarations = vec![declare("SHOP_PORT", Mechanism::Environ, Some("1"), 1)];
    let assignments = vec![
        Assignment { value: Clear::Nothing, ..set("SHOP_PORT", Layer::UnitEnvironment, "") },
        set("SHOP_PORT", Layer::EnvironmentFile, "4"),
        set("SHOP_PORT", Layer::Dotenv, "2"),
    ];
    insta::assert_snapshot!(picture(&lay(declarations, assignments)), @r#"SHOP_PORT environ 1 -> 2 by dotenv ["code", "dotenv", "environment-file", "unit-environment"]"#);
}

#[test]
fn a_variable_that_no_code_reads_is_one_default() {
    let dotenv = assign(Target::Variable("OLD".to_owned()), Mechanism::Dotenv, Layer::Dotenv, "1");
    let snapshot = lay(Vec::new(), vec![dotenv, set("OLD", Layer::EnvironmentFile, "2")]);
    insta::assert_snapshot!(picture(&snapshot), @r#"OLD unit-environment (not set) -> 2 by environment-file ["dotenv", "environment-file"]"#);
}

mod secrets {
    use super::*;
    use proptest::prelude::*;
    use setpoint_model::{Problem, Retry};

    /// Where a secret can come from.
    fn planted(secret: &str, way: usize, layer: Layer) -> (Vec<Declaration>, Vec<Assignment>) {
        let url = format!("postgres://shop:{secret}@db/shop");
        let mut typed = declare("SHOP_CARD", Mechanism::PydanticSettings, Some(secret), 1);
        typed.secret = true;
        let mut dynamic = declare("SHOP_CARD_TOKEN", Mechanism::Environ, None, 1);
        dynamic.value = Clear::Dynamic;
        dynamic.text = Sensitive::new(format!("os.getenv('X') or '{secret}'"));
        let mut settings = declare("DATABASES", Mechanism::DjangoSettings, None, 1);
        let inner = Value::Map(vec![
            ("PASSWORD".to_owned(), Value::from(secret)),
            ("URL".to_owned(), Value::from(url.as_str())),
        ]);
        settings.value = Clear::from(Value::Map(vec![("default".to_owned(), inner)]));
        settings.text = Sensitive::new(format!("{{'default': {{'PASSWORD': '{secret}', 'URL': '{url}'}}}}"));
        match way {
            0 => (vec![typed], vec![set("SHOP_CARD", layer, secret)]),
            1 => (Vec::new(), vec![set("SHOP_API_KEY", layer, secret)]),
            2 => (vec![declare("SHOP_DB", Mechanism::Environ, Some(&url), 1)], vec![set("SHOP_DB", layer, &url)]),
            3 => (vec![dynamic], Vec::new()),
            4 => (vec![settings], Vec::new()),
            5 => (Vec::new(), vec![set("SHOP_ARGUMENTS", layer, &format!("--api-key {secret} --port 1"))]),
            _ => (Vec::new(), vec![set("SHOP_HEADERS", layer, &format!("{{\"api_key\": \"{secret}\"}}"))]),
        }
    }

    proptest! {
        #[test]
        fn a_secret_never_appears_in_what_is_kept_or_printed(
            secret in "[A-Za-z0-9]{4}[A-Za-z0-9+/=!._-]{4,40}[A-Za-z0-9]",
            way in 0..7usize,
            layer in prop::sample::select(vec![Layer::Dotenv, Layer::Image, Layer::EnvironmentFile, Layer::CommandLine, Layer::Process]),
        ) {
            // A literal that code alone says is looked for only where it cannot be a word of its own.
            let secret = if matches!(way, 3 | 4) { secret + "x7" } else { secret };
            let (declarations, mut assignments) = planted(&secret, way, layer);
            // A live process adds to what is known and makes nothing known.
            assignments.extend(assignments.clone().into_iter().filter(|_| layer == Layer::Process).map(|assignment| Assignment { layer: Layer::Dotenv, ..assignment }));
            let debug = format!("{declarations:?}{assignments:?}");
            prop_assert!(!debug.contains(&secret), "{}", debug);
            for assignment in &mut assignments {
                assignment.symbol = Some(format!("line with {secret}"));
            }
            let problem = Problem::input(format!("bad line `{secret}`"), format!("not {secret}"), Retry::Safe).hint(secret.clone());
            let deployment = Deployment { assignments, problems: vec![problem] };
            let found = Found { root: Some("/".into()), site: Site::default(), deployment, ..Found::default() };
            let code = Code { declarations, ..Code::default() };
            let snapshot = resolve(&FixtureHost::new("/nonexistent"), found, code, None).unwrap().snapshot;
            prop_assert!(!snapshot.defaults.is_empty());
            let json = serde_json::to_string(&snapshot).unwrap();
            prop_assert!(!json.contains(&secret), "{}", json);
            let debug = format!("{snapshot:?}");
            prop_assert!(!debug.contains(&secret), "{}", debug);
        }
    }
}
