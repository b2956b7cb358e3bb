//! Folds an expression to a constant, or to what a name stands for, across the modules of the tree.

use crate::equality::{Pairs, unique};
use crate::links::{self, Link};
use crate::size::{LARGEST, append};
use crate::writing::{repr_of, text_of};
use crate::{FileId, Frame, Object, Program, Scope, builtins, loops, operators};
use ruff_python_ast::{self as ast, Expr, Number};
use ruff_text_size::Ranged;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many steps one expression may take, so that a hostile file costs no more than a moment.
pub(crate) const FUEL: u32 = 20_000;
/// How many expressions of a file may use up their fuel.
const MOST_EXHAUSTED: u32 = 50;
/// The fuel of its other expressions.
const FUEL_OF_THE_HOSTILE: u32 = 200;
/// Letters and items that are copied in the time of a step.
const SIZE_OF_A_STEP: usize = 32;
/// How deep names and calls may be followed; a cycle of imports ends here, too.
const DEPTH: u32 = 60;
/// From how deep on a name of another module is found out by itself: what is left is enough for what it is bound to.
const DEPTH_OF_LINKS: u32 = DEPTH;

impl<'s> Program<'s> {
    /// What the expression folds to; `None` where that is known only when the code runs.
    pub fn fold(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        self.folding(frame, |folder| folder.expression(expression, frame))
    }

    /// What a name or a chain of attributes refers to, when nothing is computed on the way: cheap enough to ask of
    /// every call of a large tree.
    pub fn refer(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        links::ask(|| Folder::of_names(self), |folder| folder.expression(expression, frame))
    }

    /// Every object that the expression takes where it depends on the variable of a loop over constants, such as
    /// `os.environ[name]` in `for name in NAMES`; one object where it does not.
    pub fn fold_each(&self, expression: &'s Expr, frame: &Frame<'s>) -> Vec<Object<'s>> {
        self.folding(frame, |folder| folder.each(expression, frame))
    }

    /// Folds with what a file may still use: one that has used up all of its fuel again and again is hostile, and gets
    /// little from then on.
    fn folding<'p, T>(&'p self, frame: &Frame<'s>, fold: impl Fn(&Folder<'p, 's>) -> T) -> T {
        let exhausted = &self.exhausted[frame.file().0 as usize];
        let new = || {
            let folder = Folder::new(self);
            if exhausted.load(Ordering::Relaxed) >= MOST_EXHAUSTED {
                folder.fuel.set(FUEL_OF_THE_HOSTILE);
            }
            folder
        };
        links::ask(new, |folder| {
            let found = fold(folder);
            if folder.fuel.get() == 0 {
                exhausted.fetch_add(1, Ordering::Relaxed);
            }
            found
        })
    }
}

/// One folding, with what is left of its fuel.
pub(crate) struct Folder<'p, 's> {
    pub(crate) program: &'p Program<'s>,
    fuel: Cell<u32>,
    depth: Cell<u32>,
    /// A limit was reached: what was found since then is less than could be known.
    cut: Cell<bool>,
    /// The first name of a module that was too far away to be found out on the way.
    needs: RefCell<Option<Link>>,
    /// Only names are followed, nothing is computed.
    names_alone: bool,
}

pub(crate) type Arguments<'s> = HashMap<&'s str, Option<Object<'s>>>;

impl<'p, 's> Folder<'p, 's> {
    pub(crate) fn new(program: &'p Program<'s>) -> Self {
        let (fuel, depth, cut, needs) = (Cell::new(FUEL), Cell::new(0), Cell::new(false), RefCell::new(None));
        Self { program, fuel, depth, cut, needs, names_alone: false }
    }

    /// A folder that follows names and computes nothing.
    fn of_names(program: &'p Program<'s>) -> Self {
        Self { names_alone: true, ..Self::new(program) }
    }

    pub(crate) fn names_alone(&self) -> bool {
        self.names_alone
    }

    /// How many steps it has taken.
    pub(crate) fn steps(&self) -> u32 {
        FUEL - self.fuel.get()
    }

    /// The link that has to be found out before this can be.
    pub(crate) fn needs(&self) -> Option<Link> {
        self.needs.borrow().clone()
    }

    /// True if a name of a module is too far away to be found out on the way, which is noted.
    pub(crate) fn is_far(&self, file: FileId, name: &str) -> bool {
        let far = self.depth.get() > DEPTH_OF_LINKS;
        if far {
            self.cut.set(true);
            self.needs.borrow_mut().get_or_insert_with(|| Link { file, name: name.to_owned() });
        }
        far
    }

    pub(crate) fn expression(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        self.follow(1, || self.any(expression, frame).filter(|object| self.affords(object)))
    }

    /// Pays for an object by its size, so that a large one is not copied many thousand times; false if it is too large.
    fn affords(&self, object: &Object<'s>) -> bool {
        let price = object.size().map_or(FUEL, |size| u32::try_from(size / SIZE_OF_A_STEP).unwrap_or(FUEL));
        let left = self.fuel.get().checked_sub(price);
        self.fuel.set(left.unwrap_or_default());
        self.cut.set(self.cut.get() || left.is_none());
        left.is_some()
    }

