use super::config::Config;
use super::prepared::Prepared;
use super::{choices, model_in};
use crate::python::made_name::Name;
use setpoint_python::ast::{Expr, ExprCall, Ranged, Stmt};
use setpoint_python::{ClassRef, Frame, MOST_BASES, Object, Program};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

/// How long a chain of bases is followed; a cycle ends here.
const DEEPEST_BASE: usize = 20;
/// How much is looked at for the fields of one class, each base and each field that it hands on for one. Bases that
/// share bases would otherwise be gone through as often as there are ways to them.
const MOST_STEPS: usize = 10_000;

/// A field of a model.
#[derive(Clone, Debug)]
pub(super) struct Field<'s> {
    pub(super) name: &'s str,
    pub(super) statement: &'s Stmt,
    annotation: Option<&'s Expr>,
    pub(super) type_name: Option<String>,
    pub(super) given: Given<'s>,
    /// The names of `validation_alias`, `alias` or `env`; those of an `AliasPath` after the others.
    aliases: Vec<String>,
    pub(super) description: Option<String>,
    /// What makes another value of what the field is given, the default among it, in the order of the annotation.
    validators: Vec<&'s Expr>,
    /// It is a field as pydantic 1 knows them.
    version_1: bool,
    /// A method of the class may make another text of the one that is given, before it is read as the type.
    pub(super) is_prepared: bool,
    /// The class body that it stands in.
    pub(super) frame: Frame<'s>,
}

/// The default that a field is given.
#[derive(Clone, Debug)]
pub(super) enum Given<'s> {
    /// An expression.
    Default(&'s Expr, Frame<'s>),
    /// `default_factory=`
    Factory(&'s Expr, Frame<'s>),
    /// `None`, though nothing says so: `Optional[X]` in pydantic 1.
    None,
    /// No default: required.
    Nothing,
}

/// The fields of a class and its bases. Of a field that several bases have, the first base's is taken with all that
/// that base has inherited, which is not always what Python's own order of look-up gives (pydantic's
/// `collect_model_fields` goes over the direct bases from the last to the first).
pub(super) fn of<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Fields<'s> {
    let version_1 = program.inherits(class, |base| {
        base == "pydantic.BaseSettings"
            || base.starts_with("pydantic.v1.")
            || base.starts_with("pydantic.env_settings.")
    });
    let mut collector = Collector { program, version_1, left: MOST_STEPS, all: true };
    let mut fields = collector.collect(class, 0);
    let prepared = Prepared::by(program, class);
    for field in fields.in_order.iter_mut().filter(|field| prepared.has(field.name)) {
        Rc::make_mut(field).is_prepared = true;
    }
    Fields { fields: fields.in_order, all: collector.all && collector.left > 0 }
}

/// The fields of a class.
#[derive(Debug)]
pub(super) struct Fields<'s> {
    pub(super) fields: Vec<Rc<Field<'s>>>,
    /// False where the class and its bases have more than are looked at.
    pub(super) all: bool,
}

struct Collector<'p, 's> {
    program: &'p Program<'s>,
    version_1: bool,
    /// How many steps may still be made.
    left: usize,
    all: bool,
}

/// Fields by name, in the order in which their names came first.
#[derive(Default)]
struct Collected<'s> {
    in_order: Vec<Rc<Field<'s>>>,
    by_name: HashMap<&'s str, usize>,
}

impl<'s> Collected<'s> {
    fn get(&self, name: &str) -> Option<&Field<'s>> {
        self.by_name.get(name).map(|at| &*self.in_order[*at])
    }

    fn put(&mut self, field: Rc<Field<'s>>) {
        match self.by_name.entry(field.name) {
            Entry::Occupied(at) => self.in_order[*at.get()] = field,
            Entry::Vacant(slot) => {
                slot.insert(self.in_order.len());
                self.in_order.push(field);
            }
        }
    }
}

