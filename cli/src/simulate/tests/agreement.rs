//! Both vendors say the same to the same question, at once or bit by bit.

use serde_json::{Map, Value, json};

use super::{PIXEL, document, events, with};
use crate::simulate::vendor::Dialect;

/// What an answer comes to, whatever its dialect.
#[derive(Debug, Default, PartialEq)]
struct Said {
    text: String,
    reasoning: String,
    calls: Vec<(String, String)>,
    finish: String,
    tokens: (u64, u64),
}

/// The same question in both dialects.
struct Pair {
    openai: Value,
    anthropic: Value,
}

/// A question that both dialects write alike but for some fields.
fn asked(text: &str, openai: Value, anthropic: Value) -> Pair {
    let messages = json!([{"role": "user", "content": text}]);
    let question = |model: &str| json!({"model": model, "messages": messages});
    let claude = with(&question("claude-sonnet-4-5"), json!({"max_tokens": 4000}));
    Pair {
        openai: with(&question("gpt-4.1"), openai),
        anthropic: with(&claude, anthropic),
    }
}

fn agree(pair: &Pair) -> Said {
    let said = [
        openai_document(&document(Dialect::Openai, &pair.openai)),
        openai_stream(&pair.openai),
        anthropic_document(&document(Dialect::Anthropic, &pair.anthropic)),
        anthropic_stream(&pair.anthropic),
    ];
    for other in &said[1..] {
        assert_eq!(&said[0], other, "for {}", pair.openai);
    }
    let [first, ..] = said;
    first
}

fn openai_document(answer: &Value) -> Said {
    let message = &answer["choices"][0]["message"];
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    Said {
        text: text("content"),
        reasoning: text("reasoning_content"),
        calls: calls
            .map(|call| {
                (
                    string(&call["function"]["name"]),
                    string(&call["function"]["arguments"]),
                )
            })
            .collect(),
        finish: string(&answer["choices"][0]["finish_reason"]),
        tokens: (
            number(&answer["usage"]["prompt_tokens"]),
            number(&answer["usage"]["completion_tokens"]),
        ),
    }
}

fn openai_stream(request: &Value) -> Said {
    let request = with(
        request,
        json!({"stream": true, "stream_options": {"include_usage": true}}),
    );
    let mut events = events(Dialect::Openai, &request);
    assert_eq!(events.pop().unwrap().1, "[DONE]");
    let mut said = Said::default();
    for (_, chunk) in &events {
        if let Some(usage) = chunk["usage"].as_object() {
            assert_eq!(chunk["choices"], json!([]));
            said.tokens = (
                number(&usage["prompt_tokens"]),
                number(&usage["completion_tokens"]),
            );
            continue;
        }
        let choice = &chunk["choices"][0];
        said.text
            .push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        said.reasoning.push_str(
            choice["delta"]["reasoning_content"]
                .as_str()
                .unwrap_or_default(),
        );
        for call in choice["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if let Some(name) = call["function"]["name"].as_str() {
                assert_eq!(number(&call["index"]), said.calls.len() as u64);
                said.calls.push((name.to_owned(), String::new()));
            }
            let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
            said.calls.last_mut().unwrap().1.push_str(arguments);
        }
        if let Some(finish) = choice["finish_reason"].as_str() {
            finish.clone_into(&mut said.finish);
        }
    }
    assert_eq!(events[0].1["choices"][0]["delta"]["role"], "assistant");
    said
}

fn anthropic_document(answer: &Value) -> Said {
    let mut said = Said {
        finish: finish(&answer["stop_reason"]),
        tokens: (
            number(&answer["usage"]["input_tokens"]),
            number(&answer["usage"]["output_tokens"]),
        ),
        ..Said::default()
    };
    for block in answer["content"].as_array().unwrap() {
        match block["type"].as_str().unwrap() {
            "text" => said.text.push_str(block["text"].as_str().unwrap()),
            "thinking" => said.reasoning.push_str(block["thinking"].as_str().unwrap()),
            "tool_use" => said
                .calls
                .push((string(&block["name"]), block["input"].to_string())),
            other => panic!("a block of type {other}"),
        }
    }
    said
}

