//! The names of files that are being written and have not taken their places yet. A process that is killed leaves them.

use crate::act::folder_of;
use crate::{Host, Kind, Refusal};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const BEGIN: &str = ".setpoint-";
/// How many digits the random part has.
const DIGITS: usize = 16;

/// The name of a file that is to become `path`. nginx and systemd do not read files with a dot in front.
pub fn beside(path: &Path, random: u64) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    path.with_file_name(format!("{}{random:0DIGITS$x}", begin(name)))
}

/// Whether the name is one that [`beside`] gives, of whatever file.
pub fn is_half_written(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        let rest = name.strip_prefix(BEGIN).and_then(|rest| rest.rsplit_once('-'));
        rest.is_some_and(|(of, random)| !of.is_empty() && are_digits(random))
    })
}

/// Whether it is one that [`beside`] gives the file of that name.
pub fn is_half_of(half: &OsStr, name: &OsStr) -> bool {
    half.to_str().and_then(|half| half.strip_prefix(&begin(name))).is_some_and(are_digits)
}

fn are_digits(random: &str) -> bool {
    random.len() == DIGITS && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn begin(name: &OsStr) -> String {
    // A name can have 255 bytes, and this one is longer than that of the file.
    let short: String = name.to_string_lossy().chars().take(40).collect();
    format!("{BEGIN}{short}-")
}

/// Removes the files beside `path` that were to become it.
pub(crate) fn sweep<H: Host + ?Sized>(host: &H, path: &Path) -> Result<(), Refusal> {
    let path = host.resolve(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default();
    let folder = folder_of(&path);
    let listed = match host.list(folder) {
        Err(refusal) if refusal.is_missing() => return Ok(()),
        listed => listed?,
    };
    let left = listed.iter().filter(|entry| entry.kind == Kind::File && is_half_of(&entry.name, name));
    left.into_iter().try_for_each(|entry| host.remove_closely(&folder.join(&entry.name)))
}

#[cfg(test)]
mod tests {
    use super::{beside, is_half_of, is_half_written};
    use std::path::Path;

    #[test]
    fn a_name_tells_of_which_file_it_is() {
        let long = "n".repeat(255);
        for name in ["shop.env", "a-b", "ü", &long] {
            let half = beside(&Path::new("/etc").join(name), 7);
            let half = half.file_name().unwrap();
            assert!(is_half_written(half) && half.len() < 255, "{half:?}");
            assert!(is_half_of(half, name.as_ref()) && !is_half_of(half, "shop".as_ref()), "{half:?}");
        }
        for other in
            [".setpoint-a", ".setpoint--0000000000000007", ".setpoint-a-000000000000000G", "a", ".setpoint-a-7"]
        {
            assert!(!is_half_written(other.as_ref()), "{other}");
        }
    }
}
