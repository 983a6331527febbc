//! Real traffic, recorded by other projects' tests.
//!
//! It lies beside the repository, or where `TIDEGATE_RECORDED` says; the tests skip without it.
//! Cassettes (`.yaml`) hold requests and answers, `.chunks.txt` the events of a stream, one a line.

use std::path::PathBuf;

use serde_json::Value;
use tidegate::chat::{ErrorKind, FinishReason};
use tidegate::providers::Recall;

use crate::decoded::Answer;
use crate::suite::anthropic;
use crate::suite::decode;

/// What one exchange answered.
enum Recorded {
    Whole(Answer),
    Streamed(Answer),
    Failed(tidegate::chat::Error),
}

fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recorded");
    let folder = std::env::var_os("TIDEGATE_RECORDED").map_or(beside, PathBuf::from);
    let folder = folder.join("anthropic");
    folder.is_dir().then_some(folder)
}

/// The text of the file whose name begins like this, and its ending; `None` where nothing is
/// recorded.
fn file(name: &str) -> Option<(String, String)> {
    let path = std::fs::read_dir(folder()?)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with(name)
        })
        .unwrap_or_else(|| panic!("no recorded file {name}"));
    let text = std::fs::read_to_string(&path).unwrap();
    Some((text, path.extension().unwrap().to_str().unwrap().to_owned()))
}

fn exchanges(name: &str) -> Option<Vec<Recorded>> {
    let (text, ending) = file(name)?;
    Some(match ending.as_str() {
        "json" => vec![whole(text.as_bytes())],
        "txt" => vec![Recorded::Streamed(decode(&framed(&text)).answer().unwrap())],
        _ => cassette(&text)
            .iter()
            .map(|exchange| answer(&exchange["response"]))
            .collect(),
    })
}

/// The bodies of a cassette's requests, all of which the API has taken, without what we leave out.
pub(crate) fn taken_requests(name: &str) -> Option<Vec<Value>> {
    let body = |exchange: &Value| {
        let mut body = exchange["request"]["parsed_body"].clone();
        body.as_object_mut()
            .unwrap()
            .retain(|_, value| *value != Value::Bool(false));
        body
    };
    Some(cassette(&file(name)?.0).iter().map(body).collect())
}

fn framed(events: &str) -> String {
    events
        .lines()
        .map(|event| format!("data: {event}\n\n"))
        .collect()
}

fn cassette(yaml: &str) -> Vec<Value> {
    let cassette: Value = serde_saphyr::from_str(yaml).expect("a cassette is YAML");
    cassette["interactions"]
        .as_array()
        .expect("interactions")
        .clone()
}

fn answer(response: &Value) -> Recorded {
    let status = response["status"]["code"].as_u64().unwrap();
    match response["body"]["string"].as_str() {
        Some(stream) => Recorded::Streamed(decode(stream).answer().unwrap()),
        None if status == 200 => whole(response["parsed_body"].to_string().as_bytes()),
        None => Recorded::Failed(anthropic().error(
            status.try_into().unwrap(),
            response["parsed_body"].to_string().as_bytes(),
        )),
    }
}

fn whole(body: &[u8]) -> Recorded {
    Recorded::Whole(
        anthropic()
            .response(body, &Recall::default())
            .unwrap()
            .into(),
    )
}

/// The answers of a file, which must all be complete.
fn answers(name: &str) -> Option<Vec<Answer>> {
    let complete = |exchange| match exchange {
        Recorded::Whole(answer) | Recorded::Streamed(answer) => answer,
        Recorded::Failed(error) => panic!("{name}: {error:?}"),
    };
    Some(exchanges(name)?.into_iter().map(complete).collect())
}

