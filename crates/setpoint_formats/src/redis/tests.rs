use super::parse;
use crate::oracle::skip;
use insta::assert_snapshot;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

fn picture(text: &str) -> String {
    let (directives, complaints) = parse(text.as_bytes());
    let mut shown: Vec<String> = directives
        .iter()
        .map(|directive| {
            let arguments = directive
                .arguments
                .iter()
                .map(|word| format!(" {:?} `{}`", word.as_str(), &text[word.span.start..word.span.end]));
            format!("{}{}", directive.name, arguments.collect::<String>())
        })
        .collect();
    shown.extend(complaints.iter().map(|each| format!("{} `{}`", each.what, &text[each.span.start..each.span.end])));
    shown.join("\n")
}

#[test]
fn every_form_of_a_line() {
    assert_snapshot!(picture(
        "# a comment
MaxMemory 100mb
  save 3600 1 300 100\r
notify-keyspace-events \"\"
logfile \"a\\tb\\x41\\q\"
dir 'it\\'s here\\n'
requirepass #1
a\"b c\"
"
    ), @r##"
    maxmemory "100mb" `100mb`
    save "3600" `3600` "1" `1` "300" `300` "100" `100`
    notify-keyspace-events "" `""`
    logfile "a\tbAq" `"a\tb\x41\q"`
    dir "it's here\\n" `'it\'s here\n'`
    requirepass "#1" `#1`
    ab c
    "##);
}

#[test]
fn lines_that_it_refuses() {
    assert_snapshot!(picture("dir \"open\ndir \"a\"b\ndir 'open\nlast yes"), @r#"
    last "yes" `yes`
    a quote has no end, or something right behind it `dir "open`
    a quote has no end, or something right behind it `dir "a"b`
    a quote has no end, or something right behind it `dir 'open`
    "#);
}

#[expect(clippy::disallowed_methods, reason = "a test compares with the real program")]
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    let said = std::process::Command::new(program).args(arguments).output();
    if said.is_err() {
        skip(&format!("`{program}` is not there; on Debian and Ubuntu `apt-get install redis-server` brings it"));
    }
    said.ok()
}

/// What stands behind `proc-title-template`, a setting that takes nearly any text and that nothing depends on.
const VALUES: [&str; 13] = [
    "shop",
    "\"shop and more\"",
    "'it\\'s here'",
    "'a\\nb'",
    "\"a\\x41\\q\\\\\"",
    "\"a\\x4\"",
    "sh\"op\"",
    "\"a\"b",
    "\"open",
    "'open",
    "two words",
    "# no comment",
    "a#b",
];

/// Redis only says what it read once it runs. It listens on a socket of the test's own folder alone.
#[test]
fn a_value_is_what_redis_makes_of_it() {
    for value in VALUES {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("proc-title-template {value}\n");
        let Some(said) = asked(folder.path(), &text) else { return };
        let (directives, complaints) = parse(text.as_bytes());
        match directives.as_slice() {
            [directive] if directive.arguments.len() == 1 => {
                assert_eq!(said.as_deref(), Ok(directive.arguments[0].as_str()), "{text:?}");
            }
            // It takes one argument.
            _ => assert!(said.is_err(), "{text:?}: {directives:?} {complaints:?} was read, Redis has {said:?}"),
        }
    }
}

/// The template as Redis has it, or why it refuses the file; `None` where the program is not there.
fn asked(folder: &Path, text: &str) -> Option<Result<String, String>> {
    let (configuration, socket) = (folder.join("redis.conf"), folder.join("redis.sock"));
    #[expect(clippy::disallowed_methods, reason = "the test prepares the file that is read")]
    std::fs::write(&configuration, text).unwrap();
    let (configuration, socket) = (configuration.to_str()?, socket.to_str()?);
    let options =
        ["--port", "0", "--unixsocket", socket, "--save", "", "--daemonize", "yes", "--dir", folder.to_str()?];
    let started = run("redis-server", &[&[configuration], &options[..]].concat())?;
    if !started.status.success() {
        return Some(Err(String::from_utf8_lossy(&started.stderr).into_owned()));
    }
    let client = |arguments: &[&str]| run("redis-cli", &[&["-s", socket], arguments].concat());
    let said = (0..100).find_map(|_| {
        let said = client(&["CONFIG", "GET", "proc-title-template"]).filter(|said| said.status.success());
        if said.is_none() {
            std::thread::sleep(Duration::from_millis(50));
        }
        said
    });
    client(&["SHUTDOWN", "NOSAVE"]);
    let said = said.expect("Redis answers within five seconds");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let (_, value) = said.split_once('\n')?;
    Some(Ok(value.strip_suffix('\n').unwrap_or(value).to_owned()))
}
