//! ## What it finds
//!
//! A unit whose processes may take all the memory of the machine (neither `MemoryMax` nor `MemoryHigh`), or a container
//! without `--memory` (`mem_limit` of a compose file), with workers that live for ever (`max_requests` of gunicorn 0,
//! `limit_max_requests` of uvicorn not set).
//!
//! ## Why it hurts
//!
//! A leak of a few kilobytes for each request takes the machine after weeks, at night. The kernel then kills what is
//! largest, often the database: `Out of memory: Killed process 812 (postgres)` in the kernel's log. With a limit it
//! would have been the service itself, alone, and systemd would have started it again.
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
//! Measure what the service takes (`systemctl show -p MemoryPeak shop.service`) and set `MemoryMax` to twice that, with
//! `Restart=on-failure`. `--max-requests 2000 --max-requests-jitter 200` replaces workers before a leak matters.
//!
//! Sources: systemd.resource-control(5), `MemoryMax=`, `MemoryHigh=`; `gunicorn/config.py`, `MaxRequests`;
//! `uvicorn/config.py`, `limit_max_requests`; docker-run(1), `--memory`; Compose specification, `mem_limit`.

use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some(memory) = unlimited(server) else { continue };
        let Some(requests) = server.either("max_requests", "limit_max_requests") else { continue };
        if requests.is_none() || requests.number() == Some(0.0) {
            report.no_memory_limit(rule, server, memory, requests);
        }
    }
}

/// The limit of its memory, where that is none.
fn unlimited(server: Server<'_>) -> Option<Setting<'_>> {
    if !server.is_unit() {
        let memory = server.container("memory").filter(|memory| memory.text() == "unlimited");
        // A group above it may be limited.
        return memory.filter(|_| server.container("cgroup-parent").is_none());
    }
    let memory = server.unit("MemoryMax").filter(|memory| is_unlimited(*memory))?;
    // Without one of its own the unit may still be held by a slice's.
    let is_held = server.unit("MemoryHigh").is_some_and(|high| !is_unlimited(high)) || server.unit("Slice").is_some();
    (!is_held).then_some(memory)
}

fn is_unlimited(memory: Setting<'_>) -> bool {
    memory.bytes() == Some(f64::INFINITY)
}

impl Report {
    fn no_memory_limit(&mut self, rule: &Rule, server: Server<'_>, memory: Setting<'_>, requests: Setting<'_>) {
        let unit = server.name();
        let message = format!(
            "`{unit}` may take all the memory of the machine (`{}`), and its workers are never replaced (`{}`)",
            memory.name, requests.name
        );
        let (limit, advice) = if server.is_unit() {
            ("`MemoryMax=`", "set `MemoryMax=` to twice what `systemctl show -p MemoryPeak` says")
        } else {
            ("limit of its memory", "set `mem_limit` in its compose file to twice what `docker stats` says")
        };
        self.add(rule, message, format!("a {limit}, or workers that end after so many requests"))
            .about(memory.name)
            .in_process(Some(unit))
            .at(server.place_to_set(memory))
            .at(memory.place)
            .at(requests.place)
            .hint(advice);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn all_the_memory_for_ever() {
        assert_snapshot!(findings("no-memory-limit", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.max_requests gunicorn
              library  0         gunicorn/config.py:1
            systemd.MemoryMax systemd
              library  infinity  systemd:1
        "), @"
        note: `shop.service` may take all the memory of the machine (`systemd.MemoryMax`), and its workers are never replaced (`gunicorn.max_requests`)
          --> systemd:1
          --> gunicorn/config.py:1
          expected: a `MemoryMax=`, or workers that end after so many requests
          hint: set `MemoryMax=` to twice what `systemctl show -p MemoryPeak` says
        ");
    }

    #[test]
    fn a_container_with_all_the_memory() {
        assert_snapshot!(findings("no-memory-limit", "
            process web program=gunicorn app=shop.wsgi
            process api program=gunicorn app=shop.wsgi
            gunicorn.max_requests gunicorn
              library  0         gunicorn/config.py:1
            container.memory container
              unit  unlimited  docker·inspect·web:1  web
              unit  268435456  docker·inspect·api:1  api
        "), @"
        note: `web` may take all the memory of the machine (`container.memory`), and its workers are never replaced (`gunicorn.max_requests`)
          --> docker·inspect·web:1
          --> gunicorn/config.py:1
          expected: a limit of its memory, or workers that end after so many requests
          hint: set `mem_limit` in its compose file to twice what `docker stats` says
        ");
    }

    #[test]
    fn silent_where_something_limits_it() {
        for (property, requests) in [("MemoryMax systemd\n unit 512M", 0), ("MemoryHigh systemd\n unit 400M", 0), ("MemoryMax systemd\n library infinity", 2000)] {
            assert_eq!(findings("no-memory-limit", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                gunicorn.max_requests gunicorn
                  configuration-file  {requests}  gunicorn.conf.py:1  shop.service
                systemd.{property}  shop.service:9
                systemd.MemoryMax systemd
                  library  infinity  systemd:1
            ")), "", "{property}");
        }
    }
}
