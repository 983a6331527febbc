//! Bedrock's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tidegate::chat::{Error, ErrorKind, FinishReason};
use tidegate::providers::Recall;

use super::{exchanges, file, native, text};
use crate::decoded::{Answer, decode};
use crate::event_stream::encode;

const KIND: &str = "bedrock";

fn whole(body: &[u8]) -> Answer {
    let response = native(KIND).response(body, &Recall::default());
    response.expect("an answer").into()
}

fn streamed(bytes: &[u8]) -> Answer {
    let answer = decode(native(KIND), [bytes]).answer();
    answer.expect("a complete answer")
}

/// The answers of a cassette.
fn answers(name: &str) -> Option<Vec<Answer>> {
    let body = |exchange: &Value| exchange["response"]["parsed_body"].to_string();
    let exchanges = exchanges(KIND, name)?;
    Some(
        exchanges
            .iter()
            .map(|exchange| whole(body(exchange).as_bytes()))
            .collect(),
    )
}

/// What the API has taken: the model, which stands in the path, and the body.
fn taken(name: &str) -> Option<Vec<(String, Value)>> {
    let exchanges = exchanges(KIND, name)?;
    let taken = |exchange: &Value| {
        let request = &exchange["request"];
        let path = request["uri"].as_str().unwrap();
        let model = path.split('/').nth(4).unwrap().replace("%3A", ":");
        let body = request["body"].as_str().unwrap();
        (model, serde_json::from_str(body).unwrap())
    };
    Some(exchanges.iter().map(taken).collect())
}

/// What we write for a client's body is what was recorded, but for fields that say nothing.
fn assert_taken(client: &Value, recorded: &Value) {
    let mut recorded = recorded.clone();
    let fields = recorded.as_object_mut().unwrap();
    fields.retain(|_, value| *value != json!([]) && *value != json!({}));
    let mut sent = crate::requests::sent_body(native(KIND), client);
    // Claude's limit is ours to say, see `reasoning`.
    let fields = sent.as_object_mut().unwrap();
    if !recorded
        .as_object()
        .unwrap()
        .contains_key("inferenceConfig")
    {
        fields.remove("inferenceConfig");
    }
    assert_eq!(sent, recorded);
}

#[test]
fn texts() {
    let (Some(body), Some(events)) = (text(KIND, "O027"), text(KIND, "O028")) else {
        return;
    };
    let whole = whole(body.as_bytes());
    let streamed = streamed(&encode(&events));
    for (answer, output) in [(&whole, 57), (&streamed, 55)] {
        assert!(
            answer
                .text
                .starts_with("Let me count the \"r\"s in \"strawberry\":\n\ns-t-**r**")
        );
        assert!(
            answer.text.ends_with("r's in \"strawberry.\"")
                || answer.text.ends_with("\"r\"s in \"strawberry.\"")
        );
        assert_eq!(answer.finish, FinishReason::Stop);
        assert_eq!(
            (answer.usage.total_input(), answer.usage.total_output()),
            (22, output)
        );
    }
}

#[test]
fn a_thought_comes_with_its_signature() {
    let Some(events) = text(KIND, "O029") else {
        return;
    };
    let answer = streamed(&encode(&events));
    let [(thought, signature)] = &answer.reasoning[..] else {
        panic!("one thought")
    };
    assert!(thought.starts_with("Let me count the r's in \"strawberry\":"));
    assert!(thought.ends_with("So there are 3 r's."));
    assert!(signature.starts_with("Ep0CCkgICxABGAIq") && signature.ends_with("RkDaGAE="));
    assert!(
        answer
            .text
            .starts_with("There are **3** r's in \"strawberry\":\n\n1. st**r**awbe")
    );
    assert_eq!(
        (answer.usage.total_input(), answer.usage.total_output()),
        (51, 94)
    );
}

/// Frames as they came over the wire, padding included.
#[test]
fn raw_frames() {
    let (Some(small), Some(cassette)) = (file(KIND, "O031"), exchanges(KIND, "O030")) else {
        return;
    };
    let story = streamed(&small);
    assert!(
        story
            .text
            .starts_with("\nOnce upon a time, there was a little boy named Jack")
    );
    let [exchange] = &cassette[..] else {
        panic!("one exchange")
    };
    let base64: String = exchange["response"]["body"]["string"]
        .as_str()
        .unwrap()
        .split_whitespace()
        .collect();
    let answer = streamed(&STANDARD.decode(base64).unwrap());
    assert!(
        answer
            .text
            .starts_with("The capital of France is Paris. Paris is not only")
    );
    assert_eq!(answer.finish, FinishReason::Stop);
    for (answer, counts) in [(&story, (15, 142)), (&answer, (13, 82))] {
        let usage = answer.usage;
        assert_eq!((usage.total_input(), usage.total_output()), counts);
    }
}

