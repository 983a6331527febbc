//! The fields of a request, as data.

use crate::json::FaultKind;

/// Top-level fields of a request that OpenAI's API knows, sorted.
///
/// openai-python 3.52.0, `completion_create_params.py`, 2026-11-21.
pub const KNOWN: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "moderation",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// Whether OpenAI's API knows this field.
pub fn is_known(name: &str) -> bool {
    known(name).is_some()
}

/// The field's name in [`KNOWN`].
pub fn known(name: &str) -> Option<&'static str> {
    find(KNOWN, name)
}

/// The field's name in a sorted table.
fn find(table: &'static [&'static str], name: &str) -> Option<&'static str> {
    let index = table.binary_search(&name).ok()?;
    table.get(index).copied()
}

/// The known field that differs from this name in upper and lower case only.
///
/// Servers written in Go do not tell them apart: `Model` beside `model` would name another model
/// than the one that was authorised.
pub fn differently_cased(name: &str) -> Option<&'static str> {
    cased_otherwise(KNOWN, name)
}

fn cased_otherwise(table: &'static [&'static str], name: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|known| **known != name && known.eq_ignore_ascii_case(name))
        .copied()
}

/// Top-level fields that a request may have.
const MAX_FIELDS: usize = 256;

/// Checks the name of a top-level field against those before it; says whether it is one of `table`,
/// which is sorted.
pub(in crate::dialects) fn check<'n>(
    mut before: impl ExactSizeIterator<Item = &'n str>,
    name: &str,
    table: &'static [&'static str],
) -> Result<bool, FaultKind> {
    let invalid = |code, reason: String| Err(FaultKind::Invalid { code, reason });
    if before.len() >= MAX_FIELDS {
        return invalid("too_many_parameters", "there are too many fields".into());
    }
    if before.any(|other| other == name) {
        return Err(FaultKind::Duplicate);
    }
    if find(table, name).is_some() {
        return Ok(true);
    }
    match cased_otherwise(table, name) {
        None => Ok(false),
        Some(known) => invalid(
            "unknown_parameter",
            format!("the field is called '{known}'"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|name| is_known(name)));
        assert!(!is_known("top_k"));
    }

    #[test]
    fn a_name_in_other_case_is_noticed() {
        assert_eq!(differently_cased("Model"), Some("model"));
        assert_eq!(differently_cased("STREAM"), Some("stream"));
        assert_eq!(differently_cased("model"), None);
        assert_eq!(differently_cased("top_k"), None);
    }
}
