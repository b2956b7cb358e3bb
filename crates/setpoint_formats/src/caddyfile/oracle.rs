//! Compares this reader with `caddy adapt`, which prints what Caddy makes of a Caddyfile: every `reverse_proxy` with
//! its upstreams and time-outs, and the limits of bodies in front of it.

use super::configuration::tests::read;
use super::way::Part;
use crate::oracle::run;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const SAMPLE: &str = r#"{
	grace_period 10s
	servers {
		timeouts {
			read_body 10s
		}
	}
}

(proxy) {
	reverse_proxy {args.0} {
		header_up X-Site "{args.1} \"quoted\""
		transport http {
			read_timeout {args.2}
			dial_timeout 2s
		}
	}
}

(limit) {
	request_body {
		max_size {args.0}
	}
}

# Two addresses, one of them on a line of its own.
shop.example, www.shop.example,
shop.test {
	@upload path /upload/* /photos/*
	import limit 10MB
	request_body @upload {
		max_size 50MB
	}
	reverse_proxy @upload unix//run/upload.sock {
		transport http {
			keepalive off
			response_header_timeout 1m30s
		}
	}
	handle /api/* {
		import limit 1MB
		import proxy localhost:8001 api 30s
	}
	handle_path /v1/* {
		route {
			import limit 2MB
			import proxy h2c://127.0.0.1:8002 \
				v1 5s
			import limit 3MB
		}
	}
	handle {
		encode gzip
		reverse_proxy 127.0.0.1:8003 127.0.0.1:8004 :8006 {
			to shop.internal:80 tcp/127.0.0.1:8007
			header_up -X-Real-IP
			header_up X-Real-Ip `of the "client"`
			transport http {
				keepalive 75s
			}
		}
	}
	handle_errors {
		respond "gone {"
	}
}

:8080 {
	request_body {
		max_size 4MB
	}
	reverse_proxy * [::1]:8010
}
"#;

/// What `caddy adapt` prints; `None` without Caddy.
fn adapted(text: &str) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Caddyfile");
    #[expect(clippy::disallowed_methods, reason = "the test gives a file to the real program")]
    std::fs::write(&path, text).unwrap();
    let program = Path::new("caddy");
    let (said, _) = run(program, &["adapt", "--adapter", "caddyfile", "--config", path.to_str().unwrap()], &[], "")?;
    Some(serde_json::from_str(&said).unwrap())
}

/// A line for each `reverse_proxy` of a list of routes, and of those in it. `limits` are the bodies' from outside.
fn routes_of_caddy(routes: &Value, limits: &[u64], lines: &mut BTreeSet<String>) {
    let mut passed: Vec<(&Value, u64)> = Vec::new();
    for route in routes.as_array().into_iter().flatten() {
        let matcher = &route["match"];
        for handler in route["handle"].as_array().into_iter().flatten() {
            let in_force = passed.iter().filter(|(of, _)| of.is_null() || *of == matcher).map(|(_, limit)| *limit);
            let limits: Vec<u64> = limits.iter().copied().chain(in_force).collect();
            match handler["handler"].as_str() {
                Some("request_body") => passed.push((matcher, handler["max_size"].as_u64().unwrap())),
                Some("subroute") => routes_of_caddy(&handler["routes"], &limits, lines),
                Some("reverse_proxy") => drop(lines.insert(line_of_caddy(handler, &limits))),
                Some(_) | None => {}
            }
        }
    }
}

fn line_of_caddy(handler: &Value, limits: &[u64]) -> String {
    let dials = handler["upstreams"].as_array().unwrap().iter().map(|upstream| upstream["dial"].as_str().unwrap());
    let transport = &handler["transport"];
    let seconds = |name: &str| transport[name].as_u64().map(|nanoseconds| nanoseconds / 1_000_000_000);
    let keep_alive = &transport["keep_alive"];
    let keeps = match keep_alive["enabled"].as_bool() {
        Some(false) => Some(0),
        Some(true) | None => keep_alive["idle_timeout"].as_u64().map(|nanoseconds| nanoseconds / 1_000_000_000),
    };
    let request = &handler["headers"]["request"];
    let set = request["set"].as_object().into_iter().flatten().map(|(name, to)| (name, to[0].as_str().unwrap()));
    line(
        dials.map(|dial| dial.trim_start_matches("tcp/").to_owned()).collect(),
        limits,
        [seconds("dial_timeout"), seconds("read_timeout"), seconds("response_header_timeout"), keeps],
        &set.map(|(name, to)| format!("{name}={to}")).collect(),
    )
}

fn line(mut dials: Vec<String>, limits: &[u64], seconds: [Option<u64>; 4], set: &BTreeSet<String>) -> String {
    dials.sort();
    // All of them count, in whatever order.
    let mut limits = limits.to_vec();
    limits.sort_unstable();
    format!("{dials:?} limits {limits:?} seconds {seconds:?} set {set:?}")
}

/// The same by this reader.
fn routes_of_ours(text: &str) -> BTreeSet<String> {
    let (configuration, problems) = read(&[("Caddyfile", text)]);
    assert_eq!(problems, []);
    let ways = configuration.ways().into_iter().map(|way| {
        let given = configuration.in_force(&way);
        let values = |name: &str| {
            let whole = given.iter().filter(|given| given.name == name && given.part == Part::Whole);
            let words = whole.map(|given| &configuration.line(given.node).arguments[given.arguments.clone()]);
            words.map(|words| words[0].text.clone()).collect::<Vec<_>>()
        };
        let seconds = |name: &str| values(&format!("reverse_proxy.transport.{name}")).pop().map(|text| seconds(&text));
        let keys = given.iter().filter_map(|given| given.name.strip_prefix("reverse_proxy.header_up."));
        let set = keys.filter(|key| !key.starts_with(['+', '-']));
        let set = set.map(|key| format!("{key}={}", values(&format!("reverse_proxy.header_up.{key}"))[0]));
        line(
            way.destinations.iter().map(|address| caddy_s(&address.to_string())).collect(),
            &values("request_body.max_size").iter().map(|text| megabytes(text)).collect::<Vec<_>>(),
            [
                seconds("dial_timeout"),
                seconds("read_timeout"),
                seconds("response_header_timeout"),
                seconds("keepalive"),
            ],
            &set.collect(),
        )
    });
    ways.collect()
}

/// An address as Caddy writes it in JSON.
fn caddy_s(address: &str) -> String {
    match address.strip_prefix("unix:") {
        Some(path) => format!("unix/{path}"),
        // Caddy leaves this machine to Go.
        None => address.strip_prefix("localhost:8006").map_or(address.to_owned(), |_| ":8006".to_owned()),
    }
}

fn seconds(text: &str) -> u64 {
    match text {
        "off" => 0,
        "1m30s" => 90,
        text => text.strip_suffix('s').unwrap().parse().unwrap(),
    }
}

fn megabytes(text: &str) -> u64 {
    text.strip_suffix("MB").unwrap().parse::<u64>().unwrap() * 1_000_000
}

#[test]
fn every_way_is_as_caddy_makes_it() {
    let Some(adapted) = adapted(SAMPLE) else { return };
    let mut lines = BTreeSet::new();
    for (_, server) in adapted["apps"]["http"]["servers"].as_object().unwrap() {
        routes_of_caddy(&server["routes"], &[], &mut lines);
    }
    assert_eq!(lines.len(), 5, "{lines:#?}");
    let ours: Vec<String> = routes_of_ours(SAMPLE).into_iter().collect();
    let theirs: Vec<String> = lines.into_iter().collect();
    assert_eq!(format!("{ours:#?}"), format!("{theirs:#?}"));
}
