//! What names stand for across modules, branches, classes and functions: each test is a small service and one expression.

use setpoint_python::{Object, Program, Sources};

/// What `expression` is at the end of the first file.
fn folded(files: &[(&str, &str)], expression: &str) -> String {
    let mut files: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files[0].1 = format!("{}\nasked_for = {expression}\n", files[0].1);
    let first = files[0].0.clone();
    let paths = files.iter().map(|(path, _)| path.clone()).collect();
    let load =
        move |wanted: &str| files.iter().find(|(path, _)| path == wanted).map(|(_, text)| text.clone().into_bytes());
    let sources = Sources::new(paths, load);
    let program = Program::new(&sources);
    match sources.find(&first).and_then(|file| program.member(file, "asked_for").flatten()) {
        Some(object) => shown(&object),
        None => "unknown".to_owned(),
    }
}

/// What `expression` is behind these statements.
fn after(statements: &str, expression: &str) -> String {
    folded(&[("settings.py", statements)], expression)
}

fn shown(object: &Object<'_>) -> String {
    match object {
        Object::Class(class) => format!("class {}", class.name()),
        Object::Function(function) => format!("function {}", function.definition.name),
        Object::Module(_) => "module".to_owned(),
        Object::External(name) => format!("external {name}"),
        Object::Instance(instance) => format!("instance of {}", shown(&instance.of)),
        Object::Attribute(of, name) => format!("{name} of {}", shown(of)),
        Object::Lambda(..) => "lambda".to_owned(),
        constant => constant.to_value().map_or_else(|| "no constant".to_owned(), |value| value.to_json()),
    }
}

#[test]
fn a_name_is_what_it_was_bound_to_last_before_its_use() {
    assert_eq!(after("a = 1\na = 2", "a"), "2");
    assert_eq!(after("a = 1\nb = a\na = 2", "b"), "1");
    assert_eq!(after("a: int = 1", "a"), "1");
    assert_eq!(after("a: int", "a"), "unknown");
    assert_eq!(after("a, (b, c) = 1, (2, 3)", "[a, b, c]"), "[1,2,3]");
    assert_eq!(after("a, *b, c = 1, 2, 3, 4", "a"), "1");
    assert_eq!(after("a, *b, c = 1, 2, 3, 4", "c"), "unknown");
    assert_eq!(after("a = b = 3", "b"), "3");
    assert_eq!(after("a = 1\ndel a", "a"), "unknown");
    assert_eq!(after("if (a := 4) > 3: pass", "a"), "4");
    assert_eq!(after("with open('x') as a: pass", "a"), "unknown");
}

#[test]
fn branches_must_agree() {
    assert_eq!(after("if x:\n    a = 1\nelse:\n    a = 1", "a"), "1");
    assert_eq!(after("if x:\n    a = 1\nelse:\n    a = 2", "a"), "unknown");
    assert_eq!(after("a = 1\nif x:\n    a = 2", "a"), "unknown");
    assert_eq!(after("a = 1\nwhile x:\n    a = 2", "a"), "unknown");
    assert_eq!(after("try:\n    import json as a\nexcept ImportError:\n    a = None", "a"), "external json");
    assert_eq!(after("try:\n    from b import c\nexcept ImportError:\n    from d import c", "c"), "external b.c");
    assert_eq!(after("for a in [1]: pass", "a"), "unknown");
    assert_eq!(after("match x:\n    case 1:\n        a = 1\n    case y:\n        a = 1", "a"), "1");
    assert_eq!(after("a = 1 if x else 1", "a"), "1");
    assert_eq!(after("a = 1 if x else 2", "a"), "unknown");
}

#[test]
fn type_checkers_imports_name_types_and_their_constants_are_none() {
    assert_eq!(after("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    a = 1\nelse:\n    a = 2", "a"), "2");
    assert_eq!(after("import typing\na = 2\nif typing.TYPE_CHECKING:\n    a = 1", "a"), "2");
    assert_eq!(after("if TYPE_CHECKING:\n    from b import C", "C"), "external b.C");
}

