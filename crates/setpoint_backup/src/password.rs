//! The repository's password. It is never printed.

use crate::location::Location;
use crate::{private_file, sentences};
use setpoint_host::{Access, Host};
use setpoint_model::Problem;
use std::path::{Path, PathBuf};

/// The file in the state folder, where the register names none.
const FILE: &str = "backup-password";
/// No password is longer, in bytes.
const LONGEST: u64 = 4096;

/// Where the password is, and whether the tool may make it.
#[derive(Clone, Debug)]
pub(crate) enum PasswordFile {
    /// The register names it; it is the person's.
    Named(PathBuf),
    /// The tool's own.
    Own(PathBuf),
}

impl PasswordFile {
    pub(crate) fn of(named: Option<&Path>, state: &Path) -> Self {
        named.map_or_else(|| Self::Own(state.join(FILE)), |file| Self::Named(file.to_owned()))
    }

    /// The password of a repository that is there.
    pub(crate) fn read(&self, host: &dyn Host, location: &Location) -> Result<String, Problem> {
        match (self, self.look(host)?) {
            (_, Some(password)) => Ok(password),
            (Self::Named(file), None) => Err(sentences::no_password_file(file)),
            (Self::Own(file), None) => Err(sentences::lost_password(file, location)),
        }
    }

    /// The password for a new repository, and the file that was made for it just now.
    pub(crate) fn read_or_make(&self, host: &dyn Host) -> Result<(String, Option<PathBuf>), Problem> {
        match (self, self.look(host)?) {
            (_, Some(password)) => Ok((password, None)),
            (Self::Named(file), None) => Err(sentences::no_password_file(file)),
            (Self::Own(file), None) => {
                let random = || host.random().map_err(|refusal| refusal.problem());
                let bytes = [random()?, random()?].concat();
                let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let written = host.write_with(file, format!("{password}\n").as_bytes(), Access::PRIVATE);
                written.map_err(|refusal| refusal.problem())?;
                Ok((password, Some(file.clone())))
            }
        }
    }

    fn look(&self, host: &dyn Host) -> Result<Option<String>, Problem> {
        let (Self::Named(file) | Self::Own(file)) = self;
        let bytes = private_file::read(host, file, LONGEST, "the password of the repository")?;
        let Some(bytes) = bytes else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|_| sentences::bad_password_file(file, "is not UTF-8"))?;
        // As restic reads it: one line, without its end.
        let password = text.lines().next().unwrap_or_default();
        if password.is_empty() {
            return Err(sentences::bad_password_file(file, "is empty"));
        }
        Ok(Some(password.to_owned()))
    }
}
