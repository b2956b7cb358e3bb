//! What a person reads where something fails: what failed, what was expected, whether a retry is safe.

use crate::database::{Dump, Engine};
use crate::location::Location;
use crate::s3::Fault;
use rustic_core::RusticError;
use setpoint_model::register::Bucket;
use setpoint_model::{Place, Problem, Retry};
use std::error::Error as _;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;

/// The number of ENOSPC and EDQUOT of errno(3), with Linux's numbers.
const NO_ROOM: [i32; 2] = [28, 122];
/// The same of ENFILE and EMFILE.
const TOO_MANY_OPEN: [i32; 2] = [23, 24];

fn place(path: &Path) -> Place {
    Place::file(path.display().to_string())
}

/// Whatever the library says, in our words where we know them.
pub(crate) fn library(error: &RusticError, doing: &str, location: &Location) -> Problem {
    if error.is_incorrect_password() {
        return wrong_password(location);
    }
    let mut source = error.source();
    while let Some(deeper) = source {
        if let Some(fault) = deeper.downcast_ref::<Fault>() {
            return fault.problem(doing);
        }
        if let Some(io) = deeper.downcast_ref::<std::io::Error>() {
            return io_of_repository(io, doing, location);
        }
        source = deeper.source();
    }
    let said = error.display_log();
    let said = said.trim_start_matches("Error: ").lines().next().unwrap_or_default();
    let said = said.split(" (kind:").next().unwrap_or(said).trim();
    Problem::machine(format!("{doing} failed: {said}"), "a whole repository in restic's format", Retry::Safe)
        .at(location.place())
        .hint("`restic check` looks for what is wrong with a repository, `setpoint backup verify` at one backup of it")
}

fn io_of_repository(error: &std::io::Error, doing: &str, location: &Location) -> Problem {
    let is_full = error.raw_os_error().is_some_and(|number| NO_ROOM.contains(&number));
    if is_full {
        return no_room(location.folder().unwrap_or(Path::new("/")), None);
    }
    let expected = "a repository that can be read and written";
    if !speaks_of_content(error) {
        return Problem::machine(format!("{doing} in `{location}` failed: {error}"), expected, Retry::Safe);
    }
    Problem::machine(format!("{doing} failed: {error}"), expected, Retry::Safe).at(location.place())
}

/// False for what says nothing of what is in the repository: this user may not read it, or a disk of the network is away. Only
/// what does has the repository as its place.
fn speaks_of_content(error: &std::io::Error) -> bool {
    let is_of_the_way = matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NotConnected
            | ErrorKind::OutOfMemory
            | ErrorKind::PermissionDenied
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::TimedOut
    );
    !is_of_the_way && !error.raw_os_error().is_some_and(|number| TOO_MANY_OPEN.contains(&number))
}

pub(crate) fn wrong_password(location: &Location) -> Problem {
    let what = format!("the password does not open the repository `{location}`");
    Problem::input(what, "the password that it was made with", Retry::SafeOnceMended)
        .at(location.place())
        .hint("`password_file` of `[backup]` names the file that holds it")
}

pub(crate) fn no_room(path: &Path, needed: Option<(u64, u64)>) -> Problem {
    let what = match needed {
        Some((needed, free)) => {
            format!("`{}` has no room: {free} bytes are free, and {needed} are needed", path.display())
        }
        None => format!("the disk of `{}` is full", path.display()),
    };
    Problem::machine(what, "room for all of it", Retry::SafeOnceMended).at(place(path))
}

pub(crate) fn no_repository(location: &Location) -> Problem {
    let what = format!("there is no repository in `{location}`");
    Problem::input(what, "one that `setpoint backup create` has made", Retry::SafeOnceMended).at(location.place())
}

pub(crate) fn repository_gone(location: &Location, records: &Path) -> Problem {
    let what = format!("there is no repository in `{location}` any more, and there was one");
    Problem::machine(what, "what it is on to be there, and mounted", Retry::SafeOnceMended)
        .at(location.place())
        .hint(format!("to begin anew, without the backups that were in it, remove `{}`", records.display()))
}

pub(crate) fn no_config(location: &Location, file: &str) -> Problem {
    let what = format!("`{location}` holds `{file}`, and has lost `config`, without which nothing of it can be read");
    Problem::input(what, "a whole repository, or an empty folder or none to make it in", Retry::SafeOnceMended)
        .at(location.place())
        .hint("bring `config` back from a copy of the repository, or let `repository` of `[backup]` name another place")
}

pub(crate) fn not_empty(location: &Location, other: &OsStr) -> Problem {
    let what = format!("`{}` is no repository, and holds `{}`", location, other.display());
    Problem::input(what, "a repository, or an empty folder or none to make it in", Retry::SafeOnceMended)
        .at(location.place())
}

pub(crate) fn no_credentials(bucket: &Bucket) -> Problem {
    let what = format!("nothing says with which key `{bucket}` is opened");
    Problem::input(what, "`credentials_file` of `[backup]`", Retry::SafeOnceMended)
}

