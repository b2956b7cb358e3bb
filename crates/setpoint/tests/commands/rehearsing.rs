use crate::small_shop::small_shop;
use insta::assert_snapshot;

/// A machine on which nothing was rehearsed.
fn shop(register: &str) -> setpoint_testkit::Sandbox {
    let shop = small_shop().file("setpoint.toml", register);
    let state = shop.path().join("state").display().to_string();
    shop.variable("SETPOINT_STATE", &state)
}

const RELEASE: &str =
    "[service]\nname = \"shop\"\n\n[release]\ndeploy = \"./deploy.sh\"\nrollback = \"./deploy.sh --previous\"\n";
const STAGING: &str = "[environment.production]\n\n[environment.staging]\ncopy_from = \"production\"\n\
                       units = [\"shop-staging-of-a-test.service\"]\noverride = { SHOP_POOL_SIZE = 5 }\n";

#[test]
fn without_a_register_a_release_or_a_staging_there_is_nothing_to_rehearse() {
    assert_snapshot!(small_shop().run("rehearse --yes"), @"
    exit: 2
    --- stderr
    error: there is no `setpoint.toml` here or above
    expected: a register that says how a version is put in place
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
    assert_snapshot!(shop("[service]\nname = \"shop\"\n").run("rehearse --yes"), @"
    exit: 2
    --- stderr
    error: the register does not say how a version is put in place
    expected: `[release]` with `deploy` and `rollback`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop(RELEASE).run("rehearse --yes"), @"
    exit: 2
    --- stderr
    error: the register has no staging
    expected: `staging` in `[release]`, or one environment with `copy_from`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop(&format!("[environment.production]\n\n{RELEASE}")).run("rehearse --environment production"), @"
    exit: 2
    --- stderr
    error: `[environment.production]` is no copy of another
    expected: `copy_from` with the environment that it stands for
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_staging_that_is_not_there_is_said_how_to_put_in_place() {
    assert_snapshot!(shop(&format!("{STAGING}\n{RELEASE}")).run("rehearse --yes"), @"
    exit: 2
    --- stderr
    error: systemd knows none of the units of `staging`:
      shop-staging-of-a-test.service
    expected: a staging on this machine, in place and running
    retry: safe once this is mended; nothing was changed
    hint: name them with `units`, and put staging in place once with the real
      command: `cd [ROOT] && SETPOINT_ENVIRONMENT='staging'
      SHOP_POOL_SIZE='5' ./deploy.sh`
    ");
}

#[test]
fn a_release_without_a_proof_is_refused_and_shown() {
    let shop = shop(&format!("{STAGING}\n{RELEASE}"));
    assert_snapshot!(shop.run("release --environment production --yes"), @"
    exit: 2
    --- stdout
    run   ./deploy.sh
    back  ./deploy.sh --previous
    keep  [ROOT]/deploy/shop.service
    keep  [ROOT]/deploy/shop.env
    it is reversible; watched for 600 s
    --- stderr
    note: `[ROOT]` is in no git repository, so that of its files
      only those that were captured are kept and known again: the rest is for
      `./deploy.sh --previous` to bring back
    error: nothing shows that the way back works: it was never rehearsed
    expected: a fresh rehearsal of the same commands
    retry: safe once this is mended; nothing was changed
    hint: `setpoint rehearse --environment staging`; `--without-rehearsal` does
      without
    ");
    assert_snapshot!(shop.run("release --environment production --dry-run"), @"
    exit: 0
    --- stdout
    run   ./deploy.sh
    back  ./deploy.sh --previous
    keep  [ROOT]/deploy/shop.service
    keep  [ROOT]/deploy/shop.env
    it is reversible; watched for 600 s
    --- stderr
    note: `[ROOT]` is in no git repository, so that of its files
      only those that were captured are kept and known again: the rest is for
      `./deploy.sh --previous` to bring back
    not proven: nothing shows that the way back works: it was never rehearsed;
      `setpoint rehearse --environment staging`; `--without-rehearsal` does without
    would be refused: `[ROOT]/deploy.sh` does not exist
      ([ROOT]/deploy.sh:1:1); expected a file or folder of that
      name; retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("rehearse list"), @"
    exit: 0
    --- stdout
    nothing was rehearsed on this machine
    ");
    assert_snapshot!(shop.run("rehearse list --format json"), @"
    exit: 0
    --- stdout
    []
    ");
}
