//! The table and the property are compared with systemd itself where it is installed: its generator for
//! `environment.d` reads files by the same function as `EnvironmentFile=`, and expands variables afterwards, for
//! which reason no `$` is in them.

use super::parse;
use crate::oracle;
use proptest::prelude::*;
use std::ffi::OsStr;
use std::path::Path;

const GENERATOR: &str = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

const NASTY: &[&str] = &[
    "V=1",
    "V = spaced  \n",
    "  V=\t x y \t\nW=2",
    "V=x # no comment",
    "V=\"x\" # no comment either",
    "V='a'\"b\"c",
    "V='a' 'b'\t\"c\" d 'e'",
    "V=a'b'",
    "V=\"a\\\"b\\\\c\\`d\\e\\n\"",
    "V='a\\'b\n",
    "V=a\\b\\\\c\\'d",
    "V=a\\\nb\\\n  c",
    "V=a \\\n b \nW=1",
    "V=\"a\\\nb\nc\"",
    "V='a\nb'",
    "V=\"never closed\nW=2\n",
    "V='never closed",
    "V=ends\\",
    "V=ends \\",
    "V=\"ends\\",
    "V=x\\ ",
    "V=x\\\r\ny\r\n",
    "# comment\n; comment\n  # comment\nV=1",
    "no equals\nV=1\nV",
    "export V=1\nV=2",
    "1V=1\nV.x=2\nV=3",
    "V=first\nV=second",
    "V==x=",
    "=1\nV=2",
    "V=\u{e4}\u{a0}",
    "V=\"\" x\nV2=1",
    "\u{feff}V=1\nW=2",
    "\u{feff}# V=1\nV=2",
];

/// What systemd makes of `V`, in a list of none or one; `None` where systemd is not here.
fn systemd(text: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("environment.d");
    std::fs::create_dir(&below).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test prepares the file that systemd reads")]
    std::fs::write(below.join("zz.conf"), text).unwrap();
    let variables = [("XDG_CONFIG_HOME", folder.path().as_os_str()), ("HOME", OsStr::new("/nonexistent"))];
    let (said, _) = oracle::run(Path::new(GENERATOR), &[], &variables, "")?;
    let value = said.split_once("\nV=").map(|(_, value)| value).or_else(|| said.strip_prefix("V="));
    Some(value.iter().map(|value| unquote(value.strip_suffix('\n').unwrap_or(value))).collect())
}

/// Undoes the quoting of `shell_maybe_quote`, which is in double quotes where it is needed.
fn unquote(printed: &str) -> String {
    let Some(inner) = printed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return printed.to_owned();
    };
    let mut text = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next().unwrap() {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            },
            other => other,
        });
    }
    text
}

#[test]
fn reads_as_systemd_does() {
    let mut texts: Vec<String> = NASTY.iter().map(|&text| text.to_owned()).collect();
    texts.extend(oracle::samples(&strategy(), 600));
    for text in texts {
        let (settings, _) = parse(text.as_bytes());
        // The generator alone refuses an empty value, and prints other variables behind `V`.
        if settings.iter().any(|setting| setting.value.is_empty() || setting.key != "V") {
            continue;
        }
        let Some(expected) = systemd(&text) else { return };
        let ours: Vec<_> = settings.last().map(|setting| setting.value.clone()).into_iter().collect();
        assert_eq!(ours, expected, "{text:?}");
    }
}

fn strategy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => Just("\nV=".to_owned()),
        3 => "[ab]",
        1 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        2 => Just("'".to_owned()),
        2 => Just("\"".to_owned()),
        2 => Just("\\".to_owned()),
        2 => Just(" ".to_owned()),
        1 => "[#;=\\t`]",
    ];
    // A comment that ends in a backslash is read differently by systemd before 254, which may be the one here.
    proptest::collection::vec(piece, 1..20).prop_map(|pieces| pieces.concat()).prop_filter("old systemd", |text| {
        !text.split(['\n', '\r']).any(|line| line.trim_start().starts_with(['#', ';']) && line.contains('\\'))
    })
}

proptest! {
    #[test]
    fn never_panics_and_keeps_spans_inside(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (settings, complaints) = parse(&bytes);
        let spans = settings.iter().flat_map(|setting| [setting.key_span, setting.value_span]);
        for span in spans.chain(complaints.iter().map(|complaint| complaint.span)) {
            prop_assert!(span.start <= span.end && span.end <= bytes.len());
        }
    }
}

#[test]
fn every_setting_knows_its_bytes_and_what_systemd_ignores_is_said() {
    let text = "A = 'x'\"y\" \nexport B=1\nC\n1D=1\nE=\"open";
    let (settings, complaints) = parse(text.as_bytes());
    let written = |setting: &super::Setting| &text[setting.value_span.start..setting.value_span.end];
    assert_eq!(settings.iter().map(written).collect::<Vec<_>>(), ["'x'\"y\"", "\"open"]);
    let about: Vec<_> = complaints.iter().map(|complaint| &text[complaint.span.start..complaint.span.end]).collect();
    assert_eq!(about, ["export B", "C", "1D", "\"open"]);
}

#[test]
fn a_file_that_systemd_refuses_sets_nothing() {
    let read = |bytes: &[u8]| {
        let (settings, complaints) = parse(bytes);
        let set: Vec<_> = settings.into_iter().map(|setting| setting.key).collect();
        (set, complaints.len())
    };
    let nothing = (Vec::new(), 1);
    assert_eq!(read(b"A=1\nB=\xff\nC=1\n"), nothing);
    assert_eq!(read(b"A=1\nB\xff=1\n"), nothing);
    assert_eq!(read(b"A=1\nB=a\0b\n"), nothing);
    assert_eq!(read(b"# \0\nA=1\n"), nothing);
    // What is no setting is not looked at.
    assert_eq!(read(b"# \xff\nA=1\n"), (vec!["A".to_owned()], 0));
}
