//! The pages of a small shop, each looked at by something that reads it: an env file parser, a Markdown parser, an XML
//! parser, a browser.

mod chromium;
mod env_example;
mod html;
mod markdown;
mod reproducible;
mod request_path;
mod shop;