/// Puts the blocks of a stream together as a client does, and reads the result.
fn anthropic_stream(request: &Value) -> Said {
    let mut message = Map::new();
    let mut blocks: Vec<Value> = Vec::new();
    let mut partial = String::new();
    for (name, event) in events(Dialect::Anthropic, request) {
        assert_eq!(event["type"], name.as_str());
        let block = blocks.last_mut();
        match name.as_str() {
            "message_start" => message = event["message"].as_object().unwrap().clone(),
            "content_block_start" => blocks.push(event["content_block"].clone()),
            "content_block_delta" => delta(block.unwrap(), &mut partial, &event["delta"]),
            "content_block_stop" if !partial.is_empty() => {
                block.unwrap()["input"] = serde_json::from_str(&partial).unwrap();
                partial.clear();
            }
            "message_delta" => {
                message.insert(
                    "stop_reason".to_owned(),
                    event["delta"]["stop_reason"].clone(),
                );
                message.insert("usage".to_owned(), event["usage"].clone());
            }
            "content_block_stop" | "message_stop" | "ping" => {}
            other => panic!("an event {other}"),
        }
    }
    message.insert("content".to_owned(), Value::Array(blocks));
    anthropic_document(&Value::Object(message))
}

fn delta(block: &mut Value, partial: &mut String, delta: &Value) {
    let (name, text) = match delta["type"].as_str().unwrap() {
        "text_delta" => ("text", &delta["text"]),
        "thinking_delta" => ("thinking", &delta["thinking"]),
        "signature_delta" => ("signature", &delta["signature"]),
        "input_json_delta" => return partial.push_str(delta["partial_json"].as_str().unwrap()),
        other => panic!("a delta of type {other}"),
    };
    let joined = format!(
        "{}{}",
        block[name].as_str().unwrap(),
        text.as_str().unwrap()
    );
    block[name] = Value::String(joined);
}

