//! Which checks have something wrong in their entries. What was read of such an entry is another check than the one that was
//! written: with a misspelled key it expects less, and would pass where the one that was meant fails.

use crate::node::in_order;
use crate::report::{Report, Reported, is_header};
use setpoint_model::Problem;
use setpoint_model::register::{Documentation, Register, UnsoundCheck};
use toml::de::{DeTable, DeValue};

/// The section of the checks.
const SECTION: &str = "check";

/// The checks of the file that are no tables, so that nothing could be read of them but the name.
pub(crate) fn without_table(table: &DeTable<'_>, known: &[UnsoundCheck], report: &Report) -> Vec<UnsoundCheck> {
    let Some(DeValue::Table(section)) = table.get(SECTION).map(toml::Spanned::get_ref) else { return Vec::new() };
    let rest = in_order(SECTION, section).into_iter().map(|entry| UnsoundCheck {
        name: entry.name.to_owned(),
        kind: None,
        tags: Vec::new(),
        environments: Vec::new(),
        documentation: Documentation::default(),
        problems: Vec::new(),
        place: report.place(entry.key),
    });
    rest.filter(|check| known.iter().all(|known| known.name != check.name)).collect()
}

/// Takes the checks that have problems out of the sound ones; `all` is what is to be known of each that the file has.
pub(crate) fn set_apart(register: &mut Register, all: Vec<UnsoundCheck>, text: &str, reported: &[Reported]) {
    let of_syntax = reported.iter().filter(|reported| reported.entry.is_none());
    let of_syntax: Vec<(&Problem, Vec<String>)> =
        of_syntax.map(|reported| (&reported.problem, names_at(text, &reported.problem))).collect();
    for mut check in all {
        let is_its_own = |reported: &&Reported| reported.entry.is_some() && reported.entry == check.place.span;
        let own = reported.iter().filter(is_its_own).map(|reported| &reported.problem);
        let around = of_syntax.iter().filter(|(_, names)| names.contains(&check.name)).map(|(problem, _)| *problem);
        check.problems = own.chain(around).cloned().collect();
        check.problems.sort_by(|one, two| one.place.cmp(&two.place));
        if !check.problems.is_empty() {
            register.checks.retain(|sound| sound.name != check.name);
            register.unsound_checks.push(check);
        }
    }
    register.unsound_checks.sort_by_key(|check| check.place.span);
}

/// The checks that a line which is no TOML belongs to: the one whose table it stands in. Of a header that is none nobody
/// knows where it ends, and what stands below it was read into the table before.
fn names_at(text: &str, problem: &Problem) -> Vec<String> {
    let Some(place) = &problem.place else { return Vec::new() };
    let lines: Vec<&str> = text.lines().take(place.line as usize).collect();
    let Some((line, above)) = lines.split_last() else { return Vec::new() };
    let mut headers = above.iter().rev().filter(|line| is_header(line)).filter_map(|line| keys(line));
    if is_header(line) {
        let named = keys(line);
        let before = if named.is_some() { None } else { headers.next() };
        return named.into_iter().chain(before).filter_map(name).collect();
    }
    let mut path = headers.next().unwrap_or_default();
    let assigned = line.split('=').next().unwrap_or_default();
    path.extend(keys(&format!("{assigned} = 0")).unwrap_or_default());
    name(path).into_iter().collect()
}

/// The name of the check that a path of keys leads into.
fn name(path: Vec<String>) -> Option<String> {
    let mut path = path.into_iter();
    path.next().filter(|section| section == SECTION).and_then(|_| path.next())
}

