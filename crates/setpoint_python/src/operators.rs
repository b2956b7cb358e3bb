//! Python's operators on constants (the Python Language Reference, chapter 6).

use crate::Object;
use crate::builtins::{iterate, text_of};
use ruff_python_ast::{CmpOp, Operator, UnaryOp};

/// Longest text or list that an operator makes; a hostile `"a" * 10**9` is not followed.
const LONGEST: usize = 100_000;

pub(crate) fn binary<'s>(operator: Operator, left: &Object<'s>, right: &Object<'s>) -> Option<Object<'s>> {
    if let (Some(one), Some(two)) = (left.whole(), right.whole()) {
        return whole(operator, one, two);
    }
    if let (Some(one), Some(two)) = (left.number(), right.number()) {
        return float(operator, one, two);
    }
    Some(match (operator, left, right) {
        (Operator::Add, Object::Text(_) | Object::Member(_), Object::Text(_) | Object::Member(_)) => {
            Object::Text(format!("{}{}", left.as_text()?, right.as_text()?))
        }
        (Operator::Add, Object::Bytes(one), Object::Bytes(two)) => Object::Bytes([one.as_slice(), two].concat()),
        (Operator::Add, Object::List(one), Object::List(two)) => Object::List([one.as_slice(), two].concat()),
        // `list += tuple` is allowed, and is folded by the same operator.
        (Operator::Add, Object::List(one), Object::Tuple(two)) => Object::List([one.as_slice(), two].concat()),
        (Operator::Add, Object::Tuple(one), Object::Tuple(two)) => Object::Tuple([one.as_slice(), two].concat()),
        (Operator::Mult, Object::Text(text), Object::Int(times)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            (text.len().checked_mul(times)? <= LONGEST).then(|| Object::Text(text.repeat(times)))?
        }
        (Operator::Mult, Object::List(items), Object::Int(times)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            let repeated = std::iter::repeat_n(items, times).flatten().cloned();
            (items.len().checked_mul(times)? <= LONGEST).then(|| Object::List(repeated.collect()))?
        }
        (Operator::Mod, Object::Text(format), _) => Object::Text(percent(format, right)?),
        (Operator::BitOr, Object::Dict(one), Object::Dict(two)) => {
            let mut pairs = one.clone();
            two.iter().for_each(|(key, value)| insert(&mut pairs, key.clone(), value.clone()));
            Object::Dict(pairs)
        }
        (Operator::BitOr, Object::Set(one), Object::Set(two)) => Object::Set(unique([one.as_slice(), two].concat())),
        (Operator::Sub, Object::Set(one), Object::Set(two)) => {
            Object::Set(one.iter().filter(|item| !contains(two, item)).cloned().collect())
        }
        (Operator::Div, Object::Path(folder), _) => Object::Path(join(folder, &text_of(right)?)),
        (Operator::Add, Object::Duration(one), Object::Duration(two)) => Object::Duration(one + two),
        (Operator::Sub, Object::Duration(one), Object::Duration(two)) => Object::Duration(one - two),
        (Operator::Mult, Object::Duration(length), other) | (Operator::Mult, other, Object::Duration(length)) => {
            Object::Duration(length * other.number()?)
        }
        (Operator::Div, Object::Duration(length), other) => Object::Duration(length / other.number()?),
        _ => return None,
    })
}

