//! Folds an expression to a constant, or to what a name stands for, across the modules of the tree.

use crate::scope::{Binding, Bound};
use crate::{
    ClassRef, FileId, Frame, FunctionRef, Instance, Object, Program, Scope, ScopeKind, calls, methods, operators,
};
use ruff_python_ast::{self as ast, Expr, Number};
use ruff_text_size::{Ranged, TextSize};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

/// How many steps one expression may take, so that a hostile file costs no more than a moment.
const FUEL: u32 = 20_000;
/// How deep names and calls may be followed; a cycle of imports ends here, too.
const DEPTH: u32 = 60;

impl<'s> Program<'s> {
    /// What the expression folds to; `None` where that is known only when the code runs.
    pub fn fold(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        Folder::new(self).expression(expression, frame)
    }

    /// Every object that the expression takes where it depends on the variable of a loop over constants, such as
    /// `os.environ[name]` in `for name in NAMES`; one object where it does not.
    pub fn fold_each(&self, expression: &'s Expr, frame: &Frame<'s>) -> Vec<Object<'s>> {
        Folder::new(self).each(expression, frame)
    }

    /// What `name` stands for at the end of a module; `None` if the module does not bind it, `Some(None)` if
    /// it is bound to something that is not known.
    pub fn member(&self, file: FileId, name: &str) -> Option<Option<Object<'s>>> {
        Folder::new(self).member(file, name)
    }

    /// What an attribute of a class is, as its own body or a base's gives it.
    pub fn class_member(&self, class: &ClassRef<'s>, name: &str) -> Option<Object<'s>> {
        Folder::new(self).class_attribute(class, name)
    }

    /// The modules of the tree whose names a module takes over by `from x import *`, in order.
    pub fn star_imports(&self, frame: &Frame<'s>) -> Vec<FileId> {
        let stars = frame.scope.stars.iter();
        stars.filter_map(|(import, _)| self.imported_module(import, frame.file()).0).collect()
    }

    /// What a call of this function without knowing more than these arguments gives.
    pub fn call(&self, function: &Object<'s>, arguments: &[Object<'s>]) -> Option<Object<'s>> {
        Folder::new(self).call_object(function, arguments, &[])
    }

    /// What a call calls: as [`Program::fold`] of its function, and the method for `self.method(…)` inside a class
    /// and for a method of an instance of one of the service's classes.
    pub fn callee(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Object<'s>> {
        let folder = Folder::new(self);
        if let Expr::Attribute(attribute) = &*call.func
            && let Expr::Name(name) = &*attribute.value
            && matches!(name.id.as_str(), "self" | "cls")
            && let Some(scope) = frame.class()
            && let ScopeKind::Class(definition) = scope.kind
            && let Some(around) = &scope.parent
        {
            let class = ClassRef { definition, frame: Frame::new(Arc::clone(around)) };
            return folder.class_attribute(&class, attribute.attr.as_str());
        }
        match folder.expression(&call.func, frame)? {
            Object::Attribute(of, name) => match *of {
                Object::Instance(instance) => match &instance.of {
                    Object::Class(class) => folder.class_attribute(class, &name),
                    _ => Some(Object::Attribute(Box::new(Object::Instance(instance)), name)),
                },
                of => Some(Object::Attribute(Box::new(of), name)),
            },
            object => Some(object),
        }
    }

    /// The frame in which `function`'s body sees the arguments of `call`, which stands in `caller`.
    pub fn enter(&self, function: &FunctionRef<'s>, call: &'s ast::ExprCall, caller: &Frame<'s>) -> Frame<'s> {
        let folder = Folder::new(self);
        let mut frame = Frame::within(Scope::function(function.definition, &function.frame.scope));
        let mut given: Vec<Option<Object<'s>>> = Vec::new();
        for argument in &call.arguments.args {
            if argument.is_starred_expr() {
                break;
            }
            given.push(folder.expression(argument, caller));
        }
        let keywords = call.arguments.keywords.iter();
        let named: Vec<_> = keywords
            .filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str(), folder.expression(&keyword.value, caller))))
            .collect();
        // A method that is called on an instance or class has its first parameter already.
        let is_method = matches!(function.frame.scope.kind, ScopeKind::Class(_))
            && !function.definition.decorator_list.iter().any(
                |decorator| matches!(&decorator.expression, Expr::Name(name) if name.id.as_str() == "staticmethod"),
            );
        if is_method {
            given.insert(0, None);
        }
        frame.arguments = Some(Arc::new(folder.bind(&function.definition.parameters, given, &named, &function.frame)));
        frame
    }
}

