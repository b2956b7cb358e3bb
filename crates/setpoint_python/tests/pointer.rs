//! What a pointer points at: a module, and a line for each pointer.

use setpoint_python::{Pointer, Program, Sources};

const LIBRARY: &str = "
LIMIT = 20

class Base:
    backlog = 2048

class Config(Base):
    timeout: float = 2.5 * 2

    def __init__(self, app, host='127.0.0.1', *, workers=LIMIT // 2, **rest):
        self.host = host

def connect(url, timeout=None): ...

SETTINGS = Namespace(
    broker=Namespace(pool_limit=Option(10, type='int')),
)
FLAGS = dict({'COOKIE': {'secure': False}, 'SIZES': [1, 2]})
PAIRS = OrderedDict([('retries', 3), ('size', LIMIT)])

class Option:
    def __init__(self, default=None, *, kind='text'): ...

def option(default=7): ...

OPTIONS = Namespace(given=Option(1), named=Option(default=2), left_out=Option(kind='int'), of_function=option())

class Scheduler:
    def configure(self, config, name):
        if name:
            delay = 4
        self.jobs = {'grace': asint(config.get('grace', 9))}
";

fn pointed(text: &str) -> String {
    let pointer: Pointer = match text.parse() {
        Ok(pointer) => pointer,
        Err(no) => return format!("expected {} at byte {}", no.expected, no.at),
    };
    assert_eq!(pointer.to_string(), text, "a pointer is written as it is read");
    let sources = Sources::new(vec!["library.py".to_owned()], |_| Some(LIBRARY.as_bytes().to_vec()));
    let program = Program::new(&sources);
    let file = sources.find("library.py").expect("the library");
    let Some(end) = program.point(file, &pointer) else { return "nothing".to_owned() };
    let value = program.fold(end.expression, &end.frame).and_then(|object| object.to_value());
    format!(
        "{} = {}",
        program.module(file).expect("its module").text(end.expression),
        value.map_or("?".into(), |it| it.to_json())
    )
}

#[test]
fn points_at_constants_attributes_parameters_and_arguments() {
    let pointers = [
        "LIMIT",
        "Config.timeout",
        "Config.backlog",
        "Config.__init__(host)",
        "Config.__init__(workers)",
        "connect(timeout)",
        "SETTINGS(broker)(pool_limit)(0)",
        "FLAGS(0)[COOKIE][secure]",
        "FLAGS(0)[SIZES][1]",
        "PAIRS(0)[size]",
        "OPTIONS(given)(default)",
        "OPTIONS(named)(default)",
        "OPTIONS(left_out)(default)",
        "OPTIONS(left_out)(kind)",
        "OPTIONS(of_function)(default)",
        "Scheduler.configure.delay",
        "Scheduler.configure.jobs[grace](0)(1)",
    ];
    let shown: Vec<String> = pointers.iter().map(|pointer| format!("{pointer}: {}", pointed(pointer))).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    LIMIT: 20 = 20
    Config.timeout: 2.5 * 2 = 5.0
    Config.backlog: 2048 = 2048
    Config.__init__(host): '127.0.0.1' = "127.0.0.1"
    Config.__init__(workers): LIMIT // 2 = 10
    connect(timeout): None = null
    SETTINGS(broker)(pool_limit)(0): 10 = 10
    FLAGS(0)[COOKIE][secure]: False = false
    FLAGS(0)[SIZES][1]: 2 = 2
    PAIRS(0)[size]: LIMIT = 20
    OPTIONS(given)(default): 1 = 1
    OPTIONS(named)(default): 2 = 2
    OPTIONS(left_out)(default): None = null
    OPTIONS(left_out)(kind): 'int' = "int"
    OPTIONS(of_function)(default): 7 = 7
    Scheduler.configure.delay: 4 = 4
    Scheduler.configure.jobs[grace](0)(1): 9 = 9
    "#);
}

#[test]
fn points_at_nothing_where_the_way_ends() {
    for pointer in [
        "Config.__init__(app)",
        "Config.__init__(port)",
        "Config",
        "LIMIT.x",
        "connect.timeout",
        "OPTIONS(given)(other)",
        "Scheduler.configure.absent",
        "PAIRS(0)[absent]",
        "SETTINGS(redis)",
        "FLAGS(1)",
        "Absent.x",
    ] {
        assert_eq!(pointed(pointer), "nothing", "{pointer}");
    }
}

#[test]
fn says_why_a_text_is_no_pointer() {
    let texts = ["", "a.", "a(b", "a(b)c", "a[b)", "(a)"];
    let shown: Vec<String> = texts.iter().map(|text| format!("{text:?}: {}", pointed(text))).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    "": expected a name at byte 0
    "a.": expected a name at byte 2
    "a(b": expected a closing bracket at byte 3
    "a(b)c": expected `.`, `(` or `[` at byte 4
    "a[b)": expected a closing bracket at byte 3
    "(a)": expected a name at byte 0
    "#);
}
