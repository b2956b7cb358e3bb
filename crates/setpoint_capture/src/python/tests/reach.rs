//! Which processes import the file of a call, which declared value an argument is, and where texts set a journal mode.

use super::{folder, read};
use insta::assert_snapshot;
use setpoint_host::LiveHost;
use setpoint_model::ProcessState;

#[test]
fn processes_import_what_their_modules_name_and_the_packages_around_it() {
    let folder = folder(&[
        ("src/shop/__init__.py", ""),
        ("src/shop/main.py", "from shop import pages\nimport shop.clients.prices as prices\n"),
        ("src/shop/pages.py", "def page():\n    from .payments import charge\n    return charge()\n"),
        ("src/shop/payments.py", "import httpx\ndef charge():\n    return httpx.post('https://a.example')\n"),
        ("src/shop/clients/__init__.py", "import httpx\nclient = httpx.Client()\n"),
        ("src/shop/clients/prices.py", ""),
        ("src/shop/report.py", "import httpx\nhttpx.get('https://b.example')\n"),
        ("bin/nightly.py", "import shop.report\n"),
        ("src/shop/orphan.py", "import httpx\nhttpx.get('https://c.example')\n"),
    ]);
    let process = |name: &str, app: &str| ProcessState {
        name: name.to_owned(),
        app: Some(app.to_owned()),
        ..ProcessState::default()
    };
    let processes = [process("web", "shop.main:app"), process("nightly", "/srv/shop/bin/nightly.py")];
    let mut code = read(&LiveHost, folder.path(), &processes);
    code.calls.sort_by(|one, two| one.place.cmp(&two.place));
    let lines = code.calls.iter().map(|call| format!("{} {:?}", call.place.file, call.imported_by));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    src/shop/clients/__init__.py ["web"]
    src/shop/orphan.py []
    src/shop/payments.py ["web"]
    src/shop/report.py ["nightly"]
    "#);
}

#[test]
fn an_argument_is_a_declared_value_unless_something_is_made_of_it() {
    let folder = folder(&[(
        "prices.py",
        r#"
import os, httpx
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    patience: float = 20.0
settings = Settings()
ENV = os.getenv("ENV", "dev")
DEBUG = os.getenv("DEBUG", "") == "1"
httpx.get("a", timeout=settings.patience)
httpx.get("b", timeout=int(os.getenv("A-B", "7")))
httpx.get("c", timeout=float(os.environ.get("C") or "8"))
httpx.get("d", follow_redirects=DEBUG)
httpx.get("e", timeout=settings.patience * 2)
httpx.get("f", timeout=None if ENV == "production" else 5)
httpx.get("g", timeout=None if os.getenv("ENV", "dev") == "production" else 5)
httpx.get("h", timeout=10 + int(os.getenv("H", "1")))
httpx.get("i", follow_redirects=not DEBUG)
httpx.get("j", follow_redirects=ENV == "production")
"#,
    )]);
    let code = read(&LiveHost, folder.path(), &[]);
    let arguments = code.calls.iter().filter_map(|call| call.arguments.get(1));
    let line = |argument: &crate::library_call::Argument| {
        let from = argument.from.as_ref().map_or("-", |from| &from.name);
        format!("{from} {}", argument.text.reveal())
    };
    assert_snapshot!(arguments.map(line).collect::<Vec<_>>().join("\n"), @r#"
    PATIENCE settings.patience
    A-B int(os.getenv("A-B", "7"))
    C float(os.environ.get("C") or "8")
    DEBUG DEBUG
    - settings.patience * 2
    - None if ENV == "production" else 5
    - None if os.getenv("ENV", "dev") == "production" else 5
    - 10 + int(os.getenv("H", "1"))
    - not DEBUG
    - ENV == "production"
    "#);
}

#[test]
fn a_journal_mode_is_set_by_a_text() {
    let folder = folder(&[(
        "database.py",
        "# journal_mode\ndef wal(connection, mode):\n    connection.execute('pragma journal_mode=wal')\n    \
         connection.execute(f'PRAGMA JOURNAL_MODE = {mode}')\n",
    )]);
    let code = read(&LiveHost, folder.path(), &[]);
    let lines = code.journal_modes.iter().map(ToString::to_string);
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    database.py:3:24
    database.py:4:24
    ");
}
