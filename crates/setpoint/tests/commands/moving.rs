//! What the lock says that production needs of its machine, on a machine that has nothing of it.

use crate::small_shop::small_shop;
use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

const REGISTER: &str = "[service]\nname = \"shop\"\nowner = \"shop team\"\n\n[environment.production]\nunits = [\"shop-of-nowhere.service\"]\n\n[backup]\nrepository = \"/var/backups/setpoint\"\ninclude = [\"/etc/shop-of-nowhere\"]\n";
const LOCK: &str = r#"version = 1

# What `production` needs of its machine; `setpoint check --environment production` says what another one lacks.
[machine.production.group]
shop-of-nowhere = {}

[machine.production.user]
shop-of-nowhere = { group = "shop-of-nowhere", home = "/srv/shop", shell = "/usr/sbin/nologin" }

[machine.production.file]
"/etc/shop-of-nowhere/shop.env" = { mode = "0640", owner = "root:shop-of-nowhere" }

[machine.production.variables."/etc/shop-of-nowhere/shop.env"]
SHOP_POOL_SIZE = 20
SHOP_SECRET_KEY = { secret = true }

[machine.production.unit]
"shop-of-nowhere.service" = { enabled = true }
"#;

fn next_machine() -> Sandbox {
    small_shop().file("setpoint.toml", REGISTER).file("setpoint.lock", LOCK)
}

#[test]
fn each_lack_has_its_command() {
    let rules = "--only SP138 --only SP139 --only SP141 --only SP143 --only SP144";
    assert_snapshot!(next_machine().run(&format!("check --environment production {rules}")), @"
    exit: 1
    --- stdout
    error[SP138] missing-group: the group `shop-of-nowhere` is missing
    expected: a group of that name
    hint: sudo groupadd --system shop-of-nowhere

    error[SP139] missing-user: the user `shop-of-nowhere` is missing
    expected: a user of that name
    hint: sudo useradd --system --gid shop-of-nowhere --home-dir /srv/shop --shell /usr/sbin/nologin shop-of-nowhere

    error[SP141] missing-file: the file `/etc/shop-of-nowhere/shop.env` is missing
    expected: 0640 root:shop-of-nowhere
    hint: sudo setpoint backup restore latest --yes

    error[SP144] missing-unit: the unit `shop-of-nowhere.service` is missing
    expected: a unit that is started with the machine
    hint: sudo systemctl daemon-reload && sudo systemctl enable --now shop-of-nowhere.service

    4 errors
    5 rules asked about 16 defaults; `setpoint explain SP138` says more about a rule
    --- stderr
    this machine has no file, user or unit of `production`; where that runs on
      another one, `--url` asks that one alone
    ");
}

#[test]
fn a_folder_alone_and_a_server_elsewhere_are_not_asked() {
    let shop = next_machine();
    assert!(!shop.run("check").stdout.contains("shop-of-nowhere.service"));
    let said = shop.run("check --environment production --url http://127.0.0.1:9");
    assert!(!said.stdout.contains("is missing"), "{said}");
}

#[test]
fn another_machine_does_not_forget_what_production_needs() {
    let shop = next_machine();
    shop.run("capture --environment production --write");
    let (_, machine) = LOCK.split_once("# What").unwrap();
    assert!(shop.read("setpoint.lock").ends_with(machine), "{}", shop.read("setpoint.lock"));
}
