//! Python's `==`, `<` and `hash` of constants.

use crate::Object;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// What two constants have in common that a dict or set takes for one: 1, 1.0 and `True` are the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    None,
    Int(i128),
    /// The bits of one that is no whole number.
    Float(u64),
    Text(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Key>),
    /// Microseconds.
    Duration(i128),
    Path(String),
    /// A member that is no text or number itself, by the place of its class.
    Member(usize, Box<Key>),
}

/// The pairs of a dict, each key once, in the order in which they came.
#[derive(Default)]
pub(crate) struct Pairs<'s> {
    pairs: Vec<(Object<'s>, Object<'s>)>,
    places: HashMap<Key, usize>,
}

impl<'s> Pairs<'s> {
    /// Sets the value of a key, which keeps its place; `None` if it can be no key.
    pub(crate) fn insert(&mut self, key: Object<'s>, value: Object<'s>) -> Option<()> {
        let fresh = self.pairs.len();
        let place = *self.places.entry(key.key()?).or_insert(fresh);
        match self.pairs.get_mut(place) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((key, value)),
        }
        Some(())
    }

    /// As [`Pairs::insert`] for each of another dict's pairs.
    pub(crate) fn extend(&mut self, pairs: impl IntoIterator<Item = (Object<'s>, Object<'s>)>) -> Option<()> {
        pairs.into_iter().try_for_each(|(key, value)| self.insert(key, value))
    }

    pub(crate) fn into_dict(self) -> Object<'s> {
        Object::Dict(self.pairs)
    }
}

/// The items of a set; `None` if one of them can be none.
pub(crate) fn unique(items: Vec<Object<'_>>) -> Option<Vec<Object<'_>>> {
    let mut keys = HashSet::new();
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if keys.insert(item.key()?) {
            kept.push(item);
        }
    }
    Some(kept)
}

impl Object<'_> {
    /// `None` for what has no hash, and for what is no constant.
    pub(crate) fn key(&self) -> Option<Key> {
        Some(match self.plain() {
            Object::None => Key::None,
            Object::Float(value) => match integral(*value) {
                Some(whole) => Key::Int(whole),
                None => Key::Float(value.to_bits()),
            },
            Object::Text(text) => Key::Text(text.clone()),
            Object::Bytes(bytes) => Key::Bytes(bytes.clone()),
            Object::Tuple(items) => Key::Tuple(items.iter().map(Object::key).collect::<Option<_>>()?),
            Object::Duration(seconds) => Key::Duration(microseconds(*seconds)),
            Object::Path(path) => Key::Path(path.clone()),
            Object::Member(member) => Key::Member(member.class.identity(), Box::new(member.value.key()?)),
            other => Key::Int(other.whole()?),
        })
    }

    /// Python's `==` of two constants; `None` where one of them is none.
    pub fn equals(&self, other: &Object<'_>) -> Option<bool> {
        let all = |one: &[Object<'_>], two: &[Object<'_>]| {
            if one.len() != two.len() {
                return Some(false);
            }
            let mut equal = true;
            for (one, two) in one.iter().zip(two) {
                equal &= one.equals(two)?;
            }
            Some(equal)
        };
        Some(match (self.plain(), other.plain()) {
            (Object::None, Object::None) => true,
            (Object::Text(one), Object::Text(two)) | (Object::Path(one), Object::Path(two)) => one == two,
            (Object::Bytes(one), Object::Bytes(two)) => one == two,
            (Object::Duration(one), Object::Duration(two)) => microseconds(*one) == microseconds(*two),
            (Object::Member(one), Object::Member(two)) => one.class.is(&two.class) && one.value.equals(&two.value)?,
            (Object::List(one), Object::List(two)) | (Object::Tuple(one), Object::Tuple(two)) => return all(one, two),
            (Object::Set(one), Object::Set(two)) => keys(one)? == keys(two)?,
            (Object::Dict(one), Object::Dict(two)) => {
                let values = |pairs: &[(Object<'_>, _)]| {
                    pairs
                        .iter()
                        .enumerate()
                        .map(|(at, (key, _))| Some((key.key()?, at)))
                        .collect::<Option<HashMap<_, _>>>()
                };
                let (ours, theirs) = (values(one)?, values(two)?);
                let mut equal = ours.len() == theirs.len();
                for (key, at) in ours {
                    let other = theirs.get(&key).and_then(|other| two.get(*other));
                    equal &= match other {
                        Some((_, other)) => one.get(at)?.1.equals(other)?,
                        None => false,
                    };
                }
                equal
            }
            (one, two) if one.number().is_some() && two.number().is_some() => one.order(two) == Some(Ordering::Equal),
            (one, two) if one.is_constant() && two.is_constant() => false,
            _ => return None,
        })
    }

    /// Python's order of two constants; `None` where it has none.
    pub(crate) fn order(&self, other: &Object<'_>) -> Option<Ordering> {
        match (self.plain(), other.plain()) {
            (Object::Text(one), Object::Text(two)) => Some(one.cmp(two)),
            (Object::Duration(one), Object::Duration(two)) => Some(microseconds(*one).cmp(&microseconds(*two))),
            (Object::Float(one), Object::Float(two)) => one.partial_cmp(two),
            (Object::Float(one), two) => Some(whole_to_float(two.whole()?, *one)?.reverse()),
            (one, Object::Float(two)) => whole_to_float(one.whole()?, *two),
            (one, two) => Some(one.whole()?.cmp(&two.whole()?)),
        }
    }

    /// The text or number that a member of an enum is itself.
    pub(crate) fn plain(&self) -> &Self {
        match self {
            Object::Member(member) if member.is_value => member.value.plain(),
            _ => self,
        }
    }
}

fn keys(items: &[Object<'_>]) -> Option<HashSet<Key>> {
    items.iter().map(Object::key).collect()
}

/// Compares exactly, as Python does: 2**53 + 1 is not 2.0**53.
#[expect(clippy::cast_possible_truncation, reason = "the floor was seen to lie within the range of an i128")]
fn whole_to_float(one: i128, two: f64) -> Option<Ordering> {
    if two.is_nan() {
        return None;
    }
    if two >= LIMIT {
        return Some(Ordering::Less);
    }
    if two < -LIMIT {
        return Some(Ordering::Greater);
    }
    let floor = two.floor();
    let behind = if two > floor { Ordering::Less } else { Ordering::Equal };
    Some(one.cmp(&(floor as i128)).then(behind))
}

/// 2 to the power of 127: the first float above every `i128`.
const LIMIT: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

/// The whole number that a float is.
#[expect(clippy::cast_possible_truncation, reason = "it has no fraction and lies within the range")]
pub(crate) fn integral(value: f64) -> Option<i128> {
    (value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value)).then_some(value as i128)
}

/// A `timedelta` counts whole microseconds.
#[expect(clippy::cast_possible_truncation, reason = "a timedelta is at most a billion days")]
pub(crate) fn microseconds(seconds: f64) -> i128 {
    (seconds * 1e6).round_ties_even() as i128
}