impl<'s> Collector<'_, 's> {
    fn collect(&mut self, class: &ClassRef<'s>, depth: usize) -> Collected<'s> {
        let mut fields = Collected::default();
        let mut bases = self.program.bases(class);
        if depth >= DEEPEST_BASE {
            self.all &= bases.is_empty();
            bases.clear();
        }
        self.all &= class.definition.bases().len() <= MOST_BASES;
        for base in bases.iter().rev() {
            if let Object::Class(base) = base
                && self.step()
            {
                for field in self.collect(base, depth + 1).in_order {
                    if self.step() {
                        fields.put(field);
                    }
                }
            }
        }
        let frame = self.program.inside_class(class);
        for statement in &class.definition.body {
            if let Some(field) = field(self.program, statement, &frame, self.version_1, &fields)
                && self.step()
            {
                fields.put(Rc::new(field));
            }
        }
        fields
    }

    /// False once there were too many.
    fn step(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}

fn field<'s>(
    program: &Program<'s>,
    statement: &'s Stmt,
    frame: &Frame<'s>,
    version_1: bool,
    inherited: &Collected<'s>,
) -> Option<Field<'s>> {
    let (target, annotation, value) = match statement {
        Stmt::AnnAssign(assign) => (&*assign.target, Some(&*assign.annotation), assign.value.as_deref()),
        // Without an annotation it is a field only in pydantic 1, or where a base has annotated it.
        Stmt::Assign(assign) => (assign.targets.first()?, None, Some(&*assign.value)),
        _ => return None,
    };
    let name = target.as_name_expr()?.id.as_str();
    let base = inherited.get(name);
    if name.starts_with('_') || name == "model_config" || (annotation.is_none() && base.is_none() && !version_1) {
        return None;
    }
    let text =
        annotation.and_then(|annotation| Some(program.module(frame.file())?.text(annotation.range()).to_owned()));
    if text
        .as_ref()
        .is_some_and(|text| text.contains("ClassVar") || text.contains("InitVar") || text.contains("computed_field"))
    {
        return None;
    }
    if annotation.is_none() && value.is_some_and(|value| !is_plain_value(program, value, frame)) {
        return None;
    }
    let mut field = Field {
        name,
        statement,
        annotation: annotation.or_else(|| base.and_then(|base| base.annotation)),
        type_name: text.or_else(|| base.and_then(|base| base.type_name.clone())),
        given: Given::Nothing,
        aliases: Vec::new(),
        description: None,
        validators: Vec::new(),
        version_1,
        is_prepared: false,
        frame: frame.clone(),
    };
    for metadata in annotation.iter().flat_map(|annotation| metadata_of(annotation)) {
        if let Some(call) = field_call(program, metadata, frame) {
            field.take(program, call, frame);
        }
        field.validators.extend(validator(program, metadata, frame));
    }
    if let Some(value) = value {
        match field_call(program, value, frame) {
            Some(call) => field.take(program, call, frame),
            None if !value.is_ellipsis_literal_expr() => field.given = Given::Default(value, frame.clone()),
            None => {}
        }
    }
    let optional = field.type_name.as_ref().is_some_and(|text| text.contains("Optional[") || text.contains("None"));
    if version_1 && optional && matches!(field.given, Given::Nothing) && value.is_none() {
        field.given = Given::None;
    }
    Some(field)
}

/// Pydantic 1 takes no functions, classes or properties for fields.
fn is_plain_value<'s>(program: &Program<'s>, value: &'s Expr, frame: &Frame<'s>) -> bool {
    !value.is_lambda_expr()
        && !matches!(program.fold(value, frame), Some(Object::Function(_) | Object::Class(_) | Object::Module(_)))
}

/// The call of pydantic's `Field`, if it is one.
fn field_call<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<&'s ExprCall> {
    let call = expression.as_call_expr()?;
    let function = program.fold(&call.func, frame)?;
    function.external().is_some_and(|name| name.starts_with("pydantic") && name.ends_with(".Field")).then_some(call)
}

/// The function of `BeforeValidator(…)` and its like, which a settings class applies to defaults, too
/// (`validate_default` of `SettingsConfigDict`).
fn validator<'s>(program: &Program<'s>, metadata: &'s Expr, frame: &Frame<'s>) -> Option<&'s Expr> {
    let call = metadata.as_call_expr()?;
    let function = program.fold(&call.func, frame)?;
    let name = function.external()?.strip_prefix("pydantic.")?;
    let makes_values = matches!(name.rsplit('.').next()?, "BeforeValidator" | "AfterValidator" | "PlainValidator");
    makes_values.then(|| call.arguments.find_argument_value("func", 0)).flatten()
}

/// What follows the type in `Annotated[…]`.
fn metadata_of(annotation: &Expr) -> &[Expr] {
    match annotation {
        Expr::Subscript(subscript) if is_called(&subscript.value, "Annotated") => match &*subscript.slice {
            Expr::Tuple(tuple) => tuple.elts.get(1..).unwrap_or_default(),
            _ => &[],
        },
        _ => &[],
    }
}

/// True for a `BeforeValidator(…)` and its like, which may make another text of the one that is given.
pub(super) fn is_validator<'s>(program: &Program<'s>, metadata: &'s Expr, frame: &Frame<'s>) -> bool {
    let function = metadata.as_call_expr().and_then(|call| program.fold(&call.func, frame));
    function.as_ref().and_then(Object::external).is_some_and(|name| name.ends_with("Validator"))
}

pub(super) fn is_called(expression: &Expr, name: &str) -> bool {
    match expression {
        Expr::Name(expression) => expression.id.as_str() == name,
        Expr::Attribute(attribute) => attribute.attr.as_str() == name,
        _ => false,
    }
}

