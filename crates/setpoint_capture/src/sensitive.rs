use std::fmt;

/// Something that may be a secret. It cannot be printed by accident; `resolve` alone looks inside, and turns
/// it into what may be shown.
#[derive(Clone, PartialEq)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Hides it.
    pub fn new(inner: T) -> Self {
        Self(inner)
    }

    /// The clear text, for the one place that decides whether it may be shown, and for parsers of it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
