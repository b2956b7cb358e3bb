//! ## What it finds
//!
//! A Django site in production that answers to any host name (`ALLOWED_HOSTS = ["*"]`) behind a proxy
//! that passes any on.
//!
//! ## Why it hurts
//!
//! Django builds absolute addresses from the `Host` header of the request: the link in a mail for a new password,
//! among others. Whoever asks for one in somebody's name and sends `Host: evil.example` makes the site mail its owner
//! a link to `https://evil.example/reset/…`, with the token in it. A cache that does not look at the name keeps such
//! pages for all.
//!
//! ## Example
//!
//! ```python
//! ALLOWED_HOSTS = os.getenv("ALLOWED_HOSTS", "*").split(",")     # and no unit sets it
//! ```
//!
//! ## What to do
//!
//! Name the hosts: `ALLOWED_HOSTS = ["shop.example"]`. A probe that asks by address needs that address in the list,
//! or `Host` set to the name.
//!
//! It is found where nginx passes the visitor's own name on (`proxy_set_header Host $host`), and where Caddy takes any
//! name (a site that is called `:443` or `:80`). Nothing is said where a `server` of nginx answers with an error
//! (`return 444`), which may be the one for all other names, nor where no proxy was seen: one that is not known may
//! choose by the name.
//!
//! Sources: docs.djangoproject.com, `ALLOWED_HOSTS` and "Host header validation"; `django/http/request.py`,
//! `validate_host`.

use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::{Mechanism, NamedDefault};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if !facts.is_production() || !any_name_arrives(facts) {
        return;
    }
    let of_django = |default: &&NamedDefault| default.mechanism == Mechanism::DjangoSettings;
    let mut named = facts.snapshot.defaults.iter().filter(|default| default.name == "ALLOWED_HOSTS");
    let Some((default, effective)) = named.find(of_django).and_then(|default| facts.effective(default)) else { return };
    let Some(hosts) = Setting::new(default, effective) else { return };
    if hosts.texts().iter().any(|host| host == "*") {
        report.allowed_hosts_any(rule, hosts);
    }
}

/// True if a proxy is seen to pass on whatever the visitor calls the site.
fn any_name_arrives(facts: Facts<'_>) -> bool {
    nginx_passes_any(facts) || caddy_takes_any(facts)
}

/// Caddy passes `Host` on as it came, and takes the names alone by which a site is called.
fn caddy_takes_any(facts: Facts<'_>) -> bool {
    let addresses: Vec<String> = facts.proxy_settings("address").into_iter().flat_map(Setting::texts).collect();
    let has_no_host = |address: &str| address.rsplit("://").next().is_some_and(|rest| rest.starts_with(':'));
    let is_any = addresses.iter().flat_map(|addresses| addresses.split_whitespace()).any(has_no_host);
    let changes = ["reverse_proxy.header_up.Host", "request_header.Host", "abort", "error", "respond"];
    is_any && changes.iter().all(|directive| facts.proxy_settings(directive).is_empty())
}

/// True if nginx is seen to pass the visitor's own `Host` on, and no server of it turns other names away.
fn nginx_passes_any(facts: Facts<'_>) -> bool {
    let hosts = facts.proxy_settings("proxy_set_header.Host");
    let passes = |host: &Setting<'_>| ["$host", "$http_host"].iter().any(|variable| host.text().contains(variable));
    let refuses = |setting: &Setting<'_>| setting.text().starts_with('4');
    let turns_away = facts.proxy_settings("return").iter().any(refuses);
    hosts.iter().any(passes) && !turns_away && facts.proxy_settings("ssl_reject_handshake").is_empty()
}

