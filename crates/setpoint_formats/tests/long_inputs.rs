//! A long file of one thing repeated must cost time that grows with its length alone: a reader that looks at the rest
//! of the text for each line would stop a capture for minutes.

use setpoint_formats::crontab::{self, Owner};
use setpoint_formats::unit::{Specifiers, UnitName};
use setpoint_formats::{
    Files, Traced, caddyfile, command_line, compose, dockerfile, dotenv, environment_file, hurl, postgresql, procfile,
    redis, supervisor, unit,
};
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LENGTH: usize = 64 << 10;
/// Without optimisation the slowest takes a second; time that grows with the square of the length takes minutes.
const PATIENCE: Duration = Duration::from_secs(10);
const REPEATED: [&str; 36] = [
    "GET http://a\n[Asserts]\nbody == \"",
    "GET a\n{\n",
    "a {\n",
    "(a) {\n import a\n}\n",
    "a {\n import x {args[0]} {\n b {block}\n",
    "reverse_proxy {$A\n",
    "A=1\n@daily a b\n",
    "[program:a]\nenvironment=A=\"1\",\n B=2\n",
    "[program:a]\ncommand=%(ENV_A)s %(\n",
    "%(",
    "A=1\n",
    "A='\n",
    "A=\"\\\"\n",
    "A=\"",
    "'",
    "\\\n",
    "\\",
    "export ",
    "#\\\n",
    "[S]\nA=\\\n",
    "ENV A=$A \\\n",
    "FROM a\n",
    "a: [",
    "- ",
    "&a *a ",
    "env ",
    "$(",
    "${",
    "${A:-",
    "}",
    "%",
    "sh -c '",
    ";",
    "A=1 ",
    "\n",
    "RUN <<A\n",
];

/// A Caddyfile that imports nothing else.
struct Alone<'a>(&'a [u8]);