    fn any(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
        if self.names_alone && !is_reference(expression) {
            return None;
        }
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
            Expr::StringLiteral(literal) => text(literal.value.to_str()),
            Expr::BytesLiteral(literal) => Some(Object::Bytes(literal.value.bytes().collect())),
            Expr::FString(literal) => self.f_string(literal, frame),
            Expr::Tuple(tuple) => self.items(&tuple.elts, frame).map(Object::Tuple),
            Expr::List(list) => self.items(&list.elts, frame).map(Object::List),
            Expr::Set(set) => unique(self.items(&set.elts, frame)?).map(Object::Set),
            Expr::Dict(dict) => self.dict(dict, frame),
            Expr::Name(name) => self.name(name.id.as_str(), frame, expression.range().start())?,
            Expr::Attribute(attribute) => {
                let (of, name) = (self.expression(&attribute.value, frame)?, attribute.attr.as_str());
                if let Object::External(package) = &of
                    && let Some(module) = self.program.module_of_folder(package, name, frame.file())
                {
                    return Some(Object::Module(module));
                }
                self.attribute(of, name)
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
            Expr::ListComp(list) => {
                self.comprehension(&list.elt, &list.generators, frame, builtins::ordered).map(Object::List)
            }
            Expr::SetComp(set) => {
                unique(self.comprehension(&set.elt, &set.generators, frame, builtins::iterate)?).map(Object::Set)
            }
            Expr::Generator(generator) => {
                self.comprehension(&generator.elt, &generator.generators, frame, builtins::ordered).map(Object::List)
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

    pub(crate) fn items(&self, items: &'s [Expr], frame: &Frame<'s>) -> Option<Vec<Object<'s>>> {
        let mut folded = Vec::with_capacity(items.len());
        let mut left = LARGEST;
        for item in items {
            let at = folded.len();
            match item {
                Expr::Starred(starred) => folded.extend(builtins::ordered(&self.expression(&starred.value, frame)?)?),
                item => folded.push(self.expression(item, frame)?),
            }
            folded[at..].iter().try_for_each(|item| item.take_from(&mut left))?;
        }
        Some(folded)
    }

    fn dict(&self, dict: &'s ast::ExprDict, frame: &Frame<'s>) -> Option<Object<'s>> {
        let (mut pairs, mut left) = (Pairs::default(), LARGEST);
        for item in &dict.items {
            let value = self.expression(&item.value, frame)?;
            value.take_from(&mut left)?;
            match (&item.key, value) {
                (Some(key), value) => pairs.insert(self.expression(key, frame)?, value)?,
                (None, Object::Dict(more)) => pairs.extend(more)?,
                (None, _) => return None,
            }
        }
        Some(pairs.into_dict())
    }

    fn f_string(&self, literal: &'s ast::ExprFString, frame: &Frame<'s>) -> Option<Object<'s>> {
        let mut text = String::new();
        for part in &literal.value {
            match part {
                ast::FStringPart::Literal(literal) => append(&mut text, literal.as_str())?,
                ast::FStringPart::FString(string) => {
                    for element in &string.elements {
                        match element {
                            ast::InterpolatedStringElement::Literal(literal) => append(&mut text, &literal.value)?,
                            ast::InterpolatedStringElement::Interpolation(inner) => {
                                let plain = inner.format_spec.is_none() && inner.debug_text.is_none();
                                let object = self.expression(&inner.expression, frame)?;
                                let shown = match inner.conversion {
                                    ast::ConversionFlag::None | ast::ConversionFlag::Str => text_of(&object),
                                    ast::ConversionFlag::Repr => repr_of(&object),
                                    ast::ConversionFlag::Ascii => repr_of(&object).filter(|text| text.is_ascii()),
                                };
                                append(&mut text, &shown.filter(|_| plain)?)?;
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
        order: fn(&Object<'s>) -> Option<Vec<Object<'s>>>,
    ) -> Option<Vec<Object<'s>>> {
        let [generator] = generators else { return None };
        let items = order(&self.expression(&generator.iter, frame)?)?;
        let scope = Arc::new(Scope::comprehension(generators, &frame.scope));
        let (mut folded, mut left) = (Vec::with_capacity(items.len()), LARGEST);
        'items: for item in items {
            let mut arguments = Arguments::new();
            loops::destructure(&generator.target, item, &mut arguments)?;
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
            let item = self.expression(element, &inner)?;
            item.take_from(&mut left)?;
            folded.push(item);
        }
        Some(folded)
    }

    /// Follows something one level further, or gives up where it has gone too far.
    pub(crate) fn deeper<T: Default>(&self, follow: impl FnOnce() -> T) -> T {
        self.follow(4, follow)
    }

    fn follow<T: Default>(&self, levels: u32, follow: impl FnOnce() -> T) -> T {
        let depth = self.depth.get() + levels;
        let Some(fuel) = self.fuel.get().checked_sub(1).filter(|_| depth <= DEPTH * 4) else {
            self.cut.set(true);
            return T::default();
        };
        self.fuel.set(fuel);
        self.depth.set(depth);
        let found = follow();
        self.depth.set(depth - levels);
        found
    }

    /// Finds something out and keeps it, unless a limit has cut it short.
    pub(crate) fn kept<T>(&self, find: impl FnOnce() -> T, keep: impl FnOnce(&T)) -> T {
        let before = self.cut.replace(false);
        let found = find();
        if !self.cut.get() {
            keep(&found);
        }
        self.cut.set(self.cut.get() || before);
        found
    }
}

/// A text as it was read; Rust's has no half of a surrogate pair, which the parser replaces.
fn text<'s>(text: &str) -> Option<Object<'s>> {
    (!text.contains('\u{fffd}')).then(|| Object::Text(text.to_owned()))
}

/// True for a name, a chain of attributes, and a copy of what one of them refers to.
fn is_reference(expression: &Expr) -> bool {
    match expression {
        Expr::Name(_) => true,
        Expr::Attribute(attribute) => is_reference(&attribute.value),
        Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
            (Expr::Attribute(method), []) => method.attr.as_str() == "copy" && is_reference(&method.value),
            (Expr::Name(name), [argument]) => name.id.as_str() == "dict" && is_reference(argument),
            _ => false,
        },
        _ => false,
    }
}
