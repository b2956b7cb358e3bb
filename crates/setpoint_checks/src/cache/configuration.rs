//! The configuration of nginx that rules mean: a location for each, in their order, since of locations with patterns the first
//! that matches decides, as it does of rules.

use setpoint_formats::nginx::written;
use setpoint_model::register::{Bypass, CacheRule, Varying};
use setpoint_model::{Problem, Retry};
use std::fmt::Write as _;

/// What stands in `http`: maps, the cache and a server that passes requests on to `upstream`, such as
/// `http://127.0.0.1:8000`. `zone` names the cache. An error is what nginx has no words for.
pub fn configuration(rules: &[CacheRule], zone: &str, upstream: &str) -> Result<String, Vec<Problem>> {
    let mut maps = String::new();
    let mut locations = String::new();
    let mut problems = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        if let Err(problem) = write_rule(number + 1, rule, zone, upstream, (&mut maps, &mut locations)) {
            problems.push(*problem);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let kept = rules.iter().map(|rule| rule.ttl.as_secs()).max().unwrap_or_default().max(600);
    Ok(format!(
        "# Made by `setpoint cache nginx` of the cache rules in setpoint.toml.\n\
         proxy_cache_path /var/cache/{zone} keys_zone={zone}:10m inactive={kept}s use_temp_path=off;\n\
         \n{maps}server {{\n    listen 80;\n\n    \
         # What the cache did; a location that has an `add_header` itself must repeat it.\n    \
         add_header X-Cache-Status $upstream_cache_status;\n\n{locations}    \
         location / {{\n        proxy_pass {upstream};\n    }}\n}}\n"
    ))
}

fn write_rule(
    number: usize,
    rule: &CacheRule,
    zone: &str,
    upstream: &str,
    (maps, locations): (&mut String, &mut String),
) -> Result<(), Box<Problem>> {
    let mut conditions = Vec::new();
    for (part, bypass) in rule.bypass.iter().enumerate() {
        let variable = format!("${}_{number}_{}", zone.replace('-', "_"), part + 1);
        let (source, holds) = condition(rule, bypass)?;
        let _ = writeln!(maps, "# {bypass}\nmap {source} {variable} {{\n    default 0;\n    {} 1;\n}}\n", word(&holds));
        conditions.push(variable);
    }
    let name: String = rule.name.chars().filter(|letter| !letter.is_control()).collect();
    let _ = writeln!(locations, "    # {name}\n    location ~ {} {{", word(&pattern(&rule.pattern)));
    let _ = writeln!(locations, "        proxy_pass {upstream};\n        proxy_cache {zone};");
    let _ = writeln!(locations, "        proxy_cache_key {};", word(&key(rule)?));
    let _ = writeln!(locations, "        proxy_cache_valid 200 {}s;", rule.ttl.as_secs());
    if !conditions.is_empty() {
        let conditions = conditions.join(" ");
        let _ = writeln!(locations, "        proxy_cache_bypass {conditions};\n        proxy_no_cache {conditions};");
    }
    locations.push_str("    }\n\n");
    Ok(())
}

/// The variable that a map looks at, and what it has where the bypass holds. A cookie or a parameter with no value counts, so
/// that `$cookie_NAME` and `$arg_NAME` would not do.
fn condition(rule: &CacheRule, bypass: &Bypass) -> Result<(String, String), Box<Problem>> {
    Ok(match bypass {
        Bypass::Cookie(name) => ("$http_cookie".to_owned(), format!("~*(?:^|;\\s*){}=", regex::escape(name))),
        Bypass::Header(name) => (variable(rule, "http", &name.replace('-', "_"), name)?, "~.".to_owned()),
        Bypass::Query(name) if is_plain(name, "_.~-") => {
            ("$args".to_owned(), format!("~(?:^|&){}(?:=|&|\\z)", regex::escape(name)))
        }
        Bypass::Query(name) => return Err(wordless(rule, name)),
        Bypass::Method(method) => ("$request_method".to_owned(), method.clone()),
        Bypass::Path(path) => ("$uri".to_owned(), format!("~{}", pattern(path))),
    })
}

/// The whole address, or where the rule names parameters those alone; and what else the rule varies on.
fn key(rule: &CacheRule) -> Result<String, Box<Problem>> {
    let has_queries = rule.varies.iter().any(|varying| matches!(varying, Varying::Query(_)));
    let mut key = format!("$scheme$host{}", if has_queries { "$uri" } else { "$request_uri" });
    for varying in &rule.varies {
        let part = match varying {
            Varying::Header(name) => variable(rule, "http", &name.replace('-', "_"), name)?,
            Varying::Cookie(name) => variable(rule, "cookie", name, name)?,
            Varying::Query(name) => variable(rule, "arg", name, name)?,
        };
        let _ = write!(key, "|{part}");
    }
    Ok(key)
}

fn variable(rule: &CacheRule, kind: &str, name: &str, written: &str) -> Result<String, Box<Problem>> {
    if is_plain(name, "_") {
        Ok(format!("${kind}_{}", name.to_ascii_lowercase()))
    } else {
        Err(wordless(rule, written))
    }
}

fn is_plain(name: &str, besides: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || besides.contains(letter))
}

fn wordless(rule: &CacheRule, name: &str) -> Box<Problem> {
    let what = format!("`{name}` of the cache rule `{}` has no variable in nginx", rule.name);
    let expected = "a name of letters, digits and `_`";
    Box::new(Problem::input(what, expected, Retry::SafeOnceMended).at(rule.place.clone()))
}

/// As a pattern of PCRE, of which `.` is anything and `\z` the very end.
fn pattern(path: &str) -> String {
    let parts: Vec<String> = path.split('*').map(regex::escape).collect();
    format!("(?s)^{}\\z", parts.join(".*"))
}

fn word(text: &str) -> String {
    String::from_utf8_lossy(&written(text.as_bytes())).into_owned()
}
