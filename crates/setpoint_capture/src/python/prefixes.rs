//! Prefixes that objects put before the names of variables in a part of a file: `with env.prefixed("SHOP_"):` of
//! environs, and `env.prefix = "SHOP_"` of django-environ.

use super::Found;
use setpoint_python::ast::{Expr, Ranged, Stmt, TextRange, TextSize};
use setpoint_python::{Frame, Node, Object, Program};

/// The prefixes of the file at hand; `None` for one that is known only when the code runs.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    blocks: Vec<(TextRange, Option<String>)>,
    assigned: Vec<(TextSize, Option<String>)>,
}

impl Prefixes {
    /// The prefix of the blocks around a place, the outermost first; `None` where it is not known.
    pub(super) fn around(&self, at: &impl Ranged) -> Option<String> {
        let around = self.blocks.iter().filter(|(block, _)| block.contains_range(at.range()));
        around.map(|(_, prefix)| prefix.as_deref()).collect()
    }

    /// The prefix that was assigned last before a place; `None` where it is not known.
    pub(super) fn assigned_before(&self, at: &impl Ranged) -> Option<String> {
        let before = self.assigned.iter().rev().find(|(end, _)| *end <= at.range().start());
        before.map_or_else(|| Some(String::new()), |(_, prefix)| prefix.clone())
    }
}

/// Notes the prefix that this statement sets, for the calls that are visited later.
pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let text =
        |expression: &'s Expr| program.fold(expression, frame).as_ref().and_then(Object::as_text).map(str::to_owned);
    match node {
        Node::Statement(Stmt::With(with)) => {
            for item in &with.items {
                let Expr::Call(call) = &item.context_expr else { continue };
                if matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == "prefixed") {
                    let prefix = call.arguments.find_argument_value("prefix", 0).and_then(text);
                    found.prefixes.blocks.push((with.range, prefix));
                }
            }
        }
        Node::Statement(Stmt::Assign(assign)) => {
            if let [Expr::Attribute(target)] = &*assign.targets
                && target.attr.as_str() == "prefix"
            {
                found.prefixes.assigned.push((assign.range.end(), text(&assign.value)));
            }
        }
        Node::Statement(_) | Node::Expression(_) | Node::Class(_) | Node::Function(_) | Node::Body(_) => {}
    }
}
