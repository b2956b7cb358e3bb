//! Texts that set SQLite's journal mode: `PRAGMA journal_mode = WAL`, alone or in an f-string, wherever it is executed.

use super::Found;
use super::words::Word;
use setpoint_python::ast::{Expr, Ranged};
use setpoint_python::{Frame, Node, Program};

pub(super) const WORDS: [Word<'static>; 2] = [Word::Anywhere("journal_mode"), Word::Anywhere("JOURNAL_MODE")];

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Node::Expression(expression @ (Expr::StringLiteral(_) | Expr::FString(_))) = node else { return };
    let Some(module) = program.module(frame.file()) else { return };
    if module.text(expression.range()).to_ascii_lowercase().contains("journal_mode") {
        found.journal_modes.push(module.place(expression.range()));
    }
}
