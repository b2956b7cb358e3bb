use super::super::{Text, variables_of};
use super::image::{self, Built};
use super::{File, Part, Project};
use crate::launch::{ELSEWHERE, Standing};
use crate::source::Origin;
use crate::{Assignment, Clear, Target};
use setpoint_formats::command_line::{Command, launched};
use setpoint_formats::compose::{self, EnvFile, Interpolated, Service, Start, Variable};
use setpoint_formats::{Lines, Traced, Word, dockerfile, limited};
use setpoint_model::Layer;
use std::collections::BTreeMap;
use std::path::Path;

impl Project<'_> {
    /// Reads what is said of one service, the weakest first: its image, and what the files say over it.
    pub(super) fn start(&mut self, process: &str, parts: &[Part], image: Option<&Built>) {
        let own = self.started.deployment.assignments.len();
        if let Some(built) = image {
            let standing = built.standing(process);
            self.started.deployment.assignments.extend(variables_of(&built.image, standing));
        }
        let variables = parts.iter().flat_map(|part| part.service.environment.iter().map(move |one| (part, one)));
        let environment: Vec<(&Part, &Variable, Interpolated)> =
            variables.map(|(part, one)| (part, one, one.resolved(part.scope.look_up()))).collect();
        self.read_env_files(process, parts, &environment);
        // `environment` wins over `env_file`, so that both are of one layer, in this order.
        for (part, variable, resolved) in &environment {
            let symbol = format!("services.{process}.environment");
            let standing = part.file.standing(Some(&symbol), process);
            self.started.deployment.assignments.push(assignment(variable, resolved, standing));
        }
        self.launch(process, parts, image, own);
        self.properties(process, parts);
        if let Some(condition) = condition(parts) {
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
    fn launch(&mut self, process: &str, parts: &[Part], image: Option<&Built>, own: usize) {
        let said = said(parts, image);
        let environment = known(&self.started.deployment.assignments[own..]);
        let look_up = limited(|name: &str| environment.get(name).cloned());
        for (at, (text, _)) in said.iter().enumerate() {
            if said[..at].iter().any(|(known, _)| known.origin.path == text.origin.path) {
                continue;
            }
            let words = said.iter().flat_map(|(of, words)| {
                let is_here = of.origin.path == text.origin.path;
                words.iter().map(move |word| if is_here { word.clone() } else { elsewhere(word) })
            });
            let commands = launched(Command { words: words.collect(), ..Command::default() }, &look_up);
            let own = if at == 0 { own } else { self.started.deployment.assignments.len() };
            self.started.launch(process, commands, *text, own);
        }
    }
}

/// The words that a container of the service starts with, by the files that they stand in: the entry point with the
/// command behind it, each the image's where no file says another. With an entry point of another the image's command
/// does not count (Compose specification, "entrypoint").
fn said<'p>(parts: &'p [Part], image: Option<&'p Built>) -> Vec<(Text<'p>, Vec<Word>)> {
    let last = |start: fn(&Service) -> Option<&Start>| {
        parts.iter().rev().find_map(|part| match start(&part.service)? {
            Start::OfImage => Some(None),
            Start::Words(words) => Some(Some((part.file.text(), compose::interpolated(words, part.scope.look_up())))),
        })
    };
    let of_image = |start: Option<&'p dockerfile::Start>| Some((image?.text(), start?.words()));
    let entrypoint = last(|service| service.entrypoint.as_ref()).flatten();
    let command = last(|service| service.command.as_ref()).flatten();
    let own = image.and_then(|built| built.image.entrypoint.as_ref());
    let takes_command = entrypoint.is_some() || own.is_none_or(dockerfile::Start::takes_arguments);
    let of_image_command = of_image(image.and_then(|built| built.image.command.as_ref()));
    let command = command.or_else(|| of_image_command.filter(|_| entrypoint.is_none())).filter(|_| takes_command);
    let is_plain = entrypoint.is_none() && image.is_none();
    let entrypoint = entrypoint.or_else(|| of_image(own));
    let mut said: Vec<_> = entrypoint.into_iter().chain(command).filter(|(_, words)| !words.is_empty()).collect();
    if is_plain && said.first().is_none_or(|(_, words)| words[0].as_str().starts_with('-')) {
        said.splice(0..0, program_of_image(parts));
    }
    said
}

/// The program of an image that is known by its name.
fn program_of_image(parts: &[Part]) -> Option<(Text<'_>, Vec<Word>)> {
    let (part, property) = image::image(parts).filter(|_| parts.iter().all(|part| part.service.build.is_none()))?;
    let program = image::program(&image::named(parts)?)?;
    let mut text = Traced::default();
    text.push_str(program, property.span);
    Some((part.file.text(), vec![Word { text, span: property.span }]))
}

/// The variables that a container starts with, as far as the files say.
fn known(assignments: &[Assignment]) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for assignment in assignments {
        let Target::Variable(name) = &assignment.target else { continue };
        match &assignment.value {
            Clear::Constant(value) => known.insert(name.clone(), value.reveal().to_string()),
            Clear::Dynamic | Clear::Nothing => known.remove(name),
        };
    }
    known
}

impl Built {
    fn text(&self) -> Text<'_> {
        let origin = Origin { path: &self.path, shown: &self.shown, process: None };
        Text { origin, bytes: &self.bytes, lines: &self.lines }
    }

    fn standing<'b>(&'b self, process: &'b str) -> Standing<'b> {
        Standing {
            shown: &self.shown,
            text: Some((&self.bytes, &self.lines)),
            layer: Layer::Image,
            symbol: Some("ENV"),
            process: Some(process),
        }
    }
}

impl File {
    fn text(&self) -> Text<'_> {
        let origin = Origin { path: &self.path, shown: &self.shown, process: None };
        Text { origin, bytes: &self.bytes, lines: &self.lines }
    }

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
