//! Journals that machines have, written by the versions of each form. They are never written anew: a program that does not
//! read one of them any more could not take back what it speaks of.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use setpoint_change::{Journal, note};
use setpoint_host::{Host as _, LiveHost};

/// What is read of it: how it ended, and the note.
fn read(text: &[u8]) -> String {
    let folder = LiveHost.temporary_folder().unwrap();
    let path = folder.path().join("journal");
    LiveHost.write(&path, text).unwrap();
    let journal = Journal::open(&LiveHost, &path).unwrap();
    assert_eq!(journal.records().len(), text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count());
    note(1, &journal).unwrap()
}

#[test]
fn a_change_of_form_1() {
    insta::assert_snapshot!(read(include_bytes!("journals/1-change")), @r#"
    +++
    title = "SHOP_TIMEOUT = 60"
    change = 1
    result = "applied and kept"
    begun = 2026-11-01T12:00:00Z
    ended = 2026-11-01T12:00:06Z
    defaults = ["SHOP_TIMEOUT"]
    environment = "production"
    +++

    # SHOP_TIMEOUT = 60

    Change 1: **applied and kept**.

    ## What

    - `SHOP_TIMEOUT`: 30 → 60
    - `/etc/shop/shop.env`: edited
    - `/etc/systemd/system/shop.service.d/50-setpoint.conf`: new
    - `/etc/shop/old.env`: removed
    - reversible

    ## Steps

    - capture as found: done in 0.0 s; nothing was wrong before
    - backup: done in 0.0 s; compared:
      - the journal, read back, gives each of 3 files as it was found
    - dead man's switch: `setpoint-change-1-1793534400000.timer`, until 2026-11-01T12:00:36Z
    - apply: done in 0.0 s
    - watch: done in 6.0 s

    ## Commands that were run

    | command | result | took |
    |---|---|---|
    | `systemctl daemon-reload` | exit 0 | 0.0 s |
    | `systemctl restart shop.service` | exit 0 | 0.0 s |

    ## Assumptions

    - what goes wrong shows within 6.0 s; what shows later was not waited for

    ## Back

    `setpoint rollback 1` on the same machine puts back what this change itself recorded.

    ## Again

    ```sh
    setpoint change 'SHOP_TIMEOUT=60'
    ```

    Without Setpoint:

    1. `cp -p /etc/shop/shop.env /etc/shop/shop.env.before`, and edit `/etc/shop/shop.env`
    2. make `/etc/systemd/system/shop.service.d/50-setpoint.conf`; to get back, remove it
    3. `mv /etc/shop/old.env /etc/shop/old.env.before`
    4. `systemctl daemon-reload`
    5. `systemctl restart shop.service`
    6. watch the logs for 6.0 s; if something is wrong, copy the files back and do the same again
    "#);
}

#[test]
fn a_release_of_form_1() {
    insta::assert_snapshot!(read(include_bytes!("journals/1-release")), @r#"
    +++
    title = "release by `./deploy.sh`"
    change = 1
    result = "rolled back and verified"
    begun = 2026-11-01T12:00:00Z
    ended = 2026-11-01T12:00:04Z
    defaults = []
    +++

    # release by `./deploy.sh`

    Change 1: **rolled back and verified**.

    ## What

    - reversible

    ## Steps

    - capture as found: done in 0.0 s; nothing was wrong before
    - backup: done in 0.0 s; compared:
      - the journal, read back, gives the file as it was found
    - apply: done in 0.0 s; the code is at one
    - watch: **failed**: health: 500; expected the service to be as well as it was before; retry: look first: something was changed
    - the command that takes it back left otherwise than found, and the journal put back:
      - `/srv/shop/.env`
    - put back, and compared with as found: the same

    ## Commands that were run

    | command | result | took |
    |---|---|---|
    | `./deploy.sh` | exit 0 | 0.0 s |
    | `./deploy.sh --previous` | exit 0 | 0.0 s |
    | `systemctl restart shop.service` | exit 0 | 0.0 s |

    ## Assumptions

    - what goes wrong shows within 6.0 s; what shows later was not waited for
    - the service has no database that the command could alter
    - the way back works, though no rehearsal showed it

    Without Setpoint:

    1. `tar --create --absolute-names --file=before.tar /srv/shop/.env`
    2. `cd /srv/shop && ./deploy.sh`
    3. watch the logs for 6.0 s; if something is wrong, `cd /srv/shop && ./deploy.sh --previous`, then `tar --extract --absolute-names --file=before.tar`
    "#);
}
