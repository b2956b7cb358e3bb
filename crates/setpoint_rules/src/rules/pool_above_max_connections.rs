//! ## What it finds
//!
//! Processes whose connection pools together may open more connections than the database takes: each worker of each
//! process has a pool of its own, of `pool_size` + `max_overflow` connections of SQLAlchemy.
//!
//! ## Why it hurts
//!
//! It holds for as long as the day is quiet. In the first busy hour the pools fill up, and PostgreSQL refuses whoever
//! comes last, which may as well be the nightly backup or you with `psql`: `FATAL: sorry, too many clients already`,
//! or `remaining connection slots are reserved for roles with the SUPERUSER attribute`. In MySQL it is `1040 Too many
//! connections`.
//!
//! ## Example
//!
//! ```ini
//! # postgresql.conf has max_connections = 100; the code says create_engine(url, pool_size=20)
//! ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app -k uvicorn.workers.UvicornWorker --workers 4
//! ```
//!
//! ## What to do
//!
//! Let workers × (`pool_size` + `max_overflow`) of all processes stay below `max_connections`, with some left for
//! backups, migrations and the second set of workers during a restart. A worker rarely needs more than a few. Where
//! it does, put PgBouncer between.
//!
//! The limit is known where `postgresql.max_connections` (or `mysql.max_connections`) was captured, or is documented
//! in the register under that name. Of PostgreSQL's, `superuser_reserved_connections` (3) and `reserved_connections`
//! (0) are not for the service. A gunicorn `sync`
//! worker answers one request at a time and is counted with one connection, one with threads with one for each, a
//! child of a celery worker with one. Where the number of these is not known (`--concurrency`), they are left out of
//! the sum.
//!
//! Sources: postgresql.org, "Connections and Authentication"; `sqlalchemy/pool/impl.py`, `QueuePool`; dev.mysql.com,
//! `max_connections`.

use crate::pools::Engine;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::{Backend, Place};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for backend in [Backend::PostgreSql, Backend::MySql] {
        let Some((limit, seats)) = limit(facts, backend) else { continue };
        let shares = shares(facts, backend);
        if shares.iter().map(|share| share.connections).sum::<f64>() > seats {
            report.pool_above_max_connections(rule, backend, &shares, limit, seats);
        }
    }
}

/// The setting that limits connections, and how many it leaves for the service.
fn limit(facts: Facts<'_>, backend: Backend) -> Option<(Setting<'_>, f64)> {
    let reserved = |name: &str, otherwise: f64| {
        facts.of_backend(&format!("postgresql.{name}")).and_then(Setting::number).unwrap_or(otherwise)
    };
    match backend {
        Backend::PostgreSql => {
            let limit = facts.of_backend("postgresql.max_connections")?;
            let reserved = reserved("superuser_reserved_connections", 3.0) + reserved("reserved_connections", 0.0);
            Some((limit, limit.number()? - reserved))
        }
        Backend::MySql => {
            let limit = facts.of_backend("mysql.max_connections")?;
            Some((limit, limit.number()?))
        }
        Backend::Sqlite | Backend::Redis | Backend::Amqp | Backend::Sqs => None,
    }
}

/// What one process may open.
struct Share<'a> {
    process: &'a str,
    connections: f64,
    pool_size: Setting<'a>,
    place: &'a Place,
}

