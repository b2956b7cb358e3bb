//! ## What it finds
//!
//! A call of another service that may wait for ever: `requests` without `timeout`, `urllib.request.urlopen`, `smtplib`
//! and older versions of `redis` without one, or httpx with `timeout=None`.
//!
//! ## Why it hurts
//!
//! The other side accepts the connection and then says nothing: its disk is full, a firewall dropped the connection
//! while it was idle, the machine hangs. The call waits for ever, and with it a worker or a thread. After the third
//! such request the service answers nobody, without a line in its log; under gunicorn's `sync` workers it is
//! `[CRITICAL] WORKER TIMEOUT`. A job stands still for days and nobody is told, since it did not fail.
//!
//! ## Example
//!
//! ```python
//! answer = requests.get("https://rates.example/today")     # no timeout: for ever
//! ```
//!
//! ## What to do
//!
//! Give each call the time that its caller has for it: `requests.get(url, timeout=(3, 10))` is 3 s to connect and 10
//! s between two parts of the answer. For the standard library `socket.setdefaulttimeout(10)` does it for all calls;
//! requests does not follow that.
//!
//! httpx waits 5 s and aiohttp 300 s where nothing is said, and neither is found. redis waits 5 s since its version
//! 8; of older versions nothing is said unless their own default can be read. A requests session with an adapter of
//! your own may have its timeout there, and is left alone. Nothing is said of what lies in `scripts` or `tools`
//! unless a process of the site imports it.
//!
//! Sources: requests, "Timeouts" ("requests do not time out unless a timeout value is set explicitly");
//! docs.python.org, `urllib.request.urlopen`, `smtplib.SMTP` and `socket.setdefaulttimeout`; `redis/_defaults.py`,
//! `DEFAULT_SOCKET_TIMEOUT`; httpx, "Timeouts".

use crate::calls::{Given, caller};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::LibraryCall;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let has_own_limit = facts.snapshot.calls.iter().any(|call| call.function == "socket.setdefaulttimeout");
    let mounts = |call: &LibraryCall| SESSIONS.iter().any(|session| call.function == format!("{session}.mount"));
    let has_own_adapter = facts.service_calls().any(|call| mounts(call) && !mounts_the_usual(call));
    for client in &CLIENTS {
        let is_excused = match client.otherwise {
            Otherwise::Forever(Forever::Session) => has_own_adapter,
            Otherwise::Forever(Forever::Socket) => has_own_limit,
            Otherwise::Forever(Forever::Always) | Otherwise::Finite | Otherwise::Library(_) => false,
        };
        for call in facts.service_calls().filter(|call| client.is_called(call) && !is_excused) {
            let given = facts.given(call, client.arguments, caller(call));
            let waits_for_ever = match (given, client.otherwise) {
                (Given::Nothing, Otherwise::Forever(_)) => true,
                (Given::Nothing, Otherwise::Library(default)) => {
                    !may_say_it_elsewhere(facts, call) && facts.built_in(default).is_some_and(Setting::is_none)
                }
                (given, _) => given.known().is_some_and(Setting::is_none),
            };
            if waits_for_ever {
                report.call_without_timeout(rule, call, client.arguments[0]);
            }
        }
    }
}

/// A kind of client.
struct Client {
    /// Modules and classes, by their full names.
    owners: &'static [&'static str],
    /// What is called of them.
    functions: &'static [&'static str],
    /// The names and places of its timeout.
    arguments: &'static [&'static str],
    otherwise: Otherwise,
}

impl Client {
    fn is_called(&self, call: &LibraryCall) -> bool {
        let Some((owner, function)) = call.function.rsplit_once('.') else { return false };
        self.owners.contains(&owner) && self.functions.contains(&function)
    }
}

/// What a client does that is given no timeout.
#[derive(Clone, Copy)]
enum Otherwise {
    Forever(Forever),
    /// It gives up after a while.
    Finite,
    /// What the installed version says under this name.
    Library(&'static str),
}

/// What else may limit a client that waits for ever.
#[derive(Clone, Copy)]
enum Forever {
    Always,
    /// An adapter of its session.
    Session,
    /// `socket.setdefaulttimeout`.
    Socket,
}

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "request", "stream"];
const SESSIONS: &[&str] = &["requests.Session", "requests.session", "requests.sessions.Session"];

const CLIENTS: [Client; 6] = [
    Client {
        owners: &["requests"],
        functions: METHODS,
        arguments: &["timeout"],
        otherwise: Otherwise::Forever(Forever::Always),
    },
    Client {
        owners: SESSIONS,
        functions: METHODS,
        arguments: &["timeout"],
        otherwise: Otherwise::Forever(Forever::Session),
    },
    Client {
        owners: &["urllib.request"],
        functions: &["urlopen"],
        arguments: &["timeout", "2"],
        otherwise: Otherwise::Forever(Forever::Socket),
    },
    Client {
        owners: &["smtplib"],
        functions: &["SMTP", "SMTP_SSL"],
        arguments: &["timeout", "3"],
        otherwise: Otherwise::Forever(Forever::Socket),
    },
    Client {
        owners: &["httpx", "httpx.Client", "httpx.AsyncClient"],
        functions: &[
            "Client",
            "AsyncClient",
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "options",
            "request",
            "stream",
        ],
        arguments: &["timeout"],
        otherwise: Otherwise::Finite,
    },
    Client {
        owners: &["redis", "redis.client", "redis.Redis", "redis.client.Redis", "redis.asyncio", "redis.asyncio.Redis"],
        functions: &["Redis", "StrictRedis", "from_url"],
        arguments: &["socket_timeout"],
        otherwise: Otherwise::Library("redis.socket_timeout"),
    },
];

