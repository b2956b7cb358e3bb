//! ## What it finds
//!
//! A server on a Unix socket that every account of the machine may open: gunicorn makes it with its own `umask`, 0
//! where nothing is said, and so with the mode 0777; uvicorn gives it 0666.
//!
//! ## Why it hurts
//!
//! Whatever else runs on the machine and is broken into talks to the application past the proxy, and is believed:
//! gunicorn trusts the forwarded headers of every Unix socket, and uvicorn is told to with `'*'`. `curl --unix-socket
//! /run/shop.sock -H 'X-Forwarded-For: 127.0.0.1' http://shop/admin/` works for every account.
//!
//! ## Example
//!
//! ```ini
//! ExecStart=/srv/shop/.venv/bin/gunicorn --bind unix:/run/shop/shop.sock shop.wsgi
//! RuntimeDirectory=shop           # of mode 0755
//! ```
//!
//! ## What to do
//!
//! Close the folder to others, which works for both: `RuntimeDirectory=shop`, `RuntimeDirectoryMode=0750`, and
//! `Group=www-data`, so that nginx may pass (Caddy's is `caddy`). For gunicorn `--umask 007` does it as well; the
//! unit's `UMask=` does not, since gunicorn sets its own.
//!
//! Sources: `gunicorn/sock.py`, `UnixSocket.bind`, and `gunicorn/config.py`, `Umask`; `uvicorn/server.py`, `uds_perms`;
//! systemd.exec(5), `RuntimeDirectoryMode=`.

use crate::server::{Program, Reach, Server};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

/// The bits of others.
const OTHERS: u32 = 0o007;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers().filter(|server| server.is_unit()) {
        let sockets = server.listens().into_iter().filter_map(|(_, reach)| match reach {
            Reach::Unix(path) => Some(path),
            Reach::Loopback | Reach::Address | Reach::Everywhere => None,
        });
        for socket in sockets.filter(|socket| !folder_is_closed(server, socket)) {
            // The directory of another unit, or of an administrator, may be closed as well.
            let is_own = runtime_directories(server).iter().any(|own| socket.starts_with(&format!("/run/{own}/")));
            let straight_below = socket.strip_prefix("/run/").is_some_and(|name| !name.contains('/'));
            if !is_own && !straight_below && !socket.starts_with("/tmp/") {
                continue;
            }
            match server.program {
                Program::Gunicorn => {
                    if let Some(umask) = server.gunicorn("umask").filter(|umask| mode(*umask).is_some_and(is_open)) {
                        report.socket_open_to_all(rule, server, &socket, umask);
                    }
                }
                Program::Uvicorn => {
                    if let Some(uds) = server.uvicorn("uds") {
                        report.socket_open_to_all(rule, server, &socket, uds);
                    }
                }
            }
        }
    }
}

/// True if others may write into a socket that is made with this mask, which is what opening it takes (unix(7)).
fn is_open(umask: u32) -> bool {
    umask & 0o002 == 0
}

/// A mask as gunicorn reads it (`int(value, 0)`), or as systemd does, which is always octal.
fn mode(setting: Setting<'_>) -> Option<u32> {
    let text = setting.text();
    if let Some(number) = text.strip_prefix("0o").or_else(|| text.strip_prefix('0')) {
        return u32::from_str_radix(if number.is_empty() { "0" } else { number }, 8).ok();
    }
    text.parse().ok()
}

fn runtime_directories(server: Server<'_>) -> Vec<String> {
    let named = server.unit("RuntimeDirectory").map(Setting::text).unwrap_or_default();
    named.split_whitespace().map(str::to_owned).collect()
}

/// True if the socket is in a folder of the unit that others may not enter.
fn folder_is_closed(server: Server<'_>, socket: &str) -> bool {
    let is_in = |own: &String| socket.starts_with(&format!("/run/{own}/"));
    let mode = server.unit("RuntimeDirectoryMode").and_then(|mode| u32::from_str_radix(&mode.text(), 8).ok());
    runtime_directories(server).iter().any(is_in) && mode.is_some_and(|mode| mode & OTHERS & 0o001 == 0)
}

impl Report {
    fn socket_open_to_all(&mut self, rule: &Rule, server: Server<'_>, socket: &str, setting: Setting<'_>) {
        let message = format!(
            "every account of the machine may open `{socket}`, on which `{}` listens (`{}` is `{}`)",
            server.name(),
            setting.name,
            setting.text()
        );
        self.add(rule, message, "a socket or a folder that nginx's group alone may open")
            .about(setting.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(setting))
            .at(setting.place)
            .at_each(server.bind().map(|bind| bind.place))
            .hint("put it below a `RuntimeDirectory=` with `RuntimeDirectoryMode=0750` and nginx's group");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_socket_made_without_a_mask() {
        assert_snapshot!(findings("socket-open-to-all", "
            process shop.service program=gunicorn app=shop.wsgi listens=unix:/run/shop/shop.sock
            gunicorn.bind gunicorn
              command-line  unix:/run/shop/shop.sock  shop.service:7  shop.service
            gunicorn.umask gunicorn
              library  0  gunicorn/config.py:1
            systemd.RuntimeDirectory systemd
              unit  shop  shop.service:8  shop.service
        "), @"
        warning: every account of the machine may open `/run/shop/shop.sock`, on which `shop.service` listens (`gunicorn.umask` is `0`)
          --> shop.service:7
          --> gunicorn/config.py:1
          expected: a socket or a folder that nginx's group alone may open
          hint: put it below a `RuntimeDirectory=` with `RuntimeDirectoryMode=0750` and nginx's group
        ");
        assert_snapshot!(findings("socket-open-to-all", "
            process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
            uvicorn.uds uvicorn
              command-line  /run/shop.sock  shop.service:7  shop.service
        "), @"
        warning: every account of the machine may open `/run/shop.sock`, on which `shop.service` listens (`uvicorn.uds` is `/run/shop.sock`)
          --> shop.service:7
          expected: a socket or a folder that nginx's group alone may open
          hint: put it below a `RuntimeDirectory=` with `RuntimeDirectoryMode=0750` and nginx's group
        ");
    }

    #[test]
    fn silent_where_a_mask_or_the_folder_closes_it_or_it_is_not_known() {
        for (umask, mode, socket) in [("0o007", "0755", "/run/shop/s.sock"), ("0", "0750", "/run/shop/s.sock"), ("0", "0755", "/srv/private/s.sock"), ("0", "0755", "/run/other/s.sock")] {
            assert_eq!(findings("socket-open-to-all", &format!("
                process shop.service program=gunicorn app=shop.wsgi listens=unix:{socket}
                gunicorn.umask gunicorn
                  command-line  {umask}  shop.service:7  shop.service
                systemd.RuntimeDirectory systemd
                  unit  shop  shop.service:8  shop.service
                systemd.RuntimeDirectoryMode systemd
                  unit  {mode}  shop.service:9  shop.service
            ")), "", "{umask} {mode} {socket}");
        }
    }
}
