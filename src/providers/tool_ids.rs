//! Ids of tool calls that another provider has made.
//!
//! An API takes up to 64 letters, digits and some punctuation, each id once in a conversation. Other
//! providers use other characters, hundreds of them, the same id in every turn, or none. What does
//! not fit becomes a digest, so that a call and its result still match and the same history gives
//! the same prompt. Ids in answers are always the API's own: nothing needs to be mapped back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Longest id that is passed on.
const MAX_LENGTH: usize = 64;

/// Length of a short id.
const SHORT: usize = 9;

/// The ids that an API takes.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// How its own ids begin.
    pub(super) prefix: &'static str,
    /// What they may have beside letters and digits.
    pub(super) punctuation: &'static [u8],
    /// Whether they are nine letters and digits and nothing else, as Mistral's models want them.
    pub(super) is_short: bool,
}

impl Form {
    fn fits(self, id: &str) -> bool {
        let allowed = |byte: u8| {
            byte.is_ascii_alphanumeric() || (!self.is_short && self.punctuation.contains(&byte))
        };
        let lengths = if self.is_short {
            SHORT..=SHORT
        } else {
            1..=MAX_LENGTH
        };
        lengths.contains(&id.len()) && id.bytes().all(allowed)
    }
}

/// The ids of a conversation.
pub(super) struct ToolIds<'a> {
    form: Form,
    uses: BTreeMap<&'a str, Uses>,
}

/// How often an id has been used.
#[derive(Default)]
struct Uses {
    calls: u32,
    results: u32,
}

impl<'a> ToolIds<'a> {
    /// A conversation with an API that takes ids of this form.
    pub(super) fn new(form: Form) -> Self {
        let uses = BTreeMap::new();
        Self { form, uses }
    }

    /// The id of the next call.
    pub(super) fn call(&mut self, id: &'a str) -> Cow<'a, str> {
        let uses = self.uses.entry(id).or_default();
        uses.calls = uses.calls.saturating_add(1);
        unique(self.form, id, uses.calls)
    }

    /// The id of the next result: the first result belongs to the first call of that id, and so
    /// on.
    pub(super) fn result(&mut self, id: &'a str) -> Cow<'a, str> {
        let uses = self.uses.entry(id).or_default();
        uses.results = uses.results.saturating_add(1).min(uses.calls.max(1));
        unique(self.form, id, uses.results)
    }
}

/// An id that the API takes, for the use of this number, counted from 1.
fn unique(form: Form, id: &str, number: u32) -> Cow<'_, str> {
    if number == 1 && form.fits(id) {
        return Cow::Borrowed(id);
    }
    let digest = Sha256::new()
        .chain_update(number.to_be_bytes())
        .chain_update(id)
        .finalize();
    let mut replacement = String::from(if form.is_short { "" } else { form.prefix });
    for byte in digest.iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(replacement, "{byte:02x}");
    }
    if form.is_short {
        replacement.truncate(SHORT);
    }
    Cow::Owned(replacement)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form {
        prefix: "toolu_",
        punctuation: b"_-",
        is_short: false,
    };

    #[test]
    fn ids_that_fit_are_kept() {
        let mut ids = ToolIds::new(FORM);
        for id in ["toolu_01A09q90qw90lq917835lq9", "call_abc-DEF_1", "a"] {
            assert!(matches!(ids.call(id), Cow::Borrowed(kept) if kept == id));
            assert!(matches!(ids.result(id), Cow::Borrowed(kept) if kept == id));
        }
    }

    #[test]
    fn ids_that_do_not_fit_stay_distinct_and_stable() {
        let long = "x".repeat(65);
        let ids = ["functions.weather:0", "functions.weather.0", "", &long, "ü"];
        let read = || {
            let mut seen = ToolIds::new(FORM);
            ids.map(|id| seen.call(id).into_owned())
        };
        let mut replaced = read();
        assert_eq!(replaced, read());
        assert!(replaced.iter().all(|id| unique(FORM, id, 1) == **id));
        replaced.sort();
        assert!(replaced.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn an_id_that_is_used_again_is_another_one_and_its_results_follow() {
        let mut ids = ToolIds::new(FORM);
        let first = [ids.call("call_0"), ids.result("call_0")];
        let second = [ids.call("call_0"), ids.call("call_0")];
        let results = [ids.result("call_0"), ids.result("call_0")];
        assert_eq!(first, ["call_0", "call_0"]);
        assert_eq!(second, results);
        assert!(second[0] != second[1] && second[0] != first[0]);
    }

    #[test]
    fn a_result_without_a_call_keeps_its_id() {
        let mut ids = ToolIds::new(FORM);
        assert_eq!(ids.result("call_9"), "call_9");
        assert_eq!(ids.result("call_9"), "call_9");
    }

    #[test]
    fn short_ids_are_nine_letters_and_digits() {
        let form = Form {
            is_short: true,
            ..FORM
        };
        let mut ids = ToolIds::new(form);
        assert_eq!(ids.call("gSIMJiOkT"), "gSIMJiOkT");
        for id in ["toolu_01A09q90qw90lq917835lq9", "", "call-1234"] {
            let short = ids.call(id);
            assert!(short.len() == 9 && short.bytes().all(|b| b.is_ascii_alphanumeric()));
            assert_eq!(ids.result(id), short);
        }
    }
}
