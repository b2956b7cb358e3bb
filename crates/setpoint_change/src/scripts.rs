//! The scripts that a command of the register names. Nobody can know all that a command reads; what its text names can be
//! looked at.

use setpoint_host::{Host, Kind};
use std::path::{Path, PathBuf};

/// The files that a command names, as it is run in a folder: each word that is one, there or in a folder that the command
/// names too, as after `cd deploy && `.
pub(crate) fn scripts(host: &dyn Host, folder: &Path, command: &str) -> Vec<PathBuf> {
    let kind = |path: &Path| host.status(path).ok().map(|status| status.kind);
    let words = || {
        command
            .split([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>', '=', '"', '\''])
            .filter(|word| !word.is_empty())
    };
    let mut folders = vec![folder.to_owned()];
    folders.extend(words().map(|word| folder.join(word)).filter(|path| kind(path) == Some(Kind::Folder)));
    let mut found: Vec<PathBuf> = Vec::new();
    for path in words().flat_map(|word| folders.iter().map(move |folder| folder.join(word.trim_start_matches("./")))) {
        if kind(&path) == Some(Kind::File) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::scripts;
    use setpoint_host::{Host as _, LiveHost};

    #[test]
    fn scripts_are_found_wherever_a_command_names_them() {
        let folder = LiveHost.temporary_folder().unwrap();
        for name in ["deploy/go.sh", "deploy.sh", "manage.py", "requirements.txt"] {
            LiveHost.write(&folder.path().join(name), b"").unwrap();
        }
        let named = |command: &str| {
            let found = scripts(&LiveHost, folder.path(), command);
            let names = found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(named("./deploy.sh --previous"), "deploy.sh");
        assert_eq!(named("bash -eu ./deploy.sh"), "deploy.sh");
        assert_eq!(named("env A=1 sh 'deploy.sh'"), "deploy.sh");
        assert_eq!(named("cd deploy && ./go.sh"), "deploy/go.sh");
        assert_eq!(
            named("pip install -r requirements.txt && python manage.py migrate; (deploy/go.sh)"),
            "requirements.txt manage.py deploy/go.sh"
        );
        assert_eq!(named("LIST=requirements.txt make deploy"), "requirements.txt");
        assert_eq!(named("git pull"), "");
    }
}
