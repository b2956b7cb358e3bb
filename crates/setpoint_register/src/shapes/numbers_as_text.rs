//! Numbers that people write as text, because their unit or their base belongs to them.

use super::{Pattern, Shape};
use crate::node::Node;
use crate::report::Report;
use serde_json::Value as Json;

/// An amount of memory or disk, read into bytes: `200MB`, `5GB`, `64KiB`.
pub(crate) struct ByteCount;

const BYTES: Pattern = Pattern {
    pattern: "^[1-9][0-9]{0,5}(?:B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$",
    expected: "an amount of bytes such as \"200MB\" (units `B`, `kB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB`)",
};

impl Shape for ByteCount {
    type Read = u64;

    fn expected(&self) -> String {
        BYTES.expected()
    }

    fn schema(&self) -> Json {
        BYTES.schema()
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<u64> {
        let text = BYTES.read(node, report)?;
        let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = text[..digits].parse().ok()?;
        let factor: u64 = match &text[digits..] {
            "kB" => 1000,
            "MB" => 1000_u64.pow(2),
            "GB" => 1000_u64.pow(3),
            "TB" => 1000_u64.pow(4),
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _bytes => 1,
        };
        Some(number.saturating_mul(factor))
    }
}

/// Permission bits in octal, as chmod(1) takes them.
pub(crate) struct FileMode;

const MODE: Pattern = Pattern { pattern: "^[0-7]{3,4}$", expected: "permission bits in octal, such as \"0640\"" };

impl Shape for FileMode {
    type Read = u32;

    fn expected(&self) -> String {
        MODE.expected()
    }

    fn schema(&self) -> Json {
        MODE.schema()
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<u32> {
        MODE.read(node, report).and_then(|text| u32::from_str_radix(&text, 8).ok())
    }
}
