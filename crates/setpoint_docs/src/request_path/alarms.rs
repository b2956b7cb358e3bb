//! What the rules say of a hop: findings reach it by the default that they are about.

use super::{Alarm, Hop, HopKind};
use setpoint_model::Finding;

/// Marks each hop, and each limit, with the worst finding about it that nobody has accepted. `unit` is the unit whose
/// path it is.
pub(super) fn raise(hops: &mut [Hop], findings: &[Finding], unit: Option<&str>) {
    let concerns = |finding: &&Finding| {
        let process = finding.process.as_deref();
        finding.is_about_working_together()
            && finding.waived.is_none()
            && (process.is_none() || unit.is_none() || process == unit)
    };
    for finding in findings.iter().filter(concerns) {
        let Some(default) = finding.subject.clone() else { continue };
        let Some(hop) = hop_of(hops, &default) else { continue };
        let (severity, code, message) = (finding.severity, finding.code, finding.message.clone());
        let alarm = Alarm { severity, code, default, message };
        let limits = hop.blocks.iter_mut().flat_map(|block| &mut block.limits);
        for limit in limits.filter(|limit| limit.default.as_ref() == Some(&alarm.default)) {
            keep_worst(&mut limit.alarm, &alarm);
        }
        keep_worst(&mut hop.alarm, &alarm);
    }
}

/// Of equal ones the first stays: findings come the worst first, and then by their codes.
fn keep_worst(kept: &mut Option<Alarm>, other: &Alarm) {
    if kept.as_ref().is_none_or(|kept| kept.severity < other.severity) {
        *kept = Some(other.clone());
    }
}

/// The hop whose program the default belongs to; what belongs to none of the programs is the application's.
fn hop_of<'h>(hops: &'h mut [Hop], default: &str) -> Option<&'h mut Hop> {
    let program = default.split(['.', '[']).next().unwrap_or(default);
    let is_it = |hop: &Hop| match (program, hop.kind) {
        ("nginx", HopKind::Proxy) => hop.title == "nginx",
        ("caddy", HopKind::Proxy) => hop.title == "Caddy",
        ("gunicorn", HopKind::Server) => hop.title == "gunicorn",
        ("uvicorn", HopKind::Server) => hop.title != "gunicorn",
        // The unit's properties stand at the first program that it starts.
        ("systemd", kind) => kind == HopKind::Server || kind == HopKind::Application,
        ("gunicorn" | "uvicorn" | "nginx" | "caddy", _) => false,
        (_, kind) => kind == HopKind::Application,
    };
    hops.iter_mut().find(|hop| is_it(hop))
}
