//! ## What it finds
//!
//! A SQLAlchemy pool that keeps connections longer than the server leaves them idle, and that does not test them
//! before it hands them out (`pool_pre_ping`): the server closes them, and the pool does not know.
//!
//! ## Why it hurts
//!
//! The first requests of the morning fail with a 500, and the next ones work: `(2006, "MySQL server has gone away")`,
//! `(2013, 'Lost connection to MySQL server during query')`, or `server closed the connection unexpectedly`. Each
//! worker has one such morning for itself, nobody can repeat it, and after a restart it is away until the next quiet
//! night.
//!
//! ## Example
//!
//! ```python
//! engine = create_engine("mysql+pymysql://shop@localhost/shop")     # pool_recycle is -1, never; MySQL waits 8 hours
//! ```
//!
//! ## What to do
//!
//! `create_engine(url, pool_pre_ping=True)`: one short question per connection that is taken from the pool, and no
//! more such mornings. Or `pool_recycle` some minutes below the server's limit.
//!
//! What the server's limit is: MySQL's `wait_timeout` is 28800 s where nobody set it, and a `mysql.wait_timeout` that
//! was captured or is documented in the register counts before that. PostgreSQL closes no idle session by itself
//! (`idle_session_timeout` is 0), so that nothing is said unless `postgresql.idle_session_timeout` says otherwise;
//! behind PgBouncer it is `pgbouncer.client_idle_timeout`, 0 as well. PgBouncer's `server_idle_timeout` closes
//! connections on its other side, which the pool never sees.
//!
//! Sources: docs.sqlalchemy.org, "Dealing with Disconnects"; dev.mysql.com, `wait_timeout`; postgresql.org,
//! `idle_session_timeout`; pgbouncer.org, "Configuration".

use crate::pools::Engine;
use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};
use setpoint_model::{Backend, Place};

/// MySQL's `wait_timeout` where nobody set it, in seconds.
const MYSQL: f64 = 28_800.0;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for call in facts.engines("").map(|engine| engine.call) {
        // A command that ends before the server's patience does keeps nothing.
        let lives_long = |name: &&String| facts.long_running_units().any(|process| process.name == **name);
        let process = call.imported_by.iter().find(lives_long);
        if process.is_none() && !call.imported_by.is_empty() {
            continue;
        }
        let process = process.map_or("", String::as_str);
        let Some(engine) = facts.engines(process).find(|engine| engine.call.place == call.place) else { continue };
        let Some(idle) = engine.backend().and_then(|backend| idle(facts, backend)) else { continue };
        let Some(recycle) = engine.setting("pool_recycle") else { continue };
        let tests_them = engine.setting("pool_pre_ping").and_then(Setting::switch) != Some(false);
        let keeps = recycle.number().map(|seconds| if seconds < 0.0 { f64::INFINITY } else { seconds });
        if !tests_them && keeps.is_some_and(|seconds| seconds >= idle.seconds) {
            report.pool_recycle_above_idle_timeout(rule, engine, recycle, &idle);
        }
    }
}

/// How long a server leaves a connection idle.
struct Idle<'a> {
    who: &'static str,
    name: &'static str,
    seconds: f64,
    place: Option<&'a Place>,
}

fn idle(facts: Facts<'_>, backend: Backend) -> Option<Idle<'_>> {
    let known = |who, name, setting: Setting<'_>, seconds: Option<f64>| {
        let place = facts.of_backend(setting.name).map(|setting| setting.place);
        seconds.filter(|seconds| *seconds > 0.0).map(|seconds| Idle { who, name, seconds, place })
    };
    match backend {
        Backend::MySql => {
            let name = "mysql.wait_timeout";
            match facts.of_backend(name) {
                Some(setting) => known("MySQL", name, setting, setting.seconds()),
                None => Some(Idle { who: "MySQL", name, seconds: MYSQL, place: None }),
            }
        }
        Backend::PostgreSql => {
            let name = "pgbouncer.client_idle_timeout";
            let pooler = facts.of_backend(name).and_then(|it| known("PgBouncer", name, it, it.seconds()));
            let name = "postgresql.idle_session_timeout";
            let server = || facts.of_backend(name).and_then(|it| known("PostgreSQL", name, it, it.postgresql_seconds()));
            pooler.or_else(server)
        }
        Backend::Sqlite | Backend::Redis | Backend::Amqp | Backend::Sqs => None,
    }
}

