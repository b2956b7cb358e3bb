use super::tree::{Body, Directive, Tree, parse};
use crate::{Files, glob};
use setpoint_model::{ByteSpan, Place, Problem, Retry};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// How many directives a configuration may have with everything that it includes. Files that include each other
/// twice grow without bound before any of them includes itself.
const DIRECTIVES: usize = 200_000;

/// A configuration with everything that it includes, in the order in which nginx reads it.
#[derive(Debug, Default)]
pub struct Configuration {
    files: Vec<SourceFile>,
    nodes: Vec<Reached>,
    /// The `include` directives that [`Files::locate`] did not follow.
    pub not_followed: Vec<Node>,
}

/// One file, however often it is included.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in places.
    pub shown: String,
    /// Its bytes.
    pub text: Vec<u8>,
    /// What it says.
    pub tree: Tree,
}

/// A directive where it takes effect. A directive of a file that is included twice takes effect twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(usize);

#[derive(Debug)]
struct Reached {
    file: usize,
    directive: usize,
    parent: Option<Node>,
    /// The index of the next node that does not stand in its block.
    after: usize,
}

/// What is still to be done, kept on a pile of its own so that no depth of nesting overflows the stack.
#[derive(Debug)]
enum Pending {
    /// Directives of a file: all of them, or a block's.
    Directives {
        file: usize,
        next: usize,
        end: usize,
        parent: Option<Node>,
        /// The block that is complete when these are.
        block: Option<Node>,
    },
    /// A file that the `include` at the node asks for.
    Include { path: PathBuf, include: Node },
}

impl Configuration {
    /// Reads `start` and all that it includes, each file's faults collected. Goes on without what cannot be read.
    pub fn read(start: &Path, files: &dyn Files) -> (Self, Vec<Problem>) {
        let mut reading = Reading { files, configuration: Self::default(), pending: Vec::new(), problems: Vec::new() };
        match reading.open(start, None) {
            Ok(()) => reading.work_off(),
            Err(problem) => reading.problems.push(*problem),
        }
        (reading.configuration, reading.problems)
    }

    /// The files, in the order in which they were first read.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Every directive in the order in which nginx reads it.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        (0..self.nodes.len()).map(Node)
    }

    /// The nodes directly in the block of `parent`, or at the top.
    pub fn children(&self, parent: Option<Node>) -> impl Iterator<Item = Node> {
        let (first, end) = match parent {
            Some(Node(parent)) => (parent + 1, self.nodes[parent].after),
            None => (0, self.nodes.len()),
        };
        std::iter::successors(Some(first), |index| self.nodes.get(*index).map(|node| node.after))
            .take_while(move |index| *index < end)
            .map(Node)
    }

    /// What stands there.
    pub fn directive(&self, node: Node) -> &Directive {
        let reached = &self.nodes[node.0];
        &self.files[reached.file].tree.directives()[reached.directive]
    }

    /// The file that it stands in.
    pub fn file(&self, node: Node) -> &SourceFile {
        &self.files[self.nodes[node.0].file]
    }

    /// The block that it stands in; `None` at the top. An included directive stands where its `include` does.
    pub fn parent(&self, node: Node) -> Option<Node> {
        self.nodes[node.0].parent
    }

    /// The blocks around it, the innermost first.
    pub fn around(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(self.parent(node), |block| self.parent(*block))
    }

    /// The `include` directives of a block, and of those around it, that were not followed and are missed. One with a
    /// pattern may stand for no file at all, and some files come with nginx.
    pub fn missed(&self, block: Option<Node>) -> impl Iterator<Item = Node> {
        let counts = move |include: &Node| match self.parent(*include) {
            Some(parent) => block.is_some_and(|block| block == parent || self.around(block).any(|it| it == parent)),
            None => true,
        };
        let is_missed = |include: &Node| {
            let included = self.directive(*include).arguments.first();
            included.is_some_and(|included| !glob::is_pattern(&included.value) && !is_shipped(&included.text()))
        };
        self.not_followed.iter().copied().filter(counts).filter(is_missed)
    }

    /// The place of these bytes of the file that the node stands in.
    pub fn place(&self, node: Node, span: ByteSpan) -> Place {
        let file = self.file(node);
        Place::in_text(&file.shown, &file.text, span)
    }
}

/// Files that come with nginx: kinds of files, character sets, and what a request says of itself. None sets a limit.
const SHIPPED: [&str; 9] = [
    "mime.types",
    "fastcgi.conf",
    "fastcgi_params",
    "uwsgi_params",
    "scgi_params",
    "proxy_params",
    "koi-utf",
    "koi-win",
    "win-utf",
];

