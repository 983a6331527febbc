//! Server-sent events.

/// One event of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Value of the `event:` field.
    pub event: Option<&'a [u8]>,
    /// All `data:` lines, joined with line feeds.
    pub data: &'a [u8],
}
