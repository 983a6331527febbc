//! Telling by a few bytes whether JSON needs a closer look.
//!
//! One pass over the bytes looks for names in quotes that are followed by a colon and by the first
//! byte of a value that matters. That cannot occur inside a JSON string, where quotes are escaped.
//! So text never looks like a field; what is found wrongly (the same name deeper in the object)
//! costs a parse and nothing else; and what is missed is a name written with escapes, which no
//! vendor does.
//!
//! It is one loop over the bytes, and no search for each name: this is most of what is done for a
//! chunk. It looks at sixteen bytes at a time, in a form that compilers turn into SIMD, for quotes
//! before a letter that a name begins with; few of them are left to look at one by one.

use std::ops::BitOr;

/// Fields that were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks(u16);

impl Marks {
    pub(super) const NONE: Self = Self(0);
    /// `usage` is an object.
    pub(super) const USAGE: Self = Self(1);
    /// `error` is not null.
    pub(super) const ERROR: Self = Self(1 << 1);
    /// `finish_reason` is a text.
    pub(super) const FINISH: Self = Self(1 << 2);
    /// `reasoning` is not null.
    pub(super) const REASONING: Self = Self(1 << 3);
    /// `role` is there.
    pub(super) const ROLE: Self = Self(1 << 4);
    /// `tool_calls` is a list.
    pub(super) const TOOL_CALLS: Self = Self(1 << 5);
    /// `content` is a list.
    pub(super) const LIST_CONTENT: Self = Self(1 << 6);
    /// `delta` is null.
    pub(super) const NULL_DELTA: Self = Self(1 << 7);
    /// `content_filter_offsets` is not null.
    pub(super) const FILTER_OFFSETS: Self = Self(1 << 8);

    /// What is in this JSON.
    pub(super) fn of(json: &[u8]) -> Self {
        let mut found = Self::NONE;
        let mut rest = json;
        while let (Some(block), Some(next)) = (rest.first_chunk(), behind(rest).first_chunk()) {
            let mut openings = openings(block, next);
            while openings != 0 {
                let at = usize::try_from(openings.trailing_zeros() / 8).unwrap_or_default();
                found = found | mark_at(rest.get(at + 1..).unwrap_or_default());
                openings &= openings - 1;
            }
            rest = rest.get(BLOCK..).unwrap_or_default();
        }
        while let Some((byte, behind)) = rest.split_first() {
            rest = behind;
            if *byte == b'"' {
                found = found | mark_at(behind);
            }
        }
        found
    }

