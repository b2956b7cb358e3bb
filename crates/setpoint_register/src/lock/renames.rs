//! Which default that is gone is which that is new, where that leaves no doubt.

use super::Key;
use super::state::{Origin, State};
use setpoint_model::Value;
use std::collections::BTreeMap;

/// The old key of each new one. A default has a new name where the old one became an alias, or where the code
/// declares the same in the same place.
pub(super) fn between(old: &State, new: &State) -> BTreeMap<Key, Key> {
    let gone: Vec<&Key> = old.lines.keys().filter(|key| !new.lines.contains_key(key)).collect();
    let come: Vec<&Key> = new.lines.keys().filter(|key| !old.lines.contains_key(key)).collect();
    let pairs: Vec<(&Key, &Key)> = come
        .iter()
        .flat_map(|now| gone.iter().map(move |was| (*now, *was)))
        .filter(|(now, was)| now.0 == was.0 && (is_alias(new, now, was) || is_same(old, new, now, was)))
        .collect();
    // One name that became two, or two that became one, is no renaming.
    let is_only =
        |(now, was): &&(&Key, &Key)| pairs.iter().filter(|other| other.0 == *now || other.1 == *was).count() == 1;
    pairs.iter().filter(is_only).map(|(now, was)| ((*now).clone(), (*was).clone())).collect()
}

fn is_alias(new: &State, now: &Key, was: &Key) -> bool {
    new.origins.get(now).is_some_and(|origin| origin.aliases.contains(&was.1))
}

/// The same field declares the same; or the same file does, in the same function or class, under names that end in the
/// same word, since there are others beside it.
fn is_same(old: &State, new: &State, now: &Key, was: &Key) -> bool {
    let (Some(before), Some(after)) = (old.origins.get(was), new.origins.get(now)) else { return false };
    let declared = |state: &State, key: &Key| {
        let line = &state.lines[key];
        ["type", "required", "secret", "value"].map(|field| line.get(field).cloned())
    };
    if before.symbol != after.symbol {
        return false;
    }
    // A field that names the default on both sides is the same field, whatever its value: its prefix changed.
    let field =
        before.symbol.as_deref().and_then(|symbol| symbol.rsplit_once('.')).map(|(_, field)| field.to_lowercase());
    if field.is_some_and(|field| [was, now].iter().all(|key| key.1.to_lowercase().ends_with(&field))) {
        return true;
    }
    if declared(old, was) != declared(new, now) {
        return false;
    }
    if declares_only(old, was, before) && declares_only(new, now, after) {
        return true;
    }
    let file = |origin: &Origin| origin.declared.as_ref().map(|place| place.file.clone());
    let last_word = |key: &Key| key.1.rsplit(['_', '-', '.']).next().unwrap_or_default().to_lowercase();
    // What has no value of its own is too like all others that have none.
    let has_value = new.lines[now].get("value").is_some_and(|value| *value != Value::Null);
    has_value && file(before).is_some() && file(before) == file(after) && last_word(was) == last_word(now)
}

/// True if its symbol declares this default and no other of its section.
fn declares_only(state: &State, key: &Key, origin: &Origin) -> bool {
    let of_symbol = |(other, each): &(&Key, &Origin)| other.0 == key.0 && each.symbol == origin.symbol;
    origin.symbol.is_some() && state.origins.iter().filter(of_symbol).count() == 1
}

#[cfg(test)]
mod tests {
    use super::between;
    use crate::lock::line::Line;
    use crate::lock::section::Section;
    use crate::lock::state::{Origin, State};
    use setpoint_model::{Place, Value};

    /// A default of `settings.py`: its name, symbol, value and other name, each but the name empty where there is none.
    type Declared = [&'static str; 4];

    fn state(defaults: &[Declared]) -> State {
        let mut state = State::default();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        for [name, symbol, value, alias] in defaults {
            let key = (Section::Mechanism("environ".to_owned()), (*name).to_owned());
            let value = some(value).map(|value| ("value".to_owned(), Value::Text(value)));
            state.lines.insert(key.clone(), Line(value.into_iter().collect()));
            let declared = Some(Place::file("settings.py"));
            let aliases = some(alias).into_iter().collect();
            state.origins.insert(key, Origin { declared, symbol: some(symbol), aliases, ..Origin::default() });
        }
        state
    }

    fn renamed(old: &[Declared], new: &[Declared]) -> Vec<String> {
        let renamed = between(&state(old), &state(new));
        renamed.into_iter().map(|((_, now), (_, was))| format!("{was} → {now}")).collect()
    }

    #[test]
    fn the_old_name_became_an_alias() {
        let old = [["PORT", "", "8000", ""]];
        assert_eq!(renamed(&old, &[["SHOP_PORT", "run", "9000", "PORT"]]), ["PORT → SHOP_PORT"]);
        // A lock knows no places, and need not.
        let mut lock = state(&old);
        lock.origins.clear();
        assert_eq!(between(&lock, &state(&[["SHOP_PORT", "", "9000", "PORT"]])).len(), 1);
    }

    #[test]
    fn a_field_keeps_its_name_behind_another_prefix() {
        let old = [["SHOP_POOL", "Settings.pool", "5", ""], ["SHOP_SIZE", "Settings.size", "5", ""]];
        let new = [["APP_POOL", "Settings.pool", "10", ""], ["APP_SIZE", "Settings.size", "", ""]];
        assert_eq!(renamed(&old, &new), ["SHOP_POOL → APP_POOL", "SHOP_SIZE → APP_SIZE"]);
    }

    #[test]
    fn what_a_symbol_alone_declares_has_the_value_as_before() {
        let old = [["--wait", "main", "30", ""]];
        assert_eq!(renamed(&old, &[["--patience", "main", "30", ""]]), ["--wait → --patience"]);
        assert_eq!(renamed(&old, &[["--patience", "main", "31", ""]]), [""; 0]);
        assert_eq!(renamed(&old, &[["--patience", "other", "30", ""]]), [""; 0]);
    }

    #[test]
    fn beside_others_the_last_word_and_a_value_are_the_same() {
        let old = [["SHOP_TIMEOUT", "", "30", ""], ["SHOP_URL", "", "", ""], ["SHOP_DEPTH", "", "30", ""]];
        let new = [["SHOP_HTTP_TIMEOUT", "", "30", ""], ["SHOP_PAY_URL", "", "", ""], ["SHOP_WIDTH", "", "30", ""]];
        assert_eq!(renamed(&old, &new), ["SHOP_TIMEOUT → SHOP_HTTP_TIMEOUT"]);
    }

    #[test]
    fn one_that_became_two_is_not_renamed() {
        let old = [["TIMEOUT", "", "30", ""]];
        let new = [["READ_TIMEOUT", "", "30", ""], ["WRITE_TIMEOUT", "", "30", ""]];
        assert_eq!(renamed(&old, &new), [""; 0]);
        assert_eq!(renamed(&new, &old), [""; 0]);
    }
}
