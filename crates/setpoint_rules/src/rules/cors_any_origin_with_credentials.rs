//! ## What it finds
//!
//! An application that lets every website's pages call it and read its answers with the visitor's cookies: any origin
//! together with credentials, in Starlette's and FastAPI's `CORSMiddleware`, Flask-CORS or django-cors-headers.
//!
//! ## Why it hurts
//!
//! Nothing is to be seen; everything works, which is why it was set. Browsers forbid `*` together with credentials,
//! and so these libraries answer with the origin that asks: `Access-Control-Allow-Origin: https://evil.example` and
//! `Access-Control-Allow-Credentials: true`. Any page that a signed-in visitor opens can then read their account with
//! their own cookies, if these are sent along (`SameSite=None`, or an origin below the same domain).
//!
//! ## Example
//!
//! ```python
//! app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
//! ```
//!
//! ## What to do
//!
//! Name the origins: `allow_origins=["https://shop.example"]`. An interface without cookies needs no
//! `allow_credentials`; then `*` is fine.
//!
//! Sources: `starlette/middleware/cors.py`, `CORSMiddleware` (`preflight_explicit_allow_origin`, and
//! `allow_explicit_origin` where there is a cookie); `flask_cors/core.py`, `get_cors_origins`;
//! `corsheaders/middleware.py`, `add_response_headers`; MDN, "CORS", credentialed requests and wildcards.

use crate::calls::{Given, caller};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::Place;

const MIDDLEWARES: [&str; 2] =
    ["starlette.middleware.cors.CORSMiddleware", "fastapi.middleware.cors.CORSMiddleware"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for call in facts.calls_of(&MIDDLEWARES) {
        let given = |name| facts.given(call, &[name], caller(call)).known();
        let origins = given("allow_origins").filter(|it| names_every_origin(*it));
        let pattern = given("allow_origin_regex").filter(|it| matches_every_origin(&it.text()));
        if let (Some(any), Some(true)) = (origins.or(pattern), given("allow_credentials").and_then(Setting::switch)) {
            report.cors_any_origin(rule, any.name, &call.place, any.place);
        }
    }
    for call in facts.calls_of(&["flask_cors.CORS"]) {
        let given = |name| facts.given(call, &[name], caller(call));
        // Flask-CORS lets every origin in where none is named (`flask_cors/core.py`, `DEFAULT_OPTIONS`).
        let place = match given("origins") {
            Given::Nothing if call.lacks("resources") => Some(&call.place),
            Given::Nothing | Given::Unknown(_) | Given::Secret(_) => None,
            Given::Known(origins) => names_every_origin(origins).then_some(origins.place),
        };
        if let (Some(place), Some(true)) = (place, given("supports_credentials").known().and_then(Setting::switch)) {
            report.cors_any_origin(rule, "origins", &call.place, place);
        }
    }
    django(rule, facts, report);
}

fn django(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let on = |name: &str| {
        let default = facts.snapshot.find(name)?;
        Setting::new(default, default.effective.as_ref()?).filter(|it| it.switch() == Some(true))
    };
    let any = on("CORS_ALLOW_ALL_ORIGINS").or_else(|| on("CORS_ORIGIN_ALLOW_ALL"));
    if let (Some(any), Some(credentials)) = (any, on("CORS_ALLOW_CREDENTIALS")) {
        report.cors_any_origin(rule, any.name, any.place, credentials.place);
    }
}

/// True for `*` and a list that holds it, also where it was read as text.
fn names_every_origin(origins: Setting<'_>) -> bool {
    origins.texts().iter().any(|origin| {
        let plain = origin.trim_matches(|letter: char| matches!(letter, '[' | ']' | '"' | '\'' | ' '));
        plain == "*" || matches_every_origin(plain)
    })
}

/// True for patterns that leave no origin out. Others may do so, too.
fn matches_every_origin(pattern: &str) -> bool {
    let bare = pattern.trim_start_matches('^').trim_end_matches('$').replace(['(', ')'], "");
    [".*", ".+", "https?://.*", "https?://.+", "http.*", "https?:\\/\\/.*"].contains(&bare.as_str())
}

impl Report {
    fn cors_any_origin(&mut self, rule: &Rule, name: &str, place: &Place, origins: &Place) {
        self.add(
            rule,
            format!("`{name}` lets every website read the answers, and credentials let it do so with the visitor's cookies"),
            "origins by their names, or no credentials",
        )
        .about(name)
        .at(place)
        .at(origins)
        .hint("name the origins that need the visitor's cookies: `[\"https://shop.example\"]`");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn any_origin_with_cookies() {
        assert_snapshot!(findings("cors-any-origin-with-credentials", "
            SHOP_ORIGINS pydantic-settings
              environment-file  [\"*\"]  /etc/shop/shop.env:3
            call fastapi.middleware.cors.CORSMiddleware shop/main.py:9 allow_origins=@SHOP_ORIGINS allow_credentials=true
            call starlette.middleware.cors.CORSMiddleware shop/api.py:9 allow_origin_regex=\".*\" allow_credentials=true
            call flask_cors.CORS shop/admin.py:5 0=? supports_credentials=true
        "), @r#"
        error: `origins` lets every website read the answers, and credentials let it do so with the visitor's cookies
          --> shop/admin.py:5
          expected: origins by their names, or no credentials
          hint: name the origins that need the visitor's cookies: `["https://shop.example"]`
        error: `allow_origin_regex` lets every website read the answers, and credentials let it do so with the visitor's cookies
          --> shop/api.py:9
          expected: origins by their names, or no credentials
          hint: name the origins that need the visitor's cookies: `["https://shop.example"]`
        error: `SHOP_ORIGINS` lets every website read the answers, and credentials let it do so with the visitor's cookies
          --> shop/main.py:9
          --> /etc/shop/shop.env:3
          expected: origins by their names, or no credentials
          hint: name the origins that need the visitor's cookies: `["https://shop.example"]`
        "#);
        assert_snapshot!(findings("cors-any-origin-with-credentials", "
            CORS_ALLOW_ALL_ORIGINS django-settings
              code  true  shop/settings.py:80
            CORS_ALLOW_CREDENTIALS django-settings
              code  true  shop/settings.py:81
        "), @r#"
        error: `CORS_ALLOW_ALL_ORIGINS` lets every website read the answers, and credentials let it do so with the visitor's cookies
          --> shop/settings.py:80
          --> shop/settings.py:81
          expected: origins by their names, or no credentials
          hint: name the origins that need the visitor's cookies: `["https://shop.example"]`
        "#);
    }

    #[test]
    fn silent_on_names_without_cookies_and_where_it_cannot_be_known() {
        assert_snapshot!(findings("cors-any-origin-with-credentials", "
            call fastapi.middleware.cors.CORSMiddleware shop/main.py:9 allow_origins=[\"*\"]
            call fastapi.middleware.cors.CORSMiddleware shop/main.py:10 allow_origins=[\"https://a.example\"] allow_credentials=true
            call fastapi.middleware.cors.CORSMiddleware shop/main.py:11 allow_origins=? allow_credentials=true
            call starlette.middleware.cors.CORSMiddleware shop/main.py:12 allow_origin_regex=\"https://.*[.]a[.]example\" allow_credentials=true
            call flask_cors.CORS shop/admin.py:5 0=? resources=? supports_credentials=true
            CORS_ALLOW_ALL_ORIGINS django-settings
              code  true  shop/settings.py:80
        "), @"");
    }
}
