//! What OpenAI refuses, and in which words.

use serde_json::{Value, json};

use super::{PIXEL, ask, with};
use crate::simulate::vendor::{Dialect, Refusal};

fn good() -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]})
}

fn refusal(changes: Value) -> Refusal {
    let request = with(&good(), changes);
    match ask(Dialect::Openai, &request) {
        Ok(_) => panic!("accepted: {request}"),
        Err(refusal) => refusal,
    }
}

fn accepts(changes: Value) {
    let request = with(&good(), changes);
    if let Err(refusal) = ask(Dialect::Openai, &request) {
        panic!("refused {request}: {refusal:?}");
    }
}

/// The refusal's message, parameter and code.
fn said(changes: Value) -> (String, Option<String>, Option<String>) {
    let refusal = refusal(changes);
    assert_eq!(refusal.kind, "invalid_request_error");
    (refusal.message, refusal.param, refusal.code)
}

fn words(
    message: &str,
    param: Option<&str>,
    code: Option<&str>,
) -> (String, Option<String>, Option<String>) {
    (
        message.to_owned(),
        param.map(str::to_owned),
        code.map(str::to_owned),
    )
}

/// A conversation in which a tool has been called.
fn tool_turns(results: Value) -> Value {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}});
    let mut messages = vec![
        json!({"role": "user", "content": "Hi"}),
        json!({"role": "assistant", "content": null, "tool_calls": [call("call_1"), call("call_2")]}),
    ];
    messages.extend(results.as_array().unwrap().iter().cloned());
    json!({"messages": messages})
}

#[test]
fn unknown_arguments_are_complained_about_first() {
    assert_eq!(
        said(json!({"top_k": 3, "messages": null})),
        words("Unrecognized request argument supplied: top_k", None, None)
    );
}

#[test]
fn unknown_fields_of_messages_are_named_with_their_path() {
    assert_eq!(
        said(json!({"messages": [{"role": "user", "content": "Hi", "cache_control": {}}]})),
        words(
            "Unknown parameter: 'messages[0].cache_control'.",
            Some("messages[0].cache_control"),
            Some("unknown_parameter")
        )
    );
    let reasoning = json!({"role": "assistant", "content": "Yes", "reasoning_content": "Hm"});
    assert_eq!(
        said(json!({"messages": [reasoning, {"role": "user", "content": "Hi"}]}))
            .2
            .as_deref(),
        Some("unknown_parameter")
    );
}

#[test]
fn missing_fields_are_named() {
    assert_eq!(
        said(json!({"messages": null})),
        words(
            "Missing required parameter: 'messages'.",
            Some("messages"),
            Some("missing_required_parameter")
        )
    );
    assert_eq!(
        said(json!({"messages": [{"content": "Hi"}]})).1.as_deref(),
        Some("messages[0].role")
    );
}

#[test]
fn wrong_types_are_named_as_json_types() {
    assert_eq!(
        said(json!({"temperature": "hot"})),
        words(
            "Invalid type for 'temperature': expected a decimal, but got a string instead.",
            Some("temperature"),
            Some("invalid_type")
        )
    );
    assert_eq!(
        said(json!({"messages": [{"role": "user", "content": 7}]})).0,
        "Invalid type for 'messages[0].content': expected one of a string or array of objects, \
         but got an integer instead."
    );
    assert_eq!(
        said(json!({"max_tokens": 1.5})).0,
        "Invalid type for 'max_tokens': expected an integer, but got a decimal instead."
    );
}

#[test]
fn values_outside_a_list_get_the_list() {
    assert_eq!(
        said(json!({"messages": [{"role": "robot", "content": "Hi"}]})),
        words(
            "Invalid value: 'robot'. Supported values are: 'system', 'developer', 'user', \
             'assistant', 'tool', and 'function'.",
            Some("messages[0].role"),
            Some("invalid_value")
        )
    );
    assert_eq!(
        said(json!({"service_tier": "gold"})).1.as_deref(),
        Some("service_tier")
    );
}

