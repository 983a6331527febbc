//! Names of models, as presets and options speak of them.

/// Whether a name is one that some pattern stands for.
pub(super) fn any_matches<'a>(patterns: impl IntoIterator<Item = &'a str>, name: &str) -> bool {
    patterns.into_iter().any(|pattern| matches(pattern, name))
}

/// Whether a name is one that the pattern stands for: `*` is any text, all else is itself, whatever
/// its case.
///
/// Between two stars the first place that fits is taken, which is right for any pattern whose only
/// wildcard is the star; so it takes no more than pattern times name, however many stars there are.
fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = after_start(name, first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match after_first(rest, piece) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.len()
        .checked_sub(last.len())
        .and_then(|start| rest.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(last))
}

/// What follows `start` at the start of a text.
fn after_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (own, rest) = text.split_at_checked(start.len())?;
    own.eq_ignore_ascii_case(start).then_some(rest)
}

/// What follows the first occurrence of `piece` in a text.
fn after_first<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    let mut places = text.char_indices().map(|(place, _)| place);
    places.find_map(|place| after_start(text.get(place..)?, piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name) in [
            ("*", "anything"),
            ("qwq*", "QwQ-32b"),
            ("*omni*", "qwen3-omni-flash"),
            ("qwen3-*b", "qwen3-235b-a22b"),
            ("*/gpt-oss*", "openai/gpt-oss-120b"),
            ("a*b*c", "abbcbc"),
            ("exact", "exact"),
            ("*\u{e9}*", "caf\u{e9}s"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn all_else_is_itself() {
        for (pattern, name) in [
            ("", "a"),
            ("exact", "exactly"),
            ("qwq*", "my-qwq"),
            ("*b", "qwen3-32b-instruct"),
            ("ab*ba", "aba"),
            ("a*c*b", "acab-"),
            ("*\u{e9}", "cafe"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(any_matches(["x", "y*"], "yes") && !any_matches([], "yes"));
    }
}
