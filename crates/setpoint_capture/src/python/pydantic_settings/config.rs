use crate::python::dotenv_files::{self, Sought};
use crate::python::made_name::Name;
use setpoint_python::ast::{Expr, ExprCall};
use setpoint_python::{Bound, ClassRef, Frame, Instance, Object, Program};

/// What a class's `model_config`, `class Config` and class arguments say, those of its bases below them.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// `env_prefix`, as far as it is known.
    prefix: Name,
    /// `env_prefix_target`: the prefix is put before aliases, too ("alias", "all").
    prefixes_aliases: bool,
    /// The prefix is put before the names of fields; not so with "alias".
    prefixes_names: Option<bool>,
    pub(super) nested_delimiter: Option<String>,
    /// `env_nested_max_split`: how many delimiters a variable's name is split at.
    pub(super) nested_levels: Option<usize>,
    /// pydantic 1: what `Config.fields` says of a field by its name, `{"env": …}`.
    fields: Vec<(String, Vec<String>)>,
    pub(super) case_sensitive: bool,
    /// How the text of a variable is read.
    pub(super) parsing: Parsing,
    /// The `.env` files that are read.
    pub(super) env_files: Vec<Sought>,
}

/// How the text of a variable is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Parsing {
    /// As the field's type.
    #[default]
    ByType,
    /// `env_parse_enums`: an enumeration is given by the names of its members, too.
    WithMemberNames,
    /// pydantic 1: `Config.parse_env_var` reads it in a way of its own.
    ByOwnMethod,
}

impl Config {
    pub(super) fn of<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Self {
        let mut config = Self::default();
        // The strongest comes first in the ancestry, so the weakest is applied first.
        for ancestor in program.ancestry(class).iter().rev() {
            let Object::Class(ancestor) = ancestor else { continue };
            for said in pairs_of(program, ancestor) {
                config.set(said);
            }
        }
        config
    }

    fn set(&mut self, said: Said<'_>) {
        let Said { key, value, name } = said;
        let value = value.as_ref();
        match key.as_str() {
            "env_prefix" => {
                self.prefix = match value {
                    Some(value) => Name::whole(value.as_text().unwrap_or_default()),
                    None => name,
                }
            }
            "env_prefix_target" => {
                let target = value.and_then(Object::as_text).unwrap_or("variable");
                self.prefixes_aliases = target != "variable";
                self.prefixes_names = Some(target != "alias");
            }
            "env_nested_delimiter" => self.nested_delimiter = value.and_then(Object::as_text).map(str::to_owned),
            "env_nested_max_split" => {
                self.nested_levels = match value {
                    Some(Object::Int(levels)) => usize::try_from(*levels).ok(),
                    _ => None,
                };
            }
            "fields" => self.fields = value.map(names_of_fields).unwrap_or_default(),
            "env_file" => self.env_files = value.map_or_else(|| vec![Sought::Unknown], dotenv_files::sought),
            "env_parse_enums" if value.and_then(Object::truth) != Some(false) => {
                self.parsing = Parsing::WithMemberNames;
            }
            "parse_env_var" => self.parsing = Parsing::ByOwnMethod,
            "case_sensitive" => self.case_sensitive = value.and_then(Object::truth).unwrap_or_default(),
            _ => {}
        }
    }

    /// The variable of a field without an alias.
    pub(super) fn variable(&self, field: &str) -> Name {
        self.behind_prefix(field, self.prefixes_names.unwrap_or(true))
    }

    /// The variable of an alias.
    pub(super) fn variable_of_alias(&self, alias: &str) -> Name {
        self.behind_prefix(alias, self.prefixes_aliases)
    }

    fn behind_prefix(&self, name: &str, has_prefix: bool) -> Name {
        let prefix = if has_prefix { self.prefix.clone() } else { Name::default() };
        prefix.then(Name::whole(name)).map(|part| self.cased(part))
    }

    /// What `Config.fields` of pydantic 1 names the variables of a field.
    pub(super) fn names_of_field(&self, field: &str) -> &[String] {
        let named = self.fields.iter().find(|(name, _)| name == field);
        named.map_or(&[], |(_, names)| names)
    }

    /// A name as an operator writes it.
    pub(super) fn cased(&self, name: &str) -> String {
        if self.case_sensitive { name.to_owned() } else { name.to_uppercase() }
    }
}

/// `{"port": {"env": "SHOP_PORT"}, "token": {"env": ["TOKEN", "KEY"]}}`
fn names_of_fields(fields: &Object<'_>) -> Vec<(String, Vec<String>)> {
    let Object::Dict(fields) = fields else { return Vec::new() };
    let named = fields.iter().filter_map(|(field, says)| {
        let Object::Dict(says) = says else { return None };
        let (_, names) = says.iter().find(|(key, _)| key.as_text() == Some("env"))?;
        Some((field.as_text()?.to_owned(), texts(names)))
    });
    named.collect()
}

