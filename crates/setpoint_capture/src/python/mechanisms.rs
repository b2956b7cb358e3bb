//! The list of mechanisms: what each looks for, and what it is shown.

use super::called::Called;
use super::{
    Code, Found, argparse, casts, celery_config, click, decouple, dj_database_url, django_environ, django_settings,
    dotenv_files, environ, environs, flask_config, journal_mode, library_calls, prefixes, pydantic_settings, starlette,
    tornado_options, traitlets, typer,
};
use setpoint_python::{FileId, Program};

/// Words of which a file must hold one to be worth parsing.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let mechanisms: [&[&'static str]; 17] = [
        &environ::WORDS,
        &pydantic_settings::WORDS,
        &click::WORDS,
        &argparse::WORDS,
        &traitlets::WORDS,
        &django_settings::WORDS,
        &flask_config::WORDS,
        &typer::WORDS,
        &django_environ::WORDS,
        &environs::WORDS,
        &decouple::WORDS,
        &starlette::WORDS,
        &tornado_options::WORDS,
        &dj_database_url::WORDS,
        &dotenv_files::WORDS,
        &celery_config::WORDS,
        &journal_mode::WORDS,
    ];
    mechanisms.into_iter().flatten().copied().chain(library_calls::words())
}

/// Shows every part of a file to every mechanism.
pub(super) fn read<'s>(program: &Program<'s>, file: FileId, found: &mut Found<'s>) {
    casts::visit_module(program, file, found);
    program.walk(file, &mut |node, frame| {
        casts::visit(&node, found);
        library_calls::bind(&node, frame, found);
        library_calls::assign(program, &node, frame, found);
        prefixes::visit(program, &node, frame, found);
        environ::visit(program, &node, frame, found);
        pydantic_settings::visit(program, &node, found);
        click::visit(program, &node, frame, found);
        argparse::visit(program, &node, frame, found);
        traitlets::visit(program, &node, found);
        flask_config::visit(program, &node, frame, found);
        typer::visit(program, &node, frame, found);
        dotenv_files::visit_node(program, &node, frame, found);
        journal_mode::visit(program, &node, frame, found);
        if let Some(called) = Called::of(program, &node, frame) {
            django_environ::visit(program, &called, frame, found);
            environs::visit(program, &called, frame, found);
            decouple::visit(program, &called, frame, found);
            starlette::visit(program, &called, frame, found);
            tornado_options::visit(program, &called, frame, found);
            dj_database_url::visit(program, &called, frame, found);
            dotenv_files::visit(program, &called, frame, found);
            celery_config::visit(program, &called, frame, found);
            library_calls::visit(program, &called, frame, found);
        }
    });
}

/// What can be read only when all files are known.
pub(super) fn read_whole(program: &Program<'_>, files: &[FileId], code: &mut Code) {
    django_settings::read(program, files, code);
    celery_config::read(program, files, code);
}
