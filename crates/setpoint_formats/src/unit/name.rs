/// A unit's name in its parts (systemd.unit(5)): `PREFIX@INSTANCE.TYPE` or `PREFIX.TYPE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitName {
    /// Before the `@` or the type.
    pub prefix: String,
    /// After the `@`: empty for a template, `None` without an `@`.
    pub instance: Option<String>,
    /// `service`, `socket`.
    pub kind: String,
}

impl UnitName {
    /// The parts of a name; without a type it is a service, as on systemctl's command line.
    pub fn new(name: &str) -> Self {
        let (stem, kind) = match name.rsplit_once('.') {
            Some((stem, kind)) if KINDS.contains(&kind) => (stem, kind),
            Some(_) | None => (name, "service"),
        };
        let (prefix, instance) = match stem.split_once('@') {
            Some((prefix, instance)) => (prefix, Some(instance.to_owned())),
            None => (stem, None),
        };
        Self { prefix: prefix.to_owned(), instance, kind: kind.to_owned() }
    }

    /// The whole name.
    pub fn full(&self) -> String {
        format!("{}.{}", self.without_kind(), self.kind)
    }

    /// The name without its type.
    pub fn without_kind(&self) -> String {
        match &self.instance {
            Some(instance) => format!("{}@{instance}", self.prefix),
            None => self.prefix.clone(),
        }
    }

    /// `web@.service` for `web@1.service`; `None` for what is no instance.
    pub fn template(&self) -> Option<Self> {
        let is_instance = self.instance.as_deref().is_some_and(|instance| !instance.is_empty());
        is_instance.then(|| Self { instance: Some(String::new()), ..self.clone() })
    }
}

/// The types of units (systemd.unit(5)).
const KINDS: [&str; 11] =
    ["service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope"];

/// Undoes the escaping of paths in unit names: `-` is `/`, `\x2d` a byte (`unit_name_unescape`).
pub(super) fn unescape(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.bytes().next() {
        let escaped = rest.strip_prefix("\\x").and_then(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok());
        let (byte, length) = match escaped {
            Some(byte) => (byte, 4),
            None if first == b'-' => (b'/', 1),
            None => {
                let letter = rest.chars().next().map_or(1, char::len_utf8);
                bytes.extend_from_slice(&rest.as_bytes()[..letter]);
                rest = &rest[letter..];
                continue;
            }
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
