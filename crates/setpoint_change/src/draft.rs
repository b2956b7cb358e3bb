//! How a file would have to look for a default to have another value: the bytes where its effective value stands, or a line
//! more in the place where such a line belongs. A draft is a proposal. Whether it gives the default that value, and no other
//! default another one, is found out by capturing the site as it would be.

use setpoint_host::{Host, Refusal};
use setpoint_model::{ByteSpan, Held, Layer, Mechanism, NamedDefault, Place, Problem, Reading, Retry, Snapshot, Value};
use std::path::{Path, PathBuf};

/// A configuration file that is longer is not one that a person edits.
const LONGEST: u64 = 16 << 20;

/// A file as it could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which file.
    pub path: PathBuf,
    /// Its whole text.
    pub text: Vec<u8>,
    /// Where in it, and of which kind the place is.
    pub place: Place,
    /// The kind of the place.
    pub layer: Layer,
    /// Which program reads it, and how.
    pub mechanism: Mechanism,
    /// The process that the place is of; `None` where it is of all.
    pub process: Option<String>,
    /// True if it stands there in the place of another; false if it is a line more.
    pub replaces: bool,
}

impl Draft {
    /// True if it stands in a unit's file or a drop-in, which systemd has to read again.
    pub(crate) fn is_of_unit_file(&self) -> bool {
        matches!(self.layer, Layer::Unit | Layer::UnitEnvironment | Layer::CommandLine)
    }
}

/// The drafts that may give a default the value in one process, or in all, the smallest first.
///
/// # Errors
/// No file that Setpoint can edit gives the default its value, or could.
pub(crate) fn drafts(
    host: &dyn Host,
    snapshot: &Snapshot,
    default: &NamedDefault,
    process: Option<&str>,
    value: &str,
) -> Result<Vec<Draft>, Problem> {
    let reading = default.winner_in(process).and_then(|winner| default.readings.get(winner));
    let has_deployment = !snapshot.site.processes.is_empty();
    match reading {
        Some(reading) if stands_in_a_file(reading, has_deployment) => replaced(host, snapshot, reading, value),
        _ => added(host, snapshot, default, process, value),
    }
}

/// True for a reading that is edited where it stands. The code's own default is left to those who change the code, where
/// something deploys it: what a deployment sets belongs to the deployment.
fn stands_in_a_file(reading: &Reading, has_deployment: bool) -> bool {
    let is_editable = match reading.layer {
        Layer::ConfigurationFile
        | Layer::Dotenv
        | Layer::UnitEnvironment
        | Layer::EnvironmentFile
        | Layer::CommandLine
        | Layer::Unit
        | Layer::Proxy => true,
        Layer::Code => !has_deployment,
        Layer::Library | Layer::Image | Layer::Host | Layer::Process => false,
    };
    is_editable && reading.place.has_lines() && reading.place.span.is_some()
}

/// The file of a place, and its text.
fn file_of(host: &dyn Host, snapshot: &Snapshot, place: &Place) -> Result<(PathBuf, Vec<u8>), Problem> {
    let path = Path::new(&snapshot.site.root).join(&place.file);
    let text = host.read(&path, LONGEST).map_err(|refusal: Refusal| refusal.problem())?;
    Ok((path, text))
}

fn replaced(host: &dyn Host, snapshot: &Snapshot, reading: &Reading, value: &str) -> Result<Vec<Draft>, Problem> {
    let (path, old) = file_of(host, snapshot, &reading.place)?;
    let Some(span) = reading.place.span.filter(|span| span.end <= old.len()) else { return Ok(Vec::new()) };
    if reading.value == Held::Dynamic {
        let what = format!("the value stands in code that decides it: `{}`", reading.text);
        return Err(Problem::input(what, "a value that stands in the file as it is", Retry::SafeOnceMended)
            .at(reading.place.clone())
            .hint("set what the code reads there, or edit the code"));
    }
    let ways = match reading.layer {
        Layer::ConfigurationFile | Layer::Code if reading.mechanism != Mechanism::Systemd => {
            literals_like(&reading.value, value)
        }
        layer => spellings(layer, reading.mechanism, value),
    };
    let drafts = ways.into_iter().map(|written| draft(&path, &old, span, written.as_bytes(), reading, true));
    Ok(drafts.collect())
}

fn draft(path: &Path, old: &[u8], span: ByteSpan, written: &[u8], like: &Reading, replaces: bool) -> Draft {
    let text = [&old[..span.start], written, &old[span.end..]].concat();
    let span = ByteSpan { start: span.start, end: span.start + written.len() };
    Draft {
        place: Place::in_text(like.place.file.clone(), &text, span),
        path: path.to_owned(),
        text,
        layer: like.layer,
        mechanism: like.mechanism,
        process: like.process.clone(),
        replaces,
    }
}

