//! Redis and Valkey: the server gives all its data as it would to a replica, which needs no file of the server's and no
//! program beside it.

use super::resp::Connection;
use super::{Count, Database, failed, program, stopped};
use setpoint_host::{Access, Act, Host, is_asked_to_end};
use setpoint_model::{Problem, Retry};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

/// So much is written at once, in bytes.
const PIECE: usize = 1 << 20;
/// So long may a scratch server read a dump.
const PATIENCE: Duration = Duration::from_mins(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// The server prints what it does, and why it does not start.
const AS_ERRORS: &str = "exec \"$@\" >&2";

pub(super) fn dump(host: &dyn Host, database: &Database, to: &Path) -> Result<BTreeMap<String, Count>, Problem> {
    let said = |doing: &str, said: &str| failed(database, doing, said);
    let mut connection = Connection::open(host, database)?;
    let before = connection.keys().map_err(|error| said("counting keys", &error))?;
    let (length, mut data) = connection.all().map_err(|error| said("asking for all data", &error))?;
    let refused = |refusal: setpoint_host::Refusal| refusal.problem();
    host.act(&Act::Create { path: to }).map_err(refused)?;
    let (mut piece, mut got) = (vec![0; PIECE], 0_u64);
    loop {
        let read = data.read(&mut piece).map_err(|error| said("reading all data", &error.to_string()))?;
        if read == 0 {
            break;
        }
        got += read as u64;
        host.act(&Act::Append { path: to, bytes: &piece[..read] }).map_err(refused)?;
    }
    drop(data);
    if got != length {
        return Err(said("reading all data", "the connection ended before they did"));
    }
    // What follows on this connection is what a replica would be told.
    let mut connection = Connection::open(host, database)?;
    let after = connection.keys().map_err(|error| said("counting keys", &error))?;
    Ok(between(&before, &after))
}

/// Keys can come, go and reach their end while the dump is made, and reach it before it is loaded.
fn between(before: &[(String, u64, u64)], after: &[(String, u64, u64)]) -> BTreeMap<String, Count> {
    let keys = |all: &[(String, u64, u64)], name: &str| {
        all.iter().find(|(known, ..)| known == name).map_or((0, 0), |(_, keys, ends)| (*keys, *ends))
    };
    let names = before.iter().chain(after).map(|(name, ..)| name);
    let counts = names.map(|name| {
        let ((before, ends_before), (after, ends_after)) = (keys(before, name), keys(after, name));
        let least = before.min(after).saturating_sub(ends_before.max(ends_after));
        (name.clone(), Count { least, most: before.max(after) })
    });
    counts.collect()
}

/// Has a server of its own read the dump, on a loopback port and with a password that nobody knows.
pub(super) fn load(host: &dyn Host, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let refused = |refusal: setpoint_host::Refusal| refusal.problem();
    let folder = host.temporary_folder().map_err(refused)?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| {
        Problem::machine(format!("no port for a scratch server: {error}"), "a free loopback port", Retry::Safe)
    })?;
    let password: String = host.random().map_err(refused)?.iter().map(|byte| format!("{byte:02x}")).collect();
    let (dump, name) = (file.parent().unwrap_or(file), file.file_name().unwrap_or_default());
    let settings = format!(
        "bind 127.0.0.1\nport {}\nrequirepass {password}\ndaemonize no\nsave \"\"\nappendonly no\n\
         dir \"{}\"\ndbfilename \"{}\"\nlogfile \"\"\n",
        port.port(),
        dump.display(),
        name.display(),
    );
    let settings_file = folder.path().join("redis.conf");
    host.write_with(&settings_file, settings.as_bytes(), Access::PRIVATE).map_err(refused)?;
    let scratch =
        Database { name: "scratch server".to_owned(), url: format!("redis://:{password}@127.0.0.1:{}/0", port.port()) };
    let settings_file = settings_file.display().to_string();
    std::thread::scope(|scope| {
        // In the foreground, so that it ends with this program.
        let server = scope.spawn(|| {
            let shell = ["sh", "-c", AS_ERRORS, "sh"];
            program::run_by(&shell, host, &scratch, &["redis-server", "valkey-server"], &[&settings_file])
        });
        let loaded = keys_once_loaded(host, &scratch, &|| server.is_finished());
        // One that has just been started does not listen yet.
        while !server.is_finished() {
            if let Ok(mut connection) = Connection::open(host, &scratch) {
                let _ = connection.ask(&["SHUTDOWN", "NOSAVE"]);
            }
            host.sleep(BETWEEN_LOOKS);
        }
        match (loaded, server.join()) {
            // Why it ended says more than that it does not answer.
            (Err(_), Ok(Err(problem))) => Err(problem),
            (loaded, _) => loaded,
        }
    })
}

fn keys_once_loaded(
    host: &dyn Host,
    scratch: &Database,
    has_ended: &dyn Fn() -> bool,
) -> Result<BTreeMap<String, u64>, Problem> {
    let began = Instant::now();
    loop {
        let asked = Connection::open(host, scratch)
            .and_then(|mut connection| connection.keys().map_err(|said| failed(scratch, "counting keys", &said)));
        match asked {
            Ok(keys) => return Ok(keys.into_iter().map(|(name, keys, _)| (name, keys)).collect()),
            Err(_) if is_asked_to_end() => return Err(stopped()),
            Err(problem) if has_ended() => return Err(problem),
            // It starts, or still reads (`LOADING`).
            Err(problem) if began.elapsed() > PATIENCE => return Err(problem),
            Err(problem) if began.elapsed() > Duration::from_secs(20) && !problem.what.contains("LOADING") => {
                return Err(problem);
            }
            Err(_) => host.sleep(BETWEEN_LOOKS),
        }
    }
}
