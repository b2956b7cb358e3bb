//! Crontabs as Debian's cron reads them (crontab(5), and `load_env` and `load_entry` of its sources): what is set for the
//! lines below, and commands for a shell.

mod schedule;

use crate::command_line::SetVariable;
use crate::{Complaint, Traced, Word, lossy};
use setpoint_model::ByteSpan;
use std::rc::Rc;

/// Whose crontab it is: only the system's has a user's name in each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `/etc/crontab`, and the files of `/etc/cron.d`.
    System,
    /// What `crontab -e` edits.
    User,
}

/// A line that runs something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `*/5 * * * *`, or `@daily`.
    pub schedule: String,
    /// The user that it runs as, where the line says so.
    pub user: Option<String>,
    /// For the shell, up to the first `%` that is not escaped: what stands behind is its standard input.
    pub command: Traced,
    /// What the lines above set for it, in order.
    pub environment: Rc<[SetVariable]>,
}

/// Variables of one crontab; nobody sets more by hand.
const MOST_VARIABLES: usize = 100;

/// Reads every line. cron refuses a user's crontab of which a line is wrong, and ignores all of one of the system's; here
/// such a line is left out alone.
pub fn parse(bytes: &[u8], owner: Owner) -> (Vec<Entry>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let bad_byte = bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span));
    let mut complaints = Vec::from_iter(bad_byte);
    let mut entries = Vec::new();
    let mut environment: Rc<[SetVariable]> = Rc::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indentation = line.len() - line.trim_start().len();
        let written = line.trim();
        let at = start + indentation;
        start += line.len();
        if written.is_empty() || written.starts_with('#') {
            continue;
        }
        let span = ByteSpan { start: at, end: at + written.len() };
        if let Some(set) = assignment(written, at) {
            if environment.len() < MOST_VARIABLES {
                let others = environment.iter().filter(|other| other.name != set.name);
                environment = others.chain([&set]).cloned().collect();
            } else {
                complaints.push(Complaint::new(
                    "there are too many variables, and this one is left out",
                    "fewer",
                    span,
                ));
            }
        } else if let Some(entry) = entry(written, at, owner) {
            if let Some((field, expected)) = schedule::fault(&entry.schedule) {
                let start = at + take_fields(written, field).map_or(0, |(_, behind)| behind);
                let span =
                    ByteSpan { start, end: start + take_fields(&text[start..], 1).map_or(0, |(one, _)| one.len()) };
                complaints.push(Complaint::new("cron does not understand the schedule", expected, span));
                continue;
            }
            entries.push(Entry { environment: Rc::clone(&environment), ..entry });
        } else {
            let expected = match owner {
                Owner::System => "`NAME=VALUE`, or a schedule, a user and a command",
                Owner::User => "`NAME=VALUE`, or a schedule and a command",
            };
            complaints.push(Complaint::new("a line is neither a variable nor a command", expected, span));
        }
    }
    (entries, complaints)
}

/// `NAME = value`, either in quotes or not. Nothing is expanded.
fn assignment(written: &str, at: usize) -> Option<SetVariable> {
    let equals = written.find('=')?;
    let name = written[..equals].trim();
    let name = quoted(name).map_or(name, |(inner, _)| inner);
    // What has a blank in it is the beginning of a command: `0 3 * * * A=1 run`.
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let value = &written[equals + 1..];
    let behind = at + equals + 1 + (value.len() - value.trim_start().len());
    let value = value.trim();
    let (text, start) = quoted(value).map_or((value, behind), |(inner, skipped)| (inner, behind + skipped));
    let span = ByteSpan { start: at, end: at + written.len() };
    Some(SetVariable { name: name.to_owned(), value: Word { text: Traced::verbatim(text, start), span } })
}

/// What stands within quotes that are the same at both ends, and how many bytes the first takes.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map(|inner| (inner, 1))
}

