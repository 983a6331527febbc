//! Real traffic, where it is at hand: `../shared/recorded` beside the project, or the folder that
//! `TIDEGATE_RECORDED` names. Without it these tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tidegate::providers::Phase;
use tidegate::providers::openai_compatible::{self, AnswerOptions, ClientUsage};

use crate::sdk::{Answer, End, assert_openai_error, read_stream, read_whole};
use crate::{fold, pass, preset, upstream, whole};

/// What an upstream answered.
struct Recorded {
    kind: &'static str,
    name: String,
    status: u16,
    body: Body,
}

enum Body {
    Stream(Vec<u8>),
    Json(Value),
}

/// Which provider each folder has talked to; the last folder holds several.
const KINDS: &[(&str, &str, &str)] = &[
    ("openai", "O03", "openai"),
    ("openai", "O04", "openai"),
    ("azure", "O04", "azure"),
    ("groq", "O06", "groq"),
    ("mistral", "O05", "mistral"),
    ("deepseek", "O06", "deepseek"),
    ("qwen", "O06", "qwen"),
    ("xai", "O07", "xai"),
    ("openrouter", "O07", "openrouter"),
    ("ollama", "O075", "ollama"),
    ("compatible", "O076", "zai"),
    ("compatible", "O077", "cerebras"),
];

/// Recordings of other endpoints.
const OTHER_ENDPOINTS: &[&str] = &["O047", "O048", "O050"];

#[test]
fn every_recorded_stream_reads_as_the_upstream_meant_it() {
    let mut count = 0;
    for (kind, name, stream) in streams() {
        count += 1;
        let said = upstream::fold(chunks(&stream).iter());
        for usage in [ClientUsage::AtEnd, ClientUsage::Hidden] {
            let wants_usage = usage == ClientUsage::AtEnd;
            let (client, observed) = pass(kind, usage, [stream.as_slice()]);
            let (answer, end) = read_stream(&client, wants_usage);
            assert_same_choices(&answer, &said, &name);
            if end == End::Done {
                assert_eq!(observed.phase, Phase::Complete, "{name}");
                assert_eq!(
                    answer.usage.is_some(),
                    wants_usage && said.usage.is_some(),
                    "{name}"
                );
            } else {
                assert!(matches!(observed.phase, Phase::Failed(_)), "{name}");
            }
            if let (Some(told), Some(observed)) = (&answer.usage, observed.usage) {
                assert_eq!(told["total_tokens"], observed.total(), "{name}");
                assert_eq!(told["completion_tokens"], observed.total_output(), "{name}");
            }
        }
    }
    assert!(count == 0 || count >= 13, "{count} streams");
}

#[test]
fn recorded_streams_of_openai_pass_byte_for_byte() {
    for (kind, name, stream) in streams() {
        if kind == "openai" {
            let (client, _) = pass(kind, ClientUsage::AtEnd, [stream.as_slice()]);
            assert!(client == stream, "{name}");
        }
    }
}

#[test]
fn every_recorded_stream_folds_to_what_the_upstream_meant() {
    for (kind, name, stream) in streams() {
        let (client, _) = pass(kind, ClientUsage::AtEnd, [stream.as_slice()]);
        let (answer, end) = read_stream(&client, true);
        let folded = fold(kind, stream.chunks(1000));
        assert_eq!(folded.is_ok(), end == End::Done, "{name}");
        if let Ok(whole) = folded {
            assert_eq!(read_whole(&whole.body.unwrap()), answer, "{name}");
        }
    }
}

#[test]
fn recorded_streams_give_the_same_bytes_whatever_the_chunks() {
    for (kind, name, stream) in streams() {
        let whole = pass(kind, ClientUsage::Hidden, [stream.as_slice()]);
        for size in [1, 2, 3, 7, 100, 1000, 16 * 1024] {
            let split = pass(kind, ClientUsage::Hidden, stream.chunks(size));
            assert!(split == whole, "{name} in chunks of {size}");
        }
    }
}

#[test]
fn every_recorded_answer_reads_as_the_upstream_meant_it() {
    let mut count = 0;
    for (kind, name, body) in answers() {
        count += 1;
        let said = upstream::whole(&serde_json::from_slice(&body).unwrap());
        let (client, read) = whole(kind, &body);
        let answer = read_whole(&client);
        assert_same_choices(&answer, &said, &name);
        let usage = read.usage.unwrap_or_else(|| panic!("{name} has usage"));
        let told = answer
            .usage
            .unwrap_or_else(|| panic!("{name} keeps its usage"));
        assert_eq!(told["total_tokens"], usage.total(), "{name}");
        assert_eq!(told["prompt_tokens"], usage.total_input(), "{name}");
    }
    assert!(count == 0 || count >= 18, "{count} answers");
}

