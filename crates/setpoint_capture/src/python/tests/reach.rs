//! Which processes import the file of a call, and where texts set a journal mode.

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
