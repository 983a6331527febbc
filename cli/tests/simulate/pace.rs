//! When bytes leave, and in what pieces.

use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Simulator, read};
use crate::{chat, streamed};

#[test]
fn a_delay_comes_before_the_headers_and_silence_after_them() {
    let simulator = Simulator::openai();
    let start = Instant::now();
    let headers = ["x-simulate-delay-ms: 150", "x-simulate-silence-ms: 300"];
    let mut connection = simulator.begin(&headers, &streamed());
    let mut head = [0; 16];
    connection.read_exact(&mut head).unwrap();
    let headers_after = start.elapsed();
    assert!(
        headers_after >= Duration::from_millis(150),
        "{headers_after:?}"
    );
    assert!(
        headers_after < Duration::from_millis(450),
        "{headers_after:?}"
    );
    let rest = read(&mut connection);
    assert!(start.elapsed() >= Duration::from_millis(450));
    assert!(rest.bytes.ends_with(b"data: [DONE]\n\n\r\n0\r\n\r\n"));
}

#[test]
fn pauses_lie_between_events() {
    let start = Instant::now();
    let headers = [
        "x-simulate-pause-between-events-ms: 20",
        "x-simulate-tokens: 10",
    ];
    let answer = Simulator::openai().ask(&headers, &streamed());
    assert_eq!(answer.chunks().len(), 13);
    assert!(start.elapsed() >= Duration::from_millis(12 * 20));
}

#[test]
fn chunks_split_whatever_is_there() {
    let simulator = Simulator::openai();
    let whole = simulator.ask(&["x-simulate-chunk-bytes: 100000"], &streamed());
    assert_eq!(whole.chunks().len(), 1);
    for size in [1, 7] {
        let answer = simulator.ask(&[&format!("x-simulate-chunk-bytes: {size}")], &streamed());
        let chunks = answer.chunks();
        assert!(
            chunks[..chunks.len() - 1]
                .iter()
                .all(|chunk| chunk.len() == size)
        );
        assert_eq!(
            chunks.concat().len(),
            answer.text().len(),
            "the text is whole again"
        );
        assert!(answer.text().contains('👋'));
    }
}

#[test]
fn documents_can_come_in_chunks_too() {
    let start = Instant::now();
    let headers = [
        "x-simulate-chunk-bytes: 200",
        "x-simulate-chunk-pause-ms: 20",
    ];
    let answer = Simulator::openai().ask(&headers, &chat(&json!({})));
    assert_eq!(
        answer.json()["choices"][0]["message"]["content"],
        "You said: Hi 👋"
    );
    let pauses = u32::try_from(answer.body().len() / 200).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(20) * pauses);
}

#[test]
fn lines_can_end_in_cr_lf() {
    let answer = Simulator::openai().ask(&["x-simulate-crlf: true"], &streamed());
    assert!(answer.text().ends_with("\r\n\r\ndata: [DONE]\r\n\r\n"));
    assert_eq!(
        answer.text().matches('\n').count(),
        answer.text().matches("\r\n").count()
    );
}

#[test]
fn a_stream_can_be_answered_with_a_document() {
    let answer = Simulator::openai().ask(&["x-simulate-json-instead-of-stream: true"], &streamed());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json()["object"], "chat.completion");
}

#[test]
fn recorded_bytes_are_replayed_event_by_event() {
    let raw = "data: {\"a\":1}\n\ndata: {\"b\":2}\r\n\r\n: comment\n\ndata: cut of";
    let script = json!([{"raw": raw}, {"raw": raw, "end_after": 2}, {"raw": "{}", "content_type": "application/json"}]);
    let simulator = Simulator::with_script(&script.to_string());
    let answer = simulator.ask(&[], &streamed());
    assert_eq!((answer.text().as_str(), answer.chunks().len()), (raw, 4));
    assert_eq!(simulator.ask(&[], &streamed()).chunks().len(), 2);
    let answer = simulator.ask(&[], &chat(&json!({})));
    assert_eq!(
        (answer.header("content-type"), answer.json()),
        (Some("application/json"), json!({}))
    );
}

#[test]
fn bytes_that_are_no_text_are_replayed_from_base64() {
    let simulator = Simulator::with_script(r#"[{"raw_base64": "/wAK"}]"#);
    assert_eq!(
        simulator.ask(&[], &chat(&json!({}))).body(),
        [0xFF, 0x00, 0x0A]
    );
}

#[test]
fn cached_tokens_are_told_apart() {
    let headers = [
        "x-simulate-cached-tokens: 2",
        "x-simulate-cache-write-tokens: 1",
    ];
    let messages = json!([{"role": "user", "content": "abcd efgh ijkl mnop"}]);
    let usage = Simulator::openai()
        .ask(&headers, &chat(&json!({"messages": messages})))
        .json()["usage"]
        .clone();
    assert_eq!(usage["prompt_tokens"], 4);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 2);
    assert_eq!(usage["prompt_tokens_details"]["cache_write_tokens"], 1);
    let request = json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": messages});
    let usage = Simulator::anthropic().ask(&headers, &request).json()["usage"].clone();
    assert_eq!(usage["input_tokens"], 1);
    assert_eq!(usage["cache_read_input_tokens"], 2);
    assert_eq!(usage["cache_creation_input_tokens"], 1);
}

#[test]
fn bodies_can_be_compressed() {
    let simulator = Simulator::openai();
    let answer = simulator.ask(&["x-simulate-gzip: true"], &chat(&json!({})));
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer.body()[..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("You said: Hi 👋"));

    let answer = simulator.ask(&["x-simulate-gzip: true"], &streamed());
    text.clear();
    flate2::read::GzDecoder::new(&answer.body()[..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"));
    assert_eq!(
        answer.chunks().len(),
        text.matches("\n\n").count(),
        "a flush after each event"
    );
}
