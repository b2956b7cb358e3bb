use crate::picture::{Direction, Picture, picture};
use crate::prose::{Piece, cut, pieces};
use crate::request_path::request_path;
use crate::sheet::{self, Entry, Group, RuleFindings, Section, Sheet, Wins};
use crate::{MARK, Pages};
use askama::Template;
use setpoint_model::{Finding, Layer, Problem, Severity};
use std::collections::BTreeMap;

/// The page's style and program. The content security policy names their SHA-256, so that nothing else in the page
/// can style or run (Content Security Policy Level 3, section 2.3.1); a test computes both again.
const STYLE: &str = include_str!("../templates/page.css");
const SCRIPT: &str = include_str!("../templates/page.js");
const STYLE_HASH: &str = "ynIDwE97Lg9Ht6fX1IfPLkHkZkk4/3l2F8Lf68ELaWM=";
const SCRIPT_HASH: &str = "bkuXUmgEG5OGja21xfPdEwO6boNSZ1UMn5XKIzLVnm4=";

/// Characters of a value in a closed row; the open one shows it whole.
const SHORT: usize = 72;

/// One self-contained HTML page: the request path as a picture, the findings, and every default with its readings.
/// It asks the network for nothing and works without its program, which only filters.
pub fn html(pages: Pages<'_>) -> String {
    let sheet = Sheet::of(pages);
    let path = request_path(pages.snapshot, pages.findings);
    let anchors: BTreeMap<&str, &str> =
        sheet.entries().map(|entry| (entry.default.name.as_str(), entry.anchor.as_str())).collect();
    let page = Page {
        mark: MARK,
        title: sheet.title(),
        pictures: [
            ("wide", picture(&path, &anchors, Direction::LeftToRight)),
            ("tall", picture(&path, &anchors, Direction::TopToBottom)),
        ],
        counts: counts(&sheet),
        layers: layers(&sheet),
        outbound_left_out: path.outbound_left_out,
        sections: sections(&sheet),
        rules: sheet.findings(),
        problems: &pages.snapshot.problems,
        sheet: &sheet,
    };
    // Writing to a string does not fail, and no value of the page has a formatter that does.
    page.render().unwrap_or_else(|error| error.to_string())
}

#[derive(Template)]
#[template(path = "index.html")]
struct Page<'a> {
    mark: &'static str,
    title: String,
    pictures: [(&'static str, Picture); 2],
    outbound_left_out: usize,
    counts: Vec<(&'static str, usize)>,
    layers: Vec<(Layer, usize)>,
    sections: Vec<(Section, usize, Vec<&'a Group<'a>>)>,
    rules: Vec<RuleFindings<'a, 'a>>,
    problems: &'a [Problem],
    sheet: &'a Sheet<'a>,
}

impl Page<'_> {
    const STYLE: &'static str = STYLE;
    const STYLE_HASH: &'static str = STYLE_HASH;
    const SCRIPT: &'static str = SCRIPT;
    const SCRIPT_HASH: &'static str = SCRIPT_HASH;

    /// Findings of what is wrong or likely wrong, that nobody has accepted.
    fn finding_counts(&self) -> [(&'static str, usize); 2] {
        [("errors", Severity::Error), ("warnings", Severity::Warning)].map(|(word, severity)| {
            let rules = self.rules.iter().filter(|rule| !rule.waived && rule.severity == severity);
            (word, rules.map(|rule| rule.findings.len()).sum())
        })
    }
}

impl Entry<'_> {
    /// The words by which the page filters rows.
    fn is(&self) -> String {
        let default = self.default;
        let words = [
            ("set", self.layer().is_deployment()),
            ("required", default.required),
            ("secret", default.secret),
            ("dynamic", default.dynamic),
            ("documented", self.documented.is_some()),
            ("undocumented", self.documented.is_none()),
            ("finding", self.findings.iter().any(|finding| finding.waived.is_none())),
        ];
        words.iter().filter(|(_, is)| *is).map(|(word, _)| *word).collect::<Vec<_>>().join(" ")
    }

    fn short(&self) -> String {
        cut(&self.effective(), SHORT)
    }

    /// Where the winning reading stands, if that is not the file under which the default is listed.
    fn set_in(&self, group: &Group<'_>) -> Option<String> {
        let file = sheet::file(&self.default.effective.as_ref()?.place.file);
        (group.file.as_deref() != Some(&file)).then_some(file)
    }

    fn facts(&self) -> String {
        let default = self.default;
        let mut facts: Vec<String> = default.type_name.iter().cloned().collect();
        facts.push(default.mechanism.to_string());
        facts.extend(default.required.then(|| "required".to_owned()));
        facts.extend(default.dynamic.then(|| "computed when the code runs".to_owned()));
        facts.extend(default.secret.then(|| "secret, never shown".to_owned()));
        facts.extend((!default.aliases.is_empty()).then(|| format!("also {}", default.aliases.join(", "))));
        facts.join(" · ")
    }

    /// What a reader of the closed row must not miss: a CSS class and a word.
    fn flags(&self) -> Vec<(&'static str, String)> {
        let default = self.default;
        let mut flags = Vec::new();
        let is_alarming = |finding: &&&Finding| finding.waived.is_none() && finding.severity > Severity::Note;
        for finding in self.findings.iter().filter(is_alarming) {
            flags.push((severity(finding.severity), finding.code.to_owned()));
        }
        flags.extend(default.required.then(|| ("", "required".to_owned())));
        flags.extend(default.secret.then(|| ("", "secret".to_owned())));
        flags.extend(self.documented.and(self.owner).map(|owner| ("", owner.to_owned())));
        flags
    }

    fn finding_rows(&self) -> Vec<(&Finding, Vec<Sentence>)> {
        self.findings.iter().map(|finding| (*finding, sentences(finding, None))).collect()
    }

    fn documented_owner(&self) -> Option<&str> {
        self.documented.map(|_| self.owner.unwrap_or("nobody"))
    }

    /// Documented facts in the order in which a person asks for them.
    fn answers(&self) -> Vec<(&'static str, Vec<Piece<'_>>)> {
        let Some(documentation) = self.documentation() else { return Vec::new() };
        [("why", &documentation.why), ("expect", &documentation.expect), ("rollback", &documentation.rollback)]
            .into_iter()
            .filter_map(|(question, answer)| Some((question, pieces(answer.as_deref()?))))
            .collect()
    }

    fn readings(&self) -> Vec<ReadingRow<'_>> {
        let row = |reading| {
            let (file, symbol) = sheet::place(reading);
            ReadingRow {
                layer: reading.layer,
                value: sheet::reading_shown(self.default, reading),
                file,
                symbol,
                process: reading.process.as_deref(),
                wins: match self.wins(reading) {
                    Wins::Everywhere => Some("effective".to_owned()),
                    Wins::In(processes) => Some(format!("effective in {}", processes.join(", "))),
                    Wins::Nowhere => None,
                },
            }
        };
        self.default.readings.iter().map(row).collect()
    }
}