impl Files for Alone<'_> {
    fn read(&self, _path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        Ok(self.0.to_vec())
    }

    fn list(&self, _folder: &Path) -> Vec<OsString> {
        Vec::new()
    }

    fn locate(&self, _included: &Path, _from: &Path) -> Option<PathBuf> {
        None
    }

    fn shown(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

fn in_time(what: &str, text: &str, read: impl Fn()) {
    let started = Instant::now();
    read();
    let took = started.elapsed();
    assert!(took < PATIENCE, "{what} took {took:?} for {:?}…", &text[..text.len().min(50)]);
}

#[test]
fn no_format_reads_a_text_again_and_again() {
    let specifiers = Specifiers::of_system_unit(&UnitName::new("shop.service"));
    let known = |name: &str| (name == "A").then(|| "1 2".to_owned());
    for repeated in REPEATED {
        for start in ["", "[Service]\nExecStart=/bin/a ", "services:\n  a:\n    command: ", "FROM a\nCMD ", "A=", "a: "]
        {
            let text = format!("{start}{}", repeated.repeat(LENGTH / repeated.len()));
            let bytes = text.as_bytes();
            in_time("dotenv", &text, || {
                let (bindings, _) = dotenv::parse(bytes);
                drop(dotenv::expand(&bindings, dotenv::Precedence::File, known));
            });
            in_time("hurl", &text, || drop(hurl::parse(&text)));
            in_time("assert of hurl", &text, || drop(hurl::assert(&text)));
            in_time("environment file", &text, || drop(environment_file::parse(bytes)));
            in_time("unit", &text, || {
                for directive in unit::parse(bytes).0 {
                    drop(unit::environment(&directive, &specifiers));
                    for command in command_line::exec_start(&directive.value, &specifiers).0 {
                        drop(command_line::expand(&command.words, &known));
                    }
                }
            });
            in_time("Procfile", &text, || drop(procfile::parse(bytes)));
            in_time("Caddyfile", &text, || {
                let (configuration, _) = caddyfile::Configuration::read(Path::new("Caddyfile"), &Alone(bytes));
                for way in configuration.ways() {
                    drop(configuration.in_force(&way));
                }
            });
            in_time("crontab", &text, || drop(crontab::parse(bytes, Owner::System)));
            in_time("postgresql.conf", &text, || drop(postgresql::parse(bytes)));
            in_time("redis.conf", &text, || drop(redis::parse(bytes)));
            in_time("supervisor", &text, || {
                for program in supervisor::parse(bytes).0.programs {
                    drop(program.commands(&known));
                }
            });
            in_time("shell", &text, || drop(command_line::shell(&Traced::verbatim(&text, 0), &known)));
            in_time("Dockerfile", &text, || drop(dockerfile::last_image(&dockerfile::parse(bytes).0).commands()));
            in_time("compose", &text, || {
                for service in compose::parse(bytes).0.services {
                    for start in [&service.entrypoint, &service.command].into_iter().flatten() {
                        let words = compose::interpolated(start.words(), &known);
                        drop(command_line::launched(command_line::Command { words, ..Default::default() }, &known));
                    }
                    for property in service.properties {
                        drop(property.kind.value(property.value.as_str()));
                    }
                }
            });
            for format in [compose::Format::Dotenv, compose::Format::Raw] {
                in_time("variables of a compose file", &text, || {
                    let (variables, _) = compose::env_file(bytes, format);
                    drop(compose::resolve(&variables, &mut BTreeMap::new(), &known));
                });
            }
            in_time("interpolation", &text, || drop(compose::interpolate(&Traced::verbatim(&text, 0), &known)));
        }
    }
}

/// Sixty lines of which each names the one above twice: without a limit the last would be 2^60 times the first.
fn doubling(line: impl Fn(usize, usize) -> String) -> String {
    (1..60).map(|at| line(at, at - 1)).collect()
}

fn length(commands: &[command_line::Command]) -> usize {
    let of_words = commands.iter().flat_map(|command| &command.words).map(|word| word.as_str().len());
    let of_variables = commands.iter().flat_map(|command| &command.variables).map(|set| set.value.as_str().len());
    of_words.chain(of_variables).sum()
}

/// What the references of each format may bring together; a value may be held twice.
const ROOM: usize = 8 << 20;

#[test]
fn references_that_double_bring_little() {
    let env = doubling(|this, above| format!("ENV A{this}=$A{above}$A{above} B=${{A{above}:-x}}\n"));
    let file = format!("FROM x\nENV A0=0123456789\n{env}CMD exec shop $A59 ${{A58:-x}}\n");
    let image = dockerfile::last_image(&dockerfile::parse(file.as_bytes()).0);
    let values: Vec<_> = image.environment.iter().map(|set| set.value.as_str()).collect();
    assert_eq!(values[5], "0123456789".repeat(8));
    assert_eq!(values.last(), Some(&"${A58}"), "a reference that nothing is brought for stays, without its default");
    assert!(values.iter().map(|value| value.len()).sum::<usize>() < ROOM);
    assert!(length(&image.commands()) < ROOM);

    let line = doubling(|this, above| format!("A{this}=\"$A{above}$A{above}\"; export B{this}=$A{this}; "));
    let commands = command_line::shell(&Traced::verbatim(&format!("A0=0123456789; {line} shop $A59"), 0), &|_| None);
    assert!(length(&commands) < ROOM);
    assert_eq!(commands[0].words[1].as_str(), "${A59}");
}

#[test]
fn a_long_value_is_brought_only_so_often() {
    let long = "0123456789".repeat(100_000);
    let looked_up = std::cell::Cell::new(0);
    let known = |name: &str| {
        looked_up.set(looked_up.get() + 1);
        (name == "A").then(|| long.clone())
    };
    let references = Traced::verbatim(&"${A} ".repeat(50_000), 0);
    assert!(compose::interpolate(&references, &setpoint_formats::limited(known)).text.as_str().len() < ROOM);
    assert!(length(&command_line::shell(&references, &known)) < ROOM);
    let words = [Traced::verbatim("/bin/a", 0), references.clone()];
    let words = words.map(|text| setpoint_formats::Word { span: text.span().unwrap(), text });
    let expanded = command_line::expand(&words, &setpoint_formats::limited(known));
    assert!(expanded.iter().map(|word| word.as_str().len()).sum::<usize>() < ROOM);
    let (bindings, _) = dotenv::parse(format!("B={}", references.as_str()).as_bytes());
    let expanded = dotenv::expand(&bindings, dotenv::Precedence::File, known);
    assert!(expanded[0].text.as_ref().unwrap().len() < ROOM);
    assert_eq!(expanded[0].missing.len(), 50_000 - 2, "what was not brought is not known");
    assert!(looked_up.get() < 20, "a value that there is no room for is not copied for each reference");
    let specifiers = Specifiers::of_system_unit(&UnitName::new(&format!("{}.service", "a".repeat(240))));
    let resolved = specifiers.resolve(&Traced::verbatim(&"%n".repeat(100_000), 0));
    assert!(resolved.refused.is_some() && resolved.text.as_str().len() < ROOM);
}

#[test]
fn each_of_many_commands_does_not_hold_all_that_many_lines_export() {
    let line = "export A=1;".repeat(10_000) + &"x;".repeat(10_000);
    assert!(command_line::shell(&Traced::verbatim(&line, 0), &|_| None).len() < 1000);
    let line = "export A=1;".repeat(1000) + &"sh -c 'x;x;x;x;x;x;x;x;x';".repeat(10_000);
    assert!(command_line::shell(&Traced::verbatim(&line, 0), &|_| None).len() < 3000);
}

#[test]
fn each_of_many_stages_does_not_hold_all_that_is_set_below_it() {
    let stages: String = (1..20_000).map(|at| format!("FROM s{} AS s{at}\n", at - 1)).collect();
    let file = format!("FROM x AS s0\n{}{stages}ENV B=$A\n", "ENV A=1\n".repeat(20_000));
    in_time("stages", &file, || {
        let image = dockerfile::last_image(&dockerfile::parse(file.as_bytes()).0);
        assert_eq!(image.environment.last().unwrap().value.as_str(), "1");
    });
}
