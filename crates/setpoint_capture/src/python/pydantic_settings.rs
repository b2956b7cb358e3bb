//! Fields of `BaseSettings` classes, as pydantic-settings 2 and pydantic 1 name and default them.
//!
//! The name of the variable is `env_prefix` and the field's name; `env_prefix` is not put before an alias
//! (pydantic-settings' documentation, "Changing environment variable names"). With `env_nested_delimiter` the fields
//! of a nested model can be set one by one, too.

mod config;
mod fields;

use super::words::Word;
use super::{Found, declare, dotenv_files};
use crate::{Clear, Declaration};
use config::Config;
use fields::{Field, Given};
use setpoint_model::Mechanism;
use setpoint_python::{ClassRef, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Anywhere("BaseSettings")];

/// How deep models may be nested in models.
const DEEPEST: usize = 6;

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, found: &mut Found<'s>) {
    let Node::Class(class) = node else { return };
    if !program.inherits(class, is_settings) {
        return;
    }
    found.words.insert(Word::Inherited(class.name()));
    let config = Config::of(program, class);
    let by = class.frame.file();
    found.dotenv_files.extend(config.env_files.iter().map(|path| dotenv_files::Named { by, path: path.clone() }));
    for field in fields::of(program, class) {
        let names = field.names(&config);
        declare_field(program, &field, &names, &config, &field.given, found);
        if let Some(delimiter) = &config.nested_delimiter {
            nested(program, &field, &names, delimiter, &config, found, 0);
        }
    }
}

fn is_settings(base: &str) -> bool {
    base.starts_with("pydantic") && base.ends_with(".BaseSettings")
}

fn is_model(base: &str) -> bool {
    base.starts_with("pydantic") && (base.ends_with(".BaseModel") || base.ends_with(".BaseSettings"))
}

/// Declares the fields of the model that a field holds.
fn nested<'s>(
    program: &Program<'s>,
    field: &Field<'s>,
    names: &[String],
    delimiter: &str,
    config: &Config,
    found: &mut Found<'s>,
    depth: usize,
) {
    let Some(model) = field.model(program).filter(|_| depth < DEEPEST) else { return };
    for inner in fields::of(program, &model) {
        let below: Vec<String> = names
            .iter()
            .flat_map(|name| {
                inner.own_names().into_iter().map(move |own| format!("{name}{delimiter}{}", config.cased(&own)))
            })
            .collect();
        // `parsers: Parsers = Parsers(gelf=…)` gives the inner default.
        let given = field.argument(inner.name).unwrap_or_else(|| inner.given.clone());
        declare_field(program, &inner, &below, config, &given, found);
        nested(program, &inner, &below, delimiter, config, found, depth + 1);
    }
}

fn declare_field<'s>(
    program: &Program<'s>,
    field: &Field<'s>,
    names: &[String],
    config: &Config,
    given: &Given<'s>,
    found: &mut Found<'s>,
) {
    let [name, aliases @ ..] = names else { return };
    let mut declaration: Declaration =
        declare::declaration(program, Mechanism::PydanticSettings, name, field.statement, &field.frame);
    declaration.aliases = aliases.to_vec();
    declaration.variables = names.to_vec();
    declaration.ignores_case = !config.case_sensitive;
    declaration.type_name.clone_from(&field.type_name);
    declaration.secret =
        field.type_name.as_ref().is_some_and(|name| name.contains("SecretStr") || name.contains("SecretBytes"));
    declaration.description.clone_from(&field.description);
    declaration.symbol = Some(match field.frame.symbol() {
        Some(class) => format!("{class}.{}", field.name),
        None => field.name.to_owned(),
    });
    match given {
        Given::Default(expression, frame) => declare::give(&mut declaration, program, expression, frame),
        Given::Factory(expression, frame) => {
            let made = program.fold(expression, frame).and_then(|factory| made_by(program, &factory));
            declaration.value = declare::clear(made.as_ref());
            declare::show(&mut declaration, program, expression, frame);
        }
        Given::None => declaration.value = Clear::Nothing,
        Given::Nothing => declaration.required = true,
    }
    found.declarations.push(declaration);
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