/// True if a redis client may have its timeout from a pool that it is given, or from its URL.
fn may_say_it_elsewhere(facts: Facts<'_>, call: &LibraryCall) -> bool {
    let url = || facts.given(call, &["0", "url"], caller(call)).known().map(Setting::text);
    let is_of_url = call.function.ends_with("from_url");
    !call.lacks("connection_pool") || (is_of_url && url().is_none_or(|url| url.contains("socket_timeout")))
}

/// True if only requests' own adapter is mounted, which has no timeout.
fn mounts_the_usual(call: &LibraryCall) -> bool {
    call.argument("1").or_else(|| call.argument("adapter")).is_some_and(|adapter| {
        ["HTTPAdapter(", "requests.adapters.HTTPAdapter("].iter().any(|usual| adapter.text.starts_with(usual))
    })
}

impl Report {
    fn call_without_timeout(&mut self, rule: &Rule, call: &LibraryCall, argument: &str) {
        let function = &call.function;
        self.add(
            rule,
            format!("`{function}` has no timeout, and waits for ever for a server that says nothing"),
            format!("a `{argument}` for each call of another service"),
        )
        .about(function)
        .in_process(match call.imported_by.as_slice() {
            [only] => Some(only),
            _ => None,
        })
        .at(&call.place)
        .hint(format!("give it `{argument}=10`, or however long its caller can wait"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn clients_that_are_given_none_or_none_at_all() {
        assert_snapshot!(findings("call-without-timeout", "
            call requests.get shop/rates.py:9 0=\"https://rates.example\" by=shop.service
            call requests.Session.post shop/rates.py:12 0=? json=?
            call urllib.request.urlopen shop/rates.py:15 0=?
            call smtplib.SMTP shop/mail.py:20 0=\"localhost\"
            call httpx.Client shop/payments.py:7 timeout=null
        "), @"
        warning: `smtplib.SMTP` has no timeout, and waits for ever for a server that says nothing
          --> shop/mail.py:20
          expected: a `timeout` for each call of another service
          hint: give it `timeout=10`, or however long its caller can wait
        warning: `httpx.Client` has no timeout, and waits for ever for a server that says nothing
          --> shop/payments.py:7
          expected: a `timeout` for each call of another service
          hint: give it `timeout=10`, or however long its caller can wait
        warning: `requests.get` has no timeout, and waits for ever for a server that says nothing
          --> shop/rates.py:9
          expected: a `timeout` for each call of another service
          hint: give it `timeout=10`, or however long its caller can wait
        warning: `requests.Session.post` has no timeout, and waits for ever for a server that says nothing
          --> shop/rates.py:12
          expected: a `timeout` for each call of another service
          hint: give it `timeout=10`, or however long its caller can wait
        warning: `urllib.request.urlopen` has no timeout, and waits for ever for a server that says nothing
          --> shop/rates.py:15
          expected: a `timeout` for each call of another service
          hint: give it `timeout=10`, or however long its caller can wait
        ");
    }

    #[test]
    fn silent_where_a_timeout_is_given_or_may_be() {
        assert_snapshot!(findings("call-without-timeout", "
            call requests.get shop/rates.py:9 0=? timeout=[3,10]
            call requests.get shop/rates.py:10 0=? timeout=?
            call requests.get shop/rates.py:11 0=? open
            call urllib.request.urlopen shop/rates.py:15 0=? 1=null 2=5
            call httpx.get shop/rates.py:16 0=?
            call requests.get scripts/once.py:3 0=?
        "), @"");
        assert_snapshot!(findings("call-without-timeout", "
            call socket.setdefaulttimeout shop/main.py:3 0=10
            call urllib.request.urlopen shop/rates.py:15 0=?
            call requests.Session.mount shop/rates.py:11 0=\"https://\" 1=?
            call requests.Session.get shop/rates.py:12 0=?
        "), @"");
    }

    #[test]
    fn redis_by_the_installed_version() {
        assert_snapshot!(findings("call-without-timeout", "
            call redis.Redis shop/cache.py:4 host=\"localhost\"
            redis.socket_timeout library
              library  5  redis/client.py:274
        "), @"");
        assert_snapshot!(findings("call-without-timeout", "
            call redis.Redis shop/cache.py:4 host=\"localhost\"
            call redis.Redis shop/cache.py:5 connection_pool=?
            call redis.from_url shop/cache.py:6 0=***redis://1
            call redis.from_url shop/cache.py:7 0=\"redis://localhost?socket_timeout=5\"
            redis.socket_timeout library
              library  null  redis/client.py:200
        "), @"
        warning: `redis.Redis` has no timeout, and waits for ever for a server that says nothing
          --> shop/cache.py:4
          expected: a `socket_timeout` for each call of another service
          hint: give it `socket_timeout=10`, or however long its caller can wait
        ");
    }

    #[test]
    fn a_timeout_that_a_setting_takes_away() {
        assert_snapshot!(findings("call-without-timeout", "
            process shop.service program=uvicorn app=shop.main:app
            SHOP_PATIENCE pydantic-settings
              code  null  shop/settings.py:9
            call requests.get shop/rates.py:9 0=? timeout=@SHOP_PATIENCE by=shop.service
        "), @"
        warning: `requests.get` has no timeout, and waits for ever for a server that says nothing
          --> shop/rates.py:9
          expected: a `timeout` for each call of another service
          hint: give it `timeout=10`, or however long its caller can wait
        ");
    }
}
