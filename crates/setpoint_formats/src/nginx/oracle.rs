//! Compares this reader with nginx itself and with crossplane, on the files below `samples/` and on random texts.
//! nginx decides; crossplane knows the shape of a tree, which nginx does not print.

use super::configuration::Configuration;
use super::{Body, Directive, Tree, parse};
use crate::Files;
use crate::oracle::{python, samples, skip};
use proptest::prelude::*;
use setpoint_model::{Problem, Retry};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/nginx/samples");

/// Where Debian and Ubuntu put the module that runs Lua, and the one that it needs.
const LUA: [&str; 2] = ["/usr/lib/nginx/modules/ndk_http_module.so", "/usr/lib/nginx/modules/ngx_http_lua_module.so"];

/// Samples that crossplane reads differently from nginx, and how.
const CROSSPLANE_DIFFERS: [(&str, &str); 3] = [
    ("carriage_returns.conf", "drops the carriage returns in a word"),
    ("lua.conf", "takes the apostrophe in a Lua comment for the start of a string"),
    ("quotes.conf", "keeps backslashes that nginx removes"),
];

fn bytes(path: &Path) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "the test compares what two programs read in one file")]
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sample_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(SAMPLES).join(folder);
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "there are samples in {}", folder.display());
    files
}

fn nginx(arguments: &[&str]) -> Option<Output> {
    let program = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    #[expect(clippy::disallowed_methods, reason = "a test compares with the real program")]
    let said = std::process::Command::new(program).args(arguments).output();
    if said.is_err() {
        skip("`nginx` is not there; on Debian and Ubuntu `apt-get install nginx-light` brings it");
    }
    said.ok()
}

/// What `nginx -t` says of a text.
#[derive(Debug, PartialEq)]
enum Verdict {
    Accepted,
    /// In nginx's words, without the place.
    Refused(Vec<u8>),
}

/// `None` without nginx.
fn judge(text: &[u8]) -> Option<Verdict> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nginx.conf");
    #[expect(clippy::disallowed_methods, reason = "the test gives nginx a file to read")]
    std::fs::write(&path, text).unwrap();
    let (prefix, file) = (folder.path().to_str().unwrap(), path.to_str().unwrap());
    let said = nginx(&["-t", "-e", "stderr", "-p", prefix, "-c", file])?;
    let find = |text: &[u8], what: &str| text.windows(what.len()).position(|window| window == what.as_bytes());
    let Some(start) = find(&said.stderr, "[emerg] ") else {
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        return Some(Verdict::Accepted);
    };
    // `[emerg] 1234#1234: unexpected "}" in /tmp/x/nginx.conf:7`
    let said = &said.stderr[start..];
    let said = &said[find(said, ": ").unwrap() + 2..];
    let end = find(said, &format!(" in {file}:")).or_else(|| find(said, "\n")).unwrap_or(said.len());
    Some(Verdict::Refused(said[..end].to_vec()))
}

/// The text with what Lua needs before it; `None` where the module is missing.
fn with_lua(text: &[u8]) -> Option<Vec<u8>> {
    if LUA.iter().any(|module| !Path::new(module).exists()) {
        skip("nginx has no Lua; on Debian and Ubuntu `apt-get install libnginx-mod-http-lua` brings it");
        return None;
    }
    Some([format!("load_module {}; load_module {}; ", LUA[0], LUA[1]).as_bytes(), text].concat())
}

/// What nginx says of a sample, with Lua where the sample has any.
fn judge_sample(path: &Path, text: &[u8]) -> Option<Verdict> {
    if path.file_name().unwrap().to_str().unwrap().contains("lua") { judge(&with_lua(text)?) } else { judge(text) }
}

/// nginx's words against a text that it cannot accept, if only for want of an `events` block.
fn refusal(text: &[u8]) -> Option<Vec<u8>> {
    match judge(text)? {
        Verdict::Refused(said) => Some(said),
        Verdict::Accepted => panic!("nginx wants an `events` block"),
    }
}

#[test]
fn nginx_accepts_and_refuses_the_same_samples() {
    for path in sample_files("accepted") {
        let text = bytes(&path);
        assert_eq!(parse(&text).1, [], "{}", path.display());
        let Some(verdict) = judge_sample(&path, &text) else { return };
        assert_eq!(verdict, Verdict::Accepted, "{}", path.display());
    }
    for path in sample_files("refused") {
        let text = bytes(&path);
        assert_ne!(parse(&text).1, [], "{}", path.display());
        let Some(verdict) = judge_sample(&path, &text) else { return };
        assert_ne!(verdict, Verdict::Accepted, "{}", path.display());
    }
}

