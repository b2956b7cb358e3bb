//! Settings of the servers beside the service: a database, a pooler, a queue. Capture may read them from the machine;
//! where it does not, people write them into the register under the same names.

use crate::Facts;
use crate::setting::Setting;
use setpoint_model::{Layer, Mechanism};

/// What such names begin with: `postgresql.max_connections`.
const PREFIXES: [&str; 4] = ["postgresql.", "mysql.", "pgbouncer.", "redis-server."];

/// True for the name of a setting of such a server, which no code of the service declares.
pub(crate) fn is_of_a_backend(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

impl<'a> Facts<'a> {
    /// A setting of a server beside the service: as it was captured, else as it is documented.
    pub(crate) fn of_backend(self, name: &str) -> Option<Setting<'a>> {
        let captured = self.snapshot.defaults.iter().find(|default| default.name == name);
        if let Some(default) = captured {
            return Setting::new(default, default.effective.as_ref()?);
        }
        let entry = self.register?.defaults.iter().find(|entry| entry.name == name)?;
        Some(Setting {
            name: &entry.name,
            place: &entry.place,
            layer: Layer::Host,
            mechanism: Mechanism::Library,
            value: entry.value.as_ref()?,
        })
    }
}

impl Setting<'_> {
    /// A time as PostgreSQL writes one: a number alone is milliseconds here, and 0 switches the limit off
    /// (postgresql.org, "Setting Parameters", and `idle_session_timeout`).
    pub(crate) fn postgresql_seconds(self) -> Option<f64> {
        let text = self.text();
        let text = text.trim();
        let unit = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
        let scale = match &text[unit..] {
            "" | "ms" => 0.001,
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        text[..unit].trim().parse::<f64>().ok().map(|number| number * scale)
    }
}