/// One folding, with what is left of its fuel.
pub(crate) struct Folder<'p, 's> {
    pub(crate) program: &'p Program<'s>,
    fuel: Cell<u32>,
    depth: Cell<u32>,
}

type Arguments<'s> = HashMap<&'s str, Option<Object<'s>>>;

impl<'p, 's> Folder<'p, 's> {
    pub(crate) fn new(program: &'p Program<'s>) -> Self {
        Self { program, fuel: Cell::new(FUEL), depth: Cell::new(0) }
    }

    pub(crate) fn expression(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        let (fuel, depth) = (self.fuel.get().checked_sub(1)?, self.depth.get() + 1);
        self.fuel.set(fuel);
        if depth > DEPTH * 4 {
            return None;
        }
        self.depth.set(depth);
        let object = self.any(expression, frame);
        self.depth.set(depth - 1);
        object
    }

    fn any(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        match expression {
            Expr::NoneLiteral(_) => Some(Object::None),
            Expr::BooleanLiteral(literal) => Some(Object::Bool(literal.value)),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(value) => {
                    value.to_string().parse().ok().or_else(|| value.as_u64().map(i128::from)).map(Object::Int)
                }
                Number::Float(value) => Some(Object::Float(*value)),
                Number::Complex { .. } => None,
            },
            Expr::StringLiteral(literal) => Some(Object::Text(literal.value.to_str().to_owned())),
            Expr::BytesLiteral(literal) => Some(Object::Bytes(literal.value.bytes().collect())),
            Expr::FString(literal) => self.f_string(literal, frame),
            Expr::Tuple(tuple) => self.items(&tuple.elts, frame).map(Object::Tuple),
            Expr::List(list) => self.items(&list.elts, frame).map(Object::List),
            Expr::Set(set) => self.items(&set.elts, frame).map(Object::Set),
            Expr::Dict(dict) => self.dict(dict, frame),
            Expr::Name(name) => self.name(name.id.as_str(), frame, expression.range().start())?,
            Expr::Attribute(attribute) => {
                let of = self.expression(&attribute.value, frame)?;
                self.attribute(of, attribute.attr.as_str())
            }
            Expr::Subscript(subscript) => self.subscript(subscript, frame),
            Expr::Call(call) => self.call(call, frame),
            Expr::BinOp(operation) => {
                let left = self.expression(&operation.left, frame)?;
                operators::binary(operation.op, &left, &self.expression(&operation.right, frame)?)
            }
            Expr::UnaryOp(operation) => operators::unary(operation.op, &self.expression(&operation.operand, frame)?),
            Expr::BoolOp(operation) => self.bool_operation(operation, frame),
            Expr::Compare(comparison) => self.compare(comparison, frame),
            Expr::If(choice) => match self.expression(&choice.test, frame).and_then(|test| test.truth()) {
                Some(true) => self.expression(&choice.body, frame),
                Some(false) => self.expression(&choice.orelse, frame),
                None => {
                    let (one, two) = (self.expression(&choice.body, frame)?, self.expression(&choice.orelse, frame)?);
                    one.equals(&two)?.then_some(one)
                }
            },
            Expr::Named(named) => self.expression(&named.value, frame),
            Expr::Lambda(lambda) => Some(Object::Lambda(lambda, frame.clone())),
            Expr::ListComp(list) => self.comprehension(&list.elt, &list.generators, frame).map(Object::List),
            Expr::SetComp(set) => self.comprehension(&set.elt, &set.generators, frame).map(Object::Set),
            Expr::Generator(generator) => {
                self.comprehension(&generator.elt, &generator.generators, frame).map(Object::List)
            }
            Expr::DictComp(_)
            | Expr::Await(_)
            | Expr::Yield(_)
            | Expr::YieldFrom(_)
            | Expr::TString(_)
            | Expr::EllipsisLiteral(_)
            | Expr::Starred(_)
            | Expr::Slice(_)
            | Expr::IpyEscapeCommand(_) => None,
        }
    }

    fn items(&self, items: &'s [Expr], frame: &Frame<'s>) -> Option<Vec<Object<'s>>> {
        let mut folded = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Expr::Starred(starred) => folded.extend(calls::iterate(&self.expression(&starred.value, frame)?)?),
                item => folded.push(self.expression(item, frame)?),
            }
        }
        Some(folded)
    }

    fn dict(&self, dict: &'s ast::ExprDict, frame: &Frame<'s>) -> Option<Object<'s>> {
        let mut pairs: Vec<(Object<'s>, Object<'s>)> = Vec::with_capacity(dict.items.len());
        for item in &dict.items {
            let value = self.expression(&item.value, frame)?;
            match (&item.key, value) {
                (Some(key), value) => operators::insert(&mut pairs, self.expression(key, frame)?, value),
                (None, Object::Dict(more)) => {
                    more.into_iter().for_each(|(key, value)| operators::insert(&mut pairs, key, value));
                }
                (None, _) => return None,
            }
        }
        Some(Object::Dict(pairs))
    }

    fn f_string(&self, literal: &'s ast::ExprFString, frame: &Frame<'s>) -> Option<Object<'s>> {
        let mut text = String::new();
        for part in &literal.value {
            match part {
                ast::FStringPart::Literal(literal) => text.push_str(literal.as_str()),
                ast::FStringPart::FString(string) => {
                    for element in &string.elements {
                        match element {
                            ast::InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                            ast::InterpolatedStringElement::Interpolation(inner) => {
                                let plain = inner.format_spec.is_none() && inner.debug_text.is_none();
                                let object = self.expression(&inner.expression, frame)?;
                                let shown = match inner.conversion {
                                    ast::ConversionFlag::None | ast::ConversionFlag::Str => calls::text_of(&object),
                                    ast::ConversionFlag::Repr | ast::ConversionFlag::Ascii => calls::repr_of(&object),
                                };
                                text.push_str(&shown.filter(|_| plain)?);
                            }
                        }
                    }
                }
            }
        }
        Some(Object::Text(text))
    }

    fn subscript(&self, subscript: &'s ast::ExprSubscript, frame: &Frame<'s>) -> Option<Object<'s>> {
        let of = self.expression(&subscript.value, frame)?;
        // `Base[int]`, `Optional[str]`: a parameter of a type says nothing about what it stands for.
        if matches!(of, Object::External(_) | Object::Class(_)) {
            return match &of {
                Object::Class(class) => {
                    self.member_named(class, self.expression(&subscript.slice, frame).as_ref(), of.clone())
                }
                // A subscript of the environment or of another mapping is a value, not a type.
                Object::External(name)
                    if name.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase)) =>
                {
                    Some(of)
                }
                _ => None,
            };
        }
        match &*subscript.slice {
            Expr::Slice(slice) => {
                let bound = |bound: &'s Option<Box<Expr>>| match bound {
                    None => Some(None),
                    Some(bound) => self.expression(bound, frame)?.whole().map(Some),
                };
                operators::slice(&of, bound(&slice.lower)?, bound(&slice.upper)?, bound(&slice.step)?)
            }
            index => operators::index(&of, &self.expression(index, frame)?),
        }
    }

    fn bool_operation(&self, operation: &'s ast::ExprBoolOp, frame: &Frame<'s>) -> Option<Object<'s>> {
        let stops_at = operation.op == ast::BoolOp::Or;
        let (last, rest) = operation.values.split_last()?;
        for value in rest {
            let object = self.expression(value, frame)?;
            if object.truth()? == stops_at {
                return Some(object);
            }
        }
        self.expression(last, frame)
    }

    fn compare(&self, comparison: &'s ast::ExprCompare, frame: &Frame<'s>) -> Option<Object<'s>> {
        let mut left = self.expression(&comparison.left, frame)?;
        for (operator, right) in comparison.ops.iter().zip(&comparison.comparators) {
            let right = self.expression(right, frame)?;
            if !operators::compare(*operator, &left, &right)? {
                return Some(Object::Bool(false));
            }
            left = right;
        }
        Some(Object::Bool(true))
    }

    fn comprehension(
        &self,
        element: &'s Expr,
        generators: &'s [ast::Comprehension],
        frame: &Frame<'s>,
    ) -> Option<Vec<Object<'s>>> {
        let [generator] = generators else { return None };
        let items = calls::iterate(&self.expression(&generator.iter, frame)?)?;
        let scope = Arc::new(Scope::comprehension(generators, &frame.scope));
        let mut folded = Vec::with_capacity(items.len());
        'items: for item in items {
            let mut arguments = Arguments::new();
            destructure(&generator.target, item, &mut arguments)?;
            // The names around are looked up in the enclosing scope, whose own arguments hold there.
            if let Some(outer) = &frame.arguments {
                outer.iter().for_each(|(name, value)| {
                    arguments.entry(name).or_insert_with(|| value.clone());
                });
            }
            let inner = Frame { arguments: Some(Arc::new(arguments)), ..Frame::new(Arc::clone(&scope)) };
            for test in &generator.ifs {
                if !self.expression(test, &inner)?.truth()? {
                    continue 'items;
                }
            }
            folded.push(self.expression(element, &inner)?);
        }
        Some(folded)
    }

    /// Outer `None`: the name is bound nowhere and is no builtin.
    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    fn name(&self, name: &str, frame: &Frame<'s>, at: TextSize) -> Option<Option<Object<'s>>> {
        let mut scope = &frame.scope;
        let mut limit = at;
        let mut innermost = true;
        loop {
            if innermost && let Some(value) = frame.arguments.as_ref().and_then(|arguments| arguments.get(name)) {
                return Some(value.clone());
            }
            // The innermost scope keeps its arguments; those of functions further out are not known.
            let around = if Arc::ptr_eq(scope, &frame.scope) { frame.clone() } else { Frame::new(Arc::clone(scope)) };
            // A class body's names are not seen from its methods.
            if (innermost || !matches!(scope.kind, ScopeKind::Class(_)))
                && let Some(found) = self.bound_before(name, &around, limit)
            {
                return Some(found);
            }
            let inline = matches!(scope.kind, ScopeKind::Class(_) | ScopeKind::Comprehension);
            if !inline {
                limit = TextSize::new(u32::MAX);
            }
            innermost = innermost && matches!(scope.kind, ScopeKind::Comprehension);
            match &scope.parent {
                Some(parent) => scope = parent,
                None => return calls::is_builtin(name).then(|| Some(Object::External(name.to_owned()))),
            }
        }
    }

    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    fn bound_before(&self, name: &str, frame: &Frame<'s>, limit: TextSize) -> Option<Option<Object<'s>>> {
        let scope = &frame.scope;
        let bindings = scope.bindings(name);
        let visible = &bindings[..bindings.partition_point(|binding| binding.at <= limit)];
        let star = scope.stars.iter().rev().filter(|(_, at)| *at <= limit);
        let after = visible.last().map_or(TextSize::new(0), |binding| binding.at);
        // A later star import hides an earlier binding, but only if it brings the name.
        for (import, _) in star.filter(|(_, at)| *at > after) {
            if let (Some(file), _) = self.program.imported_module(import, scope.file)
                && file != scope.file
                && let Some(found) = self.deeper(|| self.member(file, name))
            {
                return Some(found);
            }
        }
        if !visible.is_empty() {
            return Some(self.deeper(|| self.choose(visible, frame)));
        }
        let star = scope.stars.iter().rev().filter(|(_, at)| *at <= after);
        for (import, _) in star {
            if let (Some(file), _) = self.program.imported_module(import, scope.file)
                && file != scope.file
                && let Some(found) = self.deeper(|| self.member(file, name))
            {
                return Some(found);
            }
        }
        None
    }

    /// Follows something one level further, or gives up where it has gone too far.
    fn deeper<T: Default>(&self, follow: impl FnOnce() -> T) -> T {
        let (depth, Some(fuel)) = (self.depth.get() + 4, self.fuel.get().checked_sub(1)) else { return T::default() };
        if depth > DEPTH * 4 {
            return T::default();
        }
        self.fuel.set(fuel);
        self.depth.set(depth);
        let found = follow();
        self.depth.set(depth - 4);
        found
    }

    #[expect(clippy::option_option, reason = "unbound and unknown are two things")]
    pub(crate) fn member(&self, file: FileId, name: &str) -> Option<Option<Object<'s>>> {
        let frame = self.program.frame(file)?;
        self.bound_before(name, &frame, TextSize::new(u32::MAX))
    }

    /// The value after all of these bindings. Those in branches count as well as the last that surely runs: they
    /// must agree, or the first that stands for a class, function or module is taken (`try: import …`).
    fn choose(&self, bindings: &[Binding<'s>], frame: &Frame<'s>) -> Option<Object<'s>> {
        let surely = |binding: &Binding<'s>| !binding.conditional && !binding.bound.needs_value();
        let from = bindings.iter().rposition(surely).unwrap_or(0);
        let (first, rest) = bindings[from..].split_first()?;
        let mut value = self.bound(first, None, frame);
        let mut named = value.clone().filter(stands_for_something);
        // A change in a branch adds to what holds without it; that is the default.
        for binding in rest.iter().filter(|binding| !(binding.conditional && binding.bound.needs_value())) {
            let next = self.bound(binding, value.as_ref(), frame);
            named = named.or_else(|| next.clone().filter(stands_for_something));
            let agree = !binding.conditional
                || value.as_ref().zip(next.as_ref()).is_some_and(|(one, two)| one.equals(two) == Some(true));
            value = next.filter(|_| agree);
        }
        named.or(value)
    }

    /// What a binding binds; `old` is what the name was bound to before.
    fn bound(&self, binding: &Binding<'s>, old: Option<&Object<'s>>, frame: &Frame<'s>) -> Option<Object<'s>> {
        match &binding.bound {
            Bound::Value(value) => self.expression(value, frame),
            Bound::Item(value, path) => take(self.expression(value, frame)?, path),
            Bound::Augmented(operator, value) => {
                operators::binary(*operator, old?, &self.expression(value, frame)?)
            }
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
                None => self.program.submodule(*file, name).map(Object::Module),
            },
            Object::External(module) => {
                let full = format!("{module}.{name}");
                Some(calls::known_constant(&full).unwrap_or(Object::External(full)))
            }
            Object::Class(class) => self.class_attribute(class, name),
            Object::Member(member) => match name {
                "value" | "_value_" => Some(member.value.clone()),
                "name" | "_name_" => Some(Object::Text(member.name.clone())),
                _ => member.value.as_text().is_some().then(|| Object::Attribute(Box::new(of.clone()), name.to_owned())),
            },
            Object::Path(path) => Some(
                methods::path_attribute(path, name)
                    .unwrap_or_else(|| Object::Attribute(Box::new(of.clone()), name.to_owned())),
            ),
            _ => Some(Object::Attribute(Box::new(of), name.to_owned())),
        }
    }

    fn call(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Object<'s>> {
        let function = self.expression(&call.func, frame)?;
        if let (Some(arguments), Some(keywords)) = (self.items(&call.arguments.args, frame), self.keywords(call, frame))
            && let Some(result) = self.call_object(&function, &arguments, &keywords)
        {
            return Some(result);
        }
        match function {
            Object::Class(_) | Object::External(_) | Object::Attribute(..) => {
                Some(Object::Instance(Box::new(Instance { of: function, call, frame: frame.clone() })))
            }
            _ => None,
        }
    }

    fn keywords(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Vec<(&'s str, Object<'s>)>> {
        let keywords = call.arguments.keywords.iter();
        keywords
            .map(|keyword| Some((keyword.arg.as_ref()?.as_str(), self.expression(&keyword.value, frame)?)))
            .collect()
    }

    fn call_object(
        &self,
        function: &Object<'s>,
        arguments: &[Object<'s>],
        keywords: &[(&'s str, Object<'s>)],
    ) -> Option<Object<'s>> {
        match function {
            Object::External(name) => calls::external(name, arguments, keywords),
            Object::Attribute(of, name) => methods::call(of, name, arguments, keywords),
            Object::Function(function) => self.deeper(|| {
                let given = arguments.iter().cloned().map(Some).collect();
                let named: Vec<_> = keywords.iter().map(|(name, value)| (*name, Some(value.clone()))).collect();
                let mut frame = Frame::within(Scope::function(function.definition, &function.frame.scope));
                frame.arguments =
                    Some(Arc::new(self.bind(&function.definition.parameters, given, &named, &function.frame)));
                match self.run(&function.definition.body, &frame) {
                    End::Returns(Some(value)) => self.expression(value, &frame),
                    End::Returns(None) | End::Falls => Some(Object::None),
                    End::Unknown => None,
                }
            }),
            Object::Lambda(lambda, around) => self.deeper(|| {
                let given = arguments.iter().cloned().map(Some).collect();
                let mut frame = Frame::within(Scope::lambda(lambda, &around.scope));
                if let Some(parameters) = &lambda.parameters {
                    frame.arguments = Some(Arc::new(self.bind(parameters, given, &[], around)));
                }
                self.expression(&lambda.body, &frame)
            }),
            Object::Class(class) => match arguments {
                [value] => self.member_with_value(class, value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Follows a function's statements to the one that returns, as far as the tests on the way fold.
    fn run(&self, body: &'s [ast::Stmt], frame: &Frame<'s>) -> End<'s> {
        for statement in body {
            let end = match statement {
                ast::Stmt::Return(value) => End::Returns(value.value.as_deref()),
                ast::Stmt::Raise(_) => End::Unknown,
                ast::Stmt::If(choice) if may_return(statement) => self.run_branch(choice, frame),
                statement if may_return(statement) => End::Unknown,
                _ => End::Falls,
            };
            if !matches!(end, End::Falls) {
                return end;
            }
        }
        End::Falls
    }

    fn run_branch(&self, choice: &'s ast::StmtIf, frame: &Frame<'s>) -> End<'s> {
        let clauses = choice.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
        for (test, body) in std::iter::once((Some(&*choice.test), &choice.body)).chain(clauses) {
            match test.map_or(Some(true), |test| self.expression(test, frame).and_then(|test| test.truth())) {
                Some(true) => return self.run(body, frame),
                Some(false) => {}
                None => return End::Unknown,
            }
        }
        End::Falls
    }

    /// The arguments by parameter, the parameters' own defaults among them.
    fn bind(
        &self,
        parameters: &'s ast::Parameters,
        given: Vec<Option<Object<'s>>>,
        named: &[(&'s str, Option<Object<'s>>)],
        around: &Frame<'s>,
    ) -> Arguments<'s> {
        let mut bound = Arguments::new();
        let mut given = given.into_iter();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            bound.insert(
                parameter.parameter.name.as_str(),
                given
                    .next()
                    .flatten_or(|| parameter.default.as_ref().and_then(|default| self.expression(default, around))),
            );
        }
        for parameter in &parameters.kwonlyargs {
            let default = parameter.default.as_ref().and_then(|default| self.expression(default, around));
            bound.insert(parameter.parameter.name.as_str(), default);
        }
        for (name, value) in named {
            if let Some(slot) = bound.get_mut(name) {
                slot.clone_from(value);
            }
        }
        bound
    }

    fn each(&self, expression: &'s Expr, frame: &Frame<'s>) -> Vec<Object<'s>> {
        if let Some(object) = self.expression(expression, frame) {
            return vec![object];
        }
        let mut names = Vec::new();
        names_in(expression, &mut names);
        for name in names {
            let Some((iterable, path, around)) = loop_of(name, frame) else { continue };
            let Some(items) = self.expression(iterable, &around).and_then(|items| calls::iterate(&items)) else {
                continue;
            };
            let mut found = Vec::new();
            for item in items {
                let mut inner = frame.clone();
                let mut arguments = inner.arguments.as_deref().cloned().unwrap_or_default();
                arguments.insert(name, take(item, path));
                inner.arguments = Some(Arc::new(arguments));
                found.extend(self.expression(expression, &inner));
            }
            return found;
        }
        Vec::new()
    }
}

