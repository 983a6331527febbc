//! From bytes of a part to characters of the text.
//!
//! Sources point at spans of a part in bytes; clients count characters of the whole text. In a
//! stream the parts of one text come one after the other and spans count from the beginning of all
//! of them; in a whole answer there may be several texts, and a span tells which one it means.
//!
//! While a text is ASCII bytes and characters are the same and nothing is kept. From the first
//! other character on the text is kept, up to a limit; spans behind that end where it does.

/// Most bytes that are kept of a text.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// Most parts of a chunk whose beginnings are kept.
const MAX_PARTS: usize = 1024;

/// Where the characters of a text are.
#[derive(Default)]
pub(super) struct Offsets {
    /// Bytes so far.
    bytes: usize,
    /// How many of them came before the first that is not ASCII.
    ascii: usize,
    /// What came from there on.
    rest: String,
    /// Where the parts of the first chunk begin, in bytes.
    parts: Vec<usize>,
    chunks: u32,
}

impl Offsets {
    /// The next part begins.
    pub(super) fn begin_part(&mut self) {
        if self.chunks == 0 && self.parts.len() < MAX_PARTS {
            self.parts.push(self.bytes);
        }
    }

    /// The chunk is over.
    pub(super) fn end_chunk(&mut self) {
        self.chunks = self.chunks.saturating_add(1);
    }

    /// Takes the next piece of the text.
    pub(super) fn add(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(text.len());
        let kept = if self.rest.is_empty() {
            let ascii = text.bytes().take_while(u8::is_ascii).count();
            self.ascii = self.ascii.saturating_add(ascii);
            text.get(ascii..).unwrap_or_default()
        } else {
            text
        };
        if self.rest.len().saturating_add(kept.len()) <= MAX_KEPT {
            self.rest.push_str(kept);
        }
    }

    /// The character of the whole text that a byte of a part is in.
    pub(super) fn character(&self, part: usize, byte: usize) -> usize {
        let is_whole_answer = self.chunks == 0;
        let begin = self.parts.get(part).copied().filter(|_| is_whole_answer);
        let byte = begin.unwrap_or(0).saturating_add(byte).min(self.bytes);
        match byte.checked_sub(self.ascii) {
            None => byte,
            Some(beyond) => {
                let before = self.rest.char_indices().take_while(|(at, _)| *at < beyond);
                self.ascii.saturating_add(before.count())
            }
        }
    }

    /// One past the last character.
    pub(super) fn end(&self) -> usize {
        self.ascii.saturating_add(self.rest.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(chunks: &[&[&str]]) -> Offsets {
        let mut offsets = Offsets::default();
        for (n, chunk) in chunks.iter().enumerate() {
            if n > 0 {
                offsets.end_chunk();
            }
            for part in *chunk {
                offsets.begin_part();
                offsets.add(part);
            }
        }
        offsets
    }

    #[test]
    fn bytes_become_characters() {
        let offsets = text(&[&["ab"], &["cé€"], &["d"]]);
        let seen: Vec<_> = [0, 2, 3, 5, 8, 9, 99]
            .map(|byte| offsets.character(0, byte))
            .into();
        assert_eq!(seen, [0, 2, 3, 4, 5, 6, 6]);
        assert_eq!(offsets.end(), 6);
    }

    #[test]
    fn a_span_of_a_whole_answer_counts_from_its_part() {
        let offsets = text(&[&["ab", "cd", "ef"]]);
        assert_eq!(offsets.character(1, 1), 3);
        assert_eq!(offsets.character(2, 99), 6);
        let streamed = text(&[&["ab", "cd"], &["ef"]]);
        assert_eq!(streamed.character(1, 1), 1);
    }

    #[test]
    fn a_long_text_is_kept_in_part() {
        let mut offsets = text(&[&["é"]]);
        for _ in 0..10 {
            offsets.add(&"x".repeat(1024 * 1024));
        }
        assert!(offsets.rest.len() <= MAX_KEPT);
        assert!(offsets.character(0, usize::MAX) <= offsets.end());
    }
}
