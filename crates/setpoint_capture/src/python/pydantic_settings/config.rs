use crate::python::dotenv_files::{self, Sought};
use setpoint_python::ast::{Expr, ExprCall};
use setpoint_python::{Bound, ClassRef, Frame, Instance, Object, Program};

/// What a class's `model_config`, `class Config` and class arguments say, those of its bases below them.
#[derive(Debug, Default)]
pub(super) struct Config {
    prefix: String,
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
    /// The `.env` files that are read.
    pub(super) env_files: Vec<Sought>,
}

impl Config {
    pub(super) fn of<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Self {
        let mut config = Self::default();
        // The strongest comes first in the ancestry, so the weakest is applied first.
        for ancestor in program.ancestry(class).iter().rev() {
            let Object::Class(ancestor) = ancestor else { continue };
            for (key, value) in pairs_of(program, ancestor) {
                config.set(&key, value.as_ref());
            }
        }
        config
    }

    fn set(&mut self, key: &str, value: Option<&Object<'_>>) {
        match key {
            "env_prefix" => value.and_then(Object::as_text).unwrap_or_default().clone_into(&mut self.prefix),
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
            "case_sensitive" => self.case_sensitive = value.and_then(Object::truth).unwrap_or_default(),
            _ => {}
        }
    }

    /// The variable of a field without an alias.
    pub(super) fn variable(&self, field: &str) -> String {
        let prefix = if self.prefixes_names.unwrap_or(true) { self.prefix.as_str() } else { "" };
        self.cased(&format!("{prefix}{field}"))
    }

    /// The variable of an alias.
    pub(super) fn variable_of_alias(&self, alias: &str) -> String {
        let prefix = if self.prefixes_aliases { self.prefix.as_str() } else { "" };
        self.cased(&format!("{prefix}{alias}"))
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

type Pairs<'s> = Vec<(String, Option<Object<'s>>)>;

fn pairs_of<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Pairs<'s> {
    let body = program.inside_class(class);
    let mut pairs = Vec::new();
    if let Some(Bound::Class(definition)) = body.scope.bindings("Config").last().map(|binding| &binding.bound) {
        let inner = ClassRef { definition, frame: body.clone() };
        for ancestor in program.ancestry(&inner).iter().rev() {
            let Object::Class(ancestor) = ancestor else { continue };
            let frame = program.inside_class(ancestor);
            for (name, bindings) in frame.scope.names() {
                if let Some(Bound::Value(value)) = bindings.last().map(|binding| &binding.bound) {
                    pairs.push((name.to_owned(), program.fold(value, &frame)));
                }
            }
        }
    }
    if let Some(Bound::Value(value)) = body.scope.bindings("model_config").last().map(|binding| &binding.bound) {
        collect(program, value, &body, &mut pairs);
    }
    for keyword in class.definition.arguments.iter().flat_map(|arguments| &arguments.keywords) {
        if let Some(name) = &keyword.arg {
            pairs.push((name.as_str().to_owned(), program.fold(&keyword.value, &class.frame)));
        }
    }
    pairs
}

/// The pairs of a dict, each folded by itself: one that is known only at run time does not hide the others.
fn collect<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>, pairs: &mut Pairs<'s>) {
    match expression {
        Expr::Dict(dict) => {
            for item in &dict.items {
                match &item.key {
                    None => collect(program, &item.value, frame, pairs),
                    Some(key) => {
                        if let Some(key) = program.fold(key, frame).as_ref().and_then(Object::as_text) {
                            pairs.push((key.to_owned(), program.fold(&item.value, frame)));
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
            Some(Object::Instance(instance)) => {
                let Instance { call, frame, .. } = &*instance;
                keywords(program, call, frame, pairs);
            }
            Some(Object::Dict(given)) => {
                let named = given.into_iter().filter_map(|(key, value)| Some((key.as_text()?.to_owned(), Some(value))));
                pairs.extend(named);
            }
            _ => {}
        },
    }
}

fn keywords<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>, pairs: &mut Pairs<'s>) {
    for argument in &call.arguments.args {
        collect(program, argument, frame, pairs);
    }
    for keyword in &call.arguments.keywords {
        match &keyword.arg {
            Some(name) => pairs.push((name.as_str().to_owned(), program.fold(&keyword.value, frame))),
            None => collect(program, &keyword.value, frame, pairs),
        }
    }
}
