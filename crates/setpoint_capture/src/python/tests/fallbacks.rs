//! What holds where a variable is not set, and what branches make of a value.

use super::declared;
use insta::assert_snapshot;

#[test]
fn statements_behind_a_read_say_what_holds_without_it() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
import os

def port():
    if not (port := os.getenv("PORT")):
        return 8000
    return int(port)

def host():
    host = os.environ.get("HOST")
    if host is None:
        log("no host")
        host = "localhost"
    return host

def workers():
    try:
        workers = int(os.environ["WORKERS"])
    except KeyError:
        workers = 4
    return workers

LEVEL = os.getenv("LEVEL", "").strip()
if LEVEL == "":
    LEVEL = "info"

URL = os.getenv("URL")
if not URL:
    URL = make_url()

OTHER = os.getenv("OTHER")
print(OTHER)
if not OTHER:
    OTHER = "not right behind its read"

GIVEN = os.getenv("GIVEN", "given")
if not GIVEN:
    GIVEN = "only where it is set to nothing"

REFUSED = os.getenv("REFUSED")
if REFUSED is None:
    raise SystemExit("REFUSED is not set")
"#)]), @r#"
    settings.py:5 environ PORT = 8000 (in port)
    settings.py:12 environ HOST = "localhost" (in host)
    settings.py:19 environ WORKERS: int = 4 (in workers)
    settings.py:22 environ LEVEL = ""
    settings.py:26 environ URL
    settings.py:30 environ OTHER
    settings.py:35 environ GIVEN = "given"
    settings.py:39 environ REFUSED
    "#
    );
}

#[test]
fn a_list_that_a_branch_adds_to_is_known_where_the_test_is() {
    assert_snapshot!(
        declared(&[("shop/settings.py", r#"
import os
DEBUG = False
SMALL = 2 < 3
SECURE = os.getenv("SECURE")
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
if DEBUG:
    INSTALLED_APPS += ["debug_toolbar"]
MIDDLEWARE = ["a"]
if SMALL:
    MIDDLEWARE += ["b"]
if not DEBUG:
    MIDDLEWARE.append("c")
TEMPLATES = ["a"]
if SECURE:
    TEMPLATES += ["b"]
LOADERS = ["a"]
if SECURE:
    LOADERS.append("b")
if DEBUG:
    CACHE = "none"
else:
    CACHE = "redis"
for app in os.listdir("apps"):
    DATABASES = [app]
"#)]), @r#"
    shop/settings.py:2 django-settings DEBUG = false
    shop/settings.py:3 django-settings SMALL = true
    shop/settings.py:4 django-settings SECURE = dynamic `os.getenv("SECURE")`
    shop/settings.py:4 environ SECURE
    shop/settings.py:5 django-settings ROOT_URLCONF = "shop.urls"
    shop/settings.py:8 django-settings INSTALLED_APPS = ["shop"]
    shop/settings.py:11 django-settings MIDDLEWARE = ["a","b","c"]
    shop/settings.py:16 django-settings TEMPLATES = ["a"]
    shop/settings.py:17 django-settings LOADERS = ["a"]
    shop/settings.py:23 django-settings CACHE = "redis"
    shop/settings.py:25 django-settings DATABASES = dynamic `[app]`
    "#
    );
}

#[test]
fn a_module_that_its_package_does_not_have_is_not_imported() {
    assert_snapshot!(
        declared(&[
            ("shop/__init__.py", ""),
            ("shop/settings.py", r#"
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
try:
    from .local import PORT
except ImportError:
    PORT = 8000
try:
    from shop.errors import ERRORS
except ImportError:
    ERRORS = {}
try:
    from elsewhere import NAMES
except ImportError:
    NAMES = []
"#)]), @r#"
    shop/settings.py:1 django-settings INSTALLED_APPS = ["shop"]
    shop/settings.py:2 django-settings ROOT_URLCONF = "shop.urls"
    shop/settings.py:6 django-settings PORT = 8000
    shop/settings.py:10 django-settings ERRORS = {}
    shop/settings.py:14 django-settings NAMES = dynamic `[]`
    "#
    );
}
