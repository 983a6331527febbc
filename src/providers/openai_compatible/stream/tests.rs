use serde_json::{Value, json};

use super::*;
use crate::chat::ErrorKind;
use crate::providers::Phase;
use crate::providers::openai_compatible::preset::AnswerQuirk;

static OPENAI: Preset = Preset::PLAIN;

static ALL_QUIRKS: Preset = Preset {
    answer: &[
        AnswerQuirk::ReasoningField,
        AnswerQuirk::RepeatedRole,
        AnswerQuirk::ToolDeltas,
        AnswerQuirk::ListContent,
        AnswerQuirk::UsageCounts,
    ],
    ..Preset::PLAIN
};

const ROLE: &str = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

"#;
const TEXT: &str = r#"data: {"id":"c","choices":[{"index":0,"delta":{"content":"hällo"},"finish_reason":null}],"usage":null}

"#;
const FINISH: &str = r#"data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

"#;
const USAGE: &str = r#"data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}

"#;
const DONE: &str = "data: [DONE]\n\n";

fn passthrough(preset: &'static Preset, usage: ClientUsage) -> Passthrough {
    Passthrough::new(preset, AnswerOptions::new(preset, usage))
}

/// What the client gets of a stream that comes in such chunks, and how it ended.
fn pass(
    preset: &'static Preset,
    usage: ClientUsage,
    chunks: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> (String, Observed) {
    let mut stream = passthrough(preset, usage);
    let mut out = Vec::new();
    for chunk in chunks {
        let before = out.len();
        if stream.push(chunk.as_ref(), &mut out) == Passed::Unchanged {
            assert_eq!(out.len(), before, "an unchanged chunk adds nothing");
            out.extend_from_slice(chunk.as_ref());
        }
    }
    stream.finish(&mut out);
    (String::from_utf8(out).unwrap(), stream.observed().clone())
}

fn openai(stream: &str) -> (String, Observed) {
    pass(&OPENAI, ClientUsage::Hidden, [stream])
}

/// The JSON of the events, `[DONE]` left out.
fn events(stream: &str) -> Vec<Value> {
    let events = stream.split_terminator("\n\n");
    let data = events.filter_map(|event| event.strip_prefix("data: "));
    let data = data.filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn failure(observed: &Observed) -> &crate::chat::Error {
    match &observed.phase {
        Phase::Failed(error) => error,
        other => panic!("the stream is {other:?}"),
    }
}

/// Runs the stream whole, in single bytes and in all two-part splits: the client gets the same.
fn whatever_the_chunks(preset: &'static Preset, usage: ClientUsage, stream: &str) -> String {
    let (whole, observed) = pass(preset, usage, [stream]);
    let bytes = stream.as_bytes().chunks(1);
    assert_eq!(
        pass(preset, usage, bytes),
        (whole.clone(), observed.clone())
    );
    for at in 0..stream.len() {
        let (start, end) = stream.as_bytes().split_at(at);
        let split = pass(preset, usage, [start, b"", end]);
        assert_eq!(split, (whole.clone(), observed.clone()), "split at {at}");
    }
    whole
}

#[test]
fn a_stream_of_openai_passes_byte_for_byte() {
    let stream = [ROLE, TEXT, FINISH, DONE].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    assert_eq!(out, stream);
}

#[test]
fn whole_events_are_not_even_copied() {
    let mut stream = passthrough(&OPENAI, ClientUsage::Hidden);
    for chunk in [ROLE, TEXT, &[TEXT, TEXT, FINISH].concat(), DONE] {
        let mut out = Vec::new();
        assert_eq!(stream.push(chunk.as_bytes(), &mut out), Passed::Unchanged);
    }
    assert_eq!(stream.observed().phase, Phase::Complete);
}

#[test]
fn half_an_event_is_held_until_the_rest_has_come() {
    let mut stream = passthrough(&OPENAI, ClientUsage::Hidden);
    stream.push(ROLE.as_bytes(), &mut Vec::new());
    let mut out = Vec::new();
    let (start, end) = TEXT.split_at(40);
    assert_eq!(stream.push(start.as_bytes(), &mut out), Passed::Replaced);
    assert!(out.is_empty());
    assert_eq!(stream.push(end.as_bytes(), &mut out), Passed::Replaced);
    assert_eq!(out, TEXT.as_bytes());
}

#[test]
fn the_usage_chunk_is_observed_and_hidden_from_a_client_that_has_not_asked() {
    let stream = [ROLE, FINISH, USAGE, DONE].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    assert_eq!(out, [ROLE, FINISH, DONE].concat());
    let (_, observed) = openai(&stream);
    assert_eq!(observed.usage.unwrap().total(), 5);
    assert_eq!(observed.model.as_deref(), Some("m"));
    assert_eq!(observed.phase, Phase::Complete);
}

#[test]
fn a_client_that_has_asked_gets_the_usage_chunk_as_it_is() {
    let stream = [ROLE, FINISH, USAGE, DONE].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::AtEnd, &stream);
    assert_eq!(out, stream);
}

#[test]
fn hiding_leaves_nothing_of_the_event_behind_whatever_its_line_ends() {
    for end in ["\r\n", "\r"] {
        let stream = [ROLE, USAGE, FINISH, DONE].concat().replace('\n', end);
        let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
        assert_eq!(out, [ROLE, FINISH, DONE].concat().replace('\n', end));
    }
}

#[test]
fn usage_beside_choices_moves_to_a_chunk_of_its_own() {
    let finish = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"queue_time":0.5},"x_groq":{"id":"r"}}

