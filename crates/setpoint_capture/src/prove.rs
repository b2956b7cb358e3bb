//! Asks the service's own interpreter what its settings classes are, and compares that with what was read.
//!
//! This is the one place that runs the service's code, and it does so only where a person asks for it: in a process
//! that has neither the site's variables nor, where the kernel allows it, a network, and that ends with all it has
//! started. Settings are described and never made.

mod answers;
mod compare;
mod interpreter;
mod isolation;

use crate::redact::Redactor;
use crate::settings_class::SettingsClass;
use crate::{Scrubber, Sensitive};
use answers::{Answered, Answers};
pub use compare::{Aspect, Difference};
pub use isolation::{Cut, Isolation};
use serde::Serialize;
use setpoint_host::{Host, Refusal, TemporaryFolder};
use setpoint_model::{Place, Problem, Retry, Site, Written, hide_secrets};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What runs in the service's interpreter.
const SCRIPT: &str = include_str!("prove/script.py");
/// Modules are imported one after the other; however long each may take, all of them together get this.
const PATIENCE: Duration = Duration::from_mins(10);

/// How the settings classes are proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proving {
    /// The interpreter to ask; that of the units, else the one of the virtual environment beside the code.
    pub python: Option<PathBuf>,
    /// How long the interpreter may be busy before the module that it imports is given up.
    pub time_limit: Duration,
}

/// What the interpreter said of the settings classes that were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The interpreter that was asked.
    pub interpreter: String,
    /// Its version, if it came so far as to say it.
    pub python: Option<String>,
    /// The versions of pydantic and pydantic-settings that it has.
    pub libraries: Vec<String>,
    /// What the imported code was kept from.
    pub isolation: Isolation,
    /// How many fields were compared.
    pub fields: usize,
    /// Those of them in which nothing differs.
    pub agreed: usize,
    /// Those of them whose default is known only when the code runs, so that only the rest was compared.
    pub dynamic: usize,
    /// Every class that was read, by place.
    pub classes: Vec<ProvenClass>,
}

/// What the interpreter said of one settings class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvenClass {
    /// `Settings`
    pub name: String,
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
    /// False if it could not be had, so that nothing was compared.
    pub compared: bool,
    /// Why it could not be had; of one that was compared, why its module ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// In what the two differ, by place.
    pub differences: Vec<Difference>,
}

/// Proves what was read of the settings classes of a site.
pub(crate) fn prove(
    host: &dyn Host,
    site: &Site,
    mut read: Vec<SettingsClass>,
    proving: &Proving,
    scrubber: &Scrubber,
) -> Result<Proof, Problem> {
    read.sort_by(|one, two| (&one.place, &one.name).cmp(&(&two.place, &two.name)));
    read.dedup_by(|one, two| (&one.place, &one.name) == (&two.place, &two.name));
    let root = Path::new(&site.root);
    let interpreter = interpreter::find(host, root, site, proving.python.as_deref())?;
    let modules = Module::all(&read);
    let files: Vec<PathBuf> = modules.iter().map(|module| root.join(module.file)).collect();
    let up_to_root = |path| Path::ancestors(path).take_while(|path| path.starts_with(root));
    let isolation =
        Isolation::of(host, files.iter().flat_map(|file| up_to_root(file.as_path())).chain([root, &interpreter]))?;
    let answers = if modules.is_empty() {
        Answers::default()
    } else {
        let run = Run { host, root, interpreter: &interpreter, isolation, limit: proving.time_limit };
        run.ask(&modules)?
    };
    let mut scrub = Scrub { redactor: Redactor::new(host.random().map_err(|refusal| refusal.problem())?), scrubber };
    let mut proof = Proof {
        interpreter: interpreter.display().to_string(),
        python: answers.python,
        libraries: answers.libraries.into_iter().map(|(name, version)| format!("{name} {version}")).collect(),
        isolation,
        fields: 0,
        agreed: 0,
        dynamic: 0,
        classes: Vec::new(),
    };
    let mut answered = answers.modules;
    for class in &read {
        let number = modules.iter().position(|module| module.file == class.place.file);
        let answer = number.and_then(|number| answered.get_mut(&number));
        let answer = answer.map_or_else(|| Answered::failed(NOT_ASKED), |answer| answer.of_class(&class.name));
        proof.add(class, &answer, &mut scrub);
    }
    Ok(proof)
}

const NOT_ASKED: &str = "it was not asked for: the time for all modules was over";

/// Hides secrets in what the interpreter said.
struct Scrub<'a> {
    redactor: Redactor,
    scrubber: &'a Scrubber,
}

impl Scrub<'_> {
    /// A sentence without secrets, those that the capture has met and those that can be told by their form.
    fn sentence(&self, sentence: &str) -> String {
        hide_secrets(self.scrubber.scrub(sentence).as_deref().unwrap_or(sentence), Written::Deployment)
    }
}

impl Proof {
    fn add(&mut self, class: &SettingsClass, answer: &Answered, scrub: &mut Scrub<'_>) {
        let failed = answer.failed.as_deref().map(|failed| scrub.sentence(failed));
        let mut differences = Vec::new();
        if let Some(said) = &answer.said {
            let compared = compare::compare(class, said, scrub);
            self.fields += compared.fields;
            self.agreed += compared.agreed;
            self.dynamic += compared.dynamic;
            differences = compared.differences;
        }
        self.classes.push(ProvenClass {
            name: class.name.clone(),
            place: class.place.clone(),
            compared: answer.said.is_some(),
            failed,
            differences,
        });
    }

    /// Every difference.
    pub fn differences(&self) -> impl Iterator<Item = (&ProvenClass, &Difference)> {
        self.classes.iter().flat_map(|class| class.differences.iter().map(move |difference| (class, difference)))
    }
}

