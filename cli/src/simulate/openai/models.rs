//! Which models there are and what each family refuses.
//!
//! Source: recorded errors and the vendor's model pages, checked 2026-11-21.

use serde_json::{Value, json};

use super::error::{invalid, unknown_model};
use crate::simulate::vendor::{Models, Refusal};

const KNOWN: &[&str] = &[
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5.1",
    "gpt-5.2",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.6",
    "o3",
    "o3-mini",
    "o4-mini",
];

pub(super) fn names(models: &Models) -> impl Iterator<Item = &str> {
    let extra = models
        .extra
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "*");
    KNOWN.iter().copied().chain(extra)
}

pub(super) fn exists(name: &str, models: &Models) -> bool {
    is_vendors(name) || models.allow(name)
}

/// One of the vendor's own, with or without the date of a snapshot.
pub(super) fn is_vendors(name: &str) -> bool {
    KNOWN.iter().any(|known| {
        name.strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || is_date(rest))
    })
}

/// `-2025-08-07`.
fn is_date(text: &str) -> bool {
    let pattern = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter });
    pattern.eq("-0000-00-00".chars())
}

pub(super) fn describe(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 1_715_367_049, "owned_by": "system"})
}

/// What the request's model does not do.
pub(super) fn check(request: &Value, models: &Models) -> Result<(), Refusal> {
    let name = request
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !exists(name, models) {
        return Err(unknown_model(name));
    }
    if !is_vendors(name) {
        return Ok(());
    }
    no_foreign_fields(request)?;
    no_audio(request)?;
    if reasons(name) {
        reasoning_model(request)
    } else {
        plain_model(request)
    }
}

fn reasons(name: &str) -> bool {
    name.starts_with("gpt-5") || name.starts_with('o')
}

/// Reasoning of other vendors' models in the history.
fn no_foreign_fields(request: &Value) -> Result<(), Refusal> {
    let messages = request
        .get("messages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for (index, message) in messages.enumerate() {
        if message.get("reasoning_content").is_some() {
            let path = format!("messages[{index}].reasoning_content");
            return Err(invalid(format!("Unknown parameter: '{path}'."))
                .param(path)
                .code("unknown_parameter"));
        }
    }
    Ok(())
}

fn no_audio(request: &Value) -> Result<(), Refusal> {
    let modalities = request
        .get("modalities")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    if modalities.into_iter().any(|modality| modality == "audio") {
        return Err(unsupported_value(
            "modalities",
            "Unsupported value: 'modalities' does not support 'audio' with this model.",
        ));
    }
    if request.get("web_search_options").is_some() {
        return Err(invalid("Web search options not supported with this model.")
            .param("web_search_options"));
    }
    Ok(())
}

fn reasoning_model(request: &Value) -> Result<(), Refusal> {
    let given = |name: &str| request.get(name).is_some_and(|value| !value.is_null());
    if given("max_tokens") {
        return Err(unsupported_parameter(
            "max_tokens",
            " Use 'max_completion_tokens' instead.",
        ));
    }
    if request
        .get("reasoning_effort")
        .is_some_and(|effort| effort == "none")
    {
        return Ok(());
    }
    for name in ["temperature", "top_p"] {
        if given(name) && request.get(name).and_then(Value::as_f64) != Some(1.0) {
            let value = request
                .get(name)
                .map(ToString::to_string)
                .unwrap_or_default();
            return Err(unsupported_value(
                name,
                &format!(
                    "Unsupported value: '{name}' does not support {value} with this model. Only the default (1) value is supported."
                ),
            ));
        }
    }
    let refused = [
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "frequency_penalty",
        "presence_penalty",
        "stop",
    ];
    match refused.into_iter().find(|name| {
        given(name) && request.get(*name) != Some(&Value::Bool(false)) && !is_zero(request, name)
    }) {
        Some(name) => Err(unsupported_parameter(name, "")),
        None => Ok(()),
    }
}

fn is_zero(request: &Value, name: &str) -> bool {
    request.get(name).and_then(Value::as_f64) == Some(0.0)
}

fn plain_model(request: &Value) -> Result<(), Refusal> {
    for name in ["reasoning_effort", "verbosity"] {
        let value = request.get(name).and_then(Value::as_str);
        if name == "reasoning_effort" && value.is_some() {
            return Err(invalid(format!(
                "Unrecognized request argument supplied: {name}"
            )));
        }
        if value.is_some_and(|value| value != "medium") {
            let value = value.unwrap_or_default();
            return Err(unsupported_value(
                name,
                &format!(
                    "Unsupported value: '{name}' does not support '{value}' with this model. Supported values are: 'medium'."
                ),
            ));
        }
    }
    Ok(())
}

fn unsupported_parameter(name: &str, advice: &str) -> Refusal {
    invalid(format!(
        "Unsupported parameter: '{name}' is not supported with this model.{advice}"
    ))
    .param(name)
    .code("unsupported_parameter")
}

fn unsupported_value(name: &str, message: &str) -> Refusal {
    invalid(message).param(name).code("unsupported_value")
}
