//! `docs/libraries.md`: the libraries and servers whose own defaults are known, from the catalog.

use setpoint_capture::{CataloguedDefault, CataloguedPackage, catalogued};

const HEAD: &str = "\
# Libraries and servers

<!-- Written by `cargo run -p xtask -- generate` from `crates/setpoint_capture/catalog`. -->

A service is also set to what nobody wrote down: the defaults of the libraries and servers that it uses. They are read out
of the source of the version that is installed, so that an upgrade which changes one shows it; the last column says where. A
program that is no Python, such as nginx or Caddy, cannot be read: of these the page that says the value is named.

`setpoint capture --all` lists those of your service, `setpoint explain sqlalchemy.pool_size` shows one with all that
overrides it. Times are in seconds where the unit is s.
";

pub(crate) fn text() -> String {
    let packages: Vec<String> = catalogued().iter().map(section).collect();
    format!("{HEAD}{}", packages.concat())
}

fn section(package: &CataloguedPackage) -> String {
    let CataloguedPackage { name, documents, defaults, calls } = package;
    let rows: Vec<String> = defaults.iter().map(row).collect();
    let table = if rows.is_empty() {
        String::new()
    } else {
        format!("\n| default | unit | what it does | read from |\n|---|---|---|---|\n{}", rows.concat())
    };
    let calls: Vec<String> = calls.iter().map(|call| format!("`{call}`")).collect();
    let calls =
        if calls.is_empty() { String::new() } else { format!("\nCalls that are noted: {}.\n", calls.join(", ")) };
    format!("\n## {name}\n\n[Documentation]({documents})\n{table}{calls}")
}

fn row(default: &CataloguedDefault) -> String {
    let CataloguedDefault { name, unit, means, from } = default;
    let from = if from.starts_with("https://") { format!("[its documentation]({from})") } else { format!("`{from}`") };
    format!("| `{name}` | {} | {means} | {from} |\n", unit.as_deref().unwrap_or_default())
}
