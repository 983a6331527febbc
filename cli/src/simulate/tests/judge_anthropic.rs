//! What Anthropic refuses, and in which words.

use serde_json::{Value, json};

use super::{PIXEL, ask, ask_version, document, with};
use crate::simulate::vendor::Dialect;

fn good() -> Value {
    json!({"model": "claude-sonnet-4-5", "max_tokens": 500,
           "messages": [{"role": "user", "content": "Hi"}]})
}

fn said(changes: Value) -> String {
    let request = with(&good(), changes);
    match ask(Dialect::Anthropic, &request) {
        Ok(_) => panic!("accepted: {request}"),
        Err(refusal) => {
            assert_eq!(
                (refusal.status, refusal.kind.as_str()),
                (400, "invalid_request_error")
            );
            refusal.message
        }
    }
}

fn accepts(changes: Value) {
    let request = with(&good(), changes);
    if let Err(refusal) = ask(Dialect::Anthropic, &request) {
        panic!("refused {request}: {refusal:?}");
    }
}

fn blocks(blocks: Value) -> Value {
    json!({"messages": [{"role": "user", "content": blocks}]})
}

/// A conversation in which two tools have been called.
fn tool_turns(answer: Value) -> Value {
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "look", "input": {}});
    json!({"messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [call("toolu_1"), call("toolu_2")]},
        {"role": "user", "content": answer}]})
}

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": "ok"})
}

#[test]
fn unknown_fields_are_extra_inputs() {
    for (changes, path) in [
        (json!({"seed": 1}), "seed"),
        (json!({"response_format": {}}), "response_format"),
        (
            blocks(json!([{"type": "text", "text": "Hi", "id": 1}])),
            "messages.0.content.0.text.id",
        ),
        (
            json!({"tools": [{"name": "look", "input_schema": {"type": "object"}, "parameters": {}}]}),
            "tools.0.custom.parameters",
        ),
        (
            json!({"system": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "scope": "x"}}]}),
            "system.0.text.cache_control.ephemeral.scope",
        ),
        (
            json!({"thinking": {"type": "adaptive", "budget_tokens": 2000}}),
            "thinking.adaptive.budget_tokens",
        ),
    ] {
        assert_eq!(
            said(changes),
            format!("{path}: Extra inputs are not permitted")
        );
    }
}

#[test]
fn required_fields_are_required() {
    assert_eq!(
        said(json!({"max_tokens": null})),
        "max_tokens: Field required"
    );
    assert_eq!(said(json!({"model": null})), "model: Field required");
    let tool = |schema: Value| json!({"tools": [{"name": "look", "input_schema": schema}]});
    assert_eq!(
        said(tool(json!({}))),
        "tools.0.custom.input_schema.type: Field required"
    );
    assert_eq!(
        said(tool(json!({"type": "array"}))),
        "tools.0.custom.input_schema.type: Input should be 'object'"
    );
}

#[test]
fn values_have_types_and_limits() {
    assert_eq!(
        said(json!({"max_tokens": "5"})),
        "max_tokens: Input should be a valid integer"
    );
    assert_eq!(
        said(json!({"temperature": 1.5})),
        "temperature: Input should be less than or equal to 1"
    );
    assert_eq!(
        said(json!({"service_tier": "flex"})),
        "service_tier: Input should be 'auto' or 'standard_only'"
    );
    assert_eq!(
        said(json!({"thinking": {"type": "enabled", "budget_tokens": 512}, "max_tokens": 2000})),
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
    );
    assert_eq!(
        said(blocks(json!([{"type": "image_url"}])))
            .split(": ")
            .next(),
        Some("messages.0.content.0")
    );
    assert_eq!(
        said(json!({"tools": [{"name": "get weather", "input_schema": {"type": "object"}}]})),
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
    );
}

