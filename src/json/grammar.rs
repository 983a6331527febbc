//! The grammar of JSON: how far a value goes.

/// Containers that may be open at a time; the same as in `serde_json`.
pub(super) const MAX_DEPTH: u32 = 127;

/// The open containers, innermost last: one bit each, set for an object.
#[derive(Debug, Default)]
pub(super) struct Open {
    kinds: u128,
    count: u32,
}

impl Open {
    /// Opens a container, unless that would be one too many.
    pub(super) fn push(&mut self, is_object: bool, above: u32) -> bool {
        self.kinds = (self.kinds << 1) | u128::from(is_object);
        self.count = self.count.saturating_add(1);
        self.count.saturating_add(above) <= MAX_DEPTH
    }

    pub(super) fn pop(&mut self) {
        self.kinds >>= 1;
        self.count = self.count.saturating_sub(1);
    }

    /// Whether the innermost open container is an object; `None` where none is open.
    pub(super) fn innermost_is_object(&self) -> Option<bool> {
        (self.count > 0).then_some(self.kinds & 1 == 1)
    }
}

/// Length of the start of `bytes` that is plain text of a string: no quote, backslash or control
/// character.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut length: usize = 0;
    for word in words {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return length.saturating_add(first_marked(special));
        }
        length = length.saturating_add(word.len());
    }
    let in_tail = tail.iter().position(|byte| is_special(*byte));
    length.saturating_add(in_tail.unwrap_or(tail.len()))
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Eight bytes at a time: marks the high bit of each special byte. Only the lowest mark is exact,
/// because a subtraction may borrow from the bytes above it.
///
/// From "Bit Twiddling Hacks", "Determine if a word has a zero byte" and "… a byte less than n".
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let less_than = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let quote = less_than(word ^ (ONES * 0x22), 1);
    let backslash = less_than(word ^ (ONES * 0x5c), 1);
    let control = less_than(word, 0x20);
    (quote | backslash | control) & HIGH
}

fn first_marked(marks: u64) -> usize {
    usize::try_from(marks.trailing_zeros() / 8).unwrap_or_default()
}

/// What follows the escape whose backslash has been read.
pub(super) fn after_escape(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
            rest @ ..,
        ] => Some(rest),
        [b'u', a, b, c, d, rest @ ..] => {
            let all_hex = [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit());
            all_hex.then_some(rest)
        }
        _ => None,
    }
}

/// What follows the number at the start of `bytes`.
pub(super) fn after_number(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let bytes = match bytes {
        [b'0', rest @ ..] => rest,
        _ => after_digits(bytes)?,
    };
    let bytes = match bytes {
        [b'.', rest @ ..] => after_digits(rest)?,
        _ => bytes,
    };
    match bytes {
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => after_digits(rest),
        _ => Some(bytes),
    }
}

fn after_digits(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at_checked(length)?;
    (!digits.is_empty()).then_some(rest)
}
