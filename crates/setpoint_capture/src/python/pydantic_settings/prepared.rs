//! The fields whose text a method of the class is given first: `@field_validator("level", mode="before")`, pydantic 1's
//! `@validator("level", pre=True)`, and a `@model_validator(mode="before")`, which is given them all.

use setpoint_python::ast::{Expr, ExprCall, Stmt};
use setpoint_python::{ClassRef, Frame, Object, Program};
use std::collections::HashSet;

/// Which fields they are.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    fields: HashSet<String>,
    all: bool,
}

impl Prepared {
    /// Those of the class and of the classes of the tree that it inherits from.
    pub(super) fn by<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> Self {
        let mut prepared = Self::default();
        for ancestor in program.ancestry(class).iter() {
            let Object::Class(ancestor) = ancestor else { continue };
            let frame = program.inside_class(ancestor);
            for statement in &ancestor.definition.body {
                match statement {
                    Stmt::FunctionDef(method) => {
                        method.decorator_list.iter().for_each(|it| prepared.add(program, &it.expression, &frame));
                    }
                    // `_lower = field_validator("level", mode="before")(lower)`
                    Stmt::Assign(assign) => {
                        if let Expr::Call(applied) = &*assign.value {
                            prepared.add(program, &applied.func, &frame);
                        }
                    }
                    _ => {}
                }
            }
        }
        prepared
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.all || self.fields.contains(field)
    }

    fn add<'s>(&mut self, program: &Program<'s>, decorator: &'s Expr, frame: &Frame<'s>) {
        let Expr::Call(call) = decorator else {
            // pydantic 1 knows the plain `@root_validator`, which comes after the fields.
            return;
        };
        let Some(function) = program.fold(&call.func, frame) else { return };
        let name = function.external().filter(|name| name.starts_with("pydantic"));
        match name.and_then(|name| name.rsplit('.').next()) {
            Some("field_validator" | "validator") if comes_first(program, call, frame) => {
                for field in &call.arguments.args {
                    match program.fold(field, frame).as_ref().and_then(Object::as_text) {
                        Some("*") | None => self.all = true,
                        Some(field) => {
                            self.fields.insert(field.to_owned());
                        }
                    }
                }
            }
            Some("model_validator" | "root_validator") => self.all |= comes_first(program, call, frame),
            _ => {}
        }
    }
}

/// True unless it surely comes after the text was read as the type.
fn comes_first<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> bool {
    let given = |name: &str| call.arguments.find_keyword(name).map(|keyword| program.fold(&keyword.value, frame));
    match (given("mode"), given("pre")) {
        (Some(mode), _) => mode.as_ref().and_then(Object::as_text) != Some("after"),
        (None, Some(pre)) => pre.as_ref().and_then(Object::truth) != Some(false),
        (None, None) => false,
    }
}
