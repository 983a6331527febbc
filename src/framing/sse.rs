//! Server-sent events, from bytes to frames.
//!
//! It follows the [WHATWG parsing rules] on bytes: lines end with LF, CR or CRLF, one byte order
//! mark is skipped at the start, one space after the colon belongs to the field. It departs from
//! them in two places: an event that the end of the stream cuts short of its blank line is still
//! reported (Google's own client does so too), and comments are reported, because a comment is how
//! an upstream says that it is alive.
//!
//! What it holds: a whole event in a chunk is borrowed from the chunk. Only an event that spans
//! chunks is copied, up to a limit, beyond which the stream fails with [`FrameTooLarge`]. Each byte
//! is looked at a constant number of times, however small the chunks are.
//!
//! [WHATWG parsing rules]: https://html.spec.whatwg.org/multipage/server-sent-events.html

mod lines;

use std::fmt;

use super::{DEFAULT_LIMIT, Frame};
use lines::{Progress, first_line_end};

/// Buffers larger than this are given back after the event that needed them.
const KEPT_CAPACITY: usize = 16 * 1024;

/// A piece of the stream that means something on its own.
///
/// The `raw` bytes of all items, one after the other, are the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// The bytes that the item took, with its line ends.
    pub raw: &'a [u8],
    /// What they say.
    pub content: Content<'a>,
}

/// What an [`Item`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// An event.
    Event(Frame<'a>),
    /// A comment: nothing but a sign of life.
    Comment,
    /// Blank lines, or fields without data: nothing.
    Empty,
    /// The LF of a CRLF whose CR ended the item before and the chunk before; it shares that item's
    /// fate.
    LineFeed,
}

/// An event exceeds the framer's limit. The stream cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameTooLarge {
    /// The limit in bytes.
    pub limit: usize,
}

impl fmt::Display for FrameTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event of the stream exceeds {} bytes", self.limit)
    }
}

impl std::error::Error for FrameTooLarge {}

/// Cuts a stream of bytes into [`Item`]s.
#[derive(Debug)]
pub struct Framer {
    limit: usize,
    /// The start of an item whose end has not come yet.
    pending: Vec<u8>,
    progress: Progress,
    /// Room to join the data lines of an event.
    joined: Vec<u8>,
    /// The chunk before ended with a CR: an LF now belongs to it.
    after_cr: bool,
    /// Nothing has been reported yet, so that a byte order mark may come.
    at_start: bool,
    too_large: bool,
}

impl Default for Framer {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl Framer {
    /// A framer whose events may have this many bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            pending: Vec::new(),
            progress: Progress::default(),
            joined: Vec::new(),
            after_cr: false,
            at_start: true,
            too_large: false,
        }
    }

    /// Takes the next bytes and reports each item that they complete.
    ///
    /// # Errors
    /// [`FrameTooLarge`] where an event exceeds the limit, now and at every later call. The items
    /// before it have been reported.
    pub fn push(
        &mut self,
        chunk: &[u8],
        mut report: impl FnMut(Item<'_>),
    ) -> Result<(), FrameTooLarge> {
        self.check_size(0)?;
        let Some(last) = chunk.last() else {
            return Ok(());
        };
        let mut rest = self.take_line_feed(chunk, &mut report);
        self.after_cr = *last == b'\r';
        while !self.pending.is_empty() && !rest.is_empty() {
            rest = self.continue_pending(rest, &mut report)?;
        }
        while !rest.is_empty() {
            rest = self.take_from_chunk(rest, &mut report)?;
        }
        Ok(())
    }

    /// The stream is over: reports the event that lacks its blank line, if there is one.
    pub fn finish(&mut self, mut report: impl FnMut(Item<'_>)) {
        if !self.pending.is_empty() {
            self.report_pending(&mut report);
        }
    }

    /// Whether bytes of an incomplete item are held back.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Settles an LF whose CR came in the chunk before.
    fn take_line_feed<'c>(
        &mut self,
        chunk: &'c [u8],
        report: &mut impl FnMut(Item<'_>),
    ) -> &'c [u8] {
        let Some((raw, rest)) = chunk.split_at_checked(1) else {
            return chunk;
        };
        if !self.after_cr || raw != b"\n" {
            return chunk;
        }
        if self.pending.is_empty() {
            report(Item {
                raw,
                content: Content::LineFeed,
            });
        } else {
            self.pending.push(b'\n');
            self.progress = Progress::at_line_start(self.pending.len());
        }
        rest
    }

    /// Adds one line of the chunk to the pending item.
    fn continue_pending<'c>(
        &mut self,
        rest: &'c [u8],
        report: &mut impl FnMut(Item<'_>),
    ) -> Result<&'c [u8], FrameTooLarge> {
        let (line, rest) = rest
            .split_at_checked(first_line_end(rest).unwrap_or(rest.len()))
            .unwrap_or((rest, &[]));
        self.check_size(self.pending.len().saturating_add(line.len()))?;
        self.pending.extend_from_slice(line);
        if self
            .progress
            .item_end(&self.pending, self.at_start)
            .is_some()
        {
            self.report_pending(report);
        }
        Ok(rest)
    }

    /// Reports the item at the start of `rest`, or keeps it where its end is missing.
    fn take_from_chunk<'c>(
        &mut self,
        rest: &'c [u8],
        report: &mut impl FnMut(Item<'_>),
    ) -> Result<&'c [u8], FrameTooLarge> {
        let mut progress = Progress::default();
        let end = progress.item_end(rest, self.at_start);
        let (raw, after) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, &[]));
        self.check_size(raw.len())?;
        if end.is_some() {
            let content = lines::content(raw, self.at_start, &mut self.joined);
            report(Item { raw, content });
            self.at_start = false;
            give_back(&mut self.joined);
        } else {
            self.pending.extend_from_slice(raw);
            self.progress = progress;
        }
        Ok(after)
    }

    fn report_pending(&mut self, report: &mut impl FnMut(Item<'_>)) {
        let content = lines::content(&self.pending, self.at_start, &mut self.joined);
        report(Item {
            raw: &self.pending,
            content,
        });
        self.at_start = false;
        self.progress = Progress::default();
        self.pending.clear();
        give_back(&mut self.pending);
        give_back(&mut self.joined);
    }

    fn check_size(&mut self, size: usize) -> Result<(), FrameTooLarge> {
        if size > self.limit {
            self.too_large = true;
            self.pending = Vec::new();
        }
        if self.too_large {
            return Err(FrameTooLarge { limit: self.limit });
        }
        Ok(())
    }
}

fn give_back(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_CAPACITY {
        *buffer = Vec::new();
    }
}

#[cfg(test)]
mod tests;
