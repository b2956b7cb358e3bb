//! Redis and Valkey: `redis.conf` and what it includes.

use super::{Reader, Text};
use setpoint_formats::{Word, glob, redis};
use setpoint_model::{ByteSpan, Place, Problem, Retry};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

pub(super) fn read(reader: &mut Reader<'_>, main: &Path) {
    reader.enter(main, read_file);
}

fn read_file(reader: &mut Reader<'_>, text: &Text) {
    let (directives, complaints) = redis::parse(&text.bytes);
    reader.complain(complaints, text);
    for directive in directives {
        let (Some(first), Some(last)) = (directive.arguments.first(), directive.arguments.last()) else { continue };
        let span = ByteSpan { start: first.span.start, end: last.span.end };
        if directive.name != "include" {
            let words: Vec<&str> = directive.arguments.iter().map(Word::as_str).collect();
            reader.set(text, &directive.name, &words.join(" "), span);
            continue;
        }
        let named = Path::new(first.as_str());
        if named.is_relative() {
            let what = "a file was not read: Redis looks for it in the folder that it is started in";
            let problem = Problem::input(what, "an `include` with a whole path", Retry::SafeOnceMended);
            reader.problem(problem.at(Place::in_text(&text.shown, &text.bytes, span)));
            continue;
        }
        for file in files(reader, named) {
            reader.enter(&file, read_file);
        }
    }
}

/// Since version 7 a path may be a pattern, which may stand for no file at all.
fn files(reader: &Reader<'_>, named: &Path) -> Vec<PathBuf> {
    if !glob::is_pattern(named.as_os_str().as_bytes()) {
        return vec![named.to_owned()];
    }
    glob::expand(named, &|folder| {
        reader.host.list(folder).unwrap_or_default().into_iter().map(|listed| listed.name).collect()
    })
}
