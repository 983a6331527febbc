//! How many tokens a request may come to, before anybody has counted them.

use memchr::memchr;

/// A token of text has at least this many bytes of a JSON body, names and braces included. Texts
/// of real requests have three to five; only a text made to be dense has fewer than two, and then
/// a request may use more than was set aside for it.
const BYTES_PER_TOKEN: usize = 2;
/// A string this long without a space among its first bytes is a picture, a sound or a file.
const LONG: usize = 4096;
/// Tokens of one of these: more than a picture costs with any provider at its usual size.
const MEDIA: u64 = 2_000;

/// The most input tokens that a body will be counted as, media as a flat sum for each.
pub fn input_tokens(body: &[u8]) -> u64 {
    let mut text = body.len();
    let mut media: u64 = 0;
    if body.len() > LONG {
        for length in long_strings(body) {
            text -= length;
            media = media.saturating_add(MEDIA);
        }
    }
    let text = text.div_ceil(BYTES_PER_TOKEN);
    u64::try_from(text)
        .unwrap_or(u64::MAX)
        .saturating_add(media)
}

/// Lengths of what stands between two quotes and is not text.
fn long_strings(body: &[u8]) -> impl Iterator<Item = usize> {
    let mut rest = body;
    std::iter::from_fn(move || {
        loop {
            let end = memchr(b'"', rest)?;
            let (string, after) = rest.split_at_checked(end)?;
            rest = after.get(1..).unwrap_or_default();
            let head = string.get(..LONG);
            if head
                .is_some_and(|head| memchr(b' ', head).is_none() && memchr(b'\\', head).is_none())
            {
                return Some(string.len());
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_counts_by_its_length_and_a_picture_flat() {
        let short = br#"{"model":"m","messages":[]}"#;
        assert_eq!(input_tokens(short), 14);
        let words = format!(r#"{{"content":"{}"}}"#, "word ".repeat(10_000));
        assert_eq!(input_tokens(words.as_bytes()), 25_007);
        let picture = format!(
            r#"{{"url":"data:image/png;base64,{}"}}"#,
            "A".repeat(1_000_000)
        );
        assert!((MEDIA..MEDIA + 20).contains(&input_tokens(picture.as_bytes())));
    }
}
