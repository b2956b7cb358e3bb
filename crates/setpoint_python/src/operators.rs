//! Python's operators on constants (the Python Language Reference, chapter 6).

use crate::builtins::iterate;
use crate::equality::{Pairs, unique};
use crate::size::LARGEST;
use crate::{Object, paths, texts};
use ruff_python_ast::{CmpOp, Operator, UnaryOp};

/// `left += right`, which takes anything that a list can be made longer by.
pub(crate) fn augmented<'s>(operator: Operator, left: &Object<'s>, right: &Object<'s>) -> Option<Object<'s>> {
    match (operator, left) {
        (Operator::Add, Object::List(items)) => Some(Object::List([items.as_slice(), &iterate(right)?].concat())),
        _ => binary(operator, left, right),
    }
}

pub(crate) fn binary<'s>(operator: Operator, left: &Object<'s>, right: &Object<'s>) -> Option<Object<'s>> {
    // A member of an enum is written otherwise than its value.
    if let (Operator::Mod, Object::Text(format)) = (operator, left.plain()) {
        return texts::percent(format, right).map(Object::Text);
    }
    let (left, right) = (left.plain(), right.plain());
    if let (Object::Bool(one), Object::Bool(two)) = (left, right) {
        match operator {
            Operator::BitAnd => return Some(Object::Bool(one & two)),
            Operator::BitOr => return Some(Object::Bool(one | two)),
            Operator::BitXor => return Some(Object::Bool(one ^ two)),
            _ => {}
        }
    }
    if let (Some(one), Some(two)) = (left.whole(), right.whole()) {
        return whole(operator, one, two);
    }
    if let (Some(one), Some(two)) = (left.number(), right.number()) {
        return float(operator, one, two);
    }
    Some(match (operator, left, right) {
        (Operator::Add, Object::Text(one), Object::Text(two)) => Object::Text(format!("{one}{two}")),
        (Operator::Add, Object::Bytes(one), Object::Bytes(two)) => Object::Bytes([one.as_slice(), two].concat()),
        (Operator::Add, Object::List(one), Object::List(two)) => Object::List([one.as_slice(), two].concat()),
        (Operator::Add, Object::Tuple(one), Object::Tuple(two)) => Object::Tuple([one.as_slice(), two].concat()),
        (Operator::Mult, Object::Text(text), Object::Int(times)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            (text.len().checked_mul(times)? <= LARGEST).then(|| Object::Text(text.repeat(times)))?
        }
        (Operator::Mult, Object::List(items), Object::Int(times)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            let repeated = std::iter::repeat_n(items, times).flatten().cloned();
            (items.len().checked_mul(times)? <= LARGEST).then(|| Object::List(repeated.collect()))?
        }
        (Operator::BitOr, Object::Dict(one), Object::Dict(two)) => {
            let mut pairs = Pairs::default();
            pairs.extend(one.iter().chain(two).cloned())?;
            pairs.into_dict()
        }
        (Operator::BitOr, Object::Set(one), Object::Set(two)) => Object::Set(unique([one.as_slice(), two].concat())?),
        (Operator::Sub, Object::Set(one), Object::Set(two)) => {
            let taken = two.iter().map(Object::key).collect::<Option<std::collections::HashSet<_>>>()?;
            Object::Set(one.iter().filter(|item| item.key().is_none_or(|key| !taken.contains(&key))).cloned().collect())
        }
        (Operator::Div, Object::Path(folder), _) => Object::Path(paths::child(folder, right)?),
        (Operator::Add, Object::Duration(one), Object::Duration(two)) => duration(one + two)?,
        (Operator::Sub, Object::Duration(one), Object::Duration(two)) => duration(one - two)?,
        (Operator::Mult, Object::Duration(length), other) | (Operator::Mult, other, Object::Duration(length)) => {
            duration(length * other.number()?)?
        }
        (Operator::Div, Object::Duration(length), other) => duration(length / other.number().filter(|by| *by != 0.0)?)?,
        _ => return None,
    })
}

/// A `timedelta` of so many seconds: it counts whole microseconds, and at most a billion days.
pub(crate) fn duration<'s>(seconds: f64) -> Option<Object<'s>> {
    (seconds.abs() < 1e9 * 86_400.0).then(|| Object::Duration((seconds * 1e6).round_ties_even() / 1e6))
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
        Operator::FloorDiv if two != 0 => {
            let rest = one.checked_rem_euclid(two)?;
            one.checked_div_euclid(two)?.checked_sub(i128::from(two < 0 && rest != 0))
        }
        Operator::Mod if two != 0 => {
            let rest = one.checked_rem_euclid(two)?;
            // The remainder has the divisor's sign.
            if two < 0 && rest != 0 { rest.checked_add(two) } else { Some(rest) }
        }
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
        Operator::FloorDiv if two != 0.0 => divide(one, two).0,
        Operator::Mod if two != 0.0 => divide(one, two).1,
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

/// Quotient and remainder as CPython's `float_divmod` finds them: the remainder has the divisor's sign.
fn divide(one: f64, two: f64) -> (f64, f64) {
    let mut remainder = one % two;
    let mut quotient = (one - remainder) / two;
    if remainder == 0.0 {
        remainder = remainder.copysign(two);
    } else if (two < 0.0) != (remainder < 0.0) {
        remainder += two;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(one / two), remainder);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, remainder)
}

pub(crate) fn unary<'s>(operator: UnaryOp, operand: &Object<'s>) -> Option<Object<'s>> {
    match operator {
        UnaryOp::Not => operand.truth().map(|truth| Object::Bool(!truth)),
        UnaryOp::USub | UnaryOp::UAdd => {
            let minus = operator == UnaryOp::USub;
            match operand.plain() {
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
    let order = || left.order(right);
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
