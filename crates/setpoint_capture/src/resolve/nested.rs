//! Which fields of nested models are needed, and which are there at all.
//!
//! pydantic builds the model of a field from variables once one of them is set; until then the field has its own
//! default. So `other: Db | None = None` needs `OTHER__URL` only where another field of `OTHER` is set.

use super::draft::Draft;
use crate::Clear;
use crate::declaration::Nested;
use setpoint_model::Mechanism;
use std::collections::{HashMap, HashSet};

/// What is known of the defaults that hold models, before any of them is changed.
struct Holders {
    /// Those that have no default of their own.
    without_default: HashSet<(Mechanism, String)>,
    /// Those that one variable sets as a whole, as JSON.
    set_whole: HashSet<(Mechanism, String)>,
    /// Those of which a field is set.
    built: HashSet<(Mechanism, String)>,
}

/// Takes back what fields of nested models do not require after all, and the nested names of settings classes that
/// nothing sets: such a class is read from variables of its own, and the nested one is only another way to set them.
pub(super) fn settle(drafts: &mut Vec<Draft>) {
    let Some(holders) = Holders::of(drafts) else { return };
    for draft in &mut *drafts {
        let mechanism = draft.mechanism;
        for declaration in &mut draft.declarations {
            if let Some(nested) = &declaration.nested {
                declaration.required &= holders.need(mechanism, nested);
            }
        }
    }
    drafts.retain(|draft| !draft.assigned.is_empty() || draft.declarations.is_empty() || !is_another_way(draft));
}

/// True if every place declares it as a field of a settings class that is read from its own variables.
fn is_another_way(draft: &Draft) -> bool {
    let nested = |nested: &Nested| nested.reads_its_own;
    draft.declarations.iter().all(|declaration| declaration.nested.as_ref().is_some_and(nested))
}

fn is_set(draft: &Draft) -> bool {
    draft.assigned.iter().any(|assigned| assigned.assignment.value != Clear::Nothing)
}

impl Holders {
    /// `None` where no default holds a model.
    fn of(drafts: &[Draft]) -> Option<Self> {
        let mut fields: HashMap<(Mechanism, &str), bool> = HashMap::new();
        for draft in drafts {
            for nested in draft.declarations.iter().filter_map(|declaration| declaration.nested.as_ref()) {
                for holder in &nested.holders {
                    *fields.entry((draft.mechanism, holder)).or_default() |= is_set(draft);
                }
            }
        }
        if fields.is_empty() {
            return None;
        }
        let key = |draft: &Draft| (draft.mechanism, draft.name.clone());
        let all = |is_it: fn(&Draft) -> bool| {
            let holders = drafts.iter().filter(|draft| fields.contains_key(&(draft.mechanism, draft.name.as_str())));
            holders.filter(|draft| is_it(draft)).map(key).collect()
        };
        Some(Self {
            without_default: all(|draft| draft.declarations.iter().all(|declaration| declaration.required)),
            set_whole: all(is_set),
            built: fields
                .iter()
                .filter(|(_, any_is_set)| **any_is_set)
                .map(|((mechanism, name), _)| (*mechanism, (*name).to_owned()))
                .collect(),
        })
    }

    /// True if the model in which a field stands is surely built of variables, one for each field.
    fn need(&self, mechanism: Mechanism, nested: &Nested) -> bool {
        let is_among = |set: &HashSet<_>, holder: &String| set.contains(&(mechanism, holder.clone()));
        // JSON may hold any of the fields.
        if nested.reads_its_own || nested.holders.iter().any(|holder| is_among(&self.set_whole, holder)) {
            return false;
        }
        nested.holders.iter().fold(true, |around_is_built, holder| {
            is_among(&self.built, holder) || (around_is_built && is_among(&self.without_default, holder))
        })
    }
}
