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

use crate::outbound::endless_calls;
use crate::{Facts, Report, Rule};
use setpoint_model::LibraryCall;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for (call, timeout) in endless_calls(facts) {
        report.call_without_timeout(rule, call, timeout);
    }
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
