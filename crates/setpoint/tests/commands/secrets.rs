use crate::small_shop::small_shop;
use setpoint_testkit::Sandbox;

/// Every secret that is planted below. None is a word that the tool could say by itself.
const PLANTED: [&str; 26] = [
    "hunter2-of-a-matcher",
    "hunter2-of-an-answer",
    "hunter2-of-a-cookie",
    "hunter2-of-a-dotted-header",
    "hunter2-of-a-health-uri",
    "hunter2-of-a-fallback",
    "hunter2-of-a-policy",
    "hunter2-of-nginx",
    "hunter2-of-caddy",
    "hunter2-of-supervisor",
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
    "hunter2-of-a-login",
    "hunter2-of-a-mapping",
    "hunter2-of-a-guess",
    "hunter2-of-old-code",
];

fn full_of_secrets() -> Sandbox {
    small_shop()
        .file(
            "shop/tokens.py",
            "import os\n\
             API_KEY = os.environ.get('SHOP_API_KEY', 'hunter2-of-code')\n\
             DATABASE = os.getenv('SHOP_DATABASE_URL', 'postgres://shop:hunter2-of-a-url@db/shop')\n",
        )
        .file(
            "shop/repeated.py",
            "import os\nimport click\n\
             TOKEN = os.getenv('SHOP_GUESSED_TOKEN', read() or 'hunter2-of-a-guess')\n\
             LABEL = os.getenv('SHOP_LABEL', 'the token hunter2-of-a-guess of the door')\n\
             HEALTH = os.getenv('SHOP_HEALTH', 'curl -u shop:hunter2-of-a-login http://db')\n\
             LOGIN = os.getenv('SHOP_LOGIN', 'open with hunter2-of-a-login')\n\
             PROBES = os.getenv('SHOP_PROBES', ['--dsn', {'x': ['hunter2-of-code']}])\n\
             BACKUP = os.getenv('SHOP_BACKUP', 'dump postgres://shop:hunter2-of-a-url@old/shop')\n\
             QUERY = os.getenv('SHOP_QUERY', f'select {os.getcwd()} hunter2-of-code')\n\
             @click.command()\n\
             @click.option('--dump', envvar='SHOP_DUMP', default='x hunter2-of-code', help='Not hunter2-of-the-unit')\n\
             def dump(): ...\n",
        )
        .file(
            ".old/tokens.py",
            "import os\n\
             API_KEY = os.environ.get('SHOP_API_KEY', 'hunter2-of-old-code')\n\
             TOKEN = os.environ.get('SHOP_OLD_TOKEN', 'hunter2-of-old-code')\n\
             DATABASE = os.getenv('SHOP_DATABASE_URL', 'postgres://shop:hunter2-of-old-code@db/old')\n\
             LABEL = os.getenv('SHOP_LABEL', 'the token hunter2-of-old-code of the door')\n",
        )
        .file(".old/broken.py", "SECRET_KEY = 'hunter2-of-old-code\ndef (:\n")
        .file("shop/broken.py", "SECRET_KEY = 'hunter2-of-a-broken-file\ndef (:\n")
        .file(".env", "SHOP_API_KEY hunter2-of-a-broken-line\nSHOP_OTHER_TOKEN='hunter2-of-a-broken-line\n")
        .file(
            "deploy/shop.service",
            "[Service]\nEnvironment=SHOP_API_KEY=hunter2-of-the-unit \"SHOP_DB_PASSWORD=hunter2-of-the-unit\n\
             ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app --env SHOP_API_KEY=hunter2-of-a-command-line \
             --name hunter2-of-the-unit --access-logformat 'x hunter2-of-the-unit'\n\
             ExecStartPre=curl -u shop:hunter2-of-a-login http://db\n\
             Environment=\"SHOP_DUMP=dump --dsn hunter2-of-the-unit\" SHOP_PROCESS=x,hunter2-of-the-unit,y\n\n\
             [Unit]\nDescription=hunter2-of-the-unit\n",
        )
        .file(
            "compose.yaml",
            "services:\n  web:\n    build: .\n    environment:\n      SHOP_API_KEY: hunter2-of-compose\n      \
             SHOP_HEALTH: '[\"curl\", \"-u\", \"shop:hunter2-of-a-login\"]'\n      \
             SHOP_POOL_SIZE: hunter2-of-compose\n    command: python -m shop\n",
        )
        .file(
            "deploy/supervisord.conf",
            "[program:jobs]\ncommand=python -m shop --token hunter2-of-supervisor\n\
             environment=SHOP_API_KEY=\"hunter2-of-supervisor\",SHOP_POOL_SIZE=\"hunter2-of-supervisor\"\n",
        )
        .file(
            "deploy/Caddyfile",
            "{\n\tacme_dns cloudflare hunter2-of-caddy\n\tdebug\n}\nshop.example {\n\ttls {\n\t\tdns cloudflare hunter2-of-caddy\n\t}\n\
             \tbasic_auth /admin/* {\n\t\tadmin hunter2-of-caddy\n\t}\n\tbasicauth /x {\n\t\tadmin hunter2-of-caddy\n\t}\n\
             \t@door header X-Token hunter2-of-caddy\n\trespond @door 404\n\
             \trequest_header X-Api-Key hunter2-of-caddy\n\treverse_proxy 127.0.0.1:8000 {\n\
             \t\theader_up Authorization \"Bearer hunter2-of-caddy\"\n\t\theader_up X-Secret-Token {$T:hunter2-of-caddy}\n\
             \t\theader_up X-Label \"the token hunter2-of-caddy\"\n\t}\n}\n\"hunter2-of-caddy { \n",
        )
        // Nothing but its own place tells of each of these: a secret that was found once is hidden everywhere.
        .file(
            "deploy/sessions.caddy",
            "sessions.example {\n\trespond /s?key=hunter2-of-a-matcher 403\n\theader Set-Cookie \"sid=hunter2-of-an-answer\"\n\
             \treverse_proxy 127.0.0.1:8001 {\n\t\theader_up Cookie \"sid=hunter2-of-a-cookie\"\n\
             \t\theader_up X-Api-Key.v2 hunter2-of-a-dotted-header\n\t\thealth_uri /health?key=hunter2-of-a-health-uri&x=1\n\
             \t\tlb_policy header X-Room {\n\t\t\tfallback cookie lb hunter2-of-a-fallback\n\t\t}\n\t}\n\
             \treverse_proxy /a* 127.0.0.1:8001 {\n\t\tlb_policy cookie lb hunter2-of-a-policy\n\t}\n}\n",
        )
        .file(
            "deploy/nginx.conf",
            "http {\n server {\n  listen 80;\n  location / {\n   proxy_pass http://127.0.0.1:8000;\n\
             \x20  proxy_set_header Cookie sid=hunter2-of-nginx;\n\
             \x20  proxy_cache shop; proxy_cache_key sid=hunter2-of-nginx;\n  }\n }\n}\n",
        )
        .file("Dockerfile", "FROM python\nENV SHOP_API_KEY=hunter2-of-an-image\nCMD [\"python\", \"-m\", \"shop\"]\n")
        .file("gunicorn.conf.py", "raw_env = ['SHOP_API_KEY=hunter2-of-gunicorn']\nbind = ['hunter2-of-gunicorn:80']\n")
        .file(
            "setpoint.toml",
            "[service]\nname = 'shop'\n\n[environment.staging]\n\
             override = { SHOP_API_KEY = 'hunter2-of-an-override' }\nunts = [1]\n\n\
             [default.SHOP_API_KEY]\nvalue = 'hunter2-of-the-register'\nwhy = 5\n\
             [default.SHOP_PROBES]\nvalue = { a = [{ PASSWORD = 'hunter2-of-a-mapping' }] }\n\
             [default.SHOP_LABEL]\nvalue = 'x hunter2-of-code'\nwhy = 'like hunter2-of-the-unit'\n\
             [default.SHOP_MAIL_FROM]\nvalue = 'curl -u shop:hunter2-of-a-login'\n\
             [cache.pages]\nmatch = '/*'\nttl = '60s'\ncached = ['/']\nrollback = 'like hunter2-of-the-unit'\n",
        )
}

