use super::*;
use crate::command_line::{Command, launched};
use proptest::prelude::*;

const FILE: &str = r#"x-common: &common
  environment: &env
    SHOP_LOG: info
    SHOP_SHARED: "1"
services:
  web:
    <<: *common
    environment:
      <<: *env
      SHOP_LOG: 'debug'   # louder
      SHOP_WORKERS: 4
      SHOP_PASSED:
      SHOP_PORT: ${PORT:-8000}
    env_file:
      - .env
      - path: ./override.env
        required: false
    command: gunicorn -b "0.0.0.0:8000" shop:app
  worker:
    environment:
      - SHOP_QUEUE=high=1
      - SHOP_PASSED
    env_file: worker.env
    entrypoint: ["sh", "-c"]
    command: ["exec celery -A shop worker"]
  broken: 5
"#;

fn commands_of(service: &Service) -> Vec<Command> {
    let words = [&service.entrypoint, &service.command].into_iter().flatten().flat_map(Start::words);
    let words = interpolated(&words.cloned().collect::<Vec<_>>(), &known);
    if words.is_empty() { Vec::new() } else { launched(Command { words, ..Command::default() }, &known) }
}

fn known(name: &str) -> Option<String> {
    (name == "SET").then(|| "yes".to_owned())
}

#[test]
fn services_with_their_variables_files_and_commands() {
    let (Compose { services, .. }, complaints) = parse(FILE.as_bytes());
    assert!(complaints.is_empty(), "{complaints:?}");
    let [web, worker, broken] = &services[..] else { panic!("{services:?}") };
    let written = |span: ByteSpan| &FILE[span.start..span.end];
    let show = |one: &Variable| {
        let value = one.value.as_ref().map_or("-", Traced::as_str);
        format!("{} {value} {}", one.name, written(one.span))
    };
    let expected = [
        "SHOP_LOG debug 'debug'",
        "SHOP_WORKERS 4 4",
        "SHOP_PASSED - SHOP_PASSED",
        "SHOP_PORT ${PORT:-8000} ${PORT:-8000}",
        "SHOP_SHARED 1 \"1\"",
    ];
    assert_eq!(web.environment.iter().map(show).collect::<Vec<_>>(), expected);
    assert_eq!(web.environment[3].resolved(&known).text.as_str(), "8000");
    let files: Vec<_> = web.env_files.iter().map(|file| (file.path.as_str(), file.optional)).collect();
    assert_eq!(files, [(".env", false), ("./override.env", true)]);
    let word = &web.command.as_ref().unwrap().words()[2];
    assert_eq!((word.as_str(), written(word.span)), ("0.0.0.0:8000", "\"0.0.0.0:8000\""));
    assert_eq!(worker.environment[0].value.as_ref().unwrap().as_str(), "high=1");
    assert_eq!(commands_of(worker)[0].program(), "celery");
    assert_eq!(broken, &Service { name: "broken".to_owned(), ..Service::default() });
}

#[test]
fn projects_that_are_included() {
    let text = "include:
  - ../common/compose.yaml
  - path: [db.yaml, db.more.yaml]
    project_directory: ..
    env_file: db.env
  - env_file: no-path.env
";
    let (Compose { include, .. }, _) = parse(text.as_bytes());
    let texts = |list: &[Traced]| list.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>().join(" ");
    let lines = include.iter().map(|one| {
        let folder = one.project_directory.as_ref().map(Traced::as_str);
        format!("{} in {folder:?} with [{}]", texts(&one.paths), texts(&one.env_files))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    ../common/compose.yaml in None with []
    db.yaml db.more.yaml in Some("..") with [db.env]
    "#);
}

#[test]
fn what_stands_before_a_fault_is_kept() {
    let text = "services:\n  web:\n    environment:\n      A: 1\n      B: 2\n   bad: [\n";
    let (Compose { services, .. }, complaints) = parse(text.as_bytes());
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert_eq!(services[0].environment.len(), 2);
}

/// What the values are was asked of compose-go; what it takes for empty and whoever starts the service may set is not
/// known.
#[test]
fn interpolation_by_the_specification() {
    for (text, expected) in [
        ("$SET ${SET} $$SET", "yes yes $SET"),
        ("${SET:-a}${NO:-b}${NO-c}${NO:-${SET}}", "yesbcyes"),
        ("${SET:+a}|${NO:+a}|${NO:?why}|${NO}|$NO", "a|${NO:+a}|${NO:?why}|${NO}|$NO"),
        ("${SET+a}|${NO+a}|${SET:?why}|${SET?why}", "a|${NO+a}|yes|yes"),
        ("${NO:-${NO}}", "${NO:-${NO}}"),
        ("${SET:-{\"a\": {\"b\": 1}}}x ${NO:-a{b}c}x", "yesx a{b}cx"),
        ("${SET:-{{}}}x", "yes}x"),
        ("$SET.x $9 a$1 ${NO:-$$x} $", "yes.x $9 a$1 $x $"),
        ("${", "${"),
    ] {
        let interpolated = interpolate(&Traced::verbatim(text, 0), &known);
        assert_eq!(interpolated.text.as_str(), expected, "{text}");
        assert_eq!(interpolated.is_known, !expected.contains("${"), "{text}");
    }
}

#[test]
fn a_bomb_of_aliases_is_cut_off() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let items = vec![format!("*a{}", at - 1); 10].join(", ");
        text.extend([format!("a{at}: &a{at} [{items}]\n")]);
    }
    let (_, complaints) = parse(text.as_bytes());
    assert_eq!(complaints.len(), 1);
}

proptest! {
    #[test]
    fn no_text_panics(
        text in "(services:|  web:|    environment:|&a|\\*a|<<:|[\\[\\]\\{\\}\"'\\\\ \\nA-C=$:\\-#|>,?]{1,6}){0,30}",
    ) {
        let (Compose { services, .. }, complaints) = parse(text.as_bytes());
        for service in &services {
            for variable in &service.environment {
                prop_assert!(variable.span.end <= text.len());
                let _ = variable.resolved(&known);
            }
            let _ = commands_of(service);
        }
        for format in [Format::Dotenv, Format::Raw] {
            let (variables, complaints) = env_file(text.as_bytes(), format);
            prop_assert!(variables.iter().all(|one| one.span.end <= text.len()));
            prop_assert!(complaints.iter().all(|one| one.span.end <= text.len()));
            let _ = resolve(&variables, &mut std::collections::BTreeMap::new(), &known);
        }
        prop_assert!(complaints.iter().all(|one| one.span.end <= text.len()));
    }
}
