//! `os.environ` and `os.getenv` in every spelling, with the casts and fallbacks around them.

use super::declared;
use insta::assert_snapshot;

#[test]
fn every_way_to_read_a_variable() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
A = os.environ["A"]
B = os.environ.get("B")
C = os.environ.get("C", "c")
D = os.getenv("D", "d")
E = os.environ.setdefault("E", "e")
F = os.environ.pop("F")
G = os.environ.pop("G", None)
H = "H" in os.environ
I = os.getenv(key="I", default="i")
J = os.environ.get("J", default="j")
K = os.environ.__getitem__("K")
"#)]), @r#"
    settings.py:2 environ A (required)
    settings.py:3 environ B
    settings.py:4 environ C = "c"
    settings.py:5 environ D = "d"
    settings.py:6 environ E = "e"
    settings.py:7 environ F (required)
    settings.py:8 environ G = null
    settings.py:9 environ H
    settings.py:10 environ I = "i"
    settings.py:11 environ J = "j"
    settings.py:12 environ K (required)
    "#
    );
}

#[test]
fn under_any_name_it_was_imported_or_assigned_to() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os as system
from os import environ, getenv as read
from os import environ as env
import os.path
A = system.environ["A"]
B = environ["B"]
C = read("C", "c")
D = env.get("D", "d")
E = os.environ["E"]
here = environ
F = here["F"]
copy = os.environ.copy()
G = copy.get("G", "g")
H = dict(os.environ)["H"]
get = os.environ.get
I = get("I", "i")
"#)]), @r#"
    settings.py:5 environ A (required)
    settings.py:6 environ B (required)
    settings.py:7 environ C = "c"
    settings.py:8 environ D = "d"
    settings.py:9 environ E (required)
    settings.py:11 environ F (required)
    settings.py:13 environ G = "g"
    settings.py:14 environ H (required)
    settings.py:16 environ I = "i"
    "#
    );
}

#[test]
fn what_is_written_is_no_default() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
os.environ["WRITTEN"] = "1"
del os.environ["DELETED"]
os.environ.update({"UPDATED": "1"})
for name in ("SAVED", "ALSO_SAVED"):
    kept = {}
    kept[name] = os.environ[name]
"#)]), @""
    );
}

#[test]
fn a_cast_around_it_is_its_type() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import json, os
from pathlib import Path
A = int(os.environ["A"])
B = float(os.getenv("B", "0.5"))
C = bool(os.getenv("C", ""))
D = os.getenv("D", "no").lower() in ("1", "true", "yes")
E = os.getenv("E", "false").strip().lower() == "true"
F = os.getenv("F") == "1"
G = json.loads(os.getenv("G", "{}"))
H = os.getenv("H", "a,b").split(",")
I = [int(x) for x in os.environ.get("I", "1,2").split(",")]
J = Path(os.getenv("J", "/srv"))
K = int(os.getenv("K", 5) or 3)
L = os.getenv("L", "plain")
"#)]), @r#"
    settings.py:3 environ A: int (required)
    settings.py:4 environ B: float = "0.5"
    settings.py:5 environ C: bool = ""
    settings.py:6 environ D: bool = "no"
    settings.py:7 environ E: bool = "false"
    settings.py:8 environ F: bool
    settings.py:9 environ G: json = "{}"
    settings.py:10 environ H: list = "a,b"
    settings.py:11 environ I: list = "1,2"
    settings.py:12 environ J: Path = "/srv"
    settings.py:13 environ K: int = 5
    settings.py:14 environ L = "plain"
    "#
    );
}

#[test]
fn an_or_is_a_fallback() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
A = os.getenv("A") or "a"
B = int(os.getenv("B") or 5)
C = os.getenv("C", "c") or "not this"
D = os.getenv("D") or None
E = os.getenv("E") or compute()
F = (os.environ.get("F") or "f").lower()
G = os.getenv("G1") or os.getenv("G2") or "g"
"#)]), @r#"
    settings.py:2 environ A = "a"
    settings.py:3 environ B: int = 5
    settings.py:4 environ C = "c"
    settings.py:5 environ D
    settings.py:6 environ E = dynamic `compute()`
    settings.py:7 environ F = "f"
    settings.py:8 environ G1 = dynamic `os.getenv("G2")`
    settings.py:8 environ G2 = "g"
    "#
    );
}

