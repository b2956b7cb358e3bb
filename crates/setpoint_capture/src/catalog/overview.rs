use super::{Entry, Known, packages};

/// A package of the catalog, for a page that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CataloguedPackage {
    /// The name of the distribution, or of a server that is no Python.
    pub name: String,
    /// Where people read about its settings.
    pub documents: String,
    /// Its defaults, by name.
    pub defaults: Vec<CataloguedDefault>,
    /// Functions whose calls are noted, by their full names.
    pub calls: Vec<String>,
}

/// A default of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CataloguedDefault {
    /// `sqlalchemy.pool_size`.
    pub name: String,
    /// `s`, `ms`, `bytes`.
    pub unit: Option<String>,
    /// What it does.
    pub means: String,
    /// The place in the package that holds it in its newest version, or the page that says it.
    pub from: String,
}

/// Every package of the catalog, by name.
pub fn catalogued() -> Vec<CataloguedPackage> {
    let mut catalogued: Vec<_> = packages()
        .iter()
        .map(|package| CataloguedPackage {
            name: package.name.clone(),
            documents: package.documents.clone(),
            defaults: package.entries().iter().map(catalogued_default).collect(),
            calls: package.calls.keys().cloned().collect(),
        })
        .collect();
    catalogued.sort_by(|one, two| one.name.cmp(&two.name));
    catalogued
}

fn catalogued_default(entry: &Entry) -> CataloguedDefault {
    let from = match &entry.known {
        Known::Source(places) => places.first().map(|(file, pointer)| format!("{file} {pointer}")).unwrap_or_default(),
        Known::Table(table) => table.source.clone(),
    };
    CataloguedDefault { name: entry.name.clone(), unit: entry.unit.clone(), means: entry.means.clone(), from }
}
