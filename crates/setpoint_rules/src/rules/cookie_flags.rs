//! ## What it finds
//!
//! A session's cookie without `Secure` on a site that is served over TLS: Starlette's `SessionMiddleware`, Django's
//! `SESSION_COOKIE_SECURE` and `CSRF_COOKIE_SECURE`, Flask's `SESSION_COOKIE_SECURE`. And a cookie with
//! `SameSite=None` and without `Secure`, which browsers refuse.
//!
//! ## Why it hurts
//!
//! Without `Secure` a browser sends the cookie over plain HTTP too: one `http://` link, or a foreign network that
//! turns a request into one, and whoever listens is signed in as that visitor. Nothing is to be seen in any log.
//!
//! A refused cookie looks like a sign-in that works and is forgotten on the next page; the browser's console says
//! `Cookie “session” rejected because it has the “SameSite=None” attribute but is missing the “secure” attribute`.
//!
//! ## Example
//!
//! ```python
//! app.add_middleware(SessionMiddleware, secret_key=settings.session_key)     # https_only is False
//! ```
//!
//! ## What to do
//!
//! `SessionMiddleware(…, https_only=True)`, `SESSION_COOKIE_SECURE = True` and `CSRF_COOKIE_SECURE = True`; on a
//! laptop without TLS from a setting that production turns on.
//!
//! A site is known to be served over TLS where nginx `listen`s with `ssl`, where Caddy has a name for it that is not
//! for `http://` alone, or the register's `url` of the environment begins with `https`.
//!
//! Sources: `starlette/middleware/sessions.py`, `SessionMiddleware`; docs.djangoproject.com, "Deployment checklist";
//! `flask/app.py`, `default_config`; MDN, "Set-Cookie", `SameSite`.

use crate::calls::{Given, caller};
use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, LibraryCall, Mechanism, Place, Severity, Value};

const SESSIONS: [&str; 1] = ["starlette.middleware.sessions.SessionMiddleware"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for call in &facts.snapshot.calls {
        let names = match call.function.rsplit('.').next() {
            Some("set_cookie") => ["samesite", "secure"],
            Some("SessionMiddleware") => ["same_site", "https_only"],
            Some(_) | None => continue,
        };
        let [same_site, secure] = names.map(|name| facts.given(call, &[name], caller(call)));
        let is_none = same_site.known().is_some_and(|it| it.text().eq_ignore_ascii_case("none") && !it.is_none());
        if is_none && is_off(secure) {
            report.refused_cookie(rule, call, names[1]);
        }
    }
    if !facts.is_production() {
        return;
    }
    let Some(tls) = tls(facts) else { return };
    for call in facts.calls_of(&SESSIONS) {
        let secure = facts.given(call, &["https_only"], caller(call));
        if is_off(secure) {
            let (name, place) = secure.known().map_or(("https_only", &call.place), |it| (it.name, it.place));
            report.insecure_cookie(rule, "`SessionMiddleware`", name, [&call.place, place], tls);
        }
    }
    let middleware = facts.general("MIDDLEWARE");
    for (name, part, what) in [
        ("SESSION_COOKIE_SECURE", "SessionMiddleware", "the session"),
        ("CSRF_COOKIE_SECURE", "CsrfViewMiddleware", "the CSRF token"),
    ] {
        let Some(secure) = facts.general(name).filter(|secure| secure.switch() == Some(false)) else { continue };
        let user = middleware.filter(|list| list.text().contains(part));
        let is_flask = secure.mechanism == Mechanism::FlaskConfig && secure.layer != Layer::Library;
        // Where nobody set the flag, it is to be set beside what makes the cookie.
        if let Some(user) = user.or_else(|| is_flask.then_some(secure)) {
            let mend = if secure.is_built_in() { user.place } else { secure.place };
            report.insecure_cookie(rule, what, name, [mend, secure.place], tls);
        }
    }
}

/// True if a flag is surely off; both libraries have it off where nothing is said.
fn is_off(flag: Given<'_>) -> bool {
    match flag {
        Given::Nothing => true,
        Given::Known(setting) => setting.switch() == Some(false),
        Given::Unknown(_) | Given::Secret(_) => false,
    }
}

/// What says that the site is served over TLS.
fn tls(facts: Facts<'_>) -> Option<&Place> {
    let listens = facts.proxy_settings("listen");
    let with_tls = listens.iter().find(|listen| match listen.value {
        Value::List(all) => all.iter().any(|one| has_tls(&one.to_string())),
        one => has_tls(&one.to_string()),
    });
    let addresses = facts.proxy_settings("address");
    let is_automatic = facts.proxy_settings("options.auto_https").is_empty();
    let of_caddy = addresses.iter().find(|address| is_automatic && address.texts().iter().any(|text| caddy_has_tls(text)));
    let environment = facts.snapshot.site.environment.as_deref().unwrap_or("production");
    let environments = facts.register.map(|register| register.environments.as_slice()).unwrap_or_default();
    let by_url = environments.iter().find(|known| {
        known.name == environment && known.url.as_deref().is_some_and(|url| url.starts_with("https://"))
    });
    with_tls.or(of_caddy).map(|setting| setting.place).or_else(|| by_url.map(|environment| &environment.place))
}

fn has_tls(listen: &str) -> bool {
    listen.split_whitespace().any(|word| matches!(word, "ssl" | "quic"))
}