"#;
    let stream = [ROLE, TEXT, finish, DONE].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::AtEnd, &stream);
    let events = events(&out);
    assert_eq!(events[2]["usage"], Value::Null);
    assert_eq!(events[2]["x_groq"]["id"], "r");
    assert_eq!(
        events[3],
        json!({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],
            "usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"queue_time":0.5}})
    );
    assert!(out.ends_with(DONE));

    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    assert!(!out.contains("prompt_tokens"), "{out}");
    let (out, _) = pass(&OPENAI, ClientUsage::AsSent, [&stream]);
    assert_eq!(out, stream);
}

#[test]
fn of_usage_in_every_chunk_the_last_counts_once() {
    let chunk = |count: u64| {
        format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\"x\"}}}}],\"usage\":{{\"prompt_tokens\":1,\"completion_tokens\":{count}}}}}\n\n"
        )
    };
    let stream = [&chunk(1), &chunk(2), FINISH, DONE].concat();
    let (out, observed) = pass(&OPENAI, ClientUsage::AtEnd, [&stream]);
    assert_eq!(observed.usage.unwrap().output, 2);
    let counts: Vec<_> = events(&out)
        .into_iter()
        .filter_map(|event| event["usage"]["completion_tokens"].as_u64())
        .collect();
    assert_eq!(counts, [2]);
}

#[test]
fn the_providers_count_of_a_finished_answer_replaces_ours() {
    let mut stream = passthrough(&OPENAI, ClientUsage::Hidden);
    let mut out = Vec::new();
    stream.push([ROLE, TEXT, TEXT, FINISH].concat().as_bytes(), &mut out);
    assert_eq!(stream.observed().output_tokens, 3);
    stream.push(USAGE.as_bytes(), &mut out);
    assert_eq!(stream.observed().output_tokens, 2);
}

#[test]
fn a_count_in_the_middle_of_an_answer_does_not_lower_ours() {
    let mut stream = passthrough(&OPENAI, ClientUsage::AsSent);
    let mut out = Vec::new();
    let stale = TEXT.replace("null}\n", r#"{"prompt_tokens":3,"completion_tokens":0}}"#);
    let stale = format!("{}\n\n", stale.trim_end());
    stream.push([ROLE, TEXT, TEXT, &stale].concat().as_bytes(), &mut out);
    assert_eq!(stream.observed().output_tokens, 3);
}

#[test]
fn an_answer_is_open_with_the_first_thing_it_says_and_not_before() {
    let mut stream = passthrough(&OPENAI, ClientUsage::Hidden);
    let mut out = Vec::new();
    for waiting in [
        ": keep-alive\n\n",
        "\n",
        "event: ping\n\n",
        "data: {\"id\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\n\n",
        ROLE,
        ROLE,
    ] {
        stream.push(waiting.as_bytes(), &mut out);
        assert_eq!(stream.observed().phase, Phase::Waiting, "{waiting}");
    }
    stream.push(TEXT.as_bytes(), &mut out);
    assert_eq!(stream.observed().phase, Phase::Open);
}

#[test]
fn events_that_are_no_chunks_are_hidden() {
    let stream = [
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        ROLE,
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "data: \n\n",
        FINISH,
        DONE,
    ];
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream.concat());
    assert_eq!(out, [ROLE, FINISH, DONE].concat());
}

#[test]
fn chunks_with_a_name_are_chunks() {
    let stream = [ROLE, "event: chunk\n", TEXT, FINISH, "data:[DONE]\n\n"].concat();
    assert_eq!(openai(&stream).0, stream);
}

