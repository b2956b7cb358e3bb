use super::{Line, parse};
use crate::oracle::skip;
use insta::assert_snapshot;
use std::path::{Path, PathBuf};

/// Each line as name and value, with the bytes that the value was written as.
fn picture(text: &str) -> String {
    let (lines, complaints) = parse(text.as_bytes());
    let mut shown: Vec<String> = lines
        .iter()
        .map(|line| match line {
            Line::Setting { name, value, span } => {
                format!("{name} = {:?} `{}`", value.as_str(), &text[span.start..span.end])
            }
            Line::Include { what, path } => format!("{what:?} {}", path.as_str()),
        })
        .collect();
    shown.extend(complaints.iter().map(|each| format!("{} `{}`", each.what, &text[each.span.start..each.span.end])));
    shown.join("\n")
}

#[test]
fn every_form_of_a_line() {
    assert_snapshot!(picture(
        "# a comment
max_connections = 100 # another
Shared_Buffers 128MB
log_line_prefix='it''s %m\\t[\\101] '
work_mem=-1
seed = 1.5e-3
shop.mode = a-b.c:d/e
mask = 0x1F
include_dir = 'conf.d'
INCLUDE_IF_EXISTS 'mine.conf'
include other.conf
"
    ), @r#"
    max_connections = "100" `100`
    shared_buffers = "128MB" `128MB`
    log_line_prefix = "it's %m\t[A] " `'it''s %m\t[\101] '`
    work_mem = "-1" `-1`
    seed = "1.5e-3" `1.5e-3`
    shop.mode = "a-b.c:d/e" `a-b.c:d/e`
    mask = "0x1F" `0x1F`
    Folder conf.d
    FileIfThere mine.conf
    File other.conf
    "#);
}

#[test]
fn lines_that_it_refuses() {
    assert_snapshot!(picture(
        "alone
a = 1.5GB
b = 'open
c = two words
d = 1 2
= 3
e.f.g = 1
h = a+b
last = yes"
    ), @r#"
    last = "yes" `yes`
    a line is no setting `alone`
    a line is no setting `a = 1.5GB`
    a line is no setting `b = 'open`
    a line is no setting `c = two words`
    a line is no setting `d = 1 2`
    a line is no setting `= 3`
    a line is no setting `e.f.g = 1`
    a line is no setting `h = a+b`
    "#);
}

/// The program of the newest version that is installed as Debian does it, else of the path.
fn program() -> PathBuf {
    let mut versions: Vec<PathBuf> = Path::new("/usr/lib/postgresql")
        .read_dir()
        .map(|folder| folder.flatten().map(|version| version.path().join("bin/postgres")).collect())
        .unwrap_or_default();
    versions.sort();
    versions.pop().unwrap_or_else(|| "postgres".into())
}

/// What PostgreSQL itself takes from a file that says `text`; `None` where the program is not there. Root may ask only with
/// `-C` in front.
#[expect(clippy::disallowed_methods, reason = "a test compares with the real program")]
fn asked(name: &str, text: &str) -> Option<Result<String, String>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("postgresql.conf"), text).unwrap();
    let program = program();
    let said = std::process::Command::new(&program).args(["-C", name, "-D"]).arg(folder.path()).output();
    let Ok(said) = said else {
        skip(&format!(
            "`{}` is not there; on Debian and Ubuntu `apt-get install postgresql` brings it",
            program.display()
        ));
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(if said.status.success() { Ok(text(&said.stdout)) } else { Err(text(&said.stderr)) })
}

/// What stands behind `cluster_name`, a setting that takes any text.
const VALUES: [&str; 24] = [
    "= shop",
    "shop",
    "='it''s'",
    "= 'a\\tb\\101\\\\c\\q'",
    "= '\\0612'",
    "= 12MB",
    "= -3",
    "= +3",
    "= 1.5",
    "= .5e3",
    "= 1.5GB",
    "= 1e",
    "= 0x1F",
    "= 0x",
    "= a-b.c:d/e",
    "= a+b",
    "= 1-2",
    "= two words",
    "= 'open",
    "= \"shop\"",
    "= # nothing",
    "= 'a' 'b'",
    "= 'a'#b",
    "\t=\t'a'\t\r",
];

#[test]
fn a_value_is_what_postgresql_makes_of_it() {
    for value in VALUES {
        let text = format!("cluster_name {value}\n");
        let Some(asked) = asked("cluster_name", &text) else { return };
        let (lines, complaints) = parse(text.as_bytes());
        match (lines.as_slice(), asked) {
            ([Line::Setting { value: read, .. }], Ok(said)) => {
                // It prints a name without what is no printable ASCII (`clean_ascii`).
                let printable: String = read
                    .as_str()
                    .chars()
                    .map(|letter| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' })
                    .collect();
                let escaped = read.as_str().replace('\t', "\\x09");
                assert!(
                    [printable, escaped].contains(&said.trim_end_matches('\n').to_owned()),
                    "{text:?}: {said:?} {read:?}"
                );
            }
            ([], Err(said)) => assert!(said.contains("syntax error") && complaints.len() == 1, "{text:?}: {said}"),
            (read, said) => panic!("{text:?}: {read:?} was read, PostgreSQL says {said:?}"),
        }
    }
}
