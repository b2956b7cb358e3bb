//! Sends a command to a Redis server and looks at its answer.

mod protocol;

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::refusal::url_not_understood;
use crate::scene::Scene;
use crate::web::Connection;
use protocol::{Broken, Reply};
use setpoint_model::register::{Comparison, RedisCheck};
use setpoint_model::{Comparison as Sameness, Failure, Reason, ServerUrl, Value};

/// Where a URL names no port.
const PORT: u16 = 6379;

pub(crate) fn subject(check: &RedisCheck) -> String {
    let command = if check.send.is_empty() { "PING".to_owned() } else { check.send.join(" ") };
    format!("{} {command}", check.redis)
}

pub(crate) fn look(check: &RedisCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let mut look = Look::default();
    match ask(check, scene, deadline, &mut look) {
        Ok(reply) if check.send.is_empty() && check.value == Comparison::default() => {
            let pong = Comparison { equals: Some(Value::from("PONG")), ..Comparison::default() };
            look.expect(judge(&reply, &pong));
        }
        Ok(reply) => look.expect(judge(&reply, &check.value)),
        Err(failure) => look.expect([failure]),
    }
    look.expect(expect::within("the answer", check.within, deadline.elapsed()));
    look
}

fn judge(reply: &Value, wanted: &Comparison) -> Option<Failure> {
    expect::comparison("the answer", reply, wanted, &|wanted| Sameness::AsWritten.is_same(reply, wanted))
}

fn ask(check: &RedisCheck, scene: &Scene<'_>, deadline: Deadline, look: &mut Look) -> Result<Value, Failure> {
    let url = ServerUrl::read(&scene.url_in(&check.redis)?).ok_or_else(|| url_not_understood(&check.redis))?;
    let port = url.port.unwrap_or(PORT);
    let to = (url.host.as_str(), port);
    let mut connection = match url.scheme.as_str() {
        "redis" | "valkey" => Connection::open_plain(scene, to, deadline, &mut look.phases)?,
        "rediss" | "valkeys" => Connection::open_tls(scene, to, &url.host, deadline, &mut look.phases)?,
        other => {
            let message = format!("`{}` leads to a server by `{other}`, which is not known", check.redis);
            return Err(Failure::new(Reason::NotKnown, message, "`redis://` or `rediss://`"));
        }
    };
    let mut send =
        |words: &[&str]| protocol::ask(&mut connection, words).map_err(|broken| broken_off(broken, deadline));
    match (&url.user, &url.password) {
        (Some(user), Some(password)) => refused_or(send(&["AUTH", user, password])?)?,
        (None, Some(password)) => refused_or(send(&["AUTH", password])?)?,
        (Some(_) | None, None) => Value::Null,
    };
    let database = url.path.trim_start_matches('/');
    if !database.is_empty() && database != "0" {
        refused_or(send(&["SELECT", database])?)?;
    }
    let words: Vec<&str> =
        if check.send.is_empty() { vec!["PING"] } else { check.send.iter().map(String::as_str).collect() };
    refused_or(send(&words)?)
}

/// The value of a reply; a failure of one that is an error.
fn refused_or(reply: Reply) -> Result<Value, Failure> {
    match reply {
        Reply::Is(value) => Ok(value),
        Reply::Error(said) => {
            let is_denied = ["NOAUTH", "WRONGPASS", "NOPERM"].iter().any(|word| said.starts_with(word));
            let reason = if is_denied { Reason::Denied } else { Reason::Refused };
            Err(Failure::new(reason, format!("the server says `{}`", expect::quoted(&said)), "an answer"))
        }
    }
}

fn broken_off(broken: Broken, deadline: Deadline) -> Failure {
    match broken {
        Broken::TimedOut => {
            Failure::new(Reason::TimedOut, "the server did not answer in time", crate::web::answer_within(deadline))
        }
        Broken::Lost(because) => {
            Failure::new(Reason::ConnectionLost, format!("the connection was lost: {because}"), "an answer")
        }
        Broken::TooLong => Failure::new(Reason::TooLong, "the answer is too long to be looked at", "a shorter one"),
        Broken::NotUnderstood => {
            Failure::new(Reason::NotUnderstood, "what came back is not the protocol of Redis", "a Redis server")
        }
    }
}