#[test]
fn comments_pass() {
    let stream = [
        ": OPENROUTER PROCESSING\n\n",
        ROLE,
        ": still\n\n",
        FINISH,
        DONE,
    ]
    .concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    assert_eq!(out, stream);
}

#[test]
fn an_error_event_before_the_answer_is_known_as_such() {
    let stream = "event: error\ndata: {\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\",\"code\":null}}\n\n";
    let (_, observed) = openai(stream);
    assert_eq!(failure(&observed).kind, ErrorKind::Overloaded);
    assert_eq!(failure(&observed).status, 503);
}

#[test]
fn after_an_error_nothing_follows() {
    let error = r#"data: {"error":{"message":"broke","type":"server_error","param":null,"code":null}}

"#;
    let stream = [ROLE, TEXT, error, TEXT, FINISH, DONE].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    assert_eq!(out, [ROLE, TEXT, error].concat());
}

#[test]
fn an_error_beside_choices_after_a_finish_is_still_an_error() {
    let error = r#"data: {"id":"g","provider":"x","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"gone","metadata":{"raw":"r"}},"usage":{"prompt_tokens":1,"completion_tokens":1}}

"#;
    let stream = [ROLE, FINISH, error, DONE].concat();
    let (out, observed) = openai(&stream);
    assert_eq!(failure(&observed).status, 502);
    assert_eq!(observed.usage.unwrap().total(), 2);
    let last = events(&out).pop().unwrap();
    assert_eq!(
        last,
        json!({"error":{"message":"gone","type":"server_error","param":null,"code":null,"metadata":{"raw":"r"}}})
    );
    assert!(!out.contains("[DONE]"));
}

#[test]
fn an_error_event_in_other_words_becomes_openais() {
    let stream = [
        ROLE,
        "event: error\ndata: {\"message\":\"no\",\ndata: \"code\":429}\n\n",
    ]
    .concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    let last = events(&out).pop().unwrap();
    assert_eq!(last["error"]["message"], "no");
    assert_eq!(last["error"]["code"], "rate_limit_exceeded");
}

#[test]
fn an_error_over_several_lines_stays_over_several_lines() {
    let data = "data: {\"error\":\ndata: {\"message\":\"m\",\"type\":\"t\"}}\n\n";
    let (out, _) = openai(&["event: error\n", data].concat());
    assert_eq!(out, data);
}

#[test]
fn a_chunk_over_several_lines_is_mended_over_several_lines() {
    let stream = [
        ROLE,
        "data: {\"choices\":\ndata: [{\"delta\":{\"reasoning\":\"r\"}}]}\n\n",
        FINISH,
        DONE,
    ];
    let out = whatever_the_chunks(&ALL_QUIRKS, ClientUsage::Hidden, &stream.concat());
    let mended = "data: {\"choices\":\ndata: [{\"delta\":{\"reasoning_content\":\"r\"}}]}\n\n";
    assert_eq!(out, [ROLE, mended, FINISH, DONE].concat());
}

#[test]
fn an_error_that_says_nothing_is_none() {
    for nothing in ["null", "\"\"", "{}", "false"] {
        let chunk = TEXT.replace("\"usage\"", &format!("\"error\":{nothing},\"usage\""));
        let stream = [ROLE, &chunk, FINISH, DONE].concat();
        assert_eq!(openai(&stream).0, stream);
    }
}

#[test]
fn a_failed_finish_is_a_failure() {
    let finish = FINISH.replace("\"stop\"", "\"insufficient_system_resource\"");
    let (out, observed) = openai(&[ROLE, &finish, DONE].concat());
    assert_eq!(failure(&observed).kind, ErrorKind::Upstream);
    assert!(!out.contains("[DONE]") && !out.contains("insufficient"));
}

#[test]
fn a_stream_that_stops_before_its_end_is_told_so() {
    let stream = [ROLE, TEXT].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    let error = out.strip_prefix(&stream).unwrap();
    assert_eq!(events(error)[0]["error"]["type"], "server_error");
    assert!(!out.contains("[DONE]"));
}

#[test]
fn a_stream_that_is_cut_inside_an_event_does_not_give_half_of_it() {
    let (half, _) = TEXT.split_at(50);
    let (out, observed) = openai(&[ROLE, half].concat());
    assert!(out.starts_with(ROLE) && !out.contains("hällo"));
    assert_eq!(failure(&observed).status, 502);
    assert_eq!(events(&out).len(), 2);
}

#[test]
fn an_end_without_done_is_an_end_after_a_finish_reason() {
    let stream = [ROLE, TEXT, FINISH].concat();
    let out = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
    assert_eq!(out, [&stream, DONE].concat());
}

