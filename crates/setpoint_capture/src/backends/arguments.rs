//! What the command line of such a server sets, which wins over its configuration.

use super::Server;
use crate::launch::Standing;
use crate::options::Used;
use crate::{Assignment, options};
use setpoint_formats::{Traced, Word};
use setpoint_model::ByteSpan;

/// A setting with its value.
type Set = (String, Traced, ByteSpan);

/// The settings among the words behind the program.
pub(crate) fn read(server: Server, arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    let names = server.settings();
    let set = match server {
        Server::Postgresql => of_postgresql(arguments),
        Server::Redis => of_redis(arguments),
    };
    let known = set.iter().filter_map(|(name, value, span)| {
        let setting = names.get(name.as_str())?;
        let text = value.as_str().to_owned();
        let used = Used { setting, value: options::as_number(&text), text, span: *span };
        Some(standing.option(server.mechanism(), used))
    });
    known.collect()
}

/// Options of `postgres` that stand for a setting (postgresql.org, "postgres").
const LETTERS: [(char, &str); 7] = [
    ('B', "shared_buffers"),
    ('h', "listen_addresses"),
    ('k', "unix_socket_directories"),
    ('N', "max_connections"),
    ('p', "port"),
    ('S', "work_mem"),
    ('W', "post_auth_delay"),
];
/// Those that take a value (`getopt` in `postmaster.c`).
const WITH_VALUE: &str = "BCcDdfhkNprStvW";

/// `-c NAME=VALUE`, `--NAME=VALUE`, `-N 200`, `-F`.
fn of_postgresql(arguments: &[Word]) -> Vec<Set> {
    let mut set = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.as_str();
        if text.starts_with("--") {
            set.extend(named(&word.text.part(2..text.len()), word.span));
            continue;
        }
        let Some(letters) = text.strip_prefix('-') else { continue };
        for (at, letter) in letters.char_indices() {
            if letter == 'F' {
                let mut off = Traced::default();
                off.push_str("off", word.span);
                set.push(("fsync".to_owned(), off, word.span));
            }
            if !WITH_VALUE.contains(letter) {
                continue;
            }
            let behind = word.text.part(1 + at + letter.len_utf8()..text.len());
            let (value, span) = match behind.span() {
                Some(span) => (behind, span),
                None => match words.next() {
                    Some(next) => (next.text.clone(), next.span),
                    None => break,
                },
            };
            if letter == 'c' {
                set.extend(named(&value, span));
            }
            let stands_for = LETTERS.iter().find(|(option, _)| *option == letter);
            set.extend(stands_for.map(|(_, name)| ((*name).to_owned(), value, span)));
            break;
        }
    }
    set
}

/// `max-connections=200`, where a dash is as good as a line below (`ParseLongOption` in `guc.c`).
fn named(text: &Traced, otherwise: ByteSpan) -> Option<Set> {
    let (name, _) = text.as_str().split_once('=')?;
    let value = text.part(name.len() + 1..text.as_str().len());
    let span = value.span().unwrap_or(otherwise);
    Some((name.replace('-', "_").to_lowercase(), value, span))
}

/// `redis-server /etc/redis.conf --maxmemory 256mb --save 60 1`: each option is a line of the configuration
/// (`main` in `server.c`).
fn of_redis(arguments: &[Word]) -> Vec<Set> {
    let mut set: Vec<Set> = Vec::new();
    for word in arguments {
        if let Some(name) = word.as_str().strip_prefix("--") {
            set.push((name.to_lowercase(), Traced::default(), word.span));
            continue;
        }
        let Some((_, value, span)) = set.last_mut() else { continue };
        *span = if value.is_empty() { word.span } else { ByteSpan { start: span.start, end: word.span.end } };
        if !value.is_empty() {
            value.push(' ', word.span);
        }
        value.append(&word.text);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::Target;
    use crate::backends::Server;
    use crate::launch::Standing;
    use setpoint_formats::command_line::shlex_split;
    use setpoint_formats::{Lines, Traced};
    use setpoint_model::Layer;

    fn told(server: Server, line: &str) -> String {
        let (bytes, lines) = (line.as_bytes(), Lines::of(line.as_bytes()));
        let (layer, text) = (Layer::CommandLine, Some((bytes, &lines)));
        let standing = Standing { shown: "compose.yaml", text, layer, symbol: None, process: None };
        let set = read(server, &shlex_split(&Traced::verbatim(line, 0)), standing);
        let shown = set.iter().map(|one| {
            let Target::Default(name) = &one.target else { unreachable!("a server has settings") };
            format!("{name} = {} at {}", one.text.reveal(), one.place.column)
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn settings_of_postgresql() {
        let line = "-c max_connections=200 --statement-timeout=30s -N 300 -p5433 -D /data -FW 1 -c nonsense -c log_x=1";
        insta::assert_snapshot!(told(Server::Postgresql, line), @"
        postgresql.max_connections = 200 at 20
        postgresql.statement_timeout = 30s at 44
        postgresql.max_connections = 300 at 51
        postgresql.fsync = off at 71
        ");
    }

    #[test]
    fn settings_of_redis() {
        let line = "/etc/redis.conf --maxmemory 256mb --maxmemory-policy allkeys-lru --save 60 1 --Timeout";
        insta::assert_snapshot!(told(Server::Redis, line), @"
        redis-server.maxmemory = 256mb at 29
        redis-server.maxmemory-policy = allkeys-lru at 54
        redis-server.timeout =  at 78
        ");
    }
}
