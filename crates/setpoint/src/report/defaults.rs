//! The table of `capture`: every default under the file in which its effective value stands, what the deployment
//! sets first, since that is what production is set to.

use crate::report::columns::{self, Cell, Fit, Layout, wrapped};
use crate::report::{not_asked, unread};
use crate::survey::Survey;
use crate::terminal::{FAINT, STRONG, Ui, WARNING, styled, visible};
use anstyle::Style;
use setpoint_model::{Held, Layer, NamedDefault, Place, Reading, Snapshot};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// More defaults than this in code are counted per file instead of listed, so that what matters stays in sight.
const LISTED: usize = 120;
/// No more required defaults or files than this are listed where they are too many.
const BRIEF: usize = 20;
/// In place of the value of what is built of fields.
pub(crate) const BUILT_OF_FIELDS: &str = "(set by its fields)";
/// As wide as the numbers of lines.
const INDENT: &str = "     ";

/// How much is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What fits a few screens.
    Brief,
    /// Everything.
    All,
}

/// Where a row stands: the first kind is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    /// The deployment sets it.
    Deployed,
    /// Nothing sets it, and the service needs it.
    Missing,
    /// The code's own default, or none.
    Code,
    /// A library's or server's own default, which nothing sets.
    Library,
}

struct Row<'a> {
    default: &'a NamedDefault,
    section: Section,
    layer: Layer,
    place: Option<&'a Place>,
    /// It is built of fields, which have rows of their own, and its own default does not count.
    built_of_fields: bool,
}

impl<'a> Row<'a> {
    fn of(default: &'a NamedDefault, snapshot: &Snapshot) -> Self {
        let shown = shown_reading(default);
        let layer = shown.map_or(default.layer, |reading| reading.layer);
        let section = match &default.effective {
            Some(_) | None if snapshot.is_missing(default) => Section::Missing,
            Some(_) if layer.is_deployment() => Section::Deployed,
            Some(_) if layer == Layer::Library => Section::Library,
            Some(_) | None => Section::Code,
        };
        let built_of_fields = snapshot.is_built_of_fields(default);
        Self { default, section, layer, place: shown.map(|reading| &reading.place), built_of_fields }
    }

    fn file(&self) -> &'a str {
        self.place.map_or("", |place| place.file.as_str())
    }
}

/// The reading under whose file a default is listed. A live process shows what some file says; the file is where
/// it is changed.
fn shown_reading(default: &NamedDefault) -> Option<&Reading> {
    let effective = default.effective.as_ref();
    let agrees = |reading: &&Reading| {
        effective.is_some_and(|effective| default.agree(&reading.value, &effective.value))
            && reading.value != Held::Nothing
    };
    match winner(default) {
        Some(winner) if winner.layer == Layer::Process => default
            .readings
            .iter()
            .rev()
            .filter(agrees)
            .find(|reading| reading.layer != Layer::Process)
            .or(Some(winner)),
        Some(winner) => Some(winner),
        None => default.readings.first(),
    }
}

fn winner(default: &NamedDefault) -> Option<&Reading> {
    default.winner_in(None).map(|number| &default.readings[number])
}

/// Which layers come first: variables, from the strongest place to the weakest, then what units, proxy and machine set
/// beside them.
fn rank(layer: Layer) -> u8 {
    match layer {
        Layer::CommandLine => 0,
        Layer::EnvironmentFile => 1,
        Layer::UnitEnvironment => 2,
        Layer::Image => 3,
        Layer::Dotenv => 4,
        Layer::ConfigurationFile => 5,
        Layer::Unit => 6,
        Layer::Proxy => 7,
        Layer::Host => 8,
        Layer::Process => 9,
        Layer::Code => 10,
        Layer::Library => 11,
    }
}

/// The table as text.
pub(crate) fn table(ui: &Ui<'_>, survey: &Survey, extent: Extent) -> String {
    let snapshot = &survey.snapshot;
    let mut rows: Vec<Row<'_>> = snapshot.defaults.iter().map(|default| Row::of(default, snapshot)).collect();
    rows.sort_by_key(|row| {
        let line = row.place.map_or(0, |place| place.line);
        (row.section, rank(row.layer), row.file(), line, row.default.name.as_str())
    });
    let in_section = |section: Section| rows.iter().filter(move |row| row.section == section).collect::<Vec<_>>();
    let (deployed, missing) = (in_section(Section::Deployed), in_section(Section::Missing));
    let (code, libraries) = (in_section(Section::Code), in_section(Section::Library));
    let mut text = head(ui, survey, &[&*deployed, &*missing, &*code].concat());
    if extent == Extent::Brief && code.len() > LISTED {
        list(ui, &deployed, &mut text);
        list_missing(ui, &missing, extent, &mut text);
        summary(ui, &code, &mut text);
    } else {
        list_missing(ui, &missing, extent, &mut text);
        list(ui, &[deployed, code].concat(), &mut text);
    }
    match extent {
        Extent::Brief => summary_of_libraries(ui, snapshot, &libraries, &mut text),
        Extent::All => list(ui, &libraries, &mut text),
    }
    text.push_str(&not_asked::in_short(ui, snapshot));
    text
}

