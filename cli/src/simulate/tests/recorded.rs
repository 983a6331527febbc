//! Real traffic as the judge of the judges.
//!
//! It lies beside the repository, or where `TIDEGATE_RECORDED` says; the tests skip
//! without it. Whatever a vendor has accepted must be accepted here, what it refused
//! must be refused in the same words, and what is said here must have been said so by
//! the vendor: no field may appear that no recording has.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{ask, document, events, with};
use crate::simulate::script::yaml_to_json;
use crate::simulate::vendor::Dialect;

struct Exchange {
    file: String,
    request: Value,
    status: u64,
    answer: Value,
}

#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn folder(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recorded");
    let folder = std::env::var_os("TIDEGATE_RECORDED").map_or(beside.into(), PathBuf::from);
    let folder = folder.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no recordings in {}", folder.display());
    None
}

fn files(name: &str, ending: &str) -> Vec<(String, String)> {
    let Some(folder) = folder(name) else {
        return Vec::new();
    };
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The requests of all cassettes, in either of their formats, with what they got.
fn exchanges(vendor: &str, path: &str) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    for (file, text) in files(vendor, ".yaml") {
        let cassette = yaml_to_json(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
        for exchange in cassette["interactions"].as_array().unwrap() {
            let (request, response) = (&exchange["request"], &exchange["response"]);
            let url = request["uri"].as_str().or(request["url"].as_str()).unwrap();
            if !url.split('?').next().unwrap().ends_with(path) {
                continue;
            }
            let status = response["status"]["code"]
                .as_u64()
                .or(response["code"].as_u64());
            exchanges.push(Exchange {
                file: file.clone(),
                request: body(request),
                status: status.unwrap(),
                answer: body(response),
            });
        }
    }
    exchanges
}

fn body(message: &Value) -> Value {
    let text = message["body"].as_str().unwrap_or_default();
    match &message["parsed_body"] {
        Value::Null => serde_json::from_str(text).unwrap_or(Value::Null),
        parsed => parsed.clone(),
    }
}

fn judge_all(dialect: Dialect, path: &str) {
    for Exchange {
        file,
        request,
        status,
        answer,
    } in exchanges(dialect.name(), path)
    {
        let error = &answer["error"];
        match ask(dialect, &request) {
            Ok(_) => assert_eq!(status, 200, "{file}: accepted, unlike {error}"),
            Err(refusal) => {
                // A real signature belongs to the real vendor.
                if refusal
                    .message
                    .ends_with("Invalid `signature` in `thinking` block")
                {
                    continue;
                }
                assert_eq!(u64::from(refusal.status), status, "{file}: {refusal:?}");
                assert_eq!(json!(refusal.message), error["message"], "{file}");
                assert_eq!(json!(refusal.kind), error["type"], "{file}");
                assert_eq!(json!(refusal.code), error["code"], "{file}");
                assert_eq!(json!(refusal.param), error["param"], "{file}");
            }
        }
    }
}

#[test]
fn openai_requests_get_the_verdict_they_got() {
    judge_all(Dialect::Openai, "/v1/chat/completions");
}

#[test]
fn anthropic_requests_get_the_verdict_they_got() {
    judge_all(Dialect::Anthropic, "/v1/messages");
}

/// The paths of all fields of a document.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                // What a tool takes is its own business.
                if name != "input" {
                    let path = format!("{path}.{name}");
                    paths(value, &path, found);
                    found.insert(path);
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| paths(item, &format!("{path}[]"), found)),
        _ => {}
    }
}

