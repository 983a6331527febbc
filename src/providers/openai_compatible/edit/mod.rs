//! Editing JSON by places, so that all bytes between them stay as they are.

mod members;
mod parts;
mod splice;
mod top;

pub(super) use members::{Fate, Member, splices};
pub(super) use parts::edited_parts;
pub(super) use splice::{Splice, apply, apply_sorted};
pub(super) use top::{with_inner, with_value};
