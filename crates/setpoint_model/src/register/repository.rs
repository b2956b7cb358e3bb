use std::fmt;

/// Where the repository of backups is, in restic's spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repository {
    /// A folder, absolute or below the root.
    Folder(String),
    /// A part of a bucket of a store that speaks Amazon's S3.
    Bucket(Bucket),
}

/// A bucket, or what of it begins with a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Scheme, host and port of the store: `https://s3.example.net:9000`.
    pub endpoint: String,
    /// The bucket's name.
    pub name: String,
    /// What the names of all objects begin with, without a slash at either end; empty for the whole bucket.
    pub prefix: String,
}

/// What a person may write.
pub const FORMS_OF_REPOSITORY: &str =
    "a folder, or `s3:https://HOST[:PORT]/BUCKET[/PREFIX]` (`s3:http://` to a server of this machine alone)";

impl Repository {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// Why it is no place that is known. The text itself is not repeated, since a person may have put a password into it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let folder = text.strip_prefix("local:").unwrap_or(text);
        let Some((word, rest)) = folder.split_once(':').filter(|(word, _)| is_scheme(word)) else {
            return if folder.trim().is_empty() {
                Err("names no folder".to_owned())
            } else {
                Ok(Self::Folder(folder.to_owned()))
            };
        };
        match word {
            "s3" => Bucket::parse(rest).map(Self::Bucket),
            _ => Err(format!("begins with `{word}:`, which is no kind of place that is known")),
        }
    }
}

/// True for a word that says which kind of place it is. A single letter could be a drive.
fn is_scheme(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|letter| letter.is_ascii_alphanumeric())
}

impl Bucket {
    fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme @ ("https" | "http"), rest)) => (scheme, rest),
            Some(_) => return Err("has an address that is neither `https://` nor `http://`".to_owned()),
            // As restic reads `s3:s3.amazonaws.com/bucket`.
            None => ("https", text),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err("has a user or a password in its address, which anybody can read there".to_owned());
        }
        let host = host_of(authority).ok_or("has no host, or one with a port that is none")?;
        if scheme == "http" && !is_loopback(host) {
            return Err("is reached without encryption, and is not on this machine".to_owned());
        }
        if path.contains(['?', '#']) {
            return Err("has a `?` or `#` behind the bucket".to_owned());
        }
        let mut parts = path.trim_end_matches('/').split('/');
        let name = parts.next().unwrap_or_default();
        if !is_bucket_name(name) {
            return Err("has no bucket behind the host, or one whose name no bucket can have".to_owned());
        }
        let prefix: Vec<&str> = parts.collect();
        let is_sound =
            |part: &&str| !["", ".", ".."].contains(part) && !part.contains(|letter: char| letter.is_control());
        if !prefix.iter().all(is_sound) {
            return Err("has a prefix with an empty part, `.` or `..`".to_owned());
        }
        Ok(Self { endpoint: format!("{scheme}://{authority}"), name: name.to_owned(), prefix: prefix.join("/") })
    }
}

/// The host of `HOST[:PORT]`, with the brackets of an IPv6 address taken off.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':')?)),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || ".-_:".contains(letter);
    (is_port && !host.is_empty() && host.chars().all(is_host)).then_some(host)
}

/// True for this machine itself, between which and itself nobody listens.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The names that Amazon gives, and those of old buckets and other stores, which may have capitals and `_`.
fn is_bucket_name(name: &str) -> bool {
    let is_inside = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    (3..=255).contains(&name.len())
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && name.chars().all(is_inside)
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.write_str(folder),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3:{}/{}", self.endpoint, self.name)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::Repository;

    fn check(text: &str, expected: &str) {
        let read = match Repository::parse(text) {
            Ok(Repository::Folder(folder)) => format!("folder {folder}"),
            Ok(Repository::Bucket(bucket)) => {
                format!("endpoint {} bucket {} prefix `{}` = {bucket}", bucket.endpoint, bucket.name, bucket.prefix)
            }
            Err(why) => why,
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn folders_are_paths() {
        check("/var/backups/shop", "folder /var/backups/shop");
        check("local:backups", "folder backups");
        check("c:x", "folder c:x");
        check("/srv/a:b", "folder /srv/a:b");
        check("local:", "names no folder");
    }

    #[test]
    fn buckets_are_in_the_spelling_of_restic() {
        let store = "endpoint https://s3.example.net";
        let shown = "s3:https://s3.example.net";
        check("s3:https://s3.example.net/shop", &format!("{store} bucket shop prefix `` = {shown}/shop"));
        check("s3:s3.example.net/shop/", &format!("{store} bucket shop prefix `` = {shown}/shop"));
        let more = ":9000 bucket shop prefix `a b/c`";
        check("s3:https://s3.example.net:9000/shop/a b/c", &format!("{store}{more} = {shown}:9000/shop/a b/c"));
        check(
            "s3:http://127.0.0.1:9000/shop",
            "endpoint http://127.0.0.1:9000 bucket shop prefix `` = s3:http://127.0.0.1:9000/shop",
        );
        check("s3:http://[::1]/shop", "endpoint http://[::1] bucket shop prefix `` = s3:http://[::1]/shop");
    }

    #[test]
    fn what_is_no_place_says_why_and_repeats_nothing() {
        check("sftp:user@host:/x", "begins with `sftp:`, which is no kind of place that is known");
        check("s3:ftp://host/shop", "has an address that is neither `https://` nor `http://`");
        check("s3:http://10.0.0.7/shop", "is reached without encryption, and is not on this machine");
        check("s3:http://127.0.0.1.example.net/shop", "is reached without encryption, and is not on this machine");
        let with_password = "has a user or a password in its address, which anybody can read there";
        check("s3:https://key:hunter2-of-s3@host/shop", with_password);
        for text in ["s3:https:///shop", "s3:https://host:0/shop", "s3:https://host:x/shop", "s3:", "s3:[::1/shop"] {
            check(text, "has no host, or one with a port that is none");
        }
        for text in ["s3:https://host", "s3:https://host/", "s3:host/a", "s3:host/.hidden", "s3:host/a%2fb"] {
            check(text, "has no bucket behind the host, or one whose name no bucket can have");
        }
        for text in ["s3:host/shop//x", "s3:host/shop/../x", "s3:host/shop/."] {
            check(text, "has a prefix with an empty part, `.` or `..`");
        }
        check("s3:host/shop?x=1", "has a `?` or `#` behind the bucket");
    }
}
