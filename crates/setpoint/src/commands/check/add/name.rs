//! Names for checks, made from what they look at.

/// Names from the shortest to the longest, each of which says more of what is looked at: the last part of an address or
/// path, a unit without its type; behind them the last one with numbers, without end.
pub(super) fn names(kind: &str, subject: &str) -> impl Iterator<Item = String> {
    let said: Vec<String> =
        words(kind, subject).iter().map(|words| slug(words)).filter(|name| !name.is_empty()).collect();
    let longest = said.last().cloned().unwrap_or_else(|| kind.to_owned());
    said.into_iter()
        .chain(std::iter::once(longest.clone()))
        .chain((2..).map(move |number: u64| format!("{longest}-{number}")))
}

/// What is said of it, from the least.
fn words(kind: &str, subject: &str) -> Vec<String> {
    match kind {
        "http" => of_address(subject),
        "file" => of_path(subject),
        "unit" => vec![subject.rsplit_once('.').map_or(subject, |(stem, _)| stem).to_owned(), subject.to_owned()],
        "process" => vec![subject.to_owned()],
        "command" => {
            let program = subject.split_whitespace().next().unwrap_or(subject);
            vec![program.rsplit('/').next().unwrap_or(program).to_owned(), subject.to_owned()]
        }
        "log" => {
            vec![format!("log-{}", subject.rsplit([':', '/']).next().unwrap_or(subject)), format!("log-{subject}")]
        }
        other => vec![format!("{other}-{subject}")],
    }
}

/// By its path; by the server's name where the path says nothing.
fn of_address(address: &str) -> Vec<String> {
    let address = address.split(['?', '#']).next().unwrap_or(address);
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let names = of_path(path);
    if names.is_empty() { vec![rest.to_owned()] } else { names }
}

/// The last part of a path, then the last two, and so on. One without a letter says nothing: of `/catalog/1` the first is
/// `catalog/1`.
fn of_path(path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let ends = (0..parts.len()).rev().map(|from| parts[from..].join("/"));
    ends.filter(|end| end.contains(|letter: char| letter.is_ascii_alphabetic())).collect()
}

/// Letters and digits, everything between them as one hyphen.
fn slug(words: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let slug: String = words.chars().map(plain).collect();
    slug.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_made_from_what_is_looked_at() {
        let expected = [
            ("http", "http://127.0.0.1:8000/health", "health health health-2"),
            ("http", "https://shop.example/", "shop-example shop-example"),
            ("http", "/orders/?page=2", "orders orders"),
            ("http", "/catalog/1", "catalog-1 catalog-1"),
            ("http", "/api/v1/health", "health v1-health api-v1-health api-v1-health api-v1-health-2"),
            ("http", "/1", "1 1 1-2"),
            ("http", "http://shop.example/1", "shop-example-1"),
            ("unit", "shop-worker@1.service", "shop-worker-1 shop-worker-1-service"),
            ("port", "5432", "port-5432 port-5432 port-5432-2"),
            ("file", "/etc/shop/shop.env", "shop-env shop-shop-env etc-shop-shop-env"),
            ("tls", "shop.example:443", "tls-shop-example-443"),
            ("command", "/usr/bin/python manage.py check", "python usr-bin-python-manage-py-check"),
            ("disk", "/", "disk"),
            ("process", "^…$", "process"),
            ("log", "journal:shop.service", "log-shop-service log-journal-shop-service"),
            ("sql", "SHOP_DATABASE_URL", "sql-shop-database-url"),
        ];
        for (kind, subject, wanted) in expected {
            let count = wanted.split(' ').count();
            assert_eq!(names(kind, subject).take(count).collect::<Vec<_>>().join(" "), wanted);
        }
    }
}
