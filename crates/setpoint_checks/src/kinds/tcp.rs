//! Opens a TCP connection, and looks at what comes back where something is sent or awaited.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::scene::Scene;
use crate::web::Connection;
use setpoint_model::register::{ExpectedText, TcpCheck};
use setpoint_model::{Failure, PhaseName, Reason};
use std::io::ErrorKind;

/// No more of what comes back is looked at, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

pub(crate) fn subject(check: &TcpCheck) -> String {
    check.tcp.clone()
}

pub(crate) fn look(check: &TcpCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let mut look = Look::default();
    let opened =
        expect::host_and_port(&check.tcp).and_then(|to| Connection::open_plain(scene, to, deadline, &mut look.phases));
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(failure) => {
            look.expect([failure]);
            return look;
        }
    };
    let connected = look.phases.of(PhaseName::Connect).unwrap_or_default();
    look.expect(expect::within("the connection", check.within, connected));
    if let Some(text) = &check.send
        && let Err(error) = connection.send(text.as_bytes())
    {
        look.expect([Failure::new(
            Reason::ConnectionLost,
            format!("the connection was lost: {error}"),
            "somebody who reads",
        )]);
        return look;
    }
    if let Some(expected) = &check.answer {
        let mut came = Vec::new();
        look.expect(await_answer(&mut connection, expected, deadline, &mut came));
        if !look.failures.is_empty() {
            look.keep("answer", &came);
        }
    }
    look
}

/// Reads until what came is as expected, the other side ends, or the time is over: a stream has no end of its own.
fn await_answer(
    connection: &mut Connection,
    expected: &ExpectedText,
    deadline: Deadline,
    came: &mut Vec<u8>,
) -> Option<Failure> {
    let mut room = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(came);
        let failure = expect::text("the answer", text.trim_end_matches(['\r', '\n']), expected, Reason::WrongText);
        // What must not come may come later, so that it is waited for.
        let may_still_come = matches!(expected, ExpectedText::Lacks(_));
        if failure.is_none() && !may_still_come {
            return None;
        }
        if came.len() >= LONGEST_ANSWER {
            return failure;
        }
        match connection.receive(&mut room) {
            Ok(0) => return failure,
            Ok(count) => came.extend_from_slice(&room[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                if may_still_come {
                    return failure;
                }
                let waited = expect::duration(deadline.limit());
                let message = if came.is_empty() {
                    format!("nothing came back within {waited}")
                } else {
                    format!("what came back within {waited} is not what is expected")
                };
                return Some(Failure::new(Reason::TimedOut, message, expect::text_in_words(expected)));
            }
            Err(error) => {
                let message = format!("the connection was lost: {error}");
                return Some(Failure::new(Reason::ConnectionLost, message, expect::text_in_words(expected)));
            }
        }
    }
}
