//! What systemd makes of a unit is asked of systemd itself where it is installed: its test mode loads units and
//! prints what it understood.

use super::*;
use crate::command_line::exec_start;
use crate::oracle;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What systemd prints of one unit.
#[derive(Debug, Default, PartialEq)]
struct Loaded {
    environment: BTreeMap<String, String>,
    commands: Vec<Vec<String>>,
    complaints: usize,
}

/// Loads the units that stand in the search folders, strongest folder first, each path relative to its folder.
fn systemd(folders: &[&[(String, String)]]) -> Option<BTreeMap<String, Loaded>> {
    let root = tempfile::tempdir_in("/tmp").unwrap();
    let open = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    open(root.path(), 0o755);
    let mut search = Vec::new();
    let mut wants = String::from("[Unit]\nDefaultDependencies=no\n");
    for (at, files) in folders.iter().enumerate() {
        let folder = root.path().join(at.to_string());
        for (name, text) in *files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            #[expect(clippy::disallowed_methods, reason = "the test prepares the files that systemd reads")]
            std::fs::write(&path, text).unwrap();
            if !name.contains('/') {
                wants.extend(["Wants=", &name.replace("@.", "@inst-a.x."), "\n"]);
            }
        }
        search.push(folder.display().to_string());
    }
    let all = root.path().join("0/all.target");
    #[expect(clippy::disallowed_methods, reason = "the test prepares the files that systemd reads")]
    std::fs::write(all, wants).unwrap();
    let runtime = root.path().join("runtime");
    std::fs::create_dir(&runtime).unwrap();
    open(&runtime, 0o777);
    search.push("/usr/lib/systemd/system".to_owned());
    let search = search.join(":");
    let variables = [
        ("SYSTEMD_UNIT_PATH", OsStr::new(&search)),
        ("XDG_RUNTIME_DIR", runtime.as_os_str()),
        ("SYSTEMD_LOG_LEVEL", OsStr::new("crit")),
    ];
    // Test mode refuses to run as root.
    let program = "id=; [ $(id -u) = 0 ] && id='setpriv --reuid=65534 --regid=65534 --clear-groups'; \
                   exec $id /usr/lib/systemd/systemd --test --system --unit=all.target";
    let (said, _) = oracle::run(Path::new("sh"), &["-c", program], &variables, "")?;
    Some(loaded(&said))
}

fn loaded(dump: &str) -> BTreeMap<String, Loaded> {
    let mut units = BTreeMap::new();
    let mut unit = &mut Loaded::default();
    for line in dump.lines() {
        if let Some(name) = line.trim().strip_prefix("-> Unit ") {
            unit = units.entry(name.trim_end_matches(':').to_owned()).or_default();
        } else if let Some(command) = line.trim().strip_prefix("Command Line: ") {
            unit.commands.push(unquoted(command));
        } else if let Some(variable) = line.trim_start().strip_prefix("Environment: ") {
            let (name, value) = variable.split_once('=').unwrap();
            unit.environment.insert(name.to_owned(), value.to_owned());
        }
    }
    units
}

/// Undoes the quoting of `quote_command_line`.
fn unquoted(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    while letters.peek().is_some() {
        let mut word = String::new();
        let quoted = letters.next_if_eq(&'"').is_some();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted => {
                    letters.next();
                    break;
                }
                ' ' if !quoted => break,
                '\\' => word.push(match letters.next().unwrap() {
                    'a' => '\x07',
                    'b' => '\x08',
                    'n' => '\n',
                    other => other,
                }),
                letter => word.push(letter),
            }
        }
        words.push(word);
    }
    words
}

/// The same of a unit by this crate.
fn ours(name: &str, files: &[&str]) -> Loaded {
    let specifiers = Specifiers::of_system_unit(&UnitName::new(name));
    let parsed: Vec<_> = files.iter().flat_map(|text| parse(text.as_bytes()).0).collect();
    let of = |key: &str| {
        let all: Vec<_> = parsed.iter().filter(|one| one.section == "Service" && one.key == key).collect();
        in_effect(key, &all)
    };
    let mut loaded = Loaded::default();
    for directive in of("Environment") {
        for variable in environment(directive, &specifiers).0 {
            loaded.environment.insert(variable.name, variable.value.as_str().to_owned());
        }
    }
    for directive in of("ExecStart") {
        let (commands, complaints) = exec_start(&directive.value, &specifiers);
        loaded.complaints += complaints.len();
        for command in commands {
            loaded.commands.push(command.words.iter().map(|word| word.as_str().to_owned()).collect());
        }
    }
    loaded
}