fn finish(reason: &Value) -> String {
    let reason = match reason.as_str().unwrap() {
        "end_turn" | "stop_sequence" => "stop",
        "max_tokens" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        other => panic!("a stop reason {other}"),
    };
    reason.to_owned()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// A tool in both dialects.
fn tools(schema: &Value) -> (Value, Value) {
    (
        json!([{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": schema}}]),
        json!([{"name": "look", "description": "Looks.", "input_schema": schema}]),
    )
}

fn city() -> Value {
    json!({"type": "object", "required": ["city"], "additionalProperties": false, "properties": {"city": {"type": "string"}}})
}

#[test]
fn a_text_is_said_back() {
    let said = agree(&asked(
        "Grüße 👩‍👩‍👧 \"quoted\"\n\u{2028} 𝄞",
        json!({}),
        json!({}),
    ));
    assert_eq!(said.text, "You said: Grüße 👩‍👩‍👧 \"quoted\"\n\u{2028} 𝄞");
    assert_eq!(said.finish, "stop");
}

#[test]
fn system_texts_count_as_prompt() {
    let pair = asked("Hi", json!({}), json!({"system": "Be brief."}));
    let messages =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]);
    let said = agree(&Pair {
        openai: with(&pair.openai, json!({"messages": messages})),
        ..pair
    });
    assert_eq!(said.tokens.0, 3);
}

#[test]
fn tools_are_called_as_the_text_asks() {
    let (openai, anthropic) = tools(&city());
    let text = "say Let me look.\ncall look {\"city\": \"Bern 🏔\"}\ncall nothing {}\ncall look {\"city\":\"B\\\"\"}";
    let said = agree(&asked(
        text,
        json!({"tools": openai}),
        json!({"tools": anthropic}),
    ));
    assert_eq!(said.text, "Let me look.");
    let calls: Vec<&str> = said
        .calls
        .iter()
        .map(|(_, arguments)| arguments.as_str())
        .collect();
    assert_eq!(calls, ["{\"city\":\"Bern 🏔\"}", "{\"city\":\"B\\\"\"}"]);
    assert_eq!(said.finish, "tool_calls");
}

#[test]
fn a_tool_that_must_be_called_gets_arguments_of_its_schema() {
    let (openai, anthropic) = tools(&city());
    for (choice, choice_anthropic) in [
        (json!("required"), json!({"type": "any"})),
        (
            json!({"type": "function", "function": {"name": "look"}}),
            json!({"type": "tool", "name": "look"}),
        ),
        (json!("auto"), json!({"type": "auto"})),
    ] {
        let said = agree(&asked(
            "Is it warm?",
            json!({"tools": openai, "tool_choice": choice}),
            json!({"tools": anthropic, "tool_choice": choice_anthropic}),
        ));
        assert_eq!(
            said.calls,
            [("look".to_owned(), "{\"city\":\"example\"}".to_owned())]
        );
    }
}

#[test]
fn no_tool_is_called_when_none_may_be() {
    let (openai, anthropic) = tools(&city());
    let said = agree(&asked(
        "Is it warm?",
        json!({"tools": openai, "tool_choice": "none"}),
        json!({"tools": anthropic, "tool_choice": {"type": "none"}}),
    ));
    assert_eq!(said.calls, []);
}

#[test]
fn one_call_at_a_time_is_one_call() {
    let (openai, anthropic) = tools(&json!({"type": "object"}));
    let said = agree(&asked(
        "call look\ncall look",
        json!({"tools": openai, "parallel_tool_calls": false}),
        json!({"tools": anthropic, "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
    ));
    assert_eq!(said.calls, [("look".to_owned(), "{}".to_owned())]);
}

#[test]
fn results_of_tools_are_quoted() {
    let (openai, anthropic) = tools(&city());
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "look", "arguments": "{ \"city\": \"Bern\" }"}});
    let use_ =
        |id: &str| json!({"type": "tool_use", "id": id, "name": "look", "input": {"city": "Bern"}});
    let pair = Pair {
        openai: json!({"model": "gpt-4.1", "tools": openai, "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": null, "tool_calls": [call("a"), call("b")]},
            {"role": "tool", "tool_call_id": "a", "content": "sun"},
            {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "rain"}]}]}),
        anthropic: json!({"model": "claude-sonnet-4-5", "max_tokens": 4000, "tools": anthropic, "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [use_("a"), use_("b")]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "sun"},
                {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "rain"}]}]}]}),
    };
    assert_eq!(agree(&pair).text, "The tools say: sun | rain");
}

#[test]
fn a_schema_gets_an_instance() {
    let said = agree(&asked(
        "A city",
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "city", "schema": city()}}}),
        json!({"output_config": {"format": {"type": "json_schema", "schema": city()}}}),
    ));
    assert_eq!(said.text, "{\"city\":\"example\"}");
}

#[test]
fn stop_sequences_and_token_limits_end_the_answer() {
    let said = agree(&asked(
        "say one two three",
        json!({"stop": ["three", "two"]}),
        json!({"stop_sequences": ["three", "two"]}),
    ));
    assert_eq!((said.text.as_str(), said.finish.as_str()), ("one ", "stop"));
    let said = agree(&asked(
        "say one two three",
        json!({"max_tokens": 2}),
        json!({"max_tokens": 2}),
    ));
    assert_eq!(
        (said.text.as_str(), said.finish.as_str()),
        ("one two", "length")
    );
    assert_eq!(said.tokens.1, 2);
}

#[test]
fn images_are_seen() {
    let pair = asked("", json!({}), json!({}));
    let text = json!({"type": "text", "text": "What is it?"});
    let part = json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PIXEL}")}});
    let block = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}});
    let said = agree(&Pair {
        openai: with(
            &pair.openai,
            json!({"messages": [{"role": "user", "content": [text, part]}]}),
        ),
        anthropic: with(
            &pair.anthropic,
            json!({"messages": [{"role": "user", "content": [text, block]}]}),
        ),
    });
    assert_eq!(
        said.text,
        "I see 1 image: image/png (70 bytes). You said: What is it?"
    );
}

