//! Folds expressions and asks the real interpreter what they are. Folding may not know an expression, but may never
//! know it otherwise than Python does.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that asks the interpreter itself")]

use setpoint_python::{Object, Program, Sources};
use std::process::{Command, Stdio};

/// Each line is an expression that folding must know.
const KNOWN: &str = include_str!("same_as_python/known.txt");
/// Each line is an expression that folding need not know; Python refuses some of them.
const UNSURE: &str = include_str!("same_as_python/unsure.txt");
/// What the expressions may use.
const PRELUDE: &str = include_str!("same_as_python/prelude.py");
/// Prints each expression of its input as [`written`] does.
const PRINTER: &str = include_str!("same_as_python/printer.py");

#[test]
fn what_is_folded_is_what_python_says() {
    let known: Vec<&str> = lines(KNOWN).collect();
    let unsure: Vec<&str> = lines(UNSURE).collect();
    let expressions = [known.as_slice(), &unsure].concat();
    let Some(said) = ask_python(&expressions) else {
        assert!(std::env::var_os("CI").is_none(), "CI must have python3");
        println!("skipped: python3 is not here to be asked");
        return;
    };
    let folded = fold(&expressions);
    let mut wrong = Vec::new();
    for (at, (expression, (said, folded))) in expressions.iter().zip(said.iter().zip(&folded)).enumerate() {
        let is_known = at < known.len();
        match folded {
            Some(folded) if folded == said => {}
            None if !is_known => {}
            folded => wrong.push(format!("{expression}\n    python: {said}\n    folded: {folded:?}")),
        }
    }
    assert!(known.len() > 150, "the table is to cover the language");
    assert_eq!(said.len(), expressions.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What Python makes of each expression; `None` if there is no Python.
fn ask_python(expressions: &[&str]) -> Option<Vec<String>> {
    let mut python = Command::new("python3")
        .args(["-I", "-c", &format!("{PRELUDE}\n{PRINTER}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let input = python.stdin.take().unwrap();
    let text = expressions.join("\n");
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut { input }, text.as_bytes()));
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the printer failed");
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// What folding makes of each expression.
fn fold(expressions: &[&str]) -> Vec<Option<String>> {
    let mut text = PRELUDE.to_owned();
    for (at, expression) in expressions.iter().enumerate() {
        text.extend([format!("value_{at} = ({expression})\n")]);
    }
    let sources = Sources::new(vec!["settings.py".to_owned()], move |_| Some(text.clone().into_bytes()));
    let program = Program::new(&sources);
    let file = sources.find("settings.py").unwrap();
    let values = (0..expressions.len()).map(|at| program.member(file, &format!("value_{at}")).flatten());
    values.map(|value| value.as_ref().and_then(written)).collect()
}

/// A constant with its type, in words that both languages can write; `None` for what is no constant.
fn written(object: &Object<'_>) -> Option<String> {
    let list = |items: &[Object<'_>]| items.iter().map(written).collect::<Option<Vec<_>>>();
    Some(match object {
        Object::None => "None".to_owned(),
        Object::Bool(value) => format!("bool {value}"),
        Object::Int(value) => format!("int {value}"),
        Object::Float(value) => format!("float {:016x}", value.to_bits()),
        Object::Text(text) => format!("str {}", hexadecimal(text.as_bytes())),
        Object::Bytes(bytes) => format!("bytes {}", hexadecimal(bytes)),
        Object::Tuple(items) => format!("tuple[{}]", list(items)?.join(", ")),
        Object::List(items) => format!("list[{}]", list(items)?.join(", ")),
        Object::Set(items) => {
            let mut items = list(items)?;
            items.sort();
            format!("set[{}]", items.join(", "))
        }
        Object::Dict(pairs) => {
            let pair =
                |(key, value): &(Object<'_>, Object<'_>)| Some(format!("{}: {}", written(key)?, written(value)?));
            format!("dict[{}]", pairs.iter().map(pair).collect::<Option<Vec<_>>>()?.join(", "))
        }
        // A microsecond is the smallest that Python's has.
        Object::Duration(seconds) => format!("timedelta {seconds:.6}"),
        Object::Path(path) => format!("path {}", hexadecimal(path.as_bytes())),
        Object::Member(member) => format!("member {}.{} {}", member.class.name(), member.name, written(&member.value)?),
        Object::Class(_)
        | Object::Function(_)
        | Object::Lambda(..)
        | Object::Module(_)
        | Object::External(_)
        | Object::Instance(_)
        | Object::Attribute(..) => return None,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