#[test]
fn numbers_have_limits() {
    assert_eq!(
        said(json!({"temperature": 3})),
        words(
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
            Some("temperature"),
            Some("decimal_above_max_value")
        )
    );
    assert_eq!(
        said(json!({"max_tokens": 0})).2.as_deref(),
        Some("integer_below_min_value")
    );
    assert_eq!(
        said(json!({"n": 129})).2.as_deref(),
        Some("integer_above_max_value")
    );
    accepts(json!({"temperature": 0, "top_p": 0, "n": 2, "seed": 0}));
}

#[test]
fn lists_have_lengths() {
    assert_eq!(
        said(json!({"messages": []})),
        words(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got \
             an empty array instead.",
            Some("messages"),
            Some("empty_array")
        )
    );
    assert_eq!(
        said(json!({"stop": ["a", "b", "c", "d", "e"]})),
        words(
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an \
             array with length 5 instead.",
            Some("stop"),
            Some("array_above_max_length")
        )
    );
}

#[test]
fn names_of_tools_follow_a_pattern() {
    let tool = json!({"type": "function", "function": {"name": "get weather"}});
    assert_eq!(
        said(json!({"tools": [tool]})),
        words(
            "Invalid 'tools[0].function.name': string does not match pattern. Expected a string \
             that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            Some("tools[0].function.name"),
            Some("invalid_value")
        )
    );
    let long = json!({"type": "function", "function": {"name": "x".repeat(65)}});
    assert_eq!(
        said(json!({"tools": [long]})).2.as_deref(),
        Some("string_above_max_length")
    );
}

#[test]
fn options_need_their_partners() {
    for (changes, param) in [
        (json!({"tool_choice": "auto"}), "tool_choice"),
        (json!({"parallel_tool_calls": true}), "parallel_tool_calls"),
        (
            json!({"stream_options": {"include_usage": true}}),
            "stream_options",
        ),
        (json!({"top_logprobs": 3}), "top_logprobs"),
        (
            json!({"max_tokens": 1, "max_completion_tokens": 1}),
            "max_tokens",
        ),
    ] {
        assert_eq!(said(changes).1.as_deref(), Some(param));
    }
    accepts(json!({"stream": true, "stream_options": {"include_usage": true}}));
    accepts(json!({"tool_choice": "none"}));
}

#[test]
fn the_chosen_tool_must_be_there() {
    let tool = json!({"type": "function", "function": {"name": "look"}});
    let choice = |name: &str| json!({"type": "function", "function": {"name": name}});
    assert!(
        said(json!({"tools": [tool.clone()], "tool_choice": choice("fly")}))
            .0
            .contains("not found in 'tools'")
    );
    accepts(json!({"tools": [tool], "tool_choice": choice("look")}));
}

#[test]
fn every_tool_call_is_answered_before_anything_else_is_said() {
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "ok"});
    accepts(tool_turns(json!([result("call_2"), result("call_1")])));
    assert_eq!(
        said(tool_turns(json!([result("call_1")]))),
        words(
            "An assistant message with 'tool_calls' must be followed by tool messages responding \
             to each 'tool_call_id'. The following tool_call_ids did not have response messages: \
             call_2",
            Some("messages.[3].role"),
            None
        )
    );
    assert_eq!(
        said(tool_turns(
            json!([result("call_1"), {"role": "user", "content": "Hi"}, result("call_2")])
        ))
        .1
        .as_deref(),
        Some("messages.[3].role")
    );
    assert_eq!(
        said(tool_turns(json!([result("call_3")]))).1.as_deref(),
        Some("messages.[2].tool_call_id")
    );
    assert_eq!(
        said(json!({"messages": [{"role": "user", "content": "Hi"}, result("call_1")]})),
        words(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding \
             message with 'tool_calls'.",
            Some("messages.[1].role"),
            None
        )
    );
}

#[test]
fn an_assistant_that_says_nothing_is_refused() {
    let silent = json!({"role": "assistant", "content": null});
    assert_eq!(
        said(json!({"messages": [silent, {"role": "user", "content": "Hi"}]})).0,
        "Invalid value for 'content': expected a string, got null."
    );
}

