//! From the name of a module to the file that it is, by the folders alone.

use crate::fold::Folder;
use crate::memo::Memo;
use crate::{FileId, Marks, Node, Object, Program, Sources, builtins};
use ruff_python_ast::{Stmt, StmtImportFrom};
use std::collections::{BTreeSet, HashMap};

/// The folders from which packages are imported.
#[derive(Debug)]
pub(crate) struct Roots<'s> {
    roots: Vec<Root<'s>>,
    /// For each file, which of them its own package is imported from.
    of: Vec<usize>,
}

/// A folder from which packages are imported, and those around it.
#[derive(Debug)]
struct Root<'s> {
    folder: &'s str,
    /// The modules that were asked for by their dotted name.
    modules: Memo<Box<str>, Option<FileId>>,
}

impl<'s> Roots<'s> {
    pub(crate) fn of(sources: &'s Sources<'_>) -> Self {
        let mut known = HashMap::new();
        let mut roots = Vec::new();
        let of = sources.ids().map(|file| {
            let own = parent(sources.path(file));
            *known.entry(own).or_insert_with(|| {
                let mut folder = own;
                while !folder.is_empty() && sources.find(&format!("{folder}/__init__.py")).is_some() {
                    folder = parent(folder);
                }
                let same = roots.iter().position(|root: &Root<'_>| root.folder == folder);
                same.unwrap_or_else(|| {
                    roots.push(Root { folder, modules: Memo::default() });
                    roots.len() - 1
                })
            })
        });
        let of = of.collect();
        Self { roots, of }
    }

    fn get(&self, file: FileId) -> &Root<'s> {
        &self.roots[self.of[file.0 as usize]]
    }
}

impl<'s> Program<'s> {
    /// The file of the module `dotted` as the file `from` would import it, if it is in the tree.
    pub fn find_module(&self, dotted: &str, from: FileId) -> Option<FileId> {
        if is_loaded_already(dotted) {
            return None;
        }
        let root = self.roots.get(from);
        if let Some(known) = root.modules.get(dotted) {
            return known;
        }
        let found = self.look_for_module(dotted, root.folder);
        root.modules.put(dotted.into(), found);
        found
    }

    /// See [`is_loaded_already`].
    pub fn is_loaded_already(&self, dotted: &str) -> bool {
        is_loaded_already(dotted)
    }

    fn look_for_module(&self, dotted: &str, mut folder: &str) -> Option<FileId> {
        let below = dotted.replace('.', "/");
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

    /// True if a `from … import` names a module that its package, which is in the tree, does not have.
    pub(crate) fn is_absent(&self, import: &StmtImportFrom, from: FileId) -> bool {
        let (None, dotted) = self.imported_module(import, from) else { return false };
        let package = dotted.rsplit_once('.').and_then(|(package, _)| self.find_module(package, from));
        package.is_some_and(|package| self.sources.path(package).ends_with("/__init__.py"))
    }

    /// The files of the tree that are imported where these modules are, themselves among them: by import statements
    /// alone, those inside functions included. What is imported by a text (Django's applications, say) is not seen.
    pub fn imported_by(&self, modules: impl IntoIterator<Item = FileId>) -> BTreeSet<FileId> {
        let mut pending: Vec<FileId> = modules.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(file) = pending.pop() {
            if reached.insert(file) {
                pending.extend(self.imports_in(file));
            }
        }
        reached
    }

    /// The files of the tree that the statements of a file import. What holds no such statement is not parsed for it.
    fn imports_in(&self, file: FileId) -> &[FileId] {
        self.imports[file.0 as usize].get_or_init(|| {
            let mut imported = BTreeSet::new();
            let marks = self.module(file).map_or(Marks::NOWHERE, |module| module.marks(&["import"]));
            self.walk_marked(file, &marks, &mut |node, _| {
                if let Node::Statement(statement) = node {
                    imported.extend(self.imports_of(statement, file));
                }
            });
            imported.into_iter().collect()
        })
    }

    /// The files of the tree that one statement imports.
    pub fn imports_of(&self, statement: &Stmt, file: FileId) -> Vec<FileId> {
        match statement {
            Stmt::Import(import) => {
                import.names.iter().flat_map(|alias| self.packages_and_module(&alias.name, file)).collect()
            }
            Stmt::ImportFrom(import) => self.imported_from(import, file),
            _ => Vec::new(),
        }
    }

    /// The module and the packages around it, whose `__init__.py` runs first.
    pub fn packages_and_module(&self, dotted: &str, from: FileId) -> Vec<FileId> {
        let ends = dotted.match_indices('.').map(|(dot, _)| dot).chain([dotted.len()]);
        ends.filter_map(|end| self.find_module(&dotted[..end], from)).collect()
    }

    fn imported_from(&self, import: &StmtImportFrom, from: FileId) -> Vec<FileId> {
        let (file, dotted) = self.imported_module(import, from);
        let mut files = if import.level == 0 { self.packages_and_module(&dotted, from) } else { Vec::new() };
        files.extend(file);
        let below = |name: &str| match file {
            Some(package) => self.submodule(package, name),
            None => self.find_module(&format!("{dotted}.{name}"), from),
        };
        files.extend(import.names.iter().filter_map(|alias| below(&alias.name)));
        files
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
            None => Some(self.unbound_member(file, name).unwrap_or_else(outside)),
        }
    }
}

/// True for a module that Python has loaded before it looks into any folder, so that no file of this name is ever
/// imported by it (`sys.modules` of `python -I -S -c ''`, since 3.8).
fn is_loaded_already(dotted: &str) -> bool {
    const LOADED: [&str; 9] = ["abc", "builtins", "codecs", "io", "marshal", "os", "posix", "sys", "time"];
    LOADED.contains(&dotted.split('.').next().unwrap_or(dotted))
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
