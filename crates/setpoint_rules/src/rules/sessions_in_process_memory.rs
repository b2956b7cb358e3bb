//! ## What it finds
//!
//! A Django site with several workers that keeps its sessions in a cache in the memory of each process:
//! `SESSION_ENGINE` is `cache`, and `CACHES` is `LocMemCache`, which it is where nobody sets it.
//!
//! ## Why it hurts
//!
//! A visitor signs in at one worker, and the next request goes to another, which has never heard of them. They are
//! signed out and in again at random, the more workers the more often, and after each restart all of them. Nothing is
//! logged: a session that is not found is an ordinary thing.
//!
//! ## Example
//!
//! ```python
//! SESSION_ENGINE = "django.contrib.sessions.backends.cache"     # CACHES is not set; gunicorn --workers 3
//! ```
//!
//! ## What to do
//!
//! Set `CACHES` to something that the workers share, Redis or the database, or `SESSION_ENGINE` to
//! `django.contrib.sessions.backends.cached_db`, which falls back to the database.
//!
//! Sources: docs.djangoproject.com, "Local-memory caching" ("each process will have its own private cache instance")
//! and "Using cached sessions"; `django/conf/global_settings.py`, `CACHES`.

use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::Value;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some(workers) = server.workers().filter(|workers| *workers > 1.0) else { continue };
        let Some(engine) = facts.setting("SESSION_ENGINE", server.name()) else { continue };
        let Some(caches) = facts.setting("CACHES", server.name()) else { continue };
        if engine.text() == "django.contrib.sessions.backends.cache" && is_in_memory(caches.value) == Some(true) {
            report.sessions_in_process_memory(rule, server, workers, engine, caches);
        }
    }
}

/// True if the cache called `default` is Django's own in the memory of the process.
fn is_in_memory(caches: &Value) -> Option<bool> {
    let entry = |value: &Value, name: &str| match value {
        Value::Map(pairs) => pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) | Value::List(_) => None,
    };
    let backend = entry(&entry(caches, "default")?, "BACKEND")?;
    Some(backend.as_text()? == "django.core.cache.backends.locmem.LocMemCache")
}

impl Report {
    fn sessions_in_process_memory(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        workers: f64,
        engine: Setting<'_>,
        caches: Setting<'_>,
    ) {
        self.add(
            rule,
            format!(
                "each of the {workers} workers of `{}` keeps sessions in a memory of its own (`CACHES` is `LocMemCache`), so \
                 that visitors are signed out at random",
                server.name()
            ),
            "sessions in a place that the workers share",
        )
        .about(engine.name)
        .in_process(Some(server.name()))
        .at(engine.place)
        .at(caches.place)
        .hint("set `CACHES` to Redis or the database, or `SESSION_ENGINE` to `…backends.cached_db`");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        process shop.service program=gunicorn app=shop.wsgi
        gunicorn.workers gunicorn
          command-line  3  shop.service:9  shop.service
        CACHES django-settings
          library  {\"default\":{\"BACKEND\":\"django.core.cache.backends.locmem.LocMemCache\"}}  django/conf/global_settings.py:515
    ";

    #[test]
    fn sessions_that_each_worker_keeps_for_itself() {
        assert_snapshot!(findings("sessions-in-process-memory", &format!("{SITE}
            SESSION_ENGINE django-settings
              code  \"django.contrib.sessions.backends.cache\"  shop/settings.py:60
        ")), @"
        error: each of the 3 workers of `shop.service` keeps sessions in a memory of its own (`CACHES` is `LocMemCache`), so that visitors are signed out at random
          --> shop/settings.py:60
          --> django/conf/global_settings.py:515
          expected: sessions in a place that the workers share
          hint: set `CACHES` to Redis or the database, or `SESSION_ENGINE` to `…backends.cached_db`
        ");
    }

    #[test]
    fn silent_with_the_database_another_cache_and_one_worker() {
        assert_snapshot!(findings("sessions-in-process-memory", &format!("{SITE}
            SESSION_ENGINE django-settings
              library  django.contrib.sessions.backends.db  django/conf/global_settings.py:509
        ")), @"");
        let sessions = "
            SESSION_ENGINE django-settings
              code  \"django.contrib.sessions.backends.cache\"  shop/settings.py:60
        ";
        let redis = SITE.replace("locmem.LocMemCache", "redis.RedisCache");
        assert_snapshot!(findings("sessions-in-process-memory", &format!("{redis}{sessions}")), @"");
        let one = SITE.replace("  3  ", "  1  ");
        assert_snapshot!(findings("sessions-in-process-memory", &format!("{one}{sessions}")), @"");
    }
}
