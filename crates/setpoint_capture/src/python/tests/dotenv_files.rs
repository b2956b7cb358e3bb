//! The `.env` files that code names, as far as they are there.

use super::{declared, folder};
use crate::{Request, capture};
use insta::assert_snapshot;
use setpoint_host::LiveHost;
use setpoint_model::{Layer, Value};

#[test]
fn every_library_s_way_to_name_one() {
    let files = [
        (
            "shop/settings.py",
            r#"
import os
from pathlib import Path
import environ
from decouple import Config, RepositoryEnv
from dotenv import find_dotenv, load_dotenv
from environs import Env
from pydantic_settings import BaseSettings
from starlette.config import Config as Starlette
BASE = Path(__file__).parent
load_dotenv("a.env")
load_dotenv(dotenv_path=BASE / "config" / "b.env")
load_dotenv(os.path.join(os.path.dirname(__file__), "c.env"))
load_dotenv(find_dotenv("d.env"))
environ.Env.read_env(str(BASE / "e.env"))
Env().read_env("f.env")
own = Config(RepositoryEnv("g.env"))
starlette = Starlette("h.env")
class Settings(BaseSettings):
    model_config = {"env_file": ("i.env", "./j.env", "missing.env")}
"#,
        ),
        ("a.env", ""),
        ("shop/config/b.env", ""),
        ("shop/c.env", ""),
        ("d.env", ""),
        ("shop/e.env", ""),
        ("f.env", ""),
        ("g.env", ""),
        ("h.env", ""),
        ("i.env", ""),
        ("j.env", ""),
    ];
    assert_snapshot!(declared(&files), @"
    reads a.env
    reads shop/config/b.env
    reads shop/c.env
    reads d.env
    reads shop/e.env
    reads f.env
    reads g.env
    reads h.env
    reads i.env
    reads j.env
    ");
}

#[test]
fn a_call_that_names_no_file_has_one_looked_for() {
    let call = |code: &str| {
        declared(&[
            ("shop/web/settings.py", code),
            (".env", ""),
            ("shop/.env", ""),
            ("settings.ini", ""),
            ("shop/web/other.py", ""),
        ])
    };
    assert_snapshot!(call("from dotenv import load_dotenv\nload_dotenv()\n"), @"reads shop/.env");
    assert_snapshot!(call("from dotenv import find_dotenv, load_dotenv\nload_dotenv(find_dotenv())\n"), @"reads shop/.env");
    assert_snapshot!(call("from dotenv import find_dotenv, load_dotenv\nload_dotenv(find_dotenv(usecwd=True))\n"), @"reads .env");
    assert_snapshot!(call("from environs import Env\nEnv().read_env()\n"), @"reads shop/.env");
    assert_snapshot!(call("import environ\nenviron.Env.read_env()\n"), @"");
    assert_snapshot!(call("from decouple import config\nPORT = config('PORT')\nHOST = config('HOST')\n"), @"
    shop/web/settings.py:2 decouple PORT (required)
    shop/web/settings.py:3 decouple HOST (required)
    reads shop/.env
    ");
    assert_snapshot!(call("from starlette.config import Config\nConfig()\n"), @"");
    assert_snapshot!(call("from shop.base import Settings\nSettings(_env_file='.env')\n"), @"reads .env");
    assert_snapshot!(call("from dotenv import load_dotenv\nfrom io import StringIO\nload_dotenv(stream=StringIO(''))\n"), @"");
    let class = |file: &str| {
        let head = "import os\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n";
        call(&format!("{head}    model_config = {{'env_file': {file}}}\n"))
    };
    assert_snapshot!(class("None"), @"");
    assert_snapshot!(class("os.environ['ENV_FILE']"), @"
    shop/web/settings.py:4 environ ENV_FILE (required, in Settings)
    reads a file known only when it runs
    ");
    assert_snapshot!(class("'.env'"), @"reads .env");
}

#[test]
fn a_file_outside_the_tree_is_taken_by_its_name_alone() {
    let files = [(
        "settings.py",
        r#"
from dotenv import load_dotenv
load_dotenv("/etc/passwd")
load_dotenv("../outside.env")
load_dotenv("/nowhere/shop.env")
load_dotenv(unknown)
load_dotenv()
"#,
    )];
    assert_snapshot!(declared(&files), @"reads a file known only when it runs");
}

#[test]
fn what_a_named_file_sets_is_effective_unless_it_is_meant_for_another_environment() {
    let code = r#"
import os
from dotenv import load_dotenv
load_dotenv("shop/inner.env")
load_dotenv("shop/inner-staging.env")
PORT = os.getenv("SHOP_PORT", "8000")
"#;
    let files =
        [("shop/app.py", code), ("shop/inner.env", "SHOP_PORT=9000"), ("shop/inner-staging.env", "SHOP_PORT=9001")];
    let folder = folder(&files);
    let request = Request { root: Some(folder.path().to_owned()), ..Request::default() };
    let snapshot = capture(&LiveHost, &request).unwrap().snapshot;
    let port = snapshot.defaults.iter().find(|default| default.name == "SHOP_PORT").unwrap();
    assert_eq!(port.effective_value(), Some(&Value::from("9000")));
    assert_eq!(port.effective.as_ref().map(|effective| effective.layer), Some(Layer::Dotenv));
}
