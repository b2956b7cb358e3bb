use super::{MAIN_FILE, read};
use crate::proxied::{Proxied, Start};
use crate::{Clear, Target};
use setpoint_host::FixtureHost;
use setpoint_model::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

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

/// What nginx on that machine does for a service that listens there.
fn live(files: &[(&str, &str)], listens: &str) -> Proxied {
    let (_folder, host) = machine(files);
    read(&host, Start::Machine(Path::new(MAIN_FILE)), Some(&[listens.to_owned()]), Some("shop.service"))
}

/// What the nginx files of the folder `/srv/shop` say.
fn folder(files: &[(&str, &str)], listens: Option<&str>) -> Proxied {
    let (_folder, host) = machine(files);
    let paths = files.iter().map(|(name, _)| Path::new("/").join(name));
    let paths: Vec<_> = paths.filter(|path| path.starts_with("/srv/shop")).collect();
    let listens = listens.map(|listens| vec![listens.to_owned()]);
    read(&host, Start::Folder { root: Path::new("/srv/shop"), files: &paths }, listens.as_deref(), None)
}

/// A line for each assignment, sorted: name, value, place, symbol; then the problems.
fn picture(proxied: &Proxied) -> String {
    let line = |assignment: &crate::Assignment| {
        let Target::Default(name) = &assignment.target else { panic!("nginx sets no variables") };
        let Clear::Constant(value) = &assignment.value else { panic!("nginx's directives are constants") };
        let symbol = assignment.symbol.as_deref().unwrap_or("-");
        format!("{name} = {} ({}, {symbol})\n", value.reveal(), assignment.place)
    };
    let mut lines: Vec<_> = proxied.deployment.assignments.iter().map(line).collect();
    lines.sort();
    let mut picture = lines.concat();
    for problem in &proxied.deployment.problems {
        writeln!(picture, "! {problem}").unwrap();
    }
    picture
}