fn whole<'s>(operator: Operator, one: i128, two: i128) -> Option<Object<'s>> {
    #[expect(clippy::cast_precision_loss, reason = "true division gives a float in Python, too")]
    let number = match operator {
        Operator::Add => one.checked_add(two),
        Operator::Sub => one.checked_sub(two),
        Operator::Mult => one.checked_mul(two),
        Operator::Pow if two >= 0 => one.checked_pow(u32::try_from(two).ok()?),
        Operator::LShift => u32::try_from(two).ok().filter(|by| *by < 100).and_then(|by| one.checked_mul(1 << by)),
        Operator::RShift => u32::try_from(two).ok().and_then(|by| one.checked_shr(by)),
        Operator::BitOr => Some(one | two),
        Operator::BitAnd => Some(one & two),
        Operator::BitXor => Some(one ^ two),
        Operator::FloorDiv if two != 0 => Some(one.div_euclid(two) - i128::from(two < 0 && one.rem_euclid(two) != 0)),
        Operator::Mod if two != 0 => Some(((one % two) + two) % two),
        Operator::Div if two != 0 => return Some(Object::Float(one as f64 / two as f64)),
        Operator::Pow => return float(operator, one as f64, two as f64),
        Operator::Div | Operator::FloorDiv | Operator::Mod | Operator::MatMult => None,
    };
    number.map(Object::Int)
}

fn float<'s>(operator: Operator, one: f64, two: f64) -> Option<Object<'s>> {
    let number = match operator {
        Operator::Add => one + two,
        Operator::Sub => one - two,
        Operator::Mult => one * two,
        Operator::Div if two != 0.0 => one / two,
        Operator::FloorDiv if two != 0.0 => (one / two).floor(),
        Operator::Mod if two != 0.0 => one - two * (one / two).floor(),
        Operator::Pow => one.powf(two),
        Operator::Div
        | Operator::FloorDiv
        | Operator::Mod
        | Operator::MatMult
        | Operator::LShift
        | Operator::RShift
        | Operator::BitOr
        | Operator::BitXor
        | Operator::BitAnd => return None,
    };
    number.is_finite().then_some(Object::Float(number))
}

pub(crate) fn unary<'s>(operator: UnaryOp, operand: &Object<'s>) -> Option<Object<'s>> {
    match operator {
        UnaryOp::Not => operand.truth().map(|truth| Object::Bool(!truth)),
        UnaryOp::USub | UnaryOp::UAdd => {
            let minus = operator == UnaryOp::USub;
            match operand {
                Object::Float(value) => Some(Object::Float(if minus { -value } else { *value })),
                Object::Duration(value) => Some(Object::Duration(if minus { -value } else { *value })),
                other => other
                    .whole()
                    .and_then(|value| if minus { value.checked_neg() } else { Some(value) })
                    .map(Object::Int),
            }
        }
        UnaryOp::Invert => operand.whole().map(|value| Object::Int(!value)),
    }
}

pub(crate) fn compare(operator: CmpOp, left: &Object<'_>, right: &Object<'_>) -> Option<bool> {
    let order = || {
        let numbers = left.number().zip(right.number()).and_then(|(one, two)| one.partial_cmp(&two));
        numbers.or_else(|| Some(left.as_text()?.cmp(right.as_text()?))).or_else(|| match (left, right) {
            (Object::Duration(one), Object::Duration(two)) => one.partial_cmp(two),
            _ => None,
        })
    };
    match operator {
        CmpOp::Eq => left.equals(right),
        CmpOp::NotEq => left.equals(right).map(|equal| !equal),
        CmpOp::Is | CmpOp::IsNot => {
            let same = match (left, right) {
                (Object::None, Object::None) => true,
                (Object::None, other) | (other, Object::None) => other.is_constant().then_some(false)?,
                (Object::Bool(one), Object::Bool(two)) => one == two,
                _ => return None,
            };
            Some(same == (operator == CmpOp::Is))
        }
        CmpOp::Lt => order().map(std::cmp::Ordering::is_lt),
        CmpOp::LtE => order().map(std::cmp::Ordering::is_le),
        CmpOp::Gt => order().map(std::cmp::Ordering::is_gt),
        CmpOp::GtE => order().map(std::cmp::Ordering::is_ge),
        CmpOp::In | CmpOp::NotIn => {
            let found = match right {
                Object::Text(text) => text.contains(left.as_text()?),
                items => {
                    let mut found = false;
                    for item in iterate(items)? {
                        found |= item.equals(left)?;
                    }
                    found
                }
            };
            Some(found == (operator == CmpOp::In))
        }
    }
}

