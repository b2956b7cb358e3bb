//! Bounds how deep a syntax tree can be, by its tokens: a tree is walked and dropped by recursion, and a file of one
//! hundred thousand brackets is not to end the program.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

/// Levels of a tree. CPython 3.11 compiles no deeper ones ("maximum recursion depth exceeded during compilation").
const DEEPEST: usize = 3_000;
/// Bytes. The parser itself needs about a kilobyte for a level, so that a longer text is looked at before it is parsed.
pub(crate) const SHORT: usize = 256 << 10;

/// True if a text nests too deeply to be parsed.
pub(crate) fn is_too_deep(text: &str) -> bool {
    let mut lexer = lex(text, Mode::Module);
    let tokens = std::iter::from_fn(|| Some(lexer.next_token()).filter(|kind| !kind.is_eof()));
    exceeds(tokens)
}

/// True if these tokens may make a tree that is too deep. Between two commas or lines, a token makes a tree deeper by
/// one level at most; what stands in brackets is below what stands around them.
pub(crate) fn exceeds(tokens: impl Iterator<Item = TokenKind>) -> bool {
    let mut nesting = Nesting::default();
    tokens.into_iter().any(|kind| {
        nesting.take(kind);
        nesting.depth > DEEPEST
    })
}

#[derive(Default)]
struct Nesting {
    /// The levels of all that is open.
    depth: usize,
    blocks: usize,
    /// For each open bracket, outermost first, the levels within it.
    around: Vec<Level>,
    innermost: Level,
}

#[derive(Clone, Copy, Default)]
struct Level {
    /// Since the last comma.
    tokens: usize,
    /// Since the bracket: the commas of a lambda's parameters do not end what it is in.
    lambdas: usize,
}

impl Nesting {
    fn take(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.deeper();
                self.around.push(std::mem::take(&mut self.innermost));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                self.depth -= self.innermost.tokens + self.innermost.lambdas;
                self.innermost = self.around.pop().unwrap_or_default();
                // `f()()()` is a chain whose links are each within the next.
                self.deeper();
            }
            TokenKind::Comma => self.depth -= std::mem::take(&mut self.innermost.tokens),
            TokenKind::Newline | TokenKind::Semi => {
                self.around.clear();
                self.innermost = Level::default();
                self.depth = self.blocks;
            }
            TokenKind::Indent => {
                self.blocks += 1;
                self.depth += 1;
            }
            TokenKind::Dedent => {
                self.blocks = self.blocks.saturating_sub(1);
                self.depth = self.depth.saturating_sub(1);
            }
            TokenKind::Lambda => {
                self.innermost.lambdas += 1;
                self.depth += 1;
            }
            _ => self.deeper(),
        }
    }

    fn deeper(&mut self) {
        self.innermost.tokens += 1;
        self.depth += 1;
    }
}