pub(crate) fn no_credentials_file(file: &Path) -> Problem {
    let what = format!("the file `{}` with the key of the store does not exist", file.display());
    Problem::input(what, CREDENTIALS, Retry::SafeOnceMended).at(place(file))
}

pub(crate) fn open_file(file: &Path, with: &str, mode: u32) -> Problem {
    let what = format!("the file `{}` with {with} has mode {mode:04o}", file.display());
    Problem::input(what, "that nobody but its owner may read or write it", Retry::SafeOnceMended)
        .at(place(file))
        .hint(format!("`chmod 0600 {}`, and another secret if others can have read this one", file.display()))
}

pub(crate) fn foreign_file(file: &Path, with: &str, user: u32) -> Problem {
    let what = format!("the file `{}` with {with} is of user {user}", file.display());
    Problem::input(what, "one of root, or of who runs this", Retry::SafeOnceMended).at(place(file))
}

pub(crate) fn no_credential(file: &Path, name: &str) -> Problem {
    let what = format!("the file `{}` with the key of the store does not set `{name}`", file.display());
    Problem::input(what, CREDENTIALS, Retry::SafeOnceMended).at(place(file))
}

/// What such a file is.
const CREDENTIALS: &str = "one with `AWS_ACCESS_KEY_ID=` and `AWS_SECRET_ACCESS_KEY=`, a line each";

pub(crate) fn no_key(location: &Location) -> Problem {
    let what = format!("the key of the repository `{location}` is none that a lock could be encrypted with");
    Problem::machine(what, "a key of restic's format", Retry::Safe)
        .at(location.place())
        .hint("`restic check` looks for what is wrong with a repository")
}

pub(crate) fn taken(location: &Location) -> Problem {
    let what = format!("another process works on the repository `{location}`");
    Problem::machine(what, "to have it alone", Retry::Safe).at(location.place()).hint("try again when that has ended")
}

pub(crate) fn taken_by_restic(lock: Place, who: Option<&str>) -> Problem {
    let who = who.map(|who| format!(" ({who})")).unwrap_or_default();
    let what = format!("restic{who} works on the repository, or was stopped less than half an hour ago");
    Problem::machine(what, "to have it alone", Retry::Safe)
        .at(lock)
        .hint("try again when that has ended; `restic unlock` removes what a stopped one has left")
}

pub(crate) fn no_password_file(file: &Path) -> Problem {
    let what = format!("the password file `{}` does not exist", file.display());
    Problem::input(what, "a file with the repository's password", Retry::SafeOnceMended)
        .at(place(file))
        .hint("leave `password_file` out, and a password is made where the tool keeps its state")
}

pub(crate) fn lost_password(file: &Path, location: &Location) -> Problem {
    let what = format!("the password of the repository `{location}` is not here");
    Problem::input(what, format!("it in `{}`", file.display()), Retry::SafeOnceMended)
        .at(place(file))
        .hint("put the copy that was kept elsewhere there, with mode 0600; without it nothing can be restored")
}

pub(crate) fn bad_password_file(file: &Path, because: &str) -> Problem {
    let what = format!("the password file `{}` {because}", file.display());
    Problem::input(what, "one line of text", Retry::SafeOnceMended).at(place(file))
}

pub(crate) fn nothing_of_that_name(include: &Path) -> Problem {
    let what = format!("nothing is there to be saved of `{}`", include.display());
    Problem::input(what, "`include` of `[backup]` to name what is there", Retry::SafeOnceMended).at(place(include))
}

pub(crate) fn unread(refusal: &setpoint_host::Refusal) -> Problem {
    let problem = refusal.problem();
    if problem.hint.is_some() {
        return Problem { what: format!("{refusal}, and so nothing was saved"), ..problem };
    }
    Problem { what: format!("{refusal}, and so nothing was saved"), ..problem }
        .hint("`exclude` of `[backup]` leaves out what need not be saved")
}

pub(crate) fn lost_on_the_way(expected: u64, saved: u64) -> Problem {
    let what = format!("of {expected} files only {saved} got into the backup, which was not kept");
    Problem::machine(what, "all of them", Retry::Safe)
}

pub(crate) fn no_such_backup(id: &str, location: &Location) -> Problem {
    let what = format!("the repository has no backup `{id}`");
    Problem::input(what, "an id that `setpoint backup list` shows, or `latest`", Retry::SafeOnceMended)
        .at(location.place())
}

pub(crate) fn no_latest(machine: &str, location: &Location) -> Problem {
    let what = format!("the repository has no backup that this program made on this machine (`{machine}`)");
    Problem::input(what, "one that `latest` can mean", Retry::SafeOnceMended)
        .at(location.place())
        .hint("what other machines and programs saved is named by its id, which `setpoint backup list` shows")
}

pub(crate) fn more_than_one(id: &str) -> Problem {
    let what = format!("more than one backup begins with `{id}`");
    Problem::input(what, "more letters of its id", Retry::SafeOnceMended)
}

