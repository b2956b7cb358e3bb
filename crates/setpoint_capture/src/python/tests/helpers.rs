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
    settings.py:16 environ C
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
