//! The service's own helpers around the environment.

use super::declared;
use insta::assert_snapshot;

#[test]
fn a_helper_reads_what_its_caller_names() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

def env(name, default=None):
    return os.environ.get(name, default)

def env_bool(name: str, default: bool = False) -> bool:
    return os.getenv(name, str(default)).lower() in ("1", "true")

A = env("A")
B = env("B", "b")
C = env(name="C", default="c")
D = int(env("D", "5"))
E = env_bool("E")
F = env_bool("F", True)
"#)]), @r#"
    settings.py:9 environ A = null
    settings.py:10 environ B = "b"
    settings.py:11 environ C = "c"
    settings.py:12 environ D: int = "5"
    settings.py:13 environ E: bool = "False"
    settings.py:14 environ F: bool = "True"
    "#
    );
}

#[test]
fn helpers_of_other_modules_and_of_helpers() {
    assert_snapshot!(
        declared(&[("app.py", r#"
import tools.config
from tools.config import require as must, number
A = must("A")
B = tools.config.read("B", "b")
C = number("C", 3)
"#), ("tools/config.py", r#"
import os

def read(key, fallback=""):
    return os.environ.get(key, fallback)

def number(key, fallback):
    return int(read(key, fallback))

def require(key):
    value = os.environ.get(key)
    if value is None:
        raise RuntimeError(key)
    return value
"#)]), @r#"
    app.py:3 environ A
    app.py:4 environ B = "b"
    app.py:5 environ C = 3
    "#
    );
}

#[test]
fn a_prefix_and_a_suffix_that_the_helper_adds() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

def shop(name, default=""):
    return os.getenv("SHOP_" + name.upper(), default)

def secret(name, default=None):
    path = os.getenv(f"{name}_FILE")
    if path:
        return open(path).read()
    return os.getenv(name, default)

A = shop("port", "80")
B = secret("DATABASE_PASSWORD", "none")
"#)]), @r#"
    settings.py:12 environ SHOP_PORT = "80"
    settings.py:13 environ DATABASE_PASSWORD = "none" (also DATABASE_PASSWORD_FILE)
    "#
    );
}

#[test]
fn a_helper_that_fails_without_a_value() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

def get(name, default=None, required=False):
    value = os.environ.get(name, default)
    if required and value is None:
        raise KeyError(name)
    return value

def must(name):
    return os.environ[name]

A = get("A", required=True)
B = get("B")
C = must("C")
"#)]), @"
    settings.py:12 environ A = null (required)
    settings.py:13 environ B = null
    settings.py:14 environ C (required)
    "
    );
}

#[test]
fn methods_and_closures() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

class Config:
    def get(self, key, default=None):
        return os.environ.get(key, default)

    @staticmethod
    def flag(key):
        return os.environ.get(key) == "1"

    def load(self):
        self.a = self.get("A", "a")

config = Config()
B = config.get("B", 2)
C = Config.flag("C")

def lazily(name, default):
    return lambda: os.getenv(name, default)

D = lazily("D", "d")
"#)]), @r#"
    settings.py:12 environ A = "a" (in Config.load)
    settings.py:15 environ B = 2
    settings.py:16 environ C: bool
    settings.py:21 environ D = "d"
    "#
    );
}

#[test]
fn what_a_helper_falls_back_to_is_not_the_caller_s_default() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

def env(name, default=None):
    return os.getenv(name, "") or default

A = env("A", "a")
B = env("B")
"#)]), @r#"
    settings.py:6 environ A = "a"
    settings.py:7 environ B = null
    "#
    );
}

#[test]
fn of_a_name_that_only_running_tells_the_known_parts_are_kept() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os
from keys import KEYS
PREFIX = "SHOP_"
A = [os.environ[f"{PREFIX}{name}_TOKEN"] for name in KEYS]
B = [os.getenv("APP_" + key.upper()) for key in KEYS]
C = [os.getenv("C_%s_URL" % key) for key in KEYS]
D = [os.getenv("{}_{}_D".format("X", key)) for key in KEYS]
E = [os.getenv("_".join(["E", key, "HOST"])) for key in KEYS]

