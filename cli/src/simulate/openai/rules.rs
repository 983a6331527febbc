//! What must hold between the fields of a request whose fields are right one by one.

use serde_json::Value;

use super::error::{invalid, unknown_argument};
use super::shapes::REQUEST_FIELDS;
use crate::simulate::json::{given, list, text};
use crate::simulate::vendor::Refusal;

/// Unknown top-level fields are complained about before all else, and differently
/// from unknown fields deeper down.
pub(super) fn known_arguments(request: &Value) -> Result<(), Refusal> {
    let names = request
        .as_object()
        .into_iter()
        .flat_map(|request| request.keys());
    let known = |name: &str| REQUEST_FIELDS.iter().any(|field| field.name == name);
    match names.into_iter().find(|name| !known(name)) {
        Some(name) => Err(unknown_argument(name)),
        None => Ok(()),
    }
}

pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    tools_have_their_options(request)?;
    options_have_their_partner(request)?;
    chosen_tool_exists(request)?;
    messages(request)?;
    images(request)
}

fn tools_have_their_options(request: &Value) -> Result<(), Refusal> {
    if request.get("tools").is_some() {
        return Ok(());
    }
    if request
        .get("tool_choice")
        .is_some_and(|choice| choice != "none")
    {
        return Err(
            invalid("'tool_choice' is only allowed when 'tools' are specified.")
                .param("tool_choice"),
        );
    }
    if request.get("parallel_tool_calls").is_some() {
        return Err(
            invalid("'parallel_tool_calls' is only allowed when 'tools' are specified.")
                .param("parallel_tool_calls"),
        );
    }
    Ok(())
}

fn options_have_their_partner(request: &Value) -> Result<(), Refusal> {
    let given = |name: &str| given(request, name);
    if given("stream_options") && request.get("stream") != Some(&Value::Bool(true)) {
        return Err(invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        )
        .param("stream_options"));
    }
    if given("top_logprobs") && request.get("logprobs") != Some(&Value::Bool(true)) {
        return Err(
            invalid("'top_logprobs' is only allowed when 'logprobs' is enabled.")
                .param("top_logprobs"),
        );
    }
    if given("max_tokens") && given("max_completion_tokens") {
        return Err(invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        )
        .param("max_tokens")
        .code("invalid_parameter_combination"));
    }
    Ok(())
}

fn chosen_tool_exists(request: &Value) -> Result<(), Refusal> {
    let Some(choice) = request.get("tool_choice") else {
        return Ok(());
    };
    let Some(kind) = choice.get("type").and_then(Value::as_str) else {
        return Ok(());
    };
    let Some(name) = choice
        .pointer(&format!("/{kind}/name"))
        .and_then(Value::as_str)
    else {
        return Ok(());
    };
    let tools = list(request, "tools").iter();
    let exists = tools
        .filter_map(|tool| tool.get(kind)?.get("name")?.as_str())
        .any(|tool| tool == name);
    match exists {
        true => Ok(()),
        false => Err(invalid(format!(
            "Tool choice '{kind}' not found in 'tools' parameter."
        ))
        .param("tool_choice")),
    }
}

/// Tool calls and their results belong together.
fn messages(request: &Value) -> Result<(), Refusal> {
    let mut open: Vec<&str> = Vec::new();
    let mut in_results = false;
    let messages = list(request, "messages").iter();
    let mut last = 0;
    for (index, message) in messages.enumerate() {
        last = index;
        let role = text(message, "role");
        if role == "tool" {
            let id = text(message, "tool_call_id");
            answers_a_call(index, id, &mut open, in_results)?;
            continue;
        }
        all_answered(index, &open)?;
        open = call_ids(message);
        in_results = !open.is_empty();
        has_content(index, role, message)?;
    }
    all_answered(last + 1, &open)
}

fn answers_a_call(
    index: usize,
    id: &str,
    open: &mut Vec<&str>,
    in_results: bool,
) -> Result<(), Refusal> {
    if !in_results {
        return Err(invalid(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding \
             message with 'tool_calls'.",
        )
        .param(format!("messages.[{index}].role")));
    }
    let Some(position) = open.iter().position(|call| *call == id) else {
        return Err(invalid(format!(
            "Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous \
             message."
        ))
        .param(format!("messages.[{index}].tool_call_id")));
    };
    open.swap_remove(position);
    Ok(())
}

fn all_answered(index: usize, open: &[&str]) -> Result<(), Refusal> {
    if open.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to \
         each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    ))
    .param(format!("messages.[{index}].role")))
}

fn call_ids(message: &Value) -> Vec<&str> {
    let calls = list(message, "tool_calls").iter();
    calls.filter_map(|call| call.get("id")?.as_str()).collect()
}

fn has_content(index: usize, role: &str, message: &Value) -> Result<(), Refusal> {
    let given = |name: &str| message.get(name).is_some_and(|value| !value.is_null());
    let instead = ["tool_calls", "function_call", "refusal", "audio"];
    if role != "assistant" || given("content") || instead.iter().any(|name| given(name)) {
        return Ok(());
    }
    Err(
        invalid("Invalid value for 'content': expected a string, got null.")
            .param(format!("messages.[{index}].content")),
    )
}

/// Images come as web addresses or as Base64 of four formats.
fn images(request: &Value) -> Result<(), Refusal> {
    let messages = list(request, "messages").iter();
    for (index, message) in messages.enumerate() {
        let parts = list(message, "content").iter();
        for (part_index, part) in parts.enumerate() {
            let Some(url) = part.pointer("/image_url/url").and_then(Value::as_str) else {
                continue;
            };
            image(url).map_err(|refusal| {
                refusal.param(format!("messages[{index}].content[{part_index}].image_url"))
            })?;
        }
    }
    Ok(())
}

fn image(url: &str) -> Result<(), Refusal> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    let Some(data) = url.strip_prefix("data:") else {
        return Err(invalid(
            "Invalid image URL: expected a valid URL, but got a value with an invalid format.",
        )
        .code("invalid_value"));
    };
    let formats = [
        "image/png",
        "image/jpeg",
        "image/jpg",
        "image/gif",
        "image/webp",
    ];
    match data.split_once(";base64,") {
        Some((media_type, _)) if formats.contains(&media_type) => Ok(()),
        Some(_) => Err(invalid(
            "You uploaded an unsupported image. Please make sure your image has of one the \
             following formats: ['png', 'jpeg', 'gif', 'webp'].",
        )
        .code("invalid_image_format")),
        None => Err(invalid("Invalid base64 image_url.").code("invalid_base64_image")),
    }
}