impl RuleFindings<'_, '_> {
    fn expected_pieces(&self) -> Option<Vec<Piece<'_>>> {
        self.expected.map(pieces)
    }

    /// A few lines, and everything that is wrong for certain, are there to be read at once.
    fn is_open(&self) -> bool {
        !self.waived && (self.severity == Severity::Error || self.findings.len() <= 3)
    }

    fn sentences(&self, finding: &Finding) -> Vec<Sentence> {
        sentences(finding, self.expected)
    }
}

struct ReadingRow<'a> {
    layer: Layer,
    value: String,
    file: String,
    symbol: Option<&'a str>,
    process: Option<&'a str>,
    wins: Option<String>,
}

fn counts(sheet: &Sheet<'_>) -> Vec<(&'static str, usize)> {
    let count = |is: fn(&Entry<'_>) -> bool| sheet.entries().filter(|entry| is(entry)).count();
    vec![
        ("defaults", count(|_| true)),
        ("set by the deployment", count(|entry| entry.layer().is_deployment())),
        (
            "required, not set",
            count(|entry| entry.default.required && entry.default.effective.is_none() && !entry.is_group),
        ),
        ("secrets", count(|entry| entry.default.secret)),
        ("documented", count(|entry| entry.documented.is_some())),
    ]
}

fn layers(sheet: &Sheet<'_>) -> Vec<(Layer, usize)> {
    let count = |layer: &Layer| (*layer, sheet.entries().filter(|entry| entry.layer() == *layer).count());
    Layer::ALL.iter().map(count).filter(|(_, count)| *count > 0).collect()
}

fn sections<'a>(sheet: &'a Sheet<'a>) -> Vec<(Section, usize, Vec<&'a Group<'a>>)> {
    let mut sections: Vec<(Section, usize, Vec<&Group<'_>>)> = Vec::new();
    for group in &sheet.groups {
        match sections.last_mut() {
            Some((section, count, groups)) if *section == group.section => {
                *count += group.entries.len();
                groups.push(group);
            }
            Some(_) | None => sections.push((group.section, group.entries.len(), vec![group])),
        }
    }
    sections
}

/// A finding's sentence with what stands back behind what is wrong: what is expected and what to do.
struct Sentence {
    text: String,
    is_main: bool,
}

impl Sentence {
    fn pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.text)
    }
}

/// A finding's sentences. What is expected is left out where it is `said` already.
fn sentences(finding: &Finding, said: Option<&str>) -> Vec<Sentence> {
    let process = finding.process.as_ref().map(|process| format!(" in `{process}`")).unwrap_or_default();
    let main = Sentence { text: ended(&format!("{}{process}", finding.message)), is_main: true };
    let asides = [
        said.is_none().then(|| format!("Expected: {}", finding.expected)),
        finding.hint.as_ref().map(|hint| format!("Hint: {hint}")),
        finding.waived.as_ref().map(|reason| format!("Accepted for now: {reason}")),
    ];
    let aside = |text: String| Sentence { text: ended(&text), is_main: false };
    std::iter::once(main).chain(asides.into_iter().flatten().map(aside)).collect()
}

/// The sentence with an end.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