/// What the service has; what its libraries have is told of apart.
fn head(ui: &Ui<'_>, survey: &Survey, rows: &[&Row<'_>]) -> String {
    let snapshot = &survey.snapshot;
    let number = |wanted: fn(&Row<'_>) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let service = survey.register.as_ref().and_then(|register| register.service.as_ref());
    let folder = snapshot.site.root.rsplit('/').next().filter(|folder| !folder.is_empty());
    // Units and containers need not lead to a folder.
    let processes = || snapshot.site.processes.iter().map(|process| process.name.as_str()).collect::<Vec<_>>();
    let unnamed = || folder.map_or_else(|| processes().join(", "), str::to_owned);
    let name = service.map_or_else(unnamed, |service| service.name.clone());
    let mut text = format!(
        "{}: {} in {} and {}\n",
        styled(STRONG, visible(&name)),
        counted(rows.len(), "default"),
        counted(snapshot.site.python_files, "Python file"),
        counted(snapshot.site.files.len(), "configuration file"),
    );
    let _ = writeln!(
        text,
        "{} set by the deployment, {} required and not set, {} secret, {} dynamic",
        number(|row| row.section == Section::Deployed),
        number(|row| row.section == Section::Missing),
        number(|row| row.default.secret),
        number(|row| is_dynamic(row.default)),
    );
    text.push_str(&unread::sentence(ui, snapshot));
    let unread: Vec<&str> = snapshot.site.unread_files.iter().map(|unread| unread.file.as_str()).collect();
    let absent: Vec<&str> = snapshot.site.absent_files.iter().map(String::as_str).collect();
    for (said, files) in [("read by nothing:", unread), ("named and not here:", absent)] {
        if !files.is_empty() {
            let _ = writeln!(text, "{}", wrapped(&visible(&format!("{said} {}", files.join(", "))), ui.width, 2));
        }
    }
    for process in &snapshot.site.processes {
        let said = [process.program.as_deref(), process.app.as_deref()].into_iter().flatten().map(str::to_owned);
        let running = match (process.pid, process.live) {
            (Some(pid), true) => Some(format!("running as {pid}")),
            (Some(pid), false) => Some(format!("running as {pid}, which this user may not look into")),
            (None, _) => None,
        };
        let words: Vec<String> = said.chain(process.listens.iter().cloned()).chain(running).collect();
        let _ = writeln!(text, "{}  {}", styled(STRONG, visible(&process.name)), visible(&words.join("  ")));
    }
    text
}

/// What nothing sets: name, type, and where the code asks for it.
fn list_missing(ui: &Ui<'_>, rows: &[&Row<'_>], extent: Extent, text: &mut String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", styled(WARNING, "required and not set"));
    let listed = match extent {
        Extent::Brief => &rows[..rows.len().min(BRIEF)],
        Extent::All => rows,
    };
    let cells = |row: &&Row<'_>| {
        let place = row.place.map(Place::in_brief);
        let secret = if row.default.secret { "secret" } else { "" };
        [
            Cell::plain(INDENT),
            Cell::plain(&row.default.name),
            type_cell(row.default),
            Cell::plain(secret),
            Cell::plain(&place.unwrap_or_default()),
        ]
    };
    let cells: Vec<_> = listed.iter().map(cells).collect();
    let fits = [Fit::Whole(5), Fit::Whole(30), Fit::Whole(TYPE), Fit::Whole(6), Fit::Whole(60)];
    let layout = Layout::of(&cells, fits, ui.width);
    text.extend(cells.iter().map(|cells| layout.row(cells)));
    if listed.len() < rows.len() {
        let _ = writeln!(text, "{INDENT}  and {} more", rows.len() - listed.len());
    }
}

const FITS: [Fit; 5] = [Fit::Whole(5), Fit::Whole(30), Fit::Cut(12), Fit::Cut(6), Fit::Cut(9)];
/// No type is shown wider than this; `explain` shows it whole.
const TYPE: usize = 12;

/// What has a value, or needs none, under the file where it stands.
fn list(ui: &Ui<'_>, rows: &[&Row<'_>], text: &mut String) {
    let cells: Vec<[Cell; 5]> = rows.iter().map(|row| cells(row)).collect();
    let layout = Layout::of(&cells, FITS, ui.width);
    let mut above = None;
    for (row, cells) in rows.iter().zip(&cells) {
        let group = (row.layer, row.file());
        if above.replace(group) != Some(group) {
            let layer = styled(FAINT, format_args!("({})", row.layer));
            let _ = writeln!(text, "\n{} {layer}", styled(STRONG, visible(row.file())));
        }
        text.push_str(&layout.row(cells));
    }
}

/// Line, name, value, type, remarks.
fn cells(row: &Row<'_>) -> [Cell; 5] {
    let default = row.default;
    let line = row.place.filter(|place| place.has_lines()).map(|place| place.line.to_string());
    let (value, style) = value(row);
    [
        Cell::new(FAINT, &format!("{:>5}", line.unwrap_or_default())),
        Cell::plain(&default.name),
        Cell::new(style, &value),
        type_cell(default),
        Cell::plain(&remarks(row)),
    ]
}

