//! The table and the property below are compared with the real python-dotenv, so that the expected values are
//! never this project's opinion.

use super::{Precedence, expand, parse};
use crate::oracle;
use proptest::prelude::*;
use std::collections::BTreeMap;

const NASTY: &[&str] = &[
    "A=1\nexport B=2\n  export\tC = 3 \n",
    "A=plain # comment\nB=a#b\nC=# no comment\nD= # comment\nE='x'# comment\nF=\"x\"#c\nG=a  #b #c",
    "A='it\\'s' B=2\nC=3",
    "A=\"line one\nline two\"\nB='one\r\ntwo'\r\nC=3\rD=4",
    "A=\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\q\\u0041\"\nB='\\n\\\\\\''\nC=\\n\\t",
    "A=\"unclosed\nB=2\nC='unclosed too\nD=4",
    "A='ends with a backslash\\'\nB=2",
    "A='two\\\\'\nB=\"two\\\\\"\n",
    "KEY\nexport KEY2\nexport\n=value\n =x\nA=1",
    "\u{feff}A=1\nB=2",
    "A=x\u{a0}#y\nB=\u{2003}x\u{2003}\nC=a\u{1c}b \u{1c}\n\u{85}D=1",
    "'quoted key'=1\n''=2\n'unclosed=3\n'a'b=4",
    "A=1\nB=${A}\nC=$A\nD='${A}'\nE=\"x${A}y${A}\"\nF=${MISSING}\nG=${MISSING:-fall back}\nH=${A:-no}",
    "A=\nB=${A:-default}\nKEY\nC=${KEY:-default}\nD=${:-x}\nE=${}\nF=${A",
    "A=${B}\nB=1\nA=${A}${B}\nC=${B:x}${B}\nD=${a${B}}\nE=${FROM_OUTSIDE}${FROM_OUTSIDE:-x}",
    "FROM_OUTSIDE=inside\nA=${FROM_OUTSIDE}",
    "A=b=c==d\nB==\nC= =",
    "a.b-c=1\nÄ=ö\n1=2\n#A=1\n   # comment\nexport # comment\n",
    "A=\"x\" y\nB='x'y\nC=\"\"\nD=''\nE=\"a\"\"b\"",
    "\n\n  \t\nA=1\n\n\x0b\x0cB=2",
    "A=1 \\\n  2\nB=3\\",
    "",
    "A",
    "A=",
    "'",
    "\"",
    "export",
];

/// What python-dotenv makes of a text, with the given precedence over an environment of one variable.
fn python(texts: &[String], precedence: Precedence) -> Option<Vec<BTreeMap<String, Option<String>>>> {
    let program = "
import sys, json, os, tempfile, logging
from dotenv.main import DotEnv
logging.disable(logging.CRITICAL)
override = sys.argv[1] == 'File'
os.environ.clear()
os.environ['FROM_OUTSIDE'] = 'outside'
results = []
for text in json.load(sys.stdin):
    with tempfile.NamedTemporaryFile(dir='/tmp') as file:
        file.write(text.encode())
        file.flush()
        results.append(DotEnv(file.name, encoding='utf-8', override=override).dict())
print(json.dumps(results))
";
    let said =
        oracle::python("dotenv", program, &[&format!("{precedence:?}")], &serde_json::to_string(texts).unwrap())?;
    Some(serde_json::from_str(&said).unwrap())
}

fn ours(text: &str, precedence: Precedence) -> BTreeMap<String, Option<String>> {
    let (bindings, _) = parse(text.as_bytes());
    let expanded = expand(&bindings, precedence, |name| (name == "FROM_OUTSIDE").then(|| "outside".to_owned()));
    bindings.into_iter().map(|binding| binding.key).zip(expanded.into_iter().map(|value| value.text)).collect()
}

#[test]
fn reads_as_python_dotenv_does() {
    let mut texts: Vec<String> = NASTY.iter().map(|&text| text.to_owned()).collect();
    texts.extend(oracle::samples(&strategy(), 3000));
    for precedence in [Precedence::File, Precedence::Environment] {
        let Some(expected) = python(&texts, precedence) else { return };
        for (text, expected) in texts.iter().zip(expected) {
            assert_eq!(ours(text, precedence), expected, "{precedence:?} {text:?}");
        }
    }
}

/// Texts of the letters that matter to the grammar, so that few of them are plain.
fn strategy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ABK]",
        4 => Just("=".to_owned()),
        3 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        2 => Just("'".to_owned()),
        2 => Just("\"".to_owned()),
        2 => Just("\\".to_owned()),
        2 => Just(" ".to_owned()),
        1 => Just("#".to_owned()),
        1 => Just("export ".to_owned()),
        1 => Just("${A}".to_owned()),
        1 => Just("${B:-x}".to_owned()),
        1 => "[${}:n\\u{a0}\\x1c\\t-]",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn bytes_of_any_kind_never_panic_and_spans_stay_inside(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (bindings, complaints) = parse(&bytes);
        let values = bindings.iter().filter_map(|binding| binding.value.as_ref());
        let spans = values.map(|value| value.span).chain(bindings.iter().map(|binding| binding.key_span));
        for span in spans.chain(complaints.iter().map(|complaint| complaint.span)) {
            prop_assert!(span.start <= span.end && span.end <= bytes.len());
        }
    }

    #[test]
    fn the_bytes_of_a_key_hold_its_name(text in strategy()) {
        for binding in parse(text.as_bytes()).0 {
            let written = &text[binding.key_span.start..binding.key_span.end];
            prop_assert_eq!(written.trim_matches('\'').replace("\r\n", "\n"), binding.key.trim_matches('\''));
        }
    }
}

#[test]
fn a_value_knows_its_bytes_and_a_bad_line_its_place() {
    let text = "export A = 'x y' # why\nbad line\nB=1";
    let (bindings, complaints) = parse(text.as_bytes());
    let span = bindings[0].value.as_ref().unwrap().span;
    assert_eq!(&text[span.start..span.end], "'x y'");
    assert!(bindings[0].exported);
    assert_eq!(bindings.len(), 2);
    assert_eq!(&text[complaints[0].span.start..complaints[0].span.end], "bad line");
    assert!(!complaints[0].what.contains("bad line"), "a complaint never quotes what may be a secret");
}

#[test]
fn a_byte_that_is_not_utf8_is_a_complaint_and_the_rest_is_read() {
    let (bindings, complaints) = parse(b"A=\xff\nB=2");
    assert_eq!((bindings.len(), complaints.len()), (2, 1));
    assert_eq!(complaints[0].span.start, 2);
}

#[test]
fn lines_that_double_the_line_above_do_not_fill_the_memory() {
    let double = |line: usize| format!("A{line}=${{A{}}}${{A{}}}\n", line - 1, line - 1);
    let text = "A0=0123456789\n".to_owned() + &(1..60).map(double).collect::<Vec<_>>().concat();
    let expanded = expand(&parse(text.as_bytes()).0, Precedence::File, |_| None);
    let texts: Vec<_> = expanded.iter().map(|expanded| expanded.text.as_deref().unwrap_or_default()).collect();
    assert_eq!(texts[3], "0123456789".repeat(8));
    assert!(texts.iter().map(|text| text.len()).sum::<usize>() < 64 << 20);
    assert!(texts[59].starts_with("${A"), "a reference that does not fit stays");
}
