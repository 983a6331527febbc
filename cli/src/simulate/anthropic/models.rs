//! What a request asks of a model that this model does not do.
//!
//! Source: recorded errors and error messages that users of the API quote, checked
//! 2026-11-21.

use serde_json::Value;

use super::catalogue::{Model, Sampling, exists, find};
use super::error::{invalid, unknown_model};
use crate::simulate::json::{list, text};
use crate::simulate::vendor::{Models, Refusal};

pub(super) fn exist(request: &Value, models: &Models) -> Result<(), Refusal> {
    let name = text(request, "model");
    if exists(name, models) {
        Ok(())
    } else {
        Err(unknown_model(name))
    }
}

/// What the request's model does not do. Nothing is known of models that are not the
/// vendor's.
pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    let name = text(request, "model");
    let Some(model) = find(name) else {
        return Ok(());
    };
    length(request, name, model)?;
    sampling(request, model)?;
    thinking(request, model)?;
    effort(request, model)?;
    tool_choice(request, model)?;
    turns(request, model)
}

fn length(request: &Value, name: &str, model: &Model) -> Result<(), Refusal> {
    match request.get("max_tokens").and_then(Value::as_u64) {
        Some(asked) if asked > model.max_tokens => Err(invalid(format!(
            "max_tokens: {asked} > {}, which is the maximum allowed number of output tokens for {name}",
            model.max_tokens
        ))),
        _ => Ok(()),
    }
}

fn sampling(request: &Value, model: &Model) -> Result<(), Refusal> {
    let given = |name: &str| request.get(name).is_some();
    let usual = request.get("temperature").and_then(Value::as_f64) == Some(1.0);
    match model.sampling {
        Sampling::Free => Ok(()),
        Sampling::OneOf if given("temperature") && given("top_p") => Err(invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        )),
        Sampling::OneOf => Ok(()),
        Sampling::Refused => {
            let refused = ["temperature", "top_p", "top_k"].into_iter();
            let refused = refused.filter(|name| given(name) && !(*name == "temperature" && usual));
            match refused.into_iter().next() {
                Some(name) => Err(invalid(format!("`{name}` is deprecated for this model."))),
                None => Ok(()),
            }
        }
    }
}

fn thinking(request: &Value, model: &Model) -> Result<(), Refusal> {
    let kind = request
        .pointer("/thinking/type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match kind {
        "enabled" if !model.manual_thinking => Err(invalid(
            "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" \
             and \"output_config.effort\" to control thinking behavior.",
        )),
        "adaptive" if !model.adaptive_thinking => {
            Err(invalid("adaptive thinking is not supported on this model"))
        }
        "disabled" if !model.thinking_off => Err(invalid(
            "\"thinking.type.disabled\" is not supported for this model.",
        )),
        "between_tools" if model.name != "claude-sonnet-5-5" => Err(invalid(
            "\"thinking.type.between_tools\" is not supported for this model.",
        )),
        _ => Ok(()),
    }
}

fn effort(request: &Value, model: &Model) -> Result<(), Refusal> {
    let Some(effort) = request
        .pointer("/output_config/effort")
        .and_then(Value::as_str)
    else {
        return Ok(());
    };
    if model.efforts.is_empty() {
        return Err(invalid("This model does not support the effort parameter."));
    }
    if model.efforts.contains(&effort) {
        return Ok(());
    }
    Err(invalid(format!(
        "This model does not support effort level '{effort}'. Supported levels: {}.",
        model.efforts.join(", ")
    )))
}

fn tool_choice(request: &Value, model: &Model) -> Result<(), Refusal> {
    let forced = request.pointer("/tool_choice/type").and_then(Value::as_str);
    match forced {
        Some(kind @ ("any" | "tool")) if !model.forced_tools => Err(invalid(format!(
            "tool_choice: type '{kind}' is not supported for this model."
        ))),
        _ => Ok(()),
    }
}

fn turns(request: &Value, model: &Model) -> Result<(), Refusal> {
    let messages = list(request, "messages");
    let role = |message: &Value| {
        message
            .get("role")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let is = |message: &Value, name: &str| role(message).as_deref() == Some(name);
    if !model.system_turns && messages.iter().any(|message| is(message, "system")) {
        return Err(invalid(
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` \
             parameter, not \"system\" as an input message role.",
        ));
    }
    let mut previous = None;
    for (index, message) in messages.iter().enumerate() {
        if is(message, "system") && !previous.is_some_and(|previous| is(previous, "user")) {
            return Err(invalid(format!(
                "messages.{index}: a `system` message must follow a `user` message"
            )));
        }
        previous = Some(message);
    }
    if !model.prefill
        && messages
            .last()
            .is_some_and(|message| is(message, "assistant"))
    {
        return Err(invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ));
    }
    Ok(())
}
