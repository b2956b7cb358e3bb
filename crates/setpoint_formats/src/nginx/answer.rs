//! What nginx does with one request, as far as its configuration says so. What needs more than the configuration and the
//! request, such as files on the disk or code in Lua, is an `Err` that says what.

use super::configuration::{Configuration, Node};
use super::inheritance::Setting;
use super::location::Found;
use super::request::Request;
use super::rewrite::Ran;
use super::value::Values;
use super::variable::Variables;

/// A configuration that can be asked how it answers.
#[derive(Debug)]
pub struct Answers<'c> {
    /// The configuration.
    pub configuration: &'c Configuration,
    variables: Variables,
}

/// How a request is answered, and what its variables hold then.
pub struct Answer<'a> {
    /// Who answers.
    pub end: End,
    pub(super) values: Values<'a>,
}

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A location; the server where no location is found.
    Block(Node),
    /// nginx itself, because of that directive or location.
    Itself(Node),
}

impl<'c> Answers<'c> {
    /// Of a configuration.
    pub fn of(configuration: &'c Configuration) -> Self {
        Self { configuration, variables: Variables::of(configuration) }
    }

    /// What becomes of a request in a server: first the server's `rewrite`, `set`, `if` and `return` are run, then the
    /// location is found, then those of the location are run ("phases" of nginx's development guide). Files that `try_files`
    /// looks for are taken as missing, since the answers of a service are none.
    pub fn answer<'a>(&'a self, server: Node, request: &'a Request) -> Result<Answer<'a>, String> {
        let configuration = self.configuration;
        let mut values = Values::new(configuration, &self.variables, request, server);
        if let Ran::Ended(node) = values.run(server)? {
            return Ok(Answer { end: End::Itself(node), values });
        }
        let mut block = match configuration.find_location(server, &request.path)? {
            Found::Block(block) => block,
            Found::Slash(node) => return Ok(Answer { end: End::Itself(node), values }),
        };
        // A fallback may have a fallback itself.
        for _ in 0..8 {
            if block != server
                && let Ran::Ended(node) = values.run(block)?
            {
                return Ok(Answer { end: End::Itself(node), values });
            }
            match self.fallback(server, block)? {
                Some(next) => block = next,
                None => break,
            }
        }
        values.enter(block);
        Ok(Answer { end: End::Block(block), values })
    }

    /// The location that `try_files` leads to.
    fn fallback(&self, server: Node, block: Node) -> Result<Option<Node>, String> {
        let configuration = self.configuration;
        let mut own = configuration.children(Some(block));
        let Some(node) = own.find(|node| configuration.directive(*node).name.is("try_files")) else { return Ok(None) };
        let Some(last) = configuration.directive(node).arguments.last() else { return Ok(None) };
        match last.value.as_slice() {
            [b'@', ..] => Ok(configuration.named_location(server, &last.value)),
            [b'=', ..] => Ok(None),
            _ => Err(format!("`try_files` leads to `{}` ({})", last.text(), configuration.place(node, last.span))),
        }
    }
}

impl Answer<'_> {
    /// What a text with variables becomes for this request.
    pub fn text(&self, text: &str) -> Result<String, String> {
        self.values.text(text)
    }

    /// The settings of that name that are in force where the request is answered.
    pub fn setting(&self, name: &str) -> Option<Setting> {
        let End::Block(block) = self.end else { return None };
        self.values.configuration.in_force(Some(block)).into_iter().find(|setting| setting.name == name)
    }
}
