//! A version of a package as a folder: its wheel from the package index, unpacked once into the user's cache and kept.

use crate::command_error::CommandError;
use crate::terminal::Ui;
use setpoint_host::{Host, Kind};
use setpoint_model::{Problem, Retry};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long pip may take to download a wheel.
const PATIENCE: Duration = Duration::from_mins(5);
/// What pip prints in front of each message is no part of it.
const ERROR: &str = "ERROR: ";

/// `uvicorn==0.30.0`, with nothing that pip or a path would take for something else.
#[derive(Debug)]
pub(super) struct Package<'a> {
    name: &'a str,
    version: &'a str,
}

impl<'a> Package<'a> {
    /// The name as PEP 508 has it, and the version in the letters of PEP 440.
    pub(super) fn of(name: &'a str, version: &'a str) -> Result<Self, Problem> {
        let is_word = |text: &str, also: &[u8]| {
            let begins = text.bytes().next().is_some_and(|letter| letter.is_ascii_alphanumeric());
            let ends = text.bytes().last().is_some_and(|letter| letter.is_ascii_alphanumeric());
            begins && ends && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || also.contains(&letter))
        };
        if is_word(name, b"._-") && is_word(version, b".!+_-") {
            return Ok(Self { name, version });
        }
        let what = format!("`{name}=={version}` is no package with one version");
        Err(Problem::input(what, "`PACKAGE==VERSION`, such as `uvicorn==0.34.0`", Retry::SafeOnceMended))
    }
}

/// The folder that the package is unpacked in, as `pip install --target` would.
pub(super) fn unpacked(ui: &Ui<'_>, package: &Package<'_>) -> Result<PathBuf, CommandError> {
    let Package { name, version } = package;
    let folder = cache(ui.host)?.join(format!("{name}-{version}"));
    let (unpacked, ready) = (folder.join("unpacked"), folder.join("ready"));
    if ui.host.status(&ready).is_err() {
        ui.say_to_who_waits(&format!("downloading {name} {version}"));
        let wheel = download(ui.host, package, &folder.join("wheel"))?;
        let [from, into] = [&wheel, &unpacked].map(|path| path.display().to_string());
        let said = ui.host.run("python3", &["-I", "-m", "zipfile", "-e", &from, &into], PATIENCE)?;
        if !said.succeeded() {
            let what = format!("the wheel of {name} {version} could not be unpacked");
            return Err(Problem::machine(what, "a wheel, which is a ZIP file", Retry::Safe).into());
        }
        // Written last, so that what was not unpacked whole is unpacked again.
        ui.host.write(&ready, b"")?;
    }
    Ok(unpacked)
}

/// `-I` keeps Python from importing a `pip.py` of the current folder, which is code of who knows whom; of a source
/// distribution pip would run `setup.py`, and so takes none.
fn download(host: &dyn Host, package: &Package<'_>, into: &Path) -> Result<PathBuf, CommandError> {
    let Package { name, version } = package;
    let (wanted, folder) = (format!("{name}=={version}"), into.display().to_string());
    let pip = ["-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet", "--no-deps"];
    let what = ["--only-binary=:all:", "--dest", &folder, "--", &wanted];
    let said = host.run("python3", &[&pip[..], &what].concat(), PATIENCE)?;
    if !said.succeeded() {
        return Err(refused(&wanted, &String::from_utf8_lossy(&said.stderr)).into());
    }
    let wheels = host.list(into)?.into_iter().filter(|listed| listed.kind == Kind::File);
    let mut wheels = wheels.filter(|listed| listed.name.to_string_lossy().ends_with(".whl"));
    let wheel = wheels.next().ok_or_else(|| {
        Problem::machine(format!("pip downloaded no wheel of {wanted}"), "a wheel of the package", Retry::Safe)
    })?;
    Ok(into.join(wheel.name))
}

/// What pip said: that there is no such version is the person's fault, all else is the machine's.
fn refused(wanted: &str, said: &str) -> Problem {
    let line =
        |begin: &str| said.lines().find_map(|line| line.strip_prefix(ERROR).filter(|text| text.starts_with(begin)));
    let reached_the_index = !said.contains("Retrying (");
    if line("No matching distribution found").is_some() && reached_the_index {
        let versions = said.split_once("(from versions: ").and_then(|(_, rest)| rest.split_once(')'));
        let newest = versions.and_then(|(versions, _)| versions.rsplit(", ").next()).filter(|newest| *newest != "none");
        let problem = Problem::input(
            format!("the package index has no wheel of `{wanted}` that this interpreter can use"),
            "a version that was published as a wheel",
            Retry::SafeOnceMended,
        );
        return match newest {
            Some(newest) => problem.hint(format!("the newest version is {newest}")),
            None => problem.hint("is the name spelled as the index has it?"),
        };
    }
    let because = said.lines().last().unwrap_or("it does not say why").trim_start_matches(ERROR);
    let what = format!("pip could not download `{wanted}`: {because}");
    Problem::machine(what, "`python3 -m pip download`, and a package index that it reaches", Retry::Safe)
}

/// Where packages are kept: `~/.cache/setpoint/packages` (XDG Base Directory Specification).
fn cache(host: &dyn Host) -> Result<PathBuf, Problem> {
    let set = |name: &str| host.variable(name).filter(|value| value.starts_with('/')).map(PathBuf::from);
    let caches = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    caches.map(|caches| caches.join("setpoint/packages")).ok_or_else(|| {
        let what = "nobody says where downloaded packages may be kept";
        Problem::input(what, "the variable `XDG_CACHE_HOME` or `HOME`, an absolute path", Retry::SafeOnceMended)
    })
}
