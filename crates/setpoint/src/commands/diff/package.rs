//! A version of a package as a folder: its wheel from the package index, unpacked once into the user's cache and kept.

use crate::command_error::CommandError;
use crate::terminal::Ui;
use setpoint_host::{Host, Kind};
use setpoint_model::{Problem, Retry};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer than any list of a distribution's files, in bytes.
const LONGEST_RECORD: u64 = 64 << 20;
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

impl Package<'_> {
    /// True for its name, however it is spelled (PEP 503).
    pub(super) fn is_called(&self, name: &str) -> bool {
        normal(self.name) == normal(name)
    }
}

/// A distribution's name in the form in which two spellings of it are equal (PEP 503), with `_` as in folders.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// A package's name alone, beside a version of the same package.
pub(super) fn without_version(ui: &Ui<'_>, name: &str) -> Problem {
    let environments = [".venv", "venv", "env"].map(|folder| ui.root.join(folder));
    let installed = environments.iter().find_map(|environment| find_installed(ui.host, environment, name));
    let what = format!("`{name}` names no version");
    let problem =
        Problem::input(what, "`PACKAGE==VERSION`, or the virtual environment that has it", Retry::SafeOnceMended);
    problem.hint(match installed {
        Some(Installed { version, .. }) => format!("the version that is installed here is `{name}=={version}`"),
        None => format!("write `{name}==VERSION`, or name the environment that it is installed in: `.venv`"),
    })
}

/// A distribution as an environment has it.
struct Installed {
    version: String,
    site_packages: PathBuf,
    /// `uvicorn-0.34.0.dist-info`
    information: String,
}

fn find_installed(host: &dyn Host, environment: &Path, name: &str) -> Option<Installed> {
    let lib = environment.join("lib");
    let versions = host.list(&lib).unwrap_or_default().into_iter();
    let mut folders = versions.map(|listed| lib.join(listed.name).join("site-packages"));
    folders.find_map(|site_packages| {
        let listed = host.list(&site_packages).unwrap_or_default().into_iter();
        let mut named = listed.filter_map(|listed| listed.name.into_string().ok());
        let (version, information) = named.find_map(|information| {
            let (of, version) = information.strip_suffix(".dist-info")?.split_once('-')?;
            (normal(of) == normal(name)).then(|| (version.to_owned(), information.clone()))
        })?;
        Some(Installed { version, site_packages, information })
    })
}

/// Copies what an environment has of the package, by the list of its files that every installer writes (`RECORD` of the
/// "Recording installed projects" specification), so that nothing else that is installed stands beside it.
pub(super) fn copy_installed(
    ui: &Ui<'_>,
    package: &Package<'_>,
    environment: &Path,
    into: &Path,
) -> Result<(), CommandError> {
    let Some(Installed { site_packages, information, .. }) = find_installed(ui.host, environment, package.name) else {
        let what = format!("`{}` has no `{}` installed", environment.display(), package.name);
        return Err(Problem::input(what, "a virtual environment that has the package", Retry::SafeOnceMended).into());
    };
    let record = ui.host.read(&site_packages.join(&information).join("RECORD"), LONGEST_RECORD)?;
    let record = String::from_utf8_lossy(&record);
    let top = record.lines().filter_map(|line| line.split([',', '/']).next()).map(|name| name.trim_matches('"'));
    // Scripts lie outside, at `../../../bin`.
    let top: BTreeSet<&str> = top.filter(|name| !["", "..", ".", "__pycache__"].contains(name)).collect();
    let from: Vec<String> = top.iter().map(|name| site_packages.join(name).display().to_string()).collect();
    let into = into.display().to_string();
    let mut arguments = vec!["-R", "--"];
    arguments.extend(from.iter().map(String::as_str));
    arguments.push(&into);
    let said = ui.host.run("cp", &arguments, PATIENCE)?;
    if !said.succeeded() {
        let what = format!("what `{}` has of `{}` could not be copied", environment.display(), package.name);
        return Err(Problem::machine(what, "files that may be read, and room for them", Retry::Safe).into());
    }
    Ok(())
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
