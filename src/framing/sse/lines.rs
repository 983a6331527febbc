//! Lines and fields: where an item ends, and what it says.

use memchr::{memchr, memchr2};

use super::Content;
use crate::framing::Frame;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How far the search for the end of an item has come, so that no byte is searched twice.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    line_start: usize,
    searched: usize,
}

impl Progress {
    /// Everything up to here is whole lines.
    pub(super) fn at_line_start(position: usize) -> Self {
        Self {
            line_start: position,
            searched: position,
        }
    }

    /// Where the item at the start of `bytes` ends, if its end is there.
    ///
    /// An item ends with its blank line; a comment before any field is an item of its own, so that
    /// a sign of life need not wait for an event.
    pub(super) fn item_end(&mut self, bytes: &[u8], at_start: bool) -> Option<usize> {
        loop {
            let unsearched = bytes.get(self.searched..)?;
            let Some(found) = first_line_end(unsearched) else {
                self.searched = bytes.len();
                return None;
            };
            let end = self.searched.saturating_add(found);
            let line = bytes.get(self.line_start..end)?;
            let is_first = self.line_start == 0;
            let line = without_mark(line, at_start && is_first);
            if line_is_blank(line) || (is_first && line.first() == Some(&b':')) {
                return Some(end);
            }
            *self = Self::at_line_start(end);
        }
    }
}

/// One past the line end of the first line.
pub(super) fn first_line_end(bytes: &[u8]) -> Option<usize> {
    let position = memchr2(b'\n', b'\r', bytes)?;
    let next = position.saturating_add(1);
    let is_pair = bytes.get(position..)?.starts_with(b"\r\n");
    Some(next.saturating_add(usize::from(is_pair)))
}

/// What the bytes of an item say. `joined` is used where an event has several data lines.
pub(super) fn content<'a>(raw: &'a [u8], at_start: bool, joined: &'a mut Vec<u8>) -> Content<'a> {
    let mut event = None;
    let mut data = Data::None;
    let mut comment = false;
    joined.clear();
    let mut rest = without_mark(raw, at_start);
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        match field(line) {
            (b"data", value) => data = data.with(value, joined),
            (b"event", value) => event = Some(value).filter(|value| !value.is_empty()),
            (b"", _) => comment |= !line.is_empty(),
            _ => {}
        }
    }
    let data = match data {
        Data::None if comment => return Content::Comment,
        Data::None => return Content::Empty,
        Data::Borrowed(data) => data,
        Data::Joined => joined,
    };
    Content::Event(Frame { event, data })
}

enum Data<'a> {
    None,
    Borrowed(&'a [u8]),
    Joined,
}

impl<'a> Data<'a> {
    fn with(self, value: &'a [u8], joined: &mut Vec<u8>) -> Self {
        match self {
            Self::None => return Self::Borrowed(value),
            Self::Borrowed(first) => joined.extend_from_slice(first),
            Self::Joined => {}
        }
        joined.push(b'\n');
        joined.extend_from_slice(value);
        Self::Joined
    }
}

/// The first line without its line end, and what follows; at the end of the stream the line end
/// may be missing.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = first_line_end(bytes).unwrap_or(bytes.len());
    let (line, after) = bytes.split_at_checked(end)?;
    Some((without_line_end(line), after))
}

/// Name and value of a field; a comment's name is empty.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some((name, value)) = memchr(b':', line).and_then(|at| line.split_at_checked(at)) else {
        return (line, &[]);
    };
    let value = value.strip_prefix(b":").unwrap_or(value);
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

fn without_mark(line: &[u8], at_start: bool) -> &[u8] {
    if at_start {
        line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
    } else {
        line
    }
}

fn line_is_blank(line: &[u8]) -> bool {
    without_line_end(line).is_empty()
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
