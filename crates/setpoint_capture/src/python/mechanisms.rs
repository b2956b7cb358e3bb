//! The list of mechanisms: what each looks for, and what it is shown.

use super::{Code, Found, casts, environ, pydantic_settings};
use setpoint_python::{FileId, Program};

/// Words of which a file must hold one to be worth parsing.
pub(super) const WORDS: [&str; 3] = ["environ", "getenv", "BaseSettings"];

/// Shows every part of a file to every mechanism.
pub(super) fn read<'s>(program: &Program<'s>, file: FileId, found: &mut Found<'s>) {
    program.walk(file, &mut |node, frame| {
        casts::visit(&node, found);
        environ::visit(program, &node, frame, found);
        pydantic_settings::visit(program, &node, found);
    });
}

/// What can be read only when all files are known.
pub(super) fn read_whole(_program: &Program<'_>, _files: &[FileId], _code: &mut Code) {}
