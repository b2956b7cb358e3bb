//! The pages of a small shop, each looked at by something that reads it: an env file parser, a Markdown parser, an XML
//! parser, a browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod chromium;
mod env_example;
mod html;
mod markdown;
mod reproducible;
mod request_path;
mod shop;
