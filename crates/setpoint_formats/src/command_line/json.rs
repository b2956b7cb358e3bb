use crate::{Traced, Word};
use setpoint_model::ByteSpan;

/// The words of a JSON array of texts, the exec form of a Dockerfile's `CMD`; `None` if the text is anything else,
/// which Docker then takes for a shell's line.
pub fn exec_form(text: &Traced) -> Option<Vec<Word>> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    reader.expect('[')?;
    let mut words = Vec::new();
    reader.skip_space();
    if reader.expect(']').is_none() {
        loop {
            reader.skip_space();
            words.push(reader.string()?);
            reader.skip_space();
            if reader.expect(']').is_some() {
                break;
            }
            reader.expect(',')?;
        }
    }
    reader.skip_space();
    (reader.at == text.as_str().len()).then_some(words)
}

struct Reader<'a> {
    text: &'a Traced,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text.as_str()[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn expect(&mut self, letter: char) -> Option<()> {
        self.rest().starts_with(letter).then(|| self.at += letter.len_utf8())
    }

    fn string(&mut self) -> Option<Word> {
        let start = self.at;
        self.expect('"')?;
        let mut text = Traced::default();
        loop {
            let letter = self.rest().chars().next()?;
            let from = self.at;
            self.at += letter.len_utf8();
            match letter {
                '"' => break,
                '\\' => {
                    let letter = self.escape()?;
                    text.push(letter, self.span(from));
                }
                letter if letter < ' ' => return None,
                letter => text.push(letter, self.span(from)),
            }
        }
        Some(Word { text, span: self.span(start) })
    }

    /// The character of an escape (RFC 8259, section 7), surrogate pairs among them.
    fn escape(&mut self) -> Option<char> {
        let letter = self.rest().chars().next()?;
        self.at += letter.len_utf8();
        Some(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.four_digits()?;
                if (0xd800..0xdc00).contains(&first) {
                    self.rest().strip_prefix("\\u")?;
                    self.at += 2;
                    let second = self.four_digits().filter(|code| (0xdc00..0xe000).contains(code))?;
                    char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?
                } else {
                    char::from_u32(first)?
                }
            }
            _ => return None,
        })
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(code)
    }

    fn span(&self, start: usize) -> ByteSpan {
        self.text.span_of(start..self.at)
    }
}
