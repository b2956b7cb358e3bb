//! One line of `[Asserts]`: what is looked at, and what it must be.

/// A line of `[Asserts]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assert {
    /// What is looked at: `status`, `header`, `jsonpath`, `body` …
    pub query: String,
    /// Which: the header's name, the path.
    pub of: Option<String>,
    /// What is made of it first: one of [`FILTERS`].
    pub filter: Option<String>,
    /// `not` stands before the predicate.
    pub negated: bool,
    /// What it must be.
    pub predicate: Predicate,
}

/// What something must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// The word or sign: `==`, `contains`, `exists` …
    pub word: String,
    /// What it is compared with.
    pub with: Option<Literal>,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// In quotes.
    Text(String),
    /// Between slashes.
    Pattern(String),
    /// A number, `true`, `false`, `null`, as they stand.
    Plain(String),
}

/// The filters that are known; none of them takes anything.
pub const FILTERS: [&str; 2] = ["daysAfterNow", "toString"];

/// The line as an assert; `None` where it is none, or has another filter (`count`, `nth 0`), of which there are too many to
/// know.
pub fn assert(line: &str) -> Option<Assert> {
    let mut tokens = Tokens { rest: line };
    let Some(Literal::Plain(query)) = tokens.next() else { return None };
    let mut next = tokens.next()?;
    let of = match (&*query, next) {
        ("header" | "jsonpath" | "certificate" | "cookie" | "xpath" | "variable", Literal::Text(of)) => {
            next = tokens.next()?;
            Some(of)
        }
        (_, other) => {
            next = other;
            None
        }
    };
    let filter = FILTERS.into_iter().find(|filter| next == Literal::Plain((*filter).to_owned())).map(str::to_owned);
    if filter.is_some() {
        next = tokens.next()?;
    }
    let negated = next == Literal::Plain("not".to_owned());
    if negated {
        next = tokens.next()?;
    }
    let Literal::Plain(word) = next else { return None };
    let predicate = Predicate { word, with: tokens.next() };
    (tokens.next().is_none() && tokens.rest.is_empty()).then_some(Assert { query, of, filter, negated, predicate })
}

/// The text of a line that is one in quotes, of any kind.
pub fn quoted(line: &str) -> Option<String> {
    let mut tokens = Tokens { rest: line };
    match (tokens.next()?, tokens.next()) {
        (Literal::Text(text), None) if tokens.rest.is_empty() => Some(text),
        _ => None,
    }
}

/// What a backslash and the letters behind it stand for.
pub(super) fn escaped(letters: &mut impl Iterator<Item = char>) -> Option<char> {
    match letters.next()? {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'u' => {
            let code: String = letters.skip(1).take_while(|letter| *letter != '}').collect();
            u32::from_str_radix(&code, 16).ok().and_then(char::from_u32)
        }
        other => Some(other),
    }
}

struct Tokens<'t> {
    rest: &'t str,
}

impl Iterator for Tokens<'_> {
    type Item = Literal;

    fn next(&mut self) -> Option<Literal> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next().filter(|first| *first != '#');
        match first {
            None => {
                self.rest = "";
                None
            }
            Some(quote @ ('"' | '/' | '`')) => self.quoted(quote),
            Some(_) => {
                let end = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                Some(Literal::Plain(word.to_owned()))
            }
        }
    }
}

impl Tokens<'_> {
    /// What stands between two of the quote. One that has no end is none, and what is left of the line stays.
    fn quoted(&mut self, quote: char) -> Option<Literal> {
        let mut text = String::new();
        let mut letters = self.rest.chars();
        letters.next();
        while let Some(letter) = letters.next() {
            match letter {
                _ if letter == quote => {
                    self.rest = letters.as_str();
                    return Some(if quote == '/' { Literal::Pattern(text) } else { Literal::Text(text) });
                }
                // Of a pattern the slash alone is hurl's; everything else is the pattern's.
                '\\' if quote == '/' => match letters.next()? {
                    '/' => text.push('/'),
                    other => text.extend(['\\', other]),
                },
                '\\' => text.push(escaped(&mut letters)?),
                plain => text.push(plain),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::assert;

    #[test]
    fn asserts_in_their_parts() {
        let lines = [
            "status >= 200 # fine",
            r#"header "content-type" contains "js\"on\u{21}""#,
            r#"jsonpath "$.a[0]" == null"#,
            r#"header "x" not exists"#,
            r"body matches /a\/b\d+ #/",
            "duration < 300",
            "status toString not matches /^5/",
            // What is filtered or broken is none.
            r#"jsonpath "$.a" count == 3"#,
            r#"header "x"#,
            r#"body == "never"#,
            "status",
            "",
        ];
        let told: Vec<String> = lines.iter().map(|line| format!("{line}\n  {:?}", assert(line))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        status >= 200 # fine
          Some(Assert { query: "status", of: None, filter: None, negated: false, predicate: Predicate { word: ">=", with: Some(Plain("200")) } })
        header "content-type" contains "js\"on\u{21}"
          Some(Assert { query: "header", of: Some("content-type"), filter: None, negated: false, predicate: Predicate { word: "contains", with: Some(Text("js\"on!")) } })
        jsonpath "$.a[0]" == null
          Some(Assert { query: "jsonpath", of: Some("$.a[0]"), filter: None, negated: false, predicate: Predicate { word: "==", with: Some(Plain("null")) } })
        header "x" not exists
          Some(Assert { query: "header", of: Some("x"), filter: None, negated: true, predicate: Predicate { word: "exists", with: None } })
        body matches /a\/b\d+ #/
          Some(Assert { query: "body", of: None, filter: None, negated: false, predicate: Predicate { word: "matches", with: Some(Pattern("a/b\\d+ #")) } })
        duration < 300
          Some(Assert { query: "duration", of: None, filter: None, negated: false, predicate: Predicate { word: "<", with: Some(Plain("300")) } })
        status toString not matches /^5/
          Some(Assert { query: "status", of: None, filter: Some("toString"), negated: true, predicate: Predicate { word: "matches", with: Some(Pattern("^5")) } })
        jsonpath "$.a" count == 3
          None
        header "x
          None
        body == "never
          None
        status
          None

          None
        "#);
    }
}
