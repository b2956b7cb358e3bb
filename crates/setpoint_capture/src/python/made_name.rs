//! What is known of the name of a variable that only running the code tells: `f"SHOP_{name}_TOKEN"`, `"SHOP_" + key`.

use setpoint_model::DynamicRead;
use setpoint_python::ast::{Expr, ExprCall, InterpolatedStringElement, Operator, Ranged};
use setpoint_python::{Bound, Frame, FunctionRef, Object, Program, ScopeKind};
use std::cell::Cell;
use std::collections::HashMap;

/// How many expressions are looked at for one name.
const MOST_PARTS: u32 = 200;

/// A name, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    prefix: String,
    suffix: String,
    /// Nothing stands between the two: the prefix is the name, and there is no suffix.
    is_whole: bool,
}

/// The empty name.
impl Default for Name {
    fn default() -> Self {
        Self::whole("")
    }
}

/// The names that a function is given, by its parameters.
pub(super) type Given<'s> = HashMap<&'s str, Name>;

/// A read of the variable by the expression.
pub(super) fn read_at(
    program: &Program<'_>,
    expression: &impl Ranged,
    name: &Name,
    frame: &Frame<'_>,
) -> Option<DynamicRead> {
    let place = program.module(frame.file())?.place(expression.range());
    Some(DynamicRead { place, prefix: name.prefix.clone(), suffix: name.suffix.clone() })
}

/// What the call gives to the function's parameters.
pub(super) fn given<'s>(
    program: &Program<'s>,
    function: &FunctionRef<'s>,
    call: &'s ExprCall,
    caller: &Frame<'s>,
    outer: &Given<'s>,
) -> Given<'s> {
    let is_static = |decorator: &setpoint_python::ast::Decorator| matches!(&decorator.expression, Expr::Name(name) if name.id.as_str() == "staticmethod");
    let is_method = matches!(function.frame.scope.kind, ScopeKind::Class(_))
        && !function.definition.decorator_list.iter().any(is_static);
    let parameters = function.definition.parameters.iter_non_variadic_params().enumerate();
    let given = parameters.filter_map(|(place, parameter)| {
        let name = parameter.parameter.name.as_str();
        let argument = match place.checked_sub(usize::from(is_method)) {
            Some(place) => call.arguments.find_argument_value(name, place),
            None => None,
        };
        Some((name, Name::in_call(program, argument?, caller, outer)))
    });
    given.collect()
}

impl Name {
    /// The name, where all of it is known.
    pub(super) fn into_whole(self) -> Result<String, Self> {
        if self.is_whole { Ok(self.prefix) } else { Err(self) }
    }

    /// What it surely begins with.
    pub(super) fn beginning(&self) -> &str {
        &self.prefix
    }

    /// What is known of the name that the expression makes.
    pub(super) fn of<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Self {
        Self::in_call(program, expression, frame, &Given::new())
    }

    /// The same in a function that is given these names.
    pub(super) fn in_call<'s>(
        program: &Program<'s>,
        expression: &'s Expr,
        frame: &Frame<'s>,
        given: &Given<'s>,
    ) -> Self {
        Maker { program, given, left: Cell::new(MOST_PARTS) }.name(expression, frame)
    }

    /// Of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self { prefix: String::new(), suffix: String::new(), is_whole: false }
    }

    /// A name that is known.
    pub(super) fn whole(text: &str) -> Self {
        Self { prefix: text.to_owned(), suffix: String::new(), is_whole: true }
    }

    /// The two, one behind the other.
    pub(super) fn then(self, next: Self) -> Self {
        match (self.is_whole, next.is_whole) {
            (true, _) => Self { prefix: self.prefix + &next.prefix, ..next },
            (false, true) => Self { suffix: self.suffix + &next.prefix, ..self },
            (false, false) => Self { suffix: next.suffix, ..self },
        }
    }

    pub(super) fn map(self, change: impl Fn(&str) -> String) -> Self {
        Self { prefix: change(&self.prefix), suffix: change(&self.suffix), ..self }
    }
}

struct Maker<'p, 's> {
    program: &'p Program<'s>,
    given: &'p Given<'s>,
    /// How many more expressions are looked at.
    left: Cell<u32>,
}

