//! ## What it finds
//!
//! A unit that systemd kills, or a container that Docker kills, before its server has ended what it was doing:
//! `TimeoutStopSec`, or `stop_grace_period` of a compose file (10 s where nothing sets it), below gunicorn's
//! `graceful_timeout` or uvicorn's `timeout_graceful_shutdown`; a uvicorn without that limit, which waits for its
//! requests for ever, behind a proxy that waits longer for them than that (nginx's `proxy_read_timeout`, or a
//! time-out that Caddy was given); and a Celery worker whose child processes get the signal to stop together with it
//! (`KillMode=control-group`).
//!
//! ## Why it hurts
//!
//! Each restart, and so each deployment, cuts off requests that are under way: a few visitors get a 502, and a checkout
//! ends between the charge and the commit. systemd's journal says `State 'stop-sigterm' timed out. Killing.` A child
//! of a Celery worker ends at once when it gets SIGTERM, and its task with it: `Process 'ForkPoolWorker-2' pid:26
//! exited with 'signal 15 (SIGTERM)'`, `WorkerLostError`.
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! ExecStart=/srv/shop/.venv/bin/gunicorn --graceful-timeout 30 shop.main:app
//! TimeoutStopSec=10
//! ```
//!
//! ## What to do
//!
//! Set `TimeoutStopSec` or `stop_grace_period` a few seconds above the server's own limit; give uvicorn one with
//! `--timeout-graceful-shutdown`. For Celery set `KillMode=mixed`, with which only the parent gets SIGTERM and
//! waits for its children, and `TimeoutStopSec` above the longest task.
//!
//! Sources: systemd.service(5), `TimeoutStopSec=`; systemd.kill(5), `KillMode=`; Compose specification,
//! `stop_grace_period`; `gunicorn/arbiter.py`, `stop`;
//! `uvicorn/server.py`, `shutdown`; `celery/concurrency/prefork.py`, `WORKER_SIGRESET`.

use crate::server::{Program, Server, Starter};
use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some(stop) = patience(server) else { continue };
        let Some(waits) = stop.seconds().and_then(limit) else { continue };
        match server.program {
            // The master ends its workers after that long, whatever they are (`Arbiter.stop`).
            Program::Gunicorn => {
                if let Some(graceful) = server.gunicorn("graceful_timeout")
                    && graceful.seconds().is_some_and(|seconds| seconds > waits)
                {
                    report.killed_before_it_ends(rule, server, stop, graceful);
                }
            }
            Program::Uvicorn => {
                let Some(graceful) = server.uvicorn("timeout_graceful_shutdown") else { continue };
                if graceful.is_none() {
                    // Nobody waits for an answer longer than the proxy does.
                    let proxy = server.main_patience().filter(|(_, seconds)| *seconds > waits);
                    if let Some((proxy, _)) = proxy {
                        report.killed_while_it_waits(rule, server, stop, proxy);
                    }
                } else if graceful.seconds().is_some_and(|seconds| seconds > waits) {
                    report.killed_before_it_ends(rule, server, stop, graceful);
                }
            }
        }
    }
    for worker in facts.processes_of(&["celery"]) {
        if let Some(kill) = facts.setting("systemd.KillMode", &worker.name)
            && kill.text() == "control-group"
            && has_children(facts, &worker.name)
        {
            report.children_killed(rule, facts, &worker.name, kill);
        }
    }
}

