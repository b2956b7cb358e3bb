//! How much references to variables may bring. Lines that each name the line above twice would otherwise fill the
//! memory, whatever the format.

use std::cell::Cell;

/// How many bytes all references of one file may bring together: what Linux gives one program at all, its arguments
/// and variables together, is no more (execve(2), "Limits on size of arguments and environment").
pub(crate) const MOST: usize = 2 << 20;

/// What the references of one file may still bring.
#[derive(Debug)]
pub(crate) struct Room {
    left: Cell<usize>,
}

/// What a reference brings.
pub(crate) enum Brought {
    /// The variable's value.
    Value(String),
    /// The variable is not known.
    Nothing,
    /// The room is full, and stays so: the reference stands for itself, and nobody knows its value.
    Full,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { left: Cell::new(MOST) }
    }

    /// Brings what `look_up` finds, if there is room for it. Nothing is looked up any more once there was none.
    pub(crate) fn bring(&self, look_up: impl FnOnce() -> Option<String>) -> Brought {
        if self.left.get() == 0 {
            return Brought::Full;
        }
        let Some(value) = look_up() else { return Brought::Nothing };
        let left = self.left.get().checked_sub(value.len());
        self.left.set(left.unwrap_or_default());
        if left.is_some() { Brought::Value(value) } else { Brought::Full }
    }

    /// The same for readers of which a name that nobody knows stays as it is written.
    pub(crate) fn value_or_reference(&self, name: &str, look_up: impl FnOnce() -> Option<String>) -> Option<String> {
        match self.bring(look_up) {
            Brought::Value(value) => Some(value),
            Brought::Nothing => None,
            Brought::Full => Some(format!("${{{name}}}")),
        }
    }
}

/// The same variables for all references of one file: once they have brought 2 MiB, each stays a reference.
pub fn limited(look_up: impl Fn(&str) -> Option<String>) -> impl Fn(&str) -> Option<String> {
    let room = Room::new();
    move |name| room.value_or_reference(name, || look_up(name))
}
