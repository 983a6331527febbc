use super::*;
use crate::chat::{ErrorKind, FinishReason, Usage};

fn context(include_usage: bool) -> AnswerContext {
    AnswerContext {
        id: "chatcmpl-1".to_owned(),
        created: 7,
        model: "asked".to_owned(),
        include_usage,
        legacy_functions: false,
        ..AnswerContext::default()
    }
}

const START: Event<'_> = Event::Start {
    id: Some("msg_\"1\""),
    model: Some("served"),
};

fn open(block: u32, kind: BlockKind<'_>) -> Event<'_> {
    let choice = 0;
    Event::BlockStart {
        block,
        choice,
        kind,
    }
}

fn delta(block: u32, text: &str) -> Event<'_> {
    Event::BlockDelta { block, text }
}

fn close(block: u32) -> Event<'static> {
    Event::BlockEnd { block }
}

fn finish(reason: FinishReason) -> Event<'static> {
    Event::Finish { choice: 0, reason }
}

fn written(include_usage: bool, events: Vec<Event<'_>>) -> String {
    let mut encoder = StreamEncoder::new(context(include_usage));
    let mut out = Vec::new();
    for event in events {
        encoder.encode(event, &mut out);
    }
    String::from_utf8(out).unwrap()
}

/// What stands between the brackets of `choices`, event by event; other events as they are.
fn choices(events: Vec<Event<'_>>) -> Vec<String> {
    let stream = written(false, events);
    let head = r#"data: {"id":"msg_\"1\"","object":"chat.completion.chunk","created":7,"model":"served","choices":["#;
    let inside = |event: &str| {
        let inside = event.strip_prefix(head).and_then(|e| e.strip_suffix("]}"));
        inside.unwrap_or(event).to_owned()
    };
    let events = stream.strip_suffix("\n\n").unwrap().split("\n\n");
    events.map(inside).collect()
}

