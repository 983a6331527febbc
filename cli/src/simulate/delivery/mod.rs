//! How an answer leaves: pace, chunks, and the ways in which it can fail to arrive.
//!
//! [`plan()`] turns the frames of an answer and a script's step into a list of
//! [`Piece`]s; [`Body`] walks the list. Every piece of bytes is flushed before the
//! next is looked at, so that what is one piece here is usually one read there.

mod body;
pub(crate) mod gzip;
mod plan;

use std::time::Duration;

use bytes::Bytes;

use super::wire::Ending;

pub(crate) use body::{Body, Severed};
pub(crate) use plan::plan;

/// A part of a body, or what happens between two of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Bytes { bytes: Bytes, ends_event: bool },
    Pause(Duration),
    Hang,
    Cut(Ending),
}
