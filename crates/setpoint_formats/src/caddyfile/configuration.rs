use super::import::{Stream, place};
use super::lexer::Token;
use crate::Files;
use setpoint_model::{ByteSpan, Place, Problem};
use std::path::Path;

pub use super::import::SourceFile;

/// How many lines are read. More than any machine needs, and each is looked at for every way of requests.
const MOST_LINES: usize = 200_000;

/// A configuration with everything that it imports, in the order in which Caddy reads it.
#[derive(Debug, Default)]
pub struct Configuration {
    files: Vec<SourceFile>,
    lines: Vec<Line>,
    /// What `import`s name that [`Files::locate`] did not find.
    pub not_followed: Vec<Token>,
}

/// A directive with its arguments, or the head of a block at the top. Kept as a list and not as boxes in boxes, so
/// that no depth of nesting overflows a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// The directive; of a site its first address, of the global options the brace.
    pub name: Token,
    /// Its arguments; of a site all its addresses.
    pub arguments: Vec<Token>,
    /// True if a block follows; a file of one site may leave its braces out.
    pub has_block: bool,
    parent: Option<Node>,
    /// The index of the next line that does not stand in its block.
    after: usize,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The block of global options.
    Options,
    /// A site, by its addresses.
    Site,
    /// A named route, `&(name)`, which sites `invoke`.
    NamedRoute,
    /// A directive, or an option in its block.
    Directive,
}

/// A line of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub(super) usize);

impl Configuration {
    /// Reads `start` and all that it imports, each file's faults collected. Goes on without what cannot be read.
    pub fn read(start: &Path, files: &dyn Files) -> (Self, Vec<Problem>) {
        let mut reading = Reading { stream: Stream::of(start, files), lines: Vec::new() };
        while let Some(next) = reading.stream.peek() {
            if reading.lines.len() < MOST_LINES {
                reading.block();
            } else {
                let next = next.clone();
                reading.stop(&next);
            }
        }
        let Reading { stream: Stream { files, not_followed, problems, .. }, lines } = reading;
        (Self { files, lines, not_followed }, problems)
    }

    /// The files, in the order in which they were first read.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Every line.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        (0..self.lines.len()).map(Node)
    }

    /// The lines directly in the block of `parent`, or at the top.
    pub fn children(&self, parent: Option<Node>) -> impl Iterator<Item = Node> {
        let (first, end) = match parent {
            Some(Node(parent)) => (parent + 1, self.lines[parent].after),
            None => (0, self.lines.len()),
        };
        std::iter::successors(Some(first), |index| self.lines.get(*index).map(|line| line.after))
            .take_while(move |index| *index < end)
            .map(Node)
    }

    /// What stands there.
    pub fn line(&self, node: Node) -> &Line {
        &self.lines[node.0]
    }

    /// The block that it stands in; `None` at the top.
    pub fn parent(&self, node: Node) -> Option<Node> {
        self.lines[node.0].parent
    }

    /// The file that a token is written in.
    pub fn file(&self, token: &Token) -> &SourceFile {
        &self.files[token.file]
    }

    /// The place of these bytes of the file that the token stands in.
    pub fn place(&self, token: &Token, span: ByteSpan) -> Place {
        place(&self.files, token.file, span)
    }
}

struct Reading<'a> {
    stream: Stream<'a>,
    lines: Vec<Line>,
}

/// A block that is not closed yet.
struct OpenBlock {
    /// `None` for one without a name; what stands in it is read as if the braces were not there.
    line: Option<Node>,
    /// The innermost block with a name, itself or around it.
    parent: Node,
    brace: Token,
}

