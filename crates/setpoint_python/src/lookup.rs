//! Follows a name to what it is bound to where it stands: scopes, star imports, branches, and what changes an object
//! after it is bound.

use crate::fold::Folder;
use crate::links;
use crate::{
    Binding, Bound, ClassRef, FileId, Frame, FunctionRef, Object, Program, Scope, ScopeKind, builtins, loops, methods,
    operators, paths,
};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{TextRange, TextSize};
use std::sync::Arc;

/// Behind everything in a file.
const END: TextSize = TextSize::new(u32::MAX);
const START: TextSize = TextSize::new(0);
/// How often a name may be bound anew or changed; a table that is filled in a thousand statements is data.
const MOST_CHANGES: usize = 200;

impl<'s> Program<'s> {
    /// What `name` stands for at the end of a module; `None` if the module does not bind it, `Some(None)` if
    /// it is bound to something that is not known.
    pub fn member(&self, file: FileId, name: &str) -> Option<Option<Object<'s>>> {
        links::ask(|| Folder::new(self), |folder| folder.member(file, name))
    }

    /// What an attribute of a class is, as its own body or a base's gives it.
    pub fn class_member(&self, class: &ClassRef<'s>, name: &str) -> Option<Object<'s>> {
        links::ask(|| Folder::new(self), |folder| folder.class_attribute(class, name))
    }

    /// The modules of the tree whose names a module takes over by `from x import *`, in order.
    pub fn star_imports(&self, frame: &Frame<'s>) -> Vec<FileId> {
        let stars = frame.scope.stars().iter();
        stars.filter_map(|(import, _)| self.imported_module(import, frame.file()).0).collect()
    }
}

