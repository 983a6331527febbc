//! What becomes of parameters that a provider does not share with OpenAI's API: rows of a table.

use super::UnknownFields;
use super::losses::Losses;
use crate::chat::{Error, Extra};

/// What to do with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Concerns the client's side of the gateway only.
    Ignore,
    /// Left out, with a warning.
    Drop,
    /// 400.
    Refuse,
    /// The provider's API knows it by this name: passed as the client wrote it.
    Pass,
    /// Translated by code of its own.
    Translate,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) policy: Policy,
    /// Values that ask for nothing, as JSON without white space.
    harmless: &'static [&'static str],
}

/// A row of the table.
pub(super) const fn row(name: &'static str, policy: Policy) -> Parameter {
    Parameter {
        name,
        policy,
        harmless: &[],
    }
}

impl Parameter {
    /// The same row; these values of the parameter ask for nothing.
    pub(super) const fn harmless(self, harmless: &'static [&'static str]) -> Self {
        Self { harmless, ..self }
    }

    /// Whether a value (JSON) asks for nothing.
    pub(super) fn asks_nothing(&self, json: &str) -> bool {
        let bare = || json.bytes().filter(|byte| !byte.is_ascii_whitespace());
        self.harmless
            .iter()
            .any(|harmless| bare().eq(harmless.bytes()))
    }
}

/// A field of the request that nobody knows.
///
/// # Errors
/// Where the target says to refuse it.
pub(super) fn unknown(
    extra: &Extra<'_>,
    policy: UnknownFields,
    losses: &mut Losses,
) -> Result<(), Error> {
    if crate::providers::addresses_one(&extra.name) {
        return Ok(()); // What only another provider understands is meant for that one.
    }
    if policy == UnknownFields::Refuse {
        let message = format!("Unrecognized request argument supplied: {}", extra.name);
        return Err(Error::invalid(message)
            .with_param(extra.name.clone())
            .with_code("unknown_parameter"));
    }
    losses.unknown(&extra.name);
    Ok(())
}

/// The error of a parameter without which the caller would get a different product.
pub(super) fn unsupported(param: &'static str, by: &str) -> Error {
    Error::invalid(format!("`{param}` is not supported by {by}"))
        .with_param(param)
        .with_code("unsupported_parameter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_values_are_known_whatever_their_white_space() {
        let modalities = row("modalities", Policy::Refuse).harmless(&[r#"["text"]"#]);
        assert!(modalities.asks_nothing("[ \"text\" ]"));
        assert!(!modalities.asks_nothing(r#"["text","audio"]"#));
    }
}
