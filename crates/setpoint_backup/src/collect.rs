//! Which files a backup holds. All that cannot be read is told at once, before anything is written.

use crate::sentences;
use setpoint_formats::glob;
use setpoint_host::{Details, Host, Kind, Source, is_half_written};
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// One file, folder or link that is saved.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its path in the backup.
    pub(crate) path: PathBuf,
    /// Where it is read.
    pub(crate) source: Source,
    pub(crate) details: Details,
    /// Where a link leads, unresolved.
    pub(crate) target: Option<PathBuf>,
}

/// What is saved, in order of path: a folder comes before what is in it.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) entries: BTreeMap<PathBuf, Entry>,
    /// What the patterns of the register mean today.
    pub(crate) roots: Vec<PathBuf>,
    /// Sockets, pipes and devices, which hold nothing that could be saved.
    pub(crate) left_out: Vec<PathBuf>,
    pub(crate) problems: Vec<Problem>,
}

/// What the register says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection<'s> {
    /// The folder that relative paths begin in.
    pub(crate) root: &'s Path,
    pub(crate) include: &'s [String],
    pub(crate) exclude: &'s [String],
    /// What is never saved: the repository itself, and the files of databases that are dumped.
    pub(crate) never: &'s [PathBuf],
}

impl Collected {
    pub(crate) fn of(host: &dyn Host, selection: Selection<'_>) -> Self {
        let mut collected = Self::default();
        let excluded: Vec<Excluded> = selection.exclude.iter().map(|text| Excluded::of(text, selection.root)).collect();
        let is_left_out = |path: &Path| {
            selection.never.iter().any(|never| never == path) || excluded.iter().any(|one| one.means(path))
        };
        for include in selection.include {
            let pattern = selection.root.join(include);
            let list = |folder: &Path| -> Vec<OsString> {
                host.list(folder).unwrap_or_default().into_iter().map(|listed| listed.name).collect()
            };
            let mut found = false;
            for path in glob::expand(&pattern, &list) {
                let Some(path) = without_links_above(host, &path) else { continue };
                found = true;
                collected.add_root(host, &path, &is_left_out);
            }
            if !found {
                collected.problems.push(sentences::nothing_of_that_name(&pattern));
            }
        }
        collected.roots.sort_unstable();
        collected.roots.dedup();
        collected
    }

    /// A file or folder that was named. Where it is a link, what that leads to is meant as well.
    fn add_root(&mut self, host: &dyn Host, path: &Path, is_left_out: &dyn Fn(&Path) -> bool) {
        if is_left_out(path) {
            return;
        }
        self.roots.push(path.to_owned());
        for above in path.ancestors().skip(1).filter(|above| above.parent().is_some()) {
            if !self.entries.contains_key(above) {
                self.add(host, above, above);
            }
        }
        self.add_with_all_below(host, path, path, is_left_out);
        let is_link = self.entries.get(path).is_some_and(|entry| entry.details.kind == Kind::Link);
        if is_link
            && let Ok(target) = host.resolve(path)
            && !self.roots.contains(&target)
        {
            self.add_root(host, &target, is_left_out);
        }
    }

    /// Saves `from` and all below it under another name.
    pub(crate) fn add_with_all_below(
        &mut self,
        host: &dyn Host,
        from: &Path,
        path: &Path,
        is_left_out: &dyn Fn(&Path) -> bool,
    ) {
        if is_left_out(path) {
            return;
        }
        if !self.add(host, from, path) {
            return;
        }
        match host.list(from) {
            Ok(listed) => {
                for one in listed {
                    // What a process that was killed has left of a file is in no backup; the file itself is.
                    if is_half_written(&one.name) && matches!(one.kind, Kind::File | Kind::Link) {
                        continue;
                    }
                    self.add_with_all_below(host, &from.join(&one.name), &path.join(&one.name), is_left_out);
                }
            }
            Err(refusal) => self.problems.push(sentences::unread(&refusal)),
        }
    }

    /// Adds one path itself; true for a folder.
    fn add(&mut self, host: &dyn Host, from: &Path, path: &Path) -> bool {
        let details = match host.details(from) {
            Ok(details) => details,
            Err(refusal) => {
                self.problems.push(sentences::unread(&refusal));
                return false;
            }
        };
        let kind = details.kind;
        let target = match kind {
            Kind::Link => match host.link_target(from) {
                Ok(target) => Some(target),
                Err(refusal) => {
                    self.problems.push(sentences::unread(&refusal));
                    return false;
                }
            },
            Kind::File | Kind::Folder => None,
            Kind::Socket | Kind::Other => {
                self.left_out.push(path.to_owned());
                return false;
            }
        };
        let entry = Entry { path: path.to_owned(), source: host.source(from), details, target };
        self.entries.insert(path.to_owned(), entry);
        kind == Kind::Folder
    }
}

