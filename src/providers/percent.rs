//! Percent-encoding, for names that stand in a path.

use std::fmt::Write as _;

/// A text as one segment of a path (RFC 3986, 2.3): whatever is in it, it leads nowhere else.
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    // Dots alone would be taken for a step up.
    match out.as_str() {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_segment() {
        assert_eq!(segment("gpt-4o_1.5"), "gpt-4o_1.5");
        assert_eq!(segment("a/../b?c#d e"), "a%2F..%2Fb%3Fc%23d%20e");
        assert_eq!(segment(".."), "%2E%2E");
        assert_eq!(segment("ü%"), "%C3%BC%25");
        assert_eq!(segment("batch/nightly:1@x"), "batch%2Fnightly%3A1%40x");
    }
}
