//! Looks at the room on a disk.

use crate::look::Look;
use crate::scene::Scene;
use setpoint_model::register::DiskCheck;
use setpoint_model::{Failure, Reason};

pub(crate) fn subject(check: &DiskCheck) -> String {
    check.disk.clone()
}

pub(crate) fn look(check: &DiskCheck, scene: &Scene<'_>) -> Look {
    let space = match scene.host.space(&scene.folder.join(&check.disk)) {
        Ok(space) => space,
        Err(refusal) => {
            let reason = if refusal.is_missing() { Reason::Missing } else { Reason::Refused };
            return Look::failed(Failure::new(reason, refusal.to_string(), "a path on a disk"));
        }
    };
    let mut look = Look::default();
    look.expect(check.free_at_least.filter(|least| space.free < *least).map(|least| {
        Failure::new(Reason::TooLittle, format!("{} bytes are free", space.free), format!("{least} or more"))
    }));
    look.expect(check.used_at_most.and_then(|most| used("of it are used", space.size, space.free, most)));
    look.expect(
        check
            .inodes_used_at_most
            .and_then(|most| used("of its inodes are used", space.inodes, space.inodes_free, most)),
    );
    look
}

/// As df(1) rounds, upwards: what is full is never called less.
fn used(what: &str, all: u64, free: u64, most: u8) -> Option<Failure> {
    let percent = (u128::from(all - free.min(all)) * 100).div_ceil(u128::from(all.max(1)));
    (percent > u128::from(most))
        .then(|| Failure::new(Reason::TooMuch, format!("{percent} % {what}"), format!("{most} % at most")))
}
