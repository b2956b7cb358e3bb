use super::LONGEST;
use setpoint_host::Host;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Which packages files belong to, as dpkg wrote it down (dpkg(1), "FILES").
#[derive(Debug, Default)]
pub(super) struct Packages {
    owners: HashMap<PathBuf, String>,
    essential: HashSet<String>,
}

impl Packages {
    /// Looks up these files, links followed, and the folders around them.
    pub(super) fn of<'p>(host: &dyn Host, files: impl Iterator<Item = &'p PathBuf>) -> Self {
        let mut wanted: HashMap<String, Vec<PathBuf>> = HashMap::new();
        let mut want = |name: &Path, of: &Path| {
            // What the merged `/usr` moved has the old name in many packages.
            let name = name.display().to_string();
            let other = name.strip_prefix("/usr").map_or_else(|| format!("/usr{name}"), str::to_owned);
            [name, other].into_iter().for_each(|name| wanted.entry(name).or_default().push(of.to_owned()));
        };
        for file in files {
            want(file, file);
            host.resolve(file).iter().for_each(|target| want(target, file));
            file.parent().iter().for_each(|folder| want(folder, folder));
        }
        let mut packages = Self { owners: HashMap::new(), essential: essential(host) };
        let information = Path::new("/var/lib/dpkg/info");
        for listed in host.list(information).unwrap_or_default() {
            let name = listed.name.to_string_lossy().into_owned();
            let Some(package) = name.strip_suffix(".list") else { continue };
            let package = package.split(':').next().unwrap_or(package);
            let bytes = host.read(&information.join(&name), LONGEST).unwrap_or_default();
            for line in String::from_utf8_lossy(&bytes).lines() {
                for path in wanted.get(line).into_iter().flatten() {
                    packages.owners.entry(path.clone()).or_insert_with(|| package.to_owned());
                }
            }
        }
        packages
    }

    /// The package that a file or folder belongs to; of a folder that several have, one of them.
    pub(super) fn owner(&self, path: &Path) -> Option<&str> {
        self.owners.get(path).map(String::as_str)
    }

    /// True for a package that every Debian has.
    pub(super) fn is_essential(&self, package: &str) -> bool {
        self.essential.contains(package)
    }
}

/// The packages without which dpkg itself would not work (Debian Policy 3.8).
fn essential(host: &dyn Host) -> HashSet<String> {
    let bytes = host.read(Path::new("/var/lib/dpkg/status"), LONGEST * 4).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let paragraphs = text.split("\n\n").filter(|paragraph| paragraph.lines().any(|line| line == "Essential: yes"));
    let name = |paragraph: &str| paragraph.lines().find_map(|line| line.strip_prefix("Package: ")).map(str::to_owned);
    paragraphs.filter_map(name).collect()
}
