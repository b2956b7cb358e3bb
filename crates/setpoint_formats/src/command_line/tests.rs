//! What a shell makes of a line is asked of the shell that is there.

use super::*;
use crate::{Traced, oracle};
use proptest::prelude::*;
use std::path::Path;

fn environment(name: &str) -> Option<String> {
    match name {
        "SET" => Some("a value".to_owned()),
        "EMPTY" => Some(String::new()),
        "PORT" => Some("8000".to_owned()),
        _ => None,
    }
}

/// Each command as one line: variables, folder, words, parted by `|` where a word starts.
fn read(line: &str) -> Vec<String> {
    let commands = shell(&Traced::verbatim(line, 0), &environment);
    let show = |command: &Command| {
        let set = command.variables.iter().map(|one| format!("{}={} ", one.name, one.value.as_str()));
        let folder = command.directory.iter().map(|folder| format!("({}) ", folder.as_str()));
        let words: Vec<_> = command.words.iter().map(Word::as_str).collect();
        set.chain(folder).collect::<String>() + &words.join("|")
    };
    commands.iter().map(show).collect()
}

#[test]
fn a_start_line_comes_down_to_its_program() {
    for (line, expected) in [
        ("uvicorn app:app --port $PORT", "uvicorn|app:app|--port|8000"),
        ("A=1 B='x y' exec env C=3 -u D gunicorn app", "A=1 B=x y C=3 gunicorn|app"),
        (
            "cd /srv/shop && exec .venv/bin/gunicorn -b :${PORT:-5000} app",
            "(/srv/shop) .venv/bin/gunicorn|-b|:8000|app",
        ),
        ("sh -c 'exec uvicorn \"$SET\" $SET'", "uvicorn|a value|a|value"),
        ("/bin/bash -o pipefail -lc \"uvicorn app:app --workers 2\"", "uvicorn|app:app|--workers|2"),
        ("dumb-init -- uvicorn a:b", "uvicorn|a:b"),
        ("timeout -k 5 30 nice -n 5 python -m gunicorn a", "python|-m|gunicorn|a"),
        ("uv run --env-file .env --no-dev uvicorn a:b", "uvicorn|a:b"),
        ("sudo -u www -E A=1 gunicorn a", "A=1 gunicorn|a"),
        ("exec gunicorn a >/var/log/x 2>&1 &", "gunicorn|a"),
        ("gunicorn a \\\n  --workers 4 # why", "gunicorn|a|--workers|4"),
        ("export A=1; uvicorn $A", "A=1 uvicorn|1"),
        ("uvicorn $(hostname):app `date` $UNKNOWN", "uvicorn|$(hostname):app|`date`|$UNKNOWN"),
        ("uvicorn ${UNKNOWN:-d e} \"${EMPTY:-f}\" ${EMPTY-g}", "uvicorn|d|e|f"),
        ("uvicorn 'a'\"b\"c '' \"\" d\\ e", "uvicorn|abc|||d e"),
    ] {
        assert_eq!(read(line), [expected], "{line}");
    }
    assert_eq!(
        read("python manage.py migrate && gunicorn a || exit 1"),
        ["python|manage.py|migrate", "gunicorn|a", "exit|1"]
    );
    assert_eq!(read("if true; then uvicorn a; fi"), ["true", "uvicorn|a"]);
    assert_eq!(read("sudo systemctl restart x"), ["systemctl|restart|x"]);
    assert!(read("env").is_empty() || read("env") == ["env"]);
}

#[test]
fn words_within_words_know_their_bytes() {
    let line = "env A=1 sh -c 'gunicorn \\\n app --timeout=\"30\"'";
    let commands = shell(&Traced::verbatim(line, 0), &environment);
    let timeout = commands[0].words.last().unwrap();
    assert_eq!((timeout.as_str(), &line[timeout.span.start..timeout.span.end]), ("--timeout=30", "--timeout=\"30\""));
    let thirty = timeout.text.part(10..12).span().unwrap();
    assert_eq!(&line[thirty.start..thirty.end], "30");
}

