//! One request and its answer, redirects followed.

use crate::deadline::Deadline;
use crate::phases::Phases;
use crate::scene::Scene;
use crate::web::connection::answer_within;
use crate::web::{Address, Certificate, Connection};
use setpoint_model::{Failure, PhaseName, Reason};
use std::io::ErrorKind;
use std::time::Instant;
use ureq_proto::client::state::{Prepare, RecvBody, Redirect};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, RedirectAuthHeaders, SendRequestResult};
use ureq_proto::http::{self, HeaderMap, HeaderValue, Response};
use ureq_proto::{BodyMode, Error};

/// The headers of an answer may be this long, in bytes; nginx and uvicorn send no longer ones by themselves.
const LONGEST_HEAD: usize = 64 << 10;
/// What is read at once, in bytes.
const PIECE: usize = 8 << 10;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<&'a [u8]>,
    /// How many redirects are followed; with none, the redirect is the answer.
    pub(crate) redirects: u8,
    /// No more of the answer's body is read, in bytes.
    pub(crate) longest: usize,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// What was read of the body, in case of a failure too.
    pub(crate) body: Vec<u8>,
    /// True if there is more of it than was read.
    pub(crate) is_cut: bool,
    /// The server's certificate, of a whole exchange over TLS.
    pub(crate) certificate: Option<Certificate>,
    /// How long each part took.
    pub(crate) phases: Phases,
}

impl Answer {
    /// What a header says, the first of several; bytes that are no UTF-8 are replaced.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}

/// Asks, and reads the answer. What is known of it stands in `answer` in case of a failure too.
pub(crate) fn exchange(
    scene: &Scene<'_>,
    address: &Address,
    request: &Request<'_>,
    deadline: Deadline,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let mut call = prepare(address, request)?;
    let mut followed = 0;
    loop {
        let address = Address::of(call.uri().clone())?;
        let connection = Connection::open(scene, &address, deadline, &mut answer.phases)?;
        let mut hop = Hop { connection, deadline, room: vec![0; PIECE] };
        answer.certificate = hop.connection.certificate();
        let body = if followed == 0 { request.body } else { None };
        let Some(mut redirect) = hop.run(call, body, request.longest, answer)? else { return Ok(()) };
        if request.redirects == 0 {
            return Ok(());
        }
        if followed == request.redirects {
            let message = format!("the answer is a redirect still after {followed} of them");
            return Err(Failure::new(Reason::TooManyRedirects, message, format!("at most {followed} redirects")));
        }
        // A redirect that must be sent the body again is not followed, and so is the answer.
        match redirect.as_new_call(RedirectAuthHeaders::SameHost).map_err(|error| broken(&error))? {
            Some(next) => call = next,
            None => return Ok(()),
        }
        followed += 1;
    }
}

fn prepare(address: &Address, request: &Request<'_>) -> Result<Call<Prepare>, Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::new(
            Reason::NotUnderstood,
            format!("the request cannot be made: {error}"),
            "a method and headers of HTTP/1.1",
        )
    };
    let mut built = http::Request::builder().method(request.method).uri(address.uri.clone());
    let is_given = |name: &str| request.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let ours =
        [("user-agent", concat!("setpoint/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*"), ("connection", "close")];
    for (name, value) in ours.into_iter().filter(|(name, _)| !is_given(name)) {
        built = built.header(name, value);
    }
    for (name, value) in request.headers {
        built = built.header(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|error| cannot(&error))?);
    }
    if !is_given("content-length") && !is_given("transfer-encoding") {
        match request.body {
            Some(body) => built = built.header("content-length", body.len()),
            // Of these methods a server may demand to know how much follows (RFC 9110, 8.6).
            None if matches!(request.method, "POST" | "PUT" | "PATCH") => built = built.header("content-length", "0"),
            None => {}
        }
    }
    let request_itself = built.body(()).map_err(|error| cannot(&error))?;
    let mut call = Call::new(request_itself).map_err(|error| cannot(&error))?;
    call.allow_non_standard_methods(true);
    if request.body.is_some() {
        call.force_send_body();
    }
    Ok(call)
}

/// One request over one connection.
struct Hop {
    connection: Connection,
    deadline: Deadline,
    /// Where the protocol writes what is sent, and then what it takes out of what came.
    room: Vec<u8>,
}

impl Hop {
    /// Sends the request and reads the answer; gives the redirect if that is what it is.
    fn run(
        &mut self,
        call: Call<Prepare>,
        body: Option<&[u8]>,
        longest: usize,
        answer: &mut Answer,
    ) -> Result<Option<Call<Redirect>>, Failure> {
        let started = Instant::now();
        let mut call = self.send(call, body)?;
        let mut received = Vec::with_capacity(PIECE);
        let mut first_byte = None;
        let response = loop {
            let (used, response) = call.try_response(&received, false).map_err(|error| broken(&error))?;
            received.drain(..used);
            if let Some(response) = response {
                break response;
            }
            if used > 0 {
                continue;
            }
            if received.len() > LONGEST_HEAD {
                let message = format!("the answer's headers are longer than {LONGEST_HEAD} bytes");
                return Err(Failure::new(Reason::TooLong, message, "headers that a proxy would accept"));
            }
            let count = self.receive(&mut received, "the answer's headers")?;
            if first_byte.is_none() && count > 0 {
                answer.phases.add(PhaseName::FirstByte, started.elapsed());
                first_byte = Some(Instant::now());
            }
            if count == 0 {
                let what = if received.is_empty() {
                    "before a byte of the answer came"
                } else {
                    "within the answer's headers"
                };
                return Err(lost(&format!("the connection ended {what}")));
            }
        };
        (answer.status, answer.headers) = taken(response);
        let ended = match call.proceed() {
            Some(RecvResponseResult::RecvBody(call)) => self.receive_body(call, received, longest, answer)?,
            Some(RecvResponseResult::Redirect(call)) => Some(call),
            Some(RecvResponseResult::Cleanup(_)) | None => None,
        };
        if let Some(first_byte) = first_byte {
            answer.phases.add(PhaseName::Transfer, first_byte.elapsed());
        }
        Ok(ended)
    }