/// The processes with an engine for such a database. A pooler in between makes connections of its own.
fn shares(facts: Facts<'_>, backend: Backend) -> Vec<Share<'_>> {
    let is_pooled = ["pgbouncer.default_pool_size", "pgbouncer.max_client_conn"]
        .iter()
        .any(|name| facts.of_backend(name).is_some());
    let processes = facts.snapshot.site.processes.iter().filter(|_| !is_pooled);
    let shares = processes.flat_map(|process| {
        let imports = |engine: &Engine<'_>| engine.call.imported_by.contains(&process.name);
        let engines = facts.engines(&process.name).filter(imports).filter(|engine| engine.backend() == Some(backend));
        engines.filter_map(move |engine| {
            let connections = engine.connections_of(process)?;
            let (pool_size, place) = (engine.setting("pool_size")?, &engine.call.place);
            Some(Share { process: &process.name, connections, pool_size, place })
        })
    });
    shares.collect()
}

impl Report {
    fn pool_above_max_connections(
        &mut self,
        rule: &Rule,
        backend: Backend,
        shares: &[Share<'_>],
        limit: Setting<'_>,
        seats: f64,
    ) {
        let shown = |connections: f64| {
            if connections.is_finite() { connections.to_string() } else { "any number of".to_owned() }
        };
        let each: Vec<String> =
            shares.iter().map(|share| format!("{} in `{}`", shown(share.connections).trim_end_matches(" of"), share.process)).collect();
        let sum = shares.iter().map(|share| share.connections).sum();
        let message = format!(
            "the pools may open {} connections ({}), and {backend} has {seats} for them (`{}` is {})",
            shown(sum),
            each.join(", "),
            limit.name,
            limit.text()
        );
        let largest = shares.iter().max_by(|one, two| one.connections.total_cmp(&two.connections));
        let draft = self.add(rule, message, format!("pools that open {seats} connections at most in all"));
        let Some(largest) = largest else { return };
        draft
            .about(largest.pool_size.name)
            .at(largest.pool_size.place)
            .at(largest.place)
            .at(limit.place)
            .hint(format!("lower `{}` and `max_overflow`, or the number of workers", largest.pool_size.name));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        process shop.service program=gunicorn app=shop.main:app
        process shop-import.service program=python app=shop.import_prices
        gunicorn.worker_class gunicorn
          command-line  uvicorn.workers.UvicornWorker  shop.service:9  shop.service
        gunicorn.workers gunicorn
          command-line  4  shop.service:9  shop.service
        sqlalchemy.max_overflow library
          library  10  sqlalchemy/pool/impl.py:75
        SHOP_POOL_SIZE pydantic-settings
          environment-file  20  /etc/shop/shop.env:3
        SHOP_DATABASE_URL pydantic-settings secret
          environment-file  ***postgresql://1  /etc/shop/shop.env:4
        call sqlalchemy.create_engine shop/db.py:7 0=@SHOP_DATABASE_URL pool_size=@SHOP_POOL_SIZE by=shop.service by=shop-import.service
    ";

    #[test]
    fn four_workers_with_thirty_connections_each() {
        assert_snapshot!(findings("pool-above-max-connections", &format!("{SITE}
            entry postgresql.max_connections = 100
        ")), @"
        error: the pools may open 121 connections (120 in `shop.service`, 1 in `shop-import.service`), and PostgreSQL has 97 for them (`postgresql.max_connections` is 100)
          --> /etc/shop/shop.env:3
          --> shop/db.py:7
          --> setpoint.toml:1
          expected: pools that open 97 connections at most in all
          hint: lower `SHOP_POOL_SIZE` and `max_overflow`, or the number of workers
        ");
    }

    #[test]
    fn the_children_of_a_worker_too() {
        assert_snapshot!(findings("pool-above-max-connections", "
            process worker.service program=celery app=shop
            celery.worker_concurrency celery
              command-line  24  worker.service:2  worker.service
            sqlalchemy.max_overflow library
              library  10  sqlalchemy/pool/impl.py:75
            entry postgresql.max_connections = 20
            call sqlalchemy.create_engine shop/db.py:7 0=\"postgresql://db/shop\" pool_size=5 by=worker.service
        "), @"
        error: the pools may open 24 connections (24 in `worker.service`), and PostgreSQL has 17 for them (`postgresql.max_connections` is 20)
          --> shop/db.py:7
          --> setpoint.toml:1
          expected: pools that open 17 connections at most in all
          hint: lower `pool_size` and `max_overflow`, or the number of workers
        ");
    }

    #[test]
    fn an_overflow_without_end() {
        assert_snapshot!(findings("pool-above-max-connections", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.workers uvicorn
              library  null  uvicorn/config.py:9
            postgresql.max_connections library
              configuration-file  100  /etc/postgresql/postgresql.conf:65
            call sqlalchemy.create_engine shop/db.py:7 0=\"postgresql://db/shop\" pool_size=5 max_overflow=-1 by=shop.service
        "), @"
        error: the pools may open any number of connections (any number in `shop.service`), and PostgreSQL has 97 for them (`postgresql.max_connections` is 100)
          --> shop/db.py:7
          --> /etc/postgresql/postgresql.conf:65
          expected: pools that open 97 connections at most in all
          hint: lower `pool_size` and `max_overflow`, or the number of workers
        ");
    }

    #[test]
    fn silent_where_it_fits_where_the_limit_is_not_known_and_of_another_database() {
        assert_snapshot!(findings("pool-above-max-connections", SITE), @"");
        assert_snapshot!(findings("pool-above-max-connections", &format!("{SITE}
            entry postgresql.max_connections = 200
        ")), @"");
        assert_snapshot!(findings("pool-above-max-connections", &format!("{SITE}
            entry mysql.max_connections = 10
        ")), @"");
        // A sync worker uses one connection at a time, whatever its pool may hold.
        assert_snapshot!(findings("pool-above-max-connections", &format!("{}
            entry postgresql.max_connections = 100
        ", SITE.replace("uvicorn.workers.UvicornWorker", "sync") + "gunicorn.threads gunicorn\n library 1 gunicorn/config.py:1\n")), @"");
    }
}
