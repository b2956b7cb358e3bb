//! The constants of Django's settings module: the one that `DJANGO_SETTINGS_MODULE` names, or else what looks like one.

use super::{Code, settings_module};
use crate::Clear;
use setpoint_model::Mechanism;
use setpoint_python::{FileId, Program};

/// Words of which a settings module holds one.
pub(super) const WORDS: [&str; 3] = ["DJANGO_SETTINGS_MODULE", "INSTALLED_APPS", "ROOT_URLCONF"];

/// Parts of a module's name that say it is for something else than production.
const NOT_PRODUCTION: [&str; 10] =
    ["test", "tests", "testing", "example", "local", "dev", "develop", "development", "ci", "sample"];

pub(super) fn read(program: &Program<'_>, files: &[FileId], code: &mut Code) {
    for file in settings_files(program, files, code) {
        code.declarations.extend(settings_module::declare_module(program, Mechanism::DjangoSettings, file));
    }
}

fn settings_files(program: &Program<'_>, files: &[FileId], code: &Code) -> Vec<FileId> {
    let named = named_modules(code);
    let mut chosen: Vec<FileId> =
        files.first().iter().flat_map(|from| named.iter().filter_map(|name| program.find_module(name, **from))).collect();
    if chosen.is_empty() {
        let marked = |file: &&FileId| {
            ["INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE"].iter().filter(|name| program.member(**file, name).is_some()).count() >= 2
        };
        chosen = files.iter().filter(marked).copied().filter(|file| is_production(program, *file)).collect();
    }
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// What the code gives `DJANGO_SETTINGS_MODULE` as default: `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`.
fn named_modules(code: &Code) -> Vec<String> {
    let variables = code.declarations.iter().filter(|declaration| declaration.name == "DJANGO_SETTINGS_MODULE");
    let values = variables.filter_map(|declaration| match &declaration.value {
        Clear::Constant(value) => value.reveal().as_text().map(str::to_owned),
        Clear::Dynamic | Clear::Nothing => None,
    });
    values.collect()
}

fn is_production(program: &Program<'_>, file: FileId) -> bool {
    let name = program.module_name(file).to_lowercase();
    !name.split(['.', '_']).any(|part| NOT_PRODUCTION.contains(&part))
}

