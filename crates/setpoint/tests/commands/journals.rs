//! Journals that are damaged, or of another version, hinder other changes no longer than somebody needs to look.

use crate::change::{shop, stable};
use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

/// A shop in which change 1 was kept, and its journal.
fn shop_with_a_change() -> (Sandbox, String) {
    let shop = shop();
    shop.run("change SHOP_POOL_SIZE=30 --yes --window 1");
    let journal = shop.read(".state/changes/1/journal");
    (shop, journal)
}

#[test]
fn a_journal_that_is_damaged_hinders_only_until_it_is_set_aside() {
    let (shop, journal) = shop_with_a_change();
    shop.run("change SHOP_POOL_SIZE=31 --yes --window 1");
    shop.write(".state/changes/1/journal", journal.replacen("\"kept\"", "\"lost\"", 1));
    assert_snapshot!(stable(&shop.run("change list")), @"
    exit: 0
    --- stdout
    2  DAY  applied and kept  SHOP_POOL_SIZE = 31
    1                    unreadable
    --- stderr
    warning: the journal of a change is damaged
      ([ROOT]/.state/changes/1/journal:10:1); expected each line as
      it was written; retry: safe once this is mended; nothing was changed
    hint: nothing is done on such a ground; the files that the change touched are
      named in the journal's first line, and `setpoint change set-aside NUMBER` lets
      other changes go on once you have looked at them
    ");
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE=32 --yes --window 1"), @"
    exit: 3
    --- stdout
    SHOP_POOL_SIZE  31 → 32
      stands in deploy/shop.env:1 (environment-file)

    deploy/shop.env:1
    -SHOP_POOL_SIZE=31
    +SHOP_POOL_SIZE=32

    setpoint.toml:6
    -value = 31 # a checkout holds one
    +value = 32 # a checkout holds one

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 1 s
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    error: the journal of a change is damaged
      --> [ROOT]/.state/changes/1/journal:10:1
    expected: each line as it was written
    retry: safe once this is mended; nothing was changed
    hint: nothing is done on such a ground; the files that the change touched are
      named in the journal's first line, and `setpoint change set-aside NUMBER` lets
      other changes go on once you have looked at them
    ");
    assert_snapshot!(shop.run("recover"), @"
    exit: 5
    --- stderr
    warning: the journal of a change is damaged
      ([ROOT]/.state/changes/1/journal:10:1); expected each line as
      it was written; retry: safe once this is mended; nothing was changed
    hint: nothing is done on such a ground; the files that the change touched are
      named in the journal's first line, and `setpoint change set-aside NUMBER` lets
      other changes go on once you have looked at them
    ");
    // What was made beside it can be taken back all the same.
    assert_snapshot!(stable(&shop.run("rollback --yes")), @"
    exit: 0
    --- stdout
    rolled back and verified: change 2, SHOP_POOL_SIZE = 31
      note: [ROOT]/notes/DAY-change-2.md
    ");
    assert_snapshot!(shop.run("change set-aside 2 --yes"), @"
    exit: 2
    --- stderr
    error: the journal of change 2 can be read: it is rolled back and verified
    expected: one that is damaged, or of another version
    retry: safe, nothing was changed
    ");
    // Nobody is asked about one that is not there.
    assert_snapshot!(shop.run("change set-aside 99"), @"
    exit: 2
    --- stderr
    error: there is no change 99
    expected: a change of this machine
    retry: safe, nothing was changed
    ");
    assert_snapshot!(shop.run("change set-aside 1 --yes"), @"
    exit: 0
    --- stdout
    change 1 is set aside in `[ROOT]/.state/changes/1-set-aside`
    ");
    assert_snapshot!(shop.run("change set-aside 1 --yes"), @"
    exit: 2
    --- stderr
    error: there is no change 1
    expected: a change of this machine
    retry: safe, nothing was changed
    ");
    let said = stable(&shop.run("change SHOP_POOL_SIZE=33 --yes --window 1"));
    assert!(said.contains("applied and kept: change 3"), "{said}");
    assert_eq!(shop.read(".state/changes/1-set-aside/journal"), journal.replacen("\"kept\"", "\"lost\"", 1));
}

#[test]
fn the_number_of_the_last_change_is_not_given_again_when_it_is_set_aside() {
    let (shop, journal) = shop_with_a_change();
    shop.write(".state/changes/1/journal", format!("x{journal}"));
    shop.run("change set-aside 1 --yes");
    let said = stable(&shop.run("change SHOP_POOL_SIZE=33 --yes --window 1"));
    assert!(said.contains("applied and kept: change 2"), "{said}");
}

#[test]
fn a_journal_of_another_version_is_not_called_damaged() {
    let (shop, _) = shop_with_a_change();
    // What a later version might write: an event that this one does not know, with its right checksum.
    let line = r#"f8d6b1f33e602792 {"at":"2030-01-01T00:00:00Z","event":"foretold"}"#;
    shop.write(".state/changes/1/journal", format!("{line}\n"));
    assert_snapshot!(shop.run("rollback 1 --yes"), @"
    exit: 3
    --- stderr
    error: the journal of a change was written by another version of setpoint
      --> [ROOT]/.state/changes/1/journal
    expected: one of a setpoint that writes journals in form 1 or an older one
    retry: safe, nothing was changed
    hint: use the version that made the change, or a newer one; `setpoint change
      set-aside NUMBER` leaves it unread
    ");
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE=32 --yes --window 1"), @"
    exit: 3
    --- stdout
    SHOP_POOL_SIZE  30 → 32
      stands in deploy/shop.env:1 (environment-file)

    deploy/shop.env:1
    -SHOP_POOL_SIZE=30
    +SHOP_POOL_SIZE=32

    setpoint.toml:6
    -value = 30 # a checkout holds one
    +value = 32 # a checkout holds one

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 1 s
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    error: the journal of a change was written by another version of setpoint
      --> [ROOT]/.state/changes/1/journal
    expected: one of a setpoint that writes journals in form 1 or an older one
    retry: safe, nothing was changed
    hint: use the version that made the change, or a newer one; `setpoint change
      set-aside NUMBER` leaves it unread
    ");
}
