use std::fmt;
use std::ops::Deref;

/// How much of a client's own name appears in a path.
const NAME_LENGTH: usize = 64;

/// What is wrong with a JSON text, and where.
///
/// In a box, because every value that is read has room for a fault beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(Box<Details>);

/// What a [`Fault`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// What is wrong.
    pub kind: FaultKind,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// Path of the value at fault, such as `messages[2].content`; empty for the whole.
    pub path: String,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// It is no JSON; says what is the matter.
    Syntax(&'static str),
    /// The value has the wrong type.
    Type {
        /// What it should be, such as `a string`.
        expected: &'static str,
        /// What it is.
        found: Kind,
    },
    /// The value is not there.
    Missing,
    /// The value is there twice.
    Duplicate,
    /// The value is none of those that are possible.
    Value {
        /// What it is.
        found: String,
        /// What it could be.
        supported: &'static [&'static str],
    },
    /// The value cannot be used.
    Invalid {
        /// Machine-readable reason.
        code: &'static str,
        /// The reason in words.
        reason: String,
    },
}

/// Type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number without fraction and exponent.
    Integer,
    /// Any other number.
    Decimal,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Decimal => "a decimal number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

impl Deref for Fault {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl Fault {
    /// A fault of the value that starts here.
    #[cold]
    pub fn new(kind: FaultKind, offset: usize) -> Self {
        Self(Box::new(Details {
            kind,
            offset,
            path: String::new(),
        }))
    }

    /// The same fault, seen from the object that holds the value as `name`.
    #[must_use]
    #[cold]
    pub fn in_member(mut self, name: &str) -> Self {
        let name: String = name.chars().take(NAME_LENGTH).collect();
        let joint = match self.path.chars().next() {
            None | Some('[') => "",
            Some(_) => ".",
        };
        self.0.path = format!("{name}{joint}{}", self.path);
        self
    }

    /// The same fault, seen from the array that holds the value at `index`.
    #[must_use]
    #[cold]
    pub fn in_element(self, index: usize) -> Self {
        self.in_member(&format!("[{index}]"))
    }

    /// Line and column of the fault in `text`, counted from 1, the column in bytes.
    pub fn position(&self, text: &[u8]) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at.saturating_add(1));
        let line = memchr::memchr_iter(b'\n', before).count();
        let column = before.len().saturating_sub(line_start);
        (line.saturating_add(1), column.saturating_add(1))
    }
}
