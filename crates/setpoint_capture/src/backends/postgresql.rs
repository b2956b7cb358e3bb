//! PostgreSQL: `postgresql.conf`, what it includes, and what `ALTER SYSTEM` wrote.

use super::{Reader, Text};
use crate::within::{Within, not_in_folder};
use setpoint_formats::Traced;
use setpoint_formats::postgresql::{Included, Line, parse};
use setpoint_model::{ByteSpan, Place};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// What `ALTER SYSTEM` writes, which counts before all of `postgresql.conf` (postgresql.org, "Setting Parameters").
const BY_STATEMENT: &str = "postgresql.auto.conf";

pub(super) fn read(reader: &mut Reader<'_>, main: &Path) {
    reader.enter(main, read_file);
    let beside = main.parent().unwrap_or(Path::new("/"));
    let folder = match reader.read.own.get("data_directory") {
        // In a folder it is that of another machine.
        Some(named) if matches!(reader.within, Within::Machine) => beside.join(named),
        Some(_) | None => beside.to_owned(),
    };
    let by_statement = folder.join(BY_STATEMENT);
    if is_there(reader, &by_statement) {
        reader.enter(&by_statement, read_file);
    }
}

fn read_file(reader: &mut Reader<'_>, text: &Text) {
    let (lines, complaints) = parse(&text.bytes);
    reader.complain(complaints, text);
    for line in lines {
        match line {
            Line::Setting { name, value, span } => reader.set(text, &name, value.as_str(), span),
            Line::Include { what, path } => {
                let named = text.path.parent().unwrap_or(Path::new("/")).join(path.as_str());
                for file in files(reader, what, named, &|| place(text, &path)) {
                    reader.enter(&file, read_file);
                }
            }
        }
    }
}

/// The files that are included; `place` is where they are named.
fn files(reader: &mut Reader<'_>, what: Included, path: PathBuf, place: &dyn Fn() -> Place) -> Vec<PathBuf> {
    match what {
        Included::File => vec![path],
        Included::FileIfThere => Vec::from_iter(Some(path).filter(|path| is_there(reader, path))),
        Included::Folder => {
            if reader.within.leads_outside(reader.host, &path) {
                let shown = (reader.shown)(&path);
                reader.problem(not_in_folder(&shown).at(place()));
                return Vec::new();
            }
            let listed = match reader.host.list(&path) {
                Ok(listed) => listed,
                // PostgreSQL then says `could not open directory`, and does not start.
                Err(refusal) => {
                    reader.problem(refusal.problem().at(place()));
                    return Vec::new();
                }
            };
            let mut names: Vec<_> = listed.into_iter().map(|listed| listed.name).collect();
            names.retain(|name| name.as_bytes().ends_with(b".conf") && !name.as_bytes().starts_with(b"."));
            names.sort();
            names.into_iter().map(|name| path.join(name)).collect()
        }
    }
}

fn place(text: &Text, named: &Traced) -> Place {
    let span = named.span().unwrap_or(ByteSpan { start: 0, end: 0 });
    Place::in_text(&text.shown, &text.bytes, span)
}

/// False only for a file that is known not to be there: reading one that may not be looked at says so.
fn is_there(reader: &Reader<'_>, path: &Path) -> bool {
    !reader.host.status(path).is_err_and(|refusal| refusal.is_missing())
}