#[test]
fn every_recorded_answer_is_read() {
    let Some(folder) = folder() else { return };
    let names = std::fs::read_dir(folder).unwrap();
    let mut read = 0;
    for name in names.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        for exchange in exchanges(&name).unwrap() {
            read += 1;
            match exchange {
                Recorded::Failed(error) => assert_eq!(error.status, 400, "{name}"),
                Recorded::Whole(answer) | Recorded::Streamed(answer) => {
                    assert!(answer.id.is_some_and(|id| id.starts_with("msg_")), "{name}");
                    assert!(
                        answer
                            .model
                            .is_some_and(|model| model.starts_with("claude-"))
                    );
                    let usage = answer.usage;
                    assert!(
                        usage.total_input() > 0 && usage.total_output() > 0,
                        "{name}"
                    );
                }
            }
        }
    }
    assert!(read >= 14, "only {read} exchanges");
}

#[test]
fn texts() {
    for name in ["O001", "O002"] {
        let Some(answers) = answers(name) else { return };
        assert!(
            answers[0].text.starts_with("Hello! I'm doing well"),
            "{name}"
        );
        assert_eq!(answers[0].finish, FinishReason::Stop);
        let usage = answers[0].usage;
        assert_eq!((usage.input, usage.total_input()), (12, 12));
    }
}

#[test]
fn a_stream_of_json_is_json() {
    let Some(answers) = answers("O003") else {
        return;
    };
    let json: Value = serde_json::from_str(&answers[0].text).expect("JSON");
    assert!(json["characters"].is_array());
}

#[test]
fn tool_calls() {
    for (name, tool, arguments) in [
        ("O004", "weather", r#"{"location":"San Francisco"}"#),
        ("O008", "get_weather", r#"{"city":"Paris"}"#),
    ] {
        let Some(mut answers) = answers(name) else {
            return;
        };
        let answer = answers.remove(0);
        let [(id, called, given)] = &answer.tool_calls[..] else {
            panic!("{name}: one call")
        };
        assert!(id.starts_with("toolu_"));
        assert_eq!((called.as_str(), given.as_str()), (tool, arguments));
        assert_eq!(answer.finish, FinishReason::ToolCalls);
    }
    let Some(answers) = answers("O007") else {
        return;
    };
    assert!(answers[0].tool_calls.is_empty());
}

#[test]
fn thoughts_come_with_their_signatures() {
    for (name, exchanges) in [("O005", 2), ("O006", 1), ("O012", 1)] {
        let Some(answers) = answers(name) else { return };
        assert_eq!(answers.len(), exchanges, "{name}");
        for answer in answers {
            let [(thought, signature)] = &answer.reasoning[..] else {
                panic!("{name}: a thought")
            };
            assert!(thought.starts_with("This is"), "{name}: {thought}");
            assert!(signature.len() > 100 && !answer.text.is_empty(), "{name}");
        }
    }
    let Some(answers) = answers("O012") else {
        return;
    };
    let usage = answers[0].usage;
    assert_eq!((usage.input, usage.output, usage.reasoning), (13, 11, 33));
}

#[test]
fn a_met_stop_sequence_is_an_ordinary_end() {
    let Some(answers) = answers("O009") else {
        return;
    };
    assert_eq!(answers[0].finish, FinishReason::Stop);
    assert_eq!(answers[0].text, "The beautiful city of ");
}

#[test]
fn cache_writes_and_reads_are_counted_apart() {
    let Some(answers) = answers("O014") else {
        return;
    };
    let [first, second] = &answers[..] else {
        panic!("two turns")
    };
    let (first, second) = (first.usage, second.usage);
    assert_eq!(
        (first.input, first.cache_read, first.cache_write()),
        (3, 1111, 0)
    );
    assert_eq!(
        (second.input, second.cache_read, second.cache_write_5m),
        (3, 1111, 418)
    );
}

#[test]
fn an_error_keeps_its_words() {
    let Some(exchanges) = exchanges("O011") else {
        return;
    };
    let [Recorded::Failed(error)] = &exchanges[..] else {
        panic!("one error")
    };
    assert_eq!((error.status, error.kind), (400, ErrorKind::InvalidRequest));
    assert!(
        error
            .message
            .contains("does not support effort level 'xhigh'")
    );
}
