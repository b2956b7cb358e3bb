use super::lexer::{Lexer, Piece};
use super::lua;
use super::token::Token;
use crate::Complaint;
use setpoint_model::ByteSpan;

/// The directives of one file in the order in which they stand. Kept as a list and not as boxes in boxes, so that
/// no depth of nesting overflows a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    directives: Vec<Directive>,
}

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name.
    pub name: Token,
    /// Its arguments; a block's own directives are not among them.
    pub arguments: Vec<Token>,
    /// What follows the arguments.
    pub body: Body,
    /// From its name to its `;` or `}`.
    pub span: ByteSpan,
    /// The index of the directive in whose block it stands.
    pub parent: Option<usize>,
    /// The index of the next directive that does not stand in its block.
    pub after: usize,
}

/// What follows a directive's arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// `;`
    Nothing,
    /// `{ ... }`: more directives. The bytes between the braces.
    Block(ByteSpan),
    /// `{ ... }`: code of Lua. The bytes between the braces.
    Lua(ByteSpan),
}

impl Tree {
    /// Every directive in the order of the text; one in a block stands after the block's directive.
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// The indices of the directives that stand directly in the block of `parent`, or at the top.
    pub fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> {
        let (first, end) = match parent {
            Some(parent) => (parent + 1, self.directives[parent].after),
            None => (0, self.directives.len()),
        };
        std::iter::successors(Some(first), |index| self.directives.get(*index).map(|directive| directive.after))
            .take_while(move |index| *index < end)
    }
}

/// Reads one file. A fault does not end the reading: what nginx would refuse is complained about (at most 20
/// times) and read in the likeliest way. Never fails and never panics, whatever the bytes are.
pub fn parse(text: &[u8]) -> (Tree, Vec<Complaint>) {
    let mut reader = Reader {
        lexer: Lexer { text, at: 0, complaints: Vec::new() },
        directives: Vec::new(),
        open: Vec::new(),
        words: Vec::new(),
    };
    reader.read();
    let Reader { lexer, directives, .. } = reader;
    let mut complaints = lexer.complaints;
    complaints.sort_by_key(|complaint| complaint.span);
    (Tree { directives }, complaints)
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    directives: Vec<Directive>,
    open: Vec<OpenBlock>,
    /// The words since the last `;`, `{` or `}`.
    words: Vec<Token>,
}

/// A block that is not closed yet.
struct OpenBlock {
    /// `None` for a block without a name; what stands in it is read as if the braces were not there.
    directive: Option<usize>,
    /// The innermost block with a name, itself or around it.
    parent: Option<usize>,
    brace: ByteSpan,
}

