//! Finds the bodies of a text's functions without parsing it, so that those which nobody asks for never are: most of
//! what a large tree holds is inside functions, and little of that says what the service is set to.
//!
//! It follows the rules of Python's "Lexical analysis" for lines, brackets, strings and indentation. Where a text does not
//! keep to them it gives up, and the text is parsed as a whole.

use ruff_text_size::{TextRange, TextSize};

/// Bytes; a shorter body is parsed at less cost than it is put off.
const SHORTEST: usize = 40;

/// A function that stands in no other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlined {
    /// Where `def` or `async def` begins, behind the decorators.
    pub(crate) definition: TextSize,
    /// From its first statement to the end of its last.
    pub(crate) body: TextRange,
}

/// The functions of a text whose bodies are blocks of some length, in order; `None` where its lines cannot be told apart.
pub(crate) fn functions(text: &str) -> Option<Vec<Outlined>> {
    Outline { bytes: text.as_bytes(), at: 0, found: Vec::new() }.read()
}

/// The bytes that mean nothing to where a statement ends: of names, numbers, most operators, and blanks.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let others = b"\n\r#\"'\\:()[]{}";
    let mut at = 0;
    while at < others.len() {
        plain[others[at] as usize] = false;
        at += 1;
    }
    plain
};

struct Outline<'t> {
    bytes: &'t [u8],
    at: usize,
    found: Vec<Outlined>,
}

/// A function whose end is not reached.
struct Open {
    indentation: usize,
    definition: usize,
    /// Where its first statement begins.
    body: Option<usize>,
}

impl Outline<'_> {
    fn read(mut self) -> Option<Vec<Outlined>> {
        let mut open: Option<Open> = None;
        let mut end = 0;
        while let Some(indentation) = self.next_statement() {
            if let Some(closed) = open.take_if(|open| open.indentation >= indentation) {
                self.close(&closed, end);
            }
            let start = self.at;
            match &mut open {
                Some(open) => {
                    open.body.get_or_insert(start);
                    self.statement()?;
                }
                None if self.is_definition() => {
                    // A body that stands on the line of its header is short.
                    if self.statement()? == Ends::WithColon {
                        open = Some(Open { indentation, definition: start, body: None });
                    }
                }
                None => {
                    self.statement()?;
                }
            }
            end = self.at;
        }
        if let Some(open) = open {
            self.close(&open, end);
        }
        Some(self.found)
    }

    fn close(&mut self, open: &Open, end: usize) {
        let Some(body) = open.body.filter(|body| end - body >= SHORTEST) else { return };
        let place = |at: usize| u32::try_from(at).ok().map(TextSize::new);
        if let (Some(definition), Some(body), Some(end)) = (place(open.definition), place(body), place(end)) {
            self.found.push(Outlined { definition, body: TextRange::new(body, end) });
        }
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes to the first letter of the next line that is neither blank nor a comment, and gives its indentation.
    fn next_statement(&mut self) -> Option<usize> {
        let mut column = 0;
        loop {
            match self.byte()? {
                b' ' => column += 1,
                // The reference: a tab fills up to a multiple of eight.
                b'\t' => column = column / 8 * 8 + 8,
                b'\n' | b'\r' | b'\x0c' => column = 0,
                b'#' => {
                    self.skip_comment();
                    continue;
                }
                _ => return Some(column),
            }
            self.at += 1;
        }
    }

    /// Goes to the line's end, or the text's.
    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    fn is_definition(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let rest = rest.strip_prefix(b"async").map_or(rest, <[u8]>::trim_ascii_start);
        rest.strip_prefix(b"def").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
    }

    /// Goes to the end of a statement's line, however many lines of text that is.
    fn statement(&mut self) -> Option<Ends> {
        let mut brackets = 0_usize;
        let mut ends = Ends::Otherwise;
        loop {
            // A backslash may be the last of the text.
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().take_while(|byte| PLAIN[usize::from(**byte)]).count();
            self.at += plain;
            if !rest[..plain].trim_ascii_start().is_empty() {
                ends = Ends::Otherwise;
            }
            let Some(byte) = self.byte() else { return (brackets == 0).then_some(ends) };
            match byte {
                b'#' => {
                    self.skip_comment();
                    continue;
                }
                b'\n' | b'\r' if brackets == 0 => return Some(ends),
                b'\n' | b'\r' => {}
                b'"' | b'\'' => {
                    self.skip_string(byte)?;
                    ends = Ends::Otherwise;
                    continue;
                }
                b'\\' => {
                    self.at += usize::from(self.bytes[self.at..].starts_with(b"\\\r\n"));
                    self.at += 1;
                }
                b':' if brackets == 0 => ends = Ends::WithColon,
                b'(' | b'[' | b'{' => {
                    brackets += 1;
                    ends = Ends::Otherwise;
                }
                b')' | b']' | b'}' => {
                    brackets = brackets.checked_sub(1)?;
                    ends = Ends::Otherwise;
                }
                // A colon within brackets.
                _ => ends = Ends::Otherwise,
            }
            self.at += 1;
        }
    }

    /// Goes behind a string that begins here, whatever letters are before it: a backslash keeps a quote from ending even
    /// a raw string.
    fn skip_string(&mut self, quote: u8) -> Option<()> {
        let triple = [quote; 3];
        let long = self.bytes[self.at..].starts_with(&triple);
        self.at += if long { 3 } else { 1 };
        loop {
            let rest = &self.bytes[self.at..];
            let found =
                if long { memchr::memchr2(quote, b'\\', rest)? } else { memchr::memchr3(quote, b'\\', b'\n', rest)? };
            self.at += found;
            match rest[found] {
                b'\\' => self.at += 2,
                b'\n' => return None,
                _ if long && !rest[found..].starts_with(&triple) => self.at += 1,
                _ => {
                    self.at += if long { 3 } else { 1 };
                    return Some(());
                }
            }
            if self.at > self.bytes.len() {
                return None;
            }
        }
    }
}

