use crate::fields::Fields;
use serde_json::{Value as Json, json};
use setpoint_model::register::Register;

/// The form of `setpoint.toml` as JSON Schema, draft 7, which the TOML extensions of editors read. It is made from
/// the same declarations that read the file, so that it refuses nothing that [`load`](crate::load) accepts; what it cannot know
/// (names that refer to one another, regular expressions, secrets in clear) is left to the reader.
pub fn schema() -> Json {
    let mut schema = Fields::describe::<Register>();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("setpoint.toml");
    schema
}
