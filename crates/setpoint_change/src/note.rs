//! The final note of a change, out of its journal alone: what was done, what was seen, how to repeat it and how to get back.
//! Markdown, with what programs look for in front of it as TOML.

use crate::walk::as_found;
use crate::{Class, Event, Evidence, Journal, Left, Plan, Purpose, Record, Saves, Settle, State, Step, Wanted};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The note of a change that has ended; `None` where nothing was planned.
pub fn note(number: u64, journal: &Journal) -> Option<String> {
    let plan = journal.plan()?;
    let records = journal.records();
    let (first, last) = (records.first()?, records.last()?);
    let mut text = front(number, journal, plan, (first, last));
    text += &format!("# {}\n\n", plan.title);
    text += &format!("Change {number}: **{}**.", journal.state().name());
    if let Some(why) = &plan.why {
        text += &format!(" Why: {why}.");
    }
    text += "\n\n";
    text += &what(plan);
    text += &steps(records);
    text += &commands(records);
    text += &measured(records);
    text += &assumptions(journal, plan);
    text += &way_back(number, journal, plan);
    Some(text)
}

/// The file of a note in the register's folder, where it is committed; `None` for what is no lasting change of the site.
pub fn note_file(number: u64, journal: &Journal) -> Option<PathBuf> {
    let plan = journal.plan().filter(|plan| plan.purpose == Purpose::Lasting)?;
    let day = journal.records().first()?.at.strftime("%Y-%m-%d");
    let of = plan.environment.as_deref().unwrap_or("change");
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let of: String = of.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect();
    let is_of_site = !matches!(journal.state(), State::NeverApplied);
    is_of_site.then(|| plan.site.join("notes").join(format!("{day}-{of}-{number}.md")))
}

/// What programs look for. Texts are written as TOML does, whatever is in them.
fn front(number: u64, journal: &Journal, plan: &Plan, (first, last): (&Record, &Record)) -> String {
    let text = |text: &str| toml_text(text);
    let names: Vec<String> = plan.defaults.iter().map(|wanted| text(&wanted.name)).collect();
    let mut lines = vec![
        "+++".to_owned(),
        format!("title = {}", text(&plan.title)),
        format!("change = {number}"),
        format!("result = {}", text(journal.state().name())),
        format!("begun = {}", first.at.round(jiff::Unit::Second).unwrap_or(first.at)),
        format!("ended = {}", last.at.round(jiff::Unit::Second).unwrap_or(last.at)),
        format!("defaults = [{}]", names.join(", ")),
    ];
    let mut add =
        |key: &str, value: Option<&String>| lines.extend(value.map(|value| format!("{key} = {}", text(value))));
    add("environment", plan.environment.as_ref());
    add("owner", plan.owner.as_ref());
    add("why", plan.why.as_ref());
    add("backup", journal.backup().map(str::to_owned).as_ref());
    lines.extend(plan.proof.map(|proof| format!("rehearsal = {proof}")));
    lines.push("+++\n\n".to_owned());
    lines.join("\n")
}

/// A basic string of TOML (<https://toml.io/en/v1.0.0#string>), which for these characters is one of JSON.
fn toml_text(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007f")
}

fn what(plan: &Plan) -> String {
    let mut text = String::from("## What\n\n");
    for wanted in &plan.defaults {
        let before = wanted.before.as_deref().unwrap_or("(not set)");
        text += &format!("- `{}`: {before} → {}\n", wanted.name, wanted.after);
    }
    for edit in &plan.edits {
        let how = match (&edit.before, &edit.after) {
            (None, _) => "new",
            (_, None) => "removed",
            (Some(_), Some(_)) => "edited",
        };
        text += &format!("- `{}`: {how}\n", edit.path.display());
    }
    text += &format!("- {}\n", plan.class.sentence());
    if let Some(proof) = plan.proof {
        text += &format!("- its way back was proven by rehearsal {proof} (`setpoint rehearse list`)\n");
    }
    text += "\n";
    if !plan.shown.is_empty() {
        text += &format!("```diff{}```\n\n", plan.shown);
    }
    text
}

