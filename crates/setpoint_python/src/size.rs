//! How large a folded constant may grow: a hostile `"a" * 10**9`, or ten lines that each double the one before, is not
//! followed.

use crate::Object;

/// Letters and items, those of items among them.
pub(crate) const LARGEST: usize = 100_000;
/// Lists in lists.
const DEEPEST: usize = 100;

impl Object<'_> {
    /// Its letters and items; `None` if it is too large to go on with.
    pub(crate) fn size(&self) -> Option<usize> {
        let mut left = LARGEST;
        self.count(&mut left, DEEPEST).map(|()| LARGEST - left)
    }

    /// Takes its size from what is left for all that it is put together with.
    pub(crate) fn take_from(&self, left: &mut usize) -> Option<()> {
        self.count(left, DEEPEST)
    }

    fn count(&self, left: &mut usize, depth: usize) -> Option<()> {
        let own = match self {
            Object::Text(text) | Object::Path(text) => text.len(),
            Object::Bytes(bytes) => bytes.len(),
            Object::Member(member) => return member.value.count(left, depth.checked_sub(1)?),
            Object::List(items) | Object::Tuple(items) | Object::Set(items) => {
                let depth = depth.checked_sub(1)?;
                items.iter().try_for_each(|item| item.count(left, depth))?;
                items.len()
            }
            Object::Dict(pairs) => {
                let depth = depth.checked_sub(1)?;
                pairs
                    .iter()
                    .try_for_each(|(key, value)| key.count(left, depth).and_then(|()| value.count(left, depth)))?;
                pairs.len()
            }
            _ => 1,
        };
        *left = left.checked_sub(own)?;
        Some(())
    }
}

/// `text` with `more` behind it, if that is not too long.
pub(crate) fn append(text: &mut String, more: &str) -> Option<()> {
    (text.len() + more.len() <= LARGEST).then(|| text.push_str(more))
}
