//! Where a value comes from when nothing is computed on the way: the expression that a name or a field was given.

use crate::binding::Bound;
use crate::{ClassRef, FileId, Frame, Object, Program};
use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// Names behind names: more is a cycle of imports.
const FARTHEST: u32 = 20;
/// What turns a value into one of another type and is no other value.
const CASTS: [&str; 4] = ["int", "float", "str", "bool"];

impl<'s> Program<'s> {
    /// The part of a file from which the expression has its value: the expression that a name was last assigned, in
    /// whatever module, or the field of the class of which something is an instance (`settings.pool_size`); the
    /// expression itself where it computes one.
    pub fn origin(&self, expression: &'s Expr, frame: &Frame<'s>) -> (FileId, TextRange) {
        self.follow_origin(expression, frame, FARTHEST).unwrap_or((frame.file(), expression.range()))
    }

    fn follow_origin(&self, expression: &'s Expr, frame: &Frame<'s>, left: u32) -> Option<(FileId, TextRange)> {
        let left = left.checked_sub(1)?;
        match expression {
            Expr::Name(name) => self.origin_of_name(name.id.as_str(), frame, left),
            Expr::Attribute(attribute) => self.origin_of_attribute(attribute, frame, left),
            Expr::Call(call) => self.follow_origin(cast_argument(call)?, frame, left),
            _ => None,
        }
    }

    fn origin_of_name(&self, name: &str, frame: &Frame<'s>, left: u32) -> Option<(FileId, TextRange)> {
        let left = left.checked_sub(1)?;
        let mut scope = Some(&frame.scope);
        while let Some(inner) = scope {
            if let Some(binding) = inner.bindings(name).last() {
                let around = Frame::of(std::sync::Arc::clone(inner));
                return match binding.bound {
                    Bound::Value(value) => {
                        self.follow_origin(value, &around, left).or(Some((inner.file, value.range())))
                    }
                    Bound::From(import, name) => {
                        let file = self.imported_module(import, inner.file).0?;
                        self.origin_of_name(name, &self.frame(file)?, left)
                    }
                    _ => None,
                };
            }
            scope = inner.parent.as_ref();
        }
        None
    }

    fn origin_of_attribute(
        &self,
        attribute: &'s ExprAttribute,
        frame: &Frame<'s>,
        left: u32,
    ) -> Option<(FileId, TextRange)> {
        let name = attribute.attr.as_str();
        if let Some(Object::Module(file)) = self.refer(&attribute.value, frame) {
            return self.origin_of_name(name, &self.frame(file)?, left);
        }
        let (owner, statement) = self.field(&self.class_of(&attribute.value, frame, left)?, name)?;
        Some((owner.frame.file(), statement.range()))
    }

    /// The class of which an expression is an instance: what it folds to, or what its annotation says.
    fn class_of(&self, expression: &'s Expr, frame: &Frame<'s>, left: u32) -> Option<ClassRef<'s>> {
        let left = left.checked_sub(1)?;
        match self.fold(expression, frame) {
            Some(Object::Class(class)) => return Some(class),
            Some(Object::Instance(instance)) => match instance.of {
                Object::Class(class) => return Some(class),
                _ => return None,
            },
            _ => {}
        }
        match expression {
            Expr::Name(name) => self.class_of_name(name.id.as_str(), frame, left),
            Expr::Attribute(attribute) => {
                let class = self.class_of(&attribute.value, frame, left)?;
                match self.field(&class, attribute.attr.as_str())? {
                    (owner, Stmt::AnnAssign(assign)) => self.annotated(&assign.annotation, &self.inside_class(&owner)),
                    _ => None,
                }
            }
            Expr::Call(call) => match self.callee(call, frame)? {
                Object::Function(function) => self.annotated(function.definition.returns.as_deref()?, &function.frame),
                _ => None,
            },
            _ => None,
        }
    }

    fn class_of_name(&self, name: &str, frame: &Frame<'s>, left: u32) -> Option<ClassRef<'s>> {
        let mut scope = Some(&frame.scope);
        while let Some(inner) = scope {
            if let Some(binding) = inner.bindings(name).last() {
                let around = Frame::of(std::sync::Arc::clone(inner));
                return match binding.bound {
                    Bound::Parameter(parameter) => self.annotated(parameter.parameter.annotation.as_deref()?, &around),
                    Bound::Value(value) => self.class_of(value, &around, left),
                    _ => None,
                };
            }
            scope = inner.parent.as_ref();
        }
        None
    }

    /// The class of the service that an annotation names: of `Settings`, `Annotated[Settings, …]`.
    fn annotated(&self, annotation: &'s Expr, frame: &Frame<'s>) -> Option<ClassRef<'s>> {
        let named = match annotation {
            Expr::Subscript(subscript) => match &*subscript.slice {
                Expr::Tuple(tuple) => tuple.elts.first()?,
                one => one,
            },
            annotation => annotation,
        };
        match self.refer(named, frame)? {
            Object::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The statement that declares the field in the class or the first of its bases that does.
    fn field(&self, class: &ClassRef<'s>, name: &str) -> Option<(ClassRef<'s>, &'s Stmt)> {
        let declares = |statement: &&Stmt| {
            let target = match statement {
                Stmt::AnnAssign(assign) => Some(&*assign.target),
                Stmt::Assign(assign) => assign.targets.first(),
                _ => None,
            };
            target.and_then(Expr::as_name_expr).is_some_and(|target| target.id.as_str() == name)
        };
        self.ancestry(class).iter().find_map(|ancestor| match ancestor {
            Object::Class(owner) => Some((owner.clone(), owner.definition.body.iter().rfind(declares)?)),
            _ => None,
        })
    }
}

/// `x` of `int(x)`.
fn cast_argument(call: &ExprCall) -> Option<&Expr> {
    let name = call.func.as_name_expr()?.id.as_str();
    match &*call.arguments.args {
        [argument] if call.arguments.keywords.is_empty() && CASTS.contains(&name) => Some(argument),
        _ => None,
    }
}