/// The path without links in its folder, so that nothing lies below a link; `None` where nothing is there.
fn without_links_above(host: &dyn Host, path: &Path) -> Option<PathBuf> {
    let path = match (path.parent(), path.file_name()) {
        (Some(above), Some(name)) => host.resolve(above).ok()?.join(name),
        // `/` or a path that ends in `..`.
        (Some(_) | None, _) => host.resolve(path).ok()?,
    };
    host.details(&path).ok().map(|_| path)
}

/// A pattern of `exclude`.
enum Excluded {
    /// A name, wherever it is.
    Name(OsString),
    /// A whole path.
    Path(PathBuf),
}

impl Excluded {
    fn of(text: &str, root: &Path) -> Self {
        let text = text.trim_end_matches('/');
        if text.contains('/') { Self::Path(root.join(text)) } else { Self::Name(text.into()) }
    }

    fn means(&self, path: &Path) -> bool {
        let is_meant = |pattern: Component<'_>, name: Component<'_>| {
            glob::is_name_meant(pattern.as_os_str().as_bytes(), name.as_os_str().as_bytes())
        };
        match self {
            Self::Name(pattern) => {
                path.file_name().is_some_and(|name| glob::is_name_meant(pattern.as_bytes(), name.as_bytes()))
            }
            Self::Path(pattern) => {
                pattern.components().count() == path.components().count()
                    && pattern.components().zip(path.components()).all(|(pattern, name)| is_meant(pattern, name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Collected, Selection};
    use insta::assert_snapshot;
    use setpoint_host::{Host as _, LiveHost};
    use std::path::Path;

    fn check(files: &[&str], targets: &[(&str, &str)], include: &[&str], exclude: &[&str]) -> String {
        let folder = LiveHost.temporary_folder().unwrap();
        let root = LiveHost.resolve(folder.path()).unwrap();
        for file in files {
            LiveHost.write(&root.join(file), b"x").unwrap();
        }
        for (link, target) in targets {
            let path = root.join(link);
            LiveHost.make_folder(path.parent().unwrap()).unwrap();
            LiveHost.act(&setpoint_host::Act::Link { path: &path, target: Path::new(target) }).unwrap();
        }
        let [include, exclude] =
            [include, exclude].map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>());
        let selection = Selection { root: &root, include: &include, exclude: &exclude, never: &[] };
        let collected = Collected::of(&LiveHost, selection);
        let below = |path: &Path| path.strip_prefix(&root).ok().map(|path| path.display().to_string());
        let mut lines: Vec<String> =
            collected.entries.keys().filter_map(|path| below(path)).filter(|path| !path.is_empty()).collect();
        lines
            .extend(collected.problems.iter().map(|problem| problem.what.replace(&root.display().to_string(), "ROOT")));
        lines.join("\n")
    }

    #[test]
    fn patterns_name_files_and_links_take_along_what_they_lead_to() {
        let files =
            ["etc/shop/shop.env", "etc/shop/cache/a.tmp", "etc/nginx/available/shop", "etc/nginx/available/other"];
        let links = [("etc/nginx/enabled/shop", "../available/shop")];
        assert_snapshot!(check(&files, &links, &["etc/shop", "etc/nginx/enabled/*"], &["*.tmp"]), @"
        etc
        etc/nginx
        etc/nginx/available
        etc/nginx/available/shop
        etc/nginx/enabled
        etc/nginx/enabled/shop
        etc/shop
        etc/shop/cache
        etc/shop/shop.env
        ");
    }

    #[test]
    fn a_folder_that_is_excluded_is_left_with_all_in_it() {
        let half = "srv/data/.setpoint-keep-0123456789abcdef";
        let files = [half, "srv/data/.setpoint-keep", "srv/data/keep", "srv/data/cache/deep/x", "srv/other/cache/y"];
        assert_snapshot!(check(&files, &[], &["srv"], &["srv/*/cache/deep", "srv/other"]), @"
        srv
        srv/data
        srv/data/.setpoint-keep
        srv/data/cache
        srv/data/keep
        ");
    }

    #[test]
    fn what_names_nothing_is_an_error() {
        assert_snapshot!(check(&["a"], &[], &["b", "c*", "a"], &[]), @"
        a
        nothing is there to be saved of `ROOT/b`
        nothing is there to be saved of `ROOT/c*`
        ");
    }
}
