use super::parse;
use crate::Word;
use insta::assert_snapshot;

/// What the programs of a text run, where and with what.
fn picture(text: &str) -> String {
    let (configuration, complaints) = parse(text.as_bytes());
    let mut lines = Vec::new();
    let set = |variables: &[crate::command_line::SetVariable]| -> Vec<String> {
        variables
            .iter()
            .map(|set| format!("{}={} `{}`", set.name, set.value.as_str(), written(text, &set.value)))
            .collect()
    };
    lines.extend(set(&configuration.environment));
    for program in &configuration.programs {
        let folder = program.directory.as_ref().map(Word::as_str).unwrap_or_default();
        lines.push(format!(
            "{} in `{folder}`: {:?}",
            program.name,
            program.command.as_ref().map(crate::Traced::as_str)
        ));
        lines.extend(set(&program.environment).into_iter().map(|line| format!("  {line}")));
    }
    lines.extend(complaints.iter().map(|one| format!("{}: {}", &text[one.span.start..one.span.end], one.what)));
    lines.join("\n")
}

fn written<'t>(text: &'t str, word: &Word) -> &'t str {
    word.text.span().map_or("", |span| &text[span.start..span.end])
}

const SHOP: &str = r#"
[supervisord]
environment = SHOP_ROOT=/srv/shop,LANG="C.UTF-8"

[Program:other]
command=never read, for sections have a case

[program:web] ; the site
command = %(ENV_SHOP_ROOT)s/.venv/bin/gunicorn shop.main:app -w 4   # four
    --access-logformat "%%(h)s"
    --bind %(ENV_SHOP_BIND)s --name %(program_name)s
Directory: %(ENV_SHOP_ROOT)s
environment = SHOP_URL="redis://127.0.0.1/0?a=1",
    SHOP_BIND='127.0.0.1:8000', # as nginx has it
    SHOP_EMPTY="",SHOP_PERCENT="5%%"
autorestart=true

[program:worker]
command=/srv/shop/.venv/bin/celery -A shop worker --hostname=%(host_node_name)s
"#;

#[test]
fn programs_with_their_environment() {
    assert_snapshot!(picture(SHOP), @r#"
    SHOP_ROOT=/srv/shop `/srv/shop`
    LANG=C.UTF-8 `C.UTF-8`
    web in `/srv/shop`: Some("/srv/shop/.venv/bin/gunicorn shop.main:app -w 4\n--access-logformat \"%(h)s\"\n--bind 127.0.0.1:8000 --name web")
      SHOP_URL=redis://127.0.0.1/0?a=1 `redis://127.0.0.1/0?a=1`
      SHOP_BIND=127.0.0.1:8000 `127.0.0.1:8000`
      SHOP_EMPTY= ``
      SHOP_PERCENT=5% `5%%`
    worker in ``: Some("/srv/shop/.venv/bin/celery -A shop worker --hostname=%(host_node_name)s")
    "#);
}

#[test]
fn what_supervisord_refuses_is_told_and_the_rest_read() {
    assert_snapshot!(picture(
        "outside=1\n[program:a]\ncommand=run 100%\nnothing\nenvironment=A=1,B=a@b,C=3\n[program:b]\nenvironment=A=\"1\ncommand=x\n[program:c]\nenvironment=A=1 B=2"
    ), @r#"
    a in ``: Some("run 100%")
      A=1 `1`
      B=a `a`
    b in ``: Some("x")
    c in ``: None
      A=1 `1`
    outside=1: a line stands in no section
    nothing: a line sets nothing
    b: `environment` cannot be read from here on, and supervisord refuses it
    %: a `%` stands alone, and supervisord refuses it
    A="1: a quote of `environment` is not closed
    =: `environment` cannot be read from here on, and supervisord refuses it
    "#);
}

/// The pairs of `environment` and the values of whole files, as supervisor itself reads them.
const SUPERVISOR: &str = r#"
import json, re, sys
from supervisor.datatypes import dict_of_key_value_pairs
from supervisor.options import UnhosedConfigParser
asked = json.load(sys.stdin)
def pairs(text):
    try:
        return sorted(dict_of_key_value_pairs(text).items())
    except ValueError:
        return None
def file(text):
    parser = UnhosedConfigParser()
    parser.read_string(text)
    # What Python keeps of an empty line within a value says nothing.
    kept = lambda value: re.sub("\n+", "\n", value)
    items = [(section, item) for section in parser.sections() for item in sorted(parser.items(section))]
    return [[section, key, kept(value)] for section, (key, value) in items]
print(json.dumps([[pairs(text) for text in asked[0]], [file(text) for text in asked[1]]]))
"#;

type Pairs = Vec<(String, String)>;

#[test]
fn as_supervisor_itself_reads_it() {
    let environments = [
        "A=1",
        "A=\"1\",B='2'",
        "A=\"a,b\" , B=x:y/z.+-()",
        "A=\"\",B=\"it's\"",
        "A=x\"y\"",
        "A=1,\n  B=2",
        "A=1,,B=2",
        "A=b=c",
        "A=1;B=2",
        "A=\"1\"B=2",
        "A=1,B",
        "A = 1",
        "A=1 # B=2",
        "A=\"1",
        "A=a@b,C=1",
        "",
    ];
    let files = [
        SHOP,
        "[a]\nkey : value ; comment\nOther=a;b #c\n[b]\n  indented=1\n    more\n  next=2\n[a]\nkey=again\n",
        "[x] behind\nk=[1]\n# whole\n ; too\nk2=1\n\n  2\n\n  3\n",
        "[x]\nk=\nl = a = b : c\n\tm=deeper\n",
    ];
    let asked = serde_json::json!([environments, files]).to_string();
    let Some(said) = crate::oracle::python("supervisor", SUPERVISOR, &[], &asked) else { return };
    let (pairs, values_of_files): (Vec<Option<Pairs>>, Vec<Vec<[String; 3]>>) = serde_json::from_str(&said).unwrap();
    for (text, said) in environments.iter().zip(pairs) {
        let mut complaints = Vec::new();
        let read = super::pairs::parse(&crate::Traced::verbatim(text, 0), &mut complaints);
        let mut read: Vec<_> = read.into_iter().map(|set| (set.name, set.value.as_str().to_owned())).collect();
        read.sort();
        assert_eq!(complaints.is_empty().then_some(read), said, "{text:?}");
    }
    for (text, said) in files.iter().zip(values_of_files) {
        let mut complaints = Vec::new();
        let read: Vec<_> = super::ini::parse(text, &mut complaints).iter().flat_map(values).collect();
        assert_eq!((read, complaints), (said, Vec::new()), "{text:?}");
    }
}

/// Section, key and value, by the key.
fn values(section: &super::ini::Section) -> Vec<[String; 3]> {
    let mut keys: Vec<&String> = section.values.iter().map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    let value = |key: &str| section.get(key).unwrap().as_str().to_owned();
    keys.into_iter().map(|key| [section.name.clone(), key.clone(), value(key)]).collect()
}
