//! Libraries that read the environment: django-environ, environs, python-decouple, Starlette and dj-database-url.

use super::declared;
use insta::assert_snapshot;

#[test]
fn django_environ() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import environ
env = environ.Env(DEBUG=(bool, False), SECRET=str, LEVEL=("plain", "info"))
DEBUG = env("DEBUG")
SECRET = env("SECRET")
LEVEL = env("LEVEL")
OVER = env("DEBUG", default=True)
WORKERS = env.int("WORKERS", default=2)
POSITION = env.int("POSITION", 3)
HOSTS = env.list("HOSTS", default=["a"])
NUMBERS = env.list("NUMBERS", int, [1])
RATIO = env("RATIO", cast=float, default=1.5)
NEEDED = env.str("NEEDED")
NOT_SET = env("NOT_SET", default=environ.Env.NOTSET)
DATABASES = {"default": env.db(), "other": env.db("OTHER_URL", default="sqlite:///x.db")}
CACHES = {"default": env.cache(default="locmemcache://")}
env.prefix = "SHOP_"
ZONE = env.str("ZONE", "UTC")
"#)]), @r#"
    settings.py:2 django-environ DEBUG: bool = false
    settings.py:2 django-environ LEVEL = "info"
    settings.py:4 django-environ SECRET: str (required)
    settings.py:6 django-environ DEBUG: bool = true
    settings.py:7 django-environ WORKERS: int = 2
    settings.py:8 django-environ POSITION: int = 3
    settings.py:9 django-environ HOSTS: list = ["a"]
    settings.py:10 django-environ NUMBERS: list = [1]
    settings.py:11 django-environ RATIO: float = 1.5
    settings.py:12 django-environ NEEDED: str (required)
    settings.py:13 django-environ NOT_SET (required)
    settings.py:14 django-environ DATABASE_URL: url (required)
    settings.py:14 django-environ OTHER_URL: url = "sqlite:///x.db"
    settings.py:15 django-environ CACHE_URL: url = "locmemcache://"
    settings.py:17 django-environ SHOP_ZONE: str = "UTC"
    "#
    );
}

#[test]
fn environs() {
    assert_snapshot!(
        declared(&[("settings/base.py", r#"
from environs import Env
env = Env()
env.read_env()
A = env("A")
B = env.int("B", 5)
with env.prefixed("SHOP_"):
    C = env.bool("C", False)
    with env.prefixed("DB_"):
        D = env.str("HOST", "localhost")
        E = env.list("LIST", subcast=int, default=[1])
F = env.str("F", default=None)
G = env.path("G", ...)
H = env.dj_db_url("DATABASE_URL", default="sqlite:///x.db")
with env.prefixed(unknown):
    I = env("I")
env.seal()
"#), ("settings/other.py", r#"
from environs import env
from .base import env as own
A = env.int("SHARED", 1)
B = own.int("FROM_BASE", 2)
"#), ("settings/prefixed.py", r#"
from environs import Env
env = Env(prefix="P_")
A = env.log_level("LEVEL", "INFO")
"#)]), @r#"
    settings/base.py:4 environs A (required)
    settings/base.py:5 environs B: int = 5
    settings/base.py:7 environs SHOP_C: bool = false
    settings/base.py:9 environs SHOP_DB_HOST: str = "localhost"
    settings/base.py:10 environs SHOP_DB_LIST: list = [1]
    settings/base.py:11 environs F: str = null
    settings/base.py:12 environs G: Path (required)
    settings/base.py:13 environs DATABASE_URL: url = "sqlite:///x.db"
    settings/other.py:3 environs SHARED: int = 1
    settings/other.py:4 environs FROM_BASE: int = 2
    settings/prefixed.py:3 environs P_LEVEL: log_level = "INFO"
    "#
    );
}

#[test]
fn decouple() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from decouple import AutoConfig, Config, Csv, RepositoryEnv, config
A = config("A")
B = config("B", default=False, cast=bool)
C = config("C", default="a,b", cast=Csv())
D = config("D", "x,y", lambda text: text.split(","))
E = config("E", default=5, cast=int)
own = Config(RepositoryEnv("/etc/shop.env"))
F = own("F", default=1.5, cast=float)
G = own.get("G")
auto = AutoConfig(search_path="/etc")
H = auto("H", default=None)
"#)]), @r#"
    settings.py:2 decouple A (required)
    settings.py:3 decouple B: bool = false
    settings.py:4 decouple C: list = "a,b"
    settings.py:5 decouple D: list = "x,y"
    settings.py:6 decouple E: int = 5
    settings.py:8 decouple F: float = 1.5
    settings.py:9 decouple G (required)
    settings.py:11 decouple H = null
    "#
    );
}

#[test]
fn starlette() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings, Secret, URL
config = Config(".env", env_prefix="SHOP_")
A = config("A", cast=bool, default=False)
B = config("B", cast=Secret)
C = config("C", cast=CommaSeparatedStrings, default="a,b")
D = config("D", cast=URL, default=URL("http://x"))
plain = Config()
E = plain("E", str, "e")
F = plain.get("F", default=None)
try:
    G = plain("G")
except KeyError:
    G = None
"#)]), @r#"
    settings.py:4 starlette SHOP_A: bool = false
    settings.py:5 starlette SHOP_B: Secret (required, secret)
    settings.py:6 starlette SHOP_C: list = "a,b"
    settings.py:7 starlette SHOP_D: URL = "http://x"
    settings.py:9 starlette E: str = "e"
    settings.py:10 starlette F = null
    settings.py:12 starlette G
    "#
    );
}