#[test]
fn the_exec_form_is_json_and_nothing_else() {
    let read = |text: &str| {
        let words = exec_form(&Traced::verbatim(text, 0))?;
        Some(words.iter().map(|word| word.as_str().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(
        read(" [\"gunicorn\", \"-b\", \"\\u00e4\\ud83d\\ude00\\n\"] ").unwrap(),
        ["gunicorn", "-b", "\u{e4}\u{1f600}\n"]
    );
    assert_eq!(read("[]").unwrap(), [""; 0]);
    for text in ["gunicorn app", "['a']", "[\"a\",]", "[\"a\" \"b\"]", "[\"a\"", "[\"\\ud83d\"]", "[1]", "[\"a\"] x"] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn systemd_expands_arguments_by_its_own_rules() {
    let line = Traced::verbatim("$SET $SET ${SET} x${PORT}y $$PORT x$PORT $UNKNOWN ${UNKNOWN} $EMPTY", 0);
    let words = crate::unit::words(&line, crate::unit::BadEscape::IsKept).words;
    let expanded: Vec<_> = expand(&words, &environment).iter().map(|word| word.as_str().to_owned()).collect();
    let expected = ["$SET", "a", "value", "a value", "x8000y", "$PORT", "x$PORT", "$UNKNOWN", "${UNKNOWN}"];
    assert_eq!(expanded, expected);
}

#[test]
fn at_sign_leaves_out_the_name_that_the_program_is_told() {
    let specifiers = crate::unit::Specifiers::of_system_unit(&crate::unit::UnitName::new("shop.service"));
    let (commands, _) = exec_start(&Traced::verbatim("-@/bin/gunicorn shop app", 0), &specifiers);
    let words: Vec<_> = commands[0].words.iter().map(Word::as_str).collect();
    assert_eq!((commands[0].prefixes.as_str(), &words[..]), ("-@", &["/bin/gunicorn", "app"][..]));
}

/// A shell splits and quotes the same; `printf` shows its words.
#[test]
fn a_shell_splits_the_same() {
    let lines = oracle::samples(&strategy(), 1500);
    let script: Vec<_> = lines.iter().map(|line| format!("printf '%s|' {line}\nprintf '\\n~~\\n'\n")).collect();
    let variables = [("SET", "a value".as_ref()), ("EMPTY", "".as_ref()), ("PORT", "8000".as_ref())];
    let Some((said, _)) = oracle::run(Path::new("sh"), &["-s"], &variables, &script.concat()) else { return };
    let said: Vec<_> = said.split("\n~~\n").collect();
    for (line, expected) in lines.iter().zip(said) {
        let commands = shell(&Traced::verbatim(&format!("printf '%s|' {line}"), 0), &environment);
        let words: Vec<_> = commands[0].arguments()[1..].iter().map(Word::as_str).collect();
        // `printf` without operands prints its format once.
        let ours = format!("{}|", words.join("|"));
        assert_eq!(ours, expected, "{line:?}");
    }
}

#[test]
fn python_splits_the_same() {
    let piece = prop_oneof![
        4 => "[a-c=$;#|]{1,2}",
        2 => "[ \\t\\n]",
        1 => "'[a ]{0,2}'",
        1 => Just("\"a\\\\\\\"b\\q$c\"".to_owned()),
        1 => "\\\\[ a'\"]",
    ];
    let lines = proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat());
    let lines = oracle::samples(&lines, 1500);
    let program = "import sys, json, shlex; print(json.dumps([shlex.split(l) for l in json.load(sys.stdin)]))";
    let Some(said) = oracle::python("shlex", program, &[], &serde_json::to_string(&lines).unwrap()) else { return };
    let expected: Vec<Vec<String>> = serde_json::from_str(&said).unwrap();
    for (line, expected) in lines.iter().zip(expected) {
        let words = shlex_split(&Traced::verbatim(line, 0));
        assert_eq!(words.iter().map(Word::as_str).collect::<Vec<_>>(), expected, "{line:?}");
    }
}

fn strategy() -> impl Strategy<Value = String> {
    let inner = "[a-c #*~.]{0,3}";
    let piece = prop_oneof![
        3 => "[a-c]{1,2}",
        2 => Just(" ".to_owned()),
        1 => inner.prop_map(|text| format!("'{text}\\'")),
        1 => inner.prop_map(|text| format!("\"{text}\\\\\\\"$SET${{PORT}}\"")),
        1 => Just("\\ \\'\\\"\\\\".to_owned()),
        1 => Just("${SET}".to_owned()),
        1 => Just("x${SET}y".to_owned()),
        1 => Just("${EMPTY}".to_owned()),
        1 => Just("${EMPTY:-d}".to_owned()),
        1 => Just("${NONE:-d}".to_owned()),
        1 => Just("${NONE-e}".to_owned()),
        1 => Just("\"\"".to_owned()),
        1 => Just(" $SET ".to_owned()),
        1 => Just(" \\\n".to_owned()),
        1 => Just("=1#a".to_owned()),
    ];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_line_panics_or_loops(line in "[ a=$`'\"\\\\(){}|;&<>0-9\\n\\x00#:-]{0,60}|\\PC{0,40}") {
        let text = Traced::verbatim(&line, 0);
        for command in shell(&text, &environment) {
            for word in &command.words {
                prop_assert!(word.span.start <= word.span.end && word.span.end <= line.len());
            }
        }
        let _ = exec_form(&text);
    }
}

#[test]
fn what_a_shell_takes_over() {
    let taken = |line: &str| {
        let commands = shell(&Traced::verbatim(line, 0), &environment);
        let of = |command: &Command| {
            let files = command.sourced.iter().map(|one| format!("{:?} {} ", one.takes, one.file.as_str()));
            files.collect::<String>() + command.program()
        };
        commands.iter().map(of).collect::<Vec<_>>().join("; ")
    };
    for (line, expected) in [
        (". /etc/a.env && run", "Exported /etc/a.env run"),
        ("set -a; . ./a; set +a; source b; run", "All ./a Exported b run"),
        ("set -o allexport && . a && sh -c 'run'", "All a run"),
        ("env $(cat a.env) B=1 run", "Words a.env run"),
        ("export $(grep -v '^#' a.env | xargs) && run", "Words a.env run"),
        ("export `cat a.env`; run", "Words a.env run"),
        ("env $(xargs < a.env) run", "Words a.env run"),
        ("env $(<a.env) run", "Words a.env run"),
        ("env $(sed s/a/b/ a.env) run", "$(sed s/a/b/ a.env)"),
        ("export $(cat $FILE); run", "run"),
    ] {
        assert_eq!(taken(line), expected, "{line}");
    }
    let exports = |script: &str, takes| {
        let set = exported(&Traced::verbatim(script, 0), takes);
        set.iter().map(|one| format!("{}={}", one.name, one.value.as_str())).collect::<Vec<_>>().join(" ")
    };
    let script = "A=1\nexport B=2\nC=$A\nexport C\nset -a\nD='4 5'\n";
    assert_eq!(exports(script, Takes::Exported), "B=2 C=1 D=4 5");
    assert_eq!(exports(script, Takes::All), "A=1 B=2 C=1 D=4 5");
}

#[test]
fn what_stands_behind_programs_of_crontabs() {
    for (line, expected) in [
        ("flock -n /tmp/a.lock python -m a", "python|-m|a"),
        ("/usr/bin/flock -w 10 /tmp/a.lock -c 'cd /srv && python -m a'", "(/srv) python|-m|a"),
        ("flock /tmp/a.lock python a.py -c b", "python|a.py|-c|b"),
        ("chronic nice -n 10 timeout -k 5 1h python -m a", "python|-m|a"),
        ("systemd-run --user --scope -p MemoryMax=1G --setenv=A=1 -E B=2 python -m a", "A=1 B=2 python|-m|a"),
        ("env -C /srv A=1 python -m a", "A=1 (/srv) python|-m|a"),
        ("cat <<END | run\npython -m never\nEND", "cat; run"),
    ] {
        assert_eq!(read(line).join("; "), expected, "{line}");
    }
}