/// How a value can be written in a place, the plainest first.
fn spellings(layer: Layer, mechanism: Mechanism, value: &str) -> Vec<String> {
    let is_plain = |more: &str| {
        !value.is_empty() && value.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
    };
    let quoted = || format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    let of_systemd = || value.replace('%', "%%");
    match layer {
        Layer::EnvironmentFile | Layer::Dotenv if is_plain("_./:@%+,=-") => vec![value.to_owned()],
        // Between single quotes neither systemd nor python-dotenv expands anything; both take a quote apart.
        Layer::EnvironmentFile | Layer::Dotenv if !value.contains(['\'', '\\']) => vec![format!("'{value}'"), quoted()],
        Layer::EnvironmentFile | Layer::Dotenv => vec![quoted()],
        Layer::UnitEnvironment => vec![of_systemd()],
        // systemd.service(5): `$$` is a dollar sign.
        Layer::CommandLine => {
            let escaped = of_systemd().replace('$', "$$");
            let quoted = format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\""));
            if is_plain("_./:@%+,=-") { vec![escaped] } else { vec![quoted] }
        }
        Layer::Unit => vec![of_systemd(), value.to_owned()],
        Layer::Proxy => vec![value.to_owned(), quoted()],
        Layer::ConfigurationFile | Layer::Code if mechanism == Mechanism::Systemd => vec![value.to_owned()],
        Layer::ConfigurationFile | Layer::Code => literals(value),
        Layer::Library | Layer::Image | Layer::Host | Layer::Process => Vec::new(),
    }
}

/// A value as Python writes it, of the type of what stands there: code that compares texts does not expect a number. Nothing
/// where the type has no such value.
fn literals_like(old: &Held, value: &str) -> Vec<String> {
    let is_json = |is_it: fn(&serde_json::Value) -> bool| serde_json::from_str(value).is_ok_and(|value| is_it(&value));
    let literals = literals(value);
    let plain = |is_it: bool| if is_it { literals[..1].to_vec() } else { Vec::new() };
    let is_none = value == "None";
    match old {
        Held::Constant(Value::Text(_)) | Held::Secret(_) if !is_none => literals.last().cloned().into_iter().collect(),
        Held::Constant(Value::Bool(_)) => plain(is_none || ["True", "False"].contains(&literals[0].as_str())),
        Held::Constant(Value::Integer(_) | Value::Float(_)) => plain(is_none || is_number(value)),
        Held::Constant(Value::List(_)) if !is_none => written(value, is_json(serde_json::Value::is_array)),
        Held::Constant(Value::Map(_)) if !is_none => written(value, is_json(serde_json::Value::is_object)),
        Held::Constant(_) | Held::Secret(_) | Held::Dynamic | Held::Nothing => literals,
    }
}

fn written(value: &str, can_be: bool) -> Vec<String> {
    if can_be { vec![value.to_owned()] } else { Vec::new() }
}

