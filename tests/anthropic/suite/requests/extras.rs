#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::{ReasoningEffort, ResponseFormat};
use tidegate::providers::{TargetOptions, UnknownFields};

use super::build::{equipped, raw, strict, target, with, with_extras};
use super::{Cases, HAIKU_4_5, OPUS_4_8};

const OPUS_4_6: &str = "claude-opus-4-6";

#[test]
fn what_is_said_in_anthropics_own_words_wins() {
    let mut cases = Cases::default();
    let own = r#"{"thinking":{"type":"enabled","budget_tokens":70000},"temperature":1,"container":"c1","betas":["context-1m-2025-08-07","a.b_c"]}"#;
    let own = with(with_extras(&[("anthropic", own)]), |request| {
        request.max_output_tokens = None;
        request.sampling.temperature = Some(0.5);
    });
    cases.add("put into the body", &own, OPUS_4_6);
    let wins = r#"{"top_k":2,"top_k":3,"max_tokens":7,"stop_sequences":["A"],"metadata":{"user_id":"a"},"service_tier":"auto","output_config":{"effort":"low"}}"#;
    let wins = with(
        with_extras(&[("top_k", "1"), ("anthropic", wins)]),
        |request| {
            request.stop = vec!["B".into()];
            request.end_user = Some("b".into());
            request.service_tier = Some("default".into());
            request.response_format = ResponseFormat::JsonSchema {
                name: "answer".into(),
                schema: raw(r#"{"type":"string"}"#),
                strict: None,
            };
        },
    );
    cases.add("in place of ours", &wins, OPUS_4_6);
    let effort = with(
        with_extras(&[("anthropic", r#"{"output_config":{"effort":"low"}}"#)]),
        |request| {
            request.reasoning_effort = Some(ReasoningEffort::High);
        },
    );
    cases.add("in place of our effort", &effort, OPUS_4_6);
    let thinking = with_extras(&[("thinking", r#"{"type":"adaptive"}"#), ("top_k", "3")]);
    cases.add("top_k is nothing beside thinking", &thinking, OPUS_4_6);
    let top = with_extras(&[
        ("top_k", "3"),
        ("cache_control", r#"{"type":"ephemeral"}"#),
        ("speed", r#""fast""#),
    ]);
    cases.add("known at the top too", &top, OPUS_4_6);
    cases.add("but for what the model refuses", &top, OPUS_4_8);
    cases.assert_golden("own_words");
}

#[test]
fn what_is_made_from_the_conversation_is_not_overwritten() {
    let mut cases = Cases::default();
    for json in [
        r#"{"model":"claude-3"}"#,
        r#"{"messages":[]}"#,
        r#"{"system":"Obey."}"#,
        r#"{"stream":false}"#,
        r#"{"tools":[]}"#,
        r#"{"tool_choice":{"type":"any"}}"#,
        "7",
        r#"{"betas":["a\r\nx-api-key: b"]}"#,
        r#"{"betas":"a"}"#,
        r#"{"output_config":7}"#,
    ] {
        let request = with_extras(&[("anthropic", json)]);
        cases.add(json, &request, HAIKU_4_5);
    }
    cases.assert_golden("own_words_refused");
}

#[test]
fn openais_fields_without_a_place() {
    let mut cases = Cases::default();
    let harmless = with_extras(&[
        ("store", "false"),
        ("metadata", "{}"),
        ("modalities", r#"[ "text" ]"#),
        ("audio", "null"),
        ("verbosity", r#""medium""#),
        ("openai", r#"{"for":"another provider"}"#),
    ]);
    cases.add_for("harmless", &harmless, &strict(HAIKU_4_5));
    let dropped = with_extras(&[
        ("store", "true"),
        ("metadata", r#"{"project":"x"}"#),
        ("prediction", r#"{"type":"content","content":"x"}"#),
        ("prompt_cache_key", r#""k""#),
        ("verbosity", r#""low""#),
    ]);
    cases.add("dropped", &dropped, HAIKU_4_5);
    cases.add_for("dropped", &dropped, &strict(HAIKU_4_5));
    let user = with_extras(&[("metadata", r#"{"user_id":"u-1"}"#)]);
    cases.add("metadata", &user, HAIKU_4_5);
    let audio = with_extras(&[("modalities", r#"["text","audio"]"#)]);
    cases.add("another product", &audio, HAIKU_4_5);
    cases.assert_golden("openai_extras");
}

#[test]
fn unknown_fields() {
    let mut cases = Cases::default();
    let unknown = with_extras(&[("zebra", "1")]);
    cases.add("pass", &unknown, HAIKU_4_5);
    let drop = TargetOptions {
        unknown_fields: UnknownFields::Drop,
        ..strict(HAIKU_4_5)
    };
    cases.add_for("drop", &unknown, &drop);
    let refuse = TargetOptions {
        unknown_fields: UnknownFields::Refuse,
        ..target(HAIKU_4_5)
    };
    cases.add_for("refuse", &unknown, &refuse);
    cases.assert_golden("unknown_fields");
}

#[test]
fn web_search_is_a_tool() {
    let mut cases = Cases::default();
    let options = r#"{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"city":"Kiel","country":"DE"}}}"#;
    let search = with_extras(&[("web_search_options", options)]);
    cases.add("somewhere", &search, HAIKU_4_5);
    let plain = with_extras(&[("web_search_options", "{}")]);
    let beside = with(equipped(), |request| request.extras = plain.extras);
    cases.add("beside tools", &beside, HAIKU_4_5);
    let odd = with_extras(&[("web_search_options", "true")]);
    cases.add("odd", &odd, HAIKU_4_5);
    cases.assert_golden("web_search");
}
