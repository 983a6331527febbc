//! What the command says: answers to stdout, everything for the person in front of it to stderr.
//!
//! A closed pipe (`tidegate render | head`) is no error: what could not be written is dropped.

use std::fmt::Display;
use std::io::{self, Write as _};

/// A line of the answer.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// The answer, which brings its own line ends.
pub(crate) fn text(text: impl Display) {
    let _ = write!(io::stdout().lock(), "{text}");
}

/// A line for the person, not for a program.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