const NGINX_CONF: &str = "user www-data;
events { worker_connections 768; }
http {
    gzip on;
    proxy_read_timeout 60s;
    include mime.types;
    include /etc/nginx/sites-enabled/*;
}
";
const SHOP: &str = r#"upstream shop {
    server 127.0.0.1:8000;
    keepalive 16;
}
server {
    listen 443 ssl;
    server_name shop.example www.shop.example;
    client_max_body_size 1m;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
    location / {
        proxy_pass http://shop;
    }
    location /upload/ {
        proxy_pass http://shop;
        proxy_read_timeout 300s;
        client_max_body_size 1m;
        add_header Cache-Control "no-store, private";
    }
    location /static/ { root /srv; expires 1h; }
}
"#;
const BLOG: &str = "server { listen 80; location / { proxy_pass http://127.0.0.1:9000; send_timeout 5s; } }";

#[test]
fn the_live_machine_s_directives_in_force_for_the_service() {
    let files = [
        ("etc/nginx/nginx.conf", NGINX_CONF),
        ("etc/nginx/mime.types", "types { text/html html; }"),
        ("etc/nginx/sites-enabled/shop", SHOP),
        ("etc/nginx/sites-enabled/blog", BLOG),
    ];
    let proxied = live(&files, "0.0.0.0:8000");
    assert_eq!(
        picture(&proxied),
        "nginx.client_max_body_size = 1m (/etc/nginx/sites-enabled/shop:17:30, server shop.example/location /upload/)
nginx.client_max_body_size = 1m (/etc/nginx/sites-enabled/shop:8:26, server shop.example)
nginx.gzip = on (/etc/nginx/nginx.conf:4:10, http)
nginx.listen = 443 ssl (/etc/nginx/sites-enabled/shop:6:12, server shop.example)
nginx.proxy_pass = http://shop (/etc/nginx/sites-enabled/shop:12:20, server shop.example/location /)
nginx.proxy_pass = http://shop (/etc/nginx/sites-enabled/shop:15:20, server shop.example/location /upload/)
nginx.proxy_read_timeout = 60s (/etc/nginx/nginx.conf:5:24, http)
nginx.proxy_set_header.Connection =  (/etc/nginx/sites-enabled/shop:10:33, server shop.example)
nginx.proxy_set_header.Host = $host (/etc/nginx/sites-enabled/shop:9:27, server shop.example)
nginx.server_name = shop.example www.shop.example (/etc/nginx/sites-enabled/shop:7:17, server shop.example)
nginx.upstream.keepalive = 16 (/etc/nginx/sites-enabled/shop:3:15, upstream shop)
nginx.upstream.server = 127.0.0.1:8000 (/etc/nginx/sites-enabled/shop:2:12, upstream shop)
nginx.user = www-data (/etc/nginx/nginx.conf:1:6, -)
nginx.worker_connections = 768 (/etc/nginx/nginx.conf:2:29, events)
nginx[shop.example/upload/].add_header.Cache-Control = no-store, private \
         (/etc/nginx/sites-enabled/shop:18:34, server shop.example/location /upload/)
nginx[shop.example/upload/].proxy_read_timeout = 300s \
         (/etc/nginx/sites-enabled/shop:16:28, server shop.example/location /upload/)
"
    );
    assert!(proxied.deployment.assignments.iter().all(|one| one.process.as_deref() == Some("shop.service")));
    let nginx = Path::new("/etc/nginx");
    assert_eq!(proxied.files, [nginx.join("nginx.conf"), nginx.join("sites-enabled/shop")]);
}

#[test]
fn an_assignment_knows_the_bytes_that_a_change_would_replace() {
    let proxied = folder(&[("srv/shop/nginx.conf", SHOP)], Some("127.0.0.1:8000"));
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
    assert!(written.contains(&r#""no-store, private""#) && written.contains(&"443 ssl"), "{written:?}");
}

#[test]
fn a_service_that_nginx_does_not_know_has_no_proxy() {
    let files = [("etc/nginx/nginx.conf", NGINX_CONF), ("etc/nginx/mime.types", "")];
    assert_eq!(picture(&live(&files, "127.0.0.1:8000")), "");
}

#[test]
fn a_folder_s_fragment_and_what_it_includes() {
    let files = [
        ("srv/shop/deploy/nginx/snippets/proxy.conf", "proxy_read_timeout 30s;\n"),
        ("srv/shop/deploy/nginx/snippets/server.conf", "client_max_body_size 2m;\n"),
        (
            "srv/shop/deploy/nginx/shop.conf",
            "server { include /etc/nginx/snippets/server.conf; location / { include snippets/proxy.conf;
include mime.types; include /etc/shop/secret.conf; include /etc/nginx/conf.d/*.conf; include ../../../../x;
proxy_pass http://unix:/run/shop.sock; } }",
        ),
        ("x", "send_timeout 1s;"),
    ];
    let proxied = folder(&files, None);
    assert_eq!(
        picture(&proxied),
        "nginx.client_max_body_size = 2m (deploy/nginx/snippets/server.conf:1:22, server)
nginx.proxy_pass = http://unix:/run/shop.sock (deploy/nginx/shop.conf:3:12, server/location /)
nginx.proxy_read_timeout = 30s (deploy/nginx/snippets/proxy.conf:1:20, server/location /)
! `/etc/shop/secret.conf` was not read: it is not in this folder (deploy/nginx/shop.conf:2:29); expected the \
         included file beside the files that include it; retry: safe once this is mended; nothing was changed
! `../../../../x` was not read: it is not in this folder (deploy/nginx/shop.conf:2:94); expected the included file \
         beside the files that include it; retry: safe once this is mended; nothing was changed
"
    );
}

#[test]
fn repeated_directives_are_a_list_and_one_without_arguments_is_a_switch() {
    let text = "upstream shop { least_conn; server unix:/run/a.sock; server unix:/run/b.sock; }
server { listen 80; listen 443 ssl; location / { uwsgi_pass shop; limit_req zone=a burst=5; limit_req zone=b; } }";
    let proxied = folder(&[("srv/shop/shop.conf", text)], Some("unix:/var/run/b.sock"));
    let values: Vec<_> = proxied.deployment.assignments.iter().rev().map(|one| one.value.clone()).collect();
    let list = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
    let expected = [
        list(&["zone=a burst=5", "zone=b"]),
        list(&["80", "443 ssl"]),
        Value::from("shop"),
        Value::Bool(true),
        list(&["unix:/run/a.sock", "unix:/run/b.sock"]),
    ];
    assert_eq!(values, expected.map(|value| Clear::Constant(crate::Sensitive::new(value))));
}

#[test]
fn two_servers_of_one_name_are_told_apart_by_their_ports() {
    let text = "send_timeout 9s;
server { listen 80; server_name a; send_timeout 1s; location / { proxy_pass http://localhost:8000; } }
server { listen [::]:443 ssl; server_name a; send_timeout 2s;
    location = /x { proxy_pass http://localhost:8000; send_timeout 3s; }
    location @y { proxy_pass http://localhost:8000; if ($z) { proxy_pass http://localhost:8000; } } }";
    let proxied = folder(&[("srv/shop/shop.conf", text)], Some("127.0.0.1:8000"));
    let picture = picture(&proxied);
    let names: Vec<_> = picture.lines().filter_map(|line| line.split_once(" =")).map(|(name, _)| name).collect();
    let expected = [
        "nginx.listen",
        "nginx.proxy_pass",
        "nginx.proxy_pass",
        "nginx.proxy_pass",
        "nginx.proxy_pass",
        "nginx.send_timeout",
        "nginx.server_name",
        "nginx.server_name",
        "nginx[a:443",
        "nginx[a:443].listen",
        "nginx[a:443].send_timeout",
    ];
    assert_eq!(names, expected, "{picture}");
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_the_rest_is_captured() {
    let main = "http { include none.conf; server { location / { proxy_pass http://127.0.0.1:8000; ";
    let proxied = live(&[("etc/nginx/nginx.conf", main)], "127.0.0.1:8000");
    let said = picture(&proxied);
    assert!(said.starts_with("nginx.proxy_pass = http://127.0.0.1:8000 (/etc/nginx/nginx.conf:1:"), "{said}");
    assert!(said.contains("/etc/nginx/none.conf` does not exist (/etc/nginx/nginx.conf:1:16)"), "{said}");
    assert!(said.contains("! a block is never closed (/etc/nginx/nginx.conf:1:6)"), "{said}");
    let missing = live(&[], "127.0.0.1:8000");
    assert!(picture(&missing).contains("/etc/nginx/nginx.conf` does not exist"), "{}", picture(&missing));
}

#[test]
fn a_folder_s_files_are_read_once_however_they_include_each_other() {
    let files = [
        ("srv/shop/conf.d/a.conf", "server { location / { proxy_pass http://127.0.0.1:8000; proxy_buffering off; } }"),
        ("srv/shop/nginx.conf", "http { proxy_buffers 4 8k; include /etc/nginx/conf.d/*.conf; }"),
        ("srv/shop/loop.conf", "include loop.conf;"),
    ];
    let proxied = folder(&files, Some("127.0.0.1:8000"));
    assert_eq!(
        picture(&proxied),
        "nginx.proxy_buffering = off (conf.d/a.conf:1:73, server/location /)
nginx.proxy_buffers = 4 8k (nginx.conf:1:22, http)
nginx.proxy_pass = http://127.0.0.1:8000 (conf.d/a.conf:1:34, server/location /)
! a file includes itself (loop.conf:1:1); expected a file that is not being read already; retry: safe once this \
         is mended; nothing was changed
"
    );
    assert_eq!(proxied.files, ["/srv/shop/conf.d/a.conf", "/srv/shop/nginx.conf"].map(PathBuf::from));
}
