//! The requests: get, put, remove and list, each within its time, and tried again where that can help.

use super::Key;
use super::fault::{Because, Fault};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use rustic_core::BytesList;
use rusty_s3::actions::{ListObjectsV2, S3Action};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use setpoint_model::register;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, SendBody};

/// How long what is waited for.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// How often a request is tried in all.
    tries: u32,
    /// The pause before the second try; each further one is twice as long.
    first_pause: Duration,
    /// A connection that is not made by then is not made.
    to_connect: Duration,
    /// Nothing sent or received for so long is a connection that is gone.
    without_a_byte: Duration,
    /// A request has so much time, and more for its content.
    for_a_request: Duration,
}

/// All pauses together are below eight seconds.
const PATIENCE: Patience = Patience {
    tries: 6,
    first_pause: Duration::from_millis(250),
    to_connect: Duration::from_secs(15),
    without_a_byte: Duration::from_mins(1),
    for_a_request: Duration::from_mins(2),
};

/// What the content is expected to come with at least, in bytes a second.
const SLOWEST: u64 = 16 << 10;
/// A signature holds so long: as long as a clock may be wrong.
const SIGNED_FOR: Duration = Duration::from_mins(15);
/// What an error or a page of a listing has at most, in bytes.
const LONGEST_TEXT: u64 = 16 << 20;
/// No file of a repository is longer, in bytes: its format counts with 32 bits.
pub(super) const LONGEST: u64 = u32::MAX as u64;

/// A bucket, and a key that opens it.
#[derive(Clone)]
pub(crate) struct Client {
    bucket: Bucket,
    key: Arc<Credentials>,
    /// What all names begin with: empty, or with a slash at its end.
    prefix: String,
    /// As restic spells it.
    shown: String,
    agent: Agent,
    patience: Patience,
}

/// One object of a listing.
pub(crate) struct Object {
    /// Its name below the prefix.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// When it was written, by the store's clock.
    pub(crate) modified: Option<jiff::Timestamp>,
}

impl Client {
    /// Connects to nothing yet.
    pub(crate) fn new(place: &register::Bucket, region: &str, key: Key) -> Result<Self, Fault> {
        Self::with(place, region, key, PATIENCE)
    }

    fn with(place: &register::Bucket, region: &str, key: Key, patience: Patience) -> Result<Self, Fault> {
        let shown = place.to_string();
        let bad = |why: String| Fault {
            repository: shown.clone(),
            doing: "reach it".to_owned(),
            because: Because::NotUnderstood(why),
            tries: 1,
        };
        let endpoint = place.endpoint.parse().map_err(|error| bad(format!("{error}")))?;
        // In the path it works with every store, with bare addresses, and with certificates of one name.
        let bucket = Bucket::new(endpoint, UrlStyle::Path, place.name.clone(), region.to_owned());
        let bucket = bucket.map_err(|error| bad(error.to_string()))?;
        let credentials = match key.token {
            Some(token) => Credentials::new_with_token(key.id, key.secret, token),
            None => Credentials::new(key.id, key.secret),
        };
        let prefix = if place.prefix.is_empty() { String::new() } else { format!("{}/", place.prefix) };
        let agent = agent(place.endpoint.starts_with("https://"), patience);
        Ok(Self { bucket, key: Arc::new(credentials), prefix, shown, agent, patience })
    }

    /// As restic spells it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Reads an object of at most so many bytes.
    pub(crate) fn get_all(&self, name: &str, longest: u64) -> Result<Bytes, Fault> {
        let object = self.object(name);
        self.tried(format!("read `{name}`"), || {
            let url = self.bucket.get_object(Some(&self.key), &object).sign(SIGNED_FOR);
            let request = self.agent.get(url.as_str()).config().timeout_global(Some(self.time_for(longest))).build();
            content(&mut good(request.call())?, longest)
        })
    }

    /// Reads a part of an object: where that begins, and how long it is.
    pub(crate) fn get(&self, name: &str, (from, length): (u64, u64)) -> Result<Bytes, Fault> {
        let object = self.object(name);
        self.tried(format!("read `{name}`"), || {
            let url = self.bucket.get_object(Some(&self.key), &object).sign(SIGNED_FOR);
            let end = from + length;
            let range = format!("bytes={from}-{}", end.saturating_sub(1));
            let request = self.agent.get(url.as_str()).header("range", range);
            let request = request.config().timeout_global(Some(self.time_for(length))).build();
            let mut answer = good(request.call()).map_err(|because| match because {
                // The object ends before the part begins.
                Because::Refused { status: 416, .. } => Because::Length { expected: end, got: None },
                because => because,
            })?;
            if answer.status() == 206 {
                return whole(content(&mut answer, length)?, length);
            }
            // A store may answer with all of it.
            let bytes = content(&mut answer, LONGEST)?;
            let got = bytes.len() as u64;
            let range = usize::try_from(from).ok().zip(usize::try_from(end).ok());
            let (from, to) = range.filter(|_| end <= got).ok_or(Because::Length { expected: end, got: Some(got) })?;
            Ok(bytes.slice(from..to))
        })
    }

