use serde::Serialize;
use std::fmt;

/// Where something stands: a file and the bytes in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Relative to the site's root, with `/`, where it lies below it; absolute elsewhere.
    pub file: String,
    /// The first line is 1.
    pub line: u32,
    /// The first column is 1, counted in characters.
    pub column: u32,
    /// The bytes themselves, for what edits or quotes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<ByteSpan>,
}

/// A half-open range of bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ByteSpan {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Place {
    /// A whole file, where no line is meant.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: 1, column: 1, span: None }
    }

    /// True if the file lies below the site's root.
    pub fn is_below_root(&self) -> bool {
        !self.file.starts_with('/') && self.has_lines()
    }

    /// False for the address of a page that says it, for a store of backups, and for a container as its engine shows it:
    /// none is a file, and no line of it is meant.
    pub fn has_lines(&self) -> bool {
        let is_of_engine = ["docker inspect ", "podman inspect "].iter().any(|command| self.file.starts_with(command));
        let is_address = ["https://", "http://", "s3:http"].iter().any(|begin| self.file.starts_with(begin));
        !is_address && !is_of_engine
    }

    /// `file:line`, and what is no file alone.
    pub fn in_brief(&self) -> String {
        if self.has_lines() { format!("{}:{}", self.file, self.line) } else { self.file.clone() }
    }

    /// The place of `span` in the text of `file`.
    pub fn in_text(file: impl Into<String>, text: &[u8], span: ByteSpan) -> Self {
        let before = &text[..span.start.min(text.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = before.split(|byte| *byte == b'\n').count();
        let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count();
        Self {
            file: file.into(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span: Some(span),
        }
    }
}

/// `file:line:column`, which terminals and editors open, and what is no file without the two.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_lines() {
            return f.write_str(&self.file);
        }
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteSpan, Place};

    #[test]
    fn columns_count_characters() {
        let place = Place::in_text("a.env", "A=1\nÄ=2\n".as_bytes(), ByteSpan { start: 7, end: 8 });
        assert_eq!(place.to_string(), "a.env:2:3");
    }

    #[test]
    fn what_is_no_file_has_no_line() {
        let shown = |file: &str| Place::file(file).to_string();
        assert_eq!(shown("http.py"), "http.py:1:1");
        assert_eq!(shown("https://nginx.org/en/docs/#a"), "https://nginx.org/en/docs/#a");
        assert_eq!(Place::file("https://nginx.org/").in_brief(), "https://nginx.org/");
        assert_eq!(Place::file("http.py").in_brief(), "http.py:1");
        assert_eq!(shown("docker inspect shop-web-1"), "docker inspect shop-web-1");
    }
}