pub(crate) fn index<'s>(of: &Object<'s>, index: &Object<'s>) -> Option<Object<'s>> {
    let at = |length: usize| {
        let index = index.whole()?;
        let index = if index < 0 { index + i128::try_from(length).ok()? } else { index };
        usize::try_from(index).ok().filter(|index| *index < length)
    };
    match of {
        Object::Dict(pairs) => {
            pairs.iter().find(|(key, _)| key.equals(index) == Some(true)).map(|(_, value)| value.clone())
        }
        Object::List(items) | Object::Tuple(items) => items.get(at(items.len())?).cloned(),
        Object::Text(text) => text.chars().nth(at(text.chars().count())?).map(|letter| Object::Text(letter.into())),
        _ => None,
    }
}

pub(crate) fn slice<'s>(
    of: &Object<'s>,
    from: Option<i128>,
    to: Option<i128>,
    step: Option<i128>,
) -> Option<Object<'s>> {
    let pick = |length: usize| {
        let length = i128::try_from(length).ok()?;
        let step = step.unwrap_or(1);
        let clamp = |at: i128| (if at < 0 { at + length } else { at }).clamp(0, length);
        match step {
            0 => None,
            // Only the whole reversed: other negative steps are not written in configuration.
            -1 if from.is_none() && to.is_none() => Some((0..length).rev().collect::<Vec<_>>()),
            step if step > 0 => {
                let step = usize::try_from(step).ok()?;
                Some((clamp(from.unwrap_or(0))..clamp(to.unwrap_or(length))).step_by(step).collect())
            }
            _ => None,
        }
    };
    let taken = |items: &[Object<'s>]| {
        let picked = pick(items.len())?;
        picked.into_iter().map(|at| items.get(usize::try_from(at).ok()?).cloned()).collect::<Option<Vec<_>>>()
    };
    match of {
        Object::List(items) => taken(items).map(Object::List),
        Object::Tuple(items) => taken(items).map(Object::Tuple),
        Object::Text(text) => {
            let letters: Vec<char> = text.chars().collect();
            let picked = pick(letters.len())?;
            Some(Object::Text(picked.into_iter().filter_map(|at| letters.get(usize::try_from(at).ok()?)).collect()))
        }
        _ => None,
    }
}

pub(crate) fn insert<'s>(pairs: &mut Vec<(Object<'s>, Object<'s>)>, key: Object<'s>, value: Object<'s>) {
    match pairs.iter_mut().find(|(other, _)| other.equals(&key) == Some(true)) {
        Some(pair) => pair.1 = value,
        None => pairs.push((key, value)),
    }
}

pub(crate) fn unique(items: Vec<Object<'_>>) -> Vec<Object<'_>> {
    let mut kept: Vec<Object<'_>> = Vec::with_capacity(items.len());
    for item in items {
        if !contains(&kept, &item) {
            kept.push(item);
        }
    }
    kept
}

fn contains(items: &[Object<'_>], item: &Object<'_>) -> bool {
    items.iter().any(|other| other.equals(item) == Some(true))
}

/// `folder / name` of `PurePosixPath`: an absolute name replaces the folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        (_, name) if name.starts_with('/') => name.to_owned(),
        ("" | ".", name) => name.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, name) => format!("{}/{name}", folder.trim_end_matches('/')),
    }
}

/// `format % argument` with `%s`, `%d`, `%r` and `%%` alone.
fn percent(format: &str, argument: &Object<'_>) -> Option<String> {
    let mut arguments = match argument {
        Object::Tuple(items) => items.clone(),
        Object::Dict(_) => return None,
        other => vec![other.clone()],
    }
    .into_iter();
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next()? {
            '%' => text.push('%'),
            's' | 'd' | 'i' => text.push_str(&text_of(&arguments.next()?)?),
            _ => return None,
        }
    }
    arguments.next().is_none().then_some(text)
}
