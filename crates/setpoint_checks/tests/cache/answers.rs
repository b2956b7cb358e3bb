//! What the configuration is read to answer, against what the real nginx answers.

use crate::OneFile;
use setpoint_formats::nginx::{Answers, Configuration, End, Request};
use setpoint_testkit::{Background, free_port, tool_is_here};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Every answer is a `return`, so that its text says who answers and what its variables hold.
const HTTP: &str = r#"
    map $cookie_session $session { default yes; '' no; ~*^guest guest; Admin admin; \default odd; }
    map $host $where { hostnames; default elsewhere; *.example suffix; *.shop.example longer; shop.* prefix; .dot.test dot; }
    map $args $has_preview { ~(^|&)preview=1 "1"; ~*page "p$session"; }
    map "$request_method:$has_preview" $both { default "$both_default"; GET: plain; GET:1 preview; POST: post; }
    map $uri $both_default { /exact E; default D; }
    server {
        listen 127.0.0.1:PORT default_server;
        server_name shop.example .dot.test;
        set $skip 0;
        if ($request_method = POST) { set $skip post; }
        if ($arg_preview != "") { set $skip preview; }
        if ($http_cookie ~* "SESSION=g") { set $skip guest; }
        if ($http_x_flag) { set $skip flag; }
        if ($uri !~ ^/[a-z]) { set $odd odd; }
        if ($args = "") { set $empty empty; }
        location / { return 200 "root $uri $args $is_args $request_uri $skip $session $where $both $odd $empty"; }
        location = /exact { return 200 "exact $skip"; }
        location /exact { return 200 "exactly not"; }
        location /images/ { return 200 "images"; location /images/new/ { return 200 "new"; } location ~ \.gif$ { return 200 "inner gif"; } }
        location ^~ /static/ { return 200 "static"; location ~ \.css$ { return 200 "inner css"; } }
        location ~* \.(GIF|png)$ { return 200 "picture"; }
        location ~ ^/api/v[0-9]+/ { return 200 "api"; location ~ x$ { return 200 "x"; } }
        location ~ \.css$ { return 200 "css"; }
        location /slash/ { proxy_pass http://127.0.0.1:1; }
        location /set { set $skip "$skip-$arg_A-${arg_b}"; if ($skip = "0--") { return 200 "none"; } return 200 "set $skip"; }
        location /rewrite { rewrite ^/rewritten - permanent; return 200 "not rewritten"; }
    }
    server { listen 127.0.0.1:PORT; server_name *.shop.example; return 200 "suffix"; }
    server { listen 127.0.0.1:PORT; server_name *.long.shop.example; return 200 "longer suffix"; }
    server { listen 127.0.0.1:PORT; server_name www.*; return 200 "prefix"; }
    server { listen 127.0.0.1:PORT; server_name ~^re[0-9]+\. ~^re; return 200 "pattern"; }
    server { listen 127.0.0.1:PORT; server_name ~^re1; return 200 "later pattern"; }"#;

const TARGETS: [&str; 34] = [
    "/",
    "/exact",
    "/exact/",
    "/exac",
    "/exact?x",
    "/%65xact",
    "/images/a",
    "/images/a.gif",
    "/images/new/a.gif",
    "/images/new/a.PNG",
    "/images/a.css",
    "/static/a.css",
    "/static/a.gif",
    "/a.Gif",
    "/a.css",
    "/api/v1/x",
    "/api/v12/y",
    "/api/vx/",
    "//a///b/../c?preview=1",
    "/a?Preview=1&page",
    "/a?preview",
    "/a?x=1&preview=1",
    "/1?",
    "/1?page=2",
    "/slash",
    "/slash?x",
    "/set",
    "/set?a=1&B=2",
    "/set?a&a=3",
    "/rewritten",
    "/images/../static/b",
    "/a/./.?x=/../",
    "/a%2fb",
    "/caf%C3%A9",
];
const HOSTS: [&str; 12] = [
    "shop.example",
    "SHOP.example",
    "a.shop.example",
    "a.long.shop.example",
    "www.test",
    "www.shop.example",
    "re1.test",
    "rex",
    "dot.test",
    "a.dot.test",
    "other.example",
    "shop.test",
];
const COOKIES: [&str; 6] =
    ["session=", "session=abc", "a=b; session=Guest1", "session=ADMIN", "xsession=1", "session=default"];

fn requests() -> Vec<Request> {
    let get = |host: &str, target: &str| Request::get(&format!("http://{host}{target}"));
    let targets = TARGETS.iter().map(|target| get("shop.example", target));
    let hosts = HOSTS.iter().map(|host| get(host, "/"));
    let cookies = COOKIES.iter().map(|cookies| get("shop.example", "/a?page").with_header("Cookie", cookies));
    let post = get("shop.example", "/exact").with_method("POST");
    let flags = ["0", "1"].map(|flag| get("shop.example", "/a").with_header("X-Flag", flag));
    targets.chain(hosts).chain(cookies).chain([post]).chain(flags).collect()
}

#[test]
fn the_real_nginx_answers_the_same() {
    if !tool_is_here("nginx") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let prefix = folder.path().to_str().unwrap();
    let text = format!("events {{}} http {{ access_log off; {} }}", HTTP.replace("PORT", &port.to_string()));
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, &text).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-p", prefix, "-c", file.to_str().unwrap()]);
    command.args(["-g", &format!("daemon off; master_process off; pid {prefix}/nginx.pid;")]);
    let _nginx = Background::start(&mut command, port, Duration::from_secs(20));
    let (configuration, problems) = Configuration::read(Path::new("/etc/nginx/nginx.conf"), &OneFile(&text));
    assert_eq!(problems, []);
    let answers = Answers::of(&configuration);
    let mut told = BTreeSet::new();
    for request in requests() {
        let request = Request { port: Some(port), ..request };
        let answered = asked(port, &request);
        assert_eq!(read(&answers, &request), answered, "{request:?}");
        told.insert(answered);
    }
    assert!(told.len() > 35, "the requests tell the answers apart: {told:#?}");
}

/// What the files say: the text of the `return` that ends it, or the redirect.
fn read(answers: &Answers<'_>, request: &Request) -> String {
    let server = answers.configuration.server_of(request).unwrap();
    let answer = answers.answer(server, request).unwrap();
    let End::Itself(node) = answer.end else { panic!("{:?}", answer.end) };
    let directive = answers.configuration.directive(node);
    match directive.arguments.as_slice() {
        [_, text] if directive.name.is("return") => answer.text(&text.text()).unwrap(),
        _ => "redirect".to_owned(),
    }
}

fn asked(port: u16, request: &Request) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let Request { method, target, .. } = request;
    let host = request.host.as_deref().unwrap();
    write!(connection, "{method} {target} HTTP/1.0\r\nHost: {host}\r\n{headers}Content-Length: 0\r\n\r\n").unwrap();
    let mut told = String::new();
    connection.read_to_string(&mut told).unwrap();
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    if head.contains(" 301 ") { "redirect".to_owned() } else { body.to_owned() }
}
