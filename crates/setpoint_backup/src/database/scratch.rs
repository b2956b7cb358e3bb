//! Names of scratch databases on a service's own server.

use setpoint_host::Host;
use setpoint_model::Problem;

/// What all of them begin with.
pub(super) const BEGINNING: &str = "setpoint_verify_";
/// No dump is loaded for longer, in seconds. The clocks of two machines can differ by a part of it.
const LONGEST: i64 = 24 * 60 * 60;

/// A name for what is loaded and then removed. It says when it was made.
///
/// # Errors
/// The machine has no random bytes.
pub(super) fn name(host: &dyn Host) -> Result<String, Problem> {
    let random = host.random().map_err(|refusal| refusal.problem())?;
    let random = u32::from_le_bytes(*random.first_chunk().unwrap_or(&[0; 4]));
    Ok(format!("{BEGINNING}{}_{random:08x}", host.now().timestamp().as_second()))
}

/// True for the name of one whose process was killed before it could remove it.
pub(super) fn is_left_behind(host: &dyn Host, name: &str) -> bool {
    let parts = name.strip_prefix(BEGINNING).and_then(|rest| rest.split_once('_'));
    let Some((made, random)) = parts else { return false };
    let is_ours = random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    let made = made.parse::<i64>().ok().filter(|_| is_ours);
    made.is_some_and(|made| host.now().timestamp().as_second() - made > LONGEST)
}

#[cfg(test)]
mod tests {
    use super::{is_left_behind, name};
    use setpoint_host::FixtureHost;

    #[test]
    fn one_is_left_behind_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let host = FixtureHost::new(folder.path());
        let made = name(&host).unwrap();
        assert!(!is_left_behind(&host, &made));
        host.set_clock(jiff::SignedDuration::from_hours(25));
        assert!(is_left_behind(&host, &made));
        for other in ["setpoint_verify_", "setpoint_verify_1_mine", "setpoint_verify_x_0123abcd", "shop_1_0123abcd"] {
            assert!(!is_left_behind(&host, other), "{other}");
        }
    }
}