fn steps(records: &[Record]) -> String {
    let mut text = String::from("## Steps\n\n");
    let mut begun: Option<(Step, jiff::Timestamp)> = None;
    for record in records {
        match &record.event {
            Event::Started { step } => begun = Some((*step, record.at)),
            Event::Done { step, evidence } => {
                let took = begun
                    .filter(|(begun, _)| begun == step)
                    .map(|(_, at)| seconds(record.at.duration_since(at).unsigned_abs()));
                text +=
                    &format!("- {}: done{}", step.sentence(), took.map_or(String::new(), |took| format!(" in {took}")));
                text += &of_evidence(evidence);
                text += "\n";
            }
            Event::Armed { unit, until } => {
                text += &format!(
                    "- dead man's switch: `{unit}`, until {}\n",
                    until.round(jiff::Unit::Second).unwrap_or(*until)
                );
            }
            Event::Failed { step, because } => text += &format!("- {}: **failed**: {because}\n", step.sentence()),
            Event::Confirmed => text += "- confirmed over a new connection\n",
            Event::UndoAsked { because } => text += &format!("- rolled back: {because}\n"),
            Event::TakenBack { left } if left.is_empty() => {
                text += "- the command that takes it back left all that is known of it as found\n";
            }
            Event::TakenBack { left } => {
                text += "- the command that takes it back left otherwise than found, and the journal put back:\n";
                left.iter().for_each(|left| text += &format!("  - {left}\n"));
            }
            Event::NothingToTakeBack { because } => {
                text += &format!("- the command that takes it back was not run: {because}\n");
            }
            Event::Restored { differences, .. } if differences.is_empty() => {
                text += "- put back, and compared with as found: the same\n";
            }
            Event::Restored { differences, .. } => {
                text += "- put back as far as it went; not as found:\n";
                differences.iter().for_each(|difference| text += &format!("  - {difference}\n"));
            }
            Event::Planned { .. } | Event::Runs { .. } | Event::Ran { .. } | Event::Kept => {}
        }
    }
    text + "\n"
}

fn of_evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Captured(found) if found.faults.is_empty() => "; nothing was wrong before".to_owned(),
        Evidence::Captured(found) => format!("; wrong already: {}", found.faults.join(", ")),
        Evidence::Backup { id, verified } => {
            let id = id.as_ref().map_or(String::new(), |id| format!("; backup `{id}`"));
            let lines: String = verified.iter().map(|what| format!("\n  - {what}")).collect();
            format!("{id}{}{lines}", if lines.is_empty() { "" } else { "; compared:" })
        }
        Evidence::Left(Left { revision: Some(revision), .. }) => format!("; the code is at {}", revision.commit),
        Evidence::Left(Left { revision: None, .. }) | Evidence::Facts { .. } => String::new(),
    }
}

