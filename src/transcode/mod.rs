//! From an upstream's streamed answer to the client's: framer, decoder and encoder in a row.

mod grammar;
mod one_shot;
mod stream;

pub use crate::chat::Fold;
pub use grammar::{Grammar, Violation};
pub use one_shot::one_shot;
pub use stream::Transcode;

#[cfg(test)]
mod tests;
