//! The type to which code turns what it reads: `int(os.getenv("A"))`, `os.getenv("A", "").lower() in ("1", "true")`,
//! and what it falls back to: `os.getenv("A") or "b"`. Fallbacks that are statements are in [`missing`].

mod missing;

use super::Found;
use setpoint_model::TypeOrigin;
use setpoint_python::ast::{BoolOp, CmpOp, Expr, Ranged, Stmt, TextRange};
use setpoint_python::{Frame, Node, Object, Program};
use std::collections::{HashMap, HashSet};

/// The casts and fallbacks around expressions, by where those stand.
#[derive(Debug, Default)]
pub(crate) struct Casts<'s> {
    types: HashMap<TextRange, &'static str>,
    /// Those whose text is changed before it is turned into the type.
    changed: HashSet<TextRange>,
    fallbacks: HashMap<TextRange, &'s Expr>,
    /// The same of statements, see [`missing`].
    stand_ins: HashMap<TextRange, &'s Expr>,
    handed_on: Vec<(TextRange, Option<&'s str>)>,
}

impl<'s> Casts<'s> {
    /// The type that the expression is turned into.
    pub(super) fn type_of(&self, expression: &impl Ranged) -> Option<&'static str> {
        self.types.get(&expression.range()).copied()
    }

    /// The text need not look like the type where it is changed first, as in `int(os.getenv("A").rstrip("s"))`.
    pub(super) fn origin_of(&self, expression: &impl Ranged) -> TypeOrigin {
        if self.changed.contains(&expression.range()) { TypeOrigin::Made } else { TypeOrigin::Parsed }
    }

    /// True if the expression is only stored again under the name by which it was read, as in
    /// `child[name] = os.environ[name]`, or is a statement by itself.
    pub(super) fn is_handed_on(&self, expression: &impl Ranged, name: &Expr) -> bool {
        let name = name.as_name_expr().map(|name| name.id.as_str());
        self.handed_on.iter().any(|(within, key)| match key {
            Some(key) => within.contains_range(expression.range()) && name == Some(*key),
            None => *within == expression.range(),
        })
    }

    /// What is taken when the expression is empty.
    pub(super) fn fallback_of(&self, expression: &impl Ranged) -> Option<&'s Expr> {
        self.fallbacks.get(&expression.range()).copied()
    }

    /// What a statement takes in its place where it is nothing.
    pub(super) fn stand_in_of(&self, expression: &impl Ranged) -> Option<&'s Expr> {
        self.stand_ins.get(&expression.range()).copied()
    }
}

/// Notes the cast that this node is, for the read inside it, which is visited later.
pub(super) fn visit<'s>(node: &Node<'s>, found: &mut Found<'s>) {
    let expression = match node {
        Node::Expression(expression) => expression,
        Node::Statement(Stmt::Assign(assign)) => {
            for target in assign.targets.iter().filter_map(Expr::as_subscript_expr) {
                if let Expr::Name(key) = &*target.slice {
                    found.casts.handed_on.push((assign.value.range(), Some(key.id.as_str())));
                }
            }
            return;
        }
        // `os.environ.pop(name, None)` by itself takes the variable away.
        Node::Statement(Stmt::Expr(statement)) => {
            found.casts.handed_on.push((statement.value.range(), None));
            return;
        }
        Node::Statement(statement) => return missing::note_statement(&mut found.casts, statement),
        Node::Body(body) => return missing::note_body(&mut found.casts, body),
        Node::Function(_) | Node::Class(_) => return,
    };
    match expression {
        Expr::DictComp(dict) => {
            if let Some(Expr::Name(key)) = dict.key.as_deref() {
                found.casts.handed_on.push((dict.value.range(), Some(key.id.as_str())));
            }
        }
        Expr::Call(call) => {
            let cast = match &*call.func {
                Expr::Name(name) => cast_of(name.id.as_str()),
                Expr::Attribute(attribute) => match attribute.attr.as_str() {
                    "loads" => Some("json"),
                    "split" | "splitlines" => return note(&mut found.casts, &attribute.value, "list"),
                    "strtobool" => Some("bool"),
                    name => cast_of(name),
                },
                _ => None,
            };
            if let (Some(cast), [inner, others @ ..]) = (cast, &*call.arguments.args) {
                note(&mut found.casts, inner, cast);
                if !others.is_empty() {
                    // `int(os.getenv("A"), 8)` reads other texts than `int` does by itself.
                    found.casts.changed.insert(innermost(inner).0.range());
                }
            }
        }
        // `.lower() in ("1", "true")`, `== "true"`
        Expr::Compare(comparison) => {
            let equal = matches!(&*comparison.ops, [CmpOp::Eq | CmpOp::NotEq | CmpOp::In | CmpOp::NotIn]);
            if equal && comparison.comparators.iter().any(says_yes_or_no) {
                note(&mut found.casts, &comparison.left, "bool");
            }
        }
        Expr::BoolOp(operation) if operation.op == BoolOp::Or => {
            for pair in operation.values.windows(2) {
                let (read, _) = innermost(&pair[0]);
                // An inner `or` is visited later and is the one that holds: `(get("A") or "").strip() or None`.
                found.casts.fallbacks.insert(read.range(), &pair[1]);
            }
        }
        _ => {}
    }
}