#[test]
fn images_are_web_addresses_or_base64_of_known_formats() {
    let image = |url: &str| json!({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]});
    accepts(image("https://example.com/cat.png"));
    accepts(image(&format!("data:image/png;base64,{PIXEL}")));
    assert_eq!(
        said(image("data:image/tiff;base64,AAAA")).2.as_deref(),
        Some("invalid_image_format")
    );
    assert_eq!(said(image("cat.png")).2.as_deref(), Some("invalid_value"));
}

#[test]
fn unknown_models_are_not_found() {
    let refusal = refusal(json!({"model": "gpt-4o-mega"}));
    assert_eq!(refusal.status, 404);
    assert_eq!(
        refusal.message,
        "The model `gpt-4o-mega` does not exist or you do not have access to it."
    );
    assert_eq!(refusal.code.as_deref(), Some("model_not_found"));
    accepts(json!({"model": "gpt-4o-2024-08-06"}));
}

#[test]
fn reasoning_models_refuse_what_they_do_not_do() {
    let asked = |changes: Value| with(&json!({"model": "gpt-5"}), changes);
    assert_eq!(
        said(asked(json!({"max_tokens": 5}))).0,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
         'max_completion_tokens' instead."
    );
    assert_eq!(
        said(asked(json!({"temperature": 0.5}))),
        words(
            "Unsupported value: 'temperature' does not support 0.5 with this model. Only the \
             default (1) value is supported.",
            Some("temperature"),
            Some("unsupported_value")
        )
    );
    for changes in [
        json!({"stop": "x"}),
        json!({"logprobs": true}),
        json!({"presence_penalty": 1}),
    ] {
        assert_eq!(
            said(asked(changes)).2.as_deref(),
            Some("unsupported_parameter")
        );
    }
    accepts(asked(
        json!({"temperature": 1, "max_completion_tokens": 5, "reasoning_effort": "low"}),
    ));
    accepts(json!({"model": "gpt-5.1", "reasoning_effort": "none", "temperature": 0.5}));
}

#[test]
fn effort_depends_on_the_model() {
    assert_eq!(
        said(json!({"reasoning_effort": "low"})).0,
        "Unrecognized request argument supplied: reasoning_effort"
    );
    assert_eq!(
        said(json!({"model": "o3", "reasoning_effort": "max"})).0,
        "Unsupported value: 'reasoning_effort' does not support 'max' with this model. Supported \
         values are: 'low', 'medium', and 'high'."
    );
    let tools = json!([{"type": "function", "function": {"name": "look"}}]);
    let both = json!({"model": "gpt-5.4", "reasoning_effort": "low", "tools": tools});
    assert_eq!(said(both).1.as_deref(), Some("reasoning_effort"));
}

#[test]
fn all_that_the_api_has_is_accepted() {
    accepts(json!({
        "frequency_penalty": 0.5, "presence_penalty": -0.5, "logit_bias": {"50256": -100},
        "logprobs": true, "top_logprobs": 2, "metadata": {"team": "tide"}, "modalities": ["text"],
        "moderation": {"model": "omni", "policy": {"input": {"mode": "score"}}},
        "prediction": {"type": "content", "content": "Hello"}, "prompt_cache_key": "k",
        "prompt_cache_options": {"mode": "explicit", "ttl": "30m"},
        "prompt_cache_retention": "24h", "safety_identifier": "s", "seed": 1,
        "service_tier": "fast", "stop": ["x"], "store": false, "user": "u", "verbosity": "medium",
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}, "strict": true}},
        "tools": [
            {"type": "function", "function": {"name": "look", "parameters": {}, "strict": null}},
            {"type": "custom", "custom": {"name": "code", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}}}],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "look"}}]}},
        "parallel_tool_calls": false, "stream": true,
        "stream_options": {"include_usage": true, "include_obfuscation": false},
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be brief", "prompt_cache_breakpoint": {"mode": "explicit"}}]},
            {"role": "user", "name": "ada", "content": [
                {"type": "text", "text": "Hi"},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "original"}}]},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "No"}], "annotations": [], "audio": null, "tool_calls": null},
            {"role": "user", "content": "Hi"}]
    }));
}
