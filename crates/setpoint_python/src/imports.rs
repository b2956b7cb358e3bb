//! From the name of a module to the file that it is, by the folders alone.

use crate::fold::Folder;
use crate::{FileId, Object, Program, Sources, builtins};
use ruff_python_ast::StmtImportFrom;

impl<'s> Program<'s> {
    /// The file of the module `dotted` as the file `from` would import it, if it is in the tree.
    pub fn find_module(&self, dotted: &str, from: FileId) -> Option<FileId> {
        if let Some(known) = self.modules.get(from, dotted) {
            return known;
        }
        let found = self.look_for_module(dotted, from);
        self.modules.put(from, dotted, found);
        found
    }

    fn look_for_module(&self, dotted: &str, from: FileId) -> Option<FileId> {
        let below = dotted.replace('.', "/");
        let importer = self.sources.path(from);
        // The folder from which the importer's own package is imported comes first, then those around it.
        let mut folder = parent(importer);
        while !folder.is_empty() && self.sources.find(&format!("{folder}/__init__.py")).is_some() {
            folder = parent(folder);
        }
        loop {
            if let Some(file) = module_in(self.sources, folder, &below) {
                return Some(file);
            }
            if folder.is_empty() {
                return module_in(self.sources, "src", &below);
            }
            folder = parent(folder);
        }
    }

    /// The module's own dotted name as far as `__init__.py` files say it: `shop.settings`.
    pub fn module_name(&self, file: FileId) -> String {
        let path = self.sources.path(file);
        let stem = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py")).unwrap_or(path);
        let mut start = parent(stem);
        while !start.is_empty() && self.sources.find(&format!("{start}/__init__.py")).is_some() {
            start = parent(start);
        }
        stem[start.len()..].trim_start_matches('/').replace('/', ".")
    }

    /// The module that a `from … import` names: the file if it is in the tree, and its full or written name.
    pub(crate) fn imported_module(&self, import: &StmtImportFrom, from: FileId) -> (Option<FileId>, String) {
        let name = import.module.as_ref().map_or("", |module| module.as_str());
        if import.level == 0 {
            return (self.find_module(name, from), name.to_owned());
        }
        // Level 1 is the folder of the file, whether it is a package's `__init__.py` or a module in it.
        let mut folder = parent(self.sources.path(from));
        for _ in 1..import.level {
            folder = parent(folder);
        }
        let below = name.replace('.', "/");
        let package = folder.replace('/', ".");
        let dotted = [package.as_str(), name].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
        (module_in(self.sources, folder, &below), dotted.join("."))
    }

    /// What `import dotted as x` binds.
    pub(crate) fn import(&self, dotted: &str, from: FileId) -> Object<'s> {
        self.find_module(dotted, from).map_or_else(|| Object::External(dotted.to_owned()), Object::Module)
    }

    /// The module `package.name` where the package is a folder without an `__init__.py`, which nothing but its modules
    /// says to be one.
    pub(crate) fn module_of_folder(&self, package: &str, name: &str, from: FileId) -> Option<FileId> {
        let top = package.split('.').next()?;
        self.folders.contains(top).then(|| self.find_module(&format!("{package}.{name}"), from)).flatten()
    }

    /// The module `name` inside the package whose `__init__.py` is `package`.
    pub(crate) fn submodule(&self, package: FileId, name: &str) -> Option<FileId> {
        let folder = self.sources.path(package).strip_suffix("__init__.py")?;
        module_in(self.sources, folder.trim_end_matches('/'), name)
    }
}

impl<'s> Folder<'_, 's> {
    /// What `from … import name` binds; the inner `None` where it is bound to something not known.
    pub(crate) fn import_from(&self, import: &StmtImportFrom, name: &str, from: FileId) -> Option<Object<'s>> {
        let (file, dotted) = self.program.imported_module(import, from);
        let outside = || {
            let full = format!("{dotted}.{name}");
            let module = (import.level == 0).then(|| self.program.find_module(&full, from)).flatten();
            let full = full.trim_start_matches('.');
            module
                .map(Object::Module)
                .or_else(|| builtins::known_constant(full))
                .unwrap_or_else(|| Object::External(full.to_owned()))
        };
        let Some(file) = file else {
            // `from . import settings` where the folder has no `__init__.py`.
            if import.level > 0 {
                let path = format!("{}/{name}", dotted.replace('.', "/"));
                if let Some(file) = module_in(self.program.sources, "", path.trim_start_matches('/')) {
                    return Some(Object::Module(file));
                }
            }
            return Some(outside());
        };
        match self.member(file, name) {
            Some(bound) => bound,
            None => Some(self.program.submodule(file, name).map_or_else(outside, Object::Module)),
        }
    }
}

fn parent(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..slash])
}

fn module_in(sources: &Sources<'_>, folder: &str, below: &str) -> Option<FileId> {
    let base = match (folder, below) {
        ("", below) => below.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, below) => format!("{folder}/{below}"),
    };
    let package = if base.is_empty() { "__init__.py".to_owned() } else { format!("{base}/__init__.py") };
    sources.find(&package).or_else(|| (!below.is_empty()).then(|| sources.find(&format!("{base}.py"))).flatten())
}
