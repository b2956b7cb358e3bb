use super::table::Table;
use super::{Entry, Environment, Known, Package, Version};
use crate::backends::Told;
use crate::python::{clear, python_files};
use crate::{Clear, Declaration, Sensitive};
use setpoint_host::Host;
use setpoint_model::{Layer, Library, Place, TypeOrigin, Value};
use setpoint_python::ast::Ranged;
use setpoint_python::{Program, Sources};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Bytes; a longer file of a library is data.
const LONGEST_FILE: u64 = 16 << 20;

/// What an installed library has.
pub(crate) struct Read {
    pub(crate) library: Library,
    pub(crate) declarations: Vec<Declaration>,
}

/// The defaults of a package out of its sources, those that count; `None` if it is not installed. `shown` names a file
/// in places.
pub(crate) fn read(
    host: &dyn Host,
    environment: &Environment,
    package: &Package,
    counts: &dyn Fn(&Entry) -> bool,
    shown: &dyn Fn(&Path) -> String,
) -> Option<Read> {
    let (version, folder) = environment.find(&package.name)?;
    let sources = Sources::new(files(host, package, folder), |path| host.read(&folder.join(path), LONGEST_FILE).ok());
    let program = Program::new(&sources);
    let counted = package.entries().iter().filter(|entry| counts(entry));
    let declared = counted.filter_map(|entry| declare(&program, package, entry, folder, shown));
    let declarations: Vec<Declaration> = declared.collect();
    let mut defaults: Vec<String> = declarations.iter().map(|declaration| declaration.name.clone()).collect();
    defaults.sort();
    let library = Library {
        name: package.name.clone(),
        version: version.to_owned(),
        folder: shown(folder),
        mechanism: package.mechanism,
        defaults,
    };
    Some(Read { library, declarations })
}

/// The files of the modules that the package's entries point into, relative to the folder.
fn files(host: &dyn Host, package: &Package, folder: &Path) -> Vec<String> {
    let named = package.entries().iter().flat_map(|entry| match &entry.known {
        Known::Source(places) => places.as_slice(),
        Known::Table(_) => &[],
    });
    let modules: BTreeSet<&str> = named.filter_map(|(file, _)| file.split('/').next()).collect();
    let files = modules.into_iter().flat_map(|module| {
        if Path::new(module).extension().is_some_and(|extension| extension == "py") {
            return vec![module.to_owned()];
        }
        let (below, _) = python_files(host, &folder.join(module));
        below.into_iter().map(|path| format!("{module}/{path}")).collect()
    });
    files.collect()
}

fn declare(
    program: &Program<'_>,
    package: &Package,
    entry: &Entry,
    folder: &Path,
    shown: &dyn Fn(&Path) -> String,
) -> Option<Declaration> {
    let places = match &entry.known {
        Known::Source(places) => places,
        Known::Table(table) => return built_in_by_table(package, entry, table, None),
    };
    let (file, pointed) = places.iter().find_map(|(file, pointer)| {
        let file = program.sources().find(file)?;
        Some((file, program.point(file, pointer)?))
    })?;
    let module = program.module(file)?;
    let mut place = module.place(pointed.expression.range());
    place.file = shown(&folder.join(PathBuf::from(&place.file)));
    let value = clear(program.fold(pointed.expression, &pointed.frame).as_ref());
    let text = module.text(pointed.expression.range()).to_owned();
    Some(built_in(package, entry, value, text, place))
}

/// The built-in defaults of a server that is no Python: as it tells them itself, else in its version where that is known;
/// `is_set` tells whether the deployment sets a default.
pub(crate) fn tabled(
    package: &Package,
    version: Option<&Version>,
    told: Option<&Told>,
    is_set: impl Fn(&str) -> bool,
) -> Vec<Declaration> {
    let is_on = |name: &str| {
        let table = package.entries().iter().find(|entry| entry.name == name).and_then(|entry| match &entry.known {
            Known::Table(table) => table.value(version),
            Known::Source(_) => None,
        });
        table.is_some_and(|value| *value != Value::Integer(0))
    };
    let counts =
        |entry: &&Entry| entry.beside.is_empty() || entry.beside.iter().any(|beside| is_set(beside) || is_on(beside));
    let declared = package.entries().iter().filter(counts).filter_map(|entry| match &entry.known {
        Known::Table(table) => match told.and_then(|told| Some((told, told.value(entry)?))) {
            Some((told, value)) => {
                Some(built_in(package, entry, Clear::from(value.clone()), value.to_string(), told.place.clone()))
            }
            None if told.is_some_and(|told| told.is_all) => None,
            None => built_in_by_table(package, entry, table, version),
        },
        Known::Source(_) => None,
    });
    declared.collect()
}

fn built_in_by_table(
    package: &Package,
    entry: &Entry,
    table: &Table,
    version: Option<&Version>,
) -> Option<Declaration> {
    let value = table.value(version)?;
    Some(built_in(package, entry, Clear::from(value.clone()), value.to_string(), Place::file(&table.source)))
}

fn built_in(package: &Package, entry: &Entry, value: Clear, text: String, place: Place) -> Declaration {
    let unit = entry.unit.as_ref().map(|unit| format!(" ({unit})")).unwrap_or_default();
    Declaration {
        name: entry.name.clone(),
        aliases: Vec::new(),
        variables: Vec::new(),
        ignores_case: false,
        layer: Layer::Library,
        mechanism: package.mechanism,
        type_name: None,
        type_origin: TypeOrigin::Parsed,
        choices: None,
        value,
        text: Sensitive::new(text),
        required: false,
        secret: false,
        description: Some(format!("{}{unit}", entry.means)),
        place,
        symbol: None,
        process: None,
        option: None,
        nested: None,
    }
}