#[test]
fn a_last_event_without_its_blank_line_gets_one() {
    for cut in [1, 2] {
        let stream = [ROLE, TEXT, FINISH, DONE].concat();
        let (cut, _) = stream.split_at(stream.len() - cut);
        let (out, observed) = openai(cut);
        assert_eq!(out, stream);
        assert_eq!(observed.phase, Phase::Complete);
    }
}

#[test]
fn an_end_between_blanks_is_told_without_them() {
    for end in ["data:  [DONE] \n\n", "data\ndata: [DONE]\n\n"] {
        let stream = format!("{ROLE}{FINISH}{end}");
        let client = whatever_the_chunks(&OPENAI, ClientUsage::Hidden, &stream);
        assert_eq!(client, format!("{ROLE}{FINISH}{DONE}"), "{end:?}");
    }
}

#[test]
fn an_empty_stream_is_a_failure() {
    for stream in ["", ": hello\n\n", "data: [DONE]\n\n"] {
        let (out, observed) = openai(stream);
        assert_eq!(failure(&observed).status, 502);
        assert!(!out.contains("[DONE]"), "{out}");
    }
}

#[test]
fn what_is_no_json_fails_an_answer_that_has_not_begun() {
    let (_, observed) = openai("data: <html>\n\n");
    assert_eq!(failure(&observed).status, 502);
    let stream = [ROLE, TEXT, "data: what\n\n", FINISH, DONE].concat();
    assert_eq!(openai(&stream).0, stream);
}

#[test]
fn an_event_without_end_fails_the_stream() {
    let mut stream = passthrough(&OPENAI, ClientUsage::Hidden);
    let mut out = Vec::new();
    stream.push(ROLE.as_bytes(), &mut out);
    let mebibyte = vec![b'x'; 1 << 20];
    stream.push(b"data: ", &mut out);
    for _ in 0..17 {
        stream.push(&mebibyte, &mut out);
    }
    assert_eq!(failure(stream.observed()).status, 502);
    let told = events(std::str::from_utf8(&out).unwrap());
    assert_eq!(told.len(), 1, "the error is told once");
    stream.finish(&mut out);
    assert!(!out.ends_with(DONE.as_bytes()));
}

#[test]
fn a_first_piece_without_role_gets_one() {
    let text = r#"data: {"choices":[{"index":0,"delta":{"content":"x"}}]}

"#;
    let (out, _) = openai(&[text, text, FINISH, DONE].concat());
    let events = events(&out);
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(events[1]["choices"][0]["delta"], json!({"content":"x"}));
}

#[test]
fn a_finish_reason_in_other_words_becomes_openais() {
    let finish = FINISH.replace("\"stop\"", "\"eos\"");
    let (out, _) = openai(&[ROLE, &finish, DONE].concat());
    assert_eq!(events(&out)[1]["choices"][0]["finish_reason"], "stop");
}

#[test]
fn an_empty_finish_reason_is_no_end() {
    let text = TEXT.replace("\"finish_reason\":null", "\"finish_reason\":\"\"");
    let (out, observed) = openai(&[ROLE, &text].concat());
    assert_eq!(events(&out)[1]["choices"][0]["finish_reason"], Value::Null);
    assert!(matches!(observed.phase, Phase::Failed(_)));
}

#[test]
fn every_quirk_of_a_piece_is_mended() {
    let stream = r#"data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","reasoning":"r"}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"text","text":"t"}]}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"plain","reasoning":null}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":4,"completion_tokens_details":{"reasoning_tokens":2}}}

data: [DONE]

"#;
    let out = whatever_the_chunks(&ALL_QUIRKS, ClientUsage::AtEnd, stream);
    let events = events(&out);
    let delta = |at: usize| &events[at]["choices"][0]["delta"];
    assert_eq!(
        *delta(0),
        json!({"role":"assistant","reasoning_content":"r"})
    );
    assert_eq!(*delta(1), json!({"content":"t"}));
    assert_eq!(*delta(2), json!({"content":"plain","reasoning":null}));
    assert_eq!(
        delta(3)["tool_calls"],
        json!([{"id":"x","type":"function","index":0,"function":{"name":"f","arguments":"{}"}}])
    );
    assert_eq!(events[4]["usage"]["completion_tokens"], 3);
}

#[test]
fn a_chunk_that_shows_no_quirk_passes_whatever_the_preset() {
    let stream = [ROLE, TEXT, FINISH, USAGE, DONE].concat();
    let (out, _) = pass(&ALL_QUIRKS, ClientUsage::Hidden, [&stream]);
    assert_eq!(out, [ROLE, TEXT, FINISH, DONE].concat());
}
