//! What a request loses on its way: reported as warnings, or refused where the target is strict.
//!
//! Warnings become a response header, and what they say comes from the client: their number is
//! bounded, and so are the length and the characters of names that nobody has checked yet.

use std::borrow::Cow;

use crate::chat::{Error, Warning};

/// Most warnings of one request; a history of thousands of messages may lose thousands of names.
const MAX_WARNINGS: usize = 64;

/// Longest name of an unknown field that is repeated, in characters.
const MAX_NAME: usize = 64;

/// Collects what could not be given to the provider as it was.
pub(super) struct Losses {
    strict: bool,
    /// The provider, as errors call it.
    provider: &'static str,
    warnings: Vec<Warning>,
}

impl Losses {
    pub(super) fn new(strict: bool, provider: &'static str) -> Self {
        Self {
            strict,
            provider,
            warnings: Vec::new(),
        }
    }

    /// The field is left out.
    ///
    /// # Errors
    /// Where the target is strict.
    pub(super) fn dropped(&mut self, param: impl Into<Cow<'static, str>>) -> Result<(), Error> {
        let why = format!("is not supported by {}", self.provider);
        self.lose(Warning::dropped(param), &why)
    }

    /// The field is left out for a reason of its own: a sentence that goes on behind its name.
    ///
    /// # Errors
    /// Where the target is strict.
    pub(super) fn dropped_because(
        &mut self,
        param: impl Into<Cow<'static, str>>,
        why: &str,
    ) -> Result<(), Error> {
        self.lose(Warning::dropped(param), why)
    }

    /// The field is moved into the range that the provider takes.
    ///
    /// # Errors
    /// Where the target is strict.
    pub(super) fn clamped(&mut self, param: impl Into<Cow<'static, str>>) -> Result<(), Error> {
        self.lose(
            Warning::clamped(param),
            "has a value that this model does not take",
        )
    }

    /// The field is done by other means, which a strict target takes too: nothing is lost.
    pub(super) fn emulated(&mut self, param: impl Into<Cow<'static, str>>) {
        self.warn(Warning::emulated(param));
    }

    /// A field that nobody knows is left out: the target's `unknown_fields` has allowed it, strict
    /// or not.
    pub(super) fn unknown(&mut self, name: &str) {
        let plain = |c: char| if is_plain(c) { c } else { '?' };
        let name: String = name.chars().take(MAX_NAME).map(plain).collect();
        self.warn(Warning::dropped(name));
    }

    pub(super) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    fn lose(&mut self, warning: Warning, why: &str) -> Result<(), Error> {
        if self.strict {
            let param = warning.param.into_owned();
            return Err(
                Error::invalid(format!("`{param}` {why}, and this target is strict"))
                    .with_param(param)
                    .with_code("unsupported_parameter"),
            );
        }
        self.warn(warning);
        Ok(())
    }

    fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Whether a character may stand in a header's list of names.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lenient_target_is_warned() {
        let mut losses = Losses::new(false, "it");
        losses.dropped("seed").unwrap();
        losses.clamped("temperature").unwrap();
        losses.emulated("tool_choice");
        let shown: Vec<String> = losses
            .into_warnings()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            ["seed", "temperature;clamped", "tool_choice;emulated"]
        );
    }

    #[test]
    fn unknown_names_cannot_leave_their_place_in_the_header() {
        let mut losses = Losses::new(false, "it");
        losses.unknown("a\r\nset-cookie: b, c;d");
        losses.unknown(&"ü".repeat(1000));
        let warnings = losses.into_warnings();
        assert_eq!(warnings[0].param, "a??set-cookie??b??c?d");
        assert_eq!(warnings[1].param, "?".repeat(MAX_NAME));
    }

    #[test]
    fn the_number_of_warnings_is_bounded() {
        let mut losses = Losses::new(false, "it");
        for at in 0..1000 {
            losses.dropped(format!("messages[{at}].name")).unwrap();
        }
        assert_eq!(losses.into_warnings().len(), MAX_WARNINGS);
    }

    #[test]
    fn a_strict_target_refuses_what_is_lost_and_takes_what_is_emulated() {
        let mut losses = Losses::new(true, "it");
        losses.emulated("tool_choice");
        losses.unknown("zebra");
        let error = losses.dropped("seed").unwrap_err();
        assert_eq!((error.status, error.param.as_deref()), (400, Some("seed")));
        assert!(losses.clamped("temperature").is_err());
    }
}