impl<'s> Maker<'_, 's> {
    fn name(&self, expression: &'s Expr, frame: &Frame<'s>) -> Name {
        let Some(left) = self.left.get().checked_sub(1) else { return Name::unknown() };
        self.left.set(left);
        if let Some(text) = self.program.fold(expression, frame).as_ref().and_then(Object::as_text) {
            return Name::whole(text);
        }
        match expression {
            Expr::FString(literal) => literal.value.elements().fold(Name::whole(""), |name, element| {
                name.then(match element {
                    InterpolatedStringElement::Literal(text) => Name::whole(&text.value),
                    InterpolatedStringElement::Interpolation(part) => self.name(&part.expression, frame),
                })
            }),
            Expr::BinOp(operation) => match operation.op {
                Operator::Add => self.name(&operation.left, frame).then(self.name(&operation.right, frame)),
                Operator::Mod => self.formatted(&operation.left, frame, '%', |behind| {
                    behind.find(|letter: char| letter.is_ascii_alphabetic()).map(|conversion| &behind[conversion + 1..])
                }),
                _ => Name::unknown(),
            },
            Expr::Call(call) => self.called(call, frame),
            Expr::Name(name) => self.bound(name.id.as_str(), frame),
            _ => Name::unknown(),
        }
    }

    /// Methods of text, and `str`.
    fn called(&self, call: &'s ExprCall, frame: &Frame<'s>) -> Name {
        let arguments = &*call.arguments.args;
        let method = match &*call.func {
            Expr::Attribute(method) => method,
            Expr::Name(function) if function.id.as_str() == "str" && arguments.len() == 1 => {
                return self.name(&arguments[0], frame);
            }
            _ => return Name::unknown(),
        };
        match (method.attr.as_str(), arguments) {
            ("upper", []) => self.name(&method.value, frame).map(str::to_uppercase),
            ("lower", []) => self.name(&method.value, frame).map(str::to_lowercase),
            ("strip", []) => self.name(&method.value, frame),
            ("format", _) => {
                self.formatted(&method.value, frame, '{', |behind| behind.find('}').map(|end| &behind[end + 1..]))
            }
            ("replace", [old, new]) => {
                let text = |expression| Some(self.program.fold(expression, frame)?.as_text()?.to_owned());
                match (text(old), text(new)) {
                    (Some(old), Some(new)) => self.name(&method.value, frame).map(|part| part.replace(&old, &new)),
                    _ => Name::unknown(),
                }
            }
            (
                "join",
                [
                    Expr::List(setpoint_python::ast::ExprList { elts, .. })
                    | Expr::Tuple(setpoint_python::ast::ExprTuple { elts, .. }),
                ],
            ) => {
                let separator = self.name(&method.value, frame);
                let parts = elts.iter().map(|part| self.name(part, frame));
                parts.reduce(|name, part| name.then(separator.clone()).then(part)).unwrap_or_else(Name::unknown)
            }
            _ => Name::unknown(),
        }
    }

    /// What stands before the first field of a format and behind the last one; `behind` skips a field.
    fn formatted(
        &self,
        format: &'s Expr,
        frame: &Frame<'s>,
        opening: char,
        behind: impl Fn(&str) -> Option<&str>,
    ) -> Name {
        let format = self.program.fold(format, frame);
        let fields = format.as_ref().and_then(Object::as_text).and_then(|text| {
            let (first, last) = (text.find(opening)?, text.rfind(opening)?);
            Some((text[..first].to_owned(), behind(&text[last + 1..])?.to_owned()))
        });
        fields.map_or_else(Name::unknown, |(prefix, suffix)| Name { prefix, suffix, is_whole: false })
    }

    /// A name that is bound once, or that a caller gives.
    fn bound(&self, name: &str, frame: &Frame<'s>) -> Name {
        if let Some(given) = self.given.get(name) {
            return given.clone();
        }
        let mut scope = Some(&frame.scope);
        while let Some(inner) = scope {
            match inner.bindings(name) {
                [] => scope = inner.parent.as_ref(),
                [only] => {
                    let Bound::Value(value) = only.bound else { return Name::unknown() };
                    let is_here = std::sync::Arc::ptr_eq(inner, &frame.scope);
                    return self
                        .name(value, &if is_here { frame.clone() } else { Frame::of(std::sync::Arc::clone(inner)) });
                }
                _ => return Name::unknown(),
            }
        }
        Name::unknown()
    }
}
