use ruff_python_ast::{
    Expr, ExprCall, Operator, ParameterWithDefault, Stmt, StmtClassDef, StmtFunctionDef, StmtImportFrom,
};
use ruff_text_size::TextSize;

/// One place that binds a name.
#[derive(Clone, Debug)]
pub struct Binding<'s> {
    /// From where on it holds.
    pub at: TextSize,
    /// It stands in a branch, loop or handler, and may not be run.
    pub conditional: bool,
    /// It is run if and only if this test is true, or false: the one `if` that it stands in.
    pub(crate) when: Option<(&'s Expr, bool)>,
    /// What the name is bound to.
    pub bound: Bound<'s>,
}

/// What a name is bound to.
#[derive(Clone, Debug)]
pub enum Bound<'s> {
    /// `x = value`, `x: T = value`, `(x := value)`
    Value(&'s Expr),
    /// `a, (b, c) = value`: the item to take, from the outside in.
    Item(&'s Expr, Vec<usize>),
    /// `x += value`
    Augmented(Operator, &'s Expr),
    /// `x.append(1)`, `x["a"] = 1`, `del x[0]`: the object that the name is bound to is changed.
    Changed(&'s Stmt),
    /// `prepare(x)`: a function is given the object, and may change it.
    Given(&'s ExprCall),
    /// `import a.b as x`: the module's full name.
    Module(&'s str),
    /// `import a.b`: binds `a`.
    Package(&'s str),
    /// `from a import b as x`: the statement and `b`.
    From(&'s StmtImportFrom, &'s str),
    /// A function.
    Function(&'s StmtFunctionDef),
    /// A class.
    Class(&'s StmtClassDef),
    /// A parameter that takes one argument.
    Parameter(&'s ParameterWithDefault),
    /// The target of a loop or comprehension over an iterable.
    Each(&'s Expr, Vec<usize>),
    /// `with value as x`: what the context manager gives.
    Entered(&'s Expr),
    /// Something that is not followed: `with … as (x, y)`, `except … as x`, `*args`, `del x`.
    Opaque,
}

impl Bound<'_> {
    /// True for what does not bind the name anew but changes what it is bound to.
    pub(crate) fn needs_value(&self) -> bool {
        matches!(self, Bound::Augmented(..) | Bound::Changed(_) | Bound::Given(_))
    }

    /// True for a call that stands as a statement.
    pub(crate) fn is_of_call(&self) -> bool {
        matches!(self, Bound::Changed(Stmt::Expr(_)) | Bound::Given(_))
    }
}