pub(crate) fn in_the_way(path: &Path, wanted: &str) -> Problem {
    let what = format!("`{}` is something else than {wanted}", path.display());
    Problem::input(what, format!("{wanted}, or nothing"), Retry::SafeOnceMended)
        .at(place(path))
        .hint("nothing was written; move it away, or restore into a folder with `--to`")
}

pub(crate) fn foreign_folder(folder: &Path, whose: &str) -> Problem {
    let what = format!("`{}` {whose}", folder.display());
    Problem::input(what, "a folder of who restores, in which nobody else may write, or none", Retry::SafeOnceMended)
        .at(place(folder))
        .hint("nothing was written; name a folder that is not there, and it is made")
}

pub(crate) fn half_restored(path: &Path, because: &dyn Display) -> Problem {
    let what = format!("`{}` could not be restored: {because}", path.display());
    Problem::machine(what, "to write it", Retry::Unsafe)
        .at(place(path))
        .hint("each file is as it was or as it was saved; the same again goes on where this ended")
}

pub(crate) fn not_read_back(path: &Path, problem: Problem) -> Problem {
    Problem { what: format!("`{}` cannot be read back: {}", path.display(), problem.what), ..problem }
}

pub(crate) fn not_restored(path: &Path, because: &dyn Display) -> Problem {
    let what = format!("`{}` could not be restored: {because}", path.display());
    Problem::machine(what, "to write it", Retry::Safe).at(place(path))
}

pub(crate) fn no_dump(id: &str, name: &str, dumps: &[Dump]) -> Problem {
    let names: Vec<String> = dumps.iter().map(|dump| format!("`{}`", dump.name)).collect();
    let expected = if names.is_empty() { "a backup with dumps".to_owned() } else { names.join(" or ") };
    let id = id.get(..8).unwrap_or(id);
    Problem::input(format!("the backup {id} has no dump of `{name}`"), expected, Retry::SafeOnceMended)
}

pub(crate) fn not_loaded_in_place(dump: &Dump) -> Problem {
    let what =
        format!("`{}` is of {}, which takes all its data from a file and only while it starts", dump.name, dump.engine);
    Problem::input(what, "a database that is loaded while it runs", Retry::SafeOnceMended)
        .hint("`--to FOLDER` gives the file, and says what is done with it")
}

pub(crate) fn another_database(dump: &Dump, then: Option<&str>, engine: Engine, now: Option<&str>) -> Problem {
    let name = |engine: Engine, place: Option<&str>| match place {
        Some(place) => format!("{engine} `{place}`"),
        None => format!("{engine}, and nobody knows which"),
    };
    let (then, now) = (name(dump.engine, then), name(engine, now));
    let what =
        format!("the dump of `{}` is of another database than its URL names now: it was made of {then}", dump.name);
    Problem::input(what, format!("a dump of {now}"), Retry::SafeOnceMended)
        .hint("`--to FOLDER` gives the dump, and says how it is loaded anywhere")
}

pub(crate) fn not_undone(differences: &[String]) -> Problem {
    let what = format!("what is there now was saved and could not be proven: {}", differences.join(", "));
    Problem::machine(what, "a backup that loading can be undone with", Retry::SafeOnceMended)
        .hint("no database was touched; `--without-backup` goes on without, and then what is there now is lost")
}

/// A database that was not loaded, where others were.
pub(crate) fn not_loaded(problem: Problem, loaded: &[&str]) -> Problem {
    let mut what = problem.what;
    if problem.retry == Retry::Unsafe {
        what.push_str("; it was begun, and the database is not whole");
    }
    if !loaded.is_empty() {
        let names: Vec<String> = loaded.iter().map(|name| format!("`{name}`")).collect();
        what.push_str(&format!("; before it, {} was loaded", names.join(", ")));
    }
    let retry = if loaded.is_empty() { problem.retry } else { Retry::Unsafe };
    Problem { what, expected: "the whole dump to be loaded".to_owned(), retry, ..problem }
}

#[cfg(test)]
mod tests {
    use super::{Location, io_of_repository};
    use std::io::{Error, ErrorKind};

    #[test]
    fn only_what_speaks_of_its_content_has_the_repository_as_its_place() {
        let location = Location::Folder("/backups".into());
        let is_of_content = |error: Error| {
            let problem = io_of_repository(&error, "reading", &location);
            assert!(problem.place.is_some() || problem.what.contains("`/backups`"), "{problem}");
            location.is_place_of(&problem)
        };
        for kind in [ErrorKind::NotFound, ErrorKind::UnexpectedEof, ErrorKind::InvalidData, ErrorKind::IsADirectory] {
            assert!(is_of_content(kind.into()), "{kind}");
        }
        // EIO: the disk cannot read it.
        assert!(is_of_content(Error::from_raw_os_error(5)));
        for kind in [ErrorKind::PermissionDenied, ErrorKind::TimedOut, ErrorKind::StaleNetworkFileHandle] {
            assert!(!is_of_content(kind.into()), "{kind}");
        }
        assert!(!is_of_content(Error::from_raw_os_error(24)));
    }
}