#[test]
fn reasoning_is_shown_when_asked_for() {
    let said = agree(&asked(
        "Hi",
        json!({"model": "o3", "reasoning_effort": "low"}),
        json!({"thinking": {"type": "enabled", "budget_tokens": 2000}}),
    ));
    assert!(said.reasoning.starts_with("There are 2 characters"));
    assert_eq!(said.text, "You said: Hi");
}

#[test]
fn a_refusal_is_a_finish_of_its_own() {
    let said = agree(&asked("refuse It is not safe.", json!({}), json!({})));
    assert_eq!(
        (said.finish.as_str(), said.text.as_str()),
        ("content_filter", "")
    );
}

#[test]
fn choices_take_turns_in_a_stream_and_say_the_same() {
    let request = asked("Hi there", json!({"n": 2}), json!({})).openai;
    let whole = document(Dialect::Openai, &request);
    assert_eq!(
        whole["choices"][1]["message"]["content"],
        "You said: Hi there"
    );
    let mut texts = [String::new(), String::new()];
    let mut order = Vec::new();
    for (_, chunk) in events(Dialect::Openai, &request) {
        let Some(choice) = chunk["choices"].get(0) else {
            continue;
        };
        let index = usize::try_from(number(&choice["index"])).unwrap();
        texts[index].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        order.push(index);
    }
    assert_eq!(texts, ["You said: Hi there", "You said: Hi there"]);
    assert_eq!(order[..4], [0, 1, 0, 1]);
}

#[test]
fn functions_are_called_as_before_there_were_tools() {
    let functions = json!([{"name": "look", "parameters": city()}]);
    let request = asked(
        "call look {\"city\":\"Bern\"}",
        json!({"functions": functions}),
        json!({}),
    )
    .openai;
    let whole = document(Dialect::Openai, &request);
    let choice = &whole["choices"][0];
    let call = json!({"name": "look", "arguments": "{\"city\":\"Bern\"}"});
    assert_eq!(
        (
            &choice["message"]["function_call"],
            &choice["finish_reason"]
        ),
        (&call, &json!("function_call"))
    );
    let arguments: String = events(Dialect::Openai, &request)
        .iter()
        .filter_map(|(_, chunk)| {
            chunk["choices"][0]["delta"]["function_call"]["arguments"].as_str()
        })
        .collect();
    assert_eq!(arguments, "{\"city\":\"Bern\"}");

    let messages = json!([{"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "function_call": call},
        {"role": "function", "name": "look", "content": "sun"}]);
    let said = document(
        Dialect::Openai,
        &with(&request, json!({"messages": messages})),
    );
    assert_eq!(
        said["choices"][0]["message"]["content"],
        "The tools say: sun"
    );
}

#[test]
fn custom_tools_take_free_text() {
    let tools = json!([{"type": "custom", "custom": {"name": "code"}}]);
    let request = asked(
        "call code print(\"hi\")",
        json!({"tools": tools}),
        json!({}),
    )
    .openai;
    let whole = document(Dialect::Openai, &request);
    let call = &whole["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(
        call["custom"],
        json!({"name": "code", "input": "print(\"hi\")"})
    );
    let input: String = events(Dialect::Openai, &request)
        .iter()
        .filter_map(|(_, chunk)| {
            chunk["choices"][0]["delta"]["tool_calls"][0]["custom"]["input"].as_str()
        })
        .collect();
    assert_eq!(input, "print(\"hi\")");
}

#[test]
fn only_allowed_tools_are_called() {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    let allowed = json!({"mode": "required", "tools": [tool("fly")]});
    let request = asked(
        "Hi",
        json!({
            "tools": [tool("look"), tool("fly")],
            "tool_choice": {"type": "allowed_tools", "allowed_tools": allowed},
        }),
        json!({}),
    )
    .openai;
    let whole = document(Dialect::Openai, &request);
    let calls = whole["choices"][0]["message"]["tool_calls"]
        .as_array()
        .unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["function"]["name"], "fly");
}