fn service(lines: &str) -> String {
    format!("[Unit]\nDescription=case\n[Service]\nType=oneshot\n{lines}\n")
}

const ENVIRONMENT: &[&str] = &[
    "Environment=A=1 \"B=x y\" 'C=a \"b\" c'",
    "Environment=A='one' B=\"two\"x C=a\"b c\"d",
    "Environment=A=1 B=x\\qy C=3\nEnvironment=D=4",
    "Environment=A=1 \"B=never closed C=3\nEnvironment=D=4",
    "Environment=A=\\x41\\101\\u00e4\\U0001F600\\s\\\\\\\"\\'",
    "Environment=A=\\x0 B=1",
    "Environment=A=\\400 B=1",
    "Environment=A=1\\\n   B=2 \\\n# comment\n; comment\n  C=3\nEnvironment=D=4",
    "Environment=A=1 \\\n\nEnvironment=B=2",
    "Environment=A=1\nEnvironment=\nEnvironment=B=2",
    "Environment=A=1\nEnvironment=A=2 A=3",
    "Environment=A=%n B=%N C=%p D=%i E=%j F=%% G=%P H=%f",
    "Environment=A=%S B=%C C=%L D=%E E=%T F=%V G=%t H=%d",
    "Environment=A=1 B=%Z C=3\nEnvironment=D=4",
    "Environment=A=50% B=5%! C=%",
    "Environment=1A=1 A.B=2 =3 NOTHING C=",
    "  Environment = A=1  \n\tEnvironment\t=\tB=2\t",
    "Environment=A=$B B=${A}",
    "Environment=A=\\\\",
    "Environment=A=a#b ;C=1",
    "no equals\n=x\nEnvironment=A=1",
    "Environment=A=1\r\nEnvironment=B=2\r",
    "Environment=A=\u{e4}\u{a0}b",
];

const COMMANDS: &[&str] = &[
    "ExecStart=/bin/echo a \"b c\" 'd e'f g\\x20h \\u00e4",
    "ExecStart=-/bin/echo a",
    "ExecStart=:/bin/echo $A",
    "ExecStart=-+/bin/echo a\nExecStart=!/bin/echo b\nExecStart=!!/bin/echo c",
    "ExecStart=/bin/echo one ; /bin/echo \"two two\"",
    "ExecStart=/bin/echo / >/dev/null & \\; \\\nls",
    "ExecStart=/bin/echo a \";\" b ';' c",
    "ExecStart=/bin/echo x\\qy \"z\\qw\"",
    "ExecStart=/bin/echo %n %% %S",
    "ExecStart=/bin/echo a\nExecStart=\nExecStart=/bin/echo b",
    "ExecStart=/bin/echo '' \"\" a",
    "ExecStart=/bin/echo a\\\n # comment\n  b\\\n\n",
];

#[test]
fn systemd_reads_the_same() {
    let mut cases: Vec<String> = ENVIRONMENT.iter().chain(COMMANDS).map(|lines| service(lines)).collect();
    let run = "ExecStart=/bin/true";
    for case in &mut cases[..ENVIRONMENT.len()] {
        case.push_str(run);
    }
    cases.extend(oracle::samples(&environment_strategy(), 400).iter().map(|text| service(text) + run));
    cases.extend(oracle::samples(&command_strategy(), 400).iter().map(|text| service(text)));
    let files: Vec<_> = cases.into_iter().enumerate().map(|(at, text)| (format!("case-{at}@.service"), text)).collect();
    let Some(expected) = systemd(&[&files]) else { return };
    for (name, text) in &files {
        let name = name.replace("@.", "@inst-a.x.");
        let ours = ours(&name, &[text]);
        // A unit without a command that systemd accepts is not loaded, and printed in short.
        let Some(expected) = expected.get(&name).filter(|unit| !unit.commands.is_empty()) else {
            assert!(ours.commands.is_empty() || ours.complaints > 0, "systemd refuses {text:?}: {:?}", ours.commands);
            continue;
        };
        assert_eq!((&ours.environment, &ours.commands), (&expected.environment, &expected.commands), "{text:?}");
    }
}

