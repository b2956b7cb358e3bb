//! Methods of constants: text, lists, dicts, paths, durations.

use crate::builtins::iterate;
use crate::equality::{Pairs, unique};
use crate::{Object, operators, paths, texts};

pub(crate) fn call<'s>(
    of: &Object<'s>,
    name: &str,
    arguments: &[Object<'s>],
    keywords: &[(&str, Object<'s>)],
) -> Option<Object<'s>> {
    if !keywords.is_empty() && name != "format" {
        return None;
    }
    match of.plain() {
        Object::Text(text) => texts::method(text, name, arguments, keywords),
        Object::Bytes(bytes) if name == "decode" => texts::decode(bytes, arguments).map(Object::Text),
        Object::Dict(pairs) => match (name, arguments) {
            ("keys", []) => Some(Object::List(pairs.iter().map(|(key, _)| key.clone()).collect())),
            ("values", []) => Some(Object::List(pairs.iter().map(|(_, value)| value.clone()).collect())),
            ("items", []) => Some(Object::List(
                pairs.iter().map(|(key, value)| Object::Tuple(vec![key.clone(), value.clone()])).collect(),
            )),
            ("copy", []) => Some(of.clone()),
            ("get", [key]) => got(of, key, &Object::None),
            ("get", [key, default]) => got(of, key, default),
            _ => None,
        },
        Object::List(_) if name == "copy" && arguments.is_empty() => Some(of.clone()),
        Object::Set(one) if name == "union" => {
            let [two] = arguments else { return None };
            unique([one.clone(), iterate(two)?].concat()).map(Object::Set)
        }
        Object::Path(path) => paths::method(path, name, arguments),
        Object::Duration(seconds) if name == "total_seconds" && arguments.is_empty() => Some(Object::Float(*seconds)),
        _ => None,
    }
}

fn got<'s>(of: &Object<'s>, key: &Object<'s>, default: &Object<'s>) -> Option<Object<'s>> {
    key.key()?;
    Some(operators::index(of, key).unwrap_or_else(|| default.clone()))
}

/// The object after a method that changes it.
pub(crate) fn change<'s>(old: Object<'s>, name: &str, arguments: Vec<Object<'s>>) -> Option<Object<'s>> {
    let mut arguments = arguments.into_iter();
    let (first, second) = (arguments.next(), arguments.next());
    match (old, name, first, second) {
        (Object::List(mut items), "append", Some(item), None) => {
            items.push(item);
            Some(Object::List(items))
        }
        (Object::List(mut items), "extend", Some(more), None) => {
            items.extend(iterate(&more)?);
            Some(Object::List(items))
        }
        (Object::List(mut items), "insert", Some(Object::Int(at)), Some(item)) => {
            let at = usize::try_from(at).ok()?.min(items.len());
            items.insert(at, item);
            Some(Object::List(items))
        }
        (Object::Set(mut items), "add", Some(item), None) => {
            items.push(item);
            unique(items).map(Object::Set)
        }
        (Object::Dict(pairs), "update", Some(Object::Dict(more)), None) => {
            let mut all = Pairs::default();
            all.extend(pairs.into_iter().chain(more))?;
            Some(all.into_dict())
        }
        // Methods that only look.
        (old, "get" | "keys" | "values" | "items" | "copy" | "index" | "count", ..) => Some(old),
        _ => None,
    }
}

/// The object after `object[key] = value`.
pub(crate) fn put<'s>(old: Object<'s>, key: Object<'s>, value: Object<'s>) -> Option<Object<'s>> {
    match old {
        Object::Dict(pairs) => {
            let mut all = Pairs::default();
            all.extend(pairs.into_iter().chain([(key, value)]))?;
            Some(all.into_dict())
        }
        Object::List(mut items) => {
            *items.get_mut(usize::try_from(key.whole()?).ok()?)? = value;
            Some(Object::List(items))
        }
        _ => None,
    }
}
