//! What a call calls, found out once for the mechanisms that are objects or functions of a library:
//! `env = Env()` and `env.bool("DEBUG")`, `config = Config(".env")` and `config("DEBUG")`, `define("port")`.

use setpoint_python::ast::{Expr, ExprCall};
use setpoint_python::{Bound, FileId, Frame, Instance, Node, Object, Program};
use std::collections::HashSet;

/// A call of something from outside the tree.
#[derive(Debug)]
pub(super) struct Called<'s> {
    pub(super) call: &'s ExprCall,
    pub(super) callee: Callee<'s>,
}

/// How far a call is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// To the functions of libraries, by names alone.
    Functions,
    /// To the objects that they make, too.
    Objects,
}

/// What is called.
#[derive(Debug)]
pub(super) enum Callee<'s> {
    /// A function or module-level object, by its full name: `decouple.config`.
    External(String),
    /// An instance, or a method of it or of an attribute of it: `bool` of `env.bool(…)`, `conf.update` of
    /// `app.conf.update(…)`.
    Instance(Box<Instance<'s>>, Option<String>),
}

/// The last name of what this node calls, if it is a call of a name.
pub(super) fn last_name_of_call<'s>(node: &Node<'s>) -> Option<&'s str> {
    match node {
        Node::Expression(Expr::Call(call)) => last_name(&call.func),
        Node::Expression(_) | Node::Statement(_) | Node::Class(_) | Node::Function(_) | Node::Body(_) => None,
    }
}

/// `name` of `name` and of `module.name`.
pub(super) fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// The names by which a file may call functions of these names: their own, and those that its module imports or assigns
/// them under.
pub(super) fn names_in<'s>(program: &Program<'s>, file: FileId, own: &HashSet<&'s str>) -> HashSet<&'s str> {
    let scope = program.frame(file).map(|frame| frame.scope);
    let bound = scope.iter().flat_map(|scope| scope.names());
    let other = bound.filter(|(_, bindings)| {
        bindings.iter().any(|binding| match binding.bound {
            Bound::From(_, name) => own.contains(name),
            Bound::Value(value) => last_name(value).is_some_and(|name| own.contains(name)),
            _ => false,
        })
    });
    own.iter().copied().chain(other.map(|(name, _)| name)).collect()
}

impl<'s> Called<'s> {
    pub(super) fn of(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, depth: Depth) -> Option<Self> {
        let Node::Expression(Expr::Call(call)) = node else { return None };
        let callee = match depth {
            Depth::Functions => program.refer(&call.func, frame)?,
            Depth::Objects => program.fold(&call.func, frame)?,
        };
        let callee = match callee {
            Object::External(name) => Callee::External(name),
            Object::Instance(instance) => Callee::Instance(instance, None),
            attribute @ Object::Attribute(..) => {
                let (instance, path) = attribute_of_instance(attribute)?;
                Callee::Instance(instance, Some(path))
            }
            _ => return None,
        };
        Some(Self { call, callee })
    }

    /// The full name of the function, if it is one.
    pub(super) fn function(&self) -> Option<&str> {
        match &self.callee {
            Callee::External(name) => Some(name),
            Callee::Instance(..) => None,
        }
    }

    /// The instance of this class, or of a class that inherits from it, and the method that is called.
    pub(super) fn on_instance_of(&self, program: &Program<'s>, class: &str) -> Option<(&Instance<'s>, Option<&str>)> {
        let Callee::Instance(instance, method) = &self.callee else { return None };
        let is = match &instance.of {
            Object::External(name) => name == class,
            Object::Class(own) => program.inherits(own, |base| base == class),
            _ => false,
        };
        is.then_some((&**instance, method.as_deref()))
    }

    /// The argument by its name, or by its place among those without one.
    pub(super) fn argument(&self, name: &str, place: usize) -> Option<&'s Expr> {
        self.call.arguments.find_argument_value(name, place)
    }
}

/// The instance at the beginning of a chain of attributes, and the chain: `app` and `conf.update`.
pub(super) fn attribute_of_instance(object: Object<'_>) -> Option<(Box<Instance<'_>>, String)> {
    let Object::Attribute(of, name) = object else { return None };
    match *of {
        Object::Instance(instance) => Some((instance, name)),
        inner => attribute_of_instance(inner).map(|(instance, path)| (instance, format!("{path}.{name}"))),
    }
}