fn commands(records: &[Record]) -> String {
    let mut text = String::new();
    for record in records {
        if let Event::Ran { command, code, took } = &record.event {
            let code = code.map_or("no exit code".to_owned(), |code| format!("exit {code}"));
            text += &format!("| `{}` | {code} | {} |\n", command.replace('|', "\\|"), seconds(*took));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("## Commands that were run\n\n| command | result | took |\n|---|---|---|\n{text}\n")
}

/// Before beside after.
fn measured(records: &[Record]) -> String {
    let mut before: &[(String, String)] = &[];
    let mut after: &[(String, String)] = &[];
    for record in records {
        match &record.event {
            Event::Done { evidence: Evidence::Captured(found), .. } => before = &found.facts,
            Event::Done { step: Step::Watch, evidence: Evidence::Facts { facts } } => after = facts,
            _ => {}
        }
    }
    let row = |(name, old): &(String, String)| {
        let new = after.iter().find(|(other, _)| other == name).map_or("–", |(_, new)| new);
        format!("| {name} | {old} | {new} |\n")
    };
    let rows: String = before.iter().map(row).collect();
    if rows.is_empty() {
        return rows;
    }
    format!("## Before and after\n\n| measured | before | after |\n|---|---|---|\n{rows}\n")
}

/// What was taken for granted.
fn assumptions(journal: &Journal, plan: &Plan) -> String {
    let mut all = plan.assumes.clone();
    if let Some(found) = as_found(journal).filter(|found| !found.faults.is_empty()) {
        all.push(format!("what was wrong before is no fault of this change: {}", found.faults.join(", ")));
    }
    all.push(format!("what goes wrong shows within {}; what shows later was not waited for", seconds(plan.window)));
    if plan.is_deployment() {
        all.push(match plan.class {
            Class::Reversible => "the service has no database that the command could alter".to_owned(),
            Class::ReversibleWithBackup => {
                "data come back out of the backup alone, without what was written since".to_owned()
            }
            Class::NotReversible => {
                "data that the command alters or deletes may not come back, which was accepted".to_owned()
            }
        });
        if plan.proof.is_none() {
            all.push("the way back works, though no rehearsal showed it".to_owned());
        }
    }
    let lines: String = all.iter().map(|one| format!("- {one}\n")).collect();
    format!("## Assumptions\n\n{lines}\n")
}

fn way_back(number: u64, journal: &Journal, plan: &Plan) -> String {
    let mut text = String::new();
    if journal.state() == State::Kept {
        text += &format!(
            "## Back\n\n`setpoint rollback {number}` on the same machine puts back what this change itself recorded.\n"
        );
        if let Some(command) = journal.bringing_data_back() {
            text += &format!("It leaves data as they are; `{command}` brings back those that were there before.\n");
        }
        text += "\n";
    }
    let assignments: Vec<String> = plan.defaults.iter().map(again).collect();
    if !assignments.is_empty() {
        let options: String = plan.options.iter().map(|option| format!(" {}", shell_word(option))).collect();
        text += &format!("## Again\n\n```sh\nsetpoint change{options} {}\n```\n\n", assignments.join(" "));
    }
    text + &by_hand(plan)
}

/// What is typed to give a default that value again. A secret is read from standard input.
fn again(wanted: &Wanted) -> String {
    let value = if wanted.is_secret { "-" } else { &wanted.after };
    quoted(&format!("{}={value}", wanted.name))
}

/// A word of a command line, quoted where the shell would read more in it.
fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+,=".contains(letter);
    if word.chars().all(is_plain) { word.to_owned() } else { quoted(word) }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A plan as a short runbook for somebody who has no Setpoint.
pub fn runbook(plan: &Plan) -> String {
    let mut text = format!("# {}\n\n", plan.title);
    if !plan.shown.is_empty() {
        text += &format!("```diff{}```\n\n", plan.shown);
    }
    text + &by_hand(plan)
}

/// What is typed to do the same by hand, and to get back.
fn by_hand(plan: &Plan) -> String {
    let mut text = String::from("Without Setpoint:\n\n");
    let mut number = 0;
    let mut add = |line: String| {
        number += 1;
        text += &format!("{number}. {line}\n");
    };
    if let Some(saves) = &plan.saves {
        saving(&plan.site, saves).into_iter().for_each(&mut add);
    }
    if !plan.guards.is_empty() {
        let files: Vec<String> = plan.guards.iter().map(|guard| guard.path.display().to_string()).collect();
        add(format!("`tar --create --absolute-names --file=before.tar {}`", files.join(" ")));
    }
    for edit in &plan.edits {
        add(match (&edit.before, &edit.after) {
            (None, _) => format!("make `{}`; to get back, remove it", edit.path.display()),
            (_, None) => format!("`mv {0} {0}.before`", edit.path.display()),
            (Some(_), Some(_)) => format!("`cp -p {0} {0}.before`, and edit `{0}`", edit.path.display()),
        });
    }
    let mut back = Vec::new();
    for settle in &plan.settle {
        add(match settle {
            Settle::ReloadManager => "`systemctl daemon-reload`".to_owned(),
            Settle::Reload(unit) => format!("`systemctl reload {unit}`"),
            Settle::Restart(unit) => format!("`systemctl restart {unit}`"),
            Settle::Command { forward, back: undoes, folder, .. } => {
                let folder = folder.as_ref().unwrap_or(&plan.site).display();
                back.push(format!("`cd {folder} && {undoes}`"));
                format!("`cd {folder} && {forward}`")
            }
        });
    }
    if !plan.guards.is_empty() {
        back.push("`tar --extract --absolute-names --file=before.tar`".to_owned());
    }
    if !plan.edits.is_empty() {
        back.push("copy the files back and do the same again".to_owned());
    }
    add(format!("watch the logs for {}; if something is wrong, {}", seconds(plan.window), back.join(", then ")));
    text
}

/// What is typed to save what the register names, and to see that it is there. Which kind of database it is stands in its
/// URL, which is no journal's; the program asks for the password, or finds it where the service has it.
fn saving(site: &Path, saves: &Saves) -> Vec<String> {
    let mut lines = Vec::new();
    if !saves.files.is_empty() {
        let word = |file: &String| if file.contains('*') { file.clone() } else { shell_word(file) };
        let files: Vec<String> = saves.files.iter().map(word).collect();
        let folder = shell_word(&site.display().to_string());
        lines.push(format!(
            "`cd {folder} && tar --create --absolute-names --file=/root/saved.tar {}`, and \
             `tar --compare --absolute-names --file=/root/saved.tar` must find no difference",
            files.join(" ")
        ));
    }
    for name in &saves.databases {
        lines.push(format!(
            "dump the database of `{name}`, by its kind: `sqlite3 FILE \".backup /root/saved.db\"`, \
             `pg_dump --format=custom --file=/root/saved.dump DATABASE`, \
             `mysqldump --single-transaction --result-file=/root/saved.sql DATABASE` or `redis-cli --rdb /root/saved.rdb`; \
             and load it into a scratch one"
        ));
    }
    lines
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(10) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} s", duration.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::saving;
    use crate::Saves;
    use std::path::Path;

    #[test]
    fn a_command_is_named_for_all_that_is_saved() {
        let files = vec!["/etc/shop".to_owned(), "up loads".to_owned(), "/srv/*.conf".to_owned()];
        let saves = Saves { files, databases: vec!["SHOP_DATABASE_URL".to_owned()] };
        insta::assert_snapshot!(saving(Path::new("/srv/shop"), &saves).join("\n"), @r#"
        `cd /srv/shop && tar --create --absolute-names --file=/root/saved.tar /etc/shop 'up loads' /srv/*.conf`, and `tar --compare --absolute-names --file=/root/saved.tar` must find no difference
        dump the database of `SHOP_DATABASE_URL`, by its kind: `sqlite3 FILE ".backup /root/saved.db"`, `pg_dump --format=custom --file=/root/saved.dump DATABASE`, `mysqldump --single-transaction --result-file=/root/saved.sql DATABASE` or `redis-cli --rdb /root/saved.rdb`; and load it into a scratch one
        "#);
    }
}