fn fields(documents: &[Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    documents
        .iter()
        .for_each(|document| paths(document, "", &mut found));
    found
}

fn is_known(said: &[Value], recorded: &[Value], also: &[&str]) {
    if recorded.is_empty() {
        return;
    }
    let recorded = fields(recorded);
    let unknown: Vec<String> = fields(said)
        .into_iter()
        .filter(|path| !recorded.contains(path) && !also.contains(&path.as_str()))
        .collect();
    assert!(unknown.is_empty(), "no recording has {unknown:?}");
}

fn recorded_documents(vendor: &str, path: &str) -> Vec<Value> {
    let files = files(vendor, "text.json")
        .into_iter()
        .chain(files(vendor, "non-stream.json"));
    let documents = files.map(|(_, text)| serde_json::from_str(&text).unwrap());
    let answers = exchanges(vendor, path)
        .into_iter()
        .filter(|exchange| exchange.status == 200);
    documents
        .chain(answers.map(|exchange| exchange.answer))
        .collect()
}

/// Events from the chunk files and from the streams inside cassettes.
fn recorded_events(vendor: &str) -> Vec<Value> {
    let chunks = files(vendor, ".chunks.txt")
        .into_iter()
        .filter(|(name, _)| !name.contains("responses"));
    let mut events: Vec<Value> = chunks
        .flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    for (_, text) in files(vendor, ".yaml") {
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("data: "));
        events.extend(lines.filter_map(|data| serde_json::from_str(data).ok()));
    }
    events
}

const TALK: &str = "say Hello\ncall look {}";

fn openai_talk() -> Value {
    json!({"model": "gpt-4.1", "messages": [{"role": "user", "content": TALK}],
           "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]})
}

fn anthropic_talk() -> Value {
    json!({"model": "claude-sonnet-4-5", "max_tokens": 4000,
           "thinking": {"type": "enabled", "budget_tokens": 1024},
           "messages": [{"role": "user", "content": TALK}],
           "tools": [{"name": "look", "input_schema": {"type": "object"}}]})
}

#[test]
fn openai_documents_have_the_vendors_fields() {
    let said = [document(Dialect::Openai, &openai_talk())];
    let recorded = recorded_documents("openai", "/v1/chat/completions");
    // Newer than the recordings; in the SDK's types.
    is_known(
        &said,
        &recorded,
        &[".usage.prompt_tokens_details.cache_write_tokens"],
    );
}

#[test]
fn anthropic_documents_have_the_vendors_fields() {
    let said = [document(Dialect::Anthropic, &anthropic_talk())];
    is_known(&said, &recorded_documents("anthropic", "/v1/messages"), &[]);
}

#[test]
fn openai_chunks_have_the_vendors_fields() {
    let request = with(
        &openai_talk(),
        json!({"stream": true, "stream_options": {"include_usage": true}}),
    );
    let said: Vec<Value> = events(Dialect::Openai, &request)
        .into_iter()
        .map(|(_, data)| data)
        .collect();
    is_known(
        &said,
        &recorded_events("openai"),
        &[
            // Newer than the recordings; in the SDK's types.
            ".usage.prompt_tokens_details.cache_write_tokens",
            // No stream with tool calls was recorded.
            ".choices[].delta.tool_calls",
            ".choices[].delta.tool_calls[].index",
            ".choices[].delta.tool_calls[].id",
            ".choices[].delta.tool_calls[].type",
            ".choices[].delta.tool_calls[].function",
            ".choices[].delta.tool_calls[].function.name",
            ".choices[].delta.tool_calls[].function.arguments",
        ],
    );
}

#[test]
fn anthropic_events_have_the_vendors_fields() {
    let said: Vec<Value> = events(Dialect::Anthropic, &anthropic_talk())
        .into_iter()
        .map(|(_, data)| data)
        .collect();
    is_known(
        &said,
        &recorded_events("anthropic"),
        // Newer than the recordings; in the SDK's types.
        &[
            ".message.stop_details",
            ".message.usage.output_tokens_details",
            ".message.usage.output_tokens_details.thinking_tokens",
            ".delta.stop_details",
            ".usage.output_tokens_details",
            ".usage.output_tokens_details.thinking_tokens",
        ],
    );
}
