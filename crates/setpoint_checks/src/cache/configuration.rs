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
    for (part, varying) in rule.varies.iter().enumerate() {
        let Some(Map { source, rows }) = ambiguous(rule, varying)? else { continue };
        let variable = format!("${}_{number}_ambiguous_{}", zone.replace('-', "_"), part + 1);
        let _ = writeln!(
            maps,
            "# {varying}, twice, empty or written otherwise\nmap ${source} {variable} {{\n    default 0;"
        );
        for (pattern, value) in rows {
            let _ = writeln!(maps, "    {} {value};", word(&pattern));
        }
        maps.push_str("}\n\n");
        conditions.push(variable);
    }
    let name: String = rule.name.chars().filter(|letter| !letter.is_control()).collect();
    let _ = writeln!(locations, "    # {name}\n    location ~ {} {{", word(&pattern(&rule.pattern)));
    let _ = writeln!(locations, "        proxy_pass {upstream};\n        proxy_cache {zone};");
    let _ = writeln!(locations, "        proxy_cache_key {};", word(&key(number, rule)?));
    let statuses: String = rule.also_kept.iter().map(|status| format!(" {status}")).collect();
    let _ = writeln!(locations, "        proxy_cache_valid 200{statuses} {}s;", rule.ttl.as_secs());
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

/// The number of the rule, the host, what the rule varies on, and the address; or where the rule names parameters, the path.
///
/// Two different requests must never have one key, whatever they hold. Between the parts stands an end of line: none can stand in
/// a line of a request or in a header (RFC 9112 section 2.2, RFC 9113 section 8.2.1), while a cookie or a query may hold any mark
/// that is to be seen. `$uri` is decoded, and may hold one (`%0A`): it is the last part, and all before it are as many in each
/// request of a rule. The number keeps the rules apart, which have one zone. A `/` cannot stand in `$scheme` or `$host`.
fn key(number: usize, rule: &CacheRule) -> Result<String, Box<Problem>> {
    let has_queries = rule.varies.iter().any(|varying| matches!(varying, Varying::Query(_)));
    let mut key = format!("{number} $scheme://$host\n");
    for varying in &rule.varies {
        let part = match varying {
            Varying::Header(name) => variable(rule, "http", &name.replace('-', "_"), name)?,
            Varying::Cookie(name) => variable(rule, "cookie", name, name)?,
            Varying::Query(name) => variable(rule, "arg", name, name)?,
        };
        let _ = writeln!(key, "{part}");
    }
    key.push_str(if has_queries { "$uri" } else { "$request_uri" });
    Ok(key)
}

/// Requests of which `$cookie_NAME` or `$arg_NAME` does not hold what the service reads: nginx takes the first of several, in any
/// case, and none that is encoded, and it does not tell an empty one from none. Their answers would be kept under the key of
/// another request, and so they are kept out.
fn ambiguous(rule: &CacheRule, varying: &Varying) -> Result<Option<Map>, Box<Problem>> {
    let (source, name, before, after) = match varying {
        Varying::Header(_) => return Ok(None),
        Varying::Cookie(name) => ("http_cookie", name, "(?:^|;\\s*)", ";"),
        Varying::Query(name) => ("args", name, "(?:^|&)", "&"),
    };
    variable(rule, "arg", name, name)?;
    let mut rows = Vec::new();
    if source == "args" {
        rows.push(("~(?:^|&)[^=&]*[%+]".to_owned(), 1));
    }
    rows.push((format!("~*{before}{name}(?:[={after}]|\\z).*{after}\\s*{name}(?:[={after}]|\\z)"), 1));
    rows.push((format!("~{before}{name}=[^{after}]"), 0));
    rows.push((format!("~*{before}{name}(?:[={after}]|\\z)"), 1));
    Ok(Some(Map { source, rows }))
}

/// A variable, and the patterns that it is looked at with, of which the first that matches decides.
struct Map {
    source: &'static str,
    rows: Vec<(String, u8)>,
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

/// On one line: nginx reads `\n` as its end.
fn word(text: &str) -> String {
    String::from_utf8_lossy(&written(text.as_bytes())).replace('\n', "\\n")
}
