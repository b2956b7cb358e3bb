//! Who we are to the store. The secret is never printed, and stands in no register.

use crate::{private_file, sentences};
use setpoint_formats::environment_file;
use setpoint_host::Host;
use setpoint_model::Problem;
use std::path::Path;

/// No such file is longer, in bytes.
const LONGEST: u64 = 64 << 10;

/// A key of the store with its secret, under the names that restic gives them in the environment.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// Comes with a key that is only lent.
    pub(crate) token: Option<String>,
    /// The region, where the file has it.
    pub(crate) region: Option<String>,
}

impl Key {
    /// Reads the file, which a unit could name as its `EnvironmentFile=`, so that restic can be given the same.
    pub(crate) fn read(host: &dyn Host, file: &Path) -> Result<Self, Problem> {
        let bytes = private_file::read(host, file, LONGEST, "the key of the store")?;
        let bytes = bytes.ok_or_else(|| sentences::no_credentials_file(file))?;
        let (settings, _) = environment_file::parse(&bytes);
        // Where a name comes twice, the later one counts.
        let value = |name: &str| {
            let found = settings.iter().rev().find(|setting| setting.key == name);
            found.map(|setting| setting.value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let needed = |name: &'static str| value(name).ok_or_else(|| sentences::no_credential(file, name));
        Ok(Self {
            id: needed("AWS_ACCESS_KEY_ID")?,
            secret: needed("AWS_SECRET_ACCESS_KEY")?,
            token: value("AWS_SESSION_TOKEN"),
            region: value("AWS_DEFAULT_REGION"),
        })
    }
}
