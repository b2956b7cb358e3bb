//! Paths by which people ask whether a service is well.

/// Words of which a path, and so a file with a route, has one.
pub(super) const WORDS: [&str; 11] =
    ["health", "livez", "readyz", "liveness", "readiness", "heartbeat", "/live", "/ready", "/status", "/ping", "/up"];

/// Parts of paths that mean nothing else.
const HEALTH: [&str; 10] = [
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "livez",
    "readyz",
    "__heartbeat__",
    "__lbheartbeat__",
    "_health",
];

/// Whole paths that mean it where they are an application's own; those of a router may be of anything.
const OF_AN_APPLICATION: [&str; 7] = ["live", "liveness", "ready", "readiness", "status", "ping", "up"];

/// Those of them that are hardly of anything else.
const PERHAPS: [&str; 4] = ["live", "liveness", "ready", "readiness"];

/// What a route is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Router {
    /// The application itself.
    Whole,
    /// A part of it, which may lie below a prefix.
    Part,
    /// Something that is not known.
    Unknown,
}

/// The path of a route that asks for health.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// As one asks for it.
    pub(super) text: String,
    /// It surely is the service's own, and nothing of a part of it.
    pub(super) is_clear: bool,
}

impl Path {
    /// `None` for a path of anything else, and for what is no path: each begins with a slash.
    pub(super) fn of(text: &str, router: Router) -> Option<Self> {
        let parts: Vec<&str> = text.strip_prefix('/')?.split('/').filter(|part| !part.is_empty()).collect();
        let is_health = |part: &&str| HEALTH.contains(part);
        let own = parts.iter().position(|part| !is_of_an_interface(part)).map_or(&[][..], |first| &parts[first..]);
        let is_clear = match own {
            [only] if OF_AN_APPLICATION.contains(only) && router == Router::Whole => true,
            [first, rest @ ..] if is_health(first) => rest.iter().all(|part| !is_variable(part)),
            [only] if PERHAPS.contains(only) => false,
            parts if parts.iter().any(is_health) => false,
            _ => return None,
        };
        Some(Self { text: format!("/{}", parts.join("/")), is_clear: is_clear && router != Router::Unknown })
    }
}

/// `api`, `v1`
fn is_of_an_interface(part: &str) -> bool {
    let version = part.strip_prefix('v');
    matches!(part, "api" | "internal") || version.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `{item}` of FastAPI, `<int:item>` of Flask.
fn is_variable(part: &str) -> bool {
    part.contains(['{', '<'])
}

#[cfg(test)]
mod tests {
    use super::{Path, Router};
    use insta::assert_snapshot;

    #[test]
    fn paths_that_ask_for_health() {
        let paths = ["/health", "/api/v1/healthz/", "/health/ready", "/ready", "/status", "/ping"];
        let others = ["/users/health", "/health/{part}", "/healthy", "/orders/status", "/", "health"];
        let told = |router: Router| {
            let tell = |path: &str| match Path::of(path, router) {
                Some(known) => format!("{path} {}", if known.is_clear { "is" } else { "may be" }),
                None => format!("{path} is of something else"),
            };
            paths.iter().chain(&others).map(|path| tell(path)).collect::<Vec<_>>().join("\n")
        };
        assert_snapshot!(told(Router::Whole), @"
        /health is
        /api/v1/healthz/ is
        /health/ready is
        /ready is
        /status is
        /ping is
        /users/health may be
        /health/{part} may be
        /healthy is of something else
        /orders/status is of something else
        / is of something else
        health is of something else
        ");
        assert_snapshot!(told(Router::Part), @"
        /health is
        /api/v1/healthz/ is
        /health/ready is
        /ready may be
        /status is of something else
        /ping is of something else
        /users/health may be
        /health/{part} may be
        /healthy is of something else
        /orders/status is of something else
        / is of something else
        health is of something else
        ");
    }
}