#[test]
fn every_recorded_answer_can_be_told_as_a_stream() {
    for (kind, name, body) in answers() {
        let options = AnswerOptions::new(preset(kind), ClientUsage::AtEnd);
        let told = openai_compatible::one_shot(preset(kind), &body, &options)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let (streamed, end) = read_stream(&told.body.unwrap(), true);
        assert_eq!(end, End::Done);
        assert_eq!(streamed, read_whole(&whole(kind, &body).0), "{name}");
    }
}

#[test]
fn every_recorded_error_reads_as_openais() {
    let mut count = 0;
    for (name, status, body) in errors() {
        count += 1;
        let (error, rewritten) = openai_compatible::error(status, &body);
        assert_eq!(error.status, status, "{name}");
        let told: Value = serde_json::from_slice(&rewritten.unwrap_or(body)).unwrap();
        assert_openai_error(&told["error"]);
        assert_eq!(told["error"]["message"], error.message, "{name}");
    }
    assert!(count == 0 || count >= 7, "{count} errors");
}

fn assert_same_choices(client: &Answer, upstream: &Answer, name: &str) {
    assert_eq!(client.choices, upstream.choices, "{name}");
}

/// The JSON of a stream's chunks, comments and `[DONE]` left out.
fn chunks(stream: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(stream).unwrap().lines();
    let data = lines.filter_map(|line| line.strip_prefix("data: "));
    let data = data.filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn streams() -> Vec<(&'static str, String, Vec<u8>)> {
    let stream = |recorded: Recorded| match recorded.body {
        Body::Stream(stream) => Some((recorded.kind, recorded.name, stream)),
        Body::Json(_) => None,
    };
    recorded().into_iter().filter_map(stream).collect()
}

fn answers() -> Vec<(&'static str, String, Vec<u8>)> {
    let answer = |recorded: Recorded| match recorded.body {
        Body::Json(json) if recorded.status == 200 => {
            Some((recorded.kind, recorded.name, json.to_string().into_bytes()))
        }
        _ => None,
    };
    recorded().into_iter().filter_map(answer).collect()
}

fn errors() -> Vec<(String, u16, Vec<u8>)> {
    let error = |recorded: Recorded| match recorded.body {
        Body::Json(json) if recorded.status >= 400 => Some((
            recorded.name,
            recorded.status,
            json.to_string().into_bytes(),
        )),
        _ => None,
    };
    recorded().into_iter().filter_map(error).collect()
}

/// All recordings of chat completions.
fn recorded() -> Vec<Recorded> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (subfolder, prefix, kind) in KINDS {
        for path in files(&folder.join(subfolder)) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let is_other = OTHER_ENDPOINTS.iter().any(|other| name.starts_with(other));
            if name.starts_with(prefix) && !is_other {
                read(&path, kind, &name, &mut all);
            }
        }
    }
    all
}

#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/recorded");
    let folder = std::env::var_os("TIDEGATE_RECORDED").map_or(beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no recordings in {}", folder.display());
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn read(path: &Path, kind: &'static str, name: &str, all: &mut Vec<Recorded>) {
    let text = std::fs::read_to_string(path).unwrap();
    let recorded = |status, body| Recorded {
        kind,
        name: name.to_owned(),
        status,
        body,
    };
    if name.ends_with(".chunks.txt") {
        all.push(recorded(200, Body::Stream(framed(&text))));
    } else if name.ends_with(".json") {
        all.push(recorded(
            200,
            Body::Json(serde_json::from_str(&text).unwrap()),
        ));
    } else {
        let cassette: Value = serde_saphyr::from_str(&text).unwrap();
        for interaction in cassette["interactions"].as_array().unwrap() {
            let response = &interaction["response"];
            all.push(recorded(status(response), body(response)));
        }
    }
}

/// Puts the framing back that the recording has left out.
fn framed(chunks: &str) -> Vec<u8> {
    let chunks = chunks.lines().filter(|line| !line.is_empty());
    let events: String = chunks.map(|chunk| format!("data: {chunk}\n\n")).collect();
    (events + "data: [DONE]\n\n").into_bytes()
}

fn status(response: &Value) -> u16 {
    let code = [&response["code"], &response["status"]["code"]];
    let code = code.into_iter().find_map(Value::as_u64).unwrap();
    u16::try_from(code).unwrap()
}

fn body(response: &Value) -> Body {
    if let Some(parsed) = response.get("parsed_body") {
        return Body::Json(parsed.clone());
    }
    let text = [&response["body"], &response["body"]["string"]];
    let text = text.into_iter().find_map(Value::as_str).unwrap();
    match serde_json::from_str(text) {
        Ok(json) => Body::Json(json),
        Err(_) => Body::Stream(text.as_bytes().to_vec()),
    }
}
