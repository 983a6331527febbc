//! Finds the end of HTTP/1.1 messages, and counts the chunks of a body.
//!
//! Only as much of HTTP as Envoy writes: it ends lines with CRLF, sends no trailers, and its
//! messages are read whole, one after the other.

use memchr::memmem;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// A message that is being received.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    /// Chunks that are complete, the empty last one not among them.
    pub(crate) chunks: usize,
    place: Place,
}

#[derive(Debug, Default, Clone, Copy)]
enum Place {
    #[default]
    Head,
    /// The body goes on to this position.
    Body {
        end: usize,
    },
    /// The next chunk's size is at this position.
    Chunk {
        start: usize,
    },
    Complete,
}

impl Message {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.chunks = 0;
        self.place = Place::Head;
    }

    /// Looks at what has arrived since; whether the message is complete.
    pub(crate) fn is_complete(&mut self) -> bool {
        while let Some(next) = self.step() {
            self.place = next;
        }
        matches!(self.place, Place::Complete)
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.bytes.starts_with(b"HTTP/1.1 200 ")
    }

    fn step(&mut self) -> Option<Place> {
        match self.place {
            Place::Head => self.after_head(),
            Place::Body { end } => (self.bytes.len() >= end).then_some(Place::Complete),
            Place::Chunk { start } => self.after_chunk(start),
            Place::Complete => None,
        }
    }

    fn after_head(&self) -> Option<Place> {
        let end = memmem::find(&self.bytes, HEAD_END)? + HEAD_END.len();
        let head = self.bytes.get(..end)?.to_ascii_lowercase();
        if memmem::find(&head, b"transfer-encoding: chunked").is_some() {
            return Some(Place::Chunk { start: end });
        }
        let length = content_length(&head).unwrap_or(0);
        Some(Place::Body { end: end + length })
    }

    fn after_chunk(&mut self, start: usize) -> Option<Place> {
        let rest = self.bytes.get(start..)?;
        let line = memmem::find(rest, b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(rest.get(..line)?).ok()?, 16).ok()?;
        let end = start + line + 2 + size + 2;
        if self.bytes.len() < end {
            return None;
        }
        if size == 0 {
            return Some(Place::Complete);
        }
        self.chunks += 1;
        Some(Place::Chunk { start: end })
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"\r\ncontent-length:";
    let rest = head.get(memmem::find(head, NAME)? + NAME.len()..)?;
    let value = rest.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a message byte by byte, and says after how many it was complete.
    fn complete_after(text: &str) -> (usize, Message) {
        let mut message = Message::default();
        for (index, byte) in text.bytes().enumerate() {
            message.bytes.push(byte);
            if message.is_complete() {
                return (index + 1, message);
            }
        }
        panic!("never complete: {text}");
    }

    #[test]
    fn a_body_with_a_length_ends_after_it() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let (end, message) = complete_after(text);
        assert_eq!(
            (end, message.chunks, message.is_ok()),
            (text.len(), 0, true)
        );
    }

    #[test]
    fn a_message_without_a_body_ends_with_its_head() {
        let text = "GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n";
        assert_eq!(complete_after(text).0, text.len());
    }

    #[test]
    fn chunks_are_counted_without_the_empty_last_one() {
        let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123\r\n\r\n89\r\n0\r\n\r\n";
        let (end, message) = complete_after(text);
        assert_eq!((end, message.chunks), (text.len(), 2));
    }

    #[test]
    fn a_cleared_message_starts_anew() {
        let (_, mut message) = complete_after("HTTP/1.1 503 Bad\r\ncontent-length: 0\r\n\r\n");
        assert!(!message.is_ok());
        message.clear();
        assert!(!message.is_complete() && message.chunks == 0);
    }
}