impl Report {
    fn allowed_hosts_any(&mut self, rule: &Rule, hosts: Setting<'_>) {
        self.add(rule, "`ALLOWED_HOSTS` lets any host name in, which then stands in links and mails".to_owned(), "the site's own host names")
            .about(hosts.name)
            .at(hosts.place)
            .hint("name the hosts: `ALLOWED_HOSTS = [\"shop.example\"]`");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const ANY: &str = "
        ALLOWED_HOSTS django-settings
          code  [\"*\"]  shop/settings.py:20
    ";

    #[test]
    fn any_host_behind_an_nginx_that_passes_it_on() {
        assert_snapshot!(findings("allowed-hosts-any", &format!("{ANY}
            nginx.proxy_set_header.Host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:9
        ")), @r#"
        warning: `ALLOWED_HOSTS` lets any host name in, which then stands in links and mails
          --> shop/settings.py:20
          expected: the site's own host names
          hint: name the hosts: `ALLOWED_HOSTS = ["shop.example"]`
        "#);
    }

    #[test]
    fn any_host_where_no_unit_sets_the_variable() {
        let nginx = "
            nginx.proxy_set_header.Host nginx
              proxy  $http_host  /etc/nginx/sites-enabled/shop:9
            ALLOWED_HOSTS django-settings
              code  ?  shop/settings.py:20@400-450
            SHOP_HOSTS environ
              code  \"*\"  shop/settings.py:20@430-433
        ";
        assert_snapshot!(findings("allowed-hosts-any", nginx), @r#"
        warning: `ALLOWED_HOSTS` lets any host name in, which then stands in links and mails
          --> shop/settings.py:20
          expected: the site's own host names
          hint: name the hosts: `ALLOWED_HOSTS = ["shop.example"]`
        "#);
        assert_snapshot!(findings("allowed-hosts-any", &format!("{nginx}
              unit-environment  shop.example  shop.service:4
        ")), @"");
    }

    #[test]
    fn silent_on_names_in_staging_and_where_nginx_fixes_the_name() {
        assert_snapshot!(findings("allowed-hosts-any", "
            ALLOWED_HOSTS django-settings
              code  [\"shop.example\"]  shop/settings.py:20
        "), @"");
        assert_snapshot!(findings("allowed-hosts-any", &format!("{ANY}
            looked-at staging
            nginx.proxy_set_header.Host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:9
        ")), @"");
        assert_snapshot!(findings("allowed-hosts-any", ANY), @"");
        assert_snapshot!(findings("allowed-hosts-any", &format!("{ANY}
            nginx.proxy_set_header.Host nginx
              proxy  shop.example  /etc/nginx/sites-enabled/shop:9
        ")), @"");
        assert_snapshot!(findings("allowed-hosts-any", &format!("{ANY}
            nginx.proxy_set_header.Host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:9
            nginx[_].return nginx
              proxy  444  /etc/nginx/sites-enabled/default:4
        ")), @"");
    }

    #[test]
    fn a_caddy_that_takes_any_name() {
        assert_snapshot!(findings("allowed-hosts-any", r#"
            ALLOWED_HOSTS django-settings
              code  ["*"]  shop/settings.py:20
            caddy.address caddy
              proxy  :80  /etc/caddy/Caddyfile:1
        "#), @r#"
        warning: `ALLOWED_HOSTS` lets any host name in, which then stands in links and mails
          --> shop/settings.py:20
          expected: the site's own host names
          hint: name the hosts: `ALLOWED_HOSTS = ["shop.example"]`
        "#);
    }

    #[test]
    fn silent_where_caddy_takes_its_names_alone_or_changes_them() {
        assert_snapshot!(findings("allowed-hosts-any", r#"
            ALLOWED_HOSTS django-settings
              code  ["*"]  shop/settings.py:20
            caddy.address caddy
              proxy  shop.example·www.shop.example:443  /etc/caddy/Caddyfile:1
        "#), @"");
        assert_snapshot!(findings("allowed-hosts-any", r#"
            ALLOWED_HOSTS django-settings
              code  ["*"]  shop/settings.py:20
            caddy.address caddy
              proxy  http://:8080  /etc/caddy/Caddyfile:1
            caddy.reverse_proxy.header_up.Host caddy
              proxy  shop.example  /etc/caddy/Caddyfile:4
        "#), @"");
    }
}
