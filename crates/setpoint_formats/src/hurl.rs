//! `.hurl` files, as hurl 7 reads them (<https://hurl.dev/docs/grammar.html>): requests in plain text, each with what its
//! answer must be.
//!
//! The shape is read here: methods, headers, sections and bodies, with templates (`{{name}}`) as they stand. What an assert
//! means is known one floor up.

mod assert;

pub use assert::{Assert, FILTERS, Literal, Predicate, assert, quoted};

use std::iter::Peekable;

/// One request and what its answer must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The line of its method, from 1.
    pub line: usize,
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// What is sent.
    pub request: Part,
    /// What must come back; `None` where nothing is said of it.
    pub response: Option<(Status, Part)>,
}

/// The status that is written after `HTTP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `*`.
    Any,
    /// A number.
    Exactly(u16),
    /// Either, behind a version of HTTP that the answer must have.
    OfVersion,
}

/// What a request and an answer have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// Sections in their order: `[Asserts]` and its like.
    pub sections: Vec<Section>,
    /// The body.
    pub body: Option<Body>,
}

/// A section, of which each line is one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name, without brackets.
    pub name: String,
    /// Its lines with their numbers, without comments that fill a line.
    pub lines: Vec<(usize, String)>,
}

/// A body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Text, JSON among it, as it is sent.
    Text(String),
    /// Text in backticks on one line, which [`quoted`] reads when its templates have their values.
    Quoted(String),
    /// One that is read from a file or written in another way; its first line.
    Other(String),
}

/// Something that is no hurl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// The names of sections; everything else in brackets is JSON.
const SECTIONS: &[&str] = &[
    "Asserts",
    "BasicAuth",
    "Captures",
    "Cookies",
    "Form",
    "FormParams",
    "Multipart",
    "MultipartFormData",
    "Options",
    "Query",
    "QueryStringParams",
];

/// Every entry, and the lines that belong to none.
pub fn parse(text: &str) -> (Vec<Entry>, Vec<Unread>) {
    // What ends the lines of a body is sent with it.
    let mut lines = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .split('\n')
        .enumerate()
        .map(|(number, line)| (number + 1, line))
        .peekable();
    let (mut entries, mut unread): (Vec<Entry>, Vec<Unread>) = (Vec::new(), Vec::new());
    while let Some((number, line)) = lines.next() {
        let said = line.trim();
        if said.is_empty() || said.starts_with('#') {
            continue;
        }
        if let Some((method, url)) = request_line(said) {
            let mut entry = Entry { line: number, method, url, ..Entry::default() };
            entry.request = part(&mut lines);
            entries.push(entry);
        } else if let (Some(status), Some(entry)) =
            (status_line(said), entries.last_mut().filter(|entry| entry.response.is_none()))
        {
            entry.response = Some((status, part(&mut lines)));
        } else {
            unread.push(Unread { line: number, text: said.to_owned() });
        }
    }
    (entries, unread)
}

fn request_line(line: &str) -> Option<(String, String)> {
    let (method, url) = line.split_once([' ', '\t'])?;
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase()) && method != "HTTP";
    is_method.then(|| (method.to_owned(), value(url)))
}

fn status_line(line: &str) -> Option<Status> {
    let (version, status) = line.split_once([' ', '\t'])?;
    let status = match value(status).as_str() {
        "*" => Status::Any,
        number => Status::Exactly(number.parse().ok()?),
    };
    match version {
        "HTTP" | "HTTP/*" => Some(status),
        "HTTP/1.0" | "HTTP/1.1" | "HTTP/2" | "HTTP/3" => Some(Status::OfVersion),
        _ => None,
    }
}

fn section_line(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    (SECTIONS.contains(&name) && is_nothing(rest)).then_some(name)
}

/// True for what may stand behind something that is complete: space and a comment.
fn is_nothing(rest: &str) -> bool {
    rest.trim_start().is_empty() || rest.trim_start().starts_with('#')
}

/// Headers, sections and a body, until the next request or answer begins.
fn part<'t>(lines: &mut Peekable<impl Iterator<Item = (usize, &'t str)>>) -> Part {
    let mut part = Part::default();
    while let Some((number, line)) = lines.peek().copied() {
        let said = line.trim();
        if said.is_empty() || said.starts_with('#') {
            lines.next();
        } else if let Some(name) = section_line(said) {
            lines.next();
            part.sections.push(Section { name: name.to_owned(), lines: Vec::new() });
        } else if part.body.is_some() || request_line(said).is_some() || status_line(said).is_some() {
            break;
        } else if let Some(section) = part.sections.last_mut()
            && !is_body(said)
        {
            lines.next();
            section.lines.push((number, said.to_owned()));
        } else if let Some((name, text)) = said.split_once(':').filter(|_| !is_body(said)) {
            lines.next();
            part.headers.push((name.trim().to_owned(), value(text)));
        } else {
            part.body = Some(body(lines));
        }
    }
    part
}

fn is_body(line: &str) -> bool {
    (line.starts_with(['{', '[', '<', '`', '"']) && !line.starts_with("{{"))
        || ["file,", "hex,", "base64,"].iter().any(|form| line.starts_with(form))
}

