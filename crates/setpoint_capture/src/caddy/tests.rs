use super::{MAIN_FILE, read};
use crate::proxied::{Proxied, Start};
use crate::{Clear, Target};
use insta::assert_snapshot;
use setpoint_host::FixtureHost;
use std::fmt::Write as _;
use std::path::Path;

/// A machine of these files.
fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, FixtureHost) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test prepares a machine in a folder")]
        std::fs::write(path, text).unwrap();
    }
    let host = FixtureHost::new(folder.path());
    (folder, host)
}

/// What Caddy on that machine does for a service that listens there.
fn live(files: &[(&str, &str)], listens: &str) -> Proxied {
    let (_folder, host) = machine(files);
    read(&host, Start::Machine(Path::new(MAIN_FILE)), Some(&[listens.to_owned()]), Some("shop.service"))
}

/// What these files of the folder `/srv/shop` say.
fn folder(files: &[(&str, &str)]) -> Proxied {
    let (_folder, host) = machine(files);
    let paths = files.iter().map(|(name, _)| Path::new("/").join(name));
    let paths: Vec<_> = paths.filter(|path| path.starts_with("/srv/shop")).collect();
    read(&host, Start::Folder { root: Path::new("/srv/shop"), files: &paths }, None, None)
}

/// A line for each assignment, sorted: name, value, text, place, symbol; then the passes and the problems.
fn picture(proxied: &Proxied) -> String {
    let line = |assignment: &crate::Assignment| {
        let Target::Default(name) = &assignment.target else { panic!("Caddy sets no variables") };
        let value = match &assignment.value {
            Clear::Constant(value) => value.reveal().to_string(),
            Clear::Dynamic => "?".to_owned(),
            Clear::Nothing => panic!("Caddy takes nothing away"),
        };
        let symbol = assignment.symbol.as_deref().unwrap_or("-");
        format!("{name} = {value} ({}, {symbol})\n", assignment.place)
    };
    let mut lines: Vec<_> = proxied.deployment.assignments.iter().map(line).collect();
    lines.sort();
    let mut picture = lines.concat();
    for pass in &proxied.passes {
        let to: Vec<_> = pass.addresses.iter().map(ToString::to_string).collect();
        writeln!(picture, "{} -> {}", pass.place, to.join(" ")).unwrap();
    }
    for problem in &proxied.deployment.problems {
        writeln!(picture, "! {problem}").unwrap();
    }
    picture
}

const CADDYFILE: &str = "{
	grace_period 10s
}
import sites/*
";
const SHOP: &str = "(limits) {
	request_body {args.0} {
		max_size {args.1}
	}
}
shop.example, www.shop.example {
	encode gzip
	import limits * 10MB
	import limits /photos/* \"50 MB\"
	handle /report/* {
		reverse_proxy 127.0.0.1:8000 {
			transport http {
				read_timeout 5m
			}
		}
	}
	handle {
		reverse_proxy 127.0.0.1:8000 {
			header_up X-Token {$TOKEN}
			transport http {
				read_timeout 30s
				keepalive 4s
			}
		}
	}
}
";

#[test]
fn the_live_machine_s_directives_in_force_for_the_service() {
    let blog = "blog.example {\n reverse_proxy localhost:9000\n}\n";
    let files = [("etc/caddy/Caddyfile", CADDYFILE), ("etc/caddy/sites/shop", SHOP), ("etc/caddy/sites/blog", blog)];
    let proxied = live(&files, "0.0.0.0:8000");
    assert_snapshot!(picture(&proxied), @"
    caddy.address = shop.example www.shop.example (/etc/caddy/sites/shop:6:1, shop.example)
    caddy.encode = gzip (/etc/caddy/sites/shop:7:9, shop.example)
    caddy.options.grace_period = 10s (/etc/caddy/Caddyfile:2:15, options)
    caddy.request_body.max_size = 10MB (/etc/caddy/sites/shop:8:18, shop.example/request_body)
    caddy.reverse_proxy = 127.0.0.1:8000 (/etc/caddy/sites/shop:11:17, shop.example/handle /report/*)
    caddy.reverse_proxy = 127.0.0.1:8000 (/etc/caddy/sites/shop:18:17, shop.example/handle)
    caddy.reverse_proxy.transport = http (/etc/caddy/sites/shop:12:14, shop.example/handle /report/*/reverse_proxy)
    caddy.reverse_proxy.transport = http (/etc/caddy/sites/shop:20:14, shop.example/handle/reverse_proxy)
    caddy.reverse_proxy.transport.read_timeout = 30s (/etc/caddy/sites/shop:21:18, shop.example/handle/reverse_proxy/transport)
    caddy[shop.example/photos/*].request_body.max_size = 50 MB (/etc/caddy/sites/shop:9:26, shop.example/request_body /photos/*)
    caddy[shop.example/report/*].reverse_proxy.transport.read_timeout = 5m (/etc/caddy/sites/shop:13:18, shop.example/handle /report/*/reverse_proxy/transport)
    caddy[shop.example].reverse_proxy.header_up.X-Token = ? (/etc/caddy/sites/shop:19:22, shop.example/handle/reverse_proxy)
    caddy[shop.example].reverse_proxy.transport.keepalive = 4s (/etc/caddy/sites/shop:22:15, shop.example/handle/reverse_proxy/transport)
    /etc/caddy/sites/blog:2:2 -> localhost:9000
    /etc/caddy/sites/shop:11:3 -> 127.0.0.1:8000
    /etc/caddy/sites/shop:18:3 -> 127.0.0.1:8000
    ");
    assert!(proxied.deployment.assignments.iter().all(|one| one.process.as_deref() == Some("shop.service")));
    let read: Vec<_> = proxied.files.iter().map(|file| file.display().to_string()).collect();
    assert_eq!(read, ["/etc/caddy/Caddyfile", "/etc/caddy/sites/shop"]);
}

