use setpoint_model::ByteSpan;
use std::borrow::Cow;

/// The bytes as text of the same length, so that offsets stay true: each byte that is not UTF-8 becomes `?`.
/// With it the place of the first such byte.
pub(crate) fn text(bytes: &[u8]) -> (Cow<'_, str>, Option<ByteSpan>) {
    let first = match std::str::from_utf8(bytes) {
        Ok(text) => return (Cow::Borrowed(text), None),
        Err(error) => error.valid_up_to(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    (Cow::Owned(text), Some(ByteSpan { start: first, end: first + 1 }))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn keeps_every_offset() {
        let (read, bad) = text(b"a=\xff\xc3\nb=\xc3\xa4");
        assert_eq!((read.as_ref(), bad.map(|span| span.start)), ("a=??\nb=ä", Some(2)));
    }
}