impl Reader<'_> {
    fn read(&mut self) {
        loop {
            match self.lexer.next() {
                Piece::Word(word) => self.words.push(word),
                Piece::End(span) => {
                    if self.words.is_empty() {
                        self.complain("a `;` ends nothing", "a directive before it", span);
                    }
                    self.finish(span.end, Body::Nothing);
                }
                Piece::Open(brace) => self.open(brace),
                Piece::Close(brace) => self.close(brace),
                Piece::EndOfText => return self.end_of_text(),
            }
        }
    }

    /// Makes a directive of the words, if there are any.
    fn finish(&mut self, end: usize, body: Body) -> Option<usize> {
        if self.words.is_empty() {
            return None;
        }
        let name = self.words.remove(0);
        let index = self.directives.len();
        self.directives.push(Directive {
            span: ByteSpan { start: name.span.start, end },
            name,
            arguments: std::mem::take(&mut self.words),
            body,
            parent: self.innermost(),
            after: index + 1,
        });
        Some(index)
    }

    fn open(&mut self, brace: ByteSpan) {
        if self.words.first().is_some_and(|name| lua::is_lua_block(&name.value)) {
            let closing = lua::closing_brace(self.lexer.text, brace.end);
            if closing.is_none() {
                self.complain("a block of Lua is never closed", "`}`", brace);
            }
            let end = closing.unwrap_or(self.lexer.text.len());
            self.lexer.at = self.lexer.text.len().min(end + 1);
            self.finish(self.lexer.at, Body::Lua(ByteSpan { start: brace.end, end }));
            return;
        }
        if self.words.is_empty() {
            self.complain("a block has no name", "a directive before `{`", brace);
        }
        let directive = self.finish(brace.end, Body::Block(ByteSpan { start: brace.end, end: brace.end }));
        self.open.push(OpenBlock { directive, parent: directive.or(self.innermost()), brace });
    }

    fn innermost(&self) -> Option<usize> {
        self.open.last().and_then(|block| block.parent)
    }

    fn close(&mut self, brace: ByteSpan) {
        if let Some(last) = self.words.last() {
            let span = ByteSpan { start: last.span.end, end: last.span.end };
            self.complain("a directive before `}` does not end", "`;` after it", span);
            self.finish(span.end, Body::Nothing);
        }
        match self.open.pop() {
            Some(OpenBlock { directive, .. }) => self.end_block(directive, brace.start, brace.end),
            None => self.complain("a `}` closes nothing", "a `{` before it", brace),
        }
    }

    fn end_of_text(&mut self) {
        let end = self.lexer.text.len();
        if let Some(last) = self.words.last() {
            let span = ByteSpan { start: last.span.end, end: last.span.end };
            self.complain("the text ends within a directive", "`;`", span);
            self.finish(span.end, Body::Nothing);
        }
        while let Some(OpenBlock { directive, brace, .. }) = self.open.pop() {
            self.complain("a block is never closed", "`}`", brace);
            self.end_block(directive, end, end);
        }
    }

    fn end_block(&mut self, directive: Option<usize>, inside_end: usize, end: usize) {
        let after = self.directives.len();
        let Some(directive) = directive.and_then(|index| self.directives.get_mut(index)) else { return };
        directive.after = after;
        directive.span.end = end;
        if let Body::Block(inside) = &mut directive.body {
            inside.end = inside_end;
        }
    }

    fn complain(&mut self, what: &str, expected: &str, span: ByteSpan) {
        self.lexer.complain(what, expected, span);
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, parse};
    use proptest::prelude::*;
    use std::fmt::Write as _;

    /// The tree with a line for each directive, indented by depth, then the complaints with their bytes.
    fn picture(text: &[u8]) -> String {
        let (tree, complaints) = parse(text);
        let mut picture = String::new();
        for directive in tree.directives() {
            let depth = std::iter::successors(directive.parent, |parent| tree.directives()[*parent].parent).count();
            let words: Vec<_> = directive.arguments.iter().map(|word| format!(" [{}]", word.text())).collect();
            let body = match directive.body {
                Body::Nothing => "",
                Body::Block(_) => " {}",
                Body::Lua(_) => " {lua}",
            };
            let name = directive.name.text();
            writeln!(picture, "{}{name}{}{body}", "  ".repeat(depth), words.concat()).unwrap();
        }
        for complaint in complaints {
            let bytes = String::from_utf8_lossy(&text[complaint.span.start..complaint.span.end]);
            writeln!(picture, "! {} at {} `{bytes}`", complaint.what, complaint.span.start).unwrap();
        }
        picture
    }

    #[test]
    fn blocks_comments_and_quotes() {
        let text = br#"
            http { # a comment { with ; braces
                server{listen 80;server_name a#b "c d" 'e;f' g\ h;}
                if ($request_uri ~ "x)y") { set $a "${b}{"; }
                location ~ ^/${x}{2}$ { return 200 }; }
            }"#;
        assert_eq!(
            picture(text),
            "http {}
  server {}
    listen [80]
    server_name [a#b] [c d] [e;f] [g\\ h]
  if [($request_uri] [~] [x)y] [)] {}
    set [$a] [${b}{]
  location [~] [^/${x}] {}
    2}$ {}
      return [200]
! a directive before `}` does not end at 228 ``
! a `;` ends nothing at 230 `;`
"
        );
    }

    #[test]
    fn a_broken_block_does_not_take_the_rest_with_it() {
        assert_eq!(
            picture(b"a { b 1 } } ; { c 2; } d \"3;\ne 4; f 'g'h; i"),
            "a {}\n  b [1]\nc [2]\nd [3]\ne [4]\nf [g] [h]\ni
! a directive before `}` does not end at 7 ``
! a `}` closes nothing at 10 `}`
! a `;` ends nothing at 12 `;`
! a block has no name at 14 `{`
! a quote is never closed at 25 `\"`
! something follows a closing quote directly at 39 `h`
! the text ends within a directive at 43 ``
"
        );
    }

    #[test]
    fn lua_is_kept_as_it_is() {
        let text = b"content_by_lua_block { if x then y = '}' end -- }\n } 'set_by_lua_block' $a { }}";
        assert_eq!(
            picture(text),
            "content_by_lua_block {lua}\nset_by_lua_block [$a] {lua}\n! a `}` closes nothing at 78 `}`\n"
        );
    }

    #[test]
    fn a_word_as_long_as_nginx_s_buffer_is_refused_and_kept() {
        let text = |length: usize| [b"set $a ".as_slice(), &vec![b'x'; length], b";"].concat();
        assert_eq!(parse(&text(4095)).1, []);
        let (tree, complaints) = parse(&text(4096));
        assert_eq!((tree.directives()[0].arguments[1].value.len(), complaints.len()), (4096, 1));
    }

    #[test]
    fn no_depth_overflows() {
        let text = b"a {".repeat(500_000);
        let (tree, complaints) = parse(&text);
        assert_eq!((tree.directives().len(), tree.children(None).count(), complaints.len()), (500_000, 1, 20));
    }

    proptest! {
        /// Whatever the bytes are: spans lie in the text and in their parents, and children are the directives that
        /// name their parent.
        #[test]
        fn a_tree_is_whole(text in prop::collection::vec(prop::sample::select(b"ab \n;{}\"'\\$#)\xff".to_vec()), 0..80)) {
            let (tree, complaints) = parse(&text);
            for (index, directive) in tree.directives().iter().enumerate() {
                prop_assert!(directive.span.start < directive.span.end && directive.span.end <= text.len());
                if let Some(parent) = directive.parent {
                    let around = &tree.directives()[parent];
                    prop_assert!(around.span.start <= directive.span.start && directive.span.end <= around.span.end);
                }
                prop_assert!(tree.children(directive.parent).any(|child| child == index));
                for word in std::iter::once(&directive.name).chain(&directive.arguments) {
                    prop_assert!(word.span.start < word.span.end && word.span.end <= directive.span.end);
                }
            }
            prop_assert!(complaints.iter().all(|complaint| complaint.span.end <= text.len()));
        }
    }
}
