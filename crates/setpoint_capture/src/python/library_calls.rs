//! Calls of the functions that the catalog of libraries knows: `create_engine(url, pool_size=5)`, `requests.get(url)`,
//! `app.add_middleware(CORSMiddleware, allow_origins=["*"])`. Giving a settings object an item or attribute
//! (`app.conf.task_time_limit = 300`, `app.config["MAX_CONTENT_LENGTH"] = 10`) counts as a call of its `update`.

use super::called::{self, Called, Callee, attribute_of_instance};
use super::made_name::Name;
use super::words::Word;
use super::{Code, Found, declare};
use crate::catalog::Package;
use crate::library_call::{Argument, LibraryCall, Source};
use crate::{Clear, Declaration, Sensitive, catalog};
use setpoint_model::{Backend, Mechanism, Place};
use setpoint_python::ast::{DictItem, Expr, Ranged, Stmt, TextRange, TextSize};
use setpoint_python::{FileId, Frame, Instance, Node, Object, Program, ScopeKind};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

/// The catalog's functions.
static FUNCTIONS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let functions = catalog::packages().iter().flat_map(|package| package.calls.keys());
    functions.map(String::as_str).collect()
});

/// The last names of the catalog's functions, and of what a middleware is given by.
static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let last = FUNCTIONS.iter().filter_map(|function| function.rsplit('.').next());
    last.chain(GIVERS).collect()
});

/// What is given a middleware, with its options behind it.
const GIVERS: [&str; 2] = ["add_middleware", "Middleware"];

/// The words by which the catalog's packages are named.
static WORDS: LazyLock<BTreeSet<Word<'static>>> =
    LazyLock::new(|| catalog::packages().iter().flat_map(|package| &package.words).map(|text| word(text)).collect());

/// A function that is known for itself alone stands where it is called. What any other word brings, such as a module or
/// an application whose methods are known, too, has names of the service's own.
fn word(text: &str) -> Word<'_> {
    let is_last = |function: &&str| function.rsplit('.').next() == Some(text);
    let leads_on = |function: &&str| function.split('.').rev().skip(1).any(|part| part == text);
    let is_function = FUNCTIONS.iter().any(is_last);
    let is_module = FUNCTIONS.iter().any(|function| function.split('.').next() == Some(text));
    let is_settings = || {
        let attribute = text.rsplit_once('.').map(|(_, attribute)| attribute);
        SETTINGS.iter().any(|settings| attribute.is_some() && settings.rsplit('.').next() == attribute)
    };
    match (is_function, FUNCTIONS.iter().any(leads_on)) {
        (true, false) => Word::Anywhere(text),
        (_, true) if is_module => Word::Module(text),
        (true, true) => Word::Maker(text),
        (false, _) if is_settings() => Word::Settings(text),
        // A method, which stands where it is called, too.
        (false, _) if text.ends_with('(') => Word::Anywhere(text),
        (false, _) => Word::Named(text),
    }
}

/// The catalog's settings objects.
static SETTINGS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| catalog::packages().iter().filter_map(|package| package.settings.as_deref()).collect());

/// Which calls of libraries are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LibraryCalls {
    /// Those of every package of the catalog.
    All,
    /// Those that set up a server, a task queue or a framework. What clients, pools and middlewares are given matters
    /// where something runs the code: a tree without any deployment is not searched for it.
    OfServers,
}

impl LibraryCalls {
    fn packages(self) -> impl Iterator<Item = &'static Package> {
        catalog::packages().iter().filter(move |package| match self {
            LibraryCalls::All => true,
            LibraryCalls::OfServers => package.mechanism != Mechanism::Library,
        })
    }

    /// True for a call that is looked for, and not only met in a file that was read for another.
    pub(super) fn include(self, call: &LibraryCall) -> bool {
        self.packages().any(|package| package.calls.contains_key(call.function))
    }
}

/// Module-level names by the call that they are bound to.
pub(super) type Bindings<'s> = HashMap<TextRange, &'s str>;