    /// Whether both have something.
    pub(super) fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// This without that.
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Both together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

const BLOCK: usize = 16;

fn behind(bytes: &[u8]) -> &[u8] {
    bytes.get(1..).unwrap_or_default()
}

/// One bit, the lowest, in each byte of the block that may open a name with a mark; `next` is what
/// stands one byte further on.
fn openings(block: &[u8; BLOCK], next: &[u8; BLOCK]) -> u128 {
    let mut flags = [0; BLOCK];
    for (flag, (byte, next)) in flags.iter_mut().zip(block.iter().zip(next)) {
        let c_to_f = next.wrapping_sub(b'c') <= b'f' - b'c';
        let r_to_u = next.wrapping_sub(b'r') <= b'u' - b'r';
        *flag = u8::from((*byte == b'"') & (c_to_f | r_to_u));
    }
    u128::from_le_bytes(flags)
}

/// The mark of the name that begins here, behind its opening quote.
fn mark_at(rest: &[u8]) -> Marks {
    let (name, mark, value): (&[u8], _, fn(u8) -> bool) = match rest.first() {
        Some(b'u') => (b"usage\"", Marks::USAGE, |first| first == b'{'),
        Some(b'e') => (b"error\"", Marks::ERROR, |first| first != b'n'),
        Some(b'f') => (b"finish_reason\"", Marks::FINISH, |first| first == b'"'),
        Some(b'd') => (b"delta\"", Marks::NULL_DELTA, |first| first == b'n'),
        Some(b'c') if rest.starts_with(b"content_") => (
            b"content_filter_offsets\"",
            Marks::FILTER_OFFSETS,
            |first| first != b'n',
        ),
        Some(b'c') => (b"content\"", Marks::LIST_CONTENT, |first| first == b'['),
        Some(b't') => (b"tool_calls\"", Marks::TOOL_CALLS, |first| first == b'['),
        Some(b'r') if rest.starts_with(b"ro") => (b"role\"", Marks::ROLE, |_| true),
        Some(b'r') => (b"reasoning\"", Marks::REASONING, |first| first != b'n'),
        _ => return Marks::NONE,
    };
    match rest.strip_prefix(name).and_then(value_start) {
        Some(first) if value(first) => mark,
        _ => Marks::NONE,
    }
}

/// First byte of the value, if `rest` goes on like the rest of a member.
fn value_start(rest: &[u8]) -> Option<u8> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    rest.trim_ascii_start().first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_the_space_around_its_colon() {
        assert_eq!(Marks::of(br#"{"usage":{"a":1}}"#), Marks::USAGE);
        assert_eq!(Marks::of(b"{\"usage\" :\n\t {}}"), Marks::USAGE);
    }

    #[test]
    fn every_field_has_its_mark() {
        for (json, mark) in [
            (r#"{"usage":{}}"#, Marks::USAGE),
            (r#"{"error":"e"}"#, Marks::ERROR),
            (r#"{"error":{}}"#, Marks::ERROR),
            (r#"{"finish_reason":"stop"}"#, Marks::FINISH),
            (r#"{"reasoning":"r"}"#, Marks::REASONING),
            (r#"{"role":null}"#, Marks::ROLE),
            (r#"{"tool_calls":[]}"#, Marks::TOOL_CALLS),
            (r#"{"content":[]}"#, Marks::LIST_CONTENT),
            (r#"{"delta":null}"#, Marks::NULL_DELTA),
            (r#"{"content_filter_offsets":{}}"#, Marks::FILTER_OFFSETS),
        ] {
            assert_eq!(Marks::of(json.as_bytes()), mark, "{json}");
        }
        let all = br#"{"choices":[{"delta":{"role":"x","reasoning":"y"}}],"usage":{}}"#;
        assert_eq!(
            Marks::of(all),
            Marks::USAGE | Marks::ROLE | Marks::REASONING
        );
    }

    #[test]
    fn a_field_that_says_nothing_is_no_mark() {
        for json in [
            r#"{"usage":null}"#,
            r#"{"error":null}"#,
            r#"{"finish_reason":null}"#,
            r#"{"reasoning":null}"#,
            r#"{"tool_calls":null}"#,
            r#"{"content":"x"}"#,
            r#"{"delta":{}}"#,
            r#"{"content_filter_results":{}}"#,
            r#"{"reasoning_content":"x","rolex":"y"}"#,
        ] {
            assert_eq!(Marks::of(json.as_bytes()), Marks::NONE, "{json}");
        }
    }

    #[test]
    fn text_that_speaks_of_the_field_is_no_mark() {
        assert_eq!(Marks::of(br#"{"x":"\"usage\":{}"}"#), Marks::NONE);
        assert_eq!(Marks::of(br#"{"content":"usage"}"#), Marks::NONE);
    }

    #[test]
    fn a_field_is_found_wherever_it_stands() {
        for before in 0..40 {
            for after in 0..40 {
                let json = format!(
                    "{{{}\"usage\":{{}}{}}}",
                    " ".repeat(before),
                    " ".repeat(after)
                );
                assert_eq!(Marks::of(json.as_bytes()), Marks::USAGE, "{json}");
            }
        }
    }

    #[test]
    fn a_later_occurrence_counts_too() {
        let json = br#"{"usage":null,"x":{"usage":{}}}"#;
        assert_eq!(Marks::of(json), Marks::USAGE);
    }

    #[test]
    fn json_that_ends_after_the_name_has_no_mark() {
        for json in [&b"{\"usage\""[..], b"{\"usage\":", b"\"", b""] {
            assert_eq!(Marks::of(json), Marks::NONE);
        }
    }
}
