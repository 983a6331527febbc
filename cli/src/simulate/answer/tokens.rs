//! A tokenizer that everyone can do in their head: a token is up to four characters,
//! with the white space before it.
//!
//! Streams send one token an event, so that words, surrogate-pair emoji sequences and
//! JSON escapes are split where real streams split them: anywhere.

const CHARACTERS: usize = 4;

/// The tokens of a text; joined they are the text again.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (token, after) = rest.split_at_checked(first_token(rest))?;
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

pub(crate) fn count(text: &str) -> u64 {
    u64::try_from(split(text).count()).unwrap_or(u64::MAX)
}

/// Visible characters.
pub(crate) fn letters(text: &str) -> u64 {
    let letters = text
        .chars()
        .filter(|character| !character.is_whitespace())
        .count();
    u64::try_from(letters).unwrap_or(u64::MAX)
}

/// The length in bytes of the first token.
fn first_token(text: &str) -> usize {
    let mut visible = 0;
    for (offset, character) in text.char_indices() {
        if visible == CHARACTERS || (visible > 0 && character.is_whitespace()) {
            return offset;
        }
        visible += usize::from(!character.is_whitespace());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_four_characters_and_the_space_before_them() {
        let tokens: Vec<&str> = split("You said: naïve  👩‍👩‍👧 ok").collect();
        assert_eq!(
            tokens,
            [
                "You",
                " said",
                ":",
                " naïv",
                "e",
                "  👩\u{200d}👩\u{200d}",
                "👧",
                " ok"
            ]
        );
        assert_eq!(count("You said"), 2);
    }

    #[test]
    fn tokens_joined_are_the_text_again() {
        for text in [
            "",
            " ",
            "a b",
            "\n\n{\"a\": \"\\u00e9\"}  ",
            "日本語のテキスト",
        ] {
            assert_eq!(split(text).collect::<String>(), text);
        }
    }

    #[test]
    fn white_space_is_no_letter() {
        assert_eq!(letters(" a\tb\n c "), 3);
    }
}
