//! The texts that a field takes, where its annotation lists them: a `Literal` of texts, an enumeration whose values
//! are texts. A variable is always text, and pydantic compares it with the values as it is (`LiteralLookup` of
//! pydantic-core), so that every other text is refused.

use super::fields::{is_called, is_validator};
use setpoint_python::ast::{Expr, Operator};
use setpoint_python::{Frame, Object, Program};

/// How deep an annotation is looked into: aliases of aliases, unions in unions.
const DEEPEST: usize = 10;

/// What an annotation says of the texts that it takes.
enum Choices {
    /// These and no others.
    Texts(Vec<String>),
    /// `None`, which no text is.
    None,
}

/// The only texts that a field of this annotation takes; `None` where it may take others.
pub(super) fn of<'s>(program: &Program<'s>, annotation: &'s Expr, frame: &Frame<'s>) -> Option<Vec<String>> {
    match choices(program, annotation, frame, 0)? {
        Choices::Texts(texts) => Some(texts),
        Choices::None => None,
    }
}

fn choices<'s>(program: &Program<'s>, annotation: &'s Expr, frame: &Frame<'s>, depth: usize) -> Option<Choices> {
    if depth > DEEPEST {
        return None;
    }
    let each = |parts: &mut dyn Iterator<Item = &'s Expr>, frame: &Frame<'s>| {
        let mut texts = Vec::new();
        for part in parts {
            match choices(program, part, frame, depth + 1)? {
                Choices::Texts(more) => texts.extend(more),
                Choices::None => {}
            }
        }
        Some(if texts.is_empty() { Choices::None } else { Choices::Texts(texts) })
    };
    match annotation {
        Expr::NoneLiteral(_) => Some(Choices::None),
        Expr::BinOp(union) if union.op == Operator::BitOr => {
            each(&mut [&*union.left, &*union.right].into_iter(), frame)
        }
        Expr::Subscript(subscript) => {
            let inside: &[Expr] = match &*subscript.slice {
                Expr::Tuple(tuple) => &tuple.elts,
                one => std::slice::from_ref(one),
            };
            if is_called(&subscript.value, "Literal") {
                let texts = inside.iter().map(|item| match program.fold(item, frame)? {
                    Object::Text(text) => Some(Some(text)),
                    Object::None => Some(None),
                    _ => None,
                });
                let texts: Vec<String> = texts.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
                return Some(if texts.is_empty() { Choices::None } else { Choices::Texts(texts) });
            }
            if is_called(&subscript.value, "Optional") || is_called(&subscript.value, "Union") {
                return each(&mut inside.iter(), frame);
            }
            let (first, metadata) = inside.split_first()?;
            let is_plain = !metadata.iter().any(|metadata| is_validator(program, metadata, frame));
            (is_called(&subscript.value, "Annotated") && is_plain)
                .then(|| choices(program, first, frame, depth + 1))
                .flatten()
        }
        Expr::Name(_) | Expr::Attribute(_) => match program.fold(annotation, frame) {
            Some(Object::Class(class)) => {
                let values = program.member_values(&class)?;
                let texts: Option<Vec<String>> =
                    values.iter().map(|value| value.as_text().map(str::to_owned)).collect();
                texts.filter(|texts| !texts.is_empty()).map(Choices::Texts)
            }
            _ => match program.written(annotation, frame)? {
                (Expr::Name(_) | Expr::Attribute(_), _) => None,
                (written, frame) => choices(program, written, &frame, depth + 1),
            },
        },
        _ => None,
    }
}