/// How long what starts the server waits for it to end. Of a container that is told by another signal than SIGTERM nobody
/// knows how it ends.
fn patience(server: Server<'_>) -> Option<Setting<'_>> {
    let is_term = |signal: Setting<'_>| matches!(signal.text().as_str(), "SIGTERM" | "TERM" | "15");
    let of_container = || server.container("stop-timeout").filter(|_| server.container("stop-signal").is_none_or(is_term));
    server.unit("TimeoutStopSec").or_else(of_container)
}

/// The seconds after which systemd or the engine kills; `None` where it never does, and where it does at once, which
/// somebody wants. `0` is `infinity` to systemd (systemd.service(5)).
fn limit(seconds: f64) -> Option<f64> {
    (seconds > 0.0 && seconds.is_finite()).then_some(seconds)
}

/// True for a worker that is stopped by a signal and whose tasks run in child processes, by its command: `worker`
/// without another `--pool`. One with an `ExecStop=` of its own is stopped otherwise.
fn has_children(facts: Facts<'_>, unit: &str) -> bool {
    let Some(command) = facts.setting("systemd.ExecStart", unit).map(Setting::text) else { return false };
    let words: Vec<&str> = command.split_whitespace().collect();
    let pool = words.iter().enumerate().find_map(|(at, word)| match *word {
        "-P" | "--pool" => words.get(at + 1).copied(),
        word => word.strip_prefix("--pool=").or_else(|| word.strip_prefix("-P").filter(|rest| !rest.is_empty())),
    });
    // With `REMAP_SIGTERM` the children ignore the signal (`WORKER_SIGIGNORE`).
    let remaps = facts.setting("REMAP_SIGTERM", unit).is_some();
    let stops_otherwise = facts.setting("systemd.ExecStop", unit).is_some();
    words.contains(&"worker") && pool.is_none_or(|pool| pool == "prefork") && !stops_otherwise && !remaps
}

/// Who kills it, and how one sets when.
fn how_to_wait(server: Server<'_>) -> (&'static str, &'static str) {
    match server.starter() {
        Starter::Unit | Starter::Other => ("systemd", "TimeoutStopSec="),
        Starter::Container => ("Docker", "stop_grace_period: "),
    }
}

impl Report {
    fn killed_before_it_ends(&mut self, rule: &Rule, server: Server<'_>, stop: Setting<'_>, graceful: Setting<'_>) {
        let unit = server.name();
        let needs = shown_seconds(graceful.seconds().unwrap_or_default());
        let (killer, set) = how_to_wait(server);
        let message = format!(
            "{killer} kills `{unit}` {} after it was told to stop (`{}`), and its server may take {needs} to end its \
             requests (`{}`)",
            shown_seconds(stop.seconds().unwrap_or_default()),
            stop.name,
            graceful.name
        );
        let expected = format!("`{}` above {needs}", stop.name);
        let enough = shown_seconds(graceful.seconds().unwrap_or_default() + 5.0);
        self.add(rule, message, expected)
            .about(stop.name)
            .in_process(Some(unit))
            .at(server.place_to_set(stop))
            .at(stop.place)
            .at(graceful.place)
            .hint(format!("set `{set}{}`", enough.replace(' ', "")));
    }

    fn killed_while_it_waits(&mut self, rule: &Rule, server: Server<'_>, stop: Setting<'_>, proxy: Setting<'_>) {
        let unit = server.name();
        let needs = shown_seconds(proxy.seconds().unwrap_or_default());
        let (killer, set) = how_to_wait(server);
        let message = format!(
            "{killer} kills `{unit}` {} after it was told to stop (`{}`), while uvicorn waits for its requests without \
             limit and {} for their answers for {needs} (`{}`)",
            shown_seconds(stop.seconds().unwrap_or_default()),
            stop.name,
            proxy.of_proxy(),
            proxy.name
        );
        self.add(rule, message, format!("`{}` above {needs}", stop.name))
            .about(stop.name)
            .in_process(Some(unit))
            .at(server.place_to_set(stop))
            .at(stop.place)
            .at(proxy.place)
            .hint(format!(
                "set `--timeout-graceful-shutdown`, and `{}` a few seconds above it",
                set.trim_end_matches(['=', ':', ' '])
            ));
    }

    fn children_killed(&mut self, rule: &Rule, facts: Facts<'_>, unit: &str, kill: Setting<'_>) {
        let message = format!(
            "when `{unit}` is stopped, systemd sends SIGTERM to the worker's child processes too (`{}`), which end at \
             once and lose the tasks that they are at",
            kill.name
        );
        self.add(rule, message, "`KillMode=mixed`, so that only the worker is told and waits for its tasks")
            .about(kill.name)
            .in_process(Some(unit))
            .at(facts.place_to_set(kill, unit))
            .at(kill.place)
            .hint("set `KillMode=mixed`, and `TimeoutStopSec` above the longest task");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn gunicorn_and_uvicorn_that_need_longer() {
        assert_snapshot!(findings("stop-kills-requests", "
            process shop.service program=gunicorn app=shop.wsgi
            process api.service program=uvicorn app=shop.api:app
            gunicorn.graceful_timeout gunicorn
              library  30    gunicorn/config.py:1
            uvicorn.timeout_graceful_shutdown uvicorn
              command-line  120  api.service:7  api.service
            systemd.TimeoutStopSec systemd
              unit     10    shop.service:9
        "), @"
        error: systemd kills `api.service` 10 s after it was told to stop (`systemd.TimeoutStopSec`), and its server may take 2 min to end its requests (`uvicorn.timeout_graceful_shutdown`)
          --> shop.service:9
          --> api.service:7
          expected: `systemd.TimeoutStopSec` above 2 min
          hint: set `TimeoutStopSec=125s`
        error: systemd kills `shop.service` 10 s after it was told to stop (`systemd.TimeoutStopSec`), and its server may take 30 s to end its requests (`gunicorn.graceful_timeout`)
          --> shop.service:9
          --> gunicorn/config.py:1
          expected: `systemd.TimeoutStopSec` above 30 s
          hint: set `TimeoutStopSec=35s`
        ");
    }

    #[test]
    fn uvicorn_without_limit_behind_a_patient_nginx() {
        assert_snapshot!(findings("stop-kills-requests", "
            process api.service program=uvicorn app=shop.api:app
            uvicorn.timeout_graceful_shutdown uvicorn
              library  null  uvicorn/config.py:1
            systemd.TimeoutStopSec systemd
              library  90s   systemd:1
            nginx.proxy_read_timeout nginx
              proxy    10m   /etc/nginx/sites-enabled/shop:9
        "), @"
        error: systemd kills `api.service` 90 s after it was told to stop (`systemd.TimeoutStopSec`), while uvicorn waits for its requests without limit and nginx for their answers for 10 min (`nginx.proxy_read_timeout`)
          --> /etc/nginx/sites-enabled/shop:9
          --> systemd:1
          expected: `systemd.TimeoutStopSec` above 10 min
          hint: set `--timeout-graceful-shutdown`, and `TimeoutStopSec` a few seconds above it
        ");
    }

    #[test]
    fn containers_that_need_longer() {
        let site = |signal: &str| format!("
            process web program=gunicorn app=shop.wsgi
            process api program=uvicorn app=shop.api:app
            gunicorn.graceful_timeout gunicorn
              library  30    gunicorn/config.py:1
            uvicorn.timeout_graceful_shutdown uvicorn
              command-line  20  compose.yaml:12  api
            container.build container
              unit  .  compose.yaml:3  web
            container.stop-signal container
              unit  {signal}  compose.yaml:5  web
            container.stop-timeout container
              library  10  https://docs.docker.com/:1  web
              unit     25  compose.yaml:11  api
        ");
        assert_snapshot!(findings("stop-kills-requests", &site("SIGTERM")), @"
        error: Docker kills `web` 10 s after it was told to stop (`container.stop-timeout`), and its server may take 30 s to end its requests (`gunicorn.graceful_timeout`)
          --> compose.yaml:3
          --> https://docs.docker.com/
          --> gunicorn/config.py:1
          expected: `container.stop-timeout` above 30 s
          hint: set `stop_grace_period: 35s`
        ");
        assert_snapshot!(findings("stop-kills-requests", &site("SIGQUIT")), @"");
    }

    #[test]
    fn children_of_celery() {
        assert_snapshot!(findings("stop-kills-requests", "
            process worker.service program=celery app=shop
            systemd.KillMode systemd
              library  control-group  systemd:1
            systemd.ExecStart systemd
              unit  celery·-A·shop·worker·--concurrency=2  worker.service:6  worker.service
        "), @"
        error: when `worker.service` is stopped, systemd sends SIGTERM to the worker's child processes too (`systemd.KillMode`), which end at once and lose the tasks that they are at
          --> worker.service:6
          --> systemd:1
          expected: `KillMode=mixed`, so that only the worker is told and waits for its tasks
          hint: set `KillMode=mixed`, and `TimeoutStopSec` above the longest task
        ");
    }

    #[test]
    fn silent_where_systemd_waits_long_enough() {
        assert_snapshot!(findings("stop-kills-requests", "
            process shop.service program=gunicorn app=shop.wsgi
            process api.service program=uvicorn app=shop.api:app
            process worker.service program=celery app=shop
            process beat.service program=celery app=shop
            gunicorn.graceful_timeout gunicorn
              library  30    gunicorn/config.py:1
            uvicorn.timeout_graceful_shutdown uvicorn
              library  null  uvicorn/config.py:1
            nginx.proxy_read_timeout nginx
              library  60s   https://nginx.org/proxy:1
            systemd.TimeoutStopSec systemd
              library  90s   systemd:1
            systemd.KillMode systemd
              library  control-group  systemd:1
            systemd.ExecStart systemd
              unit  celery·-A·shop·beat  beat.service:6  beat.service
        "), @"");
        for timeout in ["infinity", "0", "30s"] {
            assert_eq!(findings("stop-kills-requests", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                gunicorn.graceful_timeout gunicorn
                  library  30    gunicorn/config.py:1
                systemd.TimeoutStopSec systemd
                  unit     {timeout}    shop.service:9
            ")), "");
        }
    }

    #[test]
    fn silent_where_celerys_children_are_not_told() {
        for (mode, command) in [("mixed", "worker"), ("control-group", "worker·-P·gevent"), ("control-group", "worker·--pool=solo")] {
            assert_eq!(findings("stop-kills-requests", &format!("
                process worker.service program=celery app=shop
                systemd.KillMode systemd
                  unit  {mode}  worker.service:7  worker.service
                systemd.ExecStart systemd
                  unit  celery·-A·shop·{command}  worker.service:6  worker.service
            ")), "");
        }
    }

    #[test]
    fn uvicorn_behind_a_caddy_that_was_told_to_wait() {
        assert_snapshot!(findings("stop-kills-requests", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.timeout_graceful_shutdown uvicorn
              library  null  uvicorn/config.py:1
            systemd.TimeoutStopSec systemd
              library  90s   systemd:1
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.read_timeout caddy
              library  0     https://caddyserver.com/read:1
              proxy    5m    /etc/caddy/Caddyfile:5
        "), @"
        error: systemd kills `shop.service` 90 s after it was told to stop (`systemd.TimeoutStopSec`), while uvicorn waits for its requests without limit and Caddy for their answers for 5 min (`caddy.reverse_proxy.transport.read_timeout`)
          --> /etc/caddy/Caddyfile:5
          --> systemd:1
          expected: `systemd.TimeoutStopSec` above 5 min
          hint: set `--timeout-graceful-shutdown`, and `TimeoutStopSec` a few seconds above it
        ");
        assert_snapshot!(findings("stop-kills-requests", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.timeout_graceful_shutdown uvicorn
              library  null  uvicorn/config.py:1
            systemd.TimeoutStopSec systemd
              library  90s   systemd:1
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.read_timeout caddy
              library  0     https://caddyserver.com/read:1
        "), @"");
    }
}
