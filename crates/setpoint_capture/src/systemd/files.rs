use setpoint_formats::unit::{self, Directive};
use setpoint_formats::{Lines, glob};
use setpoint_host::{Host, Kind, Refusal};
use setpoint_model::{ByteSpan, Place, Problem};
use std::cell::Cell;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// The files of one unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitFiles<'a> {
    /// `shop.service`
    pub(crate) name: &'a str,
    /// The unit file.
    pub(crate) fragment: &'a Path,
    /// The drop-ins, in the order in which systemd reads them.
    pub(crate) drop_ins: &'a [PathBuf],
}

/// The text of one of a unit's files.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) shown: String,
    pub(super) bytes: Vec<u8>,
    pub(super) lines: Lines,
    directives: Vec<Directive>,
}

/// A directive with the file that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located<'t> {
    pub(super) text: &'t Text,
    pub(super) directive: &'t Directive,
}

/// More than a unit file has; systemd itself reads lines of 1 MiB.
const LONGEST: u64 = 4 << 20;

/// The texts of a unit's files, in order.
pub(super) fn load(
    host: &dyn Host,
    files: &UnitFiles<'_>,
    shown: &dyn Fn(&Path) -> String,
    problems: &mut Vec<Problem>,
) -> Vec<Text> {
    let mut texts = Vec::new();
    for path in std::iter::once(files.fragment).chain(files.drop_ins.iter().map(PathBuf::as_path)) {
        let shown = shown(path);
        // A link to /dev/null takes the place of a file of the same name and says nothing (systemd.unit(5)).
        if host.resolve(path).is_ok_and(|target| target == Path::new("/dev/null")) {
            continue;
        }
        match host.read(path, LONGEST) {
            Ok(bytes) => {
                let (directives, complaints) = unit::parse(&bytes);
                problems.extend(complaints.into_iter().map(|complaint| complaint.problem(&shown, &bytes)));
                texts.push(Text { shown, lines: Lines::of(&bytes), bytes, directives });
            }
            Err(refusal) => problems.push(Problem { place: Some(Place::file(shown)), ..refusal.problem() }),
        }
    }
    texts
}

/// Every directive, in the order in which systemd reads them.
pub(super) fn directives(texts: &[Text]) -> impl Iterator<Item = Located<'_>> {
    texts.iter().flat_map(|text| text.directives.iter().map(move |directive| Located { text, directive }))
}

impl Text {
    /// The text at these bytes.
    pub(super) fn slice(&self, span: ByteSpan) -> String {
        String::from_utf8_lossy(self.bytes.get(span.start..span.end).unwrap_or_default()).into_owned()
    }
}

/// The files that an `EnvironmentFile=` names: the path itself, or what it matches as a pattern. An error where a
/// folder is there and may not be looked into.
pub(super) fn matching(host: &dyn Host, path: &Path) -> Result<Vec<PathBuf>, Refusal> {
    if !glob::is_pattern(path.as_os_str().as_bytes()) {
        return Ok(vec![path.to_owned()]);
    }
    let refused = Cell::new(None);
    let list = |folder: &Path| {
        let listed = host.list(folder).unwrap_or_else(|refusal| {
            if !refusal.is_missing() {
                refused.set(Some(refusal));
            }
            Vec::new()
        });
        listed.into_iter().map(|listed| listed.name).collect()
    };
    let mut paths = glob::expand(path, &list);
    paths.retain(|path| host.status(path).map_or(true, |status| status.kind == Kind::File));
    refused.into_inner().map_or(Ok(paths), Err)
}