impl<'s> Field<'s> {
    /// Takes over what a call of `Field` says.
    fn take(&mut self, program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) {
        let text = |name: &str| {
            let text = program.fold(&call.arguments.find_keyword(name)?.value, frame)?;
            text.as_text().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        if let Some(default) = call.arguments.find_argument_value("default", 0) {
            if !default.is_ellipsis_literal_expr() {
                self.given = Given::Default(default, frame.clone());
            }
        } else if let Some(factory) = call.arguments.find_keyword("default_factory") {
            self.given = Given::Factory(&factory.value, frame.clone());
        }
        for key in ["validation_alias", "env", "alias"] {
            if let Some(alias) = call.arguments.find_keyword(key)
                && let aliases = names_of(program, &alias.value, frame)
                && !aliases.is_empty()
            {
                self.aliases = aliases;
                break;
            }
        }
        self.description = text("description").or(self.description.take());
    }

    /// The only texts that it takes, where its annotation lists them.
    pub(super) fn choices(&self, program: &Program<'s>) -> Option<Vec<String>> {
        choices::of(program, self.annotation?, &self.frame)
    }

    /// What its validators make of the default; nothing where only running them tells. A named function is taken to
    /// check and not to change what it is not seen to change; of a lambda everything is seen.
    pub(super) fn validated(&self, program: &Program<'s>, default: Object<'s>) -> Option<Object<'s>> {
        self.validators.iter().try_fold(default, |value, validator| match program.fold(validator, &self.frame) {
            Some(lambda @ Object::Lambda(..)) => program.call(&lambda, &[value]),
            Some(function) => Some(program.call(&function, std::slice::from_ref(&value)).unwrap_or(value)),
            None => Some(value),
        })
    }

    /// The variables that set it at the top of a settings class, the strongest first; some of them may be known only
    /// in part.
    pub(super) fn names(&self, config: &Config) -> Vec<Name> {
        let of_config = if self.version_1 { config.names_of_field(self.name) } else { &[] };
        let aliases = if of_config.is_empty() { &self.aliases } else { of_config };
        if aliases.is_empty() {
            return vec![config.variable(self.name)];
        }
        aliases.iter().map(|alias| config.variable_of_alias(alias)).collect()
    }

    /// Its names inside another model.
    pub(super) fn own_names(&self) -> Vec<String> {
        if self.aliases.is_empty() { vec![self.name.to_owned()] } else { self.aliases.clone() }
    }

    /// The model that it holds.
    pub(super) fn model(&self, program: &Program<'s>) -> Option<ClassRef<'s>> {
        model_of(program, self.annotation?, &self.frame)
    }

    /// The argument that the default's call gives to a field of the model: `Parsers(gelf=…)`.
    pub(super) fn argument(&self, name: &str) -> Option<Given<'s>> {
        let Given::Default(Expr::Call(call), frame) = &self.given else { return None };
        Some(Given::Default(&call.arguments.find_keyword(name)?.value, frame.clone()))
    }
}

fn model_of<'s>(program: &Program<'s>, annotation: &'s Expr, frame: &Frame<'s>) -> Option<ClassRef<'s>> {
    match annotation {
        Expr::BinOp(union) => model_of(program, &union.left, frame).or_else(|| model_of(program, &union.right, frame)),
        Expr::Subscript(subscript) => {
            let wraps = ["Optional", "Union", "Annotated"].iter().any(|name| is_called(&subscript.value, name));
            match &*subscript.slice {
                _ if !wraps => None,
                Expr::Tuple(tuple) => tuple.elts.iter().find_map(|item| model_of(program, item, frame)),
                inner => model_of(program, inner, frame),
            }
        }
        Expr::Name(_) | Expr::Attribute(_) => model_in(program, program.fold(annotation, frame)?),
        _ => None,
    }
}

/// The names that an alias says: a text, a list of texts, `AliasChoices` of them.
fn names_of<'s>(program: &Program<'s>, alias: &'s Expr, frame: &Frame<'s>) -> Vec<String> {
    match program.fold(alias, frame) {
        Some(Object::Text(name)) => vec![name],
        Some(Object::List(items) | Object::Tuple(items) | Object::Set(items)) => {
            items.iter().filter_map(Object::as_text).map(str::to_owned).collect()
        }
        Some(Object::Instance(instance)) => {
            let of = instance.of.external().unwrap_or_default();
            let arguments = &instance.call.arguments.args;
            if of.ends_with("AliasPath") {
                return arguments.first().map(|first| names_of(program, first, &instance.frame)).unwrap_or_default();
            }
            if !of.ends_with("AliasChoices") {
                return Vec::new();
            }
            let (paths, plain): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.is_call_expr());
            plain.into_iter().chain(paths).flat_map(|choice| names_of(program, choice, &instance.frame)).collect()
        }
        _ => Vec::new(),
    }
}
