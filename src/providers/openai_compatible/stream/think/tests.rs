use super::*;
use crate::providers::openai_compatible::preset::Preset;
use crate::providers::openai_compatible::stream::{AnswerOptions, ClientUsage};

static PRESET: Preset = Preset::PLAIN;

fn stream(tags: ThinkTags, choices: usize) -> SplitThinking {
    SplitThinking::new(
        Passthrough::new(&PRESET, AnswerOptions::new(&PRESET, ClientUsage::Hidden)),
        tags,
        choices,
    )
}

fn chunk(index: u64, delta: &str) -> String {
    format!(r#"data: {{"id":"a","choices":[{{"index":{index},"delta":{delta}}}]}}"#) + "\n\n"
}

/// What the client gets of a stream in chunks of this size.
fn passed(mut stream: SplitThinking, upstream: &str, size: usize) -> String {
    let mut client = Vec::new();
    for chunk in upstream.as_bytes().chunks(size) {
        if stream.push(chunk, &mut client) == Passed::Unchanged {
            client.extend_from_slice(chunk);
        }
    }
    stream.finish(&mut client);
    String::from_utf8(client).unwrap()
}

/// The same in one piece and in single bytes.
fn passed_anyhow(tags: ThinkTags, choices: usize, upstream: &str) -> String {
    let whole = passed(stream(tags, choices), upstream, upstream.len());
    let bytes = passed(stream(tags, choices), upstream, 1);
    assert_eq!(whole, bytes);
    whole
}

#[test]
fn an_answer_without_tags_passes_uncopied() {
    let upstream = chunk(0, r#"{"role":"assistant","content":"Hello"}"#)
        + &chunk(0, r#"{"content":" <think>"}"#);
    let mut stream = stream(ThinkTags::Split, 1);
    let mut out = Vec::new();
    for _ in 0..2 {
        assert_eq!(
            stream.push(upstream.as_bytes(), &mut out),
            Passed::Unchanged
        );
        assert_eq!(out, b"");
    }
    assert!(stream.passes_unseen, "and unseen from then on");
}

#[test]
fn each_choice_has_its_own_reasoning() {
    let upstream = chunk(0, r#"{"role":"assistant","content":"plain"}"#)
        + &chunk(1, r#"{"role":"assistant","content":"<think>a</thi"}"#)
        + &chunk(0, r#"{"content":"<think>"}"#)
        + &chunk(1, r#"{"content":"nk>b"}"#);
    let client = passed_anyhow(ThinkTags::Split, 2, &upstream);
    let deltas: Vec<&str> = client
        .lines()
        .filter_map(|line| line.split_once(r#""delta":"#))
        .map(|(_, delta)| delta.strip_suffix("}]}").unwrap())
        .collect();
    assert_eq!(
        deltas,
        [
            r#"{"role":"assistant","content":"plain"}"#,
            r#"{"role":"assistant","reasoning_content":"a"}"#,
            r#"{"content":"<think>"}"#,
            r#"{"content":"b"}"#,
        ]
    );
}

#[test]
fn what_is_held_comes_before_the_end_even_if_no_choice_ends() {
    let upstream = r#"data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"<think>a<"},"finish_reason":null}],"id":"a","created":1,"model":"m","object":"chat.completion.chunk","x":1}"#.to_owned()
        + "\n\ndata: [DONE]\n\n";
    let client = passed_anyhow(ThinkTags::Split, 1, &upstream);
    assert!(
        client.ends_with(concat!(
            r#"data: {"id":"a","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"reasoning_content":"<"},"finish_reason":null}]}"#,
            "\n\ndata: [DONE]\n\n"
        )),
        "{client}"
    );
}

#[test]
fn what_is_held_comes_with_the_end_of_its_choice() {
    let upstream = chunk(0, r#"{"role":"assistant","content":"<thi"}"#)
        + r#"data: {"id":"a","choices":[{"index":0,"delta":{"content":"n"},"finish_reason":"length"}]}"#
        + "\n\ndata: [DONE]\n\n";
    let client = passed_anyhow(ThinkTags::Split, 1, &upstream);
    assert!(
        client.contains(r#""delta":{"content":"<thin"}"#),
        "{client}"
    );
}

#[test]
fn a_provider_that_tells_reasoning_apart_is_believed() {
    let upstream = chunk(0, r#"{"role":"assistant","reasoning_content":"r"}"#)
        + &chunk(0, r#"{"content":"<think>a</think>"}"#);
    for tags in [ThinkTags::Split, ThinkTags::Opened] {
        let client = passed_anyhow(tags, 1, &upstream);
        assert!(client.starts_with(&upstream), "{client}");
    }
}

#[test]
fn reasoning_that_the_prompt_has_opened_is_told_as_such() {
    let upstream = chunk(
        0,
        r#"{"role":"assistant","content":"a","reasoning_content":null}"#,
    ) + &chunk(0, r#"{"content":"b</think>c"}"#);
    let client = passed_anyhow(ThinkTags::Opened, 1, &upstream);
    assert!(
        client.contains(r#"{"role":"assistant","reasoning_content":"a"}"#),
        "{client}"
    );
    assert!(
        client.contains(r#"{"content":"c","reasoning_content":"b"}"#),
        "{client}"
    );
}

#[test]
fn line_ends_that_are_torn_apart_leave_nothing_behind() {
    let upstream = (chunk(0, r#"{"role":"assistant","content":"<think>a</think>b"}"#)
        + &chunk(0, r#"{"content":"c"}"#))
        .replace('\n', "\r\n");
    passed_anyhow(ThinkTags::Split, 1, &upstream);
}
