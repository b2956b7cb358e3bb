mod installed;
mod versions;

use super::{FILES, Package, Version, tabled};

#[test]
fn every_file_of_the_catalog_can_be_read() {
    for (name, text) in FILES {
        let package = Package::read(name, text).unwrap_or_else(|wrong| panic!("catalog/{name}.toml: {wrong}"));
        let entries = package.read_entries().unwrap_or_else(|wrong| panic!("catalog/{name}.toml: {wrong}"));
        assert!(!entries.is_empty() || !package.calls.is_empty(), "{name}");
    }
}

/// What nginx has by itself, where the deployment sets these directives.
fn nginx(version: Option<&str>, set: &[&str]) -> String {
    let package = super::packages().iter().find(|package| package.name == "nginx").unwrap();
    let version = version.map(|said| Version::said(said).unwrap());
    let mut lines: Vec<String> = tabled(package, version.as_ref(), None, |name| set.contains(&name))
        .iter()
        .filter(|declared| declared.name.contains("keepalive") || declared.name.contains("version"))
        .map(|declared| format!("{} {}", declared.name, declared.text.reveal()))
        .collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn a_server_has_what_its_version_has() {
    let set = ["nginx.upstream.server", "nginx.proxy_pass"];
    insta::assert_snapshot!(nginx(None, &set), @"nginx.keepalive_timeout 75s");
    insta::assert_snapshot!(nginx(Some("nginx version: nginx/1.22.1"), &set), @"
    nginx.keepalive_timeout 75s
    nginx.proxy_http_version 1.0
    nginx.upstream.keepalive 0
    ");
    insta::assert_snapshot!(nginx(Some("nginx version: nginx/1.30.0 (Ubuntu)"), &set), @"
    nginx.keepalive_timeout 75s
    nginx.proxy_http_version 1.1
    nginx.upstream.keepalive 32
    nginx.upstream.keepalive_timeout 60s
    ");
    insta::assert_snapshot!(nginx(None, &["nginx.upstream.keepalive"]), @"
    nginx.keepalive_timeout 75s
    nginx.upstream.keepalive_timeout 60s
    ");
}
