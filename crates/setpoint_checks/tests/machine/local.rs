//! Against this machine, with files, processes and ports that the test makes itself.

use crate::here;
use insta::assert_snapshot;
use setpoint_host::{Host as _, LiveHost};
use setpoint_model::register::{
    CheckKind, CommandCheck, DiskCheck, DnsCheck, DnsRecord, ExpectedText, FileCheck, FileType, LogCheck, PortCheck,
    ProcessCheck, Transport,
};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::time::Duration;

fn file(name: &str) -> FileCheck {
    FileCheck {
        file: name.to_owned(),
        exists: true,
        is: None,
        mode: None,
        user: None,
        group: None,
        text: Vec::new(),
        age_at_most: None,
        size_at_most: None,
        sha256: None,
    }
}

#[test]
fn a_file_is_as_it_should_be_or_said_how_it_is_not() {
    let folder = LiveHost.temporary_folder().unwrap();
    let look = |check: FileCheck| here(folder.path(), CheckKind::File(check));
    LiveHost.write(&folder.path().join("shop.env"), b"SHOP_PORT=8000\n").unwrap();
    let right = FileCheck {
        is: Some(FileType::File),
        mode: Some(0o644),
        text: vec![ExpectedText::Contains("SHOP_PORT=8000".to_owned())],
        age_at_most: Some(Duration::from_hours(1)),
        size_at_most: Some(100),
        sha256: Some("05cb2c54edd190cae98508167d5a95fde274d250f686bf89aae5c57cb5f33958".to_owned()),
        ..file("shop.env")
    };
    assert_eq!(look(right), "passed");
    let wrong = FileCheck {
        is: Some(FileType::Folder),
        mode: Some(0o640),
        sha256: Some("0".repeat(64)),
        text: vec![ExpectedText::Matches("PORT=9".to_owned())],
        size_at_most: Some(3),
        ..file("shop.env")
    };
    assert_snapshot!(look(wrong), @"
    wrong-state: it is a file; expected a folder
    wrong-rights: its mode is 0644; expected 0640
    too-much: it has 15 bytes; expected 3 at most
    wrong-text: its text is `SHOP_PORT=8000 `; expected something that the pattern `PORT=9` matches
    wrong-value: its SHA-256 is `05cb2c54edd190cae98508167d5a95fde274d250f686bf89aae5c57cb5f33958`; expected `0000000000000000000000000000000000000000000000000000000000000000`
    ");
    assert_snapshot!(look(file("no.env")), @"missing: it does not exist; expected it to exist");
    assert_eq!(look(FileCheck { exists: false, ..file("no.env") }), "passed");
    assert_snapshot!(look(FileCheck { exists: false, ..file("shop.env") }), @"unwanted: it exists; expected nothing of that name");
    let link = || FileCheck { is: Some(FileType::Link), ..file("current") };
    assert_snapshot!(look(link()), @"missing: it does not exist; expected a link");
    std::os::unix::fs::symlink("releases/7", folder.path().join("current")).unwrap();
    assert_eq!(look(link()), "passed");
}

#[test]
fn a_command_ends_and_says_what_it_should() {
    let look = |command: &str, exit: u8, stdout: Vec<ExpectedText>| {
        let check =
            CommandCheck { command: command.to_owned(), folder: None, exit, stdout, stderr: Vec::new(), within: None };
        here(Path::new("/usr"), CheckKind::Command(check))
    };
    assert_eq!(look("pwd; exit 3", 3, vec![ExpectedText::Equals("/usr".to_owned())]), "passed");
    assert_snapshot!(look("echo half done; echo locked >&2; exit 1", 0, vec![ExpectedText::Equals("done".to_owned())]), @"
    wrong-status: it ended with 1; expected 0
    wrong-text: standard output is `half done`; expected `done`
    stdout: half done

    stderr: locked
    ");
    assert_snapshot!(look("kill -TERM $$", 0, Vec::new()), @"wrong-status: a signal ended it; expected 0");
}

#[test]
fn listeners_are_found_with_their_address_and_program() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let look = |change: &dyn Fn(&mut PortCheck)| {
        let mut check =
            PortCheck { port, transport: Transport::Tcp, listening: true, addresses: Vec::new(), program: None };
        change(&mut check);
        here(Path::new("/"), CheckKind::Port(check))
    };
    // The test's own name, as the kernel cuts it.
    let own = String::from_utf8(LiveHost.read(Path::new("/proc/self/comm"), 100).unwrap()).unwrap().trim().to_owned();
    assert_eq!(look(&|check| check.addresses = vec!["127.0.0.1".to_owned()]), "passed");
    assert_eq!(look(&|check| check.program = Some(own.clone())), "passed");
    assert_snapshot!(look(&|check| check.addresses = vec!["::1".to_owned()]), @"wrong-value: somebody listens on `127.0.0.1`; expected ::1 alone");
    assert_snapshot!(look(&|check| check.listening = false), @"unwanted: somebody listens on `127.0.0.1`; expected nobody");
    assert!(look(&|check| check.program = Some("nginx".to_owned())).contains("listens; expected the program `nginx`"));
    assert_snapshot!(look(&|check| check.transport = Transport::Udp), @"missing: nobody listens there; expected somebody who listens");
    let datagrams = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    assert_eq!(look(&|check| check.transport = Transport::Udp), "passed");
    drop((listener, datagrams));
    assert_snapshot!(look(&|_| {}), @"missing: nobody listens there; expected somebody who listens");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test starts a process to look at")]
fn processes_are_counted_and_measured() {
    // A time that no other test and no earlier run of this one sleeps.
    let time = format!("86399.{}", std::process::id());
    let mut child = std::process::Command::new("sleep").arg(&time).spawn().unwrap();
    // A process has the command line of the one that started it until it becomes another program.
    let command_line = format!("/proc/{}/cmdline", child.id());
    while !std::fs::read(&command_line).unwrap().starts_with(b"sleep") {
        std::thread::yield_now();
    }
    let look = |change: &dyn Fn(&mut ProcessCheck)| {
        let mut check = ProcessCheck {
            process: format!("^sleep {}$", time.replace('.', "[.]")),
            at_least: 1,
            at_most: None,
            user: None,
            open_files_at_most: None,
            memory_at_most: None,
        };
        change(&mut check);
        here(Path::new("/"), CheckKind::Process(check))
    };
    assert_eq!(look(&|check| check.memory_at_most = Some(500 << 20)), "passed");
    assert_eq!(look(&|check| check.open_files_at_most = Some(100)), "passed");
    assert_snapshot!(look(&|check| check.at_least = 2), @"too-little: 1 such process runs; expected 2 or more");
    assert_snapshot!(look(&|check| check.at_most = Some(0)), @"too-much: 1 such process runs; expected 0 at most");
    assert_snapshot!(look(&|check| check.process = "no such program at all".to_owned()), @"missing: no such process runs; expected 1 or more");
    let told = look(&|check| check.user = Some("nobody-else".to_owned()));
    assert!(told.starts_with("wrong-rights: process ") && told.ends_with("expected the user `nobody-else`"), "{told}");
    assert!(look(&|check| check.memory_at_most = Some(1)).contains("bytes of memory; expected 1 at most"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_disk_has_room() {
    let look = |free_at_least, used_at_most| {
        let check = DiskCheck { disk: "/".to_owned(), free_at_least, used_at_most, inodes_used_at_most: None };
        here(Path::new("/"), CheckKind::Disk(check))
    };
    assert_eq!(look(Some(1), None), "passed");
    let told = look(Some(u64::MAX), None);
    assert!(told.starts_with("too-little: ") && told.contains("bytes are free"), "{told}");
}

#[test]
fn names_are_looked_up() {
    let look = |name: &str, record, answers: &[&str]| {
        let answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let check = DnsCheck { dns: name.to_owned(), record, answers, server: None, within: None };
        here(Path::new("/"), CheckKind::Dns(check))
    };
    assert_eq!(look("localhost", DnsRecord::A, &["127.0.0.1"]), "passed");
    assert_snapshot!(look("localhost", DnsRecord::A, &["192.0.2.7"]), @"wrong-value: the answer is 127.0.0.1; expected `192.0.2.7` among it");
    assert_snapshot!(look("no-such-host.invalid", DnsRecord::A, &[]), @"no-such-name: `no-such-host.invalid` has no address; expected an address");
}

#[test]
fn a_log_is_read_from_now_back() {
    let folder = LiveHost.temporary_folder().unwrap();
    let now = LiveHost.now();
    let line = |minutes_ago: i64, text: &str| {
        let time = now.checked_sub(jiff::SignedDuration::from_mins(minutes_ago)).unwrap();
        format!("{} {text}\n", time.strftime("%Y-%m-%dT%H:%M:%S%:z"))
    };
    let write = |name: &str, lines: &[String]| {
        LiveHost.write(&folder.path().join(name), lines.concat().as_bytes()).unwrap();
    };
    let look = |name: &str, present: Option<&str>, absent: Option<&str>| {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let last = Duration::from_mins(10);
        let check = LogCheck { log: name.to_owned(), present: owned(present), absent: owned(absent), last };
        here(folder.path(), CheckKind::Log(check))
    };
    write("shop.log", &[line(30, "ERROR long ago"), line(5, "started"), "  with more\n".to_owned(), line(1, "up")]);
    assert_eq!(look("shop.log", Some("with more"), Some("ERROR")), "passed");
    assert_snapshot!(look("shop.log", Some("ERROR"), None), @"missing: none of 3 lines matches `ERROR`; expected one that does");
    write("shop.log", &[line(1, "ERROR now")]);
    write("shop.log.1", &[line(30, "ERROR long ago"), line(5, "ERROR before the rotation")]);
    let told = look("shop.log", None, Some("ERROR"));
    assert!(told.starts_with("unwanted: 2 of 2 lines match `ERROR`") && told.contains("before the rotation"), "{told}");
    write("plain.log", &["no time at all\n".to_owned()]);
    assert_snapshot!(look("plain.log", None, Some("ERROR")), @"
    not-known: none of its lines bears a time that is understood; expected lines with a time, or a log of the journal
    hint: ISO 8601, nginx's and syslog's times are understood
    ");
    assert!(look("none.log", None, Some("ERROR")).starts_with("missing: "));
}
