use std::ops::Range;

/// One file within what `systemctl cat` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatFile {
    /// Its path.
    pub path: String,
    /// Its text within the output. An offset in the file is an offset in here.
    pub text: Range<usize>,
}

/// The files that `systemctl cat UNIT` prints: the unit file first, then its drop-ins in the order in which they
/// count, each after a line `# /path`.
pub fn cat(output: &str) -> Vec<CatFile> {
    let mut files: Vec<CatFile> = Vec::new();
    let mut at = 0;
    let mut after_blank = true;
    for line in output.split_inclusive('\n') {
        let path = line.strip_prefix("# ").map(str::trim_end).filter(|path| after_blank && is_unit_path(path));
        if let Some(path) = path {
            if let Some(before) = files.last_mut() {
                // The blank line in front belongs to `systemctl`, not to the file.
                before.text.end = at - 1;
            }
            let start = at + line.len();
            files.push(CatFile { path: path.to_owned(), text: start..output.len().max(start) });
        }
        at += line.len();
        after_blank = line == "\n";
    }
    files
}

/// A comment of a file may start with a path too; a header is nothing but the path of a unit or drop-in.
fn is_unit_path(path: &str) -> bool {
    let kind = path.rsplit_once('.').map(|(_, kind)| kind);
    path.starts_with('/') && matches!(kind, Some("service" | "socket" | "timer" | "target" | "conf"))
}

/// The properties that `systemctl show` prints, for each unit asked for, in order. A property may come several
/// times (`EnvironmentFiles`).
pub fn show(output: &str) -> Vec<Vec<(&str, &str)>> {
    let mut units = vec![Vec::new()];
    for line in output.lines() {
        match line.split_once('=') {
            Some((key, value)) if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                units.last_mut().into_iter().for_each(|unit: &mut Vec<_>| unit.push((key, value)));
            }
            None if line.is_empty() => units.push(Vec::new()),
            Some(_) | None => {}
        }
    }
    units.retain(|unit| !unit.is_empty());
    units
}
