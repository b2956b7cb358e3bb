use super::configuration::{Configuration, Node};
use super::location::Case;
use super::tree::{Body, Directive};
use super::value::Values;

/// How a block's program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// With the block, or at a `break`.
    Through,
    /// By an answer of nginx's own.
    Ended(Node),
}

impl Values<'_> {
    /// Runs what the rewrite module would run in a block (`ngx_http_rewrite_module`): its `set`, `if`, `return`, `rewrite`
    /// and `break`, in their order.
    pub(super) fn run(&mut self, block: Node) -> Result<Ran, String> {
        let configuration = self.configuration;
        for node in configuration.children(Some(block)) {
            let directive = configuration.directive(node);
            let name = directive.name.text();
            match (name.as_ref(), directive.arguments.as_slice()) {
                ("set", [variable, value]) => {
                    let value = self.text(&value.text());
                    self.set(&variable.text(), value);
                }
                ("return", _) => return Ok(Ran::Ended(node)),
                ("break", _) => return Ok(Ran::Through),
                ("rewrite", [pattern, to, ..])
                    if configuration.is_match(node, &pattern.value, Case::Matters, &self.request.path)? =>
                {
                    return rewritten(configuration, node, &to.text());
                }
                ("if", _) => {
                    if let Ran::Ended(node) = self.decide(node)? {
                        return Ok(Ran::Ended(node));
                    }
                }
                (name, _) if name.starts_with("rewrite_by_lua") || name.starts_with("access_by_lua") => {
                    return Err(format!("code decides: `{name}` ({})", place(configuration, node)));
                }
                _ => {}
            }
        }
        Ok(Ran::Through)
    }

    /// An `if`, whose block may hold no other.
    fn decide(&mut self, node: Node) -> Result<Ran, String> {
        let configuration = self.configuration;
        let holds = self.condition(node, configuration.directive(node));
        if holds == Ok(false) {
            return Ok(Ran::Through);
        }
        let inside: Vec<&Directive> =
            configuration.children(Some(node)).map(|it| configuration.directive(it)).collect();
        let is_program = |directive: &&Directive, words: &[&str]| {
            directive.body == Body::Nothing && words.iter().any(|word| directive.name.is(word))
        };
        match holds {
            Err(because) if inside.iter().all(|it| is_program(it, &["set"])) => {
                for directive in inside {
                    if let Some(variable) = directive.arguments.first() {
                        self.set(&variable.text(), Err(because.clone()));
                    }
                }
                Ok(Ran::Through)
            }
            Err(because) => Err(because),
            Ok(_) if inside.iter().all(|it| is_program(it, &["set", "return", "rewrite", "break", "include"])) => {
                self.run(node)
            }
            Ok(_) => Err(format!("an `if` holds whose block has settings of its own ({})", place(configuration, node))),
        }
    }

    /// Whether an `if` holds (`ngx_http_rewrite_if_condition`).
    fn condition(&self, node: Node, directive: &Directive) -> Result<bool, String> {
        let words: Vec<String> = directive.arguments.iter().map(|word| word.text().into_owned()).collect();
        let not_understood = || format!("an `if` is not understood here ({})", place(self.configuration, node));
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        let first = words.first_mut().ok_or_else(not_understood)?;
        *first = first.strip_prefix('(').ok_or_else(not_understood)?;
        let last = words.last_mut().ok_or_else(not_understood)?;
        *last = last.strip_suffix(')').ok_or_else(not_understood)?;
        words.retain(|word| !word.is_empty());
        let matches = |variable: &str, pattern: &str, case: Case| {
            self.configuration.is_match(node, pattern.as_bytes(), case, &self.text(variable)?)
        };
        match words.as_slice() {
            [variable] if variable.starts_with('$') => Ok(is_true(&self.text(variable)?)),
            // An empty text in quotes is no word of the list any more.
            [variable, "="] => Ok(self.text(variable)?.is_empty()),
            [variable, "!="] => Ok(!self.text(variable)?.is_empty()),
            [variable, "=", value] => Ok(self.text(variable)? == self.text(value)?),
            [variable, "!=", value] => Ok(self.text(variable)? != self.text(value)?),
            [variable, "~", pattern] => matches(variable, pattern, Case::Matters),
            [variable, "~*", pattern] => matches(variable, pattern, Case::Ignored),
            [variable, "!~", pattern] => matches(variable, pattern, Case::Matters).map(|holds| !holds),
            [variable, "!~*", pattern] => matches(variable, pattern, Case::Ignored).map(|holds| !holds),
            _ => Err(not_understood()),
        }
    }
}

/// What nginx takes for true (`ngx_http_test_predicates`, and an `if` of one variable).
pub(super) fn is_true(value: &str) -> bool {
    !value.is_empty() && value != "0"
}

fn rewritten(configuration: &Configuration, node: Node, to: &str) -> Result<Ran, String> {
    let flag = configuration.directive(node).arguments.get(2);
    let is_redirect = flag.is_some_and(|flag| flag.is("redirect") || flag.is("permanent"))
        || ["http://", "https://", "$scheme"].iter().any(|start| to.starts_with(start));
    if is_redirect {
        return Ok(Ran::Ended(node));
    }
    Err(format!("a `rewrite` leads to another path ({})", place(configuration, node)))
}

fn place(configuration: &Configuration, node: Node) -> String {
    configuration.place(node, configuration.directive(node).name.span).to_string()
}
