//! Whole modules and classes of settings: Django, Flask and traitlets.

use super::declared;
use insta::assert_snapshot;

#[test]
fn django_runs_the_module_that_the_entry_point_names() {
    assert_snapshot!(
        declared(&[("shop/wsgi.py", r#"
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.production")
"#), ("shop/settings/__init__.py", ""), ("shop/settings/base.py", r#"
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
DEBUG = True
TIMEOUT = 30
lower = 1
_PRIVATE = 2
"#), ("shop/settings/production.py", r#"
import os
from .base import *
DEBUG = False
INSTALLED_APPS += ["monitoring"]
SECRET_KEY = os.environ["SECRET_KEY"]
"#), ("shop/settings/local.py", "from .base import *\nDEBUG = True")]), @r#"
    shop/settings/base.py:2 django-settings ROOT_URLCONF = "shop.urls"
    shop/settings/base.py:4 django-settings TIMEOUT = 30
    shop/settings/production.py:3 django-settings DEBUG = false
    shop/settings/production.py:4 django-settings INSTALLED_APPS = ["shop","monitoring"]
    shop/settings/production.py:5 django-settings SECRET_KEY = dynamic `os.environ["SECRET_KEY"]`
    shop/settings/production.py:5 environ SECRET_KEY (required)
    shop/wsgi.py:2 environ DJANGO_SETTINGS_MODULE = "shop.settings.production"
    "#
    );
}

#[test]
fn without_an_entry_point_what_looks_like_settings_is_taken() {
    assert_snapshot!(
        declared(&[("shop/conf.py", "
INSTALLED_APPS = []
MIDDLEWARE = []
DEBUG = False
"), ("shop/conf_dev.py", "from shop.conf import *\nDEBUG = True")]), @"
    shop/conf.py:1 django-settings INSTALLED_APPS = []
    shop/conf.py:2 django-settings MIDDLEWARE = []
    shop/conf.py:3 django-settings DEBUG = false
    "
    );
}

#[test]
fn flask_loads_a_module_a_class_or_a_file() {
    assert_snapshot!(
        declared(&[("app.py", r#"
from flask import Flask
import config
from config import Production
app = Flask(__name__)
app.config.from_object("shop_config")
app.config.from_object("config.Production")
app.config.from_object(config.Staging())
app.config.from_pyfile("extra.py")
"#), ("shop_config.py", "PAGE_SIZE = 20\nname = 1"), ("config.py", r#"
class Base:
    DEBUG = False
    POOL = 5
class Production(Base):
    POOL = 20
class Staging(Base):
    STAGE = "s"
"#), ("extra.py", "EXTRA = 1")]), @r#"
    config.py:2 flask-config DEBUG = false (in Base)
    config.py:2 flask-config DEBUG = false (in Base)
    config.py:3 flask-config POOL = 5 (in Base)
    config.py:5 flask-config POOL = 20 (in Production)
    config.py:7 flask-config STAGE = "s" (in Staging)
    extra.py:1 flask-config EXTRA = 1
    shop_config.py:1 flask-config PAGE_SIZE = 20
    "#
    );
}

#[test]
fn flask_takes_the_default_of_the_variable_that_names_its_configuration() {
    assert_snapshot!(
        declared(&[("app.py", r#"
import os
def create(settings=None):
    app = make()
    app.config.from_object(settings or os.environ.get("SHOP_SETTINGS", "config"))
"#), ("config.py", "LIMIT = 5")]), @r#"
    app.py:4 environ SHOP_SETTINGS = "config" (in create)
    config.py:1 flask-config LIMIT = 5
    "#
    );
}

#[test]
fn traitlets() {
    assert_snapshot!(
        declared(&[("spawner.py", r#"
from traitlets import Bool, Dict, Enum, Float, Instance, Integer, List, Unicode, Union, default
from traitlets.config import Configurable
class Spawner(Configurable):
    start_timeout = Integer(60, help="Seconds\n to wait").tag(config=True)
    old_style = Float(1.5, config=True)
    name = Unicode().tag(config=True)
    debug = Bool().tag(config=True)
    hosts = List(Unicode(), default_value=["a"]).tag(config=True)
    kind = Enum(["a", "b"], default_value="b").tag(config=True)
    limits = Dict().tag(config=True)
    made = Unicode().tag(config=True)
    @default("made")
    def _make(self): return compute()
    either = Union([Integer(7), Unicode()]).tag(config=True)
    internal = Integer(5)
class Local(Spawner):
    start_timeout = Integer(30).tag(config=True)
"#)]), @r#"
    spawner.py:4 traitlets Spawner.start_timeout: Integer = 60 (in Spawner, "Seconds to wait")
    spawner.py:5 traitlets Spawner.old_style: Float = 1.5 (in Spawner)
    spawner.py:6 traitlets Spawner.name: Unicode = "" (in Spawner)
    spawner.py:7 traitlets Spawner.debug: Bool = false (in Spawner)
    spawner.py:8 traitlets Spawner.hosts: List = ["a"] (in Spawner)
    spawner.py:9 traitlets Spawner.kind: Enum = "b" (in Spawner)
    spawner.py:10 traitlets Spawner.limits: Dict = {} (in Spawner)
    spawner.py:11 traitlets Spawner.made: Unicode = dynamic `` (in Spawner)
    spawner.py:14 traitlets Spawner.either: Union = 7 (in Spawner)
    spawner.py:17 traitlets Local.start_timeout: Integer = 30 (in Local)
    "#
    );
}
