use super::super::Text;
use super::{File, Part, Project};
use crate::launch::{ELSEWHERE, Standing};
use crate::source::Origin;
use crate::{Assignment, Clear};
use setpoint_formats::compose::{self, EnvFile, Interpolated, Service, Variable, merge};
use setpoint_formats::{Lines, Traced, Word};
use setpoint_model::Layer;
use std::collections::BTreeMap;
use std::path::Path;

impl Project<'_> {
    /// Reads what is said of one service, the weakest first.
    pub(super) fn start(&mut self, process: &str, mut parts: Vec<Part>) {
        if !merge(parts.iter_mut().map(|part| &mut part.service)) {
            return;
        }
        let own = self.started.deployment.assignments.len();
        let variables = parts.iter().flat_map(|part| part.service.environment.iter().map(move |one| (part, one)));
        let environment: Vec<(&Part, &Variable, Interpolated)> =
            variables.map(|(part, one)| (part, one, one.resolved(part.scope.look_up()))).collect();
        self.read_env_files(process, &parts, &environment);
        // `environment` wins over `env_file`, so that both are of one layer, in this order.
        for (part, variable, resolved) in &environment {
            let symbol = format!("services.{process}.environment");
            let standing = part.file.standing(Some(&symbol), process);
            self.started.deployment.assignments.push(assignment(variable, resolved, standing));
        }
        self.launch(process, &parts, own);
        if let Some(condition) = condition(&parts) {
            for assignment in &mut self.started.deployment.assignments[own..] {
                let symbol = assignment.symbol.take().unwrap_or_else(|| format!("services.{process}"));
                assignment.symbol = Some(format!("{symbol}, {condition}"));
            }
        }
    }

    /// Reads the files of variables, of which a later one wins. One that comes again stays at its place and is read as
    /// it is named last (`EnforceUnicity` of compose-go's `override/uncity.go`).
    fn read_env_files(&mut self, process: &str, parts: &[Part], environment: &[(&Part, &Variable, Interpolated)]) {
        let mut files: Vec<(String, &EnvFile, &Part)> = Vec::new();
        for (part, file) in parts.iter().flat_map(|part| part.service.env_files.iter().map(move |file| (part, file))) {
            let named = compose::interpolate(&file.path, part.scope.look_up()).text.as_str().to_owned();
            match files.iter_mut().find(|(known, _, by)| *known == named && by.folder == part.folder) {
                Some(known) => *known = (named, file, part),
                None => files.push((named, file, part)),
            }
        }
        // A file may refer to what `environment` sets, and to the files before it.
        let set = environment.iter().filter(|(.., resolved)| resolved.is_known);
        let set: BTreeMap<&str, &str> =
            set.map(|(_, variable, resolved)| (variable.name.as_str(), resolved.text.as_str())).collect();
        let mut known = BTreeMap::new();
        for (_, file, part) in files {
            let path = part.scope.path(&part.folder, &file.path);
            if file.optional && self.host.status(&path).is_err_and(|refusal| refusal.is_missing()) {
                continue;
            }
            let set = |name: &str| set.get(name).map(|value| (*value).to_owned());
            let look_up = |name: &str| part.scope.get(name).cloned().or_else(|| set(name));
            self.read_env_file(process, &path, file, &mut known, &look_up);
            self.started.other_files.push(path);
        }
    }

    fn read_env_file(
        &mut self,
        process: &str,
        path: &Path,
        file: &EnvFile,
        known: &mut BTreeMap<String, String>,
        look_up: &dyn Fn(&str) -> Option<String>,
    ) {
        let shown = (self.shown)(path);
        let origin = Origin { path, shown: &shown, process: Some(process) };
        let Some(bytes) = self.load(origin) else { return };
        let (variables, complaints) = compose::env_file(&bytes, file.format);
        if !self.room.takes_variables(&variables) {
            return;
        }
        self.started.complain(complaints, origin, &bytes);
        let lines = Lines::of(&bytes);
        let standing = Standing {
            shown: origin.shown,
            text: Some((&bytes, &lines)),
            layer: Layer::UnitEnvironment,
            symbol: None,
            process: Some(process),
        };
        let resolved = compose::resolve(&variables, known, look_up);
        let assignments = variables.iter().zip(&resolved).map(|(one, resolved)| assignment(one, resolved, standing));
        self.started.deployment.assignments.extend(assignments);
    }

    /// The command, which may stand in one file and its entry point in another: it is read once for each, and of each
    /// that counts which stands there.
    fn launch(&mut self, process: &str, parts: &[Part], own: usize) {
        let last = |words: fn(&Service) -> Option<&Vec<Word>>| {
            parts.iter().rev().find_map(|part| Some((part, words(&part.service)?)))
        };
        let said = [last(|service| service.entrypoint.as_ref()), last(|service| service.command.as_ref())];
        let said: Vec<_> = said.into_iter().flatten().filter(|(_, words)| !words.is_empty()).collect();
        for (at, (part, _)) in said.iter().enumerate() {
            let file = &part.file;
            if said[..at].iter().any(|(known, _)| known.file.path == file.path) {
                continue;
            }
            let words = said.iter().flat_map(|(of, words)| {
                let is_here = of.file.path == file.path;
                words.iter().map(move |word| if is_here { word.clone() } else { elsewhere(word) })
            });
            let commands = compose::commands(&words.collect::<Vec<_>>(), [], part.scope.look_up());
            let origin = Origin { path: &file.path, shown: &file.shown, process: None };
            let own = if at == 0 { own } else { self.started.deployment.assignments.len() };
            self.started.launch(process, commands, Text { origin, bytes: &file.bytes, lines: &file.lines }, own);
        }
    }
}

impl File {
    fn standing<'f>(&'f self, symbol: Option<&'f str>, process: &'f str) -> Standing<'f> {
        Standing {
            shown: &self.shown,
            text: Some((&self.bytes, &self.lines)),
            layer: Layer::UnitEnvironment,
            symbol,
            process: Some(process),
        }
    }
}

/// What sets a variable. What only the environment of whoever starts the service can say is dynamic.
fn assignment(variable: &Variable, resolved: &Interpolated, standing: Standing<'_>) -> Assignment {
    if resolved.is_known {
        return standing.variable(&variable.name, resolved.text.as_str(), variable.span);
    }
    let written = if variable.value.is_some() { resolved.text.as_str() } else { &variable.name };
    Assignment { value: Clear::Dynamic, ..standing.variable(&variable.name, written, variable.span) }
}

/// Under which profiles alone a service runs, where the `.env` file asks for none of them (Compose specification,
/// "Profiles", and `COMPOSE_PROFILES`).
fn condition(parts: &[Part]) -> Option<String> {
    let asks = |part: &Part, profile: &str| {
        let asked = part.scope.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
        asked.split(',').any(|one| one.trim() == profile || one.trim() == "*")
    };
    let mut profiles: Vec<&str> = Vec::new();
    for (part, profile) in parts.iter().flat_map(|part| part.service.profiles.iter().map(move |one| (part, one))) {
        if asks(part, profile) {
            return None;
        }
        if !profiles.contains(&profile.as_str()) {
            profiles.push(profile);
        }
    }
    match profiles[..] {
        [] => None,
        [profile] => Some(format!("only with the profile `{profile}`")),
        _ => Some(format!("only with one of the profiles `{}`", profiles.join("`, `"))),
    }
}

/// A word of another file.
fn elsewhere(word: &Word) -> Word {
    let mut text = Traced::default();
    text.push_str(word.as_str(), ELSEWHERE);
    Word { text, span: ELSEWHERE }
}