/// What a statement's line ends with, comments aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// A colon, as the header of a block does.
    WithColon,
    /// Anything else.
    Otherwise,
}

#[cfg(test)]
mod tests {
    use super::functions;

    /// The text with `…` in place of what each function's body holds.
    fn check(text: &str) -> String {
        let Some(functions) = functions(text) else { return "not understood".to_owned() };
        let mut shown = String::new();
        let mut at = 0;
        for function in functions {
            shown.push_str(&text[at..function.body.start().to_usize()]);
            shown.push('…');
            at = function.body.end().to_usize();
        }
        shown + &text[at..]
    }

    #[test]
    fn bodies_are_found_by_lines_brackets_and_strings() {
        let text = r##"
import os
def short(): return """not
a block but long enough to be one"""

@decorated(
    "def no(): pass"
)
async def long(a: dict[str, int] = {"a:": 1}, # why:
) -> None:  # a comment
    # another
    """Text
with less indentation: def no():
    """
    if a:
        def inner(): return (
1)

    # the last

class Shop:
    size = 1
    def method(self):
        return "\"\\" + '''it's "quoted"''' + \
  "goes on with less indentation"
    other = 2
    def small(self):
        pass

	# a comment with a tab
print(size)
def last():
    return {'a': [1, 2, 3], 'b': "#", 'c': f"{1}{2}"}"##;
        insta::assert_snapshot!(check(text), @r#"

        import os
        def short(): return """not
        a block but long enough to be one"""

        @decorated(
            "def no(): pass"
        )
        async def long(a: dict[str, int] = {"a:": 1}, # why:
        ) -> None:  # a comment
            # another
            …

            # the last

        class Shop:
            size = 1
            def method(self):
                …
            other = 2
            def small(self):
                pass

        	# a comment with a tab
        print(size)
        def last():
            …
        "#);
    }

    #[test]
    fn what_keeps_to_no_rules_is_left_alone() {
        let texts = ["a = (", "a = )", "a = 'b\n", "a = \"\"\"b", "a = 'b\\", "def f(:\n  a\n", ""];
        let shown: Vec<_> = texts.iter().map(|text| format!("{text:?}: {:?}", check(text))).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        "a = (": "not understood"
        "a = )": "not understood"
        "a = 'b\n": "not understood"
        "a = \"\"\"b": "not understood"
        "a = 'b\\": "not understood"
        "def f(:\n  a\n": "not understood"
        "": ""
        "#);
    }

    #[test]
    fn a_backslash_may_be_the_last_of_a_text() {
        assert_eq!(check("a = 1 \\"), "a = 1 \\");
    }
}
