//! Cache rules against configurations of nginx, right ones and wrong ones. The real nginx accepts each.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]
#![expect(clippy::disallowed_methods, reason = "the tests give files to the real nginx")]

mod answers;
mod live;
mod methods;
mod origin;
mod queries;
mod right;
mod statuses;
mod unknown;
mod varnish;
mod witnesses;
mod wrong;

use setpoint_checks::cache::{in_nginx, on_paper};
use setpoint_formats::Files;
use setpoint_formats::nginx::Configuration;
use setpoint_model::{Conclusion, Outcome, Problem, Retry};
use setpoint_testkit::tool_is_here;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What most of the configurations are to keep to.
const CATALOG: &str = r#"
    [cache.catalog]
    match      = "/catalog/*"
    ttl        = "60s"
    bypass     = ["cookie:session", "query:preview"]
    cached     = ["/catalog/1", "/catalog/2?sort=price"]
    not_cached = ["/catalog/1?preview=1", "/account"]"#;

/// A rule without a bypass.
const NEWS: &str = r#"
    [cache.news]
    match  = "/news*"
    ttl    = "1h"
    cached = ["/news"]"#;

/// What stands in `http` before each configuration.
const BEFORE: &str = "
    proxy_cache_path cache keys_zone=shop:1m;
    uwsgi_cache_path uwsgi keys_zone=uwsgi:1m;
    upstream app { server 127.0.0.1:8000; }";

/// The verdict of all stages: a line for each outcome, and one for each thing that is wrong.
fn verdict(register: &str, http: &str) -> String {
    let text = format!("events {{}} http {{ {BEFORE}\n{http} }}");
    // That nginx is started where it is asked shows that it takes the configuration.
    if !live::is_asked(http) {
        assert_eq!(refusal(&text), None, "{http}");
    }
    let (configuration, problems) = Configuration::read(Path::new("/etc/nginx/nginx.conf"), &OneFile(&text));
    assert_eq!(problems, []);
    let text_of_register = format!("[service]\nname = \"shop\"\nowner = \"platform team\"\n{register}");
    let (register, problems) = setpoint_register::load("setpoint.toml", &text_of_register);
    assert_eq!(problems, []);
    let paper = on_paper(&register.caches);
    let nginx = in_nginx(std::slice::from_ref(&configuration), &register.caches, None);
    let live = live::stage(&text_of_register, http, &[configuration]);
    paper.iter().chain(&nginx).chain(&live).map(picture).collect()
}

fn picture(outcome: &Outcome) -> String {
    let conclusion = match &outcome.conclusion {
        // That a rule agrees with its examples is no news.
        Conclusion::Passed if outcome.subject.ends_with("paper") => return String::new(),
        Conclusion::Passed => "passed\n".to_owned(),
        Conclusion::Skipped { because } => format!("skipped: {because}\n"),
        Conclusion::Failed { .. } => "failed\n".to_owned(),
    };
    let live = if outcome.subject.ends_with("live") { "live " } else { "" };
    let mut picture = format!("{live}{conclusion}");
    for failure in outcome.failures() {
        let _ = writeln!(picture, "{}: {}", failure.reason.as_str(), failure.message);
        let _ = writeln!(picture, "  expected {}", failure.expected);
    }
    for evidence in &outcome.evidence {
        let _ = writeln!(picture, "{}: {}", evidence.of, evidence.text);
    }
    picture
}

/// What the real nginx says against a configuration; nothing where it is not installed.
fn refusal(text: &str) -> Option<String> {
    if !tool_is_here("nginx") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, text).unwrap();
    let prefix = folder.path().to_str().unwrap();
    let here = format!("pid {prefix}/nginx.pid;");
    let arguments = ["-t", "-e", "stderr", "-p", prefix, "-g", &here, "-c", file.to_str().unwrap()];
    let said = Command::new("nginx").args(arguments).output().unwrap();
    (!said.status.success()).then(|| String::from_utf8_lossy(&said.stderr).into_owned())
}

struct OneFile<'a>(&'a str);

impl Files for OneFile<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        let is_here = path == Path::new("/etc/nginx/nginx.conf");
        let missing = || Box::new(Problem::machine("nothing is there", "a file", Retry::SafeOnceMended));
        is_here.then(|| self.0.as_bytes().to_vec()).ok_or_else(missing)
    }

    fn list(&self, _folder: &Path) -> Vec<OsString> {
        Vec::new()
    }

    fn locate(&self, _included: &Path, _from: &Path) -> Option<PathBuf> {
        None
    }

    fn shown(&self, _path: &Path) -> String {
        "nginx.conf".to_owned()
    }
}