fn entry(written: &str, at: usize, owner: Owner) -> Option<Entry> {
    let fields = if written.starts_with('@') { 1 } else { 5 };
    let (schedule, behind) = take_fields(written, fields)?;
    let is_time = |field: &str| field.starts_with(|first: char| first.is_ascii_alphanumeric() || "*@".contains(first));
    if !schedule.split_whitespace().all(is_time) {
        return None;
    }
    let (user, behind) = match owner {
        Owner::User => (None, behind),
        Owner::System => {
            let (user, more) = take_fields(&written[behind..], 1)?;
            (Some(user.to_owned()), behind + more)
        }
    };
    let schedule = schedule.split_whitespace().collect::<Vec<_>>().join(" ");
    let command = command(&written[behind..], at + behind);
    (!command.is_empty()).then_some(Entry { schedule, user, command, environment: Rc::default() })
}

/// The first fields, and where the next begins; `None` where there is nothing behind them.
fn take_fields(text: &str, count: usize) -> Option<(&str, usize)> {
    let mut end = 0;
    for _ in 0..count {
        let rest = &text[end..];
        let start = end + (rest.len() - rest.trim_start().len());
        end = start + text[start..].find(char::is_whitespace)?;
    }
    let behind = end + (text[end..].len() - text[end..].trim_start().len());
    Some((text[..end].trim_start(), behind))
}

/// The command up to its first `%`, with `\%` as `%`.
fn command(written: &str, start: usize) -> Traced {
    let mut command = Traced::default();
    let mut letters = Traced::verbatim(written, start).characters().collect::<Vec<_>>().into_iter().peekable();
    while let Some((_, letter, origin)) = letters.next() {
        match letter {
            '%' => break,
            '\\' if letters.peek().is_some_and(|(_, next, _)| *next == '%') => {
                if let Some((_, percent, end)) = letters.next() {
                    command.push(percent, ByteSpan { start: origin.start, end: end.end });
                }
            }
            _ => command.push(letter, origin),
        }
    }
    command.trimmed()
}

#[cfg(test)]
mod tests {
    use super::{Owner, parse};
    use insta::assert_snapshot;

    fn picture(text: &str, owner: Owner) -> String {
        let (entries, complaints) = parse(text.as_bytes(), owner);
        let mut lines = Vec::new();
        for entry in &entries {
            let set: Vec<_> =
                entry.environment.iter().map(|set| format!("{}={:?} ", set.name, set.value.as_str())).collect();
            let user = entry.user.as_deref().unwrap_or("-");
            let span = entry.command.span().unwrap();
            let written = &text[span.start..span.end];
            lines.push(format!("[{}] {user}: {}{} `{written}`", entry.schedule, set.concat(), entry.command.as_str()));
        }
        lines.extend(complaints.iter().map(|one| format!("{}: {}", &text[one.span.start..one.span.end], one.what)));
        lines.join("\n")
    }

    #[test]
    fn a_user_s_crontab() {
        assert_snapshot!(picture(
            "# jobs\nSHELL=/bin/bash\n SHOP_A = \" one \"\n'SHOP_B'=two words  \n*/5  *\t* * 1-5 cd /srv/shop && python -m shop.sync --day \\%F%mail\n\
             SHOP_A=x\n@daily   A=1 run >/dev/null 2>&1\n0 3 * * *\n? * * * * run\nnonsense\n",
            Owner::User
        ), @r#"
        [*/5 * * * 1-5] -: SHELL="/bin/bash" SHOP_A=" one " SHOP_B="two words" cd /srv/shop && python -m shop.sync --day %F `cd /srv/shop && python -m shop.sync --day \%F`
        [@daily] -: SHELL="/bin/bash" SHOP_B="two words" SHOP_A="x" A=1 run >/dev/null 2>&1 `A=1 run >/dev/null 2>&1`
        0 3 * * *: a line is neither a variable nor a command
        ? * * * * run: a line is neither a variable nor a command
        nonsense: a line is neither a variable nor a command
        "#);
    }

    #[test]
    fn a_crontab_of_the_system() {
        assert_snapshot!(picture(
            "MAILTO=\"\"\n61 3 * * * root run\n0 3 * * * shop /srv/shop/.venv/bin/python -m shop.import_prices\n@reboot root run\n@hourly root\n",
            Owner::System
        ), @r#"
        [0 3 * * *] shop: MAILTO="" /srv/shop/.venv/bin/python -m shop.import_prices `/srv/shop/.venv/bin/python -m shop.import_prices`
        [@reboot] root: MAILTO="" run `run`
        61: cron does not understand the schedule
        @hourly root: a line is neither a variable nor a command
        "#);
    }
}