    /// Writes an object: all of it or nothing. The store compares what it gets with its sum.
    pub(crate) fn put(&self, name: &str, content: &BytesList) -> Result<(), Fault> {
        let object = self.object(name);
        let length: usize = content.slice().iter().map(Bytes::len).sum();
        let mut sum = Md5::new();
        content.slice().iter().for_each(|piece| sum.update(piece));
        let sum = BASE64.encode(sum.finalize());
        self.tried(format!("write `{name}`"), || {
            let mut action = self.bucket.put_object(Some(&self.key), &object);
            action.headers_mut().insert("content-md5", sum.clone());
            let request = self.agent.put(action.sign(SIGNED_FOR).as_str());
            let request = request.header("content-md5", &sum).header("content-length", length.to_string());
            let request = request.config().timeout_global(Some(self.time_for(length as u64))).build();
            let mut reader = content.clone().reader();
            good(request.send(SendBody::from_reader(&mut reader)))?;
            Ok(())
        })
    }

    /// Removes an object. One that is not there is removed.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Fault> {
        let object = self.object(name);
        let done = self.tried(format!("remove `{name}`"), || {
            let url = self.bucket.delete_object(Some(&self.key), &object).sign(SIGNED_FOR);
            let request = self.agent.delete(url.as_str());
            good(request.config().timeout_global(Some(self.patience.for_a_request)).build().call())?;
            Ok(())
        });
        match done {
            Err(Fault { because: Because::Missing, .. }) => Ok(()),
            done => done,
        }
    }

    /// All objects whose name begins with that, however many pages they are.
    pub(crate) fn list(&self, begin: &str) -> Result<Vec<Object>, Fault> {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let page = self.page(begin, token.as_deref())?;
            let objects = page.contents.into_iter().filter_map(|object| {
                Some(Object {
                    name: object.key.strip_prefix(&self.prefix)?.to_owned(),
                    size: object.size.unwrap_or_default(),
                    modified: object.last_modified.and_then(|text| text.parse().ok()),
                })
            });
            all.extend(objects);
            match page.next_continuation_token {
                None => return Ok(all),
                // A store that says so would have us go on for ever.
                next if next == token => {
                    let because = Because::NotUnderstood("the next page of the listing is the same".to_owned());
                    return Err(self.fault(format!("list `{begin}`"), because, 1));
                }
                next => token = next,
            }
        }
    }

    fn page(&self, begin: &str, token: Option<&str>) -> Result<rusty_s3::actions::ListObjectsV2Response, Fault> {
        let prefix = self.object(begin);
        self.tried(format!("list `{begin}`"), || {
            let mut action = self.bucket.list_objects_v2(Some(&self.key));
            action.with_prefix(prefix.as_str());
            if let Some(token) = token {
                action.with_continuation_token(token);
            }
            let request = self.agent.get(action.sign(SIGNED_FOR).as_str());
            let mut answer = good(request.config().timeout_global(Some(self.patience.for_a_request)).build().call())?;
            let text = content(&mut answer, LONGEST_TEXT)?;
            let text = std::str::from_utf8(&text).map_err(|error| Because::NotUnderstood(error.to_string()))?;
            ListObjectsV2::parse_response(text).map_err(|error| Because::NotUnderstood(error.to_string()))
        })
    }

    fn time_for(&self, bytes: u64) -> Duration {
        self.patience.for_a_request + Duration::from_secs(bytes / SLOWEST)
    }

    fn object(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn fault(&self, doing: String, because: Because, tries: u32) -> Fault {
        Fault { repository: self.shown.clone(), doing, because, tries }
    }

    /// Does it again where that can help, each time after a longer pause. The library calls from threads of its own, which know
    /// nothing of a host, and so the pause is the thread's.
    fn tried<T>(&self, doing: String, work: impl Fn() -> Result<T, Because>) -> Result<T, Fault> {
        let mut pause = self.patience.first_pause;
        let mut tries = 1;
        loop {
            match work() {
                Ok(done) => return Ok(done),
                Err(because) if because.may_pass() && tries < self.patience.tries => {
                    std::thread::sleep(pause);
                    pause *= 2;
                    tries += 1;
                }
                Err(because) => return Err(self.fault(doing, because, tries)),
            }
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("repository", &self.shown).finish_non_exhaustive()
    }
}

fn agent(is_https: bool, patience: Patience) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .https_only(is_https)
        // A signature is for one address.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("setpoint")
        // As many as the library reads with at once.
        .max_idle_connections_per_host(20)
        .max_idle_connections(20)
        .timeout_connect(Some(patience.to_connect))
        .timeout_per_read(Some(patience.without_a_byte))
        .timeout_per_write(Some(patience.without_a_byte));
    if is_https {
        // What OpenSSL would trust, `SSL_CERT_FILE` honoured.
        let found = rustls_native_certs::load_native_certs().certs;
        let trusted = found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(trusted)));
        config = config.tls_config(tls.unversioned_rustls_crypto_provider(provider).build());
    } else {
        // It is on this machine, where no proxy is in between.
        config = config.proxy(None);
    }
    config.build().new_agent()
}