#[test]
fn names_and_defaults_in_constants_of_other_modules() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
from names import PREFIX, POOL, Names
from limits import *
A = os.environ[PREFIX + "PORT"]
B = os.getenv(f"{PREFIX}HOST", DEFAULT_HOST)
C = os.getenv(POOL, 60 * 5)
D = os.environ.get(Names.ZONE, "UTC")
E = os.getenv("{}DEBUG".format(PREFIX), DEBUG)
"#), ("names.py", r#"
from enum import Enum
PREFIX = "SHOP_"
POOL = PREFIX + "POOL"
class Names(str, Enum):
    ZONE = "SHOP_ZONE"
"#), ("limits.py", r#"
DEFAULT_HOST = "127.0.0.1"
DEBUG = False
"#)]), @r#"
    settings.py:4 environ SHOP_PORT (required)
    settings.py:5 environ SHOP_HOST = "127.0.0.1"
    settings.py:6 environ SHOP_POOL = 300
    settings.py:7 environ SHOP_ZONE = "UTC"
    settings.py:8 environ SHOP_DEBUG = false
    "#
    );
}

#[test]
fn a_default_that_only_running_tells_is_dynamic() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os, socket
A = os.getenv("A", socket.gethostname())
B = os.getenv("B", str(os.cpu_count() * 2))
"#)]), @"
    settings.py:2 environ A = dynamic `socket.gethostname()`
    settings.py:3 environ B = dynamic `str(os.cpu_count() * 2)`
    "
    );
}

#[test]
fn a_key_error_that_is_caught_makes_it_optional() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
try:
    A = os.environ["A"]
except KeyError:
    A = None
try:
    B = os.environ["B"]
except (ValueError, LookupError):
    B = None
try:
    C = os.environ["C"]
except ValueError:
    C = None
try:
    D = 1
finally:
    E = os.environ["E"]
"#)]), @"
    settings.py:3 environ A
    settings.py:7 environ B
    settings.py:11 environ C (required)
    settings.py:17 environ E (required)
    "
    );
}

#[test]
fn loops_over_constants_read_each() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
for name in ["A", "B"]:
    print(os.environ[name])
VALUES = {key: os.getenv(f"SHOP_{key}", "x") for key in ("C", "D")}
KEYS = {"E": 1, "F": 2}
for key, default in KEYS.items():
    print(os.getenv(key, default))
"#)]), @r#"
    settings.py:3 environ A (required)
    settings.py:3 environ B (required)
    settings.py:4 environ SHOP_C = "x"
    settings.py:4 environ SHOP_D = "x"
    settings.py:7 environ E = dynamic `default`
    settings.py:7 environ F = dynamic `default`
    "#
    );
}

#[test]
fn a_name_that_nobody_knows_is_a_dynamic_read() {
    assert_snapshot!(
        declared(&[("settings.py", "import os, sys\nA = os.environ[sys.argv[1]]")]), @"a name known only when it runs at settings.py:2"
    );
}