impl Reading<'_> {
    /// A block at the top: global options, a snippet, a named route or a site.
    fn block(&mut self) {
        let (addresses, brace) = self.addresses();
        let Some(first) = addresses.first().cloned() else {
            if let Some(brace) = brace {
                let options = self.push(Kind::Options, brace.clone(), Vec::new(), None);
                self.lines[options.0].has_block = true;
                self.directives(options, Some(brace));
            }
            return;
        };
        let is_only = addresses.len() == 1 && first.text.ends_with(')');
        let snippet = first.text.strip_prefix('(').and_then(|name| name.strip_suffix(')')).filter(|_| is_only);
        if let (Some(name), Some(brace)) = (snippet, &brace) {
            let body = self.stream.block(brace);
            return self.stream.define(name, body);
        }
        let kind = if is_only && first.text.starts_with("&(") { Kind::NamedRoute } else { Kind::Site };
        let site = self.push(kind, first, addresses, None);
        self.lines[site.0].has_block = brace.is_some();
        self.directives(site, brace);
    }

    /// A site's addresses, and the brace behind them. A file of one site needs no braces.
    fn addresses(&mut self) -> (Vec<Token>, Option<Token>) {
        let mut addresses: Vec<Token> = Vec::new();
        let mut before: Option<Token> = None;
        let mut goes_on = false;
        while let Some(next) = self.stream.peek() {
            let is_on_new_line = before.as_ref().is_none_or(|before| next.is_on_new_line_after(before));
            if is_on_new_line && before.is_some() && !goes_on && !next.opens() {
                break;
            }
            let Some(mut token) = self.stream.next() else { break };
            if token.text == "import" && is_on_new_line {
                self.stream.import(&token);
                continue;
            }
            if token.opens() {
                return (addresses, Some(token));
            }
            if token.closes() {
                self.stream.complain("a `}` closes nothing", "a `{` before it", &token);
                continue;
            }
            before = Some(token.clone());
            goes_on = token.text.ends_with(',');
            if goes_on {
                token.text.pop();
                token.span.end -= usize::from(!token.quoted);
            }
            if !token.text.is_empty() {
                addresses.push(token);
            }
        }
        (addresses, None)
    }

    /// The lines of a block and of those in it, up to the brace that closes it.
    fn directives(&mut self, block: Node, brace: Option<Token>) {
        let mut open: Vec<OpenBlock> = Vec::new();
        while let Some(name) = self.stream.next() {
            let parent = open.last().map_or(block, |open| open.parent);
            if name.closes() {
                match open.pop() {
                    Some(OpenBlock { line, .. }) => self.end(line),
                    None if brace.is_some() => return self.end(Some(block)),
                    None => self.stream.complain("a `}` closes nothing", "a `{` before it", &name),
                }
            } else if name.opens() {
                self.stream.complain("a block has no name", "a directive before `{` on the same line", &name);
                open.push(OpenBlock { line: None, parent, brace: name });
            } else if name.text == "import" {
                self.stream.import(&name);
            } else if self.lines.len() >= MOST_LINES {
                self.stop(&name);
            } else {
                let arguments = self.stream.rest_of_line(&name);
                let brace = self.stream.opening_brace(arguments.last().unwrap_or(&name));
                let line = self.push(Kind::Directive, name, arguments, Some(parent));
                if let Some(brace) = brace {
                    self.lines[line.0].has_block = true;
                    open.push(OpenBlock { line: Some(line), parent: line, brace });
                }
            }
        }
        let is_stopped = self.stream.is_stopped;
        let never_closed = brace.into_iter().chain(open.iter().map(|open| open.brace.clone()));
        never_closed
            .filter(|_| !is_stopped)
            .for_each(|brace| self.stream.complain("a block is never closed", "`}`", &brace));
        open.into_iter().for_each(|open| self.end(open.line));
        self.end(Some(block));
    }

    fn stop(&mut self, at: &Token) {
        let expected = format!("at most {MOST_LINES} lines with all that is imported");
        self.stream.stop("the configuration is too long", &expected, at);
    }

    fn push(&mut self, kind: Kind, name: Token, arguments: Vec<Token>, parent: Option<Node>) -> Node {
        let node = Node(self.lines.len());
        self.lines.push(Line { kind, name, arguments, has_block: false, parent, after: node.0 + 1 });
        node
    }

    fn end(&mut self, block: Option<Node>) {
        if let Some(Node(block)) = block {
            self.lines[block].after = self.lines.len();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Configuration, Kind};
    use crate::Files;
    use setpoint_model::{Problem, Retry};
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    /// Files in memory, below `/etc/caddy`; what is imported from `/elsewhere` is not here.
    struct Memory<'a>(&'a [(&'a str, &'a str)]);

    impl Files for Memory<'_> {
        fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
            let shown = self.shown(path);
            let known = self.0.iter().find(|(name, _)| *name == shown).map(|(_, text)| text.as_bytes().to_vec());
            let what = format!("`{shown}` does not exist");
            known.ok_or_else(|| Box::new(Problem::machine(what, "a file", Retry::SafeOnceMended)))
        }

        fn list(&self, folder: &Path) -> Vec<OsString> {
            let inside = |(name, _): &(&str, &str)| {
                Some(Path::new("/etc/caddy").join(name).strip_prefix(folder).ok()?.iter().next()?.to_owned())
            };
            self.0.iter().filter_map(inside).collect()
        }

        fn locate(&self, included: &Path, from: &Path) -> Option<PathBuf> {
            (!included.starts_with("/elsewhere")).then(|| from.parent().unwrap().join(included))
        }

        fn shown(&self, path: &Path) -> String {
            path.strip_prefix("/etc/caddy").unwrap_or(path).display().to_string()
        }
    }

    pub(in crate::caddyfile) fn read(files: &[(&str, &str)]) -> (Configuration, Vec<Problem>) {
        Configuration::read(&Path::new("/etc/caddy").join(files[0].0), &Memory(files))
    }

    /// The lines, indented by depth, then what was not followed and what is wrong.
    pub(in crate::caddyfile) fn picture(files: &[(&str, &str)]) -> String {
        let (configuration, problems) = read(files);
        let mut picture = String::new();
        for node in configuration.nodes() {
            let line = configuration.line(node);
            let parents = std::iter::successors(configuration.parent(node), |node| configuration.parent(*node));
            let words: String = line.arguments.iter().map(|word| format!(" [{}]", word.text)).collect();
            let name = match line.kind {
                Kind::Options => "options",
                Kind::Site => "site",
                Kind::NamedRoute => "route",
                Kind::Directive => &line.name.text,
            };
            picture += &format!("{}{name}{words}\n", "  ".repeat(parents.count()));
        }
        picture.extend(configuration.not_followed.iter().map(|token| format!("? {}\n", token.text)));
        picture.extend(problems.iter().map(|problem| format!("! {problem}\n")));
        picture
    }

    #[test]
    fn options_snippets_routes_and_sites() {
        insta::assert_snapshot!(picture(&[("Caddyfile", "{
    grace_period 10s
    servers { 
        timeouts {
            idle 2m
        }
    }
}
(limits) {
    request_body {
        max_size {args[0]}
    }
    header {args[1:]}
}
&(app) {
    respond ok
}
shop.example, www.shop.example,
shop.test {
    import limits 10MB X-Robots-Tag noindex
    handle_path /api/* {
        reverse_proxy 127.0.0.1:8000
    }
    invoke app
}
:8080 {
}
")]), @"
        options
          grace_period [10s]
          servers
            timeouts
              idle [2m]
        route [&(app)]
          respond [ok]
        site [shop.example] [www.shop.example] [shop.test]
          request_body
            max_size [10MB]
          header [X-Robots-Tag] [noindex]
          handle_path [/api/*]
            reverse_proxy [127.0.0.1:8000]
          invoke [app]
        site [:8080]
        ");
    }

    #[test]
    fn one_site_needs_no_braces() {
        insta::assert_snapshot!(picture(&[("Caddyfile", "shop.example\n\nencode gzip\nreverse_proxy :8000 {\n lb_policy first\n}\n")]), @"
        site [shop.example]
          encode [gzip]
          reverse_proxy [:8000]
            lb_policy [first]
        ");
    }

    #[test]
    fn imported_lines_stand_where_their_import_does() {
        insta::assert_snapshot!(picture(&[
            ("Caddyfile", "import snippets.caddy\nimport sites/*.caddy\nimport /elsewhere/*\nimport {$MORE}\n"),
            ("snippets.caddy", "(proxy) {\n reverse_proxy {args.0} {\n  {block}\n  header_up X-To \"to {args.0}\"\n }\n}\n"),
            ("sites/b.caddy", "b.example {\n import log\n}\n"),
            ("sites/a.caddy", "a.example {\n import proxy localhost:1 {\n  max_fails 3\n }\n}\n"),
            ("sites/log", "log\n"),
        ]), @"
        site [a.example]
          reverse_proxy [localhost:1]
            max_fails [3]
            header_up [X-To] [to localhost:1]
        site [b.example]
          log
        ? /elsewhere/*
        ? {$MORE}
        ");
    }

    #[test]
    fn a_fault_does_not_take_the_rest_with_it() {
        insta::assert_snapshot!(picture(&[
            ("Caddyfile", "import missing\n}\n(a) {\n import b\n}\n(b) {\n import a\n import Caddyfile\n}\nx {\n import\n import a\n {\n  log\n }\n}\ny {\n z {"),
        ]), @"
        site [x]
          log
        site [y]
          z
        ! `missing` does not exist (Caddyfile:1:8); expected a file; retry: safe once this is mended; nothing was changed
        ! a `}` closes nothing (Caddyfile:2:1); expected a `{` before it; retry: safe once this is mended; nothing was changed
        ! an import names nothing (Caddyfile:11:2); expected a snippet or a file; retry: safe once this is mended; nothing was changed
        ! an import imports itself (Caddyfile:7:9); expected a snippet or file that is not being read already; retry: safe once this is mended; nothing was changed
        ! an import imports itself (Caddyfile:8:9); expected a snippet or file that is not being read already; retry: safe once this is mended; nothing was changed
        ! a block has no name (Caddyfile:13:2); expected a directive before `{` on the same line; retry: safe once this is mended; nothing was changed
        ! a block is never closed (Caddyfile:17:3); expected `}`; retry: safe once this is mended; nothing was changed
        ! a block is never closed (Caddyfile:18:4); expected `}`; retry: safe once this is mended; nothing was changed
        ");
    }

    #[test]
    fn snippets_that_import_each_other_twice_come_to_an_end() {
        let twice = |at: usize| format!("(s{at}) {{\n import s{next}\n import s{next}\n}}\n", next = at + 1);
        let text = (0..40).map(twice).collect::<String>() + "(s40) {\n log\n}\nx {\n import s0\n}\n";
        let (configuration, problems) = read(&[("Caddyfile", &text)]);
        assert!(configuration.nodes().count() < 200_000);
        assert!(problems[0].to_string().starts_with("the files import each other too often"), "{problems:?}");
    }

    #[test]
    fn what_brings_nothing_cannot_be_imported_without_end() {
        let said = |sources: &[(&str, &str)], imports: usize| {
            let text = format!("(s) {{\n{}}}\nx {{\n{}}}\n", sources[0].1, sources[0].0.repeat(imports));
            picture(&[&[("Caddyfile", text.as_str())], &sources[1..]].concat())
        };
        let all = [
            said(&[("import comments\n", ""), ("comments", "# nothing\n")], 10_000),
            said(&[("import s\n", &"{block}\n".repeat(1_000))], 1_000),
            said(&[("import missing\n", "")], 10_000).lines().next_back().unwrap().to_owned(),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        site [x]
        ! the files import each other too often (Caddyfile:5004:8); expected at most 200000 words with all that is imported; retry: safe once this is mended; nothing was changed

        site [x]
        ! the files import each other too often (Caddyfile:1200:8); expected at most 200000 words with all that is imported; retry: safe once this is mended; nothing was changed

        ! `missing` does not exist (Caddyfile:23:8); expected a file; retry: safe once this is mended; nothing was changed
        ");
    }

    #[test]
    fn a_configuration_that_is_too_long_is_not_read_to_its_end() {
        for text in ["a {\n".to_owned() + &"b\n".repeat(200_001) + "}\n", "a {\n}\n".repeat(200_001)] {
            let (configuration, problems) = read(&[("Caddyfile", &text)]);
            assert_eq!((configuration.nodes().count(), problems.len()), (200_000, 1), "{problems:?}");
            assert!(problems[0].to_string().starts_with("the configuration is too long"), "{problems:?}");
        }
    }
}