/// The keys of a header or of a single assignment, from the outermost; `None` where the line is no TOML.
fn keys(line: &str) -> Option<Vec<String>> {
    let table = DeTable::parse(line).ok()?.into_inner();
    let mut keys = Vec::new();
    let mut table = Some(&table);
    while let Some((key, value)) = table.and_then(|table| table.iter().next()) {
        keys.push(key.get_ref().to_string());
        table = match value.get_ref() {
            DeValue::Table(inner) => Some(inner),
            _ => None,
        };
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use crate::load;
    use std::fmt::Write as _;

    /// The checks that may be run, and the others with the lines of what is wrong.
    fn apart(text: &str) -> String {
        let (register, problems) = load("setpoint.toml", &format!("[service]\nname = 'shop'\nowner = 'us'\n{text}"));
        let mut shown = register.checks.iter().map(|check| format!("sound {}\n", check.name)).collect::<String>();
        for check in &register.unsound_checks {
            assert!(check.problems.iter().all(|problem| problems.contains(problem)));
            let lines = check.problems.iter().filter_map(|problem| Some(problem.place.as_ref()?.line.to_string()));
            let lines = lines.collect::<Vec<_>>().join(", ");
            let (kind, owner) = (check.kind.unwrap_or("-"), check.documentation.owner.as_deref().unwrap_or("-"));
            let _ = writeln!(shown, "unsound {} {kind} of {owner} at {}: lines {lines}", check.name, check.place.line);
        }
        shown
    }

    #[test]
    fn a_check_with_a_key_or_value_that_is_wrong() {
        insta::assert_snapshot!(apart("
[check.good]
file = 'a'

[check.misspelled]
http = '/health'
status = 200
txet = 'ok'
tags = ['smoke']
owner = 'them'

[check.wrong-type]
http = '/health'
status = 'fine'
text = 'ok'

[check.two-kinds]
file = 'a'
unit = 'b'

[check.no-kind]
why = 'x'

[check.nothing]
http = '/'

[check]
", ), @"
        sound good
        unsound misspelled http of them at 8: lines 11
        unsound wrong-type http of us at 15: lines 17
        unsound two-kinds - of us at 20: lines 20
        unsound no-kind - of us at 24: lines 24
        unsound nothing http of us at 27: lines 27
        ");
        insta::assert_snapshot!(apart("[check]\nodd = 5\ngood.file = 'a'\ninline = { file = 'a', is = 'fiel' }\n"), @"
        sound good
        unsound odd - of us at 5: lines 5
        unsound inline file of us at 7: lines 7
        ");
    }

    #[test]
    fn a_check_that_names_what_there_is_not() {
        insta::assert_snapshot!(apart("
[environment.production]
url = 'http://127.0.0.1:1'

[check.a]
file = 'a'
needs = ['b', 'c']

[check.b]
file = 'a'
environments = ['prodution']

[check.d]
file = 'a'
needs = ['lost']

[check.lost]
flie = 'a'

[check.e]
file = 'a'
needs = ['f']

[check.f]
file = 'a'
needs = ['e']

[job.d]
run = 'true'
"), @"
        sound d
        sound f
        unsound a file of us at 8: lines 10
        unsound b file of us at 12: lines 14
        unsound lost - of us at 20: lines 20
        unsound e file of us at 23: lines 23
        ");
    }

    #[test]
    fn a_check_with_a_line_that_is_no_toml() {
        insta::assert_snapshot!(apart("
[check.a]
file = 'a'
mode = '06
size_at_most = '1MB'

[check.b]
http = '/'
[check.b.json]
ok = = true

[check.c]
file = 'c'

[check.d
file = 'd'

[check.e]
file = 'e'

[check.e]
file = 'f'

[check.'f g'.header]
x = tru

[check.'f g']
http = '/'
"), @"
        unsound a file of us at 5: lines 7
        unsound b http of us at 10: lines 13, 13
        unsound c file of us at 15: lines 18
        unsound e file of us at 24: lines 24
        unsound f g http of us at 30: lines 28
        ");
        insta::assert_snapshot!(apart("[check]\na.file = 'a'\na.is = fil\nb.file = 'a'\n"), @"
        sound b
        unsound a file of us at 5: lines 6
        ");
    }
}