#[test]
fn changes_of_lists_and_dicts_are_followed() {
    assert_eq!(after("a = [1]\na.append(2)\na += [3]\na.extend((4,))\na.insert(0, 0)", "a"), "[0,1,2,3,4]");
    assert_eq!(after("a = {'x': 1}\na['y'] = 2\na.update({'x': 3})", "a"), r#"{"x":3,"y":2}"#);
    assert_eq!(after("a = {1}\na.add(2)", "a"), "[1,2]");
    assert_eq!(after("a = [1]\na[0] = 5", "a"), "[5]");
    assert_eq!(after("a = 'x'\na += 'y'", "a"), "\"xy\"");
    assert_eq!(after("a = 1\na *= 60", "a"), "60");
    assert_eq!(after("a = [1]\na.get(0)\na.sort()", "a"), "unknown");
    assert_eq!(after("a = [1]\ndel a[0]", "a"), "unknown");
    assert_eq!(after("a = [1]\na.append(b)", "a"), "unknown");
    assert_eq!(after("def f(x): x.clear()\na = [1]\nf(a)", "a"), "unknown", "a function of the service may change it");
    assert_eq!(after("a = [1]\nprint(a)", "a"), "[1]");
}

#[test]
fn imports_are_found_by_folders() {
    let shop = [
        (
            "shop/settings.py",
            "from .limits import POOL\nfrom . import limits\nfrom shop.deep.more import DEEP\nimport shop.limits as other\nimport shop.limits\nfrom .deep import *\nfrom ..beside import B",
        ),
        ("shop/__init__.py", "PACKAGE = 'shop'"),
        ("shop/limits.py", "POOL = 5\nfrom shop import PACKAGE"),
        ("shop/deep/__init__.py", "from .more import DEEP as RENAMED\n_HIDDEN = 1"),
        ("shop/deep/more.py", "DEEP = 'd'"),
        ("beside.py", "B = 'b'"),
    ];
    assert_eq!(folded(&shop, "POOL"), "5");
    assert_eq!(folded(&shop, "limits.POOL"), "5");
    assert_eq!(folded(&shop, "limits.PACKAGE"), "\"shop\"");
    assert_eq!(folded(&shop, "other.POOL"), "5");
    assert_eq!(folded(&shop, "shop.limits.POOL"), "5");
    assert_eq!(folded(&shop, "DEEP"), "\"d\"");
    assert_eq!(folded(&shop, "RENAMED"), "\"d\"");
    assert_eq!(folded(&shop, "B"), "\"b\"");
    assert_eq!(folded(&shop, "limits.MISSING"), "unknown");
    assert_eq!(folded(&shop, "limits"), "module");
}

#[test]
fn folders_without_an_init_file_are_packages_too() {
    let shop = [
        (
            "service/app/main.py",
            "from app.config import LIMIT\nfrom .config import LIMIT as SAME\nfrom . import config",
        ),
        ("service/app/config.py", "LIMIT = 7"),
    ];
    assert_eq!(folded(&shop, "(LIMIT, SAME, config.LIMIT)"), "[7,7,7]");
    let dotted = [("main.py", "import tools.deep.config"), ("tools/deep/config.py", "LIMIT = 9")];
    assert_eq!(folded(&dotted, "tools.deep.config.LIMIT"), "9");
    let source = [("main.py", "from shop.config import LIMIT"), ("src/shop/config.py", "LIMIT = 8")];
    assert_eq!(folded(&source, "LIMIT"), "8");
}

#[test]
fn a_star_import_brings_the_module_s_names_and_later_ones_win() {
    let shop = [
        ("production.py", "DEBUG = True\nfrom base import *\nWORKERS = WORKERS * 2"),
        ("base.py", "DEBUG = False\nWORKERS = 2\nfrom lower import *"),
        ("lower.py", "ZONE = 'UTC'"),
    ];
    assert_eq!(folded(&shop, "(DEBUG, WORKERS, ZONE)"), r#"[false,4,"UTC"]"#);
    let changes = [
        ("production.py", "from base import *\nAPPS += ['more']\nPOOL['size'] = 5\nif unknown:\n    ZONE = 'CET'"),
        ("base.py", "APPS = ['shop']\nPOOL = {'size': 1}\nZONE = 'UTC'"),
    ];
    assert_eq!(folded(&changes, "(APPS, POOL)"), r#"[["shop","more"],{"size":5}]"#);
    assert_eq!(folded(&changes, "ZONE"), "unknown");
}

#[test]
fn what_a_star_import_brings_from_outside_the_tree_has_its_full_name() {
    let wrapped = [
        ("app.py", "from compat import os\nfrom compat.os import getenv"),
        ("compat/__init__.py", ""),
        ("compat/os.py", "from os import *\ndef mkdir(): pass"),
    ];
    assert_eq!(folded(&wrapped, "os.environ"), "external os.environ");
    assert_eq!(folded(&wrapped, "getenv"), "external os.getenv");
    assert_eq!(folded(&[("app.py", "from os import *\nfrom sys import *")], "environ"), "unknown");
    assert_eq!(folded(&[("app.py", "from os import *")], "len"), "external len");
    assert_eq!(folded(&[("app.py", "from os import *")], "_exit"), "unknown");
}

#[test]
fn a_file_of_the_tree_never_hides_what_python_has_loaded_before() {
    let shop = [("tools/app.py", "import os, logging"), ("os.py", "environ = 1"), ("logging.py", "INFO = 1")];
    assert_eq!(folded(&shop, "os.environ"), "external os.environ");
    assert_eq!(folded(&shop, "logging.INFO"), "1");
}

#[test]
fn modules_that_import_each_other_are_followed_where_python_can() {
    let shop = [("a.py", "import b\nX = 1\nY = b.Y"), ("b.py", "import a\nY = 2\nZ = a.X")];
    assert_eq!(folded(&shop, "(Y, b.Z)"), "[2,1]");
    let circle = [("a.py", "from b import X"), ("b.py", "from a import X")];
    assert_eq!(folded(&circle, "X"), "unknown");
    let stars = [("a.py", "from b import *"), ("b.py", "from a import *\nX = 1")];
    assert_eq!(folded(&stars, "X"), "1");
}

#[test]
fn what_is_outside_the_tree_is_known_by_its_full_name() {
    assert_eq!(after("from os import environ as e", "e"), "external os.environ");
    assert_eq!(after("import os.path", "os.path.join"), "external os.path.join");
    assert_eq!(
        after("from pydantic_settings import BaseSettings as B", "B"),
        "external pydantic_settings.BaseSettings"
    );
    assert_eq!(after("from x import Env\nenv = Env()", "env"), "instance of external x.Env");
    assert_eq!(after("from x import Env\nenv = Env()", "env.bool"), "bool of instance of external x.Env");
    assert_eq!(after("from math import inf", "inf > 1"), "true");
    assert_eq!(after("from logging import INFO", "INFO"), "20");
    assert_eq!(after("", "unheard_of"), "unknown");
}

#[test]
fn attributes_are_looked_up_in_the_order_of_the_classes() {
    let classes = "
class Base:
    a, b = 1, 2
    a = 1
    c = 3
class Left(Base):
    a = 'left'
class Right(Base):
    a = 'right'
    c = 'right'
class Both(Left, Right):
    d = 4
    e = d + 1
    def method(self): return 1
    class Inner:
        f = 6
";
    assert_eq!(after(classes, "(Both.a, Both.c, Both.d, Both.e, Both.Inner.f)"), r#"["left","right",4,5,6]"#);
    assert_eq!(after(classes, "Both.method"), "function method");
    assert_eq!(after(classes, "Both.missing"), "unknown");
    assert_eq!(after("class A: pass", "A"), "class A");
}

#[test]
fn enums_of_every_kind_have_members() {
    let enums = "
import enum
from enum import Enum, IntEnum, StrEnum, auto
class Mode(str, Enum):
    FAST = 'fast'
    SAFE = 'safe'
class Level(IntEnum):
    LOW = 1
class Step(Enum):
    ONE = auto()
    TWO = auto()
class Word(StrEnum):
    HELLO = auto()
class Own(Enum):
    A = 'a'
    def __str__(self):
        return self.value
class Quiet(Enum):
    A = 'a'
    def __str__(self):
        return compute(self)
";
    assert_eq!(after(enums, "Mode.FAST"), "\"fast\"");
    assert_eq!(
        after(enums, "[Mode('safe'), Mode['FAST'], Mode.FAST.value, Mode.FAST.name]"),
        r#"["safe","fast","fast","FAST"]"#
    );
    assert_eq!(after(enums, "Mode.FAST + '!'"), "\"fast!\"");
    assert_eq!(after(enums, "Level.LOW + 1"), "2");
    assert_eq!(after(enums, "[Step.ONE, Step.TWO]"), "[1,2]");
    assert_eq!(after(enums, "Word.HELLO"), "\"hello\"");
    assert_eq!(after(enums, "f'{Word.HELLO} {Level.LOW} {Own.A} {Step.ONE}'"), "\"hello 1 a Step.ONE\"");
    assert_eq!(after(enums, "f'{Quiet.A}'"), "unknown");
    assert_eq!(after(enums, "Mode('none')"), "instance of class Mode");
}

#[test]
fn functions_are_run_as_far_as_their_tests_are_known() {
    let functions = "
def plain(): return 5
def nothing(): pass
def choose(kind, fallback=0):
    '''Chooses.'''
    limit = 10
    if kind == 'a':
        return limit
    elif kind == 'b':
        return limit * 2
    return fallback
def unsure():
    if undefined:
        return 1
    return 2
def fails(): raise ValueError
def loops():
    for item in [1]:
        return item
def makes():
    yield 1
async def later(): return 1
def outer(a):
    def inner(b): return a + b
    return inner(1)
class Make:
    @staticmethod
    def one(x=1): return x
    @classmethod
    def two(cls, x=2): return x
";
    assert_eq!(after(functions, "plain()"), "5");
    assert_eq!(after(functions, "nothing()"), "null");
    assert_eq!(after(functions, "[choose('a'), choose('b'), choose('c', 3), choose('c', fallback=4)]"), "[10,20,3,4]");
    for unknown in ["unsure()", "fails()", "loops()", "makes()", "later()", "choose()", "plain(1)", "choose('a', x=1)"]
    {
        assert_eq!(after(functions, unknown), "unknown", "{unknown}");
    }
    assert_eq!(after(functions, "(Make.one(), Make.one(5), Make.two(), Make.two(6))"), "[1,5,2,6]");
}

#[test]
fn what_only_the_machine_knows_stays_unknown() {
    let imports = "import os, sys, time, random, socket\nfrom pathlib import Path\nimport platform";
    for expression in [
        "os.getcwd()",
        "Path.home()",
        "Path('x').resolve()",
        "Path(__file__).parent",
        "time.time()",
        "random.random()",
        "socket.gethostname()",
        "os.cpu_count()",
        "sys.argv[1]",
        "open('x').read()",
        "os.environ['A']",
        "os.getenv('A', 'b')",
    ] {
        let found = after(imports, expression);
        assert!(
            found == "unknown" || found.contains("instance of") || found.contains("external"),
            "{expression}: {found}"
        );
        let used = after(imports, &format!("str({expression}) + 'x'"));
        assert!(!used.starts_with('"'), "{expression}: {used}");
    }
}