const COMMANDS: [&str; 58] = [
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
    "explain SHOP_GUESSED_TOKEN",
    "explain SHOP_LABEL",
    "explain SHOP_LABEL --format json",
    "explain SHOP_HEALTH",
    "explain SHOP_LOGIN",
    "explain SHOP_PROBES",
    "explain SHOP_QUERY",
    "explain SHOP_DUMP",
    "explain SHOP_POOL_SIZE",
    "explain gunicorn.bind",
    "explain caddy.reverse_proxy",
    "explain caddy.reverse_proxy.header_up.Authorization",
    "explain caddy.reverse_proxy.header_up.X-Label",
    "explain caddy[shop.example/admin/*].basic_auth",
    "explain caddy.options.debug",
    "explain caddy.reverse_proxy.header_up.Cookie",
    "explain caddy.reverse_proxy.lb_policy.secret",
    "explain caddy.reverse_proxy.health_uri",
    "explain nginx.proxy_set_header.Cookie",
    "check",
    "check --format json",
    "check --format sarif",
    "check --format junit",
    "check --format github",
    "check --format tap",
    "check --format nagios",
    "cache check",
    "cache explain /",
    "cache nginx",
    "cache check --format json",
    "docs --output made",
    "change --process shop.service SHOP_POOL_SIZE=30 --dry-run",
    "change --process shop.service SHOP_SECRET_KEY=another-one --dry-run",
    "change --process shop.service SHOP_DATABASE_URL=postgres://shop@db/shop --dry-run",
    "change gunicorn.bind=127.0.0.1:1 --print-runbook",
    "change --process shop.service SHOP_POOL_SIZE=30 --yes --window 1",
    "change list --format json",
    "change show",
    "rollback --yes",
    "diff .old .",
    "diff . .old",
    "diff .old . --format json",
    "diff .old . --format markdown",
    "diff setpoint.lock .",
    "diff .env .",
    "diff shop/tokens.py deploy/shop.service",
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
    let state = shop.path().join(".state").display().to_string();
    let shop = shop.variable("SETPOINT_STATE", &state);
    assert_nothing_shown(&shop);
    let said = shop.run("change --process shop.service SHOP_POOL_SIZE=30 --yes --window 1");
    assert!(shop.path().join(".state/changes/1/note.md").exists(), "{said}");
    assert!(shop.path().join("setpoint.lock").exists(), "the lock was not written");
}

