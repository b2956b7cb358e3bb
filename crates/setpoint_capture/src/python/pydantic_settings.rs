//! Fields of `BaseSettings` classes, as pydantic-settings 2 and pydantic 1 name and default them.
//!
//! The name of the variable is `env_prefix` and the field's name; `env_prefix` is not put before an alias
//! (pydantic-settings' documentation, "Changing environment variable names"). With `env_nested_delimiter` the fields
//! of a nested model can be set one by one, too.

mod choices;
mod config;
mod fields;
mod prepared;

use super::made_name::{self, Name};
use super::words::Word;
use super::{Found, declare};
use crate::declaration::Nested;
use crate::settings_class::{SettingsClass, SettingsField};
use crate::{Clear, Declaration};
use config::{Config, Parsing};
use fields::{Field, Fields, Given};
use setpoint_model::{Mechanism, Problem, Retry, TypeOrigin};
use setpoint_python::ast::Ranged;
use setpoint_python::{ClassRef, Node, Object, Program};
use std::collections::HashMap;
use std::rc::Rc;

pub(super) const WORDS: [Word<'static>; 1] = [Word::Anywhere("BaseSettings")];

/// How deep models may be nested in models.
const DEEPEST: usize = 6;
/// How many variables one class may stand for, those of nested models among them. Models that each hold a few others
/// soon stand for more than anybody sets.
const MOST_VARIABLES: usize = 2_000;

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, found: &mut Found<'s>) {
    let Node::Class(class) = node else { return };
    if !program.inherits(class, is_settings) {
        return;
    }
    found.words.insert(Word::Inherited(class.name()));
    let config = Config::of(program, class);
    found.ask_for(program, &class.frame, config.env_files.clone());
    let mut expansion = Expansion { program, config: &config, models: HashMap::new(), left: MOST_VARIABLES, found };
    let of_class = fields::of(program, class);
    let mut declared = Vec::new();
    for field in &of_class.fields {
        let names = expansion.known(field, field.names(&config));
        if names.is_empty() {
            continue;
        }
        if !expansion.declare(field, &names, &field.given, None) {
            continue;
        }
        let declaration = expansion.found.declarations.last().cloned();
        declared.extend(declaration.map(|declaration| SettingsField { name: field.name.to_owned(), declaration }));
        if let Some(delimiter) = &config.nested_delimiter {
            expansion.nested(field, &names, delimiter, None);
        }
    }
    let name =
        class.frame.symbol().map_or_else(|| class.name().to_owned(), |outer| format!("{outer}.{}", class.name()));
    let place = program.module(class.frame.file()).map(|module| module.place(class.definition.name.range()));
    expansion.found.settings.extend(place.map(|place| SettingsClass { name, place, fields: declared }));
    if expansion.left == 0 || !of_class.all || expansion.models.values().any(|model| !model.all) {
        found.problems.extend(too_many(program, class));
    }
}

/// Says that a class stands for more variables than are listed.
fn too_many<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Option<Problem> {
    let what = format!("the settings class `{}` stands for more variables than are listed", class.name());
    let expected = format!("at most {MOST_VARIABLES}, with the fields of nested models and of bases");
    let problem = Problem::input(what, expected, Retry::SafeOnceMended);
    Some(problem.at(program.module(class.frame.file())?.place(class.definition.name.range())))
}

fn is_settings(base: &str) -> bool {
    base.starts_with("pydantic") && base.ends_with(".BaseSettings")
}

fn is_model(base: &str) -> bool {
    base.starts_with("pydantic") && (base.ends_with(".BaseModel") || base.ends_with(".BaseSettings"))
}

/// The variables that one class stands for, in the making.
struct Expansion<'p, 's> {
    program: &'p Program<'s>,
    config: &'p Config,
    /// The fields of the models that were met, by the address of the class's definition.
    models: HashMap<usize, Rc<Fields<'s>>>,
    /// How many variables there may still be.
    left: usize,
    found: &'p mut Found<'s>,
}

