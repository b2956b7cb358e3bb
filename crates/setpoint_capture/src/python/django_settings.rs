//! The constants of Django's settings module: the one that `DJANGO_SETTINGS_MODULE` names, or else what looks like one.

use super::Code;
use super::settings_module::{self, Settings};
use super::words::Word;
use crate::Clear;
use setpoint_model::Mechanism;
use setpoint_python::{FileId, Program};

/// Words of which a settings module holds one.
pub(super) const WORDS: [Word<'static>; 3] =
    [Word::Anywhere("DJANGO_SETTINGS_MODULE"), Word::Anywhere("INSTALLED_APPS"), Word::Anywhere("ROOT_URLCONF")];

/// Parts of a module's name that say it is for something else than production.
const NOT_PRODUCTION: [&str; 10] =
    ["test", "tests", "testing", "example", "local", "dev", "develop", "development", "ci", "sample"];

pub(super) fn read(program: &Program<'_>, files: &[FileId], code: &mut Code) {
    let settings = Settings::in_upper_case(Mechanism::DjangoSettings);
    for file in settings_files(program, files, code) {
        code.declarations.extend(settings_module::declare_module(program, settings, file));
    }
}

/// The module that the servers' entry points name; where nothing names one that is in the tree (an operator's own
/// settings file, say), those that look like settings for production.
fn settings_files(program: &Program<'_>, files: &[FileId], code: &Code) -> Vec<FileId> {
    let Some(from) = files.first() else { return Vec::new() };
    let (entry, other): (Vec<_>, Vec<_>) = named_modules(code).into_iter().partition(|(_, is_entry)| *is_entry);
    let named = if entry.is_empty() { other } else { entry };
    let mut chosen: Vec<FileId> = named.iter().filter_map(|(name, _)| program.find_module(name, *from)).collect();
    if chosen.is_empty() {
        let markers = ["INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE"];
        let marked = |file: &FileId| markers.iter().filter(|name| program.member(*file, name).is_some()).count() >= 2;
        chosen = files.iter().copied().filter(|file| is_production(program, *file) && marked(file)).collect();
    }
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// What the code gives `DJANGO_SETTINGS_MODULE` as default, and whether it does so in a server's entry point:
/// `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")` in `wsgi.py`.
fn named_modules(code: &Code) -> Vec<(String, bool)> {
    let variables = code.declarations.iter().filter(|declaration| declaration.name == "DJANGO_SETTINGS_MODULE");
    let values = variables.filter_map(|declaration| match &declaration.value {
        Clear::Constant(value) => {
            let file = declaration.place.file.rsplit('/').next().unwrap_or_default();
            let is_entry = matches!(file, "wsgi.py" | "asgi.py" | "manage.py" | "celery.py");
            Some((value.reveal().as_text()?.to_owned(), is_entry))
        }
        Clear::Dynamic | Clear::Nothing => None,
    });
    values.collect()
}

fn is_production(program: &Program<'_>, file: FileId) -> bool {
    let name = program.module_name(file).to_lowercase();
    !name.split(['.', '_']).any(|part| NOT_PRODUCTION.contains(&part))
}
