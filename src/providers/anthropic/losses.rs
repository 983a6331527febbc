//! What a request loses on its way: reported as warnings, or refused where the target is strict.

use std::borrow::Cow;

use crate::chat::{Error, Warning};

/// Collects what could not be given to the provider as it was.
pub(super) struct Losses {
    strict: bool,
    warnings: Vec<Warning>,
}

impl Losses {
    pub(super) fn new(strict: bool) -> Self {
        Self {
            strict,
            warnings: Vec::new(),
        }
    }

    /// The field is left out.
    ///
    /// # Errors
    /// Where the target is strict.
    pub(super) fn dropped(&mut self, param: impl Into<Cow<'static, str>>) -> Result<(), Error> {
        self.lose(
            Warning::dropped(param),
            "is not supported by Anthropic's API",
        )
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
        self.warnings.push(Warning::emulated(param));
    }

    /// A field that nobody knows is left out: the target's `unknown_fields` has allowed it, strict
    /// or not.
    pub(super) fn unknown(&mut self, param: impl Into<Cow<'static, str>>) {
        self.warnings.push(Warning::dropped(param));
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
        self.warnings.push(warning);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lenient_target_is_warned() {
        let mut losses = Losses::new(false);
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
    fn a_strict_target_refuses_what_is_lost_and_takes_what_is_emulated() {
        let mut losses = Losses::new(true);
        losses.emulated("tool_choice");
        losses.unknown("zebra");
        let error = losses.dropped("seed").unwrap_err();
        assert_eq!((error.status, error.param.as_deref()), (400, Some("seed")));
        assert!(losses.clamped("temperature").is_err());
    }
}
