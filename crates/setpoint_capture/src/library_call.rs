use crate::{Clear, Sensitive};
use setpoint_model::{Backend, Place};

/// A call of a catalogued function, before it is decided what of it may be shown;
/// see [`setpoint_model::LibraryCall`].
#[derive(Clone, Debug)]
pub(crate) struct LibraryCall {
    pub(crate) function: &'static str,
    pub(crate) place: Place,
    pub(crate) symbol: Option<String>,
    pub(crate) bound_to: Option<String>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) open: bool,
    pub(crate) imported_by: Vec<String>,
}

/// What a call is given.
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    /// Its name, or its place counted from 0.
    pub(crate) name: String,
    pub(crate) value: Clear,
    pub(crate) text: Sensitive<String>,
    /// The argument's value in the file.
    pub(crate) place: Place,
    /// Where its value comes from: the bytes of a file.
    pub(crate) origin: Place,
    /// The declaration that gives it its value: its name and variables.
    pub(crate) from: Option<Source>,
    /// See [`setpoint_model::Argument::backend`].
    pub(crate) backend: Option<Backend>,
}

/// A declaration whose value an argument takes.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) variables: Vec<String>,
    pub(crate) ignores_case: bool,
    pub(crate) secret: bool,
}
