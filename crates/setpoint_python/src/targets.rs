//! What an assignment assigns to.

use ruff_python_ast::Expr;

/// The name whose object `x["a"] = …` changes.
pub(crate) fn changed(target: &Expr) -> Option<&str> {
    target.as_subscript_expr()?.value.as_name_expr().map(|name| name.id.as_str())
}

/// The targets up to the one that takes the rest, whose items can be counted from the front, and the others.
pub(crate) fn before_star(target: &Expr) -> (&[Expr], &[Expr]) {
    let elements = elements(target);
    elements.split_at(elements.iter().position(Expr::is_starred_expr).unwrap_or(elements.len()))
}

pub(crate) fn elements(expression: &Expr) -> &[Expr] {
    match expression {
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::List(list) => &list.elts,
        _ => &[],
    }
}