#[test]
fn three_turns_with_tools() {
    let (Some(answers), Some(taken)) = (answers("O032"), taken("O032")) else {
        return;
    };
    let [first, second, third] = &answers[..] else {
        panic!("three turns")
    };
    let call = |answer: &Answer| answer.tool_calls.first().cloned().unwrap();
    let (id, name, arguments) = call(first);
    assert_eq!(
        (id.as_str(), name.as_str()),
        ("tooluse_Mj06ft-ITJik1Otgpkc1uA", "temperature")
    );
    assert_eq!(arguments, r#"{"city":"London","date":"2022-01-01"}"#);
    assert_eq!(first.finish, FinishReason::ToolCalls);
    assert!(
        second
            .text
            .ends_with("The temperature in London on 1st January 2022 was 30°C.")
    );
    assert_eq!(second.finish, FinishReason::Stop);
    let (_, name, arguments) = call(third);
    assert_eq!(name, "final_result");
    assert_eq!(
        arguments,
        r#"{"city":"London","date":"2022-01-01","temperature":"30°C"}"#
    );
    let usage = answers
        .iter()
        .map(|a| (a.usage.total_input(), a.usage.total_output()));
    assert_eq!(usage.collect::<Vec<_>>(), [(571, 22), (627, 67), (821, 31)]);

    // The second request, as a client of ours would make it.
    let (model, recorded) = &taken[1];
    let tool = |at: usize| {
        let spec = &recorded["toolConfig"]["tools"][at]["toolSpec"];
        json!({"type": "function", "function": {"name": spec["name"],
            "description": spec["description"], "parameters": spec["inputSchema"]["json"]}})
    };
    let client = json!({
        "model": model,
        "messages": [
            {"role": "system", "content": "You are a helpful chatbot."},
            {"role": "user", "content": "What was the temperature in London 1st January 2022?"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function",
                "function": {"name": "temperature", "arguments": r#"{"date":"2022-01-01","city":"London"}"#}}]},
            {"role": "tool", "tool_call_id": id, "content": "30°C", "is_error": false},
        ],
        "tools": [tool(0), tool(1)],
        "tool_choice": "required",
    });
    assert_taken(&client, recorded);
}

#[test]
fn a_limit_that_was_reached() {
    let (Some(answers), Some(taken)) = (answers("O033"), taken("O033")) else {
        return;
    };
    assert_eq!(answers[0].text, "The capital of France is");
    assert_eq!(answers[0].finish, FinishReason::Length);
    assert_eq!(
        (
            answers[0].usage.total_input(),
            answers[0].usage.total_output()
        ),
        (13, 5)
    );
    let (model, recorded) = &taken[0];
    let client = json!({"model": model, "max_tokens": 5, "messages": [
        {"role": "system", "content": "You are a helpful chatbot."},
        {"role": "user", "content": "What is the capital of France?"}]});
    assert_taken(&client, recorded);
}

#[test]
fn a_cache_is_written_and_then_read() {
    let (Some(answers), Some(taken)) = (answers("O034"), taken("O034")) else {
        return;
    };
    let counts: Vec<_> = answers
        .iter()
        .map(|answer| {
            let usage = answer.usage;
            (
                usage.input,
                usage.cache_write_5m,
                usage.cache_read,
                usage.output,
                usage.total(),
            )
        })
        .collect();
    assert_eq!(counts, [(2, 1322, 0, 5, 1329), (2, 0, 1322, 5, 1329)]);
    assert!(answers.iter().all(|answer| answer.text == "21"));

    let (model, recorded) = &taken[0];
    let user = &recorded["messages"][0]["content"];
    let marker = json!({"type": "ephemeral"});
    let tool = |name: &str| {
        json!({"type": "function", "function": {"name": name, "parameters":
            {"additionalProperties": false, "properties": {}, "type": "object"}}})
    };
    let mut marked = tool("diagnostics");
    marked["cache_control"] = marker.clone();
    let client = json!({"model": model, "tool_choice": "auto", "tools": [tool("catalog_lookup"), marked],
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": recorded["system"][0]["text"], "cache_control": marker}]},
        {"role": "user", "content": [
            {"type": "text", "text": user[0]["text"], "cache_control": marker},
            {"type": "text", "text": "What is 10 + 11?", "cache_control": marker},
        ]},
    ]});
    // The recorded document and a text of one line feed have no place in what we compare.
    let mut recorded = recorded.clone();
    let content = recorded["messages"][0]["content"].as_array_mut().unwrap();
    content.retain(|block| block.get("document").is_none() && block["text"] != "\n");
    assert_taken(&client, &recorded);
}

#[test]
fn an_unknown_model() {
    let Some(exchanges) = exchanges(KIND, "O035") else {
        return;
    };
    let body = exchanges[0]["response"]["parsed_body"].to_string();
    let error: Error = native(KIND).error(400, body.as_bytes());
    assert_eq!((error.status, error.kind), (404, ErrorKind::NotFound));
    assert_eq!(error.code.as_deref(), Some("model_not_found"));
    assert_eq!(error.message, "The provided model identifier is invalid.");
}

#[test]
fn json_by_a_schema() {
    let (Some(answers), Some(taken)) = (answers("O036"), taken("O036")) else {
        return;
    };
    let city: Value = serde_json::from_str(&answers[0].text).expect("JSON");
    assert_eq!(
        city,
        json!({"city": "Paris", "country": "France", "population": 2_161_000})
    );
    assert_eq!(
        (
            answers[0].usage.total_input(),
            answers[0].usage.total_output()
        ),
        (211, 18)
    );
    let (model, recorded) = &taken[0];
    let format = &recorded["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    let schema: Value = serde_json::from_str(format["schema"].as_str().unwrap()).unwrap();
    let client = json!({"model": model, "messages": recorded["messages"][0]["content"].as_array()
            .map(|parts| json!([{"role": "user", "content": parts[0]["text"]}])),
        "response_format": {"type": "json_schema", "json_schema": {"name": "CityInfo", "schema": schema, "strict": true}}});
    let sent = crate::requests::sent_body(native(KIND), &client);
    let ours = &sent["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    assert_eq!(ours["name"], format["name"]);
    let sent: Value = serde_json::from_str(ours["schema"].as_str().unwrap()).unwrap();
    assert_eq!(sent, schema);
}
