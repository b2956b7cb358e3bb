//! The programs that stand in front of a server and pass requests to it, and by which of their directives they say the
//! same.

use crate::server::{Reach, Server};
use crate::setting::Setting;
use setpoint_model::{Layer, Mechanism, NamedDefault};
use std::fmt;

/// A program that passes requests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy {
    Nginx,
    Caddy,
}

impl Proxy {
    pub(crate) const ALL: [Self; 2] = [Self::Nginx, Self::Caddy];

    pub(crate) fn of(mechanism: Mechanism) -> Option<Self> {
        Self::ALL.into_iter().find(|proxy| proxy.mechanism() == mechanism)
    }

    /// The prefix of the directive that sets a header of the requests that are passed on, whose name follows a dot.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Nginx => "proxy_set_header",
            Self::Caddy => "reverse_proxy.header_up",
        }
    }

    fn mechanism(self) -> Mechanism {
        match self {
            Self::Nginx => Mechanism::Nginx,
            Self::Caddy => Mechanism::Caddy,
        }
    }

    /// The directive that passes requests on.
    pub(crate) fn pass(self) -> &'static str {
        match self {
            Self::Nginx => "proxy_pass",
            Self::Caddy => "reverse_proxy",
        }
    }

    /// The directive that limits the length of a body.
    pub(crate) fn body_limit(self) -> &'static str {
        match self {
            Self::Nginx => "client_max_body_size",
            Self::Caddy => "request_body.max_size",
        }
    }
}

/// As in the middle of a sentence.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
        })
    }
}

impl<'a> Server<'a> {
    /// The proxies that are known to pass requests to it.
    pub(crate) fn proxies(self) -> impl Iterator<Item = Proxy> {
        Proxy::ALL.into_iter().filter(move |proxy| self.is_behind(*proxy))
    }

    fn is_behind(self, proxy: Proxy) -> bool {
        let of_proxy = |default: &&NamedDefault| default.mechanism == proxy.mechanism();
        let mut readings = self.facts.snapshot.defaults.iter().filter(of_proxy).flat_map(|default| &default.readings);
        // The files of a folder do not say for which of several servers they are.
        let is_only_one = self.facts.servers().count() == 1;
        readings.any(|reading| {
            let concerns = reading.process.as_deref().map_or(is_only_one, |process| process == self.name());
            concerns && reading.layer != Layer::Library
        })
    }

    /// True where Caddy's `read_timeout` counts: it is set on TCP connections alone (`tcpRWTimeoutConn` in
    /// `modules/caddyhttp/reverseproxy/httptransport.go` upstream).
    fn is_reached_over_tcp(self) -> bool {
        let is_socket = |pass: &Setting<'_>| pass.text().contains("unix/") || pass.text().contains("unix+h2c/");
        let listens_on_socket = self.listens().iter().any(|(_, reach)| matches!(reach, Reach::Unix(_)));
        !listens_on_socket && !self.proxy(Proxy::Caddy.pass()).iter().any(is_socket)
    }

    /// The times after which Caddy ends a connection from which it reads nothing, also one that is idle.
    pub(crate) fn read_timeouts_of_caddy(self) -> Vec<Setting<'a>> {
        if self.is_reached_over_tcp() { self.proxy("reverse_proxy.transport.read_timeout") } else { Vec::new() }
    }

    /// What ends a proxy's waiting for an answer, with its seconds, for most requests first. Caddy waits for ever where
    /// nothing is said, and writes that as 0.
    pub(crate) fn patience(self) -> Vec<(Setting<'a>, f64)> {
        let mut waits = self.proxy("proxy_read_timeout");
        waits.extend(self.proxy("reverse_proxy.transport.response_header_timeout"));
        waits.extend(self.read_timeouts_of_caddy());
        let mut limits: Vec<_> = waits.into_iter().filter_map(|wait| Some((wait, wait.seconds()?))).collect();
        limits.retain(|(wait, seconds)| wait.proxy() != Some(Proxy::Caddy) || *seconds > 0.0);
        limits.sort_by_key(|(wait, _)| wait.location().is_some());
        limits
    }

    /// The shortest that holds for most requests.
    pub(crate) fn main_patience(self) -> Option<(Setting<'a>, f64)> {
        let main = self.patience().into_iter().filter(|(wait, _)| wait.location().is_none());
        main.min_by(|(_, one), (_, two)| one.total_cmp(two))
    }
}
