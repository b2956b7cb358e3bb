/// A place in a text that only moves forward.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.offset == self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn skip(&mut self, letter: char) -> bool {
        let found = self.rest().starts_with(letter);
        if found {
            self.offset += letter.len_utf8();
        }
        found
    }

    /// The caller has seen these bytes in `rest`.
    pub(crate) fn skip_bytes(&mut self, count: usize) {
        self.offset += count;
    }

    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|letter| !wanted(letter)).unwrap_or(rest.len())];
        self.offset += taken.len();
        taken
    }

    pub(crate) fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        self.take_while(wanted);
    }
}