trait FlattenOr<T> {
    fn flatten_or(self, or: impl FnOnce() -> Option<T>) -> Option<T>;
}

impl<T> FlattenOr<T> for Option<Option<T>> {
    /// A given argument, known or not; the default where none was given.
    fn flatten_or(self, or: impl FnOnce() -> Option<T>) -> Option<T> {
        self.unwrap_or_else(or)
    }
}

/// The loop that binds `name` where `frame` sees it, and the frame of its iterable.
fn loop_of<'s, 'f>(name: &str, frame: &'f Frame<'s>) -> Option<(&'s Expr, &'f [usize], Frame<'s>)> {
    let mut scope = &frame.scope;
    loop {
        if let Some(binding) = scope.bindings(name).last() {
            let Bound::Each(iterable, path) = &binding.bound else { return None };
            return Some((
                iterable,
                path,
                Frame::new(
                    scope
                        .parent
                        .clone()
                        .filter(|_| matches!(scope.kind, ScopeKind::Comprehension))
                        .unwrap_or_else(|| Arc::clone(scope)),
                ),
            ));
        }
        scope = scope.parent.as_ref()?;
    }
}

fn names_in<'s>(expression: &'s Expr, names: &mut Vec<&'s str>) {
    match expression {
        Expr::Name(name) => names.push(name.id.as_str()),
        Expr::Attribute(attribute) => names_in(&attribute.value, names),
        Expr::BinOp(operation) => {
            names_in(&operation.left, names);
            names_in(&operation.right, names);
        }
        Expr::Call(call) => {
            names_in(&call.func, names);
            call.arguments.args.iter().for_each(|argument| names_in(argument, names));
        }
        Expr::Subscript(subscript) => {
            names_in(&subscript.value, names);
            names_in(&subscript.slice, names);
        }
        Expr::FString(literal) => {
            for inner in literal.value.elements().filter_map(|element| element.as_interpolation()) {
                names_in(&inner.expression, names);
            }
        }
        _ => {}
    }
}

