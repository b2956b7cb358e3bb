//! The list of mechanisms: what each looks for, and what it is shown.

use super::{
    Code, Found, argparse, casts, click, django_settings, environ, flask_config, pydantic_settings, traitlets,
};
use setpoint_python::{FileId, Program};

/// Words of which a file must hold one to be worth parsing.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let mechanisms: [&[&'static str]; 7] = [
        &environ::WORDS,
        &pydantic_settings::WORDS,
        &click::WORDS,
        &argparse::WORDS,
        &traitlets::WORDS,
        &django_settings::WORDS,
        &flask_config::WORDS,
    ];
    mechanisms.into_iter().flatten().copied()
}

/// Shows every part of a file to every mechanism.
pub(super) fn read<'s>(program: &Program<'s>, file: FileId, found: &mut Found<'s>) {
    program.walk(file, &mut |node, frame| {
        casts::visit(&node, found);
        environ::visit(program, &node, frame, found);
        pydantic_settings::visit(program, &node, found);
        click::visit(program, &node, frame, found);
        argparse::visit(program, &node, frame, found);
        traitlets::visit(program, &node, found);
        flask_config::visit(program, &node, frame, found);
    });
}

/// What can be read only when all files are known.
pub(super) fn read_whole(program: &Program<'_>, files: &[FileId], code: &mut Code) {
    django_settings::read(program, files, code);
}