    fn send(
        &mut self,
        call: Call<Prepare>,
        body: Option<&[u8]>,
    ) -> Result<Call<ureq_proto::client::state::RecvResponse>, Failure> {
        let mut call = call.proceed();
        while !call.can_proceed() {
            let made = call.write(&mut self.room).map_err(|error| broken(&error))?;
            if made == 0 {
                return Err(Failure::new(
                    Reason::TooLong,
                    "a header of the request is too long",
                    format!("{PIECE} bytes at most"),
                ));
            }
            self.connection.send(&self.room[..made]).map_err(|error| self.failed(&error, "the request"))?;
        }
        let mut call = match call.proceed().map_err(|error| broken(&error))? {
            Some(SendRequestResult::RecvResponse(call)) => return Ok(call),
            Some(SendRequestResult::SendBody(call)) => call,
            Some(SendRequestResult::Await100(call)) => match call.proceed().map_err(|error| broken(&error))? {
                ureq_proto::client::Await100Result::SendBody(call) => call,
                ureq_proto::client::Await100Result::RecvResponse(call) => return Ok(call),
            },
            None => return Err(not_sent()),
        };
        let mut left = body.unwrap_or_default();
        if call.is_chunked() {
            while !left.is_empty() {
                let (used, made) = call.write(left, &mut self.room).map_err(|error| broken(&error))?;
                left = &left[used..];
                self.connection.send(&self.room[..made]).map_err(|error| self.failed(&error, "the request's body"))?;
            }
            let (_, made) = call.write(&[], &mut self.room).map_err(|error| broken(&error))?;
            self.connection.send(&self.room[..made]).map_err(|error| self.failed(&error, "the request's body"))?;
        } else {
            call.consume_direct_write(left.len()).map_err(|error| broken(&error))?;
            match self.connection.send(left) {
                // A server may answer before it has read all, and close: a body that is too large for it. Its answer may
                // be there to be read all the same.
                Err(error) if is_closed(&error) => {}
                sent => sent.map_err(|error| self.failed(&error, "the request's body"))?,
            }
        }
        call.proceed().ok_or_else(not_sent)
    }

    fn receive_body(
        &mut self,
        mut call: Call<RecvBody>,
        mut received: Vec<u8>,
        longest: usize,
        answer: &mut Answer,
    ) -> Result<Option<Call<Redirect>>, Failure> {
        let until_closed = matches!(call.body_mode(), BodyMode::CloseDelimited);
        answer.body.clear();
        loop {
            let (used, made) = call.read(&received, &mut self.room).map_err(|error| broken(&error))?;
            received.drain(..used);
            let fits = made.min(longest.saturating_sub(answer.body.len()));
            answer.body.extend_from_slice(&self.room[..fits]);
            if fits < made {
                answer.is_cut = true;
                return Ok(None);
            }
            if !until_closed && call.can_proceed() {
                break;
            }
            if used > 0 || made > 0 {
                continue;
            }
            if self.receive(&mut received, "the answer's body")? == 0 {
                if until_closed || call.is_ended_chunked() {
                    break;
                }
                return Err(lost(&format!(
                    "the connection ended after {} bytes of the answer's body",
                    answer.body.len()
                )));
            }
        }
        match call.proceed() {
            Some(RecvBodyResult::Redirect(call)) => Ok(Some(call)),
            Some(RecvBodyResult::Cleanup(_)) | None => Ok(None),
        }
    }

    fn receive(&mut self, received: &mut Vec<u8>, what: &str) -> Result<usize, Failure> {
        let before = received.len();
        received.resize(before + PIECE, 0);
        let count = self.connection.receive(&mut received[before..]);
        received.truncate(before + count.as_ref().copied().unwrap_or(0));
        count.map_err(|error| self.failed(&error, what))
    }

    fn failed(&self, error: &std::io::Error, what: &str) -> Failure {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => {
                let message = format!("{what} took longer than {}", crate::expect::duration(self.deadline.limit()));
                Failure::new(Reason::TimedOut, message, answer_within(self.deadline))
            }
            _ => lost(&format!("the connection was lost within {what}: {error}")),
        }
    }
}

fn taken(response: Response<()>) -> (u16, HeaderMap) {
    let (parts, ()) = response.into_parts();
    (parts.status.as_u16(), parts.headers)
}

fn is_closed(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}

fn lost(message: &str) -> Failure {
    Failure::new(Reason::ConnectionLost, message, "a whole answer")
}

fn not_sent() -> Failure {
    Failure::new(
        Reason::NotUnderstood,
        "the request's body is not as long as its headers say",
        "headers that fit the body",
    )
}

/// What breaks HTTP/1.1 (RFC 9112).
fn broken(error: &Error) -> Failure {
    match error {
        Error::HttpParseTooManyHeaders => {
            let most = ureq_proto::client::MAX_RESPONSE_HEADERS;
            Failure::new(
                Reason::TooLong,
                format!("the answer has more than {most} headers"),
                "headers that a proxy would accept",
            )
        }
        error => Failure::new(
            Reason::NotUnderstood,
            format!("what came back is no HTTP/1.1: {error}"),
            "an answer of HTTP/1.1",
        ),
    }
}