/// A module with settings classes.
struct Module<'c> {
    file: &'c str,
    classes: Vec<&'c SettingsClass>,
}

impl<'c> Module<'c> {
    /// The modules of the classes, which are in order.
    fn all(classes: &'c [SettingsClass]) -> Vec<Self> {
        let groups = classes.chunk_by(|one, two| one.place.file == two.place.file);
        groups.map(|group| Self { file: &group[0].place.file, classes: group.iter().collect() }).collect()
    }

    /// What the script is asked of it.
    fn request(&self, root: &Path, number: usize) -> serde_json::Value {
        let classes = self.classes.iter().map(|class| {
            let typed = class.fields.iter().filter_map(|field| {
                Some((field.name.clone(), serde_json::Value::from(field.declaration.type_name.clone()?)))
            });
            serde_json::json!({"name": class.name, "types": typed.collect::<serde_json::Map<_, _>>()})
        });
        let file = root.join(self.file).display().to_string();
        serde_json::json!({"number": number, "file": file, "classes": classes.collect::<Vec<_>>()})
    }
}

/// All that a run of the interpreter needs.
struct Run<'a> {
    host: &'a dyn Host,
    root: &'a Path,
    interpreter: &'a Path,
    isolation: Isolation,
    limit: Duration,
}

impl Run<'_> {
    /// What the interpreter says of each module. One that ends the interpreter or keeps it busy costs what it would
    /// have said itself: the next run goes on behind it.
    fn ask(&self, modules: &[Module<'_>]) -> Result<Answers, Problem> {
        let started = self.host.now();
        let mut answers = Answers::default();
        let mut next = 0;
        while next < modules.len() {
            let spent = Duration::try_from(&self.host.now() - &started).unwrap_or_default();
            let Some(left) = PATIENCE.checked_sub(spent).filter(|left| !left.is_zero()) else { break };
            let folder = self.host.temporary_folder().map_err(|refusal| refusal.problem())?;
            let why = self.run_once(&modules[next..], next, &folder, self.limit.min(left))?;
            let file = folder.path().join("answers.jsonl");
            let said = self.host.read(&file, answers::LONGEST).unwrap_or_default();
            let Some(last) = answers.add(&said, next..modules.len()) else {
                return Err(self.said_nothing(&why));
            };
            // The last one that it began with is the one that it did not come back from.
            answers.modules.entry(last).or_insert_with(|| answers::Module::failed(why));
            next = last + 1;
        }
        Ok(answers)
    }

    /// Runs the script for these modules, and says how it ended, for the module that it did not come back from.
    fn run_once(
        &self,
        modules: &[Module<'_>],
        first: usize,
        folder: &TemporaryFolder,
        limit: Duration,
    ) -> Result<String, Problem> {
        let requests = modules.iter().enumerate().map(|(at, module)| module.request(self.root, first + at));
        let folders = [self.root.join("src"), self.root.to_owned()];
        let folders = folders.iter().filter(|folder| self.host.status(folder).is_ok());
        let folders: Vec<String> = folders.map(|folder| folder.display().to_string()).collect();
        let request = serde_json::json!({"folders": folders, "modules": requests.collect::<Vec<_>>()});
        let (script, home) = (folder.path().join("script.py"), folder.path().display().to_string());
        let write = |path: &Path, bytes: &[u8]| self.host.write(path, bytes).map_err(|refusal| refusal.problem());
        write(&script, SCRIPT.as_bytes())?;
        write(&folder.path().join("request.json"), request.to_string().as_bytes())?;
        let path = self.host.variable("PATH").unwrap_or_else(|| "/usr/bin:/bin".to_owned());
        let variables = [format!("PATH={path}"), format!("HOME={home}"), format!("TMPDIR={home}")];
        let mut command = self.isolation.command(self.host, &home)?;
        command.extend(["env".to_owned(), "-i".to_owned()]);
        command.extend(variables);
        // `env` would take an interpreter with `=` in its path for a variable; a shell does not.
        command.extend(["LANG=C.UTF-8", "sh", "-c", "exec \"$@\"", "sh"].map(str::to_owned));
        command.push(self.interpreter.display().to_string());
        // Nothing of the person who asks: no variables, no packages of their own, no current folder; and no `.pyc`.
        command.extend(["-I", "-B", "-W", "ignore"].map(str::to_owned));
        command.extend([script.display().to_string(), home]);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        Ok(match self.host.run(words[0], &words[1..], limit) {
            Ok(said) => {
                let words = String::from_utf8_lossy(&said.stderr);
                let last = words.lines().rfind(|line| !line.trim().is_empty()).map(|line| format!(": {}", line.trim()));
                match said.code {
                    Some(code) => format!("the interpreter ended with {code}{}", last.unwrap_or_default()),
                    None => "a signal ended the interpreter".to_owned(),
                }
            }
            Err(Refusal::TimedOut(_)) => format!("it did not end within {} s and was stopped", limit.as_secs()),
            Err(refusal) => refusal.to_string(),
        })
    }

    /// The interpreter did not come as far as to begin.
    fn said_nothing(&self, why: &str) -> Problem {
        let what = format!("`{}` did not run: {why}", self.interpreter.display());
        Problem::machine(what, "an interpreter of Python 3.8 or later", Retry::SafeOnceMended)
            .hint("name the interpreter that runs the service with `--python`")
    }
}

impl Default for Proving {
    fn default() -> Self {
        Self { python: None, time_limit: Duration::from_mins(1) }
    }
}

/// A text that may be shown as it is.
fn open(text: impl Into<String>) -> Sensitive<String> {
    Sensitive::new(text.into())
}
