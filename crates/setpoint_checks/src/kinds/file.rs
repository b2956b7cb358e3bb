//! Looks at a file or folder.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::proposal::Keys;
use crate::refusal::not_read;
use crate::scene::Scene;
use setpoint_host::{Host, Kind, Status};
use setpoint_model::register::{FileCheck, FileType, Worded as _};
use setpoint_model::{Failure, Reason, Value};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// No longer file is read for its text or hash, in bytes.
const LONGEST: u64 = 64 << 20;
const READABLE: &str = "a file that this user may look at";

pub(crate) fn subject(check: &FileCheck) -> String {
    check.file.clone()
}

/// Who may do what with it. What a file says, how long it is and when it was written changes by itself.
pub(crate) fn propose(file: &str, scene: &Scene<'_>, _: Deadline) -> Result<Keys, Failure> {
    let path = scene.folder.join(file);
    let status = scene.host.status(&path).map_err(|refusal| not_read(&refusal, READABLE))?;
    let own = path.strip_prefix(scene.folder).unwrap_or(&path).to_string_lossy();
    let own = if own.is_empty() { ".".into() } else { own };
    let mut keys = vec![("file", Value::Text(own.into_owned()))];
    let is = match status.kind {
        Kind::Folder => Some(FileType::Folder),
        Kind::Socket => Some(FileType::Socket),
        Kind::File | Kind::Link | Kind::Other => None,
    };
    keys.extend(is.map(|is| ("is", is.as_str().into())));
    keys.push(("mode", Value::Text(format!("{:04o}", status.mode))));
    keys.push(("user", Value::Text(name_of(scene.host, "/etc/passwd", status.user))));
    Ok(keys)
}

pub(crate) fn look(check: &FileCheck, scene: &Scene<'_>) -> Look {
    let path = scene.folder.join(&check.file);
    let status = match scene.host.status(&path) {
        Ok(status) => status,
        // A link that leads nowhere is there all the same.
        Err(refusal) if refusal.is_missing() && check.is != Some(FileType::Link) => {
            let missing = || Failure::new(Reason::Missing, "it does not exist", "it to exist");
            return check.exists.then(missing).map_or_else(Look::default, Look::failed);
        }
        Err(refusal) if refusal.is_missing() => return is_link(&path, scene.host),
        Err(refusal) => return Look::failed(not_read(&refusal, READABLE)),
    };
    if !check.exists {
        return Look::failed(Failure::new(Reason::Unwanted, "it exists", "nothing of that name"));
    }
    let mut look = Look::default();
    look.expect(check.is.and_then(|wanted| is_a(&path, scene.host, status, wanted)));
    look.expect(check.mode.filter(|mode| *mode != status.mode).map(|mode| {
        Failure::new(Reason::WrongRights, format!("its mode is {:04o}", status.mode), format!("{mode:04o}"))
    }));
    look.expect(owner("owner", check.user.as_deref(), || name_of(scene.host, "/etc/passwd", status.user)));
    look.expect(owner("group", check.group.as_deref(), || name_of(scene.host, "/etc/group", status.group)));
    look.expect(check.size_at_most.filter(|most| status.length > *most).map(|most| {
        Failure::new(Reason::TooMuch, format!("it has {} bytes", status.length), format!("{most} at most"))
    }));
    if let Some(most) = check.age_at_most {
        let age = u64::try_from(scene.now() - status.modified).unwrap_or(0);
        look.expect((age > most.as_secs()).then(|| {
            let message = format!("it was written {age} s ago");
            Failure::new(Reason::WrongAge, message, format!("{} ago at most", expect::duration(most)))
        }));
    }
    if check.text.is_empty() && check.sha256.is_none() {
        return look;
    }
    match scene.host.read(&path, LONGEST) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let wrong =
                check.text.iter().filter_map(|expected| expect::text("its text", &text, expected, Reason::WrongText));
            look.failures.extend(wrong);
            look.expect(check.sha256.as_ref().and_then(|wanted| hash(&bytes, wanted)));
        }
        Err(refusal) => look.expect([not_read(&refusal, READABLE)]),
    }
    look
}

fn is_link(path: &Path, host: &dyn Host) -> Look {
    match host.link_target(path) {
        Ok(_) => Look::default(),
        Err(_) => Look::failed(Failure::new(Reason::Missing, "it does not exist", "a link")),
    }
}

fn is_a(path: &Path, host: &dyn Host, status: Status, wanted: FileType) -> Option<Failure> {
    let is_it = match wanted {
        FileType::File => status.kind == Kind::File,
        FileType::Folder => status.kind == Kind::Folder,
        FileType::Link => host.link_target(path).is_ok(),
        FileType::Socket => status.kind == Kind::Socket,
    };
    let found = match status.kind {
        Kind::File => "a file",
        Kind::Folder => "a folder",
        Kind::Link => "a link",
        Kind::Socket => "a socket",
        Kind::Other => "a device or pipe",
    };
    (!is_it).then(|| Failure::new(Reason::WrongState, format!("it is {found}"), format!("a {}", wanted.as_str())))
}

fn owner(what: &str, wanted: Option<&str>, found: impl Fn() -> String) -> Option<Failure> {
    let (wanted, found) = (wanted?, found());
    (wanted != found)
        .then(|| Failure::new(Reason::WrongRights, format!("its {what} is `{found}`"), format!("`{wanted}`")))
}

/// The name of a user or group (passwd(5), group(5)); its number where the file has none.
pub(super) fn name_of(host: &dyn Host, file: &str, number: u32) -> String {
    let text = host.read(&PathBuf::from(file), LONGEST).unwrap_or_default();
    let number = number.to_string();
    let named = String::from_utf8_lossy(&text).lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    named.unwrap_or(number)
}

fn hash(bytes: &[u8], wanted: &str) -> Option<Failure> {
    let found = Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    (!found.eq_ignore_ascii_case(wanted))
        .then(|| Failure::new(Reason::WrongValue, format!("its SHA-256 is `{found}`"), format!("`{wanted}`")))
}