impl Report {
    fn pool_recycle_above_idle_timeout(
        &mut self,
        rule: &Rule,
        engine: Engine<'_>,
        recycle: Setting<'_>,
        idle: &Idle<'_>,
    ) {
        let after = shown_seconds(idle.seconds);
        let keeps = match recycle.number() {
            Some(seconds) if seconds >= 0.0 => format!("for {}", shown_seconds(seconds)),
            Some(_) | None => "for ever".to_owned(),
        };
        self.add(
            rule,
            format!(
                "the pool keeps connections {keeps} (`{}`) and does not test them, and {} closes one that is idle for \
                 {after} (`{}`)",
                recycle.name, idle.who, idle.name
            ),
            format!("`pool_pre_ping`, or `pool_recycle` below {after}"),
        )
        .about(recycle.name)
        .at(&engine.call.place)
        .at(recycle.place)
        .at_each(idle.place)
        .hint("give the engine `pool_pre_ping=True`");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const LIBRARY: &str = "
        process shop.service program=uvicorn app=shop.main:app
        sqlalchemy.pool_recycle library
          library  -1  sqlalchemy/pool/base.py:9
        sqlalchemy.pool_pre_ping library
          library  False  sqlalchemy/pool/base.py:10
    ";

    #[test]
    fn a_pool_of_mysql_connections_that_is_given_nothing() {
        assert_snapshot!(findings("pool-recycle-above-idle-timeout", &format!("{LIBRARY}
            SHOP_DATABASE_URL environ secret
              environment-file  ***mysql+pymysql://1  /etc/shop/shop.env:4
            call sqlalchemy.create_engine shop/db.py:7 0=@SHOP_DATABASE_URL by=shop.service
        ")), @"
        warning: the pool keeps connections for ever (`sqlalchemy.pool_recycle`) and does not test them, and MySQL closes one that is idle for 480 min (`mysql.wait_timeout`)
          --> shop/db.py:7
          --> sqlalchemy/pool/base.py:9
          expected: `pool_pre_ping`, or `pool_recycle` below 480 min
          hint: give the engine `pool_pre_ping=True`
        ");
    }

    #[test]
    fn the_beginning_of_a_url_tells_the_database() {
        assert_snapshot!(findings("pool-recycle-above-idle-timeout", &format!("{LIBRARY}
            call sqlalchemy.create_engine shop/db.py:7 0=?mysql+pymysql://shop: by=shop.service
            call sqlalchemy.create_engine shop/db.py:9 0=?postgresql:// by=shop.service
        ")), @"
        warning: the pool keeps connections for ever (`sqlalchemy.pool_recycle`) and does not test them, and MySQL closes one that is idle for 480 min (`mysql.wait_timeout`)
          --> shop/db.py:7
          --> sqlalchemy/pool/base.py:9
          expected: `pool_pre_ping`, or `pool_recycle` below 480 min
          hint: give the engine `pool_pre_ping=True`
        ");
    }

    #[test]
    fn an_idle_timeout_that_is_documented() {
        assert_snapshot!(findings("pool-recycle-above-idle-timeout", &format!("{LIBRARY}
            call sqlalchemy.create_engine shop/db.py:7 0=\"postgresql://db/shop\" pool_recycle=3600
            entry postgresql.idle_session_timeout = \"10min\"
        ")), @"
        warning: the pool keeps connections for 60 min (`pool_recycle`) and does not test them, and PostgreSQL closes one that is idle for 10 min (`postgresql.idle_session_timeout`)
          --> shop/db.py:7
          --> setpoint.toml:1
          expected: `pool_pre_ping`, or `pool_recycle` below 10 min
          hint: give the engine `pool_pre_ping=True`
        ");
    }

    #[test]
    fn silent_where_they_are_tested_or_replaced_in_time_or_nothing_closes_them() {
        assert_snapshot!(findings("pool-recycle-above-idle-timeout", &format!("{LIBRARY}
            call sqlalchemy.create_engine shop/db.py:7 0=\"mysql://db/shop\" pool_pre_ping=true
            call sqlalchemy.create_engine shop/db.py:8 0=\"mysql://db/shop\" pool_recycle=3600
            call sqlalchemy.create_engine shop/db.py:9 0=\"postgresql://db/shop\"
            call sqlalchemy.create_engine shop/db.py:10 0=\"mysql://db/shop\" poolclass=\"sqlalchemy.pool.NullPool\"
            call sqlalchemy.create_engine shop/db.py:11 0=\"mysql://db/shop\" by=shop-import.service
        ")), @"");
    }
}
