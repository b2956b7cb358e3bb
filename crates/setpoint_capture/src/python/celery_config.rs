//! What Celery's configuration is loaded from: `app.config_from_object("shop.celeryconfig")`, a module `celeryconfig`
//! where nothing else is said, and `app.config_from_object("django.conf:settings", namespace="CELERY")`.
//!
//! What is given to `app.conf` itself is a call of the catalog.

use super::called::Called;
use super::settings_module::{self, Settings};
use super::words::Word;
use super::{Code, Found};
use crate::{Clear, Declaration, catalog};
use setpoint_model::Mechanism;
use setpoint_python::{FileId, Frame, Object, Program};
use std::collections::HashSet;
use std::sync::LazyLock;

pub(super) const WORDS: [Word<'static>; 1] = [Word::Anywhere("config_from_object")];

/// Loads the configuration, whatever the application is called.
const LOAD: &str = "celery.Celery.config_from_object";
/// The module that is loaded where the code names none (`celery/loaders/default.py`).
const DEFAULT_MODULE: &str = "celeryconfig";
/// Django's settings, in both spellings.
const OF_DJANGO: [&str; 2] = ["django.conf:settings", "django.conf.settings"];

/// The settings that Celery knows.
static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let celery = catalog::packages().iter().filter(|package| package.mechanism == Mechanism::Celery);
    celery.flat_map(catalog::Package::entries).map(|entry| entry.own_name.as_str()).collect()
});

/// The default that a name is of, with a namespace in front (`CELERY_TASK_TIME_LIMIT`) or without one.
fn setting(name: &str, namespace: Option<&str>) -> Option<String> {
    let own = match namespace {
        Some(namespace) => name.strip_prefix(namespace)?.strip_prefix('_')?.to_lowercase(),
        None => name.to_owned(),
    };
    KNOWN.contains(own.as_str()).then(|| format!("celery.{own}"))
}

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Some((_, Some("config_from_object"))) = called.on_instance_of(program, "celery.Celery") else { return };
    let object = called.argument("obj", 0).and_then(|object| program.fold(object, frame));
    let namespace = called.argument("namespace", 3).and_then(|namespace| program.fold(namespace, frame));
    let named = |name: &str| setting(name, namespace.as_ref().and_then(Object::as_text));
    let settings = Settings { mechanism: Mechanism::Celery, named: &named };
    found.declarations.extend(settings_module::declare_object(program, settings, object, frame));
}

/// What Django's settings hold for Celery, and the module that it loads by itself.
pub(super) fn read(program: &Program<'_>, files: &[FileId], code: &mut Code) {
    let text = |call: &crate::library_call::LibraryCall, names: [&str; 2]| {
        let argument = call.arguments.iter().find(|argument| names.contains(&argument.name.as_str()))?;
        match &argument.value {
            Clear::Constant(value) => value.reveal().as_text().map(str::to_owned),
            Clear::Dynamic | Clear::Nothing => None,
        }
    };
    let loads: Vec<_> = code.calls.iter().filter(|call| call.function == LOAD).collect();
    let of_django = loads.iter().filter(|call| text(call, ["0", "obj"]).is_some_and(|it| OF_DJANGO.contains(&&*it)));
    let namespaces: Vec<String> = of_django.filter_map(|call| text(call, ["3", "namespace"])).collect();
    let has_application = code.calls.iter().any(|call| call.function == "celery.Celery");
    let mut declared = Vec::new();
    for namespace in namespaces {
        let constants =
            code.declarations.iter().filter(|declaration| declaration.mechanism == Mechanism::DjangoSettings);
        declared.extend(constants.filter_map(|constant| {
            let name = setting(&constant.name, Some(&namespace))?;
            Some(Declaration { name, mechanism: Mechanism::Celery, ..constant.clone() })
        }));
    }
    if loads.is_empty()
        && has_application
        && let Some(first) = files.first()
        && let Some(module) = program.find_module(DEFAULT_MODULE, *first)
    {
        let settings = Settings { mechanism: Mechanism::Celery, named: &|name| setting(name, None) };
        declared.extend(settings_module::declare_module(program, settings, module));
    }
    code.declarations.extend(declared);
}
