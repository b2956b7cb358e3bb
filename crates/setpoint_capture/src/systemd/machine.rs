use super::UnitFiles;
use setpoint_formats::unit::{Specifiers, UnitName};
use setpoint_host::Host;
use std::path::Path;

/// What the specifiers of an installed unit stand for on this machine, as far as files say it (systemd.unit(5), table 4).
pub(super) fn specifiers(host: &dyn Host, files: &UnitFiles<'_>) -> Specifiers {
    let line = |path: &str| {
        let bytes = host.read(Path::new(path), 4096).ok()?;
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let mut specifiers = Specifiers::of_system_unit(&UnitName::new(files.name))
        .with('y', files.fragment.display().to_string())
        .with('Y', files.fragment.parent().unwrap_or(Path::new("/")).display().to_string());
    if let Some(name) = line("/proc/sys/kernel/hostname") {
        let short = name.split('.').next().unwrap_or_default().to_owned();
        specifiers = specifiers.with('H', name).with('l', short);
    }
    let identities = [('m', "/etc/machine-id"), ('v', "/proc/sys/kernel/osrelease")];
    for (specifier, path) in identities {
        if let Some(value) = line(path) {
            specifiers = specifiers.with(specifier, value);
        }
    }
    if let Some(boot) = line("/proc/sys/kernel/random/boot_id") {
        specifiers = specifiers.with('b', boot.replace('-', ""));
    }
    specifiers
}
