//! What a request asks of a model that this model does not do.
//!
//! Source: recorded errors and error messages that users of the API quote, checked
//! 2026-11-21.

use serde_json::Value;

use super::catalogue::{Model, exists, find};
use super::error::{invalid, unknown_argument, unknown_model};
use super::violation::enumerate;
use crate::simulate::json::{given, list, text};
use crate::simulate::vendor::{Models, Refusal};

/// What is refused before its value is looked at (recorded so).
pub(super) fn no_max_tokens(request: &Value) -> Result<(), Refusal> {
    let reasons = find(text(request, "model")).is_some_and(Model::reasons);
    if reasons && given(request, "max_tokens") {
        let advice = " Use 'max_completion_tokens' instead.";
        return Err(unsupported_parameter("max_tokens", advice));
    }
    Ok(())
}

/// Nothing is known of models that are not the vendor's.
pub(super) fn check(request: &Value, models: &Models) -> Result<(), Refusal> {
    let name = text(request, "model");
    if !exists(name, models) {
        return Err(unknown_model(name));
    }
    let Some(model) = find(name) else {
        return Ok(());
    };
    no_foreign_fields(request)?;
    no_specialities(request)?;
    match model.reasons() {
        true => reasoning_model(request, name, model),
        false => plain_model(request),
    }
}

/// Reasoning of other vendors' models in the history.
fn no_foreign_fields(request: &Value) -> Result<(), Refusal> {
    for (index, message) in list(request, "messages").iter().enumerate() {
        if message.get("reasoning_content").is_some() {
            let path = format!("messages[{index}].reasoning_content");
            return Err(invalid(format!("Unknown parameter: '{path}'."))
                .param(path)
                .code("unknown_parameter"));
        }
    }
    Ok(())
}

/// Speech and search have models of their own.
fn no_specialities(request: &Value) -> Result<(), Refusal> {
    if list(request, "modalities")
        .iter()
        .any(|modality| modality == "audio")
    {
        return Err(unsupported_value("modalities", "'audio'", ""));
    }
    if given(request, "web_search_options") {
        let message = "Web search options not supported with this model.";
        return Err(invalid(message).param("web_search_options"));
    }
    Ok(())
}

fn reasoning_model(request: &Value, name: &str, model: &Model) -> Result<(), Refusal> {
    let effort = text(request, "reasoning_effort");
    if !effort.is_empty() && !model.efforts.contains(&effort) {
        let advice = format!(" Supported values are: {}.", enumerate(model.efforts));
        return Err(unsupported_value(
            "reasoning_effort",
            &format!("'{effort}'"),
            &advice,
        ));
    }
    if effort == "none" {
        return Ok(());
    }
    if !effort.is_empty() && given(request, "tools") && !model.tools_with_effort {
        let message = format!(
            "Function tools with reasoning_effort are not supported for {name} in \
             /v1/chat/completions. Please use /v1/responses instead."
        );
        return Err(invalid(message).param("reasoning_effort"));
    }
    no_sampling(request)
}

/// Sampling cannot be steered while a model reasons; values that change nothing pass.
fn no_sampling(request: &Value) -> Result<(), Refusal> {
    let number = |name: &str| request.get(name).and_then(Value::as_f64);
    for name in ["temperature", "top_p"] {
        if let Some(value) = number(name).filter(|value| *value != 1.0) {
            let advice = " Only the default (1) value is supported.";
            return Err(unsupported_value(name, &value.to_string(), advice));
        }
    }
    for name in ["frequency_penalty", "presence_penalty"] {
        if number(name).is_some_and(|value| value != 0.0) {
            return Err(unsupported_parameter(name, ""));
        }
    }
    let logprobs = request.get("logprobs") == Some(&Value::Bool(true));
    let refused = [
        ("logprobs", logprobs),
        ("logit_bias", given(request, "logit_bias")),
        ("stop", given(request, "stop")),
    ];
    match refused.iter().find(|(_, asked)| *asked) {
        Some((name, _)) => Err(unsupported_parameter(name, "")),
        None => Ok(()),
    }
}

fn plain_model(request: &Value) -> Result<(), Refusal> {
    if given(request, "reasoning_effort") {
        return Err(unknown_argument("reasoning_effort"));
    }
    let verbosity = text(request, "verbosity");
    if !matches!(verbosity, "" | "medium") {
        let advice = " Supported values are: 'medium'.";
        return Err(unsupported_value(
            "verbosity",
            &format!("'{verbosity}'"),
            advice,
        ));
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

fn unsupported_value(name: &str, value: &str, advice: &str) -> Refusal {
    invalid(format!(
        "Unsupported value: '{name}' does not support {value} with this model.{advice}"
    ))
    .param(name)
    .code("unsupported_value")
}
