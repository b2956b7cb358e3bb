use ruff_text_size::{TextRange, TextSize};

/// What of a module is looked at: the bodies of functions, and the expressions, that hold one of these places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marks {
    /// All of it.
    Everywhere,
    /// What is around these places, which are in order.
    At(Vec<TextSize>),
}

impl Marks {
    /// Only definitions, and the statements outside of functions.
    pub const NOWHERE: Self = Self::At(Vec::new());

    /// What is around these bytes of the text.
    pub fn at(bytes: impl IntoIterator<Item = usize>) -> Self {
        let places = bytes.into_iter().filter_map(|at| u32::try_from(at).ok());
        let mut places: Vec<TextSize> = places.map(TextSize::new).collect();
        places.sort_unstable();
        Self::At(places)
    }

    /// True if there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Everywhere => false,
            Self::At(places) => places.is_empty(),
        }
    }

    /// True if one of the places is in this range.
    pub(crate) fn any_within(&self, range: TextRange) -> bool {
        match self {
            Self::Everywhere => true,
            Self::At(places) => {
                let next = places.partition_point(|place| *place < range.start());
                places.get(next).is_some_and(|place| *place < range.end())
            }
        }
    }
}