/// Words of which a file that calls one of the functions holds one.
pub(super) fn words(followed: LibraryCalls) -> impl Iterator<Item = Word<'static>> {
    followed.packages().flat_map(|package| &package.words).map(|text| word(text))
}

/// True for one of these words.
pub(super) fn is_word(word: &Word<'_>) -> bool {
    WORDS.contains(word)
}

/// The names by which a file may call one of the functions.
pub(super) fn names_in<'s>(program: &Program<'s>, file: FileId) -> HashSet<&'s str> {
    called::names_in(program, file, &NAMES)
}

/// Notes the names that calls are bound to.
pub(super) fn bind<'s>(node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    if let Node::Statement(Stmt::Assign(assign)) = node
        && matches!(frame.scope.kind, ScopeKind::Module)
        && let (Expr::Call(call), [Expr::Name(name)]) = (&*assign.value, assign.targets.as_slice())
    {
        found.bindings.insert(call.range(), name.id.as_str());
    }
}

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Some((function, first)) = function(program, called, frame) else { return };
    let Some(module) = program.module(frame.file()) else { return };
    let arguments = &called.call.arguments;
    let open = arguments.args.iter().any(Expr::is_starred_expr) || arguments.keywords.iter().any(|it| it.arg.is_none());
    let placed = arguments.args.iter().skip(first).take_while(|argument| !argument.is_starred_expr()).enumerate();
    let placed = placed.map(|(place, value)| (place.to_string(), value));
    let named =
        arguments.keywords.iter().filter_map(|keyword| Some((keyword.arg.as_ref()?.to_string(), &keyword.value)));
    let positional: Vec<_> =
        if is_update(function) { placed.flat_map(|(_, argument)| items(argument)).collect() } else { placed.collect() };
    let given = positional.into_iter().chain(named);
    let arguments = given.map(|(name, value)| argument(program, name, value, frame)).collect();
    found.calls.push(LibraryCall {
        function,
        place: module.place(called.call.range()),
        symbol: frame.symbol(),
        bound_to: found.bindings.get(&called.call.range()).map(|name| (*name).to_owned()),
        arguments,
        open,
        imported_by: Vec::new(),
    });
}

/// Notes what a statement gives to a settings object.
pub(super) fn assign<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Node::Statement(Stmt::Assign(assign)) = node else { return };
    for target in &assign.targets {
        let (object, name) = match target {
            Expr::Attribute(attribute) => (&*attribute.value, attribute.attr.as_str()),
            Expr::Subscript(subscript) => match &*subscript.slice {
                Expr::StringLiteral(literal) => (&*subscript.value, literal.value.to_str()),
                _ => continue,
            },
            _ => continue,
        };
        let Some(function) = settings_object(program, object, frame) else { continue };
        let Some(module) = program.module(frame.file()) else { continue };
        found.calls.push(LibraryCall {
            function,
            place: module.place(assign.range()),
            symbol: frame.symbol(),
            bound_to: None,
            arguments: vec![argument(program, name.to_owned(), &assign.value, frame)],
            open: false,
            imported_by: Vec::new(),
        });
    }
}

/// The `update` of the settings object that an expression is, if it is one.
fn settings_object<'s>(program: &Program<'s>, object: &'s Expr, frame: &Frame<'s>) -> Option<&'static str> {
    // Asked of every assignment to an attribute or item, so by the last name first.
    let attribute = object.as_attribute_expr()?.attr.as_str();
    let named = |settings: &str| settings.rsplit('.').next() == Some(attribute);
    if !SETTINGS.iter().any(|settings| named(settings)) {
        return None;
    }
    let (instance, path) = attribute_of_instance(program.fold(object, frame)?)?;
    let update = format!("{}.{path}.update", instance.of.external()?);
    FUNCTIONS.get(update.as_str()).copied()
}