impl<'s> Expansion<'_, 's> {
    /// Those of a field's names that are known. Of the others, and of those of the fields below it, it is noted what is
    /// known: a prefix that only running the code tells makes names that nobody can list.
    fn known(&mut self, field: &Field<'s>, names: Vec<Name>) -> Vec<String> {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            match name.into_whole() {
                Ok(name) => known.push(name),
                Err(name) => unknown.push(name),
            }
        }
        let below = self.config.nested_delimiter.as_ref().filter(|_| field.model(self.program).is_some());
        for name in unknown {
            let below = below.map(|delimiter| name.clone().then(Name::whole(delimiter)).then(Name::unknown()));
            for name in [Some(name), below].into_iter().flatten() {
                let read = made_name::read_at(self.program, field.statement, &name, &field.frame);
                self.found.dynamic_reads.extend(read);
            }
        }
        known
    }

    /// Declares the fields of the model that a field holds; `stands` is where that field stands itself.
    fn nested(&mut self, field: &Field<'s>, names: &[String], delimiter: &str, stands: Option<&Nested>) {
        let deepest = self.config.nested_levels.unwrap_or(DEEPEST).min(DEEPEST);
        let mut holders = stands.map(|stands| stands.holders.clone()).unwrap_or_default();
        let Some(model) = field.model(self.program).filter(|_| holders.len() < deepest) else { return };
        holders.extend(names.first().cloned());
        let reads_its_own =
            stands.is_some_and(|stands| stands.reads_its_own) || self.program.inherits(&model, is_settings);
        let stands = Nested { holders, reads_its_own };
        let fields = self.models.entry(std::ptr::from_ref(model.definition).addr());
        let fields = Rc::clone(fields.or_insert_with(|| Rc::new(fields::of(self.program, &model))));
        for inner in &fields.fields {
            let own: Vec<_> = inner.own_names().iter().map(|own| self.config.cased(own)).collect();
            let below = names.iter().flat_map(|name| own.iter().map(move |own| format!("{name}{delimiter}{own}")));
            let below: Vec<String> = below.take(self.left + 1).collect();
            // `parsers: Parsers = Parsers(gelf=…)` gives the inner default.
            let given = field.argument(inner.name).unwrap_or_else(|| inner.given.clone());
            if !self.declare(inner, &below, &given, Some(&stands)) {
                return;
            }
            self.nested(inner, &below, delimiter, Some(&stands));
        }
    }

    /// Declares a field by its names; false if there is no room for it.
    fn declare(&mut self, field: &Field<'s>, names: &[String], given: &Given<'s>, stands: Option<&Nested>) -> bool {
        self.left = self.left.saturating_sub(names.len());
        let [name, aliases @ ..] = names else { return true };
        if self.left == 0 {
            return false;
        }
        let (program, config) = (self.program, self.config);
        let mut declaration: Declaration =
            declare::declaration(program, Mechanism::PydanticSettings, name, field.statement, &field.frame);
        declaration.aliases = aliases.to_vec();
        declaration.variables = names.to_vec();
        declaration.nested = stands.cloned();
        declaration.ignores_case = !config.case_sensitive;
        declaration.type_name.clone_from(&field.type_name);
        if field.is_prepared || config.parsing == Parsing::ByOwnMethod {
            declaration.type_origin = TypeOrigin::Made;
        }
        declaration.choices = field.choices(program).filter(|_| config.parsing == Parsing::ByType);
        declaration.secret =
            field.type_name.as_ref().is_some_and(|name| name.contains("SecretStr") || name.contains("SecretBytes"));
        declaration.description.clone_from(&field.description);
        declaration.symbol = Some(match field.frame.symbol() {
            Some(class) => format!("{class}.{}", field.name),
            None => field.name.to_owned(),
        });
        match given {
            Given::Default(expression, frame) => {
                let default = program.fold(expression, frame).and_then(|default| field.validated(program, default));
                declaration.value = declare::clear(default.as_ref());
                declare::show(&mut declaration, program, expression, frame);
            }
            Given::Factory(expression, frame) => {
                let made = program.fold(expression, frame).and_then(|factory| made_by(program, &factory));
                declaration.value = declare::clear(made.as_ref());
                declare::show(&mut declaration, program, expression, frame);
            }
            Given::None => declaration.value = Clear::Nothing,
            Given::Nothing => declaration.required = true,
        }
        self.found.declarations.push(declaration);
        true
    }
}

/// What `default_factory` makes, if that is a constant.
fn made_by<'s>(program: &Program<'s>, factory: &Object<'s>) -> Option<Object<'s>> {
    match factory {
        Object::Class(_) => None,
        factory => program.call(factory, &[]),
    }
}

/// The class that an annotation names, `Optional[X]` and `X | None` among them, if it is a model.
fn model_in<'s>(program: &Program<'s>, object: Object<'s>) -> Option<ClassRef<'s>> {
    match object {
        Object::Class(class) if program.inherits(&class, is_model) => Some(class),
        _ => None,
    }
}