impl<'s> Folder<'_, 's> {
    /// Outer `None`: the name is bound nowhere and is no builtin.
    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    pub(crate) fn name(&self, name: &str, frame: &Frame<'s>, at: TextSize) -> Option<Option<Object<'s>>> {
        let mut scope = &frame.scope;
        let mut limit = at;
        let mut innermost = true;
        loop {
            if innermost && let Some(value) = frame.arguments.as_ref().and_then(|arguments| arguments.get(name)) {
                return Some(value.clone());
            }
            // The innermost scope keeps its arguments; those of functions further out are not known.
            let outer = (!Arc::ptr_eq(scope, &frame.scope)).then(|| Frame::new(Arc::clone(scope)));
            let around = outer.as_ref().unwrap_or(frame);
            // A class body's names are not seen from its methods.
            if (innermost || !matches!(scope.kind, ScopeKind::Class(_)))
                && let Some(found) = self.bound_before(name, around, limit)
            {
                return Some(found);
            }
            let inline = matches!(scope.kind, ScopeKind::Class(_) | ScopeKind::Comprehension(_));
            if !inline {
                limit = END;
            }
            innermost = innermost && matches!(scope.kind, ScopeKind::Comprehension(_));
            match &scope.parent {
                Some(parent) => scope = parent,
                None => return self.bound_nowhere(name, scope).map(Some),
            }
        }
    }

    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    fn bound_before(&self, name: &str, frame: &Frame<'s>, limit: TextSize) -> Option<Option<Object<'s>>> {
        let scope = &frame.scope;
        let bindings = scope.bindings(name);
        let visible = &bindings[..bindings.partition_point(|binding| binding.at <= limit)];
        // What a module binds before this place is often all that it binds, and then found out once.
        let is_end = visible.len() == bindings.len() && scope.stars().iter().all(|(_, at)| *at <= limit);
        if is_end && limit < END && matches!(scope.kind, ScopeKind::Module) {
            return self.member(scope.file, name);
        }
        let last = visible.last().map_or(START, |binding| binding.at);
        // A later star import hides an earlier binding, but only if it brings the name.
        if let Some(found) = self.starred(name, scope, TextRange::new(last, limit.max(last))) {
            return Some(found);
        }
        let first = visible.first()?;
        // What a star import brings is there for the statements behind it to change.
        let surely = visible.iter().any(is_sure);
        let before = if surely { None } else { self.starred(name, scope, TextRange::new(START, first.at)).flatten() };
        Some(self.deeper(|| self.choose(visible, before, frame)))
    }

    /// What the last star import within a range that brings this name brings.
    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    fn starred(&self, name: &str, scope: &Scope<'s>, within: TextRange) -> Option<Option<Object<'s>>> {
        let stars = scope.stars().iter().rev().filter(|(_, at)| *at > within.start() && *at <= within.end());
        stars.into_iter().find_map(|(import, _)| {
            let (file, _) = self.program.imported_module(import, scope.file);
            let file = file.filter(|file| *file != scope.file)?;
            self.deeper(|| self.member(file, name))
        })
    }

    /// What a name that nothing binds stands for, where one module of the star imports is not in the tree: it can only
    /// be from there, as `environ` is behind `from os import *`.
    fn starred_from_outside(&self, name: &str, scope: &Scope<'s>) -> Option<Object<'s>> {
        let imported = |import| self.program.imported_module(import, scope.file);
        let mut outside = scope.stars().iter().map(|(import, _)| imported(import)).filter(|(file, _)| file.is_none());
        let (_, only) = outside.next()?;
        let is_sure = outside.next().is_none() && !name.starts_with('_');
        is_sure.then(|| Object::External(format!("{only}.{name}")))
    }

    /// What a name that no scope binds stands for.
    fn bound_nowhere(&self, name: &str, module: &Scope<'s>) -> Option<Object<'s>> {
        let builtin = builtins::is_builtin(name).then(|| Object::External(name.to_owned()));
        builtin.or_else(|| self.starred_from_outside(name, module))
    }

    /// What another module gets for a name that this one does not bind.
    pub(crate) fn unbound_member(&self, file: FileId, name: &str) -> Option<Object<'s>> {
        let submodule = self.program.submodule(file, name).map(Object::Module);
        submodule.or_else(|| self.starred_from_outside(name, &self.program.frame(file)?.scope))
    }

    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    pub(crate) fn member(&self, file: FileId, name: &str) -> Option<Option<Object<'s>>> {
        let memo = if self.names_alone() { &self.program.references } else { &self.program.members };
        if let Some(known) = memo.get(file, name) {
            return known;
        }
        if self.is_far(file, name) {
            return Some(None);
        }
        let frame = self.program.frame(file)?;
        self.kept(|| self.bound_before(name, &frame, END), |found| memo.put(file, name, found.clone()))
    }

    /// The value after all of these bindings. Those in branches count as well as the last that surely runs: they
    /// must agree, or the first that stands for a class, function or module is taken (`try: import …`).
    /// `before` is what the name stands for ahead of all of them, if it does.
    fn choose(&self, bindings: &[Binding<'s>], before: Option<Object<'s>>, frame: &Frame<'s>) -> Option<Object<'s>> {
        let decided = self.decided(bindings, frame);
        let bindings = decided.as_deref().unwrap_or(bindings);
        let from = bindings.iter().rposition(is_sure).unwrap_or(0);
        let (first, rest) = bindings[from..].split_first().filter(|(_, rest)| rest.len() <= MOST_CHANGES)?;
        let (mut value, rest) = match before {
            Some(before) => (Some(before), &bindings[from..]),
            None => (self.bound(first, None, frame), rest),
        };
        let mut named = value.clone().filter(stands_for_something);
        // A change in a branch that nothing decides adds to what holds without it; that is the default.
        for binding in rest.iter().filter(|binding| !(binding.conditional && binding.bound.needs_value())) {
            let next = self.bound(binding, value.as_ref(), frame);
            named = named.or_else(|| next.clone().filter(stands_for_something));
            let agree = !binding.conditional
                || value.as_ref().zip(next.as_ref()).is_some_and(|(one, two)| one.equals(two) == Some(true));
            value = next.filter(|_| agree);
        }
        named.or(value)
    }

    /// The bindings without those in branches that are not run, where a test that is known says so; what surely runs
    /// counts as if it stood in no branch. `None` if no test says anything.
    fn decided(&self, bindings: &[Binding<'s>], frame: &Frame<'s>) -> Option<Vec<Binding<'s>>> {
        let may_say = |binding: &Binding<'s>| binding.when.is_some() || matches!(binding.bound, Bound::From(..));
        let asked = |binding: &Binding<'s>| binding.conditional && may_say(binding);
        if self.names_alone() || bindings.len() > MOST_CHANGES || !bindings.iter().any(asked) {
            return None;
        }
        let runs = |binding: &Binding<'s>| match (&binding.bound, binding.when) {
            // `try: from shop.local import DEBUG`: without such a module, what the handler does counts.
            (Bound::From(import, _), _) if binding.conditional && self.program.is_absent(import, frame.file()) => {
                Some(false)
            }
            (_, Some((test, expected))) => Some(self.expression(test, frame)?.truth()? == expected),
            (_, None) => None,
        };
        let decided: Vec<_> = bindings.iter().map(|binding| (binding, runs(binding))).collect();
        let kept = decided.iter().filter(|(_, runs)| *runs != Some(false));
        let kept = kept.map(|(binding, runs)| Binding {
            conditional: binding.conditional && *runs != Some(true),
            ..(*binding).clone()
        });
        let kept: Vec<_> = kept.collect();
        (!kept.is_empty()).then_some(kept)
    }

    /// What a binding binds; `old` is what the name was bound to before.
    fn bound(&self, binding: &Binding<'s>, old: Option<&Object<'s>>, frame: &Frame<'s>) -> Option<Object<'s>> {
        match &binding.bound {
            Bound::Value(value) => self.expression(value, frame),
            Bound::Item(value, path) => loops::take(self.expression(value, frame)?, path),
            Bound::Augmented(operator, value) => operators::augmented(*operator, old?, &self.expression(value, frame)?),
            Bound::Changed(statement) => {
                // Only what holds items can be changed; a call of a method of anything else says nothing about it.
                match old? {
                    old @ (Object::List(_) | Object::Dict(_) | Object::Set(_)) => {
                        self.change(old.clone(), statement, frame)
                    }
                    other => Some(other.clone()),
                }
            }
            Bound::Given(call) => {
                let old = old?;
                let holds = matches!(old, Object::List(_) | Object::Dict(_) | Object::Set(_));
                let own = holds && matches!(self.expression(&call.func, frame), Some(Object::Function(_)));
                (!own).then(|| old.clone())
            }
            Bound::Module(dotted) => Some(self.program.import(dotted, frame.file())),
            Bound::Package(dotted) => {
                let top = dotted.split('.').next().unwrap_or(dotted);
                Some(self.program.import(top, frame.file()))
            }
            Bound::From(import, name) => self.import_from(import, name, frame.file()),
            Bound::Function(definition) => Some(Object::Function(FunctionRef { definition, frame: frame.clone() })),
            Bound::Class(definition) => Some(Object::Class(ClassRef { definition, frame: frame.clone() })),
            // Clients, sessions and files of libraries give themselves.
            Bound::Entered(manager) => match self.expression(manager, frame)? {
                Object::Instance(instance) if instance.of.external().is_some() => Some(Object::Instance(instance)),
                _ => None,
            },
            Bound::Parameter(_) | Bound::Each(..) | Bound::Opaque => None,
        }
    }

    /// The object after a statement has changed it.
    fn change(&self, old: Object<'s>, statement: &'s ast::Stmt, frame: &Frame<'s>) -> Option<Object<'s>> {
        match statement {
            ast::Stmt::Assign(assign) => {
                let Expr::Subscript(target) = assign.targets.first()? else { return None };
                let key = self.expression(&target.slice, frame)?;
                methods::put(old, key, self.expression(&assign.value, frame)?)
            }
            ast::Stmt::Expr(expression) => {
                let Expr::Call(call) = &*expression.value else { return None };
                let Expr::Attribute(method) = &*call.func else { return None };
                let arguments = self.items(&call.arguments.args, frame)?;
                methods::change(old, method.attr.as_str(), arguments)
            }
            _ => None,
        }
    }

    pub(crate) fn attribute(&self, of: Object<'s>, name: &str) -> Option<Object<'s>> {
        match &of {
            Object::Module(file) => match self.deeper(|| self.member(*file, name)) {
                Some(found) => found,
                None => self.unbound_member(*file, name),
            },
            Object::External(module) => {
                let full = format!("{module}.{name}");
                Some(builtins::known_constant(&full).unwrap_or(Object::External(full)))
            }
            Object::Class(class) => self.class_attribute(class, name),
            Object::Member(member) => match name {
                "value" | "_value_" => Some(member.value.clone()),
                "name" | "_name_" => Some(Object::Text(member.name.clone())),
                _ => of.as_text().is_some().then(|| Object::Attribute(Box::new(of.clone()), name.to_owned())),
            },
            Object::Path(path) => Some(
                paths::attribute(path, name)
                    .unwrap_or_else(|| Object::Attribute(Box::new(of.clone()), name.to_owned())),
            ),
            _ => Some(Object::Attribute(Box::new(of), name.to_owned())),
        }
    }
}

/// True for what binds a name anew whenever the statements are run.
fn is_sure(binding: &Binding<'_>) -> bool {
    !binding.conditional && !binding.bound.needs_value()
}

/// True for what a name is imported or defined as, rather than a value that it holds.
fn stands_for_something(object: &Object<'_>) -> bool {
    matches!(object, Object::Class(_) | Object::Function(_) | Object::Module(_) | Object::External(_))
}
