//! How it is known what the cache did where no header says it: by what the service makes anew for each answer, or by the
//! line that the probe has left in an access log.

use super::told::Told;
use crate::deadline::Deadline;
use crate::scene::Scene;
use crate::web::Answer;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

/// No more of the end of a log is read, in bytes: a site that writes more while one request is answered has other logs.
const LONGEST: u64 = 1 << 20;
/// nginx writes the line when the request is over, and that may be after its answer is here.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Witness<'a> {
    scene: &'a Scene<'a>,
    /// The access logs of the environment, as far as they are files.
    logs: Vec<PathBuf>,
    /// False once a probe has left no line: logs that are written later, or elsewhere, are not waited for again.
    are_written: Cell<bool>,
    /// How often each probe was sent.
    sent: RefCell<HashMap<String, usize>>,
    /// The header that is made anew, in lower case, and what it has held.
    made_anew: Option<String>,
    made: RefCell<HashSet<String>>,
}

impl<'a> Witness<'a> {
    /// `made_anew` is the header of the rule that the service makes anew.
    pub(super) fn of(scene: &'a Scene<'a>, made_anew: Option<&str>) -> Self {
        let logs = scene.environment.map(|environment| environment.logs.as_slice()).unwrap_or_default();
        let files = logs.iter().filter(|log| !log.starts_with("journal:")).map(|log| scene.folder.join(log));
        Self {
            scene,
            logs: files.collect(),
            are_written: Cell::new(true),
            sent: RefCell::default(),
            made_anew: made_anew.map(str::to_ascii_lowercase),
            made: RefCell::default(),
        }
    }

    /// What the cache did for an answer, asked of each answer in turn. `mark` is the probe's own part of the address.
    pub(super) fn told(&self, answer: &Answer, mark: Option<&str>) -> Told {
        let count = mark.map(|mark| {
            let mut sent = self.sent.borrow_mut();
            let count = sent.entry(mark.to_owned()).or_default();
            *count += 1;
            (mark, *count)
        });
        let by_service = self.by_what_is_made_anew(answer);
        match (Told::by(answer), by_service, count) {
            (Told::Nothing, Told::Nothing, Some((mark, count))) => self.by_log(mark, count),
            (Told::Nothing, by_service, _) => by_service,
            (by_header, _, _) => by_header,
        }
    }

    /// Equal twice, it was made once.
    fn by_what_is_made_anew(&self, answer: &Answer) -> Told {
        let Some(name) = &self.made_anew else { return Told::Nothing };
        let Some(value) = answer.header(name) else { return Told::Nothing };
        if self.made.borrow_mut().insert(value) { Told::NotHit(format!("{name}: made anew")) } else { Told::Hit }
    }

    fn by_log(&self, mark: &str, count: usize) -> Told {
        if self.logs.is_empty() || !self.are_written.get() {
            return Told::Nothing;
        }
        let deadline = Deadline::after(PATIENCE);
        loop {
            let mut is_there = false;
            let mut is_readable = false;
            for log in &self.logs {
                let Ok((bytes, _)) = self.scene.host.read_end(log, LONGEST) else { continue };
                is_readable = true;
                let text = String::from_utf8_lossy(&bytes);
                // What stands behind the last end of a line is still being written.
                let whole = text.rfind('\n').map_or("", |end| &text[..end]);
                let lines: Vec<String> = whole.lines().filter_map(|line| without_target(line, mark)).collect();
                is_there |= lines.len() >= count;
                match lines.get(count - 1).map_or(Told::Nothing, |line| Told::by_line(line)) {
                    Told::Nothing => {}
                    told @ (Told::Hit | Told::NotHit(_)) => return told,
                }
            }
            // A line without a word of the cache: it had no part in the request, or the log does not say it.
            if is_there {
                return Told::Nothing;
            }
            if !is_readable || deadline.left().is_none() {
                self.are_written.set(false);
                return Told::Nothing;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// A line about the probe, without the word in which its mark stands: the address, which may hold any text. `None` for other
/// lines.
fn without_target(line: &str, mark: &str) -> Option<String> {
    let is_end = |letter: char| letter.is_ascii_whitespace() || matches!(letter, '"' | '\'');
    // `…-1` begins `…-12` too.
    let at = line
        .match_indices(mark)
        .find(|(at, _)| !line[at + mark.len()..].starts_with(|letter: char| letter.is_ascii_digit()));
    let (at, _) = at?;
    let from = line[..at].rfind(is_end).map_or(0, |before| before + 1);
    let until = line[at..].find(is_end).map_or(line.len(), |length| at + length);
    Some(format!("{}{}", &line[..from], &line[until..]))
}

#[cfg(test)]
mod tests {
    use super::without_target;

    #[test]
    fn the_line_of_a_probe_without_its_address() {
        let line = |line| without_target(line, "probe=a-1");
        assert_eq!(line(r#""GET /HIT?probe=a-1&x=HIT HTTP/1.1" MISS"#).as_deref(), Some(r#""GET  HTTP/1.1" MISS"#));
        assert_eq!(line("probe=a-1").as_deref(), Some(""));
        assert_eq!(line("GET /?probe=a-12 HIT"), None);
    }
}
