//! Reads Python source statically: which module a name comes from and which constant an expression folds to.
//!
//! It never imports or runs the code it reads, and never opens a file itself: [`Sources`] is given the paths and
//! a function that loads one. Modules are parsed when first asked for, and of those only the functions that are, so that
//! a large tree costs only what is looked at. What cannot be known is `None`, never a guess.

mod binding;
mod builtins;
mod calls;
mod classes;
mod equality;
mod fold;
mod frame;
mod imports;
mod lines;
mod links;
mod lookup;
mod loops;
mod marks;
mod memo;
mod methods;
mod module;
mod names;
mod nesting;
mod object;
mod operators;
mod origin;
mod outline;
mod paths;
mod pointer;
mod program;
mod scope;
mod size;
mod source;
mod targets;
mod texts;
mod walk;
mod writing;
mod written;

pub use binding::{Binding, Bound};
pub use classes::{ClassRef, MOST_BASES};
pub use frame::Frame;
pub use marks::Marks;
pub use module::Module;
pub use object::{FunctionRef, Instance, Member, Object};
pub use pointer::{NoPointer, Pointed, Pointer};
pub use program::Program;
pub use scope::{Scope, ScopeKind};
pub use source::{FileId, Sources, Unreadable};
pub use walk::Node;

/// The syntax tree, for those who look at it: the parser's version is pinned in this crate alone.
pub mod ast {
    pub use ruff_python_ast::*;
    pub use ruff_text_size::{Ranged, TextRange, TextSize};
}