/// A chunk of choice 0 that adds this.
fn adds(delta: &str) -> String {
    format!(r#"{{"index":0,"delta":{{{delta}}},"logprobs":null,"finish_reason":null}}"#)
}

const ROLE: &str = r#""role":"assistant","content":"","refusal":null"#;
const NULL_ROLE: &str = r#""role":"assistant","content":null,"refusal":null"#;

#[test]
fn a_text_is_told_role_first_and_done_last() {
    let told = choices(vec![
        START,
        open(0, BlockKind::Text),
        delta(0, "H\u{e9}\n\""),
        close(0),
        finish(FinishReason::Length),
        Event::End,
    ]);
    assert_eq!(
        told,
        [
            adds(ROLE),
            adds(r#""content":"Hé\n\"""#),
            r#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}"#.to_owned(),
            "data: [DONE]".to_owned(),
        ]
    );
}

#[test]
fn usage_is_told_in_a_chunk_of_its_own_to_those_who_asked() {
    let usage = Usage {
        input: 1,
        cache_read: 2,
        cache_write_5m: 3,
        cache_write_1h: 4,
        audio_input: 5,
        output: 6,
        reasoning: 7,
        audio_output: 8,
    };
    let events = || {
        let late = Usage::default();
        vec![
            START,
            Event::Usage(late),
            finish(FinishReason::Stop),
            Event::Usage(usage),
            Event::End,
        ]
    };
    let asked = written(true, events());
    let chunks: Vec<_> = asked.split_terminator("\n\n").collect();
    let [role, finish, usage, done] = chunks.as_slice() else {
        panic!("{asked}");
    };
    assert!(role.ends_with(r#"],"usage":null}"#) && finish.ends_with(r#"],"usage":null}"#));
    assert!(usage.ends_with(concat!(
        r#""choices":[],"usage":{"prompt_tokens":15,"completion_tokens":21,"total_tokens":36,"#,
        r#""prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":7,"audio_tokens":5},"#,
        r#""completion_tokens_details":{"reasoning_tokens":7,"audio_tokens":8,"#,
        r#""accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}"#,
    )));
    assert_eq!(*done, "data: [DONE]");
    assert!(!written(false, events()).contains("usage"));
}

#[test]
fn tool_calls_are_counted_from_zero_whatever_the_blocks_are_numbered() {
    let call = |id, name| BlockKind::ToolCall {
        id,
        name,
        signature: None,
    };
    let told = choices(vec![
        START,
        open(0, BlockKind::Text),
        delta(0, "x"),
        close(0),
        open(1, call("a", "f")),
        open(2, call("b", "g")),
        delta(2, "{\"x\""),
        delta(1, "{}"),
        delta(2, ":1}"),
        close(1),
        close(2),
    ]);
    let expected = [
        r#""tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]"#,
        r#""tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]"#,
        r#""tool_calls":[{"index":1,"function":{"arguments":"{\"x\""}}]"#,
        r#""tool_calls":[{"index":0,"function":{"arguments":"{}"}}]"#,
        r#""tool_calls":[{"index":1,"function":{"arguments":":1}"}}]"#,
    ];
    assert_eq!(told[2..], expected.map(adds));
}

#[test]
fn a_call_without_arguments_gets_an_empty_object_of_them() {
    let call = BlockKind::ToolCall {
        id: "a",
        name: "f",
        signature: None,
    };
    let told = choices(vec![START, open(0, call), close(0)]);
    assert_eq!(
        told[0],
        adds(NULL_ROLE),
        "no content where a call comes first"
    );
    assert_eq!(
        told[2..],
        [adds(
            r#""tool_calls":[{"index":0,"function":{"arguments":"{}"}}]"#
        )]
    );
}

#[test]
fn signed_reasoning_is_told_as_text_and_then_as_a_block_to_replay() {
    let signature = |block, signature| Event::Signature { block, signature };
    let told = choices(vec![
        START,
        open(0, BlockKind::Reasoning),
        delta(0, "a"),
        delta(0, "b"),
        signature(0, "s1"),
        signature(0, "s2"),
        close(0),
        open(1, BlockKind::RedactedReasoning { data: "d" }),
        close(1),
        open(2, BlockKind::Reasoning),
        delta(2, "c"),
        close(2),
    ]);
    assert_eq!(
        told,
        [
            adds(NULL_ROLE),
            adds(r#""reasoning_content":"a""#),
            adds(r#""reasoning_content":"b""#),
            adds(
                r#""thinking_blocks":[{"index":0,"type":"thinking","thinking":"ab","signature":"s1s2"}]"#
            ),
            adds(r#""thinking_blocks":[{"index":1,"type":"redacted_thinking","data":"d"}]"#),
            adds(r#""reasoning_content":"c""#),
        ]
    );
}

#[test]
fn refusals_and_citations_have_their_own_members() {
    let annotation = |title: &str| Event::Annotation {
        choice: 0,
        annotation: chat::Annotation {
            start: 1,
            end: 2,
            title: title.to_owned(),
            url: "http://x".to_owned(),
        },
    };
    let told = choices(vec![
        START,
        open(0, BlockKind::Refusal),
        delta(0, "no"),
        close(0),
        annotation("t"),
        annotation("u"),
    ]);
    let citation = |index: u32, title: &str| {
        adds(&format!(
            r#""annotations":[{{"index":{index},"type":"url_citation","url_citation":{{"start_index":1,"end_index":2,"title":"{title}","url":"http://x"}}}}]"#
        ))
    };
    assert_eq!(
        told,
        [
            adds(NULL_ROLE),
            adds(r#""refusal":"no""#),
            citation(0, "t"),
            citation(1, "u"),
        ]
    );
}

#[test]
fn every_choice_has_its_role_and_its_own_counts() {
    let start = |block, choice| Event::BlockStart {
        block,
        choice,
        kind: BlockKind::ToolCall {
            id: "i",
            name: "f",
            signature: None,
        },
    };
    let told = choices(vec![START, start(0, 1), start(1, 0)]);
    let roles = told.iter().filter(|chunk| chunk.contains("role")).count();
    assert_eq!(roles, 2);
    assert!(told[1].starts_with(r#"{"index":1,"delta":{"tool_calls":[{"index":0,"#));
    assert!(told[3].starts_with(r#"{"index":0,"delta":{"tool_calls":[{"index":0,"#));
}

#[test]
fn a_failure_is_the_last_thing_that_is_told() {
    let error = chat::Error::new(ErrorKind::Overloaded, "busy");
    let stream = written(
        true,
        vec![START, Event::Error(error), Event::End, Event::Heartbeat],
    );
    assert_eq!(
        stream,
        "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded\"}}\n\n"
    );
}

#[test]
fn a_heartbeat_is_a_comment() {
    assert_eq!(
        written(false, vec![START, Event::Heartbeat]),
        ": keep-alive\n\n"
    );
}

#[test]
fn the_context_fills_in_what_the_upstream_does_not_say() {
    let start = Event::Start {
        id: None,
        model: None,
    };
    let stream = written(false, vec![start, finish(FinishReason::Stop)]);
    assert!(stream.starts_with(
        r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"asked","#
    ));
}

#[test]
fn an_empty_text_after_reasoning_is_a_text() {
    let told = choices(vec![
        START,
        open(0, BlockKind::Reasoning),
        close(0),
        open(1, BlockKind::Text),
        close(1),
    ]);
    assert_eq!(told, [adds(NULL_ROLE), adds(r#""content":"""#)]);
}

#[test]
fn a_client_of_functions_is_told_of_one_call_in_the_old_form() {
    let call = |id, name| BlockKind::ToolCall {
        id,
        name,
        signature: None,
    };
    let mut encoder = StreamEncoder::new(AnswerContext {
        legacy_functions: true,
        ..context(false)
    });
    let mut out = Vec::new();
    for event in [
        open(0, call("a", "f")),
        delta(0, "{"),
        delta(0, "}"),
        close(0),
        open(1, call("b", "g")),
        close(1),
        finish(FinishReason::ToolCalls),
    ] {
        encoder.encode(event, &mut out);
    }
    let told = String::from_utf8(out).unwrap();
    let deltas: Vec<_> = told
        .split_terminator("\n\n")
        .map(|chunk| chunk.split_once(r#""delta":"#).unwrap().1)
        .collect();
    let open = r#","logprobs":null,"finish_reason":null}]}"#;
    assert_eq!(
        deltas,
        [
            format!("{{{NULL_ROLE}}}{open}"),
            format!(r#"{{"function_call":{{"name":"f","arguments":""}}}}{open}"#),
            format!(r#"{{"function_call":{{"arguments":"{{"}}}}{open}"#),
            format!(r#"{{"function_call":{{"arguments":"}}"}}}}{open}"#),
            r#"{},"logprobs":null,"finish_reason":"function_call"}]}"#.to_owned(),
        ]
    );
}

#[test]
fn a_signature_is_told_in_the_calls_id_and_beside_it() {
    let kind = BlockKind::ToolCall {
        id: "call_1",
        name: "f",
        signature: Some("gemini:Ep+g"),
    };
    let told = choices(vec![START, open(0, kind), delta(0, "{}"), close(0)]);
    let call = r#"{"index":0,"id":"call_1__sig_gemini_Ep-g","type":"function","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"Ep+g"},"tidegate":{"issuer":"gemini"}}}"#;
    assert_eq!(told[1], adds(&format!("\"tool_calls\":[{call}]")));
    assert_eq!(
        told[2],
        adds(r#""tool_calls":[{"index":0,"function":{"arguments":"{}"}}]"#)
    );
}

#[test]
fn the_signature_of_a_text_is_told_beside_it() {
    let signature = Event::Signature {
        block: 0,
        signature: "Ep+g",
    };
    let told = choices(vec![
        START,
        open(0, BlockKind::Text),
        delta(0, "Hi"),
        signature,
        close(0),
    ]);
    assert_eq!(
        told[2],
        adds(r#""extra_content":{"google":{"thought_signature":"Ep+g"}}"#)
    );
}

#[test]
fn pictures_and_speech_are_told_as_they_come() {
    let image = Event::Image {
        choice: 0,
        media_type: "image/png",
        base64: "iVBO",
    };
    let audio = |base64| Event::Audio { choice: 0, base64 };
    let told = choices(vec![
        START,
        image.clone(),
        image,
        audio("AAAA"),
        audio("BBBB"),
        finish(FinishReason::Stop),
    ]);
    let picture = |index: u32| {
        adds(&format!(
            r#""images":[{{"index":{index},"type":"image_url","image_url":{{"url":"data:image/png;base64,iVBO"}}}}]"#
        ))
    };
    assert_eq!(told[1..3], [picture(0), picture(1)]);
    assert_eq!(
        told[3..7],
        [
            adds(r#""audio":{"id":"audio_1","transcript":""}"#),
            adds(r#""audio":{"data":"AAAA"}"#),
            adds(r#""audio":{"data":"BBBB"}"#),
            adds(r#""audio":{"expires_at":7}"#),
        ]
    );
}

#[test]
fn logprobs_are_told_in_a_chunk_of_their_own() {
    let one = |token: &str, logprob| chat::TopLogprob {
        token: token.to_owned(),
        logprob,
    };
    let tokens = vec![chat::TokenLogprob {
        token: "é".to_owned(),
        logprob: -0.5,
        top: vec![one("é", -0.5), one("\u{fffd}", -2.0)],
    }];
    let told = choices(vec![START, Event::Logprobs { choice: 0, tokens }]);
    let (token, other) = (
        r#""token":"é","logprob":-0.5,"bytes":[195,169]"#,
        "\"token\":\"\u{fffd}\",\"logprob\":-2.0,\"bytes\":null",
    );
    assert_eq!(
        told[1],
        format!(
            r#"{{"index":0,"delta":{{}},"logprobs":{{"content":[{{{token},"top_logprobs":[{{{token}}},{{{other}}}]}}],"refusal":null}},"finish_reason":null}}"#
        )
    );
}

#[test]
fn a_call_of_a_custom_tool_streams_its_input() {
    let call = |id, name| BlockKind::ToolCall {
        id,
        name,
        signature: None,
    };
    let mut encoder = StreamEncoder::new(AnswerContext {
        custom_tools: ["sql".to_owned()].into(),
        ..context(false)
    });
    let mut out = Vec::new();
    for event in [
        open(0, call("a", "f")),
        close(0),
        open(1, call("b", "sql")),
        delta(1, "SELECT \"a\""),
        close(1),
    ] {
        encoder.encode(event, &mut out);
    }
    let told = String::from_utf8(out).unwrap();
    let calls: Vec<_> = told
        .split_terminator("\n\n")
        .filter_map(|chunk| chunk.split_once(r#""tool_calls":"#))
        .map(|(_, rest)| rest.split_once("},\"logprobs\"").unwrap().0)
        .collect();
    assert_eq!(
        calls,
        [
            r#"[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]"#,
            r#"[{"index":0,"function":{"arguments":"{}"}}]"#,
            r#"[{"index":1,"id":"b","type":"custom","custom":{"name":"sql","input":""}}]"#,
            r#"[{"index":1,"custom":{"input":"SELECT \"a\""}}]"#,
        ]
    );
}

#[test]
fn the_cost_is_told_with_the_usage_by_the_tier_that_served() {
    let tier = crate::pricing::Tier {
        input: 2_000_000,
        output: 10_000_000,
        ..crate::pricing::Tier::default()
    };
    let price = crate::pricing::Price {
        tiers: vec![tier],
        request: 0,
        service_tiers: vec![("flex".into(), 500)],
    };
    let bill = crate::pricing::Bill {
        before: 1_000_000,
        price: std::sync::Arc::new(price),
    };
    let mut encoder = StreamEncoder::new(AnswerContext {
        bill: Some(bill),
        ..context(true)
    });
    let usage = Usage {
        input: 3,
        output: 2,
        ..Usage::default()
    };
    let mut out = Vec::new();
    for event in [
        START,
        Event::ServiceTier("flex"),
        open(0, BlockKind::Text),
        close(0),
        finish(FinishReason::Stop),
        Event::Usage(usage),
        Event::End,
    ] {
        encoder.encode(event, &mut out);
    }
    let stream = String::from_utf8(out).unwrap();
    assert_eq!(stream.matches("\"cost\"").count(), 1);
    let end = "}},\"cost\":0.000014}}\n\ndata: [DONE]\n\n";
    let end = end.strip_prefix('}').unwrap();
    assert!(stream.ends_with(end), "{stream}");
}
