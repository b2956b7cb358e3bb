use crate::{ClassRef, FileId, Frame};
use ruff_python_ast::{ExprCall, ExprLambda, StmtFunctionDef};
use setpoint_model::Value;

/// What an expression folds to: a constant, or the thing that a name stands for.
#[derive(Clone, Debug)]
pub enum Object<'s> {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Object<'s>>),
    /// A list.
    List(Vec<Object<'s>>),
    /// A set or frozenset, in the order in which it was written.
    Set(Vec<Object<'s>>),
    /// A dict, in the order in which it was written.
    Dict(Vec<(Object<'s>, Object<'s>)>),
    /// A `datetime.timedelta`, in seconds.
    Duration(f64),
    /// A `pathlib.Path`.
    Path(String),
    /// A member of an enum of the service.
    Member(Box<Member<'s>>),
    /// A class of the service.
    Class(ClassRef<'s>),
    /// A function of the service.
    Function(FunctionRef<'s>),
    /// A lambda, with the names around it.
    Lambda(&'s ExprLambda, Frame<'s>),
    /// A module of the service.
    Module(FileId),
    /// Anything from outside the tree, by its full name: `os.environ`, `pydantic.Field`, `int`.
    External(String),
    /// What a call of a class or of something external gives: `Env()`, `Config(".env")`.
    Instance(Box<Instance<'s>>),
    /// An attribute of an instance or function that is not known further: `env.bool`.
    Attribute(Box<Object<'s>>, String),
}

/// A member of an enum.
#[derive(Clone, Debug)]
pub struct Member<'s> {
    /// The enum.
    pub class: ClassRef<'s>,
    /// `RED` of `Colour.RED`.
    pub name: String,
    /// Its value.
    pub value: Object<'s>,
    /// The member is itself the text or number that its value is, as in `class Mode(str, Enum)` and `IntEnum`.
    pub is_value: bool,
    /// What `str` gives for it; `None` where only the class's own method says.
    pub text: Option<String>,
}

/// What a call gives.
#[derive(Clone, Debug)]
pub struct Instance<'s> {
    /// What was called.
    pub of: Object<'s>,
    /// The call.
    pub call: &'s ExprCall,
    /// The names around the call, to fold its arguments.
    pub frame: Frame<'s>,
}

/// A function of the service, with the names around its definition.
#[derive(Clone, Debug)]
pub struct FunctionRef<'s> {
    /// The definition.
    pub definition: &'s StmtFunctionDef,
    /// The names around it.
    pub frame: Frame<'s>,
}

impl Object<'_> {
    /// The constant in the shape of JSON; `None` if it is no constant, or one with no such shape.
    ///
    /// An enum's member is its value, a path its text, a `timedelta` its seconds, a set a list.
    pub fn to_value(&self) -> Option<Value> {
        let list = |items: &[Object<'_>]| items.iter().map(Object::to_value).collect::<Option<_>>().map(Value::List);
        match self {
            Object::None => Some(Value::Null),
            Object::Bool(value) => Some(Value::Bool(*value)),
            Object::Int(value) => Some(Value::Integer(*value)),
            Object::Float(value) | Object::Duration(value) => Some(Value::Float(*value)),
            Object::Text(text) | Object::Path(text) => Some(Value::Text(text.clone())),
            Object::Bytes(bytes) => String::from_utf8(bytes.clone()).ok().map(Value::Text),
            Object::Tuple(items) | Object::List(items) | Object::Set(items) => list(items),
            Object::Dict(pairs) => {
                let pair =
                    |(key, value): &(Object<'_>, Object<'_>)| Some((key.to_value()?.to_string(), value.to_value()?));
                pairs.iter().map(pair).collect::<Option<_>>().map(Value::Map)
            }
            Object::Member(member) => member.value.to_value(),
            Object::Class(_)
            | Object::Function(_)
            | Object::Lambda(..)
            | Object::Module(_)
            | Object::External(_)
            | Object::Instance(_)
            | Object::Attribute(..) => None,
        }
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Object::Text(text) => Some(text),
            Object::Member(member) if member.is_value => member.value.as_text(),
            _ => None,
        }
    }

    /// The full name of something external: `os.environ`.
    pub fn external(&self) -> Option<&str> {
        match self {
            Object::External(name) => Some(name),
            _ => None,
        }
    }

    /// Python's truth of a constant; `None` if it is no constant.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Object::None => Some(false),
            Object::Bool(value) => Some(*value),
            Object::Int(value) => Some(*value != 0),
            Object::Float(value) | Object::Duration(value) => Some(*value != 0.0),
            Object::Text(text) => Some(!text.is_empty()),
            Object::Bytes(bytes) => Some(!bytes.is_empty()),
            Object::Tuple(items) | Object::List(items) | Object::Set(items) => Some(!items.is_empty()),
            Object::Dict(pairs) => Some(!pairs.is_empty()),
            Object::Path(_) | Object::Class(_) | Object::Function(_) | Object::Lambda(..) | Object::Module(_) => {
                Some(true)
            }
            Object::Member(member) if member.is_value => member.value.truth(),
            Object::Member(_) => Some(true),
            Object::External(_) | Object::Instance(_) | Object::Attribute(..) => None,
        }
    }

    /// The number that Python sees in arithmetic: `True` is 1.
    #[expect(clippy::cast_precision_loss, reason = "Python's float() of a large int loses it, too")]
    pub(crate) fn number(&self) -> Option<f64> {
        match self.plain() {
            Object::Bool(value) => Some(f64::from(u8::from(*value))),
            Object::Int(value) => Some(*value as f64),
            Object::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The whole number that Python sees in arithmetic.
    pub(crate) fn whole(&self) -> Option<i128> {
        match self.plain() {
            Object::Bool(value) => Some(i128::from(*value)),
            Object::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// True if all of it is a constant.
    pub fn is_constant(&self) -> bool {
        self.to_value().is_some()
    }
}
