use crate::Declaration;
use setpoint_model::Place;

/// A settings class as its source was read, apart from what a deployment sets.
#[derive(Clone, Debug)]
pub(crate) struct SettingsClass {
    /// `Settings`, or `Shop.Settings` of a class in a class.
    pub(crate) name: String,
    /// Where its name stands.
    pub(crate) place: Place,
    /// Its own fields and those of its bases, but none of the models that a field holds.
    pub(crate) fields: Vec<SettingsField>,
}

/// A field of a settings class.
#[derive(Clone, Debug)]
pub(crate) struct SettingsField {
    /// As the class names it.
    pub(crate) name: String,
    pub(crate) declaration: Declaration,
}
