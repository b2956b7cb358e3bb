//! Configurable traits: `timeout = Int(60, help="…").tag(config=True)` in a class of traitlets.

use super::Found;
use super::click::help_of;
use super::declare;
use super::words::Word;
use crate::{Clear, Sensitive};
use setpoint_model::{Mechanism, Value};
use setpoint_python::ast::{Expr, ExprCall, Stmt};
use setpoint_python::{Bound, ClassRef, Frame, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Anywhere("traitlets")];

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, found: &mut Found<'s>) {
    let Node::Class(class) = node else { return };
    if !program.inherits(class, is_traitlets) {
        return;
    }
    found.words.insert(Word::Inherited(class.name()));
    let body = program.inside_class(class);
    for (name, bindings) in body.scope.names() {
        let Some(Bound::Value(expression @ Expr::Call(call))) = bindings.last().map(|binding| &binding.bound) else {
            continue;
        };
        let Some(trait_) = configurable(program, call, &body) else { continue };
        let Some(kind) = kind_of(program, trait_, &body) else { continue };
        let mut declaration = declare::declaration(
            program,
            Mechanism::Traitlets,
            &format!("{}.{name}", class.name()),
            *expression,
            &body,
        );
        declaration.type_name = program.module(body.file()).map(|module| module.text(&*trait_.func).to_owned());
        declaration.description = help_of(program, trait_, &body);
        let (value, written) = default_of(program, trait_, &kind, &body);
        if let Some(written) = written {
            declare::show(&mut declaration, program, written, &body);
        }
        declaration.value = if has_generator(class, name) { Clear::Dynamic } else { value };
        found.declarations.push(declaration);
    }
}

fn is_traitlets(base: &str) -> bool {
    base.starts_with("traitlets.") || base.starts_with("jupyter_server.") || base.starts_with("jupyter_core.")
}

/// The trait's own call, if it is marked as configuration: `Int(…).tag(config=True)` or `Int(…, config=True)`.
fn configurable<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<&'s ExprCall> {
    let says_config = |call: &'s ExprCall| {
        let config = call.arguments.find_keyword("config").and_then(|keyword| program.fold(&keyword.value, frame));
        config.and_then(|config| config.truth()) == Some(true)
    };
    match &*call.func {
        Expr::Attribute(method) if method.attr.as_str() == "tag" => {
            let inner = method.value.as_call_expr()?;
            (says_config(call) || says_config(inner)).then_some(inner)
        }
        _ => says_config(call).then_some(call),
    }
}

/// The name of the traitlets type that a call makes an instance of, and whether a class of the service's own is between.
fn kind_of<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<String> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    match program.fold(&call.func, frame)? {
        Object::External(name) if name.starts_with("traitlets.") => Some(last(&name)),
        Object::Class(class) => {
            let ancestry = program.ancestry(&class);
            ancestry.iter().filter_map(Object::external).find(|name| name.starts_with("traitlets.")).map(last)
        }
        _ => None,
    }
}

/// The default, and the expression that gives it.
fn default_of<'s>(
    program: &Program<'s>,
    call: &'s ExprCall,
    kind: &str,
    frame: &Frame<'s>,
) -> (Clear, Option<&'s Expr>) {
    let constant = |value: Value| Clear::Constant(Sensitive::new(value));
    let keyword = call.arguments.find_keyword("default_value").map(|keyword| &keyword.value);
    let first = call.arguments.args.first();
    let second = call.arguments.args.get(1);
    let is_trait = |expression: &'s Expr| match expression {
        Expr::Call(call) => kind_of(program, call, frame).is_some(),
        Expr::Name(_) | Expr::Attribute(_) => {
            matches!(program.fold(expression, frame), Some(Object::External(_) | Object::Class(_)))
        }
        _ => false,
    };
    let written = keyword.or(match kind {
        // The first argument is the type of the items, unless it is no type.
        "List" | "Set" | "Tuple" | "Dict" => match first {
            Some(first) if is_trait(first) => second,
            first => first,
        },
        "Enum" | "CaselessStrEnum" | "Instance" | "Type" | "Union" | "UseEnum" | "FuzzyEnum" => {
            second.filter(|_| kind != "Union")
        }
        _ => first,
    });
    if let Some(written) = written {
        let value = declare::clear(program.fold(written, frame).as_ref());
        let value = match value {
            // A container takes one item for a list of it, and `None` for an empty one.
            Clear::Constant(text) if kind == "List" && matches!(text.reveal(), Value::Text(_)) => {
                constant(Value::List(vec![text.reveal().clone()]))
            }
            value => value,
        };
        return (value, Some(written));
    }
    let value = match kind {
        "Int" | "Integer" | "Long" | "CInt" | "CLong" => Value::Integer(0),
        "Float" | "CFloat" => Value::Float(0.0),
        "Bool" | "CBool" => Value::Bool(false),
        "Unicode" | "CUnicode" | "Bytes" | "CBytes" => Value::Text(String::new()),
        "List" | "Set" | "Tuple" => Value::List(Vec::new()),
        "Dict" => Value::Map(Vec::new()),
        "Union" => return (union_default(program, call, frame), None),
        "Instance" | "Type" => return (Clear::Dynamic, None),
        _ => return (Clear::Nothing, None),
    };
    (constant(value), None)
}

/// `Union([Callable(), Dict()])`: the first type that has a default gives it.
fn union_default<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Clear {
    let Some(Expr::List(types)) = call.arguments.args.first() else { return Clear::Nothing };
    for each in types.elts.iter().filter_map(|each| each.as_call_expr()) {
        let Some(kind) = kind_of(program, each, frame) else { continue };
        match default_of(program, each, &kind, frame).0 {
            Clear::Nothing => {}
            value => return value,
        }
    }
    Clear::Nothing
}

/// True if a method makes the default: `@default("name")`, or `_name_default` of old.
fn has_generator(class: &ClassRef<'_>, name: &str) -> bool {
    class.definition.body.iter().any(|statement| {
        let Stmt::FunctionDef(method) = statement else { return false };
        let decorated =
            method.decorator_list.iter().filter_map(|decorator| decorator.expression.as_call_expr()).any(|call| {
                let is_default = matches!(&*call.func, Expr::Name(of) if of.id.as_str() == "default")
                    || matches!(&*call.func, Expr::Attribute(of) if of.attr.as_str() == "default");
                is_default
                    && call
                        .arguments
                        .args
                        .iter()
                        .any(|argument| matches!(argument, Expr::StringLiteral(text) if text.value.to_str() == name))
            });
        decorated || method.name.as_str() == format!("_{name}_default")
    })
}