fn is_number(value: &str) -> bool {
    value.parse::<i128>().is_ok() || value.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A value as Python writes it, where nothing says of which type it is: a number, a switch or nothing as they are, and every other text as a text.
fn literals(value: &str) -> Vec<String> {
    let text = Value::Text(value.to_owned()).to_json();
    if is_number(value) || ["True", "False", "None"].contains(&value) {
        return vec![value.to_owned(), text];
    }
    match value {
        "true" => vec!["True".to_owned(), text],
        "false" => vec!["False".to_owned(), text],
        _ => vec![text],
    }
}

/// A line more, where nothing that can be edited gives the value.
fn added(
    host: &dyn Host,
    snapshot: &Snapshot,
    default: &NamedDefault,
    process: Option<&str>,
    value: &str,
) -> Result<Vec<Draft>, Problem> {
    let mut drafts = Vec::new();
    let process = process.or_else(|| only_process(snapshot, default.mechanism));
    for (like, lines) in neighbours(snapshot, default, process, value) {
        let (path, old) = file_of(host, snapshot, &like.place)?;
        let Some(span) = like.place.span.filter(|span| span.end <= old.len()) else { continue };
        let at = match like.layer {
            Layer::CommandLine | Layer::Unit if like.mechanism != Mechanism::Systemd || lines.is_flag => span.end,
            _ => end_of_line(&old, span.end),
        };
        let at = ByteSpan { start: at, end: at };
        drafts.extend(lines.texts.iter().map(|line| draft(&path, &old, at, line.as_bytes(), like, false)));
    }
    if drafts.is_empty() {
        let what = format!("nothing that can be edited gives `{}` a value", default.name);
        let expected =
            "an environment file, a unit, a configuration file or a proxy's block that such a line fits into";
        return Err(Problem::input(what, expected, Retry::SafeOnceMended)
            .hint("name one with `--process`, or write the first line of its kind by hand"));
    }
    Ok(drafts)
}

/// The process whose line it is without a doubt: the only one, or the only one that the program of the default serves.
fn only_process(snapshot: &Snapshot, mechanism: Mechanism) -> Option<&str> {
    let processes = &snapshot.site.processes;
    if let [one] = processes.as_slice() {
        return Some(&one.name);
    }
    let mut of_program = processes.iter().filter(|process| process.program.as_deref() == Some(mechanism.as_str()));
    of_program.next().filter(|_| of_program.next().is_none()).map(|process| process.name.as_str())
}

/// What is written behind a place.
struct Lines {
    texts: Vec<String>,
    /// It is a part of the line, and no line of its own.
    is_flag: bool,
}

/// The places behind which such a line belongs, the best first, and what would be written there.
fn neighbours<'s>(
    snapshot: &'s Snapshot,
    default: &NamedDefault,
    process: Option<&str>,
    value: &str,
) -> Vec<(&'s Reading, Lines)> {
    let last = |is_it: &dyn Fn(&Reading) -> bool| {
        let readings = snapshot.defaults.iter().flat_map(|known| &known.readings);
        let fitting = readings.filter(|reading| reading.place.span.is_some() && reading.place.has_lines());
        fitting
            .filter(|reading| reading.concerns(process) && is_it(reading))
            .max_by(|one, two| (&one.place.file, one.place.line).cmp(&(&two.place.file, two.place.line)))
    };
    let name = &default.name;
    let own = name.rsplit_once('.').map_or(name.as_str(), |(_, own)| own);
    let lines = |texts: Vec<String>| Lines { texts, is_flag: false };
    let spelled = |layer: Layer, write: &dyn Fn(&str) -> String| {
        lines(spellings(layer, default.mechanism, value).iter().map(|value| write(value)).collect())
    };
    let mut found = Vec::new();
    let mut offer = |place: Option<&'s Reading>, lines: Lines| found.extend(place.map(|place| (place, lines)));
    match default.mechanism {
        Mechanism::Systemd => {
            let section = setpoint_formats::unit::section_of(own).map(|section| format!("[{section}]"));
            let in_section =
                |reading: &Reading| reading.layer == Layer::Unit && section.is_some() && reading.symbol == section;
            offer(last(&in_section), spelled(Layer::Unit, &|value| format!("\n{own}={value}")));
        }
        Mechanism::Nginx => {
            let passes = |reading: &Reading| reading.layer == Layer::Proxy && reading.mechanism == Mechanism::Nginx;
            let is_pass = |reading: &Reading| passes(reading) && reading.text.contains("://");
            offer(last(&is_pass), spelled(Layer::Proxy, &|value| format!("\n        {own} {value};")));
        }
        mechanism if name.contains('.') => {
            let in_file =
                |reading: &Reading| reading.layer == Layer::ConfigurationFile && reading.mechanism == mechanism;
            offer(last(&in_file), spelled(Layer::ConfigurationFile, &|value| format!("\n{own} = {value}")));
            let starts = |reading: &Reading| reading.layer == Layer::Unit && is_start_of(snapshot, reading, mechanism);
            let flag = own.replace('_', "-");
            let texts = spellings(Layer::CommandLine, mechanism, value);
            let texts = texts.iter().map(|value| format!(" --{flag} {value}")).collect();
            offer(last(&starts), Lines { texts, is_flag: true });
        }
        _ => {
            let in_file = |reading: &Reading| reading.layer == Layer::EnvironmentFile;
            offer(last(&in_file), spelled(Layer::EnvironmentFile, &|value| format!("\n{name}={value}")));
            let in_unit = |reading: &Reading| reading.layer == Layer::UnitEnvironment && is_of_unit(reading);
            let unit = |value: &str| {
                let value = value.replace('"', "\\\"");
                if value.contains(' ') {
                    format!("\nEnvironment=\"{name}={value}\"")
                } else {
                    format!("\nEnvironment={name}={value}")
                }
            };
            offer(last(&in_unit), spelled(Layer::UnitEnvironment, &unit));
            let in_section =
                |reading: &Reading| reading.layer == Layer::Unit && reading.symbol.as_deref() == Some("[Service]");
            offer(last(&in_section), spelled(Layer::UnitEnvironment, &unit));
        }
    }
    found
}

/// True for the line that starts a process of that program.
fn is_start_of(snapshot: &Snapshot, reading: &Reading, mechanism: Mechanism) -> bool {
    let starts = |default: &&NamedDefault| default.name == "systemd.ExecStart" && default.readings.contains(reading);
    reading.text.contains(mechanism.as_str()) && snapshot.defaults.iter().any(|default| starts(&default))
}

/// Where the line ends that a byte stands in. A line that a backslash goes on does not.
fn end_of_line(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |newline| at + newline);
        if at == 0 || at == text.len() || text[at - 1] != b'\\' {
            return at;
        }
        at += 1;
    }
}

/// True for a place in a unit file or a drop-in, and not in a compose file or a script.
fn is_of_unit(reading: &Reading) -> bool {
    let ending = Path::new(&reading.place.file).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["service", "conf", "socket", "timer"].contains(&ending))
}
