use crate::small_shop::small_shop;
use insta::assert_snapshot;

/// A machine on which nothing was rehearsed.
fn shop(register: &str) -> setpoint_testkit::Sandbox {
    let shop = small_shop().file("setpoint.toml", register);
    let state = shop.path().join("state").display().to_string();
    shop.variable("SETPOINT_STATE", &state)
}

const RELEASE: &str = "[release]\ndeploy = \"./deploy.sh\"\nrollback = \"./deploy.sh --previous\"\n";
const STAGING: &str = "[environment.production]\n\n[environment.staging]\ncopy_from = \"production\"\n\
                       units = [\"shop-staging-of-a-test.service\"]\noverride = { SHOP_POOL_SIZE = 5 }\n";

#[test]
fn without_a_register_a_release_or_a_staging_there_is_nothing_to_rehearse() {
    assert_snapshot!(small_shop().run("rehearse --yes"), @"");
    assert_snapshot!(shop("[service]\nname = \"shop\"\n").run("rehearse --yes"), @"");
    assert_snapshot!(shop(RELEASE).run("rehearse --yes"), @"");
    assert_snapshot!(shop(&format!("[environment.production]\n\n{RELEASE}")).run("rehearse --environment production"), @"");
}

#[test]
fn a_staging_that_is_not_there_is_said_how_to_put_in_place() {
    assert_snapshot!(shop(&format!("{STAGING}\n{RELEASE}")).run("rehearse --yes"), @"");
}

#[test]
fn a_release_without_a_proof_is_refused_and_shown() {
    let shop = shop(&format!("{STAGING}\n{RELEASE}"));
    assert_snapshot!(shop.run("release --environment production --yes"), @"");
    assert_snapshot!(shop.run("release --environment production --dry-run"), @"");
    assert_snapshot!(shop.run("rehearse list"), @"");
    assert_snapshot!(shop.run("rehearse list --format json"), @"");
}
