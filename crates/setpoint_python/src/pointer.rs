//! Points at one expression of a module: `Config.__init__(timeout_keep_alive)` is that parameter's default,
//! `NAMESPACES(broker)(pool_limit)(0)` the first argument of a call among the arguments of a call.

use crate::scope::Bound;
use crate::{ClassRef, FileId, Frame, Object, Program};
use ruff_python_ast::{Expr, ExprCall, StmtFunctionDef};
use std::str::FromStr;

/// The way from a module's top to an expression in it.
///
/// `a.b` is the name `b` that the class `a` or one of its bases binds. `(x)` is the default of a function's parameter
/// `x`, or the argument of a call that is given as `x`, or at the place `x` where that is a number. `[x]` is the item of a
/// dict under that text, or of a list or tuple at that place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Argument(String),
    Item(String),
}

/// What a [`Pointer`] points at.
#[derive(Clone, Debug)]
pub struct Pointed<'s> {
    /// The expression.
    pub expression: &'s Expr,
    /// The names around it.
    pub frame: Frame<'s>,
}

/// Why a text is no pointer: what was expected, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPointer {
    /// What was expected.
    pub expected: &'static str,
    /// The byte of the text.
    pub at: usize,
}

impl FromStr for Pointer {
    type Err = NoPointer;

    fn from_str(text: &str) -> Result<Self, NoPointer> {
        let mut steps = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at = text.len() - rest.len();
            let (step, after): (fn(String) -> Step, &str) = match (first, steps.is_empty()) {
                ('.', false) => (Step::Name, &rest[1..]),
                ('(', false) => (Step::Argument, &rest[1..]),
                ('[', false) => (Step::Item, &rest[1..]),
                (_, true) => (Step::Name, rest),
                (_, false) => return Err(NoPointer { expected: "`.`, `(` or `[`", at }),
            };
            let end = after.find(['.', '(', ')', '[', ']']).unwrap_or(after.len());
            let (name, behind) = after.split_at(end);
            if name.is_empty() {
                return Err(NoPointer { expected: "a name", at: text.len() - after.len() });
            }
            let closing = match first {
                '(' if !steps.is_empty() => ")",
                '[' if !steps.is_empty() => "]",
                _ => "",
            };
            rest = behind
                .strip_prefix(closing)
                .ok_or(NoPointer { expected: "a closing bracket", at: text.len() - behind.len() })?;
            steps.push(step(name.to_owned()));
        }
        if steps.is_empty() { Err(NoPointer { expected: "a name", at: 0 }) } else { Ok(Self(steps)) }
    }
}

/// How far the way was gone.
enum At<'s> {
    Module(Frame<'s>),
    Class(ClassRef<'s>),
    Function(&'s StmtFunctionDef, Frame<'s>),
    Expression(Pointed<'s>),
}

impl<'s> Program<'s> {
    /// What the pointer points at in that file; `None` where the way does not go so far, as in another version of a
    /// library.
    pub fn point(&self, file: FileId, pointer: &Pointer) -> Option<Pointed<'s>> {
        let start = At::Module(self.frame(file)?);
        let end = pointer.0.iter().try_fold(start, |at, step| self.step(at, step))?;
        match end {
            At::Expression(pointed) => Some(pointed),
            At::Module(_) | At::Class(_) | At::Function(..) => None,
        }
    }

    fn step(&self, at: At<'s>, step: &Step) -> Option<At<'s>> {
        match (at, step) {
            (At::Module(frame), Step::Name(name)) => bound(name, &frame),
            (At::Class(class), Step::Name(name)) => self.ancestry(&class).iter().find_map(|ancestor| match ancestor {
                Object::Class(ancestor) => bound(name, &ancestor.body()),
                _ => None,
            }),
            (At::Function(definition, frame), Step::Argument(name)) => {
                let mut parameters = definition.parameters.iter_non_variadic_params();
                let parameter = parameters.find(|each| each.parameter.name.as_str() == name)?;
                Some(At::Expression(Pointed { expression: parameter.default.as_deref()?, frame }))
            }
            (At::Expression(Pointed { expression: Expr::Call(call), frame }), Step::Argument(name)) => {
                Some(At::Expression(Pointed { expression: argument(call, name)?, frame }))
            }
            (At::Expression(Pointed { expression, frame }), Step::Item(key)) => {
                Some(At::Expression(Pointed { expression: item(expression, key)?, frame }))
            }
            _ => None,
        }
    }
}

/// What the name is bound to last.
fn bound<'s>(name: &str, frame: &Frame<'s>) -> Option<At<'s>> {
    let bindings = frame.scope.bindings(name).iter().rev();
    let mut ends = bindings.filter_map(|binding| match binding.bound {
        Bound::Class(definition) => Some(At::Class(ClassRef { definition, frame: frame.clone() })),
        Bound::Function(definition) => Some(At::Function(definition, frame.clone())),
        Bound::Value(expression) => Some(At::Expression(Pointed { expression, frame: frame.clone() })),
        _ => None,
    });
    ends.next()
}

fn argument<'s>(call: &'s ExprCall, name: &str) -> Option<&'s Expr> {
    match name.parse() {
        Ok(place) => call.arguments.args.get::<usize>(place),
        Err(_) => call.arguments.find_keyword(name).map(|keyword| &keyword.value),
    }
}

fn item<'s>(expression: &'s Expr, key: &str) -> Option<&'s Expr> {
    match expression {
        Expr::Dict(dict) => dict.items.iter().rev().find_map(|item| match &item.key {
            Some(Expr::StringLiteral(literal)) if literal.value.to_str() == key => Some(&item.value),
            _ => None,
        }),
        Expr::List(list) => list.elts.get(key.parse::<usize>().ok()?),
        Expr::Tuple(tuple) => tuple.elts.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}
