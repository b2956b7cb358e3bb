//! Changes of what stands in a block of nginx, and of what one of several processes has.

use crate::change::shop;
use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

fn behind_nginx() -> Sandbox {
    shop().file("deploy/nginx/shop.conf", include_str!("../../../../examples/shop/deploy/nginx/shop.conf"))
}

#[test]
fn the_main_way_changes_alone_where_another_block_says_the_same() {
    assert_snapshot!(behind_nginx().run("change nginx.proxy_read_timeout=150s --dry-run"), @r"
    exit: 0
    --- stdout
    nginx.proxy_read_timeout  30s → 150s
      stands in deploy/nginx/shop.conf:25 (proxy)

    deploy/nginx/shop.conf:25
    -        proxy_read_timeout 30s;
    +        proxy_read_timeout 150s;

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    would find: SP001 undocumented: `nginx[shop.example ~
      (?s)^/catalog/.*\z].proxy_read_timeout` is set in `deploy/nginx/shop.conf` and
      not documented
    ");
}

#[test]
fn a_block_has_equals_signs_of_its_own() {
    let shop = behind_nginx();
    let said = shop.run_words(&["change", "nginx[shop.example = /health].proxy_read_timeout=5s", "--dry-run"]);
    assert_snapshot!(said, @"
    exit: 0
    --- stdout
    nginx[shop.example = /health].proxy_read_timeout  2s → 5s
      stands in deploy/nginx/shop.conf:30 (proxy)

    deploy/nginx/shop.conf:30
    -        proxy_read_timeout 2s;
    +        proxy_read_timeout 5s;

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    ");
}

#[test]
fn a_block_that_comes_to_say_what_the_main_way_says() {
    let shop = behind_nginx();
    let said = shop.run_words(&["change", "nginx[shop.example = /health].proxy_read_timeout=30s", "--dry-run"]);
    assert_snapshot!(said, @"
    exit: 0
    --- stdout
    nginx[shop.example = /health].proxy_read_timeout  2s → 30s
      stands in deploy/nginx/shop.conf:30 (proxy)

    deploy/nginx/shop.conf:30
    -        proxy_read_timeout 2s;
    +        proxy_read_timeout 30s;

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    ");
}

#[test]
fn a_line_goes_to_the_only_process_of_its_program() {
    let shop = shop()
        .file("deploy/shop.service", "[Service]\nExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app\n")
        .file("deploy/jobs.service", "[Service]\nExecStart=/srv/shop/.venv/bin/celery -A shop.jobs worker\n");
    assert_snapshot!(shop.run("change gunicorn.threads=4 --dry-run"), @"
    exit: 0
    --- stdout
    gunicorn.threads  (not set) → 4
      is added to deploy/shop.service:2 (unit)
      with it: systemd.ExecStart

    deploy/shop.service:2
    -ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app
    +ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app --threads 4

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    would find: SP001 undocumented: `gunicorn.threads` is set in
      `deploy/shop.service` and not documented
    ");
    assert_snapshot!(shop.run("change gunicorn.threads=4 --process shop --dry-run"), @"
    exit: 2
    --- stderr
    error: there is no process `shop`
    expected: one of jobs.service, shop.service
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_file_for_all_to_read_is_no_place_for_a_secret() {
    let shop = shop();
    let set = |mode| {
        let file = shop.path().join("deploy/shop.env");
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    set(0o644);
    let said = shop.run("change SHOP_SECRET_KEY=correct-horse-battery --dry-run").to_string();
    assert!(said.contains("every user of the machine may read"), "{said}");
    set(0o640);
    let said = shop.run("change SHOP_SECRET_KEY=correct-horse-battery --dry-run").to_string();
    assert!(!said.contains("every user of the machine may read"), "{said}");
}

#[test]
fn a_number_is_not_empty_unless_the_settings_say_so() {
    let shop = shop();
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE= --dry-run"), @"
    exit: 2
    --- stderr
    error: `SHOP_POOL_SIZE` would be empty, which is no `int`
    expected: a value of that type
    retry: safe once this is mended; nothing was changed
    ");
    let settings = shop.read("shop/settings.py").replace("env_prefix=", "env_ignore_empty=True, env_prefix=");
    let said = shop.file("shop/settings.py", &settings).run("change SHOP_POOL_SIZE= --dry-run").to_string();
    assert!(!said.contains("would be empty"), "{said}");
}