fn destructure<'s>(target: &'s Expr, item: Object<'s>, arguments: &mut Arguments<'s>) -> Option<()> {
    match target {
        Expr::Name(name) => {
            arguments.insert(name.id.as_str(), Some(item));
        }
        Expr::Tuple(tuple) => {
            for (target, item) in tuple.elts.iter().zip(calls::iterate(&item)?) {
                destructure(target, item, arguments)?;
            }
        }
        _ => return None,
    }
    Some(())
}

fn take<'s>(mut object: Object<'s>, path: &[usize]) -> Option<Object<'s>> {
    for index in path {
        object = calls::iterate(&object)?.into_iter().nth(*index)?;
    }
    Some(object)
}

/// True for what a name is imported or defined as, rather than a value that it holds.
fn stands_for_something(object: &Object<'_>) -> bool {
    matches!(object, Object::Class(_) | Object::Function(_) | Object::Module(_) | Object::External(_))
}

/// How a run of statements ends.
enum End<'s> {
    /// It goes on after the last.
    Falls,
    /// It returns this; nothing for a bare `return`.
    Returns(Option<&'s Expr>),
    /// Only running it tells.
    Unknown,
}

fn may_return(statement: &ast::Stmt) -> bool {
    struct Search(bool);
    impl<'s> ast::statement_visitor::StatementVisitor<'s> for Search {
        fn visit_stmt(&mut self, statement: &'s ast::Stmt) {
            match statement {
                ast::Stmt::Return(_) => self.0 = true,
                ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_) => {}
                statement => ast::statement_visitor::walk_stmt(self, statement),
            }
        }
    }
    let mut search = Search(false);
    ast::statement_visitor::StatementVisitor::visit_stmt(&mut search, statement);
    search.0
}
