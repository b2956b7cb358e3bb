use super::{Directive, UnitName};

/// The keys that gather values over all files until an empty value takes back what came before; every other key
/// holds its last value (systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.resource-control(5)).
pub const LIST_KEYS: [&str; 64] = [
    "After",
    "Alias",
    "Also",
    "Before",
    "BindPaths",
    "BindReadOnlyPaths",
    "BindsTo",
    "CapabilityBoundingSet",
    "AmbientCapabilities",
    "CacheDirectory",
    "ConfigurationDirectory",
    "Conflicts",
    "DeviceAllow",
    "Documentation",
    "Environment",
    "EnvironmentFile",
    "ExecCondition",
    "ExecPaths",
    "ExecReload",
    "ExecSearchPath",
    "ExecStart",
    "ExecStartPost",
    "ExecStartPre",
    "ExecStop",
    "ExecStopPost",
    "InaccessiblePaths",
    "IPAddressAllow",
    "IPAddressDeny",
    "JoinsNamespaceOf",
    "LoadCredential",
    "LoadCredentialEncrypted",
    "LogExtraFields",
    "LogFilterPatterns",
    "LogsDirectory",
    "NoExecPaths",
    "OnFailure",
    "OnSuccess",
    "PartOf",
    "PassEnvironment",
    "PropagatesReloadTo",
    "PropagatesStopTo",
    "ReadOnlyPaths",
    "ReadWritePaths",
    "ReloadPropagatedFrom",
    "RequiredBy",
    "Requires",
    "RequiresMountsFor",
    "Requisite",
    "RestartForceExitStatus",
    "RestartPreventExitStatus",
    "RestrictAddressFamilies",
    "RestrictFileSystems",
    "RestrictNamespaces",
    "RuntimeDirectory",
    "SetCredential",
    "StateDirectory",
    "SuccessExitStatus",
    "SupplementaryGroups",
    "SystemCallFilter",
    "SystemCallLog",
    "TemporaryFileSystem",
    "UnsetEnvironment",
    "WantedBy",
    "Wants",
];

/// The directives of one key that count, in order, out of all of that key over the unit file and its drop-ins, in
/// the order in which they are read: all since the last empty value for a list, else the last one, and none if
/// that is empty, which means systemd's own default.
pub fn in_effect<'a>(key: &str, directives: &[&'a Directive]) -> Vec<&'a Directive> {
    let is_empty = |directive: &&&Directive| directive.value.is_empty();
    if LIST_KEYS.contains(&key) {
        let reset = directives.iter().rposition(|directive| is_empty(&directive));
        return directives[reset.map_or(0, |at| at + 1)..].to_vec();
    }
    directives.last().filter(|directive| !is_empty(directive)).copied().into_iter().collect()
}

/// The names of the folders that may hold drop-ins for a unit, the most specific first: `shop-web@1.service.d`,
/// `shop-web@.service.d`, `shop-.service.d`, `shop-@1.service.d`, `shop-@.service.d`; and `service.d`, which is
/// looked up after the others in every search folder (`unit_file_find_dirs` in `src/shared/dropin.c`).
pub fn drop_in_folders(unit: &UnitName) -> (Vec<String>, String) {
    let mut names = Vec::new();
    let mut next = Some(unit.clone());
    while let Some(name) = next {
        names.push(format!("{}.d", name.full()));
        let template = name.template();
        if let Some(template) = &template {
            names.extend(drop_in_folders(template).0);
        }
        // Only an instance keeps its `@` when its prefix gets shorter; a template loses it.
        let instance = template.and(name.instance);
        next = shorter_prefix(&name.prefix).map(|prefix| UnitName { prefix, instance, kind: name.kind });
    }
    (names, format!("{}.d", unit.kind))
}

/// `shop-web-` for `shop-web-1`, `shop-` for `shop-web-`; `None` where no dash is left.
fn shorter_prefix(prefix: &str) -> Option<String> {
    let without_dash = prefix.strip_suffix('-').unwrap_or(prefix);
    let dash = without_dash.rfind('-').filter(|dash| *dash > 0)?;
    Some(without_dash[..=dash].to_owned())
}

/// The drop-ins that count, in the order in which they are read. `found` holds the folder and name of every
/// `.conf` file, those of the strongest folder first; where a name comes twice, the first one counts, and the
/// folders have no say in the order (`conf_files_list_strv`).
pub fn in_order<F: Clone>(found: &[(F, String)]) -> Vec<(F, String)> {
    let mut by_name = std::collections::BTreeMap::new();
    for (folder, name) in found {
        if name.strip_suffix(".conf").is_some_and(|stem| !stem.starts_with('.')) {
            by_name.entry(name.clone()).or_insert_with(|| folder.clone());
        }
    }
    by_name.into_iter().map(|(name, folder)| (folder, name)).collect()
}
