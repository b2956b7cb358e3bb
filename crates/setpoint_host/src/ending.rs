//! What this process leaves behind when it is told to end: nothing. Programs that it runs are in groups of their own, so that
//! no signal of the terminal reaches them, and temporary folders remove themselves only where the process goes on.

use crate::{Refusal, processes};
use rustix::process::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::collections::BTreeSet;
use std::ffi::c_int;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

/// True once the process is ending. Who begins something that would be left behind, or ends it, holds this for reading
/// meanwhile, so that nothing is begun any more when it is true.
static IS_ENDING: RwLock<bool> = RwLock::new(false);

/// How many put the end off, and the signal that has asked for it meanwhile: 0 if none has.
static PUTTING_OFF: AtomicUsize = AtomicUsize::new(0);
static ASKED_BY: AtomicI32 = AtomicI32::new(0);
/// How many of them want that what runs goes on meanwhile.
static SPARING: AtomicUsize = AtomicUsize::new(0);

/// What is called before the process ends.
static FAREWELL: OnceLock<fn()> = OnceLock::new();

/// What would be left behind.
static HELD: Mutex<Held> = Mutex::new(Held { groups: Vec::new(), folders: BTreeSet::new() });

struct Held {
    /// The groups of programs that run.
    groups: Vec<Pid>,
    /// Temporary folders.
    folders: BTreeSet<PathBuf>,
}

/// The signals that ask a program to end: a lost terminal, Ctrl-C, and what `kill` and systemd send.
const ASKING: [c_int; 3] = [SIGHUP, SIGINT, SIGTERM];

