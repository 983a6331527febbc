#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::Value;
use tidegate::chat::{ReasoningEffort, Request, ResponseFormat};
use tidegate::providers::TargetOptions;

use super::super::anthropic;
use super::build::{instructions, plain, raw, request, target, user, with};
use super::{CLAUDE_3, Cases, HAIKU_4_5, OPUS_4_8};
use crate::golden::assert_golden;

const EFFORTS: &[(&str, ReasoningEffort)] = &[
    ("none", ReasoningEffort::None),
    ("minimal", ReasoningEffort::Minimal),
    ("low", ReasoningEffort::Low),
    ("medium", ReasoningEffort::Medium),
    ("high", ReasoningEffort::High),
    ("xhigh", ReasoningEffort::XHigh),
    ("max", ReasoningEffort::Max),
];

/// One model of each kind.
const MODELS: &[&str] = &[
    "claude-3-haiku-20240307",
    "claude-opus-4-1",
    "claude-sonnet-4-5",
    "claude-opus-4-5",
    "claude-opus-4-6",
    "claude-opus-4-7",
    "claude-opus-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-opus-5-5",
    "claude-fable-5",
    "claude-mythos-5-1",
    "claude-mythos-preview",
    "claude-of-tomorrow-9",
    "kimi-k3",
];

fn effort(level: ReasoningEffort, limit: Option<u64>) -> Request<'static> {
    with(plain(), |request| {
        request.reasoning_effort = Some(level);
        request.max_output_tokens = limit;
    })
}

#[test]
fn every_model_thinks_as_hard_as_it_is_asked_to() {
    let mut table = String::new();
    for model in MODELS {
        table.push_str(&format!("{model}\n"));
        for (name, level) in EFFORTS {
            let row = row(&effort(*level, None), model);
            table.push_str(&format!("  {name:8}{row}\n"));
        }
    }
    assert_golden("anthropic/requests/reasoning_effort.txt", &table);
}

/// Thinking, effort and warnings.
fn row(request: &Request<'_>, model: &str) -> String {
    let outgoing = anthropic().request(request, &target(model)).unwrap();
    let body: Value = serde_json::from_slice(&outgoing.body).unwrap();
    let said = |name: &str| body.get(name).map_or("-".to_owned(), Value::to_string);
    let mut row = format!("{} {}", said("thinking"), said("output_config"));
    for warning in &outgoing.warnings {
        row.push_str(&format!(" ({warning})"));
    }
    row
}

#[test]
fn a_thinking_budget_leaves_room_for_the_answer() {
    let mut cases = Cases::default();
    let high = |limit| effort(ReasoningEffort::High, limit);
    cases.add("below the limit", &high(Some(4000)), HAIKU_4_5);
    cases.add("the smallest", &high(Some(1025)), HAIKU_4_5);
    cases.add("no room", &high(Some(1024)), HAIKU_4_5);
    let small = TargetOptions {
        default_max_tokens: Some(1000),
        ..target(HAIKU_4_5)
    };
    cases.add_for("beyond the target's limit", &high(None), &small);
    let drawn = |temperature, top_p| {
        with(high(None), |request| {
            request.sampling.temperature = temperature;
            request.sampling.top_p = top_p;
        })
    };
    cases.add("no temperature beside", &drawn(Some(0.5), None), HAIKU_4_5);
    cases.add("a high top_p beside", &drawn(None, Some(0.97)), HAIKU_4_5);
    cases.add(
        "no low top_p beside",
        &drawn(Some(1.0), Some(0.5)),
        HAIKU_4_5,
    );
    cases.assert_golden("thinking_budget");
}

#[test]
fn the_form_of_the_answer() {
    let mut cases = Cases::default();
    let closed = r#"{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"null"}},"additionalProperties":false}"#;
    let ranged = r#"{"type":"object","properties":{"b":{"type":"integer","minimum":1}}}"#;
    let open = r#"{"type":"object"}"#;
    let form = |form| {
        let messages = vec![instructions("Be terse."), user("Hi")];
        with(request(messages), |request| request.response_format = form)
    };
    let schema = |json, strict| {
        form(ResponseFormat::JsonSchema {
            name: "answer".into(),
            schema: raw(json),
            strict,
        })
    };
    cases.add("a schema that fits", &schema(closed, Some(true)), HAIKU_4_5);
    cases.add(
        "a schema that is made to",
        &schema(ranged, Some(true)),
        HAIKU_4_5,
    );
    cases.add("a schema that cannot be", &schema(open, None), HAIKU_4_5);
    cases.add("but must", &schema(open, Some(true)), HAIKU_4_5);
    cases.add(
        "an old model is told",
        &schema(closed, Some(false)),
        CLAUDE_3,
    );
    cases.add(
        "an old model that must",
        &schema(closed, Some(true)),
        CLAUDE_3,
    );
    cases.add("some object", &form(ResponseFormat::JsonObject), HAIKU_4_5);
    let both = with(schema(closed, None), |request| {
        request.reasoning_effort = Some(ReasoningEffort::High);
    });
    cases.add("beside effort", &both, OPUS_4_8);
    cases.assert_golden("response_format");
}
