//! Headers of a request or a response.

use std::fmt;
use std::ops::Range;

/// Headers in order, names in lower case, values as bytes: a client may send what is not UTF-8.
///
/// All names and values stand in one allocation, and those that come from the host are not copied
/// out of the buffer that it gave.
#[derive(Clone, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    entries: Vec<(Range<usize>, Range<usize>)>,
}

impl Headers {
    /// No headers, with room for some.
    pub fn with_capacity(entries: usize, bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            entries: Vec::with_capacity(entries),
        }
    }

    /// Reads the host's encoding of a header map (proxy-wasm ABI 0.2.1, "header map
    /// serialization"): a count, all lengths, then names and values, each ended by a zero byte;
    /// integers are little-endian `u32`. `None` where the bytes are cut short.
    pub fn from_host(bytes: Vec<u8>) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let count = read_u32(&bytes, 0)?;
        let mut position = count.checked_mul(8)?.checked_add(4)?;
        let mut entries = Vec::with_capacity(count.min(bytes.len() / 8));
        for index in 0..count {
            let lengths = 4 + index * 8;
            let name = span(&mut position, read_u32(&bytes, lengths)?)?;
            let value = span(&mut position, read_u32(&bytes, lengths + 4)?)?;
            bytes.get(value.clone())?;
            entries.push((name, value));
        }
        Some(Self { bytes, entries })
    }

    /// Writes the host's encoding.
    pub fn to_host(&self) -> Vec<u8> {
        let text: usize = self
            .entries
            .iter()
            .map(|(n, v)| n.len() + v.len() + 2)
            .sum();
        let mut out = Vec::with_capacity(4 + self.entries.len() * 8 + text);
        out.extend_from_slice(&length(self.entries.len()));
        for (name, value) in &self.entries {
            out.extend_from_slice(&length(name.len()));
            out.extend_from_slice(&length(value.len()));
        }
        for (name, value) in self.iter() {
            out.extend_from_slice(name);
            out.push(0);
            out.extend_from_slice(value);
            out.push(0);
        }
        out
    }

    /// Appends a header.
    pub fn push(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = self.append(name.as_ref());
        let value = self.append(value.as_ref());
        self.entries.push((name, value));
    }

    /// The first value of a header, given its name in lower case.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(n, _)| *n == name.as_bytes())
            .map(|(_, value)| value)
    }

    /// The same as text; `None` also where it is not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.first(name)?).ok()
    }

    /// All headers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries
            .iter()
            .map(|(name, value)| (self.slice(name), self.slice(value)))
    }

    /// Number of headers.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn append(&mut self, text: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        start..self.bytes.len()
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

/// Names only: values may be credentials.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| String::from_utf8_lossy(name)))
            .finish()
    }
}

fn read_u32(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

fn span(position: &mut usize, length: usize) -> Option<Range<usize>> {
    let start = *position;
    let end = start.checked_add(length)?;
    *position = end.checked_add(1)?;
    Some(start..end)
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_encoding_survives_a_round_trip() {
        let mut headers = Headers::default();
        headers.push(":path", "/v1/chat/completions");
        headers.push("x-binary", [0xff, 0xfe]);
        let read = Headers::from_host(headers.to_host()).unwrap();
        assert_eq!(read.text(":path"), Some("/v1/chat/completions"));
        assert_eq!(read.first("x-binary"), Some(&[0xff, 0xfe][..]));
        assert_eq!(read.text("x-binary"), None);
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn a_cut_encoding_is_refused_at_every_length() {
        let mut headers = Headers::default();
        headers.push("a", "1");
        headers.push("b", "22");
        let whole = headers.to_host();
        for end in 1..whole.len() - 1 {
            assert!(Headers::from_host(whole[..end].to_vec()).is_none(), "{end}");
        }
    }

    #[test]
    fn debug_output_holds_no_values() {
        let mut headers = Headers::default();
        headers.push("authorization", "Bearer secret");
        assert!(!format!("{headers:?}").contains("secret"));
    }
}
