//! Gemini's, of both hosts.

use serde_json::{Value, json};
use tidegate::chat::FinishReason;
use tidegate::providers::Recall;

use super::{exchanges, folder, native, text};
use crate::decoded::{Answer, decode};

fn whole(kind: &str, body: &[u8]) -> Answer {
    let response = native(kind).response(body, &Recall::default());
    response.expect("an answer").into()
}

/// Events, one a line, as Google sends them.
fn streamed(kind: &str, name: &str) -> Option<Answer> {
    let events = text("gemini", name)?;
    let stream: String = events
        .lines()
        .map(|event| format!("data: {event}\r\n\r\n"))
        .collect();
    Some(read_stream(kind, &stream))
}

/// In two sorts of pieces: one line, and hardly anything.
fn read_stream(kind: &str, stream: &str) -> Answer {
    let answer = |size| decode(native(kind), stream.as_bytes().chunks(size)).answer();
    let read = answer(7).expect("a complete answer");
    assert_eq!(answer(usize::MAX).as_ref(), Ok(&read));
    read
}

/// The answer of a cassette with one exchange.
fn recorded(kind: &str, name: &str) -> Option<Answer> {
    let exchanges = exchanges("gemini", name)?;
    let [exchange] = exchanges.as_slice() else {
        panic!("{name}: one exchange")
    };
    let response = &exchange["response"];
    assert_eq!(response["status"]["code"], 200, "{name}");
    Some(match response["body"]["string"].as_str() {
        Some(stream) => read_stream(kind, stream),
        None => whole(kind, response["parsed_body"].to_string().as_bytes()),
    })
}

/// Input, output, reasoning and all tokens.
fn tokens(answer: &Answer) -> [u64; 4] {
    let usage = answer.usage;
    [
        usage.total_input(),
        usage.output,
        usage.reasoning,
        usage.total(),
    ]
}

#[test]
fn every_recorded_answer_is_read() {
    let Some(folder) = folder("gemini") else {
        return;
    };
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.contains("embeddings") {
            continue;
        }
        let answer = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("txt") => streamed("gemini", &name),
            Some("json") => text("gemini", &name).map(|body| whole("gemini", body.as_bytes())),
            _ => recorded("gemini", &name),
        };
        let answer = answer.expect("a file");
        assert!(answer.id.is_some(), "{name}");
        assert!(answer.model.is_some_and(|m| m.starts_with("gemini-")));
        assert!(answer.usage.total_input() > 0, "{name}");
        assert!(answer.refusal.is_none() && answer.others.is_empty());
        read += 1;
    }
    assert!(read >= 11, "only {read} answers");
}

#[test]
fn texts_and_their_tokens() {
    let Some(body) = text("gemini", "O015") else {
        return;
    };
    let answer = whole("gemini", body.as_bytes());
    assert!(answer.text.starts_with("There are **3** r's"));
    assert!(answer.beside.contains("gemini:EtoFCtcF"), "its signature");
    assert_eq!(tokens(&answer), [9, 28, 244, 281]);
    assert_eq!(answer.finish, FinishReason::Stop);

    let Some(answer) = streamed("gemini", "O016") else {
        return;
    };
    assert!(answer.text.starts_with("There are **3** \"r\"s"));
    assert!(
        answer.text.ends_with("st**r**awbe**rr**y"),
        "{}",
        answer.text
    );
    assert!(answer.beside.contains("gemini:EqsFCqgF"), "its signature");
    assert_eq!(answer.finish, FinishReason::Stop);

    let Some(answer) = recorded("gemini", "O019") else {
        return;
    };
    assert_eq!(answer.text, "The capital of France is Paris.\n");
    assert_eq!(tokens(&answer), [13, 8, 0, 21]);
}

#[test]
fn a_call_and_its_signature() {
    let Some(answer) = streamed("gemini", "O017") else {
        return;
    };
    let [(id, name, arguments)] = answer.tool_calls.as_slice() else {
        panic!("one call")
    };
    assert!(id.starts_with("call_") && id.len() <= 40);
    assert_eq!(
        (&**name, &**arguments),
        ("weather", r#"{"location":"San Francisco"}"#)
    );
    assert!(answer.beside.contains("gemini:EpEgCo4g"));
    assert!(answer.beside.len() > 4000, "a signature of 4 KB");
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!(tokens(&answer), [29, 15, 804, 848]);

    let Some(answer) = recorded("gemini", "O023") else {
        return;
    };
    let [(_, name, arguments)] = answer.tool_calls.as_slice() else {
        panic!("one call")
    };
    assert_eq!(
        (&**name, &**arguments),
        ("get_weather", r#"{"city":"Paris"}"#)
    );
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!(tokens(&answer), [83, 15, 50, 148]);
}

#[test]
fn streamed_arguments_are_put_together() {
    let Some(answer) = streamed("vertex", "O018") else {
        return;
    };
    let called = answer.tool_calls.iter();
    let called: Vec<_> = called.map(|(_, name, json)| (&**name, &**json)).collect();
    assert_eq!(
        called,
        [
            ("getWeather", r#"{"location":"Boston"}"#),
            ("getWeather", r#"{"location":"San Francisco"}"#),
        ]
    );
    assert!(answer.beside.contains("vertex:CiMBjz1r"));
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!(tokens(&answer), [26, 23, 132, 181]);
}

#[test]
fn what_ends_early_says_why() {
    let Some(answer) = recorded("gemini", "O020") else {
        return;
    };
    assert_eq!(
        (&*answer.text, answer.finish),
        ("", FinishReason::ContentFilter)
    );
    assert_eq!(tokens(&answer), [14, 0, 0, 14]);

    let Some(answer) = recorded("gemini", "O021") else {
        return;
    };
    assert_eq!(answer.text, "The capital of France is");
    assert_eq!(answer.finish, FinishReason::Length);
    assert_eq!(tokens(&answer), [15, 5, 0, 20]);
}

#[test]
fn answers_without_calls() {
    for (kind, name, begin, counts) in [
        ("gemini", "O022", "Okay, let me check", [49, 128, 996, 1173]),
        (
            "vertex",
            "O024",
            "The URL's main content",
            [2589, 33, 0, 2622],
        ),
        ("gemini", "O025", "{\n", [8, 20, 0, 28]),
    ] {
        let Some(answer) = recorded(kind, name) else {
            return;
        };
        assert!(answer.text.starts_with(begin), "{name}");
        assert_eq!(answer.finish, FinishReason::Stop, "{name}");
        assert_eq!(tokens(&answer), counts, "{name}");
    }
    let Some(answer) = recorded("gemini", "O025") else {
        return;
    };
    let city: Value = serde_json::from_str(&answer.text).expect("JSON");
    assert_eq!(city, json!({"city": "Mexico City", "country": "Mexico"}));
}
