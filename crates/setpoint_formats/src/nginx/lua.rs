//! Where a block of Lua ends. The module that runs Lua reads the block itself, brace by brace, by the rules below
//! (`ngx_http_lua_conf_read_lua_token` in lua-nginx-module's `src/ngx_http_lua_directive.c`).

/// True for the directives whose block is Lua: `content_by_lua_block`, `set_by_lua_block` and their kin.
pub(super) fn is_lua_block(name: &[u8]) -> bool {
    name.ends_with(b"_by_lua_block")
}

/// The offset of the `}` that closes the block whose code starts at `from`; `None` if the text ends first.
/// Braces in comments, strings and long brackets do not count.
pub(super) fn closing_brace(text: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    // A string that the line does not close is no string, and then no later quote of its kind on that line
    // opens one. Remembering that keeps a line of escaped quotes from being read once for each of them.
    let mut no_string_before = [0; 2];
    loop {
        at = match *text.get(at)? {
            b'{' => {
                depth += 1;
                at + 1
            }
            b'}' if depth == 0 => return Some(at),
            b'}' => {
                depth -= 1;
                at + 1
            }
            b'-' if text[at..].starts_with(b"--") => match long_bracket(text, at + 2) {
                Some(level) => after_long_bracket(text, at + 2, level)?,
                None => at + text[at..].iter().position(|byte| *byte == b'\n')?,
            },
            b'[' => match long_bracket(text, at) {
                Some(level) => after_long_bracket(text, at, level)?,
                None => at + 1,
            },
            quote @ (b'"' | b'\'') => {
                let unclosed = &mut no_string_before[usize::from(quote == b'"')];
                match if at < *unclosed { Err(*unclosed) } else { after_string(text, at, quote) } {
                    Ok(after) => after,
                    Err(line_end) => {
                        *unclosed = line_end;
                        at + 1
                    }
                }
            }
            _ => at + 1,
        };
    }
}

/// The number of `=` in the `[==[` that starts at `at`, if one does.
fn long_bracket(text: &[u8], at: usize) -> Option<usize> {
    let inner = text.get(at..)?.strip_prefix(b"[")?;
    let level = inner.iter().take_while(|byte| **byte == b'=').count();
    (inner.get(level) == Some(&b'[')).then_some(level)
}

fn after_long_bracket(text: &[u8], at: usize, level: usize) -> Option<usize> {
    let closing = [b"]".as_slice(), &vec![b'='; level], b"]"].concat();
    let inside = at + closing.len();
    let length = text.get(inside..)?.windows(closing.len()).position(|window| window == closing)?;
    Some(inside + length + closing.len())
}

/// The offset after the string's closing quote, or the end of the line that does not close it.
fn after_string(text: &[u8], at: usize, quote: u8) -> Result<usize, usize> {
    let mut at = at + 1;
    loop {
        match text.get(at) {
            None | Some(b'\n') => return Err(at.min(text.len())),
            Some(b'\\') if text.get(at + 1) != Some(&b'\n') => at += 2,
            Some(byte) if *byte == quote => return Ok(at + 1),
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::closing_brace;

    fn code(text: &str) -> Option<&str> {
        closing_brace(text.as_bytes(), 0).map(|end| &text[..end])
    }

    #[test]
    fn braces_in_strings_and_comments_do_not_count() {
        assert_eq!(code("if a then { b } end } }"), Some("if a then { b } end "));
        assert_eq!(code(r#"x = "}\"}" y = '}' } }"#), Some(r#"x = "}\"}" y = '}' "#));
        assert_eq!(code("-- } it's\n } }"), Some("-- } it's\n "));
        assert_eq!(code("--[[ }\n ]] } }"), Some("--[[ }\n ]] "));
        assert_eq!(code("x = [==[ } ]] ]=] ]==] } }"), Some("x = [==[ } ]] ]=] ]==] "));
    }

    #[test]
    fn a_quote_that_its_line_does_not_close_opens_nothing() {
        assert_eq!(code("it's } }"), Some("it's "));
        assert_eq!(code("x = \"a\\\nb } c\" } }"), Some("x = \"a\\\nb "));
    }

    #[test]
    fn an_unclosed_block_ends_nowhere() {
        for text in ["", "{ }", "x = [[ }", "-- }", "--[=[ } ]]"] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
