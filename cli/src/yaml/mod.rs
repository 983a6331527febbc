//! YAML as a tree in which every node knows its line and column.
//!
//! Scalars stay text: what `yes`, `1e3` or `2m` means is for the reader of a field to say, who
//! knows what it wants, so no value changes its type on the way in. Duplicate keys, tags, merge
//! keys and a second document are errors; the size of a file, its depth and what its aliases
//! expand to are bounded.

mod load;
mod overlay;

pub(crate) use load::load;

/// A place in the file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing: an empty value, `null` or `~`.
    Null,
    /// Text; `plain` where it stands without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file; no key occurs twice.
    Map(Vec<(Key, Node)>),
}

/// A mapping's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) at: Position,
}
