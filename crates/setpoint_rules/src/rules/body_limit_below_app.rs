//! ## What it finds
//!
//! A proxy that refuses longer request bodies than the application was told to accept: nginx by `client_max_body_size`,
//! which is 1 MiB where it is not set, Caddy by `max_size` of `request_body`, without which it has no limit. The
//! application says what it accepts in Flask's `MAX_CONTENT_LENGTH`, a `DATA_UPLOAD_MAX_MEMORY_SIZE` of Django that
//! somebody set, or a setting of the service whose name says that it limits uploads (`…MAX_UPLOAD…`, `…MAX_BODY…`) and
//! whose unit is certain.
//!
//! ## Why it hurts
//!
//! A photo of 3 MB cannot be uploaded, with a page that is not the application's: `413 Request Entity Too Large`. The
//! application logs nothing, since it never hears of it; nginx's error log says `client intended to send too large
//! body`. It works on every laptop, where no nginx is.
//! Caddy answers 413 or 502, and its log says `http: request body too large`.
//!
//! ## Example
//!
//! ```nginx
//! server {
//!     location / { proxy_pass http://127.0.0.1:8000; }   # SHOP_MAX_UPLOAD_MB=20 there, 1 MiB here
//! }
//! ```
//!
//! ## What to do
//!
//! Set `client_max_body_size` in the location that takes uploads a little above the application's limit, so that the
//! application says what is wrong. A form is a little longer than the file in it. In Caddy raise the limit of the
//! whole site: of two that a request meets the smaller one counts.
//!
//! Django's `DATA_UPLOAD_MAX_MEMORY_SIZE` does not count files, and `FILE_UPLOAD_MAX_MEMORY_SIZE` limits nothing: it
//! says from where on a file is written to disk.
//!
//! Sources: nginx.org, `ngx_http_core_module`, `client_max_body_size`; caddyserver.com, `request_body`; Flask,
//! "Configuration Handling"; Django, "Settings".

use crate::proxy::Proxy;
use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

const MEBIBYTE: f64 = 1024.0 * 1024.0;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        for of in server.proxies() {
            judge_proxy(rule, facts, server, of, report);
        }
    }
}

fn judge_proxy(rule: &Rule, facts: Facts<'_>, server: Server<'_>, of: Proxy, report: &mut Report) {
    // Where Caddy has no limit for most requests, uploads may be among those.
    if of == Proxy::Caddy && server.main_proxy(of.body_limit()).is_none() {
        return;
    }
    let ways = server.proxy(of.body_limit());
    // Uploads come through the location that takes the longest; which one takes them is not known.
    let widest = ways.into_iter().filter_map(|proxy| Some((proxy, taken(proxy)?)));
    let Some((proxy, taken)) = widest.max_by(|(_, one), (_, two)| one.total_cmp(two)) else { return };
    for default in &facts.snapshot.defaults {
        if let Some(app) = facts.setting(&default.name, server.name())
            && let Some(accepted) = accepted(app)
            && accepted > taken
        {
            report.body_limit_below_app(rule, server, (of, proxy), app, (taken, accepted));
        }
    }
}

/// Bytes that the proxy lets through; `0` is no limit.
fn taken(proxy: Setting<'_>) -> Option<f64> {
    proxy.bytes().map(|bytes| if bytes == 0.0 { f64::INFINITY } else { bytes })
}

/// Bytes that the application accepts, if the setting says that and in which unit.
fn accepted(setting: Setting<'_>) -> Option<f64> {
    let name = setting.name.to_uppercase();
    if setting.is_built_in() {
        return None;
    }
    if name == "MAX_CONTENT_LENGTH" || name == "DATA_UPLOAD_MAX_MEMORY_SIZE" {
        return setting.number();
    }
    let words: Vec<&str> = name.split(|letter: char| !letter.is_alphanumeric()).collect();
    let limits = ["MAX_UPLOAD", "MAX_BODY", "MAX_CONTENT_LENGTH"].iter().any(|part| name.contains(part));
    // A number of files or fields is no size.
    let counts = ["COUNT", "NUMBER", "FILES", "FIELDS", "SECONDS", "RATE"].iter().any(|word| words.contains(word));
    if !limits || counts {
        return None;
    }
    let number = setting.number()?;
    match *words.last()? {
        "BYTES" => Some(number),
        "KB" | "KIB" => Some(number * 1024.0),
        "MB" | "MIB" => Some(number * MEBIBYTE),
        // `10 * 1024 * 1024` is neither kilobytes nor megabytes: no upload is that long.
        _ => (number >= MEBIBYTE && (number % MEBIBYTE == 0.0 || number % 1e6 == 0.0)).then_some(number),
    }
}