/// What is no secret stays, although it stands beside one.
#[test]
fn innocent_words_are_not_hidden() {
    let shop = crate::empty()
        .file(
            "shop/settings.py",
            "import os\n\
             from dotenv import load_dotenv\n\
             load_dotenv('shop.env')\n\
             TOKEN = os.getenv('SHOP_TOKEN', read('SHOP_HOST', 'utf-8') or 'localhost')\n\
             SECRET = os.getenv('SHOP_SECRET', 'development')\n\
             HOST = os.getenv('SHOP_HOST', 'localhost')\n\
             STAGE = os.getenv('SHOP_STAGE', 'development')\n\
             LOGIN = os.getenv('DISABLE_PASSWORD_AUTH', '1').lower() in ('1', 'true')\n",
        )
        .file("shop.env", "POSTGRES_PASSWORD=postgres\nPOSTGRES_USER=postgres\nDISABLE_PASSWORD_AUTH=True\n");
    let said = shop.run("capture --format json");
    let snapshot: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let defaults = snapshot["defaults"].as_array().unwrap().iter();
    let shown: Vec<String> = defaults
        .map(|item| {
            let secret = if item["secret"] == true { "secret" } else { "open" };
            format!("{} {} {secret}", item["name"], item["effective"]["value"])
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
        "DISABLE_PASSWORD_AUTH" "True" open
        "POSTGRES_PASSWORD" null secret
        "POSTGRES_USER" "postgres" open
        "SHOP_HOST" "localhost" open
        "SHOP_SECRET" null secret
        "SHOP_STAGE" "development" open
        "SHOP_TOKEN" null secret
        "#);
}

/// A password may be given to what only asks whether there is one.
#[test]
fn what_is_no_switch_stays_a_secret_whatever_its_type() {
    let shop = crate::empty()
        .file("shop/settings.py", "import os\nfrom dotenv import load_dotenv\nload_dotenv('shop.env')\nHAS_ONE = bool(os.getenv('SHOP_ADMIN_PASSWORD'))\n")
        .file("shop.env", "SHOP_ADMIN_PASSWORD=hunter2-of-the-env-file\n");
    let said = shop.run("capture --format json");
    assert!(!said.stdout.contains("hunter2") && said.stdout.contains("\"secret\": true"), "{said}");
}

/// Without this, the tests above would pass on a capture that finds nothing.
#[test]
fn the_planted_secrets_are_found() {
    let said = full_of_secrets().run("capture --format json");
    let snapshot: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let default = snapshot["defaults"].as_array().unwrap().iter().find(|item| item["name"] == "SHOP_API_KEY").unwrap();
    let layers = default["readings"].as_array().unwrap().iter().map(|reading| reading["layer"].as_str().unwrap());
    assert_eq!(
        layers.collect::<Vec<_>>(),
        ["code", "image", "unit-environment", "unit-environment", "unit-environment", "command-line"]
    );
    assert_eq!(default["secret"], true);
}

/// The files that only the tool can have written.
fn written(shop: &Sandbox) -> Vec<(String, String)> {
    let made = shop.path().join("made").read_dir().expect("the folder of the pages");
    let names = made.map(|entry| entry.expect("a page").file_name().into_string().expect("a page's name"));
    let paths = names
        .map(|name| format!("made/{name}"))
        .chain(["setpoint.lock", ".state/changes/1/journal", ".state/changes/1/note.md"].map(str::to_owned));
    paths.filter(|path| shop.path().join(path).exists()).map(|path| (path.clone(), shop.read(&path))).collect()
}
