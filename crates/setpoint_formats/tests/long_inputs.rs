//! A long file of one thing repeated must cost time that grows with its length alone: a reader that looks at the rest
//! of the text for each line would stop a capture for minutes.

use setpoint_formats::unit::{Specifiers, UnitName};
use setpoint_formats::{Traced, command_line, compose, dockerfile, dotenv, environment_file, procfile, unit};
use std::time::{Duration, Instant};

const LENGTH: usize = 64 << 10;
/// Without optimisation the slowest takes a second; time that grows with the square of the length takes minutes.
const PATIENCE: Duration = Duration::from_secs(10);
const REPEATED: [&str; 26] = [
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
            in_time("shell", &text, || drop(command_line::shell(&Traced::verbatim(&text, 0), &known)));
            in_time("Dockerfile", &text, || drop(dockerfile::last_image(&dockerfile::parse(bytes).0).commands()));
            in_time("compose", &text, || {
                for service in compose::parse(bytes).0 {
                    drop(service.commands(&known));
                }
            });
            in_time("interpolation", &text, || drop(compose::interpolate(&Traced::verbatim(&text, 0), &known)));
        }
    }
}
