use setpoint_formats::compose::{Service, Start, Variable};
use setpoint_model::{Place, Problem, Retry};

/// More than a project names.
const MOST_FILES: usize = 256;
/// Bytes of more than a project comes to.
const MOST_BYTES: usize = 16 << 20;
/// Bytes that a variable or a word takes beside its text, about.
const OF_EACH: usize = 512;

/// What a project may still come to: a small file may name others over and over, and may have them built upon as often.
pub(super) struct Room {
    files: usize,
    bytes: usize,
    is_full: bool,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { files: MOST_FILES, bytes: MOST_BYTES, is_full: false }
    }

    /// False where there is none left for another file.
    pub(super) fn takes_file(&mut self) -> bool {
        let left = self.files.checked_sub(1);
        self.is_full |= left.is_none();
        self.files = left.unwrap_or(0);
        left.is_some()
    }

    /// False where nothing more is read.
    pub(super) fn is_left(&self) -> bool {
        self.bytes > 0
    }

    /// False where there is none left for so many bytes, and so for no more.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        let left = self.bytes.checked_sub(bytes);
        self.is_full |= left.is_none();
        self.bytes = left.unwrap_or(0);
        left.is_some()
    }

    pub(super) fn takes_variables(&mut self, variables: &[Variable]) -> bool {
        self.takes(of_variables(variables))
    }

    pub(super) fn takes_service(&mut self, service: &Service) -> bool {
        let words = [&service.entrypoint, &service.command].into_iter().flatten().flat_map(Start::words);
        let words = words.map(|word| word.as_str().len() + OF_EACH);
        let files = service.env_files.iter().map(|file| file.path.as_str().len() + OF_EACH);
        let properties = service.properties.iter().map(|property| property.value.as_str().len() + OF_EACH);
        let of_build = service.build.as_ref().map_or(0, |build| of_variables(&build.arguments) + OF_EACH);
        let others = words.chain(files).chain(properties).sum::<usize>();
        self.takes(of_variables(&service.environment) + of_build + others)
    }

    /// What is wrong with the project of the file `shown`, if it has more than there is room for.
    pub(super) fn problem(&self, shown: &str) -> Option<Problem> {
        let size = format!("{MOST_FILES} files or {} MiB", MOST_BYTES >> 20);
        let what = format!("it comes to more than {size} with what it names, and the rest of it is not read");
        let problem = Problem::input(what, "a smaller compose file", Retry::SafeOnceMended);
        self.is_full.then(|| problem.at(Place::file(shown)))
    }
}

fn of_variables(variables: &[Variable]) -> usize {
    let value = |variable: &Variable| variable.value.as_ref().map_or(0, |value| value.as_str().len());
    variables.iter().map(|variable| variable.name.len() + value(variable) + OF_EACH).sum()
}