impl Report {
    fn body_limit_below_app(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        (of, proxy): (Proxy, Setting<'_>),
        app: Setting<'_>,
        (taken, accepted): (f64, f64),
    ) {
        let message = format!(
            "{of} refuses bodies above {} (`{}`), and the application accepts {} (`{}`)",
            shown(taken),
            proxy.name,
            shown(accepted),
            app.name
        );
        let more = match of {
            Proxy::Nginx => format!("client_max_body_size {}m;", (accepted / MEBIBYTE).ceil() + 1.0),
            Proxy::Caddy => format!("max_size {}MiB", (accepted / MEBIBYTE).ceil() + 1.0),
        };
        self.add(rule, message, format!("`{}` a little above {}", proxy.name, shown(accepted)))
            .about(proxy.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(proxy))
            .at(proxy.place)
            .at(app.place)
            .hint(format!("set `{more}` where uploads come in"));
    }
}

/// Bytes in MiB, to two places.
fn shown(bytes: f64) -> String {
    format!("{} MiB", (bytes / MEBIBYTE * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_photo_that_never_arrives() {
        assert_snapshot!(findings("body-limit-below-app", "
            process shop.service program=gunicorn app=shop.wsgi
            SHOP_MAX_UPLOAD_MB environ int
              code     20        shop/settings.py:12
            MAX_CONTENT_LENGTH flask-config
              code     16777216  shop/config.py:3
            nginx.client_max_body_size nginx
              library  1m        https://nginx.org/core:1
            nginx[shop.example/photos].client_max_body_size nginx
              proxy    5m        /etc/nginx/sites-enabled/shop:9
        "), @"
        warning: nginx refuses bodies above 5 MiB (`nginx[shop.example/photos].client_max_body_size`), and the application accepts 20 MiB (`SHOP_MAX_UPLOAD_MB`)
          --> /etc/nginx/sites-enabled/shop:9
          --> shop/settings.py:12
          expected: `nginx[shop.example/photos].client_max_body_size` a little above 20 MiB
          hint: set `client_max_body_size 21m;` where uploads come in
        warning: nginx refuses bodies above 5 MiB (`nginx[shop.example/photos].client_max_body_size`), and the application accepts 16 MiB (`MAX_CONTENT_LENGTH`)
          --> /etc/nginx/sites-enabled/shop:9
          --> shop/config.py:3
          expected: `nginx[shop.example/photos].client_max_body_size` a little above 16 MiB
          hint: set `client_max_body_size 17m;` where uploads come in
        ");
    }

    #[test]
    fn silent_where_it_fits_or_the_unit_is_not_certain() {
        for setting in ["SHOP_MAX_UPLOAD_MB environ\n code 4", "SHOP_MAX_UPLOAD environ\n code 20", "SHOP_MAX_UPLOAD_FILES environ\n code 10000000", "FILE_UPLOAD_MAX_MEMORY_SIZE django-settings\n code 20971520", "DATA_UPLOAD_MAX_MEMORY_SIZE django-settings\n library 20971520"] {
            assert_eq!(findings("body-limit-below-app", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                {setting}  shop/settings.py:12
                nginx.client_max_body_size nginx
                  library  1m        https://nginx.org/core:1
                nginx[shop.example/photos].client_max_body_size nginx
                  proxy    5m        /etc/nginx/sites-enabled/shop:9
            ")), "");
        }
        assert_snapshot!(findings("body-limit-below-app", "
            process shop.service program=gunicorn app=shop.wsgi
            SHOP_MAX_BODY_BYTES environ int
              code     20000000  shop/settings.py:12
            nginx.client_max_body_size nginx
              proxy    0  /etc/nginx/sites-enabled/shop:9
        "), @"");
    }

    #[test]
    fn a_caddy_that_refuses_what_the_application_accepts() {
        assert_snapshot!(findings("body-limit-below-app", "
            process shop.service program=gunicorn app=shop.wsgi
            SHOP_MAX_UPLOAD_MB environ int
              code     20    shop/settings.py:12
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.request_body.max_size caddy
              proxy    1MB   /etc/caddy/Caddyfile:5
            caddy[shop.example/photos*].request_body.max_size caddy
              proxy    10MB  /etc/caddy/Caddyfile:9
        "), @"
        warning: Caddy refuses bodies above 9.54 MiB (`caddy[shop.example/photos*].request_body.max_size`), and the application accepts 20 MiB (`SHOP_MAX_UPLOAD_MB`)
          --> /etc/caddy/Caddyfile:9
          --> shop/settings.py:12
          expected: `caddy[shop.example/photos*].request_body.max_size` a little above 20 MiB
          hint: set `max_size 21MiB` where uploads come in
        ");
    }

    #[test]
    fn silent_where_some_or_all_ways_of_caddy_have_no_limit() {
        assert_snapshot!(findings("body-limit-below-app", "
            process shop.service program=gunicorn app=shop.wsgi
            SHOP_MAX_UPLOAD_MB environ int
              code     20    shop/settings.py:12
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy[shop.example/photos*].request_body.max_size caddy
              proxy    1MB  /etc/caddy/Caddyfile:9
        "), @"");
        assert_snapshot!(findings("body-limit-below-app", "
            process shop.service program=gunicorn app=shop.wsgi
            SHOP_MAX_UPLOAD_MB environ int
              code     20    shop/settings.py:12
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
        "), @"");
    }
}
