//! Classes of the tree: bases, the order in which attributes are looked up, members of enums.

use crate::fold::Folder;
use crate::links;
use crate::writing::text_of;
use crate::{Bound, Frame, FunctionRef, Member, Object, Program};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A class of the service, with the names around its definition.
#[derive(Clone, Debug)]
pub struct ClassRef<'s> {
    /// The definition.
    pub definition: &'s StmtClassDef,
    /// The names around it.
    pub frame: Frame<'s>,
}

impl<'s> ClassRef<'s> {
    /// The class's name.
    pub fn name(&self) -> &'s str {
        self.definition.name.as_str()
    }

    /// True if both are the same definition.
    pub fn is(&self, other: &ClassRef<'_>) -> bool {
        self.identity() == other.identity()
    }

    /// Where the definition is kept: one number for one class.
    pub(crate) fn identity(&self) -> usize {
        std::ptr::from_ref(self.definition).addr()
    }
}

/// How many of a class's bases are followed: more than a class that people write has.
pub const MOST_BASES: usize = 50;
/// Classes that a class inherits from; those of Django's deepest views are some twenty.
const MOST_ANCESTORS: usize = 100;

impl<'s> Program<'s> {
    /// The bases as they are written, each folded; one that is not known is left out.
    pub fn bases(&self, class: &ClassRef<'s>) -> Vec<Object<'s>> {
        links::ask(|| Folder::new(self), |folder| folder.bases(class))
    }

    /// The class and everything it inherits from, in the order in which Python looks attributes up (C3 where it
    /// exists, else depth first); classes from outside stand as [`Object::External`].
    pub fn ancestry(&self, class: &ClassRef<'s>) -> Arc<Vec<Object<'s>>> {
        links::ask(|| Folder::new(self), |folder| folder.ancestry(class))
    }

    /// True if the class, or one it inherits from, is one from outside that `is_base` knows by its full name.
    pub fn inherits(&self, class: &ClassRef<'s>, is_base: impl Fn(&str) -> bool) -> bool {
        self.ancestry(class).iter().filter_map(Object::external).any(is_base)
    }
}

/// How many members of an enum are looked at.
const MOST_MEMBERS: usize = 200;

impl<'s> Program<'s> {
    /// The values of an enum's members, in order; `None` for another class, and where the class may find members in a
    /// way of its own (`_missing_`, `__new__`) or more than the plain assignments in its body make them.
    pub fn member_values(&self, class: &ClassRef<'s>) -> Option<Vec<Object<'s>>> {
        links::ask(|| Folder::new(self), |folder| folder.member_values(class))
    }
}

impl<'s> Folder<'_, 's> {
    fn member_values(&self, class: &ClassRef<'s>) -> Option<Vec<Object<'s>>> {
        let ancestry = self.ancestry(class);
        if !is_enum(&ancestry) {
            return None;
        }
        let mut values = Vec::new();
        for ancestor in ancestry.iter() {
            let owner = match ancestor {
                Object::Class(owner) => owner,
                // Of another class from outside nobody knows what it makes of a value.
                other if is_plain_base(other.external()?) => continue,
                _ => return None,
            };
            let body = self.program.inside_class(owner);
            let names = body.scope.names();
            if names
                .iter()
                .any(|(name, _)| ["_missing_", "__new__", "_generate_next_value_", "_ignore_"].contains(name))
            {
                return None;
            }
            let mut members: Vec<_> = names.into_iter().filter(|(name, _)| !name.starts_with('_')).collect();
            members.sort_by_key(|(_, bindings)| bindings.first().map(|binding| binding.at));
            for (name, bindings) in members {
                match bindings {
                    [only] if matches!(only.bound, Bound::Function(_) | Bound::Class(_)) => {}
                    [only] if matches!(only.bound, Bound::Value(_)) && values.len() < MOST_MEMBERS => {
                        let Some(Object::Member(member)) = self.class_attribute(class, name) else { return None };
                        values.push(member.value);
                    }
                    _ => return None,
                }
            }
        }
        Some(values)
    }

    fn bases(&self, class: &ClassRef<'s>) -> Vec<Object<'s>> {
        let arguments = class.definition.arguments.iter().flat_map(|arguments| &arguments.args);
        let folded = arguments.take(MOST_BASES).filter_map(|base| self.expression(base, &class.frame));
        // Only what has an identity can be put in order; a class made by a call stands as what was called.
        let named = folded.filter_map(|base| match base {
            Object::Class(_) | Object::External(_) => Some(base),
            Object::Instance(instance) => instance.of.external().map(|name| Object::External(name.to_owned())),
            _ => None,
        });
        named.collect()
    }

    pub(crate) fn ancestry(&self, class: &ClassRef<'s>) -> Arc<Vec<Object<'s>>> {
        let key = class.identity();
        if let Some(known) = self.program.ancestries.get(&key) {
            return known;
        }
        self.kept(|| Arc::new(self.linear(class)), |ancestry| self.program.ancestries.put(key, Arc::clone(ancestry)))
    }

    fn linear(&self, class: &ClassRef<'s>) -> Vec<Object<'s>> {
        let mut order = vec![Object::Class(class.clone())];
        let bases = self.bases(class);
        let mut lists: Vec<Vec<Object<'s>>> = bases
            .iter()
            .map(|base| match base {
                // A class that inherits from itself by way of others ends where names are followed no deeper.
                Object::Class(base) if !base.is(class) => self.deeper(|| self.ancestry(base)).to_vec(),
                other => vec![other.clone()],
            })
            .collect();
        lists.push(bases);
        merge(&lists, &mut order);
        order
    }

    /// A class's attribute as its own body or a base's gives it; a member for an enum.
    pub(crate) fn class_attribute(&self, class: &ClassRef<'s>, name: &str) -> Option<Object<'s>> {
        if name == "__name__" {
            return Some(Object::Text(class.name().to_owned()));
        }
        let ancestry = self.ancestry(class);
        let is_enum = is_enum(&ancestry);
        for ancestor in ancestry.iter() {
            let Object::Class(owner) = ancestor else { continue };
            let body = self.program.inside_class(owner);
            let Some(binding) = body.scope.bindings(name).last() else { continue };
            return match &binding.bound {
                Bound::Value(value) => {
                    let value = match self.expression(value, &body)? {
                        Object::Instance(instance) if instance.of.external() == Some("enum.auto") => {
                            auto(&ancestry, &body, name)?
                        }
                        value => value,
                    };
                    Some(if is_enum { self.enum_member(class, name, value) } else { value })
                }
                Bound::Function(definition) => Some(Object::Function(FunctionRef { definition, frame: body })),
                Bound::Class(definition) => Some(Object::Class(ClassRef { definition, frame: body })),
                Bound::Item(..)
                | Bound::Augmented(..)
                | Bound::Changed(_)
                | Bound::Given(_)
                | Bound::Module(_)
                | Bound::Package(_)
                | Bound::From(..)
                | Bound::Parameter(_)
                | Bound::Each(..)
                | Bound::Entered(_)
                | Bound::Opaque => None,
            };
        }
        None
    }

    fn enum_member(&self, class: &ClassRef<'s>, name: &str, value: Object<'s>) -> Object<'s> {
        let ancestry = self.ancestry(class);
        let inherits = |known: &[&str]| {
            let mut bases = ancestry.iter().filter_map(Object::external);
            bases.any(|base| known.contains(&base.rsplit('.').next().unwrap_or(base)))
        };
        let writes_value = inherits(&VALUE_WRITERS);
        let own = ancestry.iter().find_map(|ancestor| match ancestor {
            Object::Class(ancestor) => ancestor.definition.body.iter().find_map(|statement| match statement {
                Stmt::FunctionDef(definition) if definition.name.as_str() == "__str__" => {
                    Some(FunctionRef { definition, frame: ancestor.frame.clone() })
                }
                _ => None,
            }),
            _ => None,
        });
        let text = match own {
            Some(method) => returns_value(self.program.body(&method)).then(|| text_of(&value)).flatten(),
            None if writes_value => text_of(&value),
            None => Some(format!("{}.{name}", class.name())),
        };
        let is_value = writes_value || inherits(&["str", "int", "float", "bytes"]);
        Object::Member(Box::new(Member { class: class.clone(), name: name.to_owned(), value, is_value, text }))
    }

    /// `Colour["RED"]`; the class itself where it is a generic type with a parameter.
    pub(crate) fn member_named(
        &self,
        class: &ClassRef<'s>,
        key: Option<&Object<'s>>,
        of: Object<'s>,
    ) -> Option<Object<'s>> {
        if !is_enum(&self.ancestry(class)) {
            return Some(of);
        }
        self.class_attribute(class, key?.as_text()?)
    }

    /// `Colour("red")`
    pub(crate) fn member_with_value(&self, class: &ClassRef<'s>, value: &Object<'s>) -> Option<Object<'s>> {
        if !is_enum(&self.ancestry(class)) {
            return None;
        }
        let body = self.program.inside_class(class);
        body.scope.names().into_iter().find_map(|(name, _)| match self.class_attribute(class, name)? {
            Object::Member(member) if member.value.equals(value) == Some(true) => Some(Object::Member(member)),
            _ => None,
        })
    }
}

/// Bases whose members are written as their values are: those of `enum` since Python 3.11, and Django's.
const VALUE_WRITERS: [&str; 6] = ["IntEnum", "StrEnum", "IntFlag", "LowercaseStrEnum", "TextChoices", "IntegerChoices"];

/// `def __str__(self): return self.value`, or `return str(self.value)`.
fn returns_value(body: &[Stmt]) -> bool {
    let is_value = |expression: &Expr| matches!(expression, Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "value" | "_value_"));
    let mut statements = body.iter().filter(|statement| !statement.is_expr_stmt());
    match (statements.next(), statements.next()) {
        (Some(Stmt::Return(returned)), None) => returned.value.as_deref().is_some_and(|value| match value {
            Expr::Call(call) => {
                call.func.as_name_expr().is_some_and(|name| name.id.as_str() == "str")
                    && call.arguments.args.iter().all(is_value)
            }
            value => is_value(value),
        }),
        _ => false,
    }
}

fn is_enum(ancestry: &[Object<'_>]) -> bool {
    let names = ["enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "enum.ReprEnum"];
    ancestry.iter().filter_map(Object::external).any(|base| {
        names.contains(&base)
            || ["TextChoices", "IntegerChoices", "StrEnum", "LowercaseStrEnum"].iter().any(|end| base.ends_with(end))
    })
}

/// `Enum` and its like, and what its members are besides.
fn is_plain_base(base: &str) -> bool {
    ["enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.ReprEnum", "str", "int", "object"].contains(&base)
}

/// `enum.auto()`: the name in lower case in a `StrEnum`, else one more than the members before it.
fn auto<'s>(ancestry: &[Object<'s>], body: &Frame<'s>, name: &str) -> Option<Object<'s>> {
    if ancestry.iter().filter_map(Object::external).any(|base| base.ends_with("StrEnum")) {
        return Some(Object::Text(name.to_lowercase()));
    }
    let at = body.scope.bindings(name).last()?.at;
    let names = body.scope.names();
    let values = names.iter().filter(|(name, _)| !name.starts_with('_')).flat_map(|(_, bindings)| bindings.iter());
    let calls = values.filter(|binding| matches!(binding.bound, Bound::Value(value) if !matches!(value, Expr::Tuple(_)) && value.is_call_expr()));
    i128::try_from(calls.filter(|binding| binding.at <= at).count()).ok().map(Object::Int)
}

/// C3 linearization's merge; where the hierarchy allows none, what is left follows in order. It ends with as many as
/// an ancestry may have.
fn merge<'s>(lists: &[Vec<Object<'s>>], order: &mut Vec<Object<'s>>) {
    let own: Vec<_> = order.clone();
    let mut placed: HashSet<Identity<'_>> = own.iter().filter_map(identity).collect();
    // In how many lists a class stands behind the head.
    let mut behind: HashMap<Identity<'_>, usize> = HashMap::new();
    let mut rests: Vec<&[Object<'s>]> = lists.iter().map(Vec::as_slice).collect();
    for rest in &rests {
        rest.iter().skip(1).filter_map(identity).for_each(|class| *behind.entry(class).or_default() += 1);
    }
    while order.len() < MOST_ANCESTORS {
        for rest in &mut rests {
            while let Some((head, after)) = rest.split_first()
                && identity(head).is_none_or(|class| placed.contains(&class))
            {
                // What moves up to the head stands behind it no more.
                if let Some(next) = after.first().and_then(identity) {
                    behind.entry(next).and_modify(|count| *count -= 1);
                }
                *rest = after;
            }
        }
        let heads = || rests.iter().filter_map(|rest| Some((rest.first()?, identity(rest.first()?)?)));
        let good = |class: &Identity<'_>| behind.get(class).is_none_or(|count| *count == 0);
        let Some((next, class)) = heads().find(|(_, class)| good(class)).or_else(|| heads().next()) else { return };
        placed.insert(class);
        order.push(next.clone());
    }
}

/// What tells one class from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Identity<'o> {
    /// A class of the tree, by where its definition is kept.
    Class(usize),
    /// A class from outside, by its full name.
    External(&'o str),
}

fn identity<'o>(object: &'o Object<'_>) -> Option<Identity<'o>> {
    match object {
        Object::Class(class) => Some(Identity::Class(class.identity())),
        object => object.external().map(Identity::External),
    }
}