fn texts(object: &Object<'_>) -> Vec<String> {
    match object {
        Object::Text(text) => vec![text.clone()],
        Object::Tuple(items) | Object::List(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// What is said of a key.
struct Said<'s> {
    key: String,
    value: Option<Object<'s>>,
    /// What is known of a text that is known only when the code runs.
    name: Name,
}

impl<'s> Said<'s> {
    fn new(program: &Program<'s>, key: &str, value: &'s Expr, frame: &Frame<'s>) -> Self {
        let folded = program.fold(value, frame);
        let name = if folded.is_none() { Name::of(program, value, frame) } else { Name::default() };
        Self { key: key.to_owned(), value: folded, name }
    }

    /// Of something that may say anything, what matters most is that the names of the fields are not known.
    fn anything() -> Self {
        Self { key: "env_prefix".to_owned(), value: None, name: Name::unknown() }
    }
}

fn pairs_of<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Vec<Said<'s>> {
    let body = program.inside_class(class);
    let mut pairs = Vec::new();
    if let Some(Bound::Class(definition)) = body.scope.bindings("Config").last().map(|binding| &binding.bound) {
        let inner = ClassRef { definition, frame: body.clone() };
        for ancestor in program.ancestry(&inner).iter().rev() {
            let Object::Class(ancestor) = ancestor else { continue };
            let frame = program.inside_class(ancestor);
            for (name, bindings) in frame.scope.names() {
                match bindings.last().map(|binding| &binding.bound) {
                    Some(Bound::Value(value)) => pairs.push(Said::new(program, name, value, &frame)),
                    Some(Bound::Function(_)) => {
                        pairs.push(Said { key: name.to_owned(), value: None, name: Name::unknown() });
                    }
                    _ => {}
                }
            }
        }
    }
    if let Some(Bound::Value(value)) = body.scope.bindings("model_config").last().map(|binding| &binding.bound) {
        collect(program, value, &body, &mut pairs);
    }
    for keyword in class.definition.arguments.iter().flat_map(|arguments| &arguments.keywords) {
        if let Some(name) = &keyword.arg {
            pairs.push(Said::new(program, name.as_str(), &keyword.value, &class.frame));
        }
    }
    pairs
}

/// The pairs of a dict, each folded by itself: one that is known only at run time does not hide the others.
fn collect<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>, pairs: &mut Vec<Said<'s>>) {
    match expression {
        Expr::Dict(dict) => {
            for item in &dict.items {
                match &item.key {
                    None => collect(program, &item.value, frame, pairs),
                    Some(key) => {
                        if let Some(key) = program.fold(key, frame).as_ref().and_then(Object::as_text) {
                            pairs.push(Said::new(program, key, &item.value, frame));
                        }
                    }
                }
            }
        }
        Expr::BinOp(union) => {
            collect(program, &union.left, frame, pairs);
            collect(program, &union.right, frame, pairs);
        }
        expression => match program.fold(expression, frame) {
            Some(Object::Instance(instance)) if makes_config(program, &instance) => {
                let Instance { call, frame, .. } = &*instance;
                keywords(program, call, frame, pairs);
            }
            Some(Object::Dict(given)) => {
                let named = given.into_iter().filter_map(|(key, value)| {
                    Some(Said { key: key.as_text()?.to_owned(), value: Some(value), name: Name::default() })
                });
                pairs.extend(named);
            }
            // The configuration of a base, which is looked at by itself: `**Base.model_config`.
            _ if matches!(expression, Expr::Attribute(attribute) if attribute.attr.as_str() == "model_config") => {}
            _ => pairs.push(Said::anything()),
        },
    }
}

/// True for `SettingsConfigDict(…)` and its like, whose keywords are the configuration: a class of the tree that inherits
/// from it has more of them.
fn makes_config<'s>(program: &Program<'s>, instance: &Instance<'s>) -> bool {
    let is_it = |name: &str| name.ends_with("ConfigDict") || name == "dict";
    match &instance.of {
        Object::Class(class) => program.inherits(class, is_it),
        made_by => made_by.external().is_some_and(is_it),
    }
}

fn keywords<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>, pairs: &mut Vec<Said<'s>>) {
    for argument in &call.arguments.args {
        collect(program, argument, frame, pairs);
    }
    for keyword in &call.arguments.keywords {
        match &keyword.arg {
            Some(name) => pairs.push(Said::new(program, name.as_str(), &keyword.value, frame)),
            None => collect(program, &keyword.value, frame, pairs),
        }
    }
}
