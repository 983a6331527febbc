//! Lines of JSON (`application/x-ndjson`), from bytes to frames: one line, one message.
//!
//! A line ends with LF; white space around its JSON (the CR of a CRLF, too) is no part of it, one
//! byte order mark at the start of the stream is skipped, and so are blank lines. Whether a line is
//! JSON at all is for its reader to find out.
//!
//! What it holds: a line that is whole in a chunk is borrowed from the chunk. Only one that spans
//! chunks is copied, up to a limit, beyond which the stream fails. A last line without its end is
//! reported when the stream is over.

use memchr::memchr;

use super::{DEFAULT_LIMIT, Unreadable};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Buffers larger than this are given back after the line that needed them.
const KEPT_CAPACITY: usize = 16 * 1024;

/// Cuts a stream of bytes into lines.
#[derive(Debug)]
pub struct Framer {
    limit: usize,
    /// The start of a line whose end has not come yet.
    pending: Vec<u8>,
    /// The first line has not ended yet, so that a byte order mark may come.
    at_start: bool,
    too_large: bool,
}

impl Default for Framer {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl Framer {
    /// A framer whose lines may have this many bytes, line ends apart.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            pending: Vec::new(),
            at_start: true,
            too_large: false,
        }
    }

    /// Takes the next bytes and reports each line that they complete.
    ///
    /// # Errors
    /// [`Unreadable`] where a line exceeds the limit, now and at every later call. The lines before
    /// it have been reported.
    pub fn push(&mut self, chunk: &[u8], mut report: impl FnMut(&[u8])) -> Result<(), Unreadable> {
        let mut rest = chunk;
        loop {
            let end = memchr(b'\n', rest);
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            self.check_size(part.len())?;
            let Some(end) = end else {
                self.pending.extend_from_slice(part);
                return Ok(());
            };
            self.line(part, &mut report);
            rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
        }
    }

    /// The stream is over: reports the line that only lacks its end, or was cut.
    pub fn finish(&mut self, mut report: impl FnMut(&[u8])) {
        if !self.too_large {
            self.line(&[], &mut report);
        }
    }

    /// Reports the line that ends with these bytes.
    fn line(&mut self, end: &[u8], report: &mut impl FnMut(&[u8])) {
        let at_start = std::mem::replace(&mut self.at_start, false);
        let mut tell = |line: &[u8]| {
            let unmarked = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| at_start);
            let json = unmarked.unwrap_or(line).trim_ascii();
            if !json.is_empty() {
                report(json);
            }
        };
        if self.pending.is_empty() {
            return tell(end);
        }
        self.pending.extend_from_slice(end);
        tell(&self.pending);
        self.pending.clear();
        self.pending.shrink_to(KEPT_CAPACITY);
    }

    fn check_size(&mut self, more: usize) -> Result<(), Unreadable> {
        self.too_large |= self.pending.len().saturating_add(more) > self.limit;
        if self.too_large {
            self.pending = Vec::new();
            return Err(Unreadable::TooLarge(self.limit));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines<'a>(
        limit: usize,
        chunks: impl IntoIterator<Item = &'a [u8]>,
    ) -> (Vec<String>, Result<(), Unreadable>) {
        let mut framer = Framer::with_limit(limit);
        let mut seen = Vec::new();
        let mut report = |line: &[u8]| seen.push(String::from_utf8_lossy(line).into_owned());
        let mut read = Ok(());
        for chunk in chunks {
            read = framer.push(chunk, &mut report);
        }
        framer.finish(&mut report);
        (seen, read)
    }

    fn whole(stream: &[u8]) -> Vec<String> {
        lines(1000, [stream]).0
    }

    #[test]
    fn each_line_is_a_frame_whatever_its_end() {
        assert_eq!(
            whole(b"{\"a\":1}\n{\"b\":2}\r\n"),
            [r#"{"a":1}"#, r#"{"b":2}"#]
        );
        assert_eq!(whole(b"\n \r\n\t{}\n\n"), ["{}"]);
    }

    #[test]
    fn one_byte_order_mark_is_skipped_at_the_start_only() {
        assert_eq!(whole(b"\xef\xbb\xbf{}\n"), ["{}"]);
        assert_eq!(whole(b"{}\n\xef\xbb\xbf{}\n"), ["{}", "\u{feff}{}"]);
    }

    #[test]
    fn a_last_line_without_its_end_is_reported_at_the_end() {
        assert_eq!(whole(b"{\"a\":1}\n{\"b\""), [r#"{"a":1}"#, "{\"b\""]);
    }

    #[test]
    fn a_line_beyond_the_limit_ends_the_stream() {
        let (seen, read) = lines(4, [&b"{}\n12"[..], b"345", b"6\n{}\n"]);
        assert_eq!(seen, ["{}"]);
        assert_eq!(read, Err(Unreadable::TooLarge(4)));
        assert_eq!(lines(4, [&b"1234\n"[..]]).1, Ok(()));
    }

    #[test]
    fn a_large_buffer_is_given_back() {
        let mut framer = Framer::default();
        framer.push(&[b'x'; 100_000], |_| {}).unwrap();
        framer.push(b"\n", |_| {}).unwrap();
        assert!(framer.pending.capacity() <= KEPT_CAPACITY);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_lines(
            stream in "[a\u{e9}\u{feff} \r\n]{0,40}",
            size in 1..9_usize,
            limit in 0..12_usize,
        ) {
            let stream = stream.as_bytes();
            let cut = lines(limit, stream.chunks(size));
            prop_assert_eq!(cut, lines(limit, [stream]));
        }
    }
}
