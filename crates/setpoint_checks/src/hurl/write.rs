use setpoint_model::register::{Check, CheckKind, ExpectedText, HttpCheck};
use setpoint_model::{Failure, Reason, Value};
use std::fmt::Write as _;

/// A check as an entry; a path is below the variable `url`.
///
/// # Errors
/// hurl cannot say all that the check says; what it cannot say is named.
pub fn write(check: &Check) -> Result<String, Failure> {
    let CheckKind::Http(http) = &check.kind else {
        return Err(Failure::new(Reason::NotUnderstood, "hurl speaks HTTP alone", "a check of kind `http`"));
    };
    if http.http.contains("{{") || http.headers.iter().any(|(_, value)| value.contains("{{")) {
        return Err(cannot("`{{` in an address or a header, where it begins a template"));
    }
    let mut entry = String::new();
    let base = if http.http.starts_with('/') { "{{url}}" } else { "" };
    let _ = writeln!(entry, "# {}\n{} {base}{}", one_line(&check.name), http.method, plain(&http.http));
    for (name, value) in &http.headers {
        let _ = writeln!(entry, "{name}: {}", plain(value));
    }
    let _ = writeln!(entry, "[Options]\nmax-time: {}ms", check.timeout.as_millis());
    if http.redirects > 0 {
        let _ = writeln!(entry, "location: true\nmax-redirs: {}", http.redirects);
    }
    if check.retries > 0 {
        let _ = writeln!(entry, "retry: {}\nretry-interval: {}ms", check.retries, check.wait.as_millis());
    }
    if let Some(body) = &http.body {
        // Between three backticks a body stands as it is sent, the newline before the last three among it; but for a carriage
        // return, which editors and version control take away.
        let is_plain = body.ends_with('\n') && !["```", "{{", "\r"].iter().any(|odd| body.contains(odd));
        let _ = if is_plain { write!(entry, "```\n{body}```\n") } else { writeln!(entry, "{}", quoted('`', body)) };
    }
    answer(http, &mut entry)?;
    Ok(entry)
}

fn cannot(what: &str) -> Failure {
    Failure::new(Reason::NotUnderstood, format!("hurl cannot say {what}"), "what hurl can say")
}

fn answer(http: &HttpCheck, entry: &mut String) -> Result<(), Failure> {
    let mut asserts = String::new();
    let _ = match http.status.as_slice() {
        [status] => writeln!(entry, "HTTP {status}"),
        [] => {
            asserts.push_str("status >= 200\nstatus < 300\n");
            writeln!(entry, "HTTP *")
        }
        several => {
            let several = several.iter().map(u16::to_string).collect::<Vec<_>>().join("|");
            let _ = writeln!(asserts, "status toString matches /^({several})$/");
            writeln!(entry, "HTTP *")
        }
    };
    for (name, expected) in &http.header {
        let _ = writeln!(asserts, "header {} {}", quoted('"', name), predicate(expected));
    }
    for (path, value) in &http.json {
        let value = match value {
            // hurl's numbers have no exponent.
            Value::Float(number) if number.to_string().contains('e') || value.to_json().contains('e') => {
                return Err(cannot("a number that is that large or that small"));
            }
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => value.to_json(),
            Value::Text(text) => quoted('"', text),
            Value::List(_) | Value::Map(_) => return Err(cannot("what a list or an object is equal to")),
        };
        if path.contains('"') {
            return Err(cannot("a key of JSON that is in quotes"));
        }
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        let _ = writeln!(asserts, "jsonpath {} == {value}", quoted('"', &format!("${dot}{path}")));
    }
    for expected in &http.text {
        let _ = writeln!(asserts, "body {}", predicate(expected));
    }
    if let Some(within) = http.within {
        let _ = writeln!(asserts, "duration <= {}", within.as_millis());
    }
    if let Some(days) = http.certificate_days {
        let _ = writeln!(asserts, "certificate \"Expire-Date\" daysAfterNow >= {days}");
    }
    let parts = [http.lookup_within, http.connect_within, http.tls_within, http.first_byte_within];
    if parts.iter().any(Option::is_some) {
        return Err(cannot("how long a part of a request may take"));
    }
    if !asserts.is_empty() {
        let _ = write!(entry, "[Asserts]\n{asserts}");
    }
    Ok(())
}

fn predicate(expected: &ExpectedText) -> String {
    match expected {
        ExpectedText::Equals(text) => format!("== {}", quoted('"', text)),
        ExpectedText::Contains(text) => format!("contains {}", quoted('"', text)),
        ExpectedText::Lacks(text) => format!("not contains {}", quoted('"', text)),
        ExpectedText::Matches(pattern) => format!("matches {}", quoted('"', pattern)),
    }
}

/// A text in quotes; a template in it is none.
fn quoted(quote: char, text: &str) -> String {
    let mut quoted = String::from(quote);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => quoted.push_str("\\\\"),
            letter if letter == quote => quoted.extend(['\\', quote]),
            '\n' => quoted.push_str("\\n"),
            '{' if letters.peek() == Some(&'{') => quoted.push_str("\\u{7b}"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{{{:x}}}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push(quote);
    quoted
}

/// A text that stands without quotes.
fn plain(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
