use setpoint_formats::compose::{Variable, interpolate, resolve};
use setpoint_formats::{Traced, limited};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// What the files of one project have in common.
pub(super) struct Scope {
    /// What the paths in them are relative to.
    pub(super) folder: PathBuf,
    /// What `${NAME}` stands for.
    variables: Rc<BTreeMap<String, String>>,
    look_up: Box<LookUp>,
}

type LookUp = dyn Fn(&str) -> Option<String>;

impl Scope {
    /// Of a project that nothing includes: the variables are `written` in the `.env` file in its folder.
    pub(super) fn of_folder(folder: &Path, written: &[Variable]) -> Self {
        let mut variables = BTreeMap::new();
        resolve(written, &mut variables, &|_| None);
        Self::new(folder.to_owned(), variables)
    }

    /// Of a project that this one includes. Its variables are those of `files`, or of the `.env` file in its folder
    /// where there are none, and this project's are stronger. `read` gives
    /// the variables of a file; those of a later one are over those of an earlier one.
    pub(super) fn including(
        &self,
        read: &mut dyn FnMut(&Path) -> Vec<Variable>,
        folder: PathBuf,
        mut files: Vec<PathBuf>,
    ) -> Self {
        if files.is_empty() {
            files.push(folder.join(super::VARIABLES));
        }
        let mut variables = BTreeMap::new();
        for file in &files {
            resolve(&read(file), &mut variables, &|name| self.get(name).cloned());
        }
        variables.extend(self.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        Self::new(folder, variables)
    }

    fn new(folder: PathBuf, variables: BTreeMap<String, String>) -> Self {
        let variables = Rc::new(variables);
        let known = Rc::clone(&variables);
        Self { folder, variables, look_up: Box::new(limited(move |name: &str| known.get(name).cloned())) }
    }

    /// The bytes of its variables.
    pub(super) fn size(&self) -> usize {
        self.variables.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    pub(super) fn get(&self, name: &str) -> Option<&String> {
        self.variables.get(name)
    }

    /// What a reference of these files stands for, as long as there is room.
    pub(super) fn look_up(&self) -> &LookUp {
        &self.look_up
    }

    /// A path that a file in `folder` names.
    pub(super) fn path(&self, folder: &Path, named: &Traced) -> PathBuf {
        cleaned(&folder.join(interpolate(named, &self.look_up).text.as_str()))
    }

    /// The files that `COMPOSE_FILE` names (Docker's manual, "Pre-defined environment variables").
    pub(super) fn compose_files(&self) -> Vec<PathBuf> {
        let separator = self.get("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty());
        let names = self.get("COMPOSE_FILE").map(String::as_str).unwrap_or_default();
        let names = names.split(separator.map_or(":", String::as_str)).filter(|name| !name.is_empty());
        names.map(|name| cleaned(&self.folder.join(name))).collect()
    }
}

/// A path without `.` and `..`, which Compose takes out without a look at the folders.
pub(super) fn cleaned(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => cleaned.push(component),
        }
    }
    cleaned
}
