use setpoint_model::nearest;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Every `Section.Key` of a service unit: those of version 262's table (`src/core/load-fragment-gperf.gperf.in`, as the
/// library that is built of it has them), of `systemd --dump-configuration-items` of version 252, and of `[Install]`
/// (systemd.unit(5)). Looked up on 2026-11-26. What both versions have for older files is among them.
static KEYS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("keys.txt").lines().collect());

/// The sections of a service unit.
const SECTIONS: [&str; 3] = ["Unit", "Service", "Install"];

/// What a key was most likely meant to be that systemd ignores where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// The key of another section: `StartLimitIntervalSec` below `[Service]` is one of `[Unit]`.
    OfSection(&'static str),
    /// A key of the same section.
    Misspelt(&'static str),
}

/// What is wrong with a key of a service unit; `None` for one that systemd knows there, for one that begins with `X-`,
/// which it leaves to others, and for one that looks like none that is known: it may be newer than this table.
pub fn misplaced(section: &str, key: &str) -> Option<Misplaced> {
    let is_key_of = |section: &str| KEYS.contains(format!("{section}.{key}").as_str());
    if key.starts_with("X-") || !SECTIONS.contains(&section) || is_key_of(section) {
        return None;
    }
    if let Some(other) = SECTIONS.into_iter().find(|section| is_key_of(section)) {
        return Some(Misplaced::OfSection(other));
    }
    let of_section = KEYS.iter().filter_map(|known| known.strip_prefix(section)?.strip_prefix('.'));
    nearest(key, of_section).map(Misplaced::Misspelt)
}

/// The section of a service unit in which systemd takes a key; `None` for one that it does not know.
pub fn section_of(key: &str) -> Option<&'static str> {
    // A key of two sections is an older one of `[Unit]`'s, or is in `[Service]` what it is elsewhere.
    ["Service", "Unit", "Install"].into_iter().find(|section| KEYS.contains(format!("{section}.{key}").as_str()))
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Misplaced, misplaced};
    use crate::oracle;
    use std::path::Path;

    #[test]
    fn keys_that_systemd_ignores() {
        for (section, key, expected) in [
            ("Service", "ExecStart", None),
            ("Service", "StartLimitIntervalSec", Some(Misplaced::OfSection("Unit"))),
            // Older than the section that it is in now, and still taken.
            ("Service", "StartLimitInterval", None),
            ("Unit", "WantedBy", Some(Misplaced::OfSection("Install"))),
            ("Unit", "Restart", Some(Misplaced::OfSection("Service"))),
            ("Service", "EnviromentFile", Some(Misplaced::Misspelt("EnvironmentFile"))),
            ("Service", "execstart", Some(Misplaced::Misspelt("ExecStart"))),
            ("Service", "RestartSteps", None),
            ("Service", "X-Owner", None),
            ("Service", "SomethingOfTheFuture", None),
            ("X-Notes", "Restart", None),
        ] {
            assert_eq!(misplaced(section, key), expected, "[{section}] {key}");
        }
    }

    #[test]
    fn systemd_of_this_machine_has_no_key_that_is_missing() {
        let systemd = Path::new("/usr/lib/systemd/systemd");
        let Some((dumped, _)) = oracle::run(systemd, &["--dump-configuration-items"], &[], "") else { return };
        let mut section = "";
        let mut missing = Vec::new();
        for line in dumped.lines() {
            match (line.strip_prefix('[').and_then(|line| line.strip_suffix(']')), line.split_once('=')) {
                (Some(name), _) => section = name,
                (None, Some((key, _))) if super::SECTIONS.contains(&section) => {
                    let name = format!("{section}.{key}");
                    missing.extend((!KEYS.contains(name.as_str())).then_some(name));
                }
                (None, _) => {}
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }
}