fn body<'t>(lines: &mut impl Iterator<Item = (usize, &'t str)>) -> Body {
    let Some((_, whole)) = lines.next() else { return Body::Text(String::new()) };
    let first = whole.trim();
    if first.starts_with("```") {
        let language = first.trim_start_matches('`').trim();
        let is_plain = language.is_empty() || ["json", "text", "raw"].contains(&language);
        let mut text = String::new();
        for (_, line) in lines {
            if let Some((last, rest)) = line.split_once("```") {
                text.push_str(last);
                let is_whole = is_plain && is_nothing(rest);
                return if is_whole { Body::Text(text) } else { Body::Other(first.to_owned()) };
            }
            text.push_str(line);
            text.push('\n');
        }
        return Body::Other(first.to_owned());
    }
    if first.starts_with('`') {
        return Body::Quoted(first.to_owned());
    }
    if !first.starts_with(['{', '[']) {
        return Body::Other(first.to_owned());
    }
    let (mut text, mut line) = (String::new(), whole.trim_start());
    let mut brackets = Brackets::default();
    loop {
        if let Some(end) = brackets.end_in(line) {
            text.push_str(&line[..end]);
            return if is_nothing(&line[end..]) { Body::Text(text) } else { Body::Other(first.to_owned()) };
        }
        text.push_str(line);
        text.push('\n');
        match lines.next() {
            Some((_, next)) => line = next,
            None => return Body::Other(first.to_owned()),
        }
    }
}

/// The brackets of a JSON text that are open in what was read of it.
#[derive(Default)]
struct Brackets {
    open: usize,
    in_text: bool,
}

impl Brackets {
    /// One past the last bracket, where all are closed in this line.
    fn end_in(&mut self, line: &str) -> Option<usize> {
        let mut letters = line.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' if self.in_text => drop(letters.next()),
                '"' => self.in_text = !self.in_text,
                '{' | '[' if !self.in_text => self.open += 1,
                '}' | ']' if !self.in_text => {
                    self.open = self.open.saturating_sub(1);
                    if self.open == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// A value that stands without quotes: until a comment, `\#` for a hash in it.
pub fn value(text: &str) -> String {
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '#' => break,
            '\\' => value.extend(assert::escaped(&mut letters)),
            plain => value.push(plain),
        }
    }
    value.trim().to_owned()
}

/// A `name: value` of a section.
pub fn pair(line: &str) -> Option<(String, String)> {
    let (name, text) = line.split_once(':')?;
    Some((name.trim().to_owned(), value(text)))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::fmt::Write as _;

    fn picture(text: &str) -> String {
        let (entries, unread) = parse(text);
        let mut picture = String::new();
        for entry in entries {
            let _ = writeln!(picture, "{} {} {}", entry.line, entry.method, entry.url);
            let parts = std::iter::once(("sent", &entry.request));
            let parts = parts.chain(entry.response.iter().map(|(status, part)| {
                let _ = writeln!(picture, "  {status:?}");
                ("back", part)
            }));
            let parts: Vec<_> = parts.collect();
            for (word, part) in parts {
                for (name, value) in &part.headers {
                    let _ = writeln!(picture, "  {word} {name}: {value}");
                }
                for section in &part.sections {
                    let _ = writeln!(picture, "  {word} [{}] {:?}", section.name, section.lines);
                }
                if let Some(body) = &part.body {
                    let _ = writeln!(picture, "  {word} {body:?}");
                }
            }
        }
        unread.iter().for_each(|line| {
            let _ = writeln!(picture, "{} unread: {}", line.line, line.text);
        });
        picture
    }

    #[test]
    fn requests_answers_sections_and_bodies() {
        insta::assert_snapshot!(picture(r#"
# The shop
GET http://127.0.0.1/health # is it up
Accept: application/json
[Options]
location: true   # follow
HTTP 200
content-type: application/json
[Asserts]
# nothing else
jsonpath "$.ok" == true # said

POST {{url}}/orders
{
  "sku": "a]1",
  "many": [1, 2]
}
HTTP/1.1 *

PUT http://x/y
```json
{ "a": 1 }
```
DELETE http://x/z
`once \\ \` # \n`
HTTP 204
PATCH http://x/f
file,body.bin;
"#), @r#"
        3 GET http://127.0.0.1/health
          Exactly(200)
          sent Accept: application/json
          sent [Options] [(6, "location: true   # follow")]
          back content-type: application/json
          back [Asserts] [(11, "jsonpath \"$.ok\" == true # said")]
        13 POST {{url}}/orders
          OfVersion
          sent Text("{\n  \"sku\": \"a]1\",\n  \"many\": [1, 2]\n}")
        20 PUT http://x/y
          sent Text("{ \"a\": 1 }\n")
        24 DELETE http://x/z
          Exactly(204)
          sent Quoted("`once \\\\ \\` # \\n`")
        27 PATCH http://x/f
          sent Other("file,body.bin;")
        "#);
    }

    #[test]
    fn the_ends_of_lines_stay_in_bodies_alone() {
        let text = "POST http://x/y # windows\r\nx-a: b\r\n[Options]\r\nretry: 1\r\n```\r\none\r\ntwo\n```\r\nHTTP 200\r\n{\r\n \"a\": 1\r\n}\r\n";
        insta::assert_snapshot!(picture(text), @r#"
        1 POST http://x/y
          Exactly(200)
          sent x-a: b
          sent [Options] [(4, "retry: 1")]
          sent Text("one\r\ntwo\n")
          back Text("{\r\n \"a\": 1\r\n}")
        "#);
    }

    #[test]
    fn what_is_no_hurl_is_kept_apart() {
        insta::assert_snapshot!(picture("hello\nGET http://x\nHTTP 200\nHTTP 201\nget http://y\n{ \"never\n"), @r#"
        2 GET http://x
          Exactly(200)
        1 unread: hello
        4 unread: HTTP 201
        5 unread: get http://y
        6 unread: { "never
        "#);
    }
}