/// Source text with its lines and indentation joined.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn type_cell(default: &NamedDefault) -> Cell {
    Cell::new(FAINT, &columns::cut(&one_line(default.type_name.as_deref().unwrap_or_default()), TYPE))
}

fn value(row: &Row<'_>) -> (String, Style) {
    if row.built_of_fields {
        return (BUILT_OF_FIELDS.to_owned(), FAINT);
    }
    let default = row.default;
    let Some(effective) = &default.effective else { return ("(not set)".to_owned(), FAINT) };
    match &effective.value {
        Held::Dynamic => {
            let text = winner(default).map_or("", |reading| reading.text.as_str());
            (one_line(text), FAINT)
        }
        Held::Constant(_) => (effective.value.shown(), Style::new()),
        Held::Secret(_) | Held::Nothing => (effective.value.shown(), FAINT),
    }
}

/// True if what is effective is known only when the code runs.
fn is_dynamic(default: &NamedDefault) -> bool {
    default.effective.as_ref().is_some_and(|effective| effective.value == Held::Dynamic)
}

/// What sets this default apart: what it overrides, and its marks.
fn remarks(row: &Row<'_>) -> String {
    let default = row.default;
    let mut words = Vec::new();
    if let Some(effective) = default.effective.as_ref().filter(|_| !row.built_of_fields) {
        let winner = winner(default);
        let is_below = |reading: &&Reading| {
            reading.layer < row.layer && winner.is_none_or(|winner| winner.shares_a_process_with(reading))
        };
        let differs =
            |reading: &&Reading| reading.value != Held::Nothing && !default.agree(&reading.value, &effective.value);
        let over = default.readings.iter().rev().filter(is_below).find(differs);
        words.extend(over.map(|reading| format!("over {}", reading.value.shown())));
        if is_dynamic(default) {
            words.push("dynamic".to_owned());
        }
    }
    words.extend((default.required && !row.built_of_fields).then(|| "required".to_owned()));
    words.extend((default.secret && default.effective.is_none()).then(|| "secret".to_owned()));
    words.extend(default.exceptions().map(|(process, own)| format!("{} in {process}", own.value.shown())));
    words.join(", ")
}

/// The code's own defaults counted per file, the fullest first.
fn summary(ui: &Ui<'_>, rows: &[&Row<'_>], text: &mut String) {
    let mut files: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        files.entry(row.file()).or_default().push(row);
    }
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(file, rows)| (std::cmp::Reverse(rows.len()), *file));
    let _ = writeln!(text, "\n{}", styled(STRONG, format_args!("{} in code, by file", counted(rows.len(), "default"))));
    let shown = &files[..files.len().min(BRIEF)];
    count_each(ui, shown, text);
    let rest = &files[shown.len()..];
    if !rest.is_empty() {
        let defaults: usize = rest.iter().map(|(_, rows)| rows.len()).sum();
        let _ = writeln!(text, "{defaults:>5}  in {}", counted(rest.len(), "other file"));
    }
    let _ = writeln!(text, "`setpoint capture --all` lists each of them");
}

/// The defaults that nothing sets counted per library; a server without an installed package is named alone.
fn summary_of_libraries(ui: &Ui<'_>, snapshot: &Snapshot, rows: &[&Row<'_>], text: &mut String) {
    if rows.is_empty() {
        return;
    }
    let mut libraries: BTreeMap<String, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        let library = snapshot.site.libraries.iter().find(|library| library.has(row.default));
        let name = match library {
            Some(library) => format!("{} {}", library.name, library.version),
            None => row.default.mechanism.to_string(),
        };
        libraries.entry(name).or_default().push(row);
    }
    let head = format!("{} of libraries and servers, which nothing sets", counted(rows.len(), "default"));
    let _ = writeln!(text, "\n{}", styled(STRONG, head));
    let libraries: Vec<(&str, Vec<&Row<'_>>)> =
        libraries.iter().map(|(name, rows)| (name.as_str(), rows.clone())).collect();
    count_each(ui, &libraries, text);
    let _ = writeln!(text, "`setpoint capture --all` lists each of them");
}

/// A line for each group: how many, which, and the first names of it.
fn count_each(ui: &Ui<'_>, groups: &[(&str, Vec<&Row<'_>>)], text: &mut String) {
    let cells = |(group, rows): &(&str, Vec<&Row<'_>>)| {
        // More names than any terminal is wide are not worth joining.
        let names: Vec<&str> = rows.iter().take(BRIEF).map(|row| row.default.name.as_str()).collect();
        let count = format!("{:>5}", rows.len());
        [Cell::plain(&count), Cell::plain(group), Cell::new(FAINT, &names.join(", "))]
    };
    let cells: Vec<[Cell; 3]> = groups.iter().map(cells).collect();
    let fits = [Fit::Whole(5), Fit::Whole(60), Fit::Cut(12)];
    let layout = Layout::of(&cells, fits, ui.width);
    text.extend(cells.iter().map(|cells| layout.row(cells)));
}

/// `1 default`, `2 defaults`, `2 entries`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    }
}
