//! The words that several of the commands say.

use crate::terminal::{ERROR, STRONG, Ui, styled, visible};
use setpoint_backup::{Dump, Engine, Verification};
use std::path::Path;

/// So much of an id is shown; the commands take it for the whole.
pub(super) fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// Bytes as a person reads them: `12.3 MB`, in thousands as disks are sold.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A number and what it counts.
pub(super) fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// A moment in this machine's time.
pub(super) fn moment(ui: &Ui<'_>, at: jiff::Timestamp) -> String {
    at.to_zoned(ui.host.now().time_zone().clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What was proven, or what was not the same.
pub(super) fn verification(id: &str, verification: &Verification) -> String {
    let compared = count(verification.compared, "path");
    let mut text = if verification.passed {
        let bytes = size(verification.bytes);
        format!("{} {} restored into scratch and compared: {compared}, {bytes}\n", styled(STRONG, "proven"), short(id))
    } else {
        format!("{} {} is not what was saved, or could not be compared\n", styled(ERROR, "NOT PROVEN"), short(id))
    };
    let lines = verification.what.iter().map(|what| ("  ", what));
    let lines = lines.chain(verification.differences.iter().map(|difference| ("  not: ", difference)));
    lines.for_each(|(begin, line)| text.push_str(&format!("{begin}{}\n", visible(line))));
    text
}

/// How a dump that was restored into a folder gets into its database.
pub(super) fn loading(dump: &Dump, folder: &Path) -> String {
    let file = folder.join("setpoint-databases").join(&dump.file).display().to_string();
    let name = &dump.name;
    match (dump.engine, &dump.origin) {
        (Engine::Sqlite, origin) => {
            let origin = origin.as_ref().map_or_else(|| "the database".to_owned(), |path| path.display().to_string());
            format!("`{name}`: stop who uses it, then `sqlite3 {origin} \".restore {file}\"`")
        }
        (Engine::PostgreSql, _) => format!(
            "`{name}`: `pg_restore --single-transaction --dbname=DATABASE {file}` into an empty database, all of it or nothing"
        ),
        (Engine::MySql, _) => format!("`{name}`: `mysql DATABASE < {file}`"),
        (Engine::Redis, _) => format!("`{name}`: stop the server, copy `{file}` over its `dbfilename`, start it"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_in_the_unit_that_is_short() {
        let shown = [0, 999, 1000, 1_049, 12_345_678, 999_999_999, 1_000_000_000_000].map(size);
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "1.0 kB", "12.3 MB", "999.9 MB", "1.0 TB"]);
    }
}
