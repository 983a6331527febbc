//! Writing JSON.

use serde::Serialize;

/// Appends a value. Writing to memory cannot fail, nor can a value of ours be refused: its map keys
/// are strings.
pub(super) fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok(), "{written:?}");
}