/// From now on a signal that asks this process to end also ends every program that [`crate::LiveHost`] runs, with all that
/// it has started, and removes every temporary folder; what is being written is written. The exit code is 128 and the
/// signal's number, as shells have it; `farewell` is called before. A second Ctrl-C ends at once.
///
/// # Errors
/// No thread or no signal handler is to be had; signals then end this process alone, as if this had not been called.
pub fn end_all_on_signals(farewell: fn()) -> Result<(), Refusal> {
    let refused = |error: std::io::Error| Refusal::Failed { what: "signals".to_owned(), because: error.to_string() };
    let ignored = ignored();
    // Who started this with `nohup` or in the background of a script wants it to go on.
    let asking: Vec<c_int> = ASKING.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0).collect();
    let (teller, told) = std::sync::mpsc::channel();
    FAREWELL.get_or_init(|| farewell);
    let wait = move || {
        let signals = register(&asking);
        let is_there = signals.is_ok();
        let _ = teller.send(signals.as_ref().err().map(ToString::to_string));
        if is_there && let Ok(mut signals) = signals {
            for signal in signals.forever() {
                if !is_put_off(signal) {
                    end_by(signal, farewell);
                }
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).map_err(refused)?;
    match told.recv() {
        Ok(None) | Err(_) => Ok(()),
        Ok(Some(because)) => Err(Refusal::Failed { what: "signals".to_owned(), because }),
    }
}

/// True where the end is put off: what runs is ended all the same, and whoever put it off is told.
fn is_put_off(signal: c_int) -> bool {
    // Before the look: who puts it off no longer looks in the other order, and so one of the two ends the process.
    ASKED_BY.store(signal, Ordering::SeqCst);
    if PUTTING_OFF.load(Ordering::SeqCst) == 0 {
        return false;
    }
    if SPARING.load(Ordering::SeqCst) > 0 {
        return true;
    }
    let groups = held().groups.clone();
    if !groups.is_empty() {
        processes::end(&groups, &mut || {});
    }
    true
}

/// True once a signal has asked this process to end and somebody has put that off.
pub fn is_asked_to_end() -> bool {
    ASKED_BY.load(Ordering::SeqCst) != 0
}

/// What must not be left where it stands: while somebody has this, a signal that asks this process to end ends the programs
/// that it runs and nothing else, and [`PutOff::is_asked`] says so. A second Ctrl-C ends at once all the same. Several can
/// have one at a time, and the end is put off until the last is given up.
#[derive(Debug)]
pub struct PutOff {
    /// Whether it has what runs go on meanwhile.
    spares: AtomicBool,
}

impl PutOff {
    /// From now on.
    pub fn begin() -> Self {
        PUTTING_OFF.fetch_add(1, Ordering::SeqCst);
        Self { spares: AtomicBool::new(false) }
    }

    /// From now on the programs that this process runs are not ended either: what they do must come to its end.
    pub fn spare_programs(&self) {
        if !self.spares.swap(true, Ordering::SeqCst) {
            SPARING.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// True once a signal has asked this process to end.
    pub fn is_asked(&self) -> bool {
        is_asked_to_end()
    }

    /// Gives it up, and does not come back where a signal has asked this process to end: it then ends as it would have then.
    /// Where somebody else still puts that off, says whether one has asked.
    pub fn let_end(self) -> bool {
        drop(self);
        let asked_by = ASKED_BY.load(Ordering::SeqCst);
        match FAREWELL.get() {
            Some(farewell) if asked_by != 0 && PUTTING_OFF.load(Ordering::SeqCst) == 0 => end_by(asked_by, *farewell),
            Some(_) | None => asked_by != 0,
        }
    }
}

impl Drop for PutOff {
    fn drop(&mut self) {
        if *self.spares.get_mut() {
            SPARING.fetch_sub(1, Ordering::SeqCst);
        }
        PUTTING_OFF.fetch_sub(1, Ordering::SeqCst);
    }
}

fn register(asking: &[c_int]) -> std::io::Result<Signals> {
    if asking.contains(&SIGINT) {
        // The order matters: the first Ctrl-C finds the flag unset, and sets it. A terminal that goes away sends SIGHUP,
        // and so does the shell in it: two of these are no impatience.
        let is_second = Arc::new(AtomicBool::new(false));
        flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, Arc::clone(&is_second))?;
        flag::register(SIGINT, is_second)?;
    }
    Signals::new(asking)
}

/// The signals that this process was started to ignore, a bit for each (`proc_pid_status(5)`).
fn ignored() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn end_by(signal: c_int, farewell: fn()) -> ! {
    // Whatever goes wrong, a process that was asked to end does.
    let _ = catch_unwind(|| {
        leave_nothing();
        farewell();
    });
    #[expect(clippy::exit, reason = "the process was asked to end, and other threads are at work")]
    std::process::exit(128 + signal)
}

fn leave_nothing() {
    *IS_ENDING.write().unwrap_or_else(PoisonError::into_inner) = true;
    let Held { groups, folders } =
        std::mem::replace(&mut *held(), Held { groups: Vec::new(), folders: BTreeSet::new() });
    if !groups.is_empty() {
        // Whoever waits for a program takes notice of its end.
        processes::end(&groups, &mut || {});
    }
    for folder in folders {
        // Nobody is left to be told.
        let _ = std::fs::remove_dir_all(folder);
    }
}

fn held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what must not be begun, or not be left half done, while the process ends; does not come back where it is ending,
/// since whoever goes on would report as a failure what was ended by a signal.
pub(crate) fn unless_ending<T>(work: impl FnOnce() -> T) -> T {
    let is_ending = IS_ENDING.read().unwrap_or_else(PoisonError::into_inner);
    if *is_ending {
        drop(is_ending);
        loop {
            std::thread::park();
        }
    }
    work()
}

/// A program's group is to be ended with this process; called where [`unless_ending`] is.
pub(crate) fn hold_group(group: Pid) {
    held().groups.push(group);
}

/// A program has ended by itself. What it leaves behind on purpose, as a deployment leaves a service, is not touched.
pub(crate) fn let_go_of_group(group: Pid) {
    unless_ending(|| held().groups.retain(|held| *held != group));
}

/// A folder is to be removed with this process; called where [`unless_ending`] is.
pub(crate) fn hold_folder(folder: &Path) {
    held().folders.insert(folder.to_owned());
}

/// A folder has been removed; called where [`unless_ending`] is.
pub(crate) fn let_go_of_folder(folder: &Path) {
    held().folders.remove(folder);
}

#[cfg(test)]
mod tests {
    use super::{PUTTING_OFF, PutOff, SPARING};
    use std::sync::atomic::Ordering;

    #[test]
    fn the_end_is_put_off_until_the_last_gives_it_up() {
        let counts = || (PUTTING_OFF.load(Ordering::SeqCst), SPARING.load(Ordering::SeqCst));
        let outer = PutOff::begin();
        let inner = PutOff::begin();
        inner.spare_programs();
        inner.spare_programs();
        assert_eq!(counts(), (2, 1));
        assert!(!inner.let_end());
        assert_eq!(counts(), (1, 0));
        outer.spare_programs();
        drop(PutOff::begin());
        assert_eq!(counts(), (1, 1));
        drop(outer);
        assert_eq!(counts(), (0, 0));
    }
}