def read(key):
    name = (PREFIX + key).upper()
    return os.environ[name]

def of_door(door, thing):
    return read(f"door_{door}_{thing}")

F = [read(f"f_{key}") for key in KEYS]
G = [of_door(key, "width") for key in KEYS]
H = os.environ[KEYS[0]]
I = read("i")
"#)]), @"
    settings.py:20 environ SHOP_I (required)
    a name SHOP_…_TOKEN known only when it runs at settings.py:4
    a name APP_… known only when it runs at settings.py:5
    a name C_…_URL known only when it runs at settings.py:6
    a name …_D known only when it runs at settings.py:7
    a name E_…_HOST known only when it runs at settings.py:8
    a name SHOP_DOOR_… known only when it runs at settings.py:15
    a name SHOP_F_… known only when it runs at settings.py:17
    a name known only when it runs at settings.py:19
    "
    );
}

#[test]
fn a_helper_that_is_called_in_ways_that_are_not_understood() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

def setting(key):
    return os.environ["SHOP_" + key]

def unused(key):
    return os.environ["UNUSED_" + key]
"#), ("app.py", r#"
def start(application):
    return application.settings.setting("PORT")
"#)]), @"
    a name SHOP_… known only when it runs at settings.py:4
    "
    );
}

#[test]
fn a_type_that_says_what_is_made_of_the_text() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import logging, os

def log_level(name) -> int:
    return getattr(logging, os.environ[name])

def number(name, default=0) -> int:
    return int(os.environ.get(name, default))

def perhaps(name) -> int:
    try:
        return int(os.environ[name])
    except ValueError:
        return 0

def bare(name):
    return float(os.environ[name])

def plain(name):
    value: str = os.environ[name]
    return value

A = log_level("A")
B = number("B")
C = perhaps("C")
D = bare("D")
E = int(plain("E"))
F = int(log_level("F"))
G = int(os.environ["G"].rstrip("s"))
H = int(os.environ["H"], 8)
"#)]), @"
    settings.py:22 environ A: int (type made, required)
    settings.py:23 environ B: int = 0
    settings.py:24 environ C: int (type made, required)
    settings.py:25 environ D: float (required)
    settings.py:26 environ E: int (required)
    settings.py:27 environ F: int (type made, required)
    settings.py:28 environ G: int (type made, required)
    settings.py:29 environ H: int (type made, required)
    "
    );
}

#[test]
fn what_python_itself_calls_reads_a_name_known_only_when_it_runs() {
    assert_snapshot!(
        declared(&[
            ("runtime.py", r#"
import os

def __getattr__(name):
    return os.environ[f"SHOP_RUNTIME_{name.upper()}"]
"#),
            ("settings.py", r#"
import os

class Settings(dict):
    def __getitem__(self, name):
        return os.environ.get(name) or super().__getitem__(name)

    def read(self, name):
        return os.environ.get(name, "")

class More(Settings):
    def read(self, name):
        return super().read("MORE_" + name)
"#)]), @"
    a name SHOP_RUNTIME_… known only when it runs at runtime.py:4
    a name known only when it runs at settings.py:5
    a name known only when it runs at settings.py:8
    ");
}

#[test]
fn a_helper_that_tries_several_names_in_a_loop() {
    assert_snapshot!(
        declared(&[("params.py", r#"
import os

def get_env(name, default=None):
    for key in ["SHOP_" + name, "OLD_" + name, name]:
        value = os.environ.get(key)
        if value is not None:
            return value
    return default

HOST = get_env("HOST", "localhost")
PORT = int(get_env("PORT", 80))
"#)]), @r#"
    params.py:10 environ SHOP_HOST = "localhost" (also OLD_HOST HOST)
    params.py:11 environ SHOP_PORT: int = 80 (also OLD_PORT PORT)
    "#);
}