/// True for `update` and its like of a settings object.
fn is_update(function: &str) -> bool {
    catalog::packages().iter().any(|package| package.is_update(function))
}

/// The items of a dict whose keys are texts.
fn items(argument: &Expr) -> Vec<(String, &Expr)> {
    let Expr::Dict(dict) = argument else { return Vec::new() };
    let item = |item: &'_ DictItem| match &item.key {
        Some(Expr::StringLiteral(literal)) => Some(literal.value.to_str().to_owned()),
        _ => None,
    };
    dict.items.iter().filter_map(|each| Some((item(each)?, &each.value))).collect()
}

/// The catalogued function that is called, and how many of the arguments are none of its own: a middleware is given to
/// the application, and its options behind it.
fn function<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>) -> Option<(&'static str, usize)> {
    let full = match &called.callee {
        Callee::External(name) => name.clone(),
        Callee::Instance(instance, Some(method)) => format!("{}.{method}", instance.of.external()?),
        Callee::Instance(_, None) => return None,
    };
    if let Some(known) = FUNCTIONS.get(full.as_str()) {
        return Some((known, 0));
    }
    if !GIVERS.contains(&full.rsplit('.').next()?) {
        return None;
    }
    let class = program.refer(called.call.arguments.args.first()?, frame)?;
    let known = FUNCTIONS.get(class.external()?)?;
    Some((known, 1))
}

fn argument<'s>(program: &Program<'s>, name: String, value: &'s Expr, frame: &Frame<'s>) -> Argument {
    let place = |file: FileId, range: TextRange| match program.module(file) {
        Some(module) => module.place(range),
        None => Place::file(program.sources().path(file)),
    };
    let (file, range) = program.origin(value, frame);
    let object = program.fold(value, frame);
    // A class or function of another library has no value, and a name by which it is known.
    let named = object.as_ref().and_then(Object::external).map(|name| Clear::from(setpoint_model::Value::from(name)));
    let clear = named.unwrap_or_else(|| declare::clear(object.as_ref()));
    let is_dynamic = clear == Clear::Dynamic;
    Argument {
        name,
        value: clear,
        text: Sensitive::new(program.module(frame.file()).map_or("", |module| module.text(value.range())).to_owned()),
        place: place(frame.file(), value.range()),
        origin: place(file, range),
        from: None,
        backend: is_dynamic.then(|| begun_url(program, value, frame, object.as_ref())).flatten(),
    }
}

/// The kind of server of a URL that is known only when the code runs, by what it begins with:
/// `f"postgresql://{user}@db/shop"`, `URL.create("postgresql+psycopg", …)`.
fn begun_url<'s>(
    program: &Program<'s>,
    value: &'s Expr,
    frame: &Frame<'s>,
    object: Option<&Object<'s>>,
) -> Option<Backend> {
    if let Some(Object::Instance(instance)) = object
        && let Some(scheme) = scheme_of(instance)
    {
        return match Name::of(program, scheme, &instance.frame).into_whole() {
            Ok(scheme) => Backend::of_scheme(&scheme),
            Err(scheme) => Backend::of_beginning(scheme.beginning()),
        };
    }
    let (written, frame) = program.written(value, frame)?;
    Backend::of_beginning(Name::of(program, written, &frame).beginning())
}

/// The scheme that a URL is built with: `URL.create(drivername, …)` of `sqlalchemy/engine/url.py`, and pydantic's
/// `PostgresDsn.build(scheme=…)`.
fn scheme_of<'s>(instance: &Instance<'s>) -> Option<&'s Expr> {
    let (made_by, arguments) = (instance.of.external()?, &instance.call.arguments);
    let maker = made_by.strip_suffix(".create").unwrap_or(made_by);
    if maker.starts_with("sqlalchemy.") && maker.rsplit('.').next() == Some("URL") {
        return arguments.find_argument_value("drivername", 0);
    }
    let is_dsn = made_by.starts_with("pydantic") && made_by.ends_with("Dsn.build");
    is_dsn.then(|| arguments.find_keyword("scheme").map(|keyword| &keyword.value)).flatten()
}

