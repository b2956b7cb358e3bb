//! Points at one expression of a module: `Config.__init__(timeout_keep_alive)` is that parameter's default,
//! `NAMESPACES(broker)(pool_limit)(0)` the first argument of a call among the arguments of a call.

use crate::binding::Bound;
use crate::{ClassRef, FileId, Frame, FunctionRef, Object, Program};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use std::fmt;
use std::str::FromStr;

/// The way from a module's top to an expression in it.
///
/// `a.b` is the name `b` that the class `a` or one of its bases binds, or that the function `a` gives a value, also as
/// `self.b`. `(x)` is the default of a function's parameter `x`, or what a call gives as `x`: the argument at the place
/// `x` where that is a number, else the argument for the parameter `x`, and the parameter's own default where the call
/// leaves it out. `[x]` is the item of a dict or of a list of pairs under that text, or of a list or tuple at that place.
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

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(number, step)| match step {
            Step::Name(name) if number == 0 => f.write_str(name),
            Step::Name(name) => write!(f, ".{name}"),
            Step::Argument(name) => write!(f, "({name})"),
            Step::Item(name) => write!(f, "[{name}]"),
        })
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
            At::Expression(end) => Some(end),
            At::Module(_) | At::Class(_) | At::Function(..) => None,
        }
    }

    fn step(&self, at: At<'s>, step: &Step) -> Option<At<'s>> {
        match (at, step) {
            (At::Module(frame), Step::Name(name)) => bound(name, &frame),
            (At::Class(class), Step::Name(name)) => self.ancestry(&class).iter().find_map(|ancestor| match ancestor {
                Object::Class(ancestor) => bound(name, &self.inside_class(ancestor)),
                _ => None,
            }),
            (At::Function(definition, frame), Step::Name(name)) => {
                let function = FunctionRef { definition, frame };
                let expression = given_in(self.body(&function), name)?;
                Some(At::Expression(Pointed { expression, frame: function.frame }))
            }
            (At::Function(definition, frame), Step::Argument(name)) => {
                Some(At::Expression(Pointed { expression: default(definition, name)?, frame }))
            }
            (At::Expression(Pointed { expression: Expr::Call(call), frame }), Step::Argument(name)) => {
                self.argument(call, name, frame).map(At::Expression)
            }
            (At::Expression(Pointed { expression, frame }), Step::Item(key)) => {
                Some(At::Expression(Pointed { expression: item(expression, key)?, frame }))
            }
            _ => None,
        }
    }

    /// What a call gives as that argument.
    fn argument(&self, call: &'s ExprCall, name: &str, frame: Frame<'s>) -> Option<Pointed<'s>> {
        if let Ok(place) = name.parse() {
            return Some(Pointed { expression: call.arguments.args.get::<usize>(place)?, frame });
        }
        if let Some(keyword) = call.arguments.find_keyword(name) {
            return Some(Pointed { expression: &keyword.value, frame });
        }
        let (definition, around, unseen) = match self.refer(&call.func, &frame)? {
            Object::Function(function) => (function.definition, function.frame, 0),
            Object::Class(class) => match self.step(At::Class(class), &Step::Name("__init__".to_owned()))? {
                At::Function(definition, frame) => (definition, frame, 1),
                At::Module(_) | At::Class(_) | At::Expression(_) => return None,
            },
            _ => return None,
        };
        let mut parameters = definition.parameters.posonlyargs.iter().chain(&definition.parameters.args).skip(unseen);
        let place = parameters.position(|each| each.parameter.name.as_str() == name);
        match place.and_then(|place| call.arguments.args.get(place)) {
            Some(expression) => Some(Pointed { expression, frame }),
            None => Some(Pointed { expression: default(definition, name)?, frame: around }),
        }
    }
}

/// A parameter's own default.
fn default<'s>(definition: &'s StmtFunctionDef, name: &str) -> Option<&'s Expr> {
    let mut parameters = definition.parameters.iter_non_variadic_params();
    parameters.find(|each| each.parameter.name.as_str() == name)?.default.as_deref()
}

/// What these statements of a function give last to a name of it, or to an attribute `self.NAME`.
fn given_in<'s>(body: &'s [Stmt], name: &str) -> Option<&'s Expr> {
    let is_it = |target: &Expr| match target {
        Expr::Name(target) => target.id.as_str() == name,
        Expr::Attribute(target) => target.attr.as_str() == name && target.value.is_name_expr(),
        _ => false,
    };
    body.iter().rev().find_map(|statement| match statement {
        Stmt::Assign(assign) if assign.targets.iter().any(is_it) => Some(&*assign.value),
        Stmt::AnnAssign(assign) if is_it(&assign.target) => assign.value.as_deref(),
        Stmt::If(branches) => {
            let other = branches.elif_else_clauses.iter().rev().find_map(|branch| given_in(&branch.body, name));
            other.or_else(|| given_in(&branches.body, name))
        }
        Stmt::With(with) => given_in(&with.body, name),
        Stmt::Try(attempt) => given_in(&attempt.orelse, name).or_else(|| given_in(&attempt.body, name)),
        _ => None,
    })
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

fn item<'s>(expression: &'s Expr, key: &str) -> Option<&'s Expr> {
    match expression {
        Expr::Dict(dict) => dict.items.iter().rev().find_map(|item| match &item.key {
            Some(Expr::StringLiteral(literal)) if literal.value.to_str() == key => Some(&item.value),
            _ => None,
        }),
        Expr::List(list) => element(&list.elts, key),
        Expr::Tuple(tuple) => element(&tuple.elts, key),
        _ => None,
    }
}

/// The element at a place, or the second of a pair whose first is that text.
fn element<'s>(elements: &'s [Expr], key: &str) -> Option<&'s Expr> {
    if let Ok(place) = key.parse::<usize>() {
        return elements.get(place);
    }
    elements.iter().rev().find_map(|pair| match pair {
        Expr::Tuple(pair) => match &*pair.elts {
            [Expr::StringLiteral(literal), value] if literal.value.to_str() == key => Some(value),
            _ => None,
        },
        _ => None,
    })
}
