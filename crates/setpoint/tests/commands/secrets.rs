use crate::small_shop::small_shop;
use setpoint_testkit::Sandbox;

/// Every secret that is planted below. None is a word that the tool could say by itself.
const PLANTED: [&str; 12] = [
    "hunter2-of-the-env-file",
    "hunter2-of-code",
    "hunter2-of-a-url",
    "hunter2-of-the-unit",
    "hunter2-of-compose",
    "hunter2-of-an-image",
    "hunter2-of-gunicorn",
    "hunter2-of-a-broken-line",
    "hunter2-of-a-broken-file",
    "hunter2-of-the-register",
    "hunter2-of-an-override",
    "hunter2-of-a-command-line",
];

fn full_of_secrets() -> Sandbox {
    small_shop()
        .file(
            "shop/tokens.py",
            "import os\n\
             API_KEY = os.environ.get('SHOP_API_KEY', 'hunter2-of-code')\n\
             DATABASE = os.getenv('SHOP_DATABASE_URL', 'postgres://shop:hunter2-of-a-url@db/shop')\n",
        )
        .file("shop/broken.py", "SECRET_KEY = 'hunter2-of-a-broken-file\ndef (:\n")
        .file(".env", "SHOP_API_KEY hunter2-of-a-broken-line\nSHOP_OTHER_TOKEN='hunter2-of-a-broken-line\n")
        .file(
            "deploy/shop.service",
            "[Service]\nEnvironment=SHOP_API_KEY=hunter2-of-the-unit \"SHOP_DB_PASSWORD=hunter2-of-the-unit\n\
             ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app --env SHOP_API_KEY=hunter2-of-a-command-line\n",
        )
        .file(
            "compose.yaml",
            "services:\n  web:\n    build: .\n    environment:\n      SHOP_API_KEY: hunter2-of-compose\n    command: python -m shop\n",
        )
        .file("Dockerfile", "FROM python\nENV SHOP_API_KEY=hunter2-of-an-image\nCMD [\"python\", \"-m\", \"shop\"]\n")
        .file("gunicorn.conf.py", "raw_env = ['SHOP_API_KEY=hunter2-of-gunicorn']\n")
        .file(
            "setpoint.toml",
            "[service]\nname = 'shop'\n\n[environment.staging]\n\
             override = { SHOP_API_KEY = 'hunter2-of-an-override' }\nunts = [1]\n\n\
             [default.SHOP_API_KEY]\nvalue = 'hunter2-of-the-register'\nwhy = 5\n",
        )
}

const COMMANDS: [&str; 18] = [
    "capture",
    "capture --all",
    "capture --format json",
    "capture --write --all --dry-run",
    "capture --write --all",
    "capture --check",
    "explain SHOP_API_KEY",
    "explain SHOP_API_KEY --format json",
    "explain SHOP_SECRET_KEY",
    "explain SHOP_DATABASE_URL",
    "explain SHOP_DATABASE_URL --format json",
    "explain SHOP_DB_PASSWORD",
    "check",
    "check --format json",
    "check --format sarif",
    "check --format junit",
    "check --format github",
    "docs --output made",
];

fn assert_nothing_shown(shop: &Sandbox) {
    for command in COMMANDS {
        let said = shop.run(command);
        assert!(said.code.is_some_and(|code| code < 4), "{command}: {said}");
        for secret in PLANTED {
            assert!(!said.stdout.contains(secret), "`setpoint {command}` shows {secret}:\n{}", said.stdout);
            assert!(!said.stderr.contains(secret), "`setpoint {command}` shows {secret}:\n{}", said.stderr);
        }
    }
    for (path, text) in written(shop) {
        for secret in PLANTED {
            assert!(!text.contains(secret), "{path} holds {secret}:\n{text}");
        }
    }
}

#[test]
fn no_command_in_any_format_shows_one_of_a_broken_site() {
    assert_nothing_shown(&full_of_secrets());
}

#[test]
fn no_command_in_any_format_shows_or_stores_one() {
    let shop = full_of_secrets();
    shop.write("setpoint.toml", "[service]\nname = 'shop'\n");
    assert_nothing_shown(&shop);
    assert!(shop.path().join("setpoint.lock").exists(), "the lock was not written");
}

/// Without this, the tests above would pass on a capture that finds nothing.
#[test]
fn the_planted_secrets_are_found() {
    let said = full_of_secrets().run("capture --format json");
    let snapshot: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let default = snapshot["defaults"].as_array().unwrap().iter().find(|item| item["name"] == "SHOP_API_KEY").unwrap();
    let layers = default["readings"].as_array().unwrap().iter().map(|reading| reading["layer"].as_str().unwrap());
    assert_eq!(layers.collect::<Vec<_>>(), ["code", "image", "unit-environment", "unit-environment", "command-line"]);
    assert_eq!(default["secret"], true);
}

/// The files that only the tool can have written.
fn written(shop: &Sandbox) -> Vec<(String, String)> {
    let made = shop.path().join("made").read_dir().expect("the folder of the pages");
    let names = made.map(|entry| entry.expect("a page").file_name().into_string().expect("a page's name"));
    let paths = names.map(|name| format!("made/{name}")).chain(["setpoint.lock".to_owned()]);
    paths.filter(|path| shop.path().join(path).exists()).map(|path| (path.clone(), shop.read(&path))).collect()
}