/// Finds for each argument the declaration that its value is: the one that stands where the value does, alone or within
/// a cast.
pub(super) fn link(program: &Program<'_>, code: &mut Code) {
    let mut by_file: HashMap<&str, Vec<&Declaration>> = HashMap::new();
    for declaration in code.declarations.iter().filter(|declaration| !declaration.variables.is_empty()) {
        by_file.entry(&declaration.place.file).or_default().push(declaration);
    }
    for argument in code.calls.iter_mut().flat_map(|call| &mut call.arguments) {
        let Some(within) = argument.origin.span else { continue };
        let stands_there = |declaration: &&&Declaration| {
            declaration.place.span.is_some_and(|span| within.start <= span.start && span.end <= within.end)
        };
        let mut there = by_file.get(argument.origin.file.as_str()).into_iter().flatten().filter(stands_there);
        let Some(first) = there.next() else { continue };
        // An expression that reads several variables has its value from none of them alone.
        if there.any(|other| other.name != first.name) || !is_only_cast(program, &argument.origin, first) {
            continue;
        }
        if argument.value == Clear::Dynamic {
            argument.value = first.value.clone();
        }
        argument.from = Some(Source {
            name: first.name.clone(),
            variables: first.variables.clone(),
            ignores_case: first.ignores_case,
            secret: first.secret,
        });
    }
}

/// True unless something is made of the declared value: `None if os.getenv("ENV") == "production" else "/docs"`.
fn is_only_cast(program: &Program<'_>, origin: &Place, declaration: &Declaration) -> bool {
    let module = program.sources().find(&origin.file).and_then(|file| program.module(file));
    let (Some(module), Some(whole), Some(read)) = (module, origin.span, declaration.place.span) else { return false };
    let text = |start: usize, end: usize| {
        let at = |byte: usize| u32::try_from(byte).map(TextSize::from);
        at(start).and_then(|start| Ok(module.text(TextRange::new(start, at(end)?)))).unwrap_or_default()
    };
    let around = format!("{} {}", text(whole.start, read.start), text(read.end, whole.end));
    let quoted = around.replace(['"', '\''], "\"");
    let code: Vec<&str> = quoted.split('"').step_by(2).collect();
    if makes_text(&code) {
        return false;
    }
    if is_field(&around) {
        return true;
    }
    // What stands within quotes computes nothing.
    let code = code.concat();
    let computes = code.contains(['+', '-', '*', '/', '%', '^', '&']);
    // `os.getenv("DEBUG") == "1"` is a cast to a switch, which the declaration then is.
    let is_switch = declaration.type_name.as_deref() == Some("bool");
    let compares = ["==", "!=", "<", ">"].iter().any(|operator| code.contains(operator));
    let chooses = |word: &str| ["if", "else", "not", "for", "lambda"].contains(&word);
    let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    !computes && (is_switch || !compares) && !words.into_iter().any(chooses)
}

/// True if the code between quotes puts a text together: `f"postgresql://{password}@db"`, `"{}".format(name)`.
fn makes_text(code: &[&str]) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let makes = |part: &&str| part.contains(".format(") || part.contains(".join(");
    let opens = |part: &&str| {
        let prefix = part.rsplit(|letter: char| !is_letter(letter)).next().unwrap_or_default();
        ["f", "rf", "fr"].contains(&prefix.to_lowercase().as_str())
    };
    // Behind the last part no text begins.
    code.iter().any(makes) || code.split_last().is_some_and(|(_, before)| before.iter().any(opens))
}

/// True for `pool_size: int = …`, a field whose value is the setting's, whatever the library makes of it.
fn is_field(text: &str) -> bool {
    let Some((target, value)) = text.split_once('=') else { return false };
    let name = target.split(':').next().unwrap_or(target).trim();
    !value.starts_with('=') && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}
