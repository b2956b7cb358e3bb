//! Handshakes with a real server, Python's, that shows a certificate which the test made.

use crate::here;
use setpoint_model::register::{CheckKind, TlsCheck, TlsVersion};
use setpoint_testkit::{Background, free_port, tool_is_here};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SERVER: &str = "
import http.server, ssl, sys
server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.BaseHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
context.maximum_version = ssl.TLSVersion.TLSv1_2 if sys.argv[4] == '1.2' else ssl.TLSVersion.TLSv1_3
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
";

#[expect(clippy::disallowed_methods, reason = "the test makes a certificate and starts a real server")]
fn look(version: &str, change: &dyn Fn(&mut TlsCheck)) -> Option<String> {
    if !tool_is_here("openssl") || !tool_is_here("python3") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "20"])
        .args(["-subj", "/CN=shop.test", "-addext", "subjectAltName=DNS:shop.test,DNS:*.shop.test"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &path("key.pem"), "-out", &path("cert.pem")])
        .output()
        .unwrap();
    assert!(made.status.success());
    let port = free_port();
    let mut command = Command::new("python3");
    command.args(["-c", SERVER, &port.to_string(), &path("cert.pem"), &path("key.pem"), version]);
    let _server = Background::start(&mut command, port, Duration::from_secs(20));
    let mut check = TlsCheck {
        tls: format!("127.0.0.1:{port}"),
        server_name: Some("shop.test".to_owned()),
        names: Vec::new(),
        days: None,
        oldest: None,
        within: None,
    };
    change(&mut check);
    Some(here(Path::new("/"), CheckKind::Tls(check)))
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let Some(told) = look("1.3", &|check| check.oldest = Some(TlsVersion::V1_2)) else { return };
    assert!(told.starts_with("certificate-untrusted: nobody whom this machine trusts"), "{told}");
}

#[test]
fn what_does_not_speak_tls_is_said_to_fail_the_handshake() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let talker = std::thread::spawn(move || {
        use std::io::Write as _;
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"220 mail.shop.test ESMTP\r\n");
        std::thread::sleep(Duration::from_millis(300));
    });
    let check = TlsCheck {
        tls: address.to_string(),
        server_name: None,
        names: Vec::new(),
        days: None,
        oldest: None,
        within: Some(Duration::from_secs(10)),
    };
    let told = here(Path::new("/"), CheckKind::Tls(check));
    assert!(told.starts_with("tls-failed: the TLS handshake failed: "), "{told}");
    talker.join().unwrap();
}
