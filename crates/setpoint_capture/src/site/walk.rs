//! Looks through a folder for the files that say how the service is deployed. One bounded walk that follows no link
//! to a folder, so that neither a loop nor a huge tree can hurt.

use super::kind::{FileKind, recognise};
use crate::within::Within;
use setpoint_host::{Host, Kind, Refusal};
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};

/// Deployment files lie near the top.
const DEEPEST: usize = 8;
/// More folders than any service has outside its packages and environments.
const MOST_FOLDERS: usize = 5_000;
/// Folders of other programs, copies, and code that is not the service's.
const SKIPPED: [&str; 15] = [
    "node_modules",
    "__pycache__",
    "site-packages",
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "examples",
    "example",
    "fixtures",
    "vendor",
    "vendored",
    "_vendor",
    "third_party",
];
/// Folders of a Python package that may hold deployment files all the same.
const DEPLOYMENT: [&str; 11] =
    ["deploy", "deployment", "config", "conf", "etc", "docker", "systemd", "nginx", "ops", "infra", "scripts"];

/// The files, relative to the root, in a fixed order: those near the top first, then by name.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) files: Vec<(FileKind, PathBuf)>,
    pub(crate) problems: Vec<Problem>,
}

/// Walks the folder. Only one that cannot be listed itself is an error.
pub(crate) fn walk(host: &dyn Host, root: &Path) -> Result<Walked, Refusal> {
    let mut walked = Walked::default();
    let mut folders = vec![PathBuf::new()];
    let mut looked_at = 0;
    // One level after the other, so that a bound that is met leaves out the deepest folders.
    for _ in 0..DEEPEST {
        let mut below = Vec::new();
        for folder in std::mem::take(&mut folders) {
            if looked_at == MOST_FOLDERS {
                walked.problems.push(too_many(root));
                return Ok(walked);
            }
            looked_at += 1;
            if let Err(refusal) = look(host, root, &folder, &mut walked.files, &mut below) {
                if folder.as_os_str().is_empty() {
                    return Err(refusal);
                }
                walked.problems.push(refusal.problem());
            }
        }
        folders = below;
    }
    Ok(walked)
}

fn look(
    host: &dyn Host,
    root: &Path,
    folder: &Path,
    files: &mut Vec<(FileKind, PathBuf)>,
    below: &mut Vec<PathBuf>,
) -> Result<(), Refusal> {
    let listed = host.list(&root.join(folder))?;
    let has = |name: &str| listed.iter().any(|listed| listed.name == name);
    // A virtual environment (PEP 405) holds other people's files.
    if has("pyvenv.cfg") {
        return Ok(());
    }
    let package = !folder.as_os_str().is_empty() && has("__init__.py");
    for entry in &listed {
        let path = folder.join(&entry.name);
        match entry.kind {
            Kind::Folder if goes_on(&entry.name.to_string_lossy(), package) => below.push(path),
            Kind::Folder | Kind::Socket | Kind::Other => {}
            Kind::File => files.extend(recognise(&path).map(|kind| (kind, path))),
            // `sites-enabled/shop` is a link as a rule. One that leads to a folder, nowhere or out is not followed.
            Kind::Link => {
                let Some(kind) = recognise(&path) else { continue };
                let is_inside = Within::Folder(root).holds(host, &root.join(&path));
                let file = is_inside && host.status(&root.join(&path)).is_ok_and(|status| status.kind == Kind::File);
                files.extend(file.then_some((kind, path)));
            }
        }
    }
    Ok(())
}

/// True for a folder that may hold deployment files. Hidden folders are caches and version control; the packages
/// below a Python package hold code.
fn goes_on(name: &str, in_package: bool) -> bool {
    if in_package {
        return DEPLOYMENT.contains(&name);
    }
    !name.starts_with('.') && !SKIPPED.contains(&name) && !name.ends_with(".egg-info") && !name.ends_with(".dist-info")
}

fn too_many(root: &Path) -> Problem {
    let what = format!("the folder has more than {MOST_FOLDERS} folders, and the deepest were not searched");
    Problem::input(what, "the folder of one service", Retry::SafeOnceMended)
        .at(Place::file(root.display().to_string()))
        .hint("name the service's own folder with `--root`")
}

#[cfg(test)]
mod tests {
    use super::walk;
    use setpoint_host::LiveHost;
    use std::path::Path;

    fn plant(root: &Path, files: &[&str]) {
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            #[expect(clippy::disallowed_methods, reason = "the test plants the folder that the walk looks through")]
            std::fs::write(path, "").unwrap();
        }
    }

    #[test]
    fn finds_deployment_files_and_stays_out_of_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        plant(
            &root,
            &[
                ".env",
                ".git/hooks/x.service",
                "deploy/shop.service",
                "deploy/shop.service.d/a.conf",
                "venv/pyvenv.cfg",
                "venv/etc/jupyter.service",
                "node_modules/x/.env",
                "src/shop/__init__.py",
                "src/shop/deploy/nginx.conf",
                "src/shop/inner/.env",
                "tests/.env",
            ],
        );
        std::os::unix::fs::symlink(&root, root.join("deploy/loop")).unwrap();
        std::os::unix::fs::symlink("shop.service", root.join("deploy/alias.service")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.join("deploy/out.env")).unwrap();
        let walked = walk(&LiveHost, &root).unwrap();
        let found: Vec<_> = walked.files.iter().map(|(_, path)| path.display().to_string()).collect();
        let expected = [
            ".env",
            "deploy/alias.service",
            "deploy/shop.service",
            "deploy/shop.service.d/a.conf",
            "src/shop/deploy/nginx.conf",
        ];
        assert_eq!((found, walked.problems), (expected.map(str::to_owned).to_vec(), Vec::new()));
    }
}