/// True if one of a Caddy site's addresses has a host and neither `http://` nor another port than that of TLS, so that
/// Caddy gets a certificate for it (caddyserver.com, "Automatic HTTPS").
fn caddy_has_tls(addresses: &str) -> bool {
    addresses.split_whitespace().any(|address| {
        let host = address.strip_prefix("https://").unwrap_or(address);
        let (host, port) = host.rsplit_once(':').unwrap_or((host, "443"));
        !host.contains('/') && !host.is_empty() && !host.contains(['{', '}']) && port == "443"
    })
}

impl Report {
    fn insecure_cookie(&mut self, rule: &Rule, what: &str, name: &str, places: [&Place; 2], tls: &Place) {
        self.add(
            rule,
            format!("the cookie of {what} may be sent without TLS (`{name}` is off), and the site is served over it"),
            format!("`{name}` on in production"),
        )
        .about(name)
        .at_each(places)
        .at(tls)
        .hint(format!("turn `{name}` on, by a setting if laptops have no TLS"));
    }

    fn refused_cookie(&mut self, rule: &Rule, call: &LibraryCall, name: &str) {
        self.add(
            rule,
            format!("browsers refuse a cookie with `SameSite=None` that is not `Secure`, as `{}` makes it", call.function),
            format!("`{name}=True` wherever `SameSite` is `None`"),
        )
        .about(name)
        .at(&call.place)
        .severity(Severity::Error)
        .hint(format!("give it `{name}=True`, or leave `SameSite` at `lax`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const TLS: &str = "
        nginx.listen nginx
          proxy  443·ssl  /etc/nginx/sites-enabled/shop:3
    ";

    #[test]
    fn a_session_that_plain_http_may_carry() {
        assert_snapshot!(findings("cookie-flags", &format!("{TLS}
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9 secret_key=***1
            MIDDLEWARE django-settings
              code  [\"django.middleware.csrf.CsrfViewMiddleware\"]  shop/settings.py:30
            CSRF_COOKIE_SECURE django-settings
              library  False  django/conf/global_settings.py:574
        ")), @"
        warning: the cookie of `SessionMiddleware` may be sent without TLS (`https_only` is off), and the site is served over it
          --> shop/main.py:9
          --> /etc/nginx/sites-enabled/shop:3
          expected: `https_only` on in production
          hint: turn `https_only` on, by a setting if laptops have no TLS
        warning: the cookie of the CSRF token may be sent without TLS (`CSRF_COOKIE_SECURE` is off), and the site is served over it
          --> shop/settings.py:30
          --> /etc/nginx/sites-enabled/shop:3
          --> django/conf/global_settings.py:574
          expected: `CSRF_COOKIE_SECURE` on in production
          hint: turn `CSRF_COOKIE_SECURE` on, by a setting if laptops have no TLS
        ");
    }

    #[test]
    fn a_cookie_that_no_browser_takes() {
        assert_snapshot!(findings("cookie-flags", "
            call fastapi.Response.set_cookie shop/pages.py:9 0=\"session\" samesite=\"none\"
        "), @"
        error: browsers refuse a cookie with `SameSite=None` that is not `Secure`, as `fastapi.Response.set_cookie` makes it
          --> shop/pages.py:9
          expected: `secure=True` wherever `SameSite` is `None`
          hint: give it `secure=True`, or leave `SameSite` at `lax`
        ");
    }

    #[test]
    fn silent_without_tls_with_the_flags_and_where_it_cannot_be_known() {
        assert_snapshot!(findings("cookie-flags", "
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9 secret_key=***1
        "), @"");
        assert_snapshot!(findings("cookie-flags", &format!("{TLS}
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9 secret_key=***1 https_only=true
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:10 secret_key=***1 https_only=?
            call fastapi.Response.set_cookie shop/pages.py:9 0=\"seen\" samesite=\"none\" secure=true
            call fastapi.Response.set_cookie shop/pages.py:10 0=\"seen\"
            SESSION_COOKIE_SECURE django-settings
              library  False  django/conf/global_settings.py:490
        ")), @"");
        assert_snapshot!(findings("cookie-flags", &format!("{TLS}
            looked-at staging
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9 secret_key=***1
        ")), @"");
    }

    #[test]
    fn a_site_to_which_caddy_gives_a_certificate() {
        assert_snapshot!(findings("cookie-flags", "
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9
            caddy.address caddy
              proxy  http://shop.example·shop.example  /etc/caddy/Caddyfile:1
        "), @"
        warning: the cookie of `SessionMiddleware` may be sent without TLS (`https_only` is off), and the site is served over it
          --> shop/main.py:9
          --> /etc/caddy/Caddyfile:1
          expected: `https_only` on in production
          hint: turn `https_only` on, by a setting if laptops have no TLS
        ");
        assert_snapshot!(findings("cookie-flags", "
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9
            caddy.address caddy
              proxy  http://shop.example·:80·shop.example:8080  /etc/caddy/Caddyfile:1
        "), @"");
        assert_snapshot!(findings("cookie-flags", "
            call starlette.middleware.sessions.SessionMiddleware shop/main.py:9
            caddy.address caddy
              proxy  shop.example  /etc/caddy/Caddyfile:1
            caddy.options.auto_https caddy
              proxy  off  /etc/caddy/Caddyfile:2
        "), @"");
    }
}
