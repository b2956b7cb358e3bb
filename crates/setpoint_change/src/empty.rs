//! Values without a letter, which say nothing to a rule: some settings take them for "not set".

use setpoint_host::{Host, Kind};
use setpoint_model::{Mechanism, NamedDefault, Problem, Retry, Snapshot, TypeOrigin, bare_type};
use std::path::Path;

/// A file of code that is longer is made by a program, and declares no settings.
const LONGEST: u64 = 4 << 20;

/// More files of code are not looked through.
const MOST: usize = 5000;

/// Folders of packages, where these options are only declared.
const OF_OTHERS: [&str; 4] = ["venv", "env", "site-packages", "node_modules"];

/// The options by which pydantic-settings takes empty text for a setting that is not set, or for `None`.
const TAKING: [&[u8]; 2] = [b"env_ignore_empty", b"env_parse_none_str"];

/// The types that pydantic makes of no empty text, whatever their limits.
const WITHOUT_EMPTY: [&str; 16] = [
    "int",
    "PositiveInt",
    "NonNegativeInt",
    "NegativeInt",
    "NonPositiveInt",
    "conint",
    "float",
    "PositiveFloat",
    "NonNegativeFloat",
    "NegativeFloat",
    "NonPositiveFloat",
    "confloat",
    "Decimal",
    "condecimal",
    "bool",
    "timedelta",
];

/// Refuses an empty text for a number, a switch or a length of time of pydantic, with which the service would not start.
/// Where the code names an option that takes it, it stays accepted.
pub(crate) fn refuse(host: &dyn Host, snapshot: &Snapshot, default: &NamedDefault, value: &str) -> Result<(), Problem> {
    let is_parsed = default.mechanism == Mechanism::PydanticSettings && default.type_origin == TypeOrigin::Parsed;
    let Some(type_name) = default.type_name.as_deref().filter(|_| is_parsed && value.trim().is_empty()) else {
        return Ok(());
    };
    let is_refused = bare_type(type_name).is_some_and(|(base, _)| WITHOUT_EMPTY.contains(&base));
    if !is_refused || takes_empty(host, snapshot) {
        return Ok(());
    }
    let what = format!("`{}` would be empty, which is no `{type_name}`", default.name);
    Err(Problem::input(what, "a value of that type", Retry::SafeOnceMended))
}

/// True where code of the site names one of the options, or where not all of it can be read.
fn takes_empty(host: &dyn Host, snapshot: &Snapshot) -> bool {
    let root = Path::new(&snapshot.site.root);
    let mut folders = vec![root.to_owned()];
    let mut left = MOST;
    while let Some(folder) = folders.pop() {
        let Ok(listed) = host.list(&folder) else { return true };
        for entry in listed {
            let path = folder.join(&entry.name);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match entry.kind {
                Kind::Folder if !name.starts_with('.') && !OF_OTHERS.contains(&name.as_str()) => folders.push(path),
                Kind::File if path.extension().is_some_and(|ending| ending == "py") => {
                    left -= 1;
                    if left == 0 || host.read(&path, LONGEST).map_or(true, |text| names_one(&text)) {
                        return true;
                    }
                }
                _ => {}
            }
        }
    }
    false
}

fn names_one(text: &[u8]) -> bool {
    TAKING.iter().any(|word| text.windows(word.len()).any(|part| part == *word))
}
