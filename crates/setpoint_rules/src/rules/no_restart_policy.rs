//! ## What it finds
//!
//! The unit of a server or a worker that is meant to run all the time, and that systemd does not start again when
//! it ends: `Restart=no`, which is systemd's own default. Or the container of a server, a worker or a database that
//! neither Docker nor Podman, nor a unit, starts again: `restart: "no"`, which is theirs. What a profile of a
//! compose file alone starts is not reported.
//!
//! ## Why it hurts
//!
//! It runs for months, is killed once by the kernel for want of memory, and stays down until somebody looks. A
//! container without a policy is also not there when the machine was started anew. `systemctl status` says `Active:
//! failed (Result: oom-kill)`, nginx says 502 and `connect() failed (111: Connection refused)`.
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app
//! ```
//!
//! ## What to do
//!
//! Add `Restart=on-failure` with `RestartSec=5`; `Restart=always` if it must run even after it ended by itself. For a
//! container write `restart: unless-stopped` into its compose file; `docker update --restart unless-stopped` helps
//! until it is made anew.
//!
//! Sources: systemd.service(5), `Restart=`; docker-run(1), `--restart`; Compose specification, `restart`.

use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for process in facts.long_running_units() {
        if let Some(restart) = facts.setting("systemd.Restart", &process.name)
            && restart.text() == "no"
        {
            report.no_restart_policy(rule, facts, &process.name, restart);
        }
    }
    for process in facts.long_running_containers() {
        if let Some(restart) = facts.setting("container.restart", &process.name)
            && restart.text() == "no"
        {
            report.no_restart_policy_of_container(rule, facts, &process.name, restart);
        }
    }
}

impl Report {
    fn no_restart_policy(&mut self, rule: &Rule, facts: Facts<'_>, unit: &str, restart: Setting<'_>) {
        let by = if restart.is_built_in() { ", since nothing sets it" } else { "" };
        let message = format!("`{unit}` stays down once it ended: `{}` is `no`{by}", restart.name);
        self.add(rule, message, "`Restart=on-failure` or `Restart=always`")
            .about(restart.name)
            .in_process(Some(unit))
            .at(facts.place_to_set(restart, unit))
            .at(restart.place)
            .hint("add `Restart=on-failure` and `RestartSec=5` to the unit");
    }

    fn no_restart_policy_of_container(
        &mut self,
        rule: &Rule,
        facts: Facts<'_>,
        container: &str,
        restart: Setting<'_>,
    ) {
        let by = if restart.is_built_in() { ", since nothing sets it" } else { "" };
        let message = format!("the container `{container}` stays down once it ended: `{}` is `no`{by}", restart.name);
        self.add(rule, message, "a container that is started again")
            .about(restart.name)
            .in_process(Some(container))
            .at(facts.place_to_set(restart, container))
            .at(restart.place)
            .hint("set `restart: unless-stopped` in its compose file, or make it with `--restart unless-stopped`");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_server_that_nobody_starts_again() {
        assert_snapshot!(findings("no-restart-policy", "
            process shop.service program=gunicorn app=shop.wsgi
            process worker.service program=celery app=shop
            systemd.ExecStart systemd
              unit  celery·-A·shop·worker  worker.service:6  worker.service
            systemd.Restart systemd
              library  no  systemd:1
        "), @"
        warning: `shop.service` stays down once it ended: `systemd.Restart` is `no`, since nothing sets it
          --> systemd:1
          expected: `Restart=on-failure` or `Restart=always`
          hint: add `Restart=on-failure` and `RestartSec=5` to the unit
        warning: `worker.service` stays down once it ended: `systemd.Restart` is `no`, since nothing sets it
          --> worker.service:6
          --> systemd:1
          expected: `Restart=on-failure` or `Restart=always`
          hint: add `Restart=on-failure` and `RestartSec=5` to the unit
        ");
    }

    #[test]
    fn a_container_that_nobody_starts_again() {
        assert_snapshot!(findings("no-restart-policy", "
            process web program=gunicorn app=shop.wsgi
            process api program=uvicorn app=shop.main:app
            process seed program=python app=shop.seed
            container.restart container
              unit  no      docker·inspect·web:1  web
              unit  always  docker·inspect·api:1  api
              unit  no      docker·inspect·seed:1  seed
        "), @"
        warning: the container `web` stays down once it ended: `container.restart` is `no`
          --> docker·inspect·web:1
          expected: a container that is started again
          hint: set `restart: unless-stopped` in its compose file, or make it with `--restart unless-stopped`
        ");
    }

    #[test]
    fn services_of_a_compose_file() {
        assert_snapshot!(findings("no-restart-policy", "
            process web program=gunicorn app=shop.wsgi
            process worker program=celery app=shop
            process seed program=celery app=shop
            process db program=postgres
            process debug program=uvicorn app=shop.main:app
            container.build container
              unit  .  compose.yaml:3  web
              unit  .  compose.yaml:9  worker
              unit  .  compose.yaml:12  seed
              unit  .  compose.yaml:20  debug
            container.network container in=services.debug.network_mode,·only·with·the·profile·`debug`
              unit  host  compose.yaml:22  debug
            container.image container
              unit  postgres:16  compose.yaml:15  db
            container.restart container
              library  no  https://docs.docker.com/:1  web
              library  no  https://docs.docker.com/:1  worker
              library  no  https://docs.docker.com/:1  seed
              library  no  https://docs.docker.com/:1  db
              unit     no  compose.yaml:21  debug
            celery.app celery
              command-line  shop  compose.yaml:10  worker
        "), @"
        warning: the container `web` stays down once it ended: `container.restart` is `no`, since nothing sets it
          --> compose.yaml:3
          --> https://docs.docker.com/
          expected: a container that is started again
          hint: set `restart: unless-stopped` in its compose file, or make it with `--restart unless-stopped`
        warning: the container `worker` stays down once it ended: `container.restart` is `no`, since nothing sets it
          --> compose.yaml:9
          --> https://docs.docker.com/
          expected: a container that is started again
          hint: set `restart: unless-stopped` in its compose file, or make it with `--restart unless-stopped`
        warning: the container `db` stays down once it ended: `container.restart` is `no`, since nothing sets it
          --> compose.yaml:15
          --> https://docs.docker.com/
          expected: a container that is started again
          hint: set `restart: unless-stopped` in its compose file, or make it with `--restart unless-stopped`
        ");
    }

    #[test]
    fn silent_for_what_ends_and_what_is_restarted() {
        assert_snapshot!(findings("no-restart-policy", "
            process shop.service program=gunicorn app=shop.wsgi
            process import.service program=python app=shop.import_prices
            process migrate.service program=gunicorn app=shop.wsgi
            process purge.service program=celery app=shop
            process web program=gunicorn app=shop.wsgi
            systemd.Type systemd
              unit  oneshot  migrate.service:3  migrate.service
            systemd.ExecStart systemd
              unit  celery·-A·shop·purge  purge.service:6  purge.service
            systemd.Restart systemd
              library  no          systemd:1
              unit     on-failure  shop.service:9  shop.service
        "), @"");
    }
}