#[test]
fn dj_database_url() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import dj_database_url
from dj_database_url import config as database
DATABASES = {
    "default": dj_database_url.config(default="sqlite:///shop.db", conn_max_age=600),
    "other": database("OTHER_URL"),
    "parsed": dj_database_url.parse("sqlite:///parsed.db"),
}
"#)]), @r#"
    settings.py:4 dj-database-url DATABASE_URL: url = "sqlite:///shop.db"
    settings.py:5 dj-database-url OTHER_URL: url
    "#
    );
}

#[test]
fn what_a_url_begins_with() {
    let folder = super::folder(&[
        ("names.py", "import os\nURL = f\"mysql://{os.environ['PW']}@db/shop\"\n"),
        (
            "shop.py",
            r#"
import os
from sqlalchemy import URL, create_engine
from names import URL as IMPORTED

user, password = os.environ["DB_USER"], os.environ["DB_PASSWORD"]
driver = os.environ.get("DRIVER")
made = URL.create("postgresql+psycopg", username=user, password=password, host="db")

create_engine(f"postgresql://{user}:{password}@db/shop")
create_engine("mysql+pymysql://" + user + "@db/shop")
create_engine("postgresql://{}@db/shop".format(user))
create_engine("sqlite:///%s" % user)
create_engine(f"postgresql+{driver}://db/shop")
create_engine(made)
create_engine(IMPORTED)
create_engine(f"{driver}://db/shop")
create_engine(os.environ["DATABASE_URL"])
create_engine(f"postgresql://shop:{os.environ['DB_PASSWORD']}@db/shop")
"#,
        ),
    ]);
    let code = super::read(&setpoint_host::LiveHost, folder.path(), &[], super::LibraryCalls::All);
    let line = |call: &crate::library_call::LibraryCall| {
        let url = &call.arguments[0];
        let backend = url.backend.map_or_else(|| "unknown".to_owned(), |backend| backend.to_string());
        let from = url.from.as_ref().map(|from| format!(" from {}", from.name)).unwrap_or_default();
        format!("{}: {backend}{from}", call.place.line)
    };
    let engines = code.calls.iter().filter(|call| call.function.ends_with("create_engine"));
    assert_snapshot!(engines.map(line).collect::<Vec<_>>().join("\n"), @"
    9: PostgreSQL
    10: MySQL
    11: PostgreSQL
    12: SQLite
    13: PostgreSQL
    14: PostgreSQL
    15: unknown
    16: unknown
    17: unknown from DATABASE_URL
    18: PostgreSQL
    ");
}