#[test]
fn an_assignment_knows_the_bytes_that_a_change_would_replace() {
    let proxied = folder(&[("srv/shop/Caddyfile", SHOP)]);
    let written: Vec<_> = proxied
        .deployment
        .assignments
        .iter()
        .map(|assignment| {
            let span = assignment.place.span.unwrap();
            assert_eq!(&SHOP[span.start..span.end], assignment.text.reveal());
            assignment.text.reveal().as_str()
        })
        .collect();
    assert!(written.contains(&"\"50 MB\"") && written.contains(&"shop.example, www.shop.example"), "{written:?}");
}

#[test]
fn a_limit_that_not_all_ways_have_is_none_of_the_plain_name() {
    let text = "shop.example {
	reverse_proxy /upload* localhost:8000
	handle {
		request_body {
			max_size 1MB
		}
		reverse_proxy localhost:8000
	}
}
";
    assert_snapshot!(picture(&folder(&[("srv/shop/Caddyfile", text)])), @"
    caddy.address = shop.example (Caddyfile:1:1, shop.example)
    caddy.reverse_proxy = localhost:8000 (Caddyfile:2:25, shop.example)
    caddy.reverse_proxy = localhost:8000 (Caddyfile:7:17, shop.example/handle)
    caddy[shop.example].request_body.max_size = 1MB (Caddyfile:5:13, shop.example/handle/request_body)
    Caddyfile:2:2 -> localhost:8000
    Caddyfile:7:3 -> localhost:8000
    ");
}

#[test]
fn a_folder_s_files_are_read_once_and_lines_to_import_are_no_beginning() {
    let files = [
        ("srv/shop/deploy/caddy/Caddyfile", "import /etc/caddy/sites/*.caddy\nimport snippets/none\n"),
        ("srv/shop/deploy/caddy/sites/shop.caddy", "shop.example {\n import ../proxy.caddy\n}\n"),
        ("srv/shop/deploy/caddy/proxy.caddy", "reverse_proxy unix//run/shop.sock\n"),
        ("srv/shop/other.caddy", "other.example {\n import /etc/shop/secret\n reverse_proxy {$TO}\n}\n"),
        ("etc/shop/secret", "encode zstd\n"),
    ];
    assert_snapshot!(picture(&folder(&files)), @"
    caddy.address = shop.example (deploy/caddy/sites/shop.caddy:1:1, shop.example)
    caddy.reverse_proxy = unix//run/shop.sock (deploy/caddy/proxy.caddy:1:15, shop.example)
    caddy[other.example].address = other.example (other.caddy:1:1, other.example)
    caddy[other.example].reverse_proxy = ? (other.caddy:3:16, other.example)
    deploy/caddy/proxy.caddy:1:1 -> unix:/run/shop.sock
    other.caddy:3:2 -> 
    ! `snippets/none` was not read: it is not in this folder (deploy/caddy/Caddyfile:2:8); expected the imported file beside the files that import it; retry: safe once this is mended; nothing was changed
    ! `/etc/shop/secret` was not read: it is not in this folder (other.caddy:2:9); expected the imported file beside the files that import it; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_service_that_caddy_does_not_know_has_no_proxy() {
    let proxied = live(&[("etc/caddy/Caddyfile", SHOP)], "127.0.0.1:8001");
    assert_snapshot!(picture(&proxied), @"
    /etc/caddy/Caddyfile:11:3 -> 127.0.0.1:8000
    /etc/caddy/Caddyfile:18:3 -> 127.0.0.1:8000
    ");
}

#[test]
fn a_secret_in_a_query_is_no_part_of_a_name_and_that_of_a_cookie_has_a_name_of_its_own() {
    let text = "shop.example {
	respond /s?key=hunter2-of-a-matcher 403
	handle /a?token=hunter2-of-a-matcher {
		reverse_proxy localhost:8000 {
			lb_policy cookie lb hunter2-of-a-policy
		}
	}
}
";
    assert_snapshot!(picture(&folder(&[("srv/shop/Caddyfile", text)])), @"
    caddy.address = shop.example (Caddyfile:1:1, shop.example)
    caddy.reverse_proxy = localhost:8000 (Caddyfile:4:17, shop.example/handle /a?token=***)
    caddy.reverse_proxy.lb_policy = cookie lb (Caddyfile:5:14, shop.example/handle /a?token=***)
    caddy.reverse_proxy.lb_policy.secret = hunter2-of-a-policy (Caddyfile:5:24, shop.example/handle /a?token=***)
    caddy[shop.example/s?key=***].respond = 403 (Caddyfile:2:38, shop.example)
    Caddyfile:4:3 -> localhost:8000
    ");
}

#[test]
fn more_directives_than_anybody_needs_are_not_looked_at_for_each_way() {
    let headers: String = (0..4_000).map(|number| format!(" header X-{number} a\n")).collect();
    let ways: String = (0..300).map(|number| format!(" reverse_proxy /{number} localhost:8000\n")).collect();
    let proxied = folder(&[("srv/shop/Caddyfile", &format!("shop.example {{\n{headers}{ways}}}\n"))]);
    assert_eq!(proxied.passes.len(), 300);
    let problems: Vec<_> = proxied.deployment.problems.iter().map(ToString::to_string).collect();
    assert_snapshot!(problems.join("\n"), @"the ways of requests from here on were not read: too many directives are in force on all of them (Caddyfile:4026:2); expected at most 100000, each counted once a way; retry: safe once this is mended; nothing was changed");
}