fn environment_strategy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => Just(" A=".to_owned()),
        3 => "[abx0 ]",
        2 => Just("\\".to_owned()),
        2 => Just("\"".to_owned()),
        2 => Just("'".to_owned()),
        1 => Just("\\\n".to_owned()),
        1 => Just("\nEnvironment=".to_owned()),
        1 => Just("\n#".to_owned()),
        1 => Just("%".to_owned()),
        1 => Just("\\s".to_owned()),
        1 => Just("\\x41".to_owned()),
        1 => "[;=n]",
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| format!("Environment={}\n", pieces.concat()))
}

fn command_strategy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[abx ]",
        2 => Just(" ; ".to_owned()),
        1 => Just(" \\; ".to_owned()),
        1 => Just("; /bin/echo".to_owned()),
        2 => Just("\\".to_owned()),
        2 => Just("\"".to_owned()),
        2 => Just("'".to_owned()),
        1 => Just("\\\n".to_owned()),
        1 => Just("%%".to_owned()),
        1 => Just("\\s".to_owned()),
        1 => Just("$A ${B}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| format!("ExecStart=/bin/echo {}", pieces.concat()))
}

#[test]
fn systemd_takes_the_same_drop_ins_in_the_same_order() {
    let unit = "shop-web@1.service";
    let files = |files: &[&str]| -> Vec<(String, String)> {
        let text = |path: &str, at: usize| service(&format!("Environment=LAST={path} V{at}={path}"));
        files.iter().enumerate().map(|(at, path)| ((*path).to_owned(), text(path, at))).collect()
    };
    let etc = files(&[
        "shop-web@1.service.d/50-a.conf",
        "shop-web@.service.d/50-a.conf",
        "shop-.service.d/90-etc.conf",
        "shop-@1.service.d/60.conf",
        "service.d/10.conf",
        "shop-web@1.service.d/ignored.txt",
        "shop-web@1.service.d/.hidden.conf",
    ]);
    let lib = files(&[
        "shop-web@.service",
        "shop-web@1.service.d/90-etc.conf",
        "shop-web@.service.d/10.conf",
        "shop-@.service.d/95.conf",
        "service.d/99-last.conf",
        "shop-web-.service.d/99-zz.conf",
    ]);
    let (names, kind) = drop_in_folders(&UnitName::new(unit));
    let mut found = Vec::new();
    // One search folder after the other, the kind's own folder last in all of them.
    for folders in [&names[..], &[kind]] {
        for (tree, folder) in [&etc, &lib].iter().flat_map(|tree| folders.iter().map(move |folder| (tree, folder))) {
            for (path, text) in *tree {
                found.extend(path.strip_prefix(&format!("{folder}/")).map(|name| (text, name.to_owned())));
            }
        }
    }
    let texts: Vec<&String> = in_order(&found).into_iter().map(|(text, _)| text).collect();
    let main = service("ExecStart=/bin/true");
    let mut all: Vec<&str> = vec![&main];
    all.extend(texts.into_iter().map(String::as_str));
    let mut etc_and_unit = etc.clone();
    etc_and_unit.push((unit.to_owned(), main.clone()));
    let Some(expected) = systemd(&[&etc_and_unit, &lib]) else { return };
    assert_eq!(ours(unit, &all).environment, expected[unit].environment);
}