/// An answer that says yes.
fn good(answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Because> {
    let mut answer = answer.map_err(|error| unreached(&error))?;
    let status = answer.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(answer);
    }
    // What cannot be read of the reason is done without.
    let text = content(&mut answer, LONGEST_TEXT).unwrap_or_default();
    let code = code_of(&String::from_utf8_lossy(&text));
    // An answer without a reason is about the object, since a bucket that is missing is always said.
    if status == 404 && ["NoSuchKey", ""].contains(&code.as_str()) {
        return Err(Because::Missing);
    }
    Err(Because::Refused { status, code })
}

/// What stands in `<Code>` of an error, which is one word.
fn code_of(text: &str) -> String {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let is_word = |code: &&str| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    code.filter(is_word).unwrap_or_default().to_owned()
}

/// The content of an answer, which has to be as long as it says.
fn content(answer: &mut Response<Body>, longest: u64) -> Result<Bytes, Because> {
    let said = answer.body().content_length();
    if let Some(said) = said.filter(|said| *said > longest) {
        return Err(Because::NotUnderstood(format!("it has {said} bytes, and {longest} are the most")));
    }
    // One more than is expected is read, so that too much is seen.
    let bytes = answer.body_mut().with_config().limit(longest + 1).read_to_vec().map_err(|error| unreached(&error))?;
    match said {
        Some(said) if said != bytes.len() as u64 => {
            Err(Because::Unreached(format!("the connection ended after {} of {said} bytes", bytes.len())))
        }
        Some(_) | None => Ok(bytes.into()),
    }
}

fn whole(bytes: Bytes, expected: u64) -> Result<Bytes, Because> {
    let got = bytes.len() as u64;
    if got == expected { Ok(bytes) } else { Err(Because::Length { expected, got: Some(got) }) }
}

/// In words that have no address in them: it carries the signature.
fn unreached(error: &ureq::Error) -> Because {
    let within = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|within| within.downcast_ref()),
        _ => None,
    };
    if let Some(rustls::Error::InvalidCertificate(why)) = within {
        return Because::Untrusted(why.to_string());
    }
    Because::Unreached(match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => "it took too long".to_owned(),
        ureq::Error::HostNotFound => "no address is known for its name".to_owned(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::Tls(why) => (*why).to_owned(),
        ureq::Error::BodyExceedsLimit(limit) => format!("the answer is longer than {limit} bytes"),
        ureq::Error::Protocol(error) => format!("what came is no HTTP: {error}"),
        ureq::Error::InvalidProxyUrl => "the proxy of the environment has no address".to_owned(),
        _ => "the connection failed".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::{Client, Patience, code_of};
    use setpoint_model::register::Repository;
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    /// What is said of a server that does this with every connection, to somebody with less patience.
    fn read_from(serve: impl Fn(TcpStream) + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || listener.incoming().for_each(|client| serve(client.unwrap())));
        let place = Repository::parse(&format!("s3:http://127.0.0.1:{port}/shop")).unwrap();
        let Repository::Bucket(place) = place else { panic!("a bucket") };
        let key = Key { id: "key".to_owned(), secret: "hunter2-of-s3".to_owned(), token: None, region: None };
        let patience = Patience {
            tries: 2,
            first_pause: Duration::from_millis(1),
            to_connect: Duration::from_millis(200),
            without_a_byte: Duration::from_millis(200),
            for_a_request: Duration::from_millis(600),
        };
        let began = Instant::now();
        let fault = Client::with(&place, "us-east-1", key, patience).unwrap().get("config", (0, 100)).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        fault.to_string().replace(&port.to_string(), "PORT")
    }

    #[test]
    fn nobody_waits_for_ever() {
        let silent = read_from(|client| std::thread::sleep(Duration::from_secs(5 + u64::from(client.ttl().is_err()))));
        assert_eq!(
            silent,
            "`s3:http://127.0.0.1:PORT/shop` gave no answer to read `config`: it took too long, tried 2 times"
        );
        // A byte now and then is not enough.
        let slow = read_from(|mut client| {
            std::thread::spawn(move || {
                let _ = client.read(&mut [0; 4096]);
                let _ = client.write_all(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\n\r\n");
                while client.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        });
        assert_eq!(
            slow,
            "`s3:http://127.0.0.1:PORT/shop` gave no answer to read `config`: it took too long, tried 2 times"
        );
    }

    #[test]
    fn what_is_no_store_is_said() {
        let other = read_from(|mut client| drop(client.write_all(b"220 mail.example.net ESMTP\r\n")));
        assert!(other.contains("what came is no HTTP: "), "{other}");
        let page = read_from(|mut client| {
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html");
        });
        let short = "`s3:http://127.0.0.1:PORT/shop` gave 5 bytes to read `config`, and there have to be 100";
        assert_eq!(page, short);
    }

    #[test]
    fn a_code_is_one_word() {
        assert_eq!(code_of("<Error><Code>NoSuchKey</Code></Error>"), "NoSuchKey");
        assert_eq!(code_of("<Code>a secret: hunter2</Code>"), "");
        assert_eq!(code_of("<html>"), "");
    }
}