fn cast_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" => "int",
        "float" => "float",
        "bool" | "str2bool" | "strtobool" | "str_to_bool" | "parse_bool" | "asbool" | "to_bool" => "bool",
        "Path" => "Path",
        "Decimal" => "Decimal",
        _ => return None,
    })
}

/// The name of a type that is handed over as a cast: `cast=int`, `cast=Csv()`, `cast=lambda text: text.split(",")`.
pub(super) fn name_of<'s>(program: &Program<'s>, cast: &'s Expr, frame: &Frame<'s>) -> Option<String> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    match program.fold(cast, frame)? {
        Object::External(name) => Some(cast_of(&last(&name)).map_or_else(|| last(&name), str::to_owned)),
        Object::Class(class) => Some(class.name().to_owned()),
        Object::Instance(instance) if instance.of.external() == Some("decouple.Csv") => Some("list".to_owned()),
        Object::Lambda(lambda, _) => match &*lambda.body {
            Expr::Call(call) => match &*call.func {
                Expr::Name(name) => cast_of(name.id.as_str()).map(str::to_owned),
                Expr::Attribute(method) if method.attr.as_str() == "split" => Some("list".to_owned()),
                _ => None,
            },
            Expr::ListComp(_) => Some("list".to_owned()),
            _ => None,
        },
        // `[int]`, as environ.Env has it.
        Object::List(_) => Some("list".to_owned()),
        _ => None,
    }
}

/// The innermost cast is noted last and wins, except that a list of numbers stays a list.
fn note(casts: &mut Casts<'_>, inner: &Expr, cast: &'static str) {
    let (read, is_changed) = innermost(inner);
    casts.types.insert(read.range(), cast);
    if is_changed {
        casts.changed.insert(read.range());
    } else {
        casts.changed.remove(&read.range());
    }
}

/// The expression under method calls such as `.strip().lower()` and under an `or`, and whether one of them takes more
/// away than white space and case.
pub(super) fn innermost(mut expression: &Expr) -> (&Expr, bool) {
    let mut is_changed = false;
    loop {
        expression = match expression {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(attribute)
                    if matches!(
                        attribute.attr.as_str(),
                        "lower"
                            | "upper"
                            | "strip"
                            | "casefold"
                            | "title"
                            | "capitalize"
                            | "lstrip"
                            | "rstrip"
                            | "replace"
                    ) =>
                {
                    is_changed |= !call.arguments.args.is_empty();
                    &attribute.value
                }
                Expr::Name(name) if name.id.as_str() == "str" && call.arguments.args.len() == 1 => {
                    &call.arguments.args[0]
                }
                _ => return (expression, is_changed),
            },
            Expr::BoolOp(operation) if operation.op == BoolOp::Or => &operation.values[0],
            _ => return (expression, is_changed),
        };
    }
}

fn says_yes_or_no(expression: &Expr) -> bool {
    match expression {
        Expr::StringLiteral(text) => {
            let words =
                ["true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n", "enabled", "disabled"];
            words.contains(&text.value.to_str().to_lowercase().as_str())
        }
        Expr::Tuple(tuple) => !tuple.elts.is_empty() && tuple.elts.iter().all(says_yes_or_no),
        Expr::List(list) => !list.elts.is_empty() && list.elts.iter().all(says_yes_or_no),
        Expr::Set(set) => !set.elts.is_empty() && set.elts.iter().all(says_yes_or_no),
        _ => false,
    }
}
