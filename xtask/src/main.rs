//! Chores of the repository: `cargo run -p xtask -- generate` writes the pages that are made from the code,
//! `cargo run -p xtask -- check` fails where one of them is stale.

mod checks_page;
mod command_page;
mod libraries_page;
mod rules_page;

use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// A page that is made from the code.
struct Page {
    /// Relative to the repository.
    path: &'static str,
    text: String,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate"] => generate(),
        ["check"] => check(),
        _ => bail!("usage: cargo run -p xtask -- generate|check"),
    }
}

/// Every page.
fn pages() -> anyhow::Result<Vec<Page>> {
    Ok(vec![
        Page { path: "docs/checks.md", text: checks_page::text()? },
        Page { path: "docs/cli.md", text: command_page::text(&setpoint::command()) },
        Page { path: "docs/libraries.md", text: libraries_page::text() },
        Page { path: "docs/rules.md", text: rules_page::text() },
        Page {
            path: "docs/setpoint.schema.json",
            text: serde_json::to_string_pretty(&setpoint_register::schema())? + "\n",
        },
    ])
}

fn generate() -> anyhow::Result<()> {
    for page in pages()? {
        let path = repository().join(page.path);
        write(&path, &page.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn check() -> anyhow::Result<()> {
    let pages = pages()?;
    let stale = pages.iter().filter(|page| read(&repository().join(page.path)).ok().as_deref() != Some(&page.text));
    let stale: Vec<&str> = stale.map(|page| page.path).collect();
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo run -p xtask -- generate` and commit what it writes", stale.join(", "));
    }
    Ok(())
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::disallowed_methods, reason = "chores work on the repository itself, not on a site's machine")]
fn read(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

#[expect(clippy::disallowed_methods, reason = "chores work on the repository itself, not on a site's machine")]
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, text)
}