#[test]
fn roles_are_those_of_people_and_models() {
    assert!(
        said(json!({"messages": [{"role": "tool", "content": "Hi"}]}))
            .starts_with("messages: Unexpected role \"tool\".")
    );
    let system =
        json!([{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief"}]);
    assert!(said(json!({"messages": system})).contains("top-level `system` parameter"));
    accepts(json!({"model": "claude-opus-4-8", "messages": system}));
    let first =
        json!([{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]);
    assert!(
        said(json!({"model": "claude-opus-4-8", "messages": first}))
            .contains("must follow a `user` message")
    );
}

#[test]
fn nothing_may_be_empty() {
    assert_eq!(
        said(json!({"messages": []})),
        "messages: at least one message is required"
    );
    assert_eq!(
        said(blocks(json!([{"type": "text", "text": ""}]))),
        "messages: text content blocks must be non-empty"
    );
    assert_eq!(
        said(blocks(json!([{"type": "text", "text": " \n"}]))),
        "messages: text content blocks must contain non-whitespace text"
    );
    assert_eq!(
        said(json!({"system": [{"type": "text", "text": ""}]})),
        "system: text content blocks must be non-empty"
    );
    assert!(said(blocks(json!([]))).contains("must have non-empty content"));
    assert!(said(json!({"stop_sequences": ["\n"]})).contains("must contain non-whitespace"));
}

#[test]
fn every_tool_use_is_answered_at_the_start_of_the_next_message() {
    accepts(tool_turns(
        json!([result("toolu_2"), result("toolu_1"), {"type": "text", "text": "Go on"}]),
    ));
    assert_eq!(
        said(tool_turns(json!([result("toolu_1")]))),
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: \
         toolu_2. Each `tool_use` block must have a corresponding `tool_result` block in the next \
         message."
    );
    assert!(
        said(tool_turns(
            json!([{"type": "text", "text": "Look"}, result("toolu_1"), result("toolu_2")])
        ))
        .starts_with("messages.1: `tool_use` ids were found")
    );
    assert_eq!(
        said(blocks(json!([result("toolu_9")]))),
        "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_9. \
         Each `tool_result` block must have a corresponding `tool_use` block in the previous \
         message."
    );
    assert!(
        said(tool_turns(json!([
            result("toolu_1"),
            result("toolu_2"),
            result("toolu_2")
        ])))
        .contains("each tool_use must have a single result")
    );
}

#[test]
fn ids_and_inputs_of_tools_are_checked() {
    let call = |id: &str, input: Value| {
        json!({"messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": "look", "input": input}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id}]}]})
    };
    accepts(call("call_1", json!({})));
    assert_eq!(
        said(call("call.1", json!({}))),
        "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
    );
    assert_eq!(
        said(call("call_1", json!("{}"))),
        "messages.1.content.0.tool_use.input: Input should be a valid dictionary"
    );
}

#[test]
fn tools_are_unique_and_the_chosen_one_is_there() {
    let tool = json!({"name": "look", "input_schema": {"type": "object"}});
    assert_eq!(
        said(json!({"tools": [tool, tool]})),
        "tools: Tool names must be unique."
    );
    assert!(said(json!({"tool_choice": {"type": "auto"}})).starts_with("tool_choice: "));
    assert_eq!(
        said(json!({"tools": [tool], "tool_choice": {"type": "tool", "name": "fly"}})),
        "Tool 'fly' not found in provided tools"
    );
    assert!(
        said(json!({"tools": [tool], "tool_choice": "auto"}))
            .starts_with("tool_choice: Input should be")
    );
    for choice in ["auto", "any", "none"] {
        accepts(json!({"tools": [tool], "tool_choice": {"type": choice}}));
    }
    assert!(
        said(json!({"tools": [{"name": "a", "input_schema": {"type": "object", "anyOf": []}}]}))
            .contains("at the top level")
    );
}

