//! What counts as a secret by its name or its text. Types (`SecretStr`) are known where the code is read.

mod name;
mod option;
mod text;
mod url;
mod value;

pub use name::{is_secret_name, name_words};
pub use option::secret_of_option;
pub use text::{Written, hide_secrets, is_secret_text, literals, secrets_in};
pub use url::{hide_url_password, url_passwords};
pub use value::holds_secret;
