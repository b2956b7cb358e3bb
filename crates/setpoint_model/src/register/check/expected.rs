use crate::Value;

/// What a text is expected to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedText {
    /// Exactly this.
    Equals(String),
    /// It contains this.
    Contains(String),
    /// It does not contain this.
    Lacks(String),
    /// The regular expression (the syntax of Rust's `regex` crate) matches somewhere in it.
    Matches(String),
}

documented! {
    /// What a value is expected to be.
    #[derive(Default)]
    pub struct Comparison {
        /// Exactly this value.
        pub equals: Option<Value>,
        /// A number, this or more.
        pub at_least: Option<f64>,
        /// A number, this or less.
        pub at_most: Option<f64>,
    }
}