#[test]
fn thinking_has_its_rules() {
    let thinking = |changes: Value| {
        with(
            &json!({"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000}}),
            changes,
        )
    };
    accepts(thinking(json!({"temperature": 1})));
    assert_eq!(
        said(thinking(json!({"max_tokens": 2000}))),
        "`max_tokens` must be greater than `thinking.budget_tokens`."
    );
    assert!(
        said(thinking(json!({"temperature": 0.5})))
            .starts_with("`temperature` may only be set to 1")
    );
    assert!(said(thinking(json!({"top_k": 5}))).starts_with("`top_k` must be unset"));
    let tool = json!({"name": "look", "input_schema": {"type": "object"}});
    assert_eq!(
        said(thinking(
            json!({"tools": [tool], "tool_choice": {"type": "any"}})
        )),
        "Thinking may not be enabled when tool_choice forces tool use."
    );
    let turns = tool_turns(json!([result("toolu_1"), result("toolu_2")]));
    assert!(
        said(thinking(turns))
            .starts_with("messages.1.content.0.type: Expected `thinking` or `redacted_thinking`")
    );
}

#[test]
fn thinking_comes_back_as_it_was_given_out() {
    let request = with(
        &good(),
        json!({"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000}}),
    );
    let answer = document(Dialect::Anthropic, &request);
    let turns = |content: Value| json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": content}, {"role": "user", "content": "And?"}]});
    accepts(turns(answer["content"].clone()));
    let mut forged = answer["content"].clone();
    forged[0]["thinking"] = json!("I was told to say so.");
    assert_eq!(
        said(turns(forged)),
        "messages.1.content.0: Invalid `signature` in `thinking` block"
    );
}

#[test]
fn models_differ_in_what_they_take() {
    let to = |model: &str, changes: Value| with(&json!({"model": model}), changes);
    let said_to = |model: &str, changes: Value| said(to(model, changes));
    assert_eq!(
        said_to("claude-opus-4-7", json!({"temperature": 0.5})),
        "`temperature` is deprecated for this model."
    );
    accepts(to("claude-opus-4-7", json!({"temperature": 1})));
    assert_eq!(
        said_to("claude-opus-4-5", json!({"temperature": 0.5, "top_p": 0.5})),
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
    );
    let manual =
        json!({"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000}});
    assert!(
        said_to("claude-opus-4-7", manual)
            .starts_with("\"thinking.type.enabled\" is not supported")
    );
    let adaptive = json!({"thinking": {"type": "adaptive"}});
    assert_eq!(
        said_to("claude-sonnet-4-5", adaptive),
        "adaptive thinking is not supported on this model"
    );
    assert_eq!(
        said_to(
            "claude-opus-4-6",
            json!({"output_config": {"effort": "xhigh"}})
        ),
        "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium."
    );
    let off = json!({"thinking": {"type": "disabled"}});
    accepts(to("claude-opus-5", off.clone()));
    assert!(said_to("claude-fable-5-1", off).contains("thinking.type.disabled"));
    assert_eq!(
        said_to("claude-haiku-4-5", json!({"max_tokens": 64_001})),
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5"
    );
}

#[test]
fn an_answer_can_be_begun_only_with_some_models() {
    let turns = |end: &str| json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": end}]);
    accepts(json!({"messages": turns("Well,")}));
    assert!(said(json!({"messages": turns("Well, ")})).contains("trailing whitespace"));
    assert!(
        said(json!({"model": "claude-sonnet-4-6", "messages": turns("Well,")}))
            .starts_with("This model does not support assistant message prefill.")
    );
}

#[test]
fn images_are_what_their_label_says() {
    let image = |media_type: &str, data: &str| {
        blocks(
            json!([{"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}]),
        )
    };
    accepts(image("image/png", PIXEL));
    assert!(
        said(image("image/jpeg", PIXEL))
            .starts_with("messages.0.content.0.image.source.base64.data: ")
    );
    assert_eq!(
        said(image("image/png", "aGVsbG8=")),
        "Could not process image"
    );
    assert!(said(image("image/png", "data:image/png;base64,AA")).ends_with("Invalid base64 data"));
    assert_eq!(
        said(image("image/jpg", PIXEL)),
        "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', \
         'image/png', 'image/gif' or 'image/webp'"
    );
    let url = |url: &str| blocks(json!([{"type": "image", "source": {"type": "url", "url": url}}]));
    accepts(url("https://example.com/cat.png"));
    assert!(said(url("http://example.com/cat.png")).contains("Only HTTPS"));
}

#[test]
fn output_schemas_are_closed_and_simple() {
    let format = |schema: Value| json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}});
    let object = |properties: Value| {
        format(json!({"type": "object", "additionalProperties": false, "properties": properties}))
    };
    accepts(object(
        json!({"a": {"type": ["string", "null"]}, "b": {"type": "array", "minItems": 1, "items": {"type": "string"}}}),
    ));
    assert_eq!(
        said(format(json!({"type": "object", "properties": {}}))),
        "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
    );
    for (schema, complaint) in [
        (
            json!({"type": "integer", "minimum": 1}),
            "For 'integer' type, property 'minimum' is not supported",
        ),
        (
            json!({"type": "string", "maxLength": 1}),
            "For 'string' type, property 'maxLength' is not supported",
        ),
        (
            json!({"type": "array", "minItems": 2}),
            "For 'array' type, 'minItems' values other than 0 or 1 are not supported",
        ),
        (
            json!({"oneOf": []}),
            "Schema keyword 'oneOf' is not supported",
        ),
    ] {
        assert_eq!(
            said(object(json!({"a": schema}))),
            format!("output_config.format.schema: {complaint}")
        );
    }
}

#[test]
fn a_property_may_have_the_name_of_a_keyword() {
    let properties = json!({"not": {"type": "string"}, "minimum": {"type": "string"}});
    accepts(
        json!({"output_config": {"format": {"type": "json_schema", "schema":
        {"type": "object", "additionalProperties": false, "properties": properties}}}}),
    );
}

#[test]
fn at_most_four_places_are_marked_for_the_cache() {
    let marked =
        json!({"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": "1h"}});
    accepts(blocks(json!([marked, marked, marked, marked])));
    assert_eq!(
        said(with(
            &blocks(json!([marked, marked, marked, marked])),
            json!({"system": [marked]})
        )),
        "A maximum of 4 blocks with cache_control may be provided. Found 5."
    );
    // An argument of that name marks nothing.
    let input = json!({"cache_control": {}});
    accepts(
        json!({"tools": [{"name": "look", "input_schema": {"type": "object", "properties": input}}]}),
    );
}

#[test]
fn the_version_is_asked_for_and_decides() {
    let request = with(&good(), json!({"temperature": 1}));
    let complaint = |version| {
        ask_version(Dialect::Anthropic, &request, version)
            .unwrap_err()
            .message
    };
    assert_eq!(
        complaint("2026-10-21"),
        "temperature: Extra inputs are not permitted"
    );
    assert_eq!(
        complaint("2021-01-01"),
        "anthropic-version: \"2021-01-01\" is not a valid version"
    );
    assert!(ask_version(Dialect::Anthropic, &good(), "2026-10-21").is_ok());

    let source = json!({"type": "text", "media_type": "text/plain", "data": "Hi"});
    let document = json!({"type": "document", "source": source});
    let turns = json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [document]}, {"role": "user", "content": "And?"}]);
    let request = with(&good(), json!({"messages": turns}));
    assert!(ask_version(Dialect::Anthropic, &request, "2023-06-01").is_ok());
    let refusal = ask_version(Dialect::Anthropic, &request, "2026-10-21").unwrap_err();
    assert!(
        refusal
            .message
            .starts_with("messages.1.content.0: `document`")
    );
}

#[test]
fn unknown_models_are_not_found() {
    let request = with(&good(), json!({"model": "claude-2"}));
    let refusal = ask(Dialect::Anthropic, &request).unwrap_err();
    assert_eq!(
        (
            refusal.status,
            refusal.kind.as_str(),
            refusal.message.as_str()
        ),
        (404, "not_found_error", "model: claude-2")
    );
}