/// A line for each directive: depth, line, then its words as JSON. The condition of an `if` is one argument without
/// its brackets, and code of Lua an argument, as crossplane has them.
fn lines(text: &[u8], tree: &Tree) -> Vec<String> {
    let line = |directive: &Directive| {
        let depth = std::iter::successors(directive.parent, |parent| tree.directives()[*parent].parent).count();
        let number = text[..directive.span.start].split(|byte| *byte == b'\n').count();
        let mut words: Vec<_> = directive.arguments.iter().map(|word| word.text().into_owned()).collect();
        if directive.name.is("if") {
            let (first, last) = (0, words.len() - 1);
            words[first] = words[first].trim_start_matches('(').trim_start().to_owned();
            words[last] = words[last].trim_end_matches(')').trim_end().to_owned();
            words.retain(|word| !word.is_empty());
        }
        if let Body::Lua(code) = directive.body {
            words.push(String::from_utf8_lossy(&text[code.start..code.end]).into_owned());
        }
        format!("{depth} {number} {} {}", directive.name.text(), serde_json::to_string(&words).unwrap())
    };
    tree.directives().iter().map(line).collect()
}

const CROSSPLANE: &str = r"
import crossplane, json, sys
def walk(block, depth):
    for directive in block:
        words = json.dumps(directive['args'], ensure_ascii=False, separators=(',', ':'))
        print(depth, directive['line'], directive['directive'], words)
        walk(directive.get('block', []), depth + 1)
sys.stdout.reconfigure(encoding='utf-8', newline='\n')
walk(crossplane.parse(sys.argv[1], single=True, check_ctx=False, check_args=False)['config'][0]['parsed'], 0)
";

#[test]
fn crossplane_reads_the_same_tree() {
    let shipped = ["nginx.conf", "mime.types", "fastcgi.conf", "proxy_params", "sites-available/default", "koi-utf"];
    let shipped = shipped.iter().map(|name| Path::new("/etc/nginx").join(name)).filter(|path| path.exists());
    for path in sample_files("accepted").into_iter().chain(shipped) {
        let Some(theirs) = python("crossplane", CROSSPLANE, &[path.to_str().unwrap()], "") else { return };
        let text = bytes(&path);
        let (tree, complaints) = parse(&text);
        assert_eq!(complaints, [], "{}", path.display());
        let mut ours = String::new();
        for line in lines(&text, &tree) {
            writeln!(ours, "{line}").unwrap();
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        match CROSSPLANE_DIFFERS.iter().find(|(differs, _)| *differs == name) {
            Some((_, how)) => assert_ne!(ours, theirs, "crossplane no longer {how}"),
            None => assert_eq!(ours, theirs, "{}", path.display()),
        }
    }
}

/// Texts of the bytes that mean something to nginx's reader.
fn texts(length: usize) -> Vec<Vec<u8>> {
    let byte = prop::sample::select(b"xx tnr \n\r\t;{}\"'\\$#)\xff".to_vec());
    samples(&prop::collection::vec(byte, 1..length), 200)
}

/// nginx says which name it does not know, and so how it reads a word.
#[test]
fn nginx_reads_the_same_name_in_random_texts() {
    for text in texts(24) {
        let Some(said) = refusal(&text) else { return };
        let (tree, complaints) = parse(&text);
        let expected = match tree.directives().first() {
            Some(first) if is_complete(first) && !complained_before(first, &complaints) => {
                [b"unknown directive \"", first.name.value.as_slice(), b"\""].concat()
            }
            _ if !complaints.is_empty() => {
                let said = String::from_utf8_lossy(&said);
                assert!(said.starts_with("unexpected"), "{said} of {:?}", String::from_utf8_lossy(&text));
                continue;
            }
            _ => b"no \"events\" section in configuration".to_vec(),
        };
        assert_eq!(String::from_utf8_lossy(&said), String::from_utf8_lossy(&expected), "{text:?}");
    }
}

/// nginx says which log level it does not know, and so how it reads an argument.
#[test]
fn nginx_reads_the_same_argument_in_random_texts() {
    for text in texts(24) {
        let text = [b"error_log stderr ".as_slice(), &text].concat();
        let Some(said) = refusal(&text) else { return };
        let (tree, complaints) = parse(&text);
        let first = &tree.directives()[0];
        let said = String::from_utf8_lossy(&said);
        if !is_complete(first) || complained_before(first, &complaints) {
            assert!(said.starts_with("unexpected"), "{said} of {:?}", String::from_utf8_lossy(&text));
        } else if matches!(first.body, Body::Block(_)) {
            assert_eq!(said, "directive \"error_log\" is not terminated by \";\"");
        } else if let [_, level, ..] = first.arguments.as_slice() {
            assert_eq!(said, format!("invalid log level \"{}\"", level.text()), "{text:?}");
        }
    }
}

/// True if the directive has its `;` or `{`.
fn is_complete(directive: &Directive) -> bool {
    directive.span.end > directive.arguments.last().unwrap_or(&directive.name).span.end
}

/// True if nginx gave up before it reached the directive's `;` or `{`.
fn complained_before(directive: &Directive, complaints: &[crate::Complaint]) -> bool {
    let reached = match directive.body {
        Body::Nothing => directive.span.end,
        Body::Block(inside) | Body::Lua(inside) => inside.start - 1,
    };
    complaints.iter().any(|complaint| complaint.span.start < reached)
}

/// Samples with one byte put in or taken out: where nginx accepts the text there is no complaint, and where it
/// finds a fault of the text there is one. What only a directive's own module refuses is not judged here.
#[test]
fn nginx_accepts_and_refuses_the_same_damaged_samples() {
    let damage = (any::<prop::sample::Index>(), prop::sample::select(b"{};\"'\\$# \n".to_vec()), any::<bool>());
    let files: Vec<_> = sample_files("accepted").into_iter().filter(|path| !path.ends_with("lua.conf")).collect();
    let mut judged = 0;
    for (number, (place, byte, put_in)) in samples(&damage, 200).into_iter().enumerate() {
        let mut text = bytes(&files[number % files.len()]);
        let at = place.index(text.len());
        if put_in {
            text.insert(at, byte);
        } else {
            text.remove(at);
        }
        let Some(verdict) = judge(&text) else { return };
        let complaints = parse(&text).1;
        let context = String::from_utf8_lossy(&text);
        match verdict {
            Verdict::Accepted => assert_eq!(complaints, [], "{context}"),
            // In a `map` or `types` a block is refused by the module that reads it.
            Verdict::Refused(said) if said.starts_with(b"unexpected") && !said.starts_with(b"unexpected \"{\"") => {
                assert_ne!(complaints, [], "{} in {context}", String::from_utf8_lossy(&said));
            }
            Verdict::Refused(_) => continue,
        }
        judged += 1;
    }
    assert!(judged > 50, "only {judged} of the damaged samples were faults of the text or none");
}

/// The machine's own files.
struct Machine<'a>(&'a Path);