fn is_shipped(included: &str) -> bool {
    included.rsplit('/').next().is_some_and(|name| SHIPPED.contains(&name))
}

struct Reading<'a> {
    files: &'a dyn Files,
    configuration: Configuration,
    pending: Vec<Pending>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn work_off(&mut self) {
        while let Some(pending) = self.pending.last_mut() {
            match pending {
                Pending::Directives { next, end, file, parent, .. } if *next < *end => {
                    let (file, index, parent) = (*file, *next, *parent);
                    *next = self.configuration.files[file].tree.directives()[index].after;
                    if self.configuration.nodes.len() == DIRECTIVES {
                        return self.give_up();
                    }
                    self.reach(file, index, parent);
                }
                Pending::Directives { .. } | Pending::Include { .. } => match self.pending.pop() {
                    Some(Pending::Include { path, include }) => self.open_included(&path, include),
                    Some(Pending::Directives { block: Some(Node(block)), .. }) => {
                        self.configuration.nodes[block].after = self.configuration.nodes.len();
                    }
                    Some(Pending::Directives { block: None, .. }) | None => {}
                },
            }
        }
    }

    fn reach(&mut self, file: usize, index: usize, parent: Option<Node>) {
        let node = Node(self.configuration.nodes.len());
        self.configuration.nodes.push(Reached { file, directive: index, parent, after: node.0 + 1 });
        let directive = self.configuration.directive(node);
        match (directive.body, directive.arguments.as_slice()) {
            (Body::Block(_), _) => {
                let (next, end) = (index + 1, directive.after);
                self.pending.push(Pending::Directives { file, next, end, parent: Some(node), block: Some(node) });
            }
            (Body::Nothing, [included]) if directive.name.is("include") => {
                let included = included.value.clone();
                self.include(node, &included);
            }
            (Body::Nothing | Body::Lua(_), _) => {}
        }
    }

    fn include(&mut self, include: Node, included: &[u8]) {
        let from = &self.configuration.file(include).path;
        let Some(path) = self.files.locate(Path::new(OsStr::from_bytes(included)), from) else {
            self.configuration.not_followed.push(include);
            return;
        };
        let paths = if glob::is_pattern(included) {
            glob::expand(&path, &|folder| self.files.list(folder))
        } else {
            vec![path]
        };
        // The last goes onto the pile first, so that the first is read first.
        self.pending.extend(paths.into_iter().rev().map(|path| Pending::Include { path, include }));
    }

    fn open_included(&mut self, path: &Path, include: Node) {
        let is_open = self.pending.iter().any(|pending| match pending {
            Pending::Directives { file, .. } => self.configuration.files[*file].path == path,
            Pending::Include { .. } => false,
        });
        if is_open {
            return self.complain(include, "a file includes itself", "a file that is not being read already");
        }
        if let Err(problem) = self.open(path, self.configuration.parent(include)) {
            let span = self.configuration.directive(include).arguments[0].span;
            self.problems.push(problem.at(self.configuration.place(include, span)));
        }
    }

    /// Puts a file's directives on the pile, to be walked next.
    fn open(&mut self, path: &Path, parent: Option<Node>) -> Result<(), Box<Problem>> {
        let known = self.configuration.files.iter().position(|file| file.path == path);
        let file = known.map_or_else(|| self.read_file(path), Ok)?;
        let end = self.configuration.files[file].tree.directives().len();
        self.pending.push(Pending::Directives { file, next: 0, end, parent, block: None });
        Ok(())
    }

    fn read_file(&mut self, path: &Path) -> Result<usize, Box<Problem>> {
        let text = self.files.read(path)?;
        let (tree, complaints) = parse(&text);
        let shown = self.files.shown(path);
        self.problems.extend(complaints.into_iter().map(|complaint| complaint.problem(&shown, &text)));
        self.configuration.files.push(SourceFile { path: path.to_owned(), shown, text, tree });
        Ok(self.configuration.files.len() - 1)
    }

    fn complain(&mut self, node: Node, what: &str, expected: &str) {
        let place = self.configuration.place(node, self.configuration.directive(node).span);
        self.problems.push(Problem::input(what, expected, Retry::SafeOnceMended).at(place));
    }

    /// Ends the reading with what was reached so far.
    fn give_up(&mut self) {
        let expected = format!("at most {DIRECTIVES} directives with all that is included");
        let after = self.configuration.nodes.len();
        self.complain(Node(after - 1), "the files include each other too often", &expected);
        for pending in self.pending.drain(..) {
            if let Pending::Directives { block: Some(Node(block)), .. } = pending {
                self.configuration.nodes[block].after = after;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Configuration, Node};
    use crate::Files;
    use setpoint_model::{Problem, Retry};
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    /// Files in memory, below `/etc/nginx`; what is included from `/elsewhere` is not here.
    pub(in crate::nginx) struct Memory<'a>(pub(in crate::nginx) &'a [(&'a str, &'a str)]);

    impl Files for Memory<'_> {
        fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
            let shown = self.shown(path);
            let known = self.0.iter().find(|(name, _)| *name == shown).map(|(_, text)| text.as_bytes().to_vec());
            let what = format!("`{shown}` does not exist");
            known.ok_or_else(|| Box::new(Problem::machine(what, "a file", Retry::SafeOnceMended)))
        }

        fn list(&self, folder: &Path) -> Vec<OsString> {
            let inside = |(name, _): &(&str, &str)| {
                Some(Path::new("/etc/nginx").join(name).strip_prefix(folder).ok()?.iter().next()?.to_owned())
            };
            let mut names: Vec<_> = self.0.iter().filter_map(inside).collect();
            names.dedup();
            names
        }

        fn locate(&self, included: &Path, _from: &Path) -> Option<PathBuf> {
            (!included.starts_with("/elsewhere")).then(|| Path::new("/etc/nginx").join(included))
        }

        fn shown(&self, path: &Path) -> String {
            path.strip_prefix("/etc/nginx").unwrap_or(path).display().to_string()
        }
    }

    pub(in crate::nginx) fn read(files: &[(&str, &str)]) -> (Configuration, Vec<Problem>) {
        Configuration::read(&Path::new("/etc/nginx").join(files[0].0), &Memory(files))
    }

    /// `server/location listen 80` for each directive that ends with `;`.
    pub(in crate::nginx) fn written(configuration: &Configuration, node: Node) -> String {
        let directive = configuration.directive(node);
        let words: Vec<_> = directive.arguments.iter().map(crate::nginx::Token::text).collect();
        [vec![directive.name.text()], words].concat().join(" ")
    }

    #[test]
    fn an_included_directive_stands_where_its_include_does() {
        let (configuration, problems) = read(&[
            ("nginx.conf", "http { include sites/*; include mime.types; gzip on; }\ninclude none-*;"),
            ("sites/b", "server { include params; listen 2; }"),
            ("sites/a", "server { listen 1; include params; }"),
            ("sites/.hidden", "server { listen 3; }"),
            ("params", "set $a 1;"),
            ("mime.types", "types { text/html html; }"),
        ]);
        assert_eq!(problems, []);
        let lines: Vec<_> = configuration
            .nodes()
            .map(|node| "  ".repeat(configuration.around(node).count()) + &written(&configuration, node))
            .collect();
        let expected = [
            "http",
            "  include sites/*",
            "  server",
            "    listen 1",
            "    include params",
            "    set $a 1",
            "  server",
            "    include params",
            "    set $a 1",
            "    listen 2",
            "  include mime.types",
            "  types",
            "    text/html html",
            "  gzip on",
            "include none-*",
        ];
        assert_eq!(lines, expected);
        let shown: Vec<_> = configuration.files().iter().map(|file| file.shown.as_str()).collect();
        assert_eq!(shown, ["nginx.conf", "sites/a", "params", "sites/b", "mime.types"]);
    }

    #[test]
    fn what_cannot_be_included_is_said_where_it_is_asked_for() {
        let (configuration, problems) = read(&[
            ("nginx.conf", "a 1;\ninclude missing;\ninclude /elsewhere/x;\ninclude loop; b 2;"),
            ("loop", "c 3; include nginx.conf; include loop;"),
        ]);
        let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "`missing` does not exist (nginx.conf:2:9); expected a file; retry: safe once this is mended; \
                 nothing was changed",
                "a file includes itself (loop:1:6); expected a file that is not being read already; retry: safe once \
                 this is mended; nothing was changed",
                "a file includes itself (loop:1:26); expected a file that is not being read already; retry: safe \
                 once this is mended; nothing was changed",
            ]
        );
        let not_followed: Vec<_> =
            configuration.not_followed.iter().map(|node| written(&configuration, *node)).collect();
        assert_eq!(not_followed, ["include /elsewhere/x"]);
        assert!(configuration.nodes().any(|node| written(&configuration, node) == "b 2"));
    }

    #[test]
    fn files_that_include_each_other_twice_come_to_an_end() {
        let names: Vec<_> = (0..40).map(|number| format!("f{number}")).collect();
        let texts: Vec<_> = (1..41).map(|number| format!("a {{ include f{number}; include f{number}; }}")).collect();
        let mut files: Vec<_> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        files.push(("f40", ""));
        let (configuration, problems) = read(&files);
        assert_eq!((configuration.nodes().count(), problems.len()), (200_000, 1));
        assert_eq!(configuration.children(None).count(), 1);
    }
}
