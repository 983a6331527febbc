//! Tables that say what a vendor accepts, and the walk that finds what is wrong.
//!
//! A dialect writes its fields down as constants ([`Shape`], [`Field`]); [`check()`]
//! walks a JSON value along them and returns the first [`Violation`]: where it is
//! and what is wrong with it, without words. The words are the vendor's and live in
//! the dialect's `error.rs`, so that one table cannot make two vendors sound alike.
//!
//! The walk is depth first in the order of the document, unknown fields of an object
//! before missing ones, and stops at the first violation, as the vendors do.

mod check;

use serde_json::Value;

pub(crate) use check::check;

/// What a value must look like.
#[derive(Debug)]
pub(crate) enum Shape {
    Any,
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    Number {
        min: f64,
        max: f64,
    },
    Text {
        min: usize,
        max: usize,
    },
    /// A text of the given characters, `pattern` being the vendor's way to say so.
    Name {
        pattern: &'static str,
        max: usize,
        allows: fn(char) -> bool,
    },
    OneOf(&'static [&'static str]),
    List {
        of: &'static Shape,
        min: usize,
        max: usize,
    },
    /// An object with free keys.
    Map {
        of: &'static Shape,
        max: usize,
    },
    /// An object with these fields and no other.
    Object(&'static [Field]),
    /// An object with these fields and any other.
    Open(&'static [Field]),
    /// An object whose fields depend on one of them.
    Tagged {
        tag: &'static str,
        /// The case of an object without the tag.
        default: Option<&'static str>,
        cases: Cases,
    },
    /// The first shape of the value's JSON type.
    Either(&'static [Shape]),
    Nullable(&'static Shape),
}

/// The fields of an object by the value of its tag.
pub(crate) type Cases = &'static [(&'static str, &'static [Field])];

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
}

pub(crate) const fn required(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        required: true,
    }
}

pub(crate) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        required: false,
    }
}

pub(crate) const TEXT: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
};
pub(crate) const FREE_OBJECT: Shape = Shape::Map {
    of: &Shape::Any,
    max: usize::MAX,
};

/// No limit.
pub(crate) const MANY: usize = usize::MAX;

pub(crate) const fn integer(min: i64, max: i64) -> Shape {
    Shape::Integer { min, max }
}

pub(crate) const fn number(min: f64, max: f64) -> Shape {
    Shape::Number { min, max }
}

pub(crate) const fn text(min: usize, max: usize) -> Shape {
    Shape::Text { min, max }
}

pub(crate) const fn one_of(values: &'static [&'static str]) -> Shape {
    Shape::OneOf(values)
}

pub(crate) const fn list(of: &'static Shape) -> Shape {
    list_of(of, 0, MANY)
}

pub(crate) const fn list_of(of: &'static Shape, min: usize, max: usize) -> Shape {
    Shape::List { of, min, max }
}

pub(crate) const fn map(of: &'static Shape, max: usize) -> Shape {
    Shape::Map { of, max }
}

pub(crate) const fn object(fields: &'static [Field]) -> Shape {
    Shape::Object(fields)
}

/// By the field `type`.
pub(crate) const fn tagged(cases: Cases) -> Shape {
    Shape::Tagged {
        tag: "type",
        default: None,
        cases,
    }
}

pub(crate) const fn either(options: &'static [Shape]) -> Shape {
    Shape::Either(options)
}

pub(crate) const fn nullable(inner: &'static Shape) -> Shape {
    Shape::Nullable(inner)
}

/// One step from the document's root to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
    /// Not in the document: the case that a tag chose.
    Case(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    pub(crate) path: Vec<Step>,
    pub(crate) problem: Problem,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Problem {
    Missing,
    Unknown,
    WrongType {
        expected: Vec<Kind>,
        got: Kind,
    },
    NotOneOf {
        got: String,
        allowed: Vec<&'static str>,
    },
    UnknownCase {
        tag: &'static str,
        got: String,
        allowed: Vec<&'static str>,
    },
    MissingTag {
        tag: &'static str,
    },
    Below {
        min: String,
        got: String,
        kind: Kind,
    },
    Above {
        max: String,
        got: String,
        kind: Kind,
    },
    TooShort {
        min: usize,
        got: usize,
        kind: Kind,
    },
    TooLong {
        max: usize,
        got: usize,
        kind: Kind,
    },
    NoMatch {
        pattern: &'static str,
    },
}

/// JSON types as vendors tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Integer,
    Number,
    Text,
    List,
    ListOfObjects,
    Object,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

impl Shape {
    pub(super) fn fits(&self, value: &Value) -> bool {
        let got = Kind::of(value);
        self.kinds().iter().any(|kind| match kind {
            Kind::Number => matches!(got, Kind::Number | Kind::Integer),
            Kind::ListOfObjects => got == Kind::List,
            kind => *kind == got,
        })
    }

    /// The JSON types that this shape takes, for the error message.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Any => vec![],
            Self::Bool => vec![Kind::Bool],
            Self::Integer { .. } => vec![Kind::Integer],
            Self::Number { .. } => vec![Kind::Number],
            Self::Text { .. } | Self::Name { .. } | Self::OneOf(_) => vec![Kind::Text],
            Self::List {
                of: Self::Tagged { .. } | Self::Object(_),
                ..
            } => {
                vec![Kind::ListOfObjects]
            }
            Self::List { .. } => vec![Kind::List],
            Self::Map { .. } | Self::Object(_) | Self::Open(_) | Self::Tagged { .. } => {
                vec![Kind::Object]
            }
            Self::Either(options) => options.iter().flat_map(Self::kinds).collect(),
            Self::Nullable(inner) => inner.kinds(),
        }
    }
}