impl Files for Machine<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        #[expect(clippy::disallowed_methods, reason = "the test compares what two programs read in one folder")]
        let read = std::fs::read(path);
        read.map_err(|error| Box::new(Problem::machine(error.to_string(), "a file", Retry::Safe)))
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        folder.read_dir().into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect()
    }

    fn locate(&self, included: &Path, _from: &Path) -> Option<PathBuf> {
        Some(self.0.join(included))
    }

    fn shown(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

/// `nginx -T` prints every file that it reads, in the order in which it first reads it.
#[test]
fn nginx_includes_the_same_files_in_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path();
    let files = [
        (
            "nginx.conf",
            "events {}\nhttp { access_log off; include sites-*/*; include [c]onf.d/?.conf; include none*; }\n",
        ),
        ("sites-b/10", "server { listen 127.0.0.1:18101; include ../snippet; }\n"),
        ("sites-a/20", "server { listen 127.0.0.1:18102; include snippet; }\n"),
        ("sites-a/.hidden", "broken"),
        ("sites-a/[x]", "# a name that is a pattern itself\n"),
        ("sites-a/Z", "# capitals come first\n"),
        ("conf.d/a.conf", "# one letter\n"),
        ("conf.d/ab.conf", "broken"),
        ("snippet", "location / { return 204; include deeper; }\n"),
        ("deeper", "expires 1h;\n"),
    ];
    for (name, text) in files {
        let path = prefix.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test gives nginx files to read")]
        std::fs::write(&path, text.replace("../snippet", "snippet")).unwrap();
    }
    let (main, arguments) = (prefix.join("nginx.conf"), ["-p", prefix.to_str().unwrap()]);
    reads_what_nginx_dumps(&main, &arguments);
}

/// The files that came with nginx, and whatever was put beside them.
#[test]
fn nginx_reads_the_same_of_this_machine_s_own_configuration() {
    let main = Path::new("/etc/nginx/nginx.conf");
    if main.exists() {
        reads_what_nginx_dumps(main, &[]);
    } else {
        skip("there is no /etc/nginx/nginx.conf; on Debian and Ubuntu `apt-get install nginx-light` brings it");
    }
}

fn reads_what_nginx_dumps(main: &Path, arguments: &[&str]) {
    let (configuration, problems) = Configuration::read(main, &Machine(main.parent().unwrap()));
    assert_eq!(problems, []);
    let arguments = [&["-T", "-q", "-e", "stderr", "-c", main.to_str().unwrap()], arguments].concat();
    let Some(said) = nginx(&arguments) else { return };
    if !said.status.success() {
        return skip(&format!("`nginx -T` refuses: {}", String::from_utf8_lossy(&said.stderr)));
    }
    let mut ours = Vec::new();
    for file in configuration.files() {
        ours.extend(format!("# configuration file {}:\n", file.path.display()).into_bytes());
        ours.extend(&file.text);
        ours.push(b'\n');
    }
    assert_eq!(String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&ours));
}
