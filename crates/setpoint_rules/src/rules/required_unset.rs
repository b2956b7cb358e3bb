//! ## What it finds
//!
//! A default that the code requires and nothing sets, where the site's deployment was found and could be read.
//!
//! ## Why it hurts
//!
//! The service does not start, or fails at the first request that needs the value; after a deployment, that is,
//! and not before.
//!
//! ## Example
//!
//! ```python
//! class Settings(BaseSettings):
//!     gateway_url: HttpUrl          # no default, and SHOP_GATEWAY_URL is in no env file
//! ```
//!
//! ## What to do
//!
//! Set the variable where the others are set, or give the code a default that is right in production.

use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, Mechanism, NamedDefault, Severity, is_set_by_the_system};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    // In a folder of mere code, or with an env file that may not be read or is not here, nobody knows what production
    // sets.
    if facts.is_incomplete() || !sets_variables(facts) {
        return;
    }
    for default in &facts.snapshot.defaults {
        // An option that no variable sets is given when the command is called.
        let is_variable = default.mechanism.reads_variables() && !default.name.starts_with('-');
        let is_given = is_set_by_the_system(&default.name);
        if is_variable && !is_given && facts.snapshot.is_missing(default) {
            report.required_unset(rule, default);
        }
    }
}

/// True if the site has a place where variables are set for the service.
fn sets_variables(facts: Facts<'_>) -> bool {
    let sets = |layer: Layer| {
        matches!(layer, Layer::Dotenv | Layer::UnitEnvironment | Layer::EnvironmentFile | Layer::Process)
    };
    facts.snapshot.defaults.iter().flat_map(|default| &default.readings).any(|reading| sets(reading.layer))
}

impl Report {
    fn required_unset(&mut self, rule: &Rule, default: &NamedDefault) {
        let name = &default.name;
        // Settings classes check all their fields when the service starts; a lookup fails when its line runs.
        let severity = match default.mechanism {
            Mechanism::PydanticSettings => Severity::Error,
            _ => Severity::Warning,
        };
        let type_name = default.type_name.as_ref().map(|name| format!(" of type `{name}`")).unwrap_or_default();
        self.add(rule, format!("`{name}` is required and nothing sets it"), format!("a value{type_name}"))
            .about(name)
            .at_each(default.readings.first().map(|declared| &declared.place))
            .severity(severity)
            .hint(format!("set `{name}` where the service's other variables are set"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        SHOP_GATEWAY_URL  pydantic-settings HttpUrl required
          code              -     shop/settings.py:15
        SHOP_REGION       environ required
          code              -     shop/prices.py:80
        HOME              environ required
          code              -     shop/prices.py:81
        --output          click Path required
          code              -     shop/export.py:9
    ";

    #[test]
    fn what_the_service_will_miss() {
        assert_snapshot!(findings("required-unset", &format!("{SITE}
            SHOP_PORT         pydantic-settings int required
              code              -     shop/settings.py:16
              environment-file  8000  deploy/shop.env:1
            SHOP_MAIL         pydantic-settings Mail required
              code              -     shop/settings.py:17
            SHOP_MAIL__HOST   pydantic-settings str in=Mail
              code              ?     shop/settings.py:3
              environment-file  mx    deploy/shop.env:2
            SHOP_CHAT         pydantic-settings Chat required
              code              -     shop/settings.py:18
            SHOP_CHAT__ROOM   pydantic-settings str in=Chat
              code              ?     shop/settings.py:9
        ")), @"
        error: `SHOP_GATEWAY_URL` is required and nothing sets it
          --> shop/settings.py:15
          expected: a value of type `HttpUrl`
          hint: set `SHOP_GATEWAY_URL` where the service's other variables are set
        error: `SHOP_CHAT` is required and nothing sets it
          --> shop/settings.py:18
          expected: a value of type `Chat`
          hint: set `SHOP_CHAT` where the service's other variables are set
        warning: `SHOP_REGION` is required and nothing sets it
          --> shop/prices.py:80
          expected: a value
          hint: set `SHOP_REGION` where the service's other variables are set
        ");
    }

    #[test]
    fn silent_in_a_folder_of_mere_code() {
        assert_snapshot!(findings("required-unset", SITE), @"");
    }
}
