use super::name::{UnitName, unescape};
use crate::expansion::MOST;
use crate::{Complaint, Traced};
use setpoint_model::ByteSpan;
use std::collections::BTreeMap;

/// What the `%` specifiers of systemd.unit(5) stand for in one unit. Those of the unit's name are always known;
/// the others are known where something that knows the machine has said them.
#[derive(Clone, Debug)]
pub struct Specifiers {
    values: BTreeMap<char, String>,
}

/// Specifiers whose meaning is the machine's, the user's or a later moment's (systemd.unit(5), table 4).
const OF_THE_MACHINE: &str = "aAbBcCdDEgGhHlLmMoqrRsStTuUvVwWyY";

/// A value with its specifiers resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The text; a specifier that is not known stands in it as it was written.
    pub text: Traced,
    /// Every specifier was known, so that `text` is what systemd uses.
    pub complete: bool,
    /// A specifier that systemd does not know: it ignores the whole word or value.
    pub refused: Option<Complaint>,
}

impl Specifiers {
    /// For a unit of the system's manager, with the folders that are the same on every machine.
    pub fn of_system_unit(unit: &UnitName) -> Self {
        let instance = unit.instance.clone().unwrap_or_default();
        let last = unit.prefix.rsplit('-').next().unwrap_or_default().to_owned();
        let path = if instance.is_empty() { &unit.prefix } else { &instance };
        let values = [
            ('n', unit.full()),
            ('N', unit.without_kind()),
            ('p', unit.prefix.clone()),
            ('P', unescape(&unit.prefix)),
            ('i', instance.clone()),
            ('I', unescape(&instance)),
            ('j', last.clone()),
            ('J', unescape(&last)),
            ('f', format!("/{}", unescape(path).trim_start_matches('/'))),
            ('C', "/var/cache".to_owned()),
            ('d', format!("/run/credentials/{}", unit.full())),
            ('E', "/etc".to_owned()),
            ('g', "root".to_owned()),
            ('G', "0".to_owned()),
            ('h', "/root".to_owned()),
            ('L', "/var/log".to_owned()),
            ('S', "/var/lib".to_owned()),
            ('t', "/run".to_owned()),
            ('T', "/tmp".to_owned()),
            ('u', "root".to_owned()),
            ('U', "0".to_owned()),
            ('V', "/var/tmp".to_owned()),
        ];
        Self { values: values.into() }
    }

    /// The same with one more known: `('H', "shop-1")`.
    #[must_use]
    pub fn with(mut self, specifier: char, value: impl Into<String>) -> Self {
        self.values.insert(specifier, value.into());
        self
    }

    /// Resolves every specifier in the text (`specifier_printf` in `src/shared/specifier.c`, which refuses what becomes
    /// longer than a program's arguments may be).
    pub fn resolve(&self, text: &Traced) -> Resolved {
        let mut resolved = Resolved { text: Traced::default(), complete: true, refused: None };
        let mut letters = text.characters().peekable();
        while let Some((_, letter, origin)) = letters.next() {
            if resolved.text.as_str().len() > MOST {
                let what = "the specifiers make a text of more than 2 MiB, so that systemd does not use it";
                let complaint = Complaint::new(what, "a text that a program can be given", origin);
                return Resolved { text: text.clone(), complete: false, refused: Some(complaint) };
            }
            let next = if letter == '%' { letters.peek().copied() } else { None };
            let Some((_, specifier, end)) = next else {
                resolved.text.push(letter, origin);
                continue;
            };
            letters.next();
            let span = ByteSpan { start: origin.start, end: end.end };
            if specifier == '%' {
                resolved.text.push('%', span);
            } else if let Some(value) = self.values.get(&specifier) {
                resolved.text.push_str(value, span);
            } else {
                resolved.text.push('%', origin);
                resolved.text.push(specifier, end);
                if OF_THE_MACHINE.contains(specifier) {
                    resolved.complete = false;
                } else if specifier.is_ascii_alphanumeric() && resolved.refused.is_none() {
                    let what =
                        format!("`%{specifier}` is no specifier, so that systemd does not use what it stands in");
                    let expected = "`%%` for a percent sign, or a specifier of systemd.unit(5)";
                    resolved.refused = Some(Complaint::new(what, expected, span));
                }
            }
        }
        resolved
    }
}