#[test]
fn words_know_their_bytes_through_continued_lines() {
    let text = "[Service]\nExecStart=/bin/uvicorn app:app \\\n  # why\n  --port \"80\\x30\" --workers=4\n";
    let (directives, complaints) = parse(text.as_bytes());
    assert!(complaints.is_empty());
    let words = words(&directives[0].value, BadEscape::IsKept).words;
    let written: Vec<_> = words.iter().map(|word| &text[word.span.start..word.span.end]).collect();
    assert_eq!(written, ["/bin/uvicorn", "app:app", "--port", "\"80\\x30\"", "--workers=4"]);
    assert_eq!(words[3].as_str(), "800");
    let four = words[4].text.part(10..11).span().unwrap();
    assert_eq!(&text[four.start..four.end], "4");
}

#[test]
fn what_systemd_would_not_take_is_said_with_its_place_and_the_rest_is_read() {
    let text = "Before=1\n[Service\nA=1\nno equals\n=x\n[Service]\nB=2\n";
    let (directives, complaints) = parse(text.as_bytes());
    assert_eq!(directives.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    let about: Vec<_> = complaints.iter().map(|one| &text[one.span.start..one.span.end]).collect();
    assert_eq!(about, ["Before=1", "[Service", "no equals", "=x"]);
}

#[test]
fn a_bad_escape_is_pointed_at() {
    let text = "[Service]\nEnvironment=A=1 B=x\\qy C=3\n";
    let (directives, _) = parse(text.as_bytes());
    let unit = UnitName::new("shop.service");
    let (variables, complaints) = environment(&directives[0], &Specifiers::of_system_unit(&unit));
    assert_eq!(variables.len(), 1);
    assert_eq!(&text[complaints[0].span.start..complaints[0].span.end], "\\q");
}

#[test]
fn a_specifier_of_the_machine_stays_until_the_machine_is_known() {
    let value = Traced::verbatim("http://%H/%i", 0);
    let specifiers = Specifiers::of_system_unit(&UnitName::new("web@1.service"));
    let unknown = specifiers.resolve(&value);
    assert_eq!((unknown.text.as_str(), unknown.complete), ("http://%H/1", false));
    let known = specifiers.with('H', "shop-1").resolve(&value);
    assert_eq!((known.text.as_str(), known.complete), ("http://shop-1/1", true));
}

#[test]
fn environment_files_are_absolute_and_may_be_optional() {
    let (directives, _) = parse(b"[Service]\nEnvironmentFile=-/etc/my shop.env\nEnvironmentFile=shop.env\n");
    let specifiers = Specifiers::of_system_unit(&UnitName::new("shop.service"));
    let file = environment_file(&directives[0], &specifiers).0.unwrap();
    assert_eq!((file.path.as_str(), file.optional), ("/etc/my shop.env", true));
    assert_eq!(environment_file(&directives[1], &specifiers).1.len(), 1);
}

#[test]
fn what_systemctl_prints_is_taken_apart() {
    let output = "# /etc/systemd/system/shop.service\n[Service]\n# /etc/shop is where\nType=notify\n\n\
                  # /etc/systemd/system/shop.service.d/limits.conf\n[Service]\nLimitNOFILE=1\n";
    let files = cat(output);
    assert_eq!(&output[files[0].text.clone()], "[Service]\n# /etc/shop is where\nType=notify\n");
    assert_eq!(&output[files[1].text.clone()], "[Service]\nLimitNOFILE=1\n");
    let units = show("MainPID=12\nEnvironmentFiles=/a\nEnvironmentFiles=/b\n\nMainPID=0\n");
    assert_eq!(units.len(), 2);
    assert_eq!(units[0], [("MainPID", "12"), ("EnvironmentFiles", "/a"), ("EnvironmentFiles", "/b")]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (directives, complaints) = parse(&bytes);
        let specifiers = Specifiers::of_system_unit(&UnitName::new("a@b.service"));
        for directive in &directives {
            let (variables, _) = environment(directive, &specifiers);
            let (commands, _) = exec_start(&directive.value, &specifiers);
            let words = commands.iter().flat_map(|command| command.words.iter().map(|word| word.span));
            for span in variables.iter().map(|variable| variable.span).chain(words) {
                prop_assert!(span.start <= span.end && span.end <= bytes.len());
            }
        }
        prop_assert!(complaints.iter().all(|one| one.span.end <= bytes.len()));
    }
}
