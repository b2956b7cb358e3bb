//! ## What it finds
//!
//! A limit of open files below the connections that a process was told to take: a unit's `LimitNOFILE`, or a
//! container's `--ulimit nofile`, below gunicorn's `worker_connections` (for `gthread` and `gevent` workers) or
//! uvicorn's `limit_concurrency`; nginx's `worker_rlimit_nofile` below twice its `worker_connections`, since each
//! request that it passes on takes two.
//!
//! ## Why it hurts
//!
//! On a busy day new connections are refused while the old ones are served: `OSError: [Errno 24] Too many open files`
//! in the application's log, `socket() failed (24: Too many open files)` in nginx's. Log files and the database take
//! descriptors as well, so that it is often those that fail.
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! ExecStart=/srv/shop/.venv/bin/gunicorn -k gevent --worker-connections 4000 shop.wsgi
//! # LimitNOFILE is 1024 where nothing sets it
//! ```
//!
//! ## What to do
//!
//! Set `LimitNOFILE` to twice the connections and some hundreds more. What a process may ask for above its soft limit
//! does not help: neither gunicorn nor uvicorn asks.
//!
//! Sources: systemd.exec(5), "Process Properties"; `gunicorn/config.py`, `WorkerConnections`; nginx.org,
//! `ngx_core_module`, `worker_connections`, `worker_rlimit_nofile`.

use crate::server::{Server, Worker};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        if let Some(limit) = server.unit("LimitNOFILE").or_else(|| server.container("ulimit.nofile"))
            && let Some(connections) = connections(server)
            && soft_limit(limit).zip(connections.number()).is_some_and(|(files, taken)| files < taken)
        {
            report.too_few_descriptors(rule, Some(server), limit, connections, 1.0);
        }
    }
    let of_nginx = |directive: &str| facts.proxy_settings(directive).into_iter().next();
    if let (Some(limit), Some(connections)) = (of_nginx("worker_rlimit_nofile"), of_nginx("worker_connections"))
        && limit.number().zip(connections.number()).is_some_and(|(files, taken)| files < 2.0 * taken)
    {
        report.too_few_descriptors(rule, None, limit, connections, 2.0);
    }
}

/// How many connections one process of the server takes at once, where that is limited.
fn connections(server: Server<'_>) -> Option<Setting<'_>> {
    match server.worker()? {
        Worker::Threads | Worker::Greenlets => server.gunicorn("worker_connections"),
        Worker::Uvicorn => server.uvicorn("limit_concurrency"),
        Worker::Sync | Worker::Tornado | Worker::GunicornAsgi => None,
    }
}

/// `soft:hard`, or one number for both (systemd.exec(5)); a container's is written alike.
fn soft_limit(limit: Setting<'_>) -> Option<f64> {
    let text = limit.text();
    let soft = text.split(':').next()?;
    if matches!(soft, "infinity" | "unlimited") { Some(f64::INFINITY) } else { soft.trim().parse().ok() }
}

impl Report {
    fn too_few_descriptors(
        &mut self,
        rule: &Rule,
        server: Option<Server<'_>>,
        limit: Setting<'_>,
        connections: Setting<'_>,
        each: f64,
    ) {
        let unit = server.map(Server::name);
        let taken = connections.number().unwrap_or_default();
        let message = format!(
            "{} may open {} files (`{}`) and was told to take {taken} connections (`{}`){}",
            unit.map_or_else(|| "a worker of nginx".to_owned(), |unit| format!("a process of `{unit}`")),
            limit.text().split(':').next().unwrap_or_default(),
            limit.name,
            connections.name,
            if each > 1.0 { ", each of which it passes on through another" } else { "" }
        );
        let enough = 2.0 * taken + 500.0;
        self.add(rule, message, format!("`{}` above {}", limit.name, each * taken))
            .about(limit.name)
            .in_process(unit)
            .at_each(server.map(|server| server.place_to_set(limit)))
            .at(limit.place)
            .at(connections.place)
            .hint(format!("set it to {enough}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn more_connections_than_files() {
        assert_snapshot!(findings("too-few-descriptors", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              command-line  gevent  shop.service:7  shop.service
            gunicorn.worker_connections gunicorn
              command-line  4000    shop.service:7  shop.service
            systemd.LimitNOFILE systemd
              library  1024:524288  systemd:1
            nginx.worker_connections nginx
              proxy    4096         /etc/nginx/nginx.conf:6
            nginx.worker_rlimit_nofile nginx
              proxy    4096         /etc/nginx/nginx.conf:3
        "), @"
        warning: a worker of nginx may open 4096 files (`nginx.worker_rlimit_nofile`) and was told to take 4096 connections (`nginx.worker_connections`), each of which it passes on through another
          --> /etc/nginx/nginx.conf:3
          --> /etc/nginx/nginx.conf:6
          expected: `nginx.worker_rlimit_nofile` above 8192
          hint: set it to 8692
        warning: a process of `shop.service` may open 1024 files (`systemd.LimitNOFILE`) and was told to take 4000 connections (`gunicorn.worker_connections`)
          --> shop.service:7
          --> systemd:1
          expected: `systemd.LimitNOFILE` above 4000
          hint: set it to 8500
        ");
    }

    #[test]
    fn more_connections_than_files_of_a_container() {
        assert_snapshot!(findings("too-few-descriptors", "
            process web program=uvicorn app=shop.main:app
            process api program=uvicorn app=shop.main:app
            uvicorn.limit_concurrency uvicorn
              command-line  4000  docker·inspect·web:1  web
              command-line  4000  docker·inspect·api:1  api
            container.ulimit.nofile container
              unit  1024:2048            docker·inspect·web:1  web
              unit  unlimited:unlimited  docker·inspect·api:1  api
        "), @"
        warning: a process of `web` may open 1024 files (`container.ulimit.nofile`) and was told to take 4000 connections (`uvicorn.limit_concurrency`)
          --> docker·inspect·web:1
          expected: `container.ulimit.nofile` above 4000
          hint: set it to 8500
        ");
    }

    #[test]
    fn silent_where_they_suffice_or_nothing_limits_connections() {
        for (class, limit) in [("sync", "1024"), ("gevent", "8192"), ("gevent", "infinity")] {
            assert_eq!(findings("too-few-descriptors", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                gunicorn.worker_class gunicorn
                  command-line  {class}  shop.service:7  shop.service
                gunicorn.threads gunicorn
                  library  1     gunicorn/config.py:2
                gunicorn.worker_connections gunicorn
                  command-line  4000    shop.service:7  shop.service
                systemd.LimitNOFILE systemd
                  unit  {limit}  shop.service:9
                nginx.worker_connections nginx
                  proxy    768         /etc/nginx/nginx.conf:6
            ")), "", "{class} {limit}");
        }
        assert_snapshot!(findings("too-few-descriptors", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.limit_concurrency uvicorn
              library  null         uvicorn/config.py:1
            systemd.LimitNOFILE systemd
              library  1024:524288  systemd:1
        "), @"");
    }
}