#[test]
fn places_and_symbols() {
    assert_snapshot!(
        declared(&[("shop/app.py", r#"
import os

class Worker:
    limit = os.getenv("IN_CLASS", "1")

    def start(self):
        return os.getenv("IN_METHOD", "2")

def outer():
    def inner():
        return os.getenv("IN_INNER", "3")
    return lambda: os.getenv("IN_LAMBDA", "4")

def default(port=os.getenv("IN_DEFAULT", "5")):
    pass
"#)]), @r#"
    shop/app.py:4 environ IN_CLASS = "1" (in Worker)
    shop/app.py:7 environ IN_METHOD = "2" (in Worker.start)
    shop/app.py:11 environ IN_INNER = "3" (in outer.inner)
    shop/app.py:12 environ IN_LAMBDA = "4" (in outer)
    shop/app.py:14 environ IN_DEFAULT = "5"
    "#
    );
}

#[test]
fn a_broken_file_is_read_as_far_as_it_goes() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
A = os.getenv("A", "a")
B = (
C = os.getenv("C", "c")
"#), ("junk.py", "getenv \0 \u{1}")]), @r#"
    settings.py:2 environ A = "a"
    settings.py:4 environ C = "c"
    problem: `junk.py` is not Python: it has bytes that are no UTF-8 text (junk.py:1:1); expected source text in UTF-8; retry: safe once this is mended; nothing was changed
    problem: `settings.py` has a syntax error: Expected `)`, found `=` (settings.py:4:3); expected Python that its interpreter accepts; retry: safe once this is mended; nothing was changed
    "#
    );
}

#[test]
fn what_belongs_to_tests_and_to_others_is_left_out() {
    assert_snapshot!(
        declared(&[("tests/test_a.py", "import os\nos.getenv('A')"), ("test_b.py", "import os\nos.getenv('B')"), ("conftest.py", "import os\nos.getenv('C')"), ("shop/_vendor/d.py", "import os\nos.getenv('D')"), ("venv/pyvenv.cfg", ""), ("venv/lib/e.py", "import os\nos.getenv('E')"), ("shop/f.py", "import os\nos.getenv('F')"), ("shop/.hidden/g.py", "import os\nos.getenv('G')")]), @"shop/f.py:2 environ F"
    );
}

#[test]
fn a_file_that_nests_too_deeply_costs_only_itself() {
    let deep = format!("import os\nos.getenv('DEEP')\nx = {}1{}\n", "[".repeat(50_000), "]".repeat(50_000));
    assert_snapshot!(
        declared(&[("deep.py", &deep), ("settings.py", "import os\nos.getenv('A')\nfrom deep import x")]), @"
    settings.py:2 environ A
    problem: `deep.py` is not Python: its brackets or operators nest too deeply (deep.py:1:1); expected source text that Python itself compiles; retry: safe once this is mended; nothing was changed
    "
    );
}

#[test]
fn what_holds_the_environment_is_read_like_it() {
    assert_snapshot!(
        declared(&[
            ("shared.py", r#"
import os
both = {**os.environ, "ADDED": "1"}
"#),
            ("settings.py", r#"
import os
from functools import partial
from shared import both
read = partial(os.getenv)
read_or_x = partial(os.environ.get, default="x")
A = read("A", "a")
B = read_or_x("B")
joined = os.environ | {"ADDED": "1"}
C = joined["C"]
D = both.get("D", "d")

def load(env=os.environ):
    return env.get("E", "e")

def load_from(environ=None):
    environ = environ or os.environ
    return environ.get("F", "f")

class Loader:
    shared = os.environ

    def __init__(self, env=None):
        self.env = env or os.environ
        self.other = {}

    def load(self):
        self.other.get("NOT_READ")
        return self.env.get("G", "g"), self.env["H"], self.shared.get("I")

def none(env):
    return env.get("NOT_READ_EITHER")
"#)]), @r#"
    settings.py:5 environ B = "x"
    settings.py:6 environ A = "a"
    settings.py:9 environ C (required)
    settings.py:10 environ D = "d"
    settings.py:13 environ E = "e" (in load)
    settings.py:17 environ F = "f" (in load_from)
    settings.py:28 environ G = "g" (in Loader.load)
    settings.py:28 environ H (required, in Loader.load)
    settings.py:28 environ I (in Loader.load)
    "#
    );
}

#[test]
fn each_way_to_hold_the_environment_is_enough_by_itself() {
    assert_snapshot!(
        declared(&[
            ("a.py", "import os\nread = os.getenv\ndef load():\n    return read('A') or 'of a default that is long'\n"),
            ("b.py", "import os\nenv = dict(os.environ, ADDED='1')\ndef load():\n    return env['B'] or 'of a default that is long'\n"),
            ("c.py", "import os\nenv = (\n    os.environ\n)\ndef load():\n    return env['C'] or 'of a default that is long'\n"),
            ("d.py", "import os\nenv = {\n    'ADDED': '1',\n    **os.environ,\n}\ndef load():\n    return env['D'] or 'of a default that is long'\n"),
            ("e.py", "import os\nenv = os.environ | {}\ndef load():\n    return env['E'] or 'of a default that is long'\n"),
            ("f.py", "from functools import partial\nimport os\nread = partial(os.environ.get, default='f')\ndef load():\n    return read('F') + 'of a text that is long'\n"),
            ("g.py", "import os\ndef load(env=os.environ, port=8000):\n    return env['G'] or 'of a default that is long'\n"),
            ("h.py", "import os\ndef load(given=None):\n    env = given or os.environ\n    return env['H'] or 'of a default'\n"),
            ("i.py", "import os\nclass Loader:\n    def __init__(self, env=None):\n        self.env = {} if env else os.environ\n    def load(self):\n        return self.env['I'] or 'of a default that is long'\n"),
            ("j.py", "import os\ndef load():\n    return (None or os.environ).get('J'), 'K' in dict(os.environ), os.environ.copy()['L']\n"),
        ]),
        @r#"
    a.py:4 environ A = "of a default that is long" (in load)
    b.py:4 environ B (required, in load)
    c.py:6 environ C (required, in load)
    d.py:7 environ D (required, in load)
    e.py:4 environ E (required, in load)
    f.py:3 environ F = "f" (in load)
    g.py:3 environ G (required, in load)
    h.py:4 environ H (required, in load)
    i.py:6 environ I (required, in Loader.load)
    j.py:3 environ J (in load)
    j.py:3 environ K (in load)
    j.py:3 environ L (required, in load)
    "#
    );
}
