//! What the reader makes of small services, one behaviour a test: the files, and a line for each declaration.

mod dotenv_files;
mod environ;
mod fallbacks;
mod health;
mod helpers;
mod hostile;
mod libraries;
mod modules;
mod options;
mod pydantic;
mod pydantic_limits;
mod reach;

use super::{Code, LibraryCalls, Sought, read};
use crate::{Clear, Declaration};
use setpoint_host::LiveHost;
use setpoint_model::{DynamicRead, TypeOrigin};
use std::path::Path;

/// What is declared in a folder of these files, by place; then what is read dynamically, and the problems.
fn declared(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    picture(&read(&LiveHost, folder.path(), &[], LibraryCalls::All), folder.path())
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test writes the folder that is read")]
        std::fs::write(path, text.strip_prefix('\n').unwrap_or(text)).unwrap();
    }
    folder
}

fn picture(code: &Code, root: &Path) -> String {
    let declarations = code.declarations.iter();
    let mut lines: Vec<_> = declarations.map(|each| (&each.place.file, each.place.line, line(each))).collect();
    lines.sort();
    let declared = lines.into_iter().map(|(.., line)| line);
    let dynamic = code.dynamic_reads.iter();
    let dynamic = dynamic.map(|DynamicRead { place, prefix, suffix }| {
        let pattern =
            if prefix.is_empty() && suffix.is_empty() { String::new() } else { format!(" {prefix}…{suffix}") };
        format!("a name{pattern} known only when it runs at {}:{}", place.file, place.line)
    });
    let files = code.dotenv_files.iter().filter_map(|named| match named.sought {
        Sought::Unknown => Some("reads a file known only when it runs".to_owned()),
        Sought::Path(_) | Sought::Upwards(_) | Sought::Beside | Sought::NoSettingsIni => {
            let file = named.find(&LiveHost, root, &[])?;
            Some(format!("reads {}", file.strip_prefix(root).unwrap_or(&file).display()))
        }
    });
    let problems = code.problems.iter().map(|problem| format!("problem: {problem}"));
    declared.chain(dynamic).chain(files).chain(problems).collect::<Vec<_>>().join("\n")
}

fn line(declaration: &Declaration) -> String {
    let Declaration { name, mechanism, place, .. } = declaration;
    let type_name = declaration.type_name.as_ref().map_or_else(String::new, |name| format!(": {name}"));
    let value = match &declaration.value {
        Clear::Constant(_) if declaration.secret => " = ***".to_owned(),
        Clear::Constant(value) => format!(" = {}", value.reveal().to_json()),
        Clear::Dynamic => format!(" = dynamic `{}`", declaration.text.reveal()),
        Clear::Nothing => String::new(),
    };
    let flags = [
        (declaration.type_origin == TypeOrigin::Made, "type made"),
        (declaration.required, "required"),
        (declaration.secret, "secret"),
        (declaration.ignores_case, "any case"),
    ];
    let mut notes: Vec<String> = flags.iter().filter(|(is, _)| *is).map(|(_, flag)| (*flag).to_owned()).collect();
    notes.extend(declaration.symbol.as_ref().map(|symbol| format!("in {symbol}")));
    let list = |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("{what} {}", names.join(" ")));
    notes.extend(list("also", &declaration.aliases));
    let names: Vec<_> = std::iter::once(name).chain(&declaration.aliases).cloned().collect();
    notes.extend(list("from", &declaration.variables).filter(|_| declaration.variables != names));
    notes.extend(declaration.description.as_ref().map(|text| format!("\"{text}\"")));
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{}:{} {mechanism} {name}{type_name}{value}{notes}", place.file, place.line)
}
