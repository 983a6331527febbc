//! Amazon's event stream (`application/vnd.amazon.eventstream`), from bytes to frames.
//!
//! ```text
//! message = total-length headers-length prelude-crc headers payload message-crc
//! ```
//!
//! Numbers are big-endian and have four bytes. `prelude-crc` is the CRC-32 of the eight bytes before
//! it, `message-crc` that of all bytes before it; both are checked, the first one before anything is
//! kept because of what the lengths say. The form is that of botocore 1.44.5
//! (`botocore/eventstream.py`, checked 2026-11-25).
//!
//! What it holds: a message that lies whole in a chunk is borrowed from the chunk. Only one that
//! spans chunks is copied, up to a limit. After a message that cannot be read nothing is reported
//! any more: where one length is wrong, the beginning of the next message is not known.

mod headers;

use super::{DEFAULT_LIMIT, Frame, Said, Unreadable};
use headers::Headers;

/// The two lengths and their checksum.
const PRELUDE: usize = 12;

/// What a message has beside headers and payload.
const OVERHEAD: usize = PRELUDE + CHECKSUM;

const CHECKSUM: usize = 4;

/// Buffers larger than this are given back after the message that needed them.
const KEPT_CAPACITY: usize = 16 * 1024;

/// Cuts a stream of bytes into messages.
#[derive(Debug)]
pub struct Framer {
    limit: usize,
    /// The start of a message whose end has not come yet.
    pending: Vec<u8>,
    /// How many bytes the pending message has, or its prelude where that is not complete.
    wanted: usize,
    failed: Option<Unreadable>,
}

impl Default for Framer {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl Framer {
    /// A framer whose messages may have this many bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            pending: Vec::new(),
            wanted: PRELUDE,
            failed: None,
        }
    }

    /// Takes the next bytes and reports each message that they complete.
    ///
    /// # Errors
    /// [`Unreadable`], now and at every later call. The messages before it have been reported.
    pub fn push(
        &mut self,
        chunk: &[u8],
        mut report: impl FnMut(Said<'_>),
    ) -> Result<(), Unreadable> {
        if let Some(unreadable) = self.failed {
            return Err(unreadable);
        }
        let pushed = self.take_all(chunk, &mut report);
        if let Err(unreadable) = pushed {
            self.failed = Some(unreadable);
            self.pending = Vec::new();
        }
        pushed
    }

    /// The stream is over.
    ///
    /// # Errors
    /// [`Unreadable`] where it ends inside of a message, or could not be read before.
    pub fn finish(&self) -> Result<(), Unreadable> {
        match self.failed {
            Some(unreadable) => Err(unreadable),
            None if self.pending.is_empty() => Ok(()),
            None => Err(Unreadable::CutOff),
        }
    }

    fn take_all(
        &mut self,
        chunk: &[u8],
        report: &mut impl FnMut(Said<'_>),
    ) -> Result<(), Unreadable> {
        let mut rest = chunk;
        while !rest.is_empty() {
            rest = if self.pending.is_empty() {
                self.take_from_chunk(rest, report)?
            } else {
                self.continue_pending(rest, report)?
            };
        }
        Ok(())
    }

    /// Reports the message at the start of `rest`, or keeps it where its end is missing.
    fn take_from_chunk<'c>(
        &mut self,
        rest: &'c [u8],
        report: &mut impl FnMut(Said<'_>),
    ) -> Result<&'c [u8], Unreadable> {
        self.wanted = match rest.split_at_checked(PRELUDE) {
            Some((prelude, _)) => self.total_length(prelude)?,
            None => PRELUDE,
        };
        match rest.split_at_checked(self.wanted) {
            Some((message, after)) => {
                report(read(message)?);
                Ok(after)
            }
            None => {
                self.pending.extend_from_slice(rest);
                Ok(&[])
            }
        }
    }

    /// Adds what is wanted from the chunk to the pending message: first its prelude, then its rest.
    fn continue_pending<'c>(
        &mut self,
        rest: &'c [u8],
        report: &mut impl FnMut(Said<'_>),
    ) -> Result<&'c [u8], Unreadable> {
        let missing = self.wanted.saturating_sub(self.pending.len());
        let (more, after) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
        self.pending.extend_from_slice(more);
        if self.pending.len() < self.wanted {
            return Ok(after);
        }
        if self.wanted == PRELUDE {
            self.wanted = self.total_length(&self.pending)?;
            return Ok(after);
        }
        report(read(&self.pending)?);
        self.pending.clear();
        if self.pending.capacity() > KEPT_CAPACITY {
            self.pending = Vec::new();
        }
        Ok(after)
    }

    /// The length of the message that begins with this prelude.
    fn total_length(&self, prelude: &[u8]) -> Result<usize, Unreadable> {
        let (lengths, checksum) = split_checksum(prelude).ok_or(Unreadable::Corrupt)?;
        if crc32fast::hash(lengths) != checksum {
            return Err(Unreadable::Corrupt);
        }
        let total = number(lengths).ok_or(Unreadable::Corrupt)?;
        if total < OVERHEAD {
            return Err(Unreadable::Corrupt);
        }
        if total > self.limit {
            return Err(Unreadable::TooLarge(self.limit));
        }
        Ok(total)
    }
}

/// What a whole message says; its prelude has been checked.
fn read(message: &[u8]) -> Result<Said<'_>, Unreadable> {
    let parts = || {
        let (summed, checksum) = split_checksum(message)?;
        let headers_length = number(summed.get(4..)?)?;
        let (headers, payload) = summed.get(PRELUDE..)?.split_at_checked(headers_length)?;
        (crc32fast::hash(summed) == checksum).then_some((headers, payload))
    };
    let (headers, payload) = parts().ok_or(Unreadable::Corrupt)?;
    let headers = Headers::read(headers).ok_or(Unreadable::Corrupt)?;
    Ok(said(&headers, payload))
}

fn said<'a>(headers: &Headers<'a>, payload: &'a [u8]) -> Said<'a> {
    let frame = |event: Option<&'a [u8]>, data| Frame {
        event: event.filter(|event| !event.is_empty()),
        data,
    };
    match headers.message_type {
        Some(b"exception") => Said::Failure(frame(headers.exception_type, payload)),
        Some(b"error") => {
            let words = headers.error_message.unwrap_or(payload);
            Said::Failure(frame(headers.error_code, words))
        }
        _ => Said::Frame(frame(headers.event_type, payload)),
    }
}

/// Bytes and the checksum that stands behind them.
fn split_checksum(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let (bytes, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
    Some((bytes, u32::from_be_bytes(*checksum)))
}

/// The number at the start of `bytes`.
fn number(bytes: &[u8]) -> Option<usize> {
    let number = u32::from_be_bytes(*bytes.first_chunk()?);
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests;
