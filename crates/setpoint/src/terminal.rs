//! The person at the other end: standard output for data, standard error for messages, colour and width.

use crate::cli::Options;
use crate::command_error::CommandError;
use crate::report::columns::{cut, labelled, wrapped};
use crate::survey;
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use setpoint_host::Host;
use setpoint_model::{Problem, Retry, Severity};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Tells every stream of this program.
    pub(crate) fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// What every command gets: the machine, the options of every command, and the two streams.
pub(crate) struct Ui<'a> {
    /// The machine.
    pub(crate) host: &'a dyn Host,
    /// The options of every command.
    pub(crate) options: &'a Options,
    /// The folder of the service's code, as far as it can be told without looking further.
    pub(crate) root: PathBuf,
    /// How many columns standard output has: 80 in a pipe.
    pub(crate) width: usize,
    /// How many columns standard error has: 80 in a pipe.
    pub(crate) error_width: usize,
}

/// Bold.
pub(crate) const STRONG: Style = Style::new().bold();
/// What may be passed over.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Likely wrong.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Worth knowing, advice.
pub(crate) const NOTE: Style = AnsiColor::Cyan.on_default().bold();

/// The text in a style; the streams take the style away where nobody would see it.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The text with characters that would move the cursor or change its colour written as escapes, since names and
/// values come from files that anybody may have written.
pub(crate) fn visible(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let shown = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    text.chars().map(shown).collect()
}

/// The style of a severity's word.
pub(crate) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Note => NOTE,
    }
}

fn write_to(mut stream: impl std::io::Write, data: &str) -> std::io::Result<()> {
    stream.write_all(data.as_bytes()).and_then(|()| stream.flush())
}

/// Whether a line stands on the terminal that is to be taken away.
static LINE_STANDS: Mutex<bool> = Mutex::new(false);

/// Takes away what a [`Line`] has written, and lets none write any more: this process ends.
pub(crate) fn clear_line() {
    let stands = LINE_STANDS.lock().unwrap_or_else(PoisonError::into_inner);
    if *stands {
        let _ = write_to(std::io::stderr().lock(), CLEAR);
    }
    // Nobody may write before the process is gone.
    std::mem::forget(stands);
}

/// To the first column, and erase to the end (ECMA-48, CR and EL).
const CLEAR: &str = "\r\u{1b}[K";

/// A line of a terminal that is written again and again, without a line of its own in what is read later.
pub(crate) struct Line {
    width: usize,
}

impl Line {
    /// Writes it, as much as fits: a longer one would become two, of which one stays.
    pub(crate) fn write(&mut self, text: &str) {
        self.put(&cut(&visible(text), self.width.saturating_sub(1)));
    }

    /// Takes it away.
    pub(crate) fn clear(&mut self) {
        self.put("");
    }

    #[expect(clippy::unused_self, reason = "who may write is who has the line")]
    fn put(&mut self, text: &str) {
        let mut stands = LINE_STANDS.lock().unwrap_or_else(PoisonError::into_inner);
        *stands = !text.is_empty();
        // Where that cannot be written, nobody is told less.
        let _ = write_to(std::io::stderr().lock(), &format!("{CLEAR}{text}"));
    }
}

#[expect(clippy::unused_self, reason = "the streams are the process's own; who may write to them is who has a `Ui`")]
impl<'a> Ui<'a> {
    /// The terminal of this process.
    pub(crate) fn new(host: &'a dyn Host, options: &'a Options) -> Self {
        let columns = |size: Option<(terminal_size::Width, _)>| size.map_or(80, |(width, _)| width.0.into());
        let width = columns(terminal_size::terminal_size_of(std::io::stdout()));
        let error_width = columns(terminal_size::terminal_size_of(std::io::stderr()));
        Self { host, options, root: survey::find_root(host, options), width, error_width }
    }

    /// Writes data to standard output as it is; the caller ends its lines.
    pub(crate) fn print(&self, data: &str) -> Result<(), CommandError> {
        // Looking for escapes to take away costs more than all other writing.
        let is_plain = data.bytes().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace());
        let written =
            if is_plain { write_to(std::io::stdout().lock(), data) } else { write_to(anstream::stdout().lock(), data) };
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(CommandError::ReaderGone),
            Err(error) => Err(Problem::machine(
                format!("cannot write to standard output: {error}"),
                "a terminal, file or pipe that takes the output",
                Retry::Safe,
            )
            .into()),
        }
    }

    /// False where whoever read standard output has gone away; what is written would tell so, and this asks without writing.
    pub(crate) fn has_reader(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdout = std::io::stdout();
        let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut asked, Some(&now)).is_err() || !asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
    }

    /// Writes a message and a newline to standard error. Where even that cannot be written, nobody can be told.
    pub(crate) fn say(&self, message: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{message}");
    }

    /// Writes a sentence to standard error, broken to its width.
    pub(crate) fn tell(&self, sentence: &str) {
        self.say(&wrapped(sentence, self.error_width, 2));
    }

    /// Writes a word and what it is about to standard error, broken to its width.
    pub(crate) fn tell_labelled(&self, style: Style, word: &str, said: &str) {
        self.say(&labelled(style, word, said, self.error_width, 2));
    }

    /// Asks for a yes. Where nobody is there to give one, that is an error.
    pub(crate) fn ask(&self, question: &str) -> Result<bool, CommandError> {
        if !std::io::stdin().is_terminal() {
            let problem = Problem::input("nobody is there to say yes", "a terminal, or `--yes`", Retry::Safe);
            return Err(problem.into());
        }
        let answer = self.read_line(&format!("{question} [y/N] "))?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    /// A line of standard input, without its end. On a terminal the person is told what for.
    pub(crate) fn read_line(&self, what: &str) -> Result<String, CommandError> {
        if std::io::stdin().is_terminal() {
            let _ = write!(anstream::stderr().lock(), "{what}");
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| {
            Problem::machine(format!("cannot read standard input: {error}"), "a line of text", Retry::Safe)
        })?;
        Ok(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// A line of standard error that is written again and again; `None` where nobody would see that.
    pub(crate) fn line(&self) -> Option<Line> {
        let is_dumb = self.host.variable("TERM").is_none_or(|terminal| terminal == "dumb");
        (std::io::stderr().is_terminal() && !is_dumb).then_some(Line { width: self.error_width })
    }

    /// Tells a person who waits what is being waited for; nobody else is told.
    pub(crate) fn say_to_who_waits(&self, message: &str) {
        if std::io::stderr().is_terminal() {
            self.say(message);
        }
    }
}
