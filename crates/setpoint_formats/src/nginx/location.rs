use super::configuration::{Configuration, Node};
use super::tree::Body;
use regex::bytes::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const PATTERN: usize = 1 << 20;

/// How a location says which paths are its own.
enum Own<'a> {
    /// `= /path`
    Exactly(&'a [u8]),
    /// `/path`, or `^~ /path`, after which no pattern is asked.
    Beginning(&'a [u8], Patterns),
    /// `~ pattern` and `~* pattern`
    Pattern(&'a [u8], Case),
    /// `@name`
    Named,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Patterns {
    Asked,
    NotAsked,
}

/// Whether a pattern tells capital letters from small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Matters,
    Ignored,
}

/// What answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A location, or the server itself where none does.
    Block(Node),
    /// nginx itself, by a redirect to the same path with a slash.
    Slash(Node),
}

impl Configuration {
    /// The location of a server that answers a path (`ngx_http_core_find_location`): one that names exactly it; or of those
    /// that name its beginning the longest, and in there the same again; but before that the first pattern that matches, of
    /// the innermost block first, unless the longest says `^~`.
    pub(super) fn find_location(&self, server: Node, path: &str) -> Result<Found, String> {
        let mut found = server;
        'inside: loop {
            let mut levels = Vec::new();
            loop {
                match self.longest(found, path.as_bytes()) {
                    Longest::End(found) => return Ok(found),
                    Longest::Block(node, patterns) => {
                        levels.push((found, patterns));
                        found = node;
                    }
                    Longest::Nothing => {
                        levels.push((found, Patterns::Asked));
                        break;
                    }
                }
            }
            for (level, patterns) in levels.into_iter().rev() {
                if patterns == Patterns::Asked
                    && let Some(location) = self.first_pattern(level, path)?
                {
                    found = location;
                    continue 'inside;
                }
            }
            return Ok(Found::Block(found));
        }
    }

    /// The location `@name` of a server.
    pub(super) fn named_location(&self, server: Node, name: &[u8]) -> Option<Node> {
        self.locations(server).find(|node| self.directive(*node).arguments.first().is_some_and(|it| it.value == name))
    }

    fn locations(&self, block: Node) -> impl Iterator<Item = Node> {
        self.children(Some(block)).filter(|node| {
            let directive = self.directive(*node);
            matches!(directive.body, Body::Block(_)) && directive.name.is("location")
        })
    }

    fn longest(&self, block: Node, path: &[u8]) -> Longest {
        let mut longest: Option<(Node, Patterns, usize)> = None;
        let mut slash = None;
        for node in self.locations(block) {
            match self.own(node) {
                Some(Own::Exactly(own)) if own == path => return Longest::End(Found::Block(node)),
                Some(Own::Beginning(own, patterns)) if path.starts_with(own) => {
                    if longest.is_none_or(|(.., length)| own.len() > length) {
                        longest = Some((node, patterns, own.len()));
                    }
                }
                // `auto_redirect`: a location that passes requests on and ends with a slash.
                Some(Own::Beginning([own @ .., b'/'], _)) if own == path && self.passes_on(node) => slash = Some(node),
                Some(Own::Exactly(_) | Own::Beginning(..) | Own::Pattern(..) | Own::Named) | None => {}
            }
        }
        match (longest, slash) {
            (Some((.., length)), _) if length == path.len() => {}
            (_, Some(node)) => return Longest::End(Found::Slash(node)),
            (_, None) => {}
        }
        longest.map_or(Longest::Nothing, |(node, patterns, _)| Longest::Block(node, patterns))
    }

    fn passes_on(&self, location: Node) -> bool {
        self.children(Some(location)).any(|node| self.directive(node).name.text().ends_with("_pass"))
    }

    fn first_pattern(&self, block: Node, path: &str) -> Result<Option<Node>, String> {
        for node in self.locations(block) {
            if let Some(Own::Pattern(pattern, case)) = self.own(node)
                && self.is_match(node, pattern, case, path)?
            {
                return Ok(Some(node));
            }
        }
        Ok(None)
    }

    fn own(&self, location: Node) -> Option<Own<'_>> {
        match self.directive(location).arguments.as_slice() {
            [modifier, path] => own(&modifier.value, &path.value),
            // The modifier may stand before the path without a space (`ngx_http_core_location`).
            [only] => match only.value.as_slice() {
                [b'=', path @ ..] => own(b"=", path),
                [b'^', b'~', path @ ..] => own(b"^~", path),
                [b'~', b'*', pattern @ ..] => own(b"~*", pattern),
                [b'~', pattern @ ..] => own(b"~", pattern),
                [b'@', ..] => Some(Own::Named),
                path => Some(Own::Beginning(path, Patterns::Asked)),
            },
            _ => None,
        }
    }

    /// Whether a pattern matches. PCRE has patterns that are not understood here, such as those that look ahead.
    pub(super) fn is_match(&self, node: Node, pattern: &[u8], case: Case, text: &str) -> Result<bool, String> {
        let compiled = compiled(pattern, case).ok_or_else(|| {
            let place = self.place(node, self.directive(node).name.span);
            format!("the pattern `{}` ({place}) is not understood here", String::from_utf8_lossy(pattern))
        })?;
        Ok(compiled.is_match(text.as_bytes()))
    }
}

enum Longest {
    End(Found),
    Block(Node, Patterns),
    Nothing,
}

fn own<'a>(modifier: &[u8], path: &'a [u8]) -> Option<Own<'a>> {
    match modifier {
        b"=" => Some(Own::Exactly(path)),
        b"^~" => Some(Own::Beginning(path, Patterns::NotAsked)),
        b"~" => Some(Own::Pattern(path, Case::Matters)),
        b"~*" => Some(Own::Pattern(path, Case::Ignored)),
        _ => None,
    }
}

/// nginx compares bytes and no letters, unless a pattern begins with `(*UTF8)`.
fn compiled(pattern: &[u8], case: Case) -> Option<Regex> {
    let pattern = str::from_utf8(pattern).ok()?;
    let ignored = case == Case::Ignored;
    RegexBuilder::new(pattern).unicode(false).case_insensitive(ignored).size_limit(PATTERN).build().ok()
}
