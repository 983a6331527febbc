#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::{ReasoningEffort, Request, Tool, ToolChoice};

use super::build::{equipped, plain, raw, tool, with};
use super::{CLAUDE_3, Cases, HAIKU_4_5, OPUS_4_8, OPUS_5_5};

#[test]
fn schemas_keep_their_bytes() {
    let mut cases = Cases::default();
    let closed = r#"{"type":"object","properties":{},"additionalProperties":false}"#;
    let ranged =
        r#"{"type":"object","properties":{"n":{"maximum":9}},"additionalProperties":false}"#;
    let strictly = |name, parameters| Tool {
        strict: Some(true),
        ..tool(name, Some(parameters))
    };
    let bare = Tool {
        strict: Some(false),
        description: None,
        cache_control: Some(raw(r#"{"type":"ephemeral"}"#)),
        ..tool("bare", None)
    };
    let tools = vec![
        tool(
            "spaced",
            Some("{ \"type\" :\"object\", \"x\": 1.50, \"a\":{} }"),
        ),
        tool("empty", Some("{ }")),
        tool("null", Some("null")),
        tool("untyped", Some("{ \"properties\": {\"b\":{},\"a\":{}} }")),
        strictly("strict", closed),
        strictly("too_strict", ranged),
        bare,
    ];
    let all = with(plain(), |request| request.tools = tools);
    cases.add("all", &all, HAIKU_4_5);
    cases.add("an old model is not strict", &all, CLAUDE_3);
    let list = with(plain(), |request| {
        request.tools = vec![tool("list", Some("[]"))]
    });
    cases.add("a schema is an object", &list, HAIKU_4_5);
    cases.assert_golden("tools");
}

fn choose(choice: ToolChoice<'static>) -> Request<'static> {
    with(equipped(), |request| request.tool_choice = Some(choice))
}

fn named(name: &'static str) -> Request<'static> {
    choose(ToolChoice::Function(name.into()))
}

fn allowed(required: bool, name: &'static str) -> Request<'static> {
    let names = vec![name.into()];
    choose(ToolChoice::Allowed { required, names })
}

fn one_at_a_time(request: Request<'_>) -> Request<'_> {
    with(request, |request| request.parallel_tool_calls = Some(false))
}

#[test]
fn every_choice_has_its_words() {
    let mut cases = Cases::default();
    for (name, request) in [
        ("auto", choose(ToolChoice::Auto)),
        ("none", choose(ToolChoice::None)),
        ("required", choose(ToolChoice::Required)),
        ("named", named("now")),
        ("allowed, auto", allowed(false, "now")),
        ("allowed, required", allowed(true, "now")),
        ("unsaid", equipped()),
    ] {
        cases.add(name, &request, HAIKU_4_5);
        let single = one_at_a_time(request);
        cases.add(&format!("{name}, one at a time"), &single, HAIKU_4_5);
    }
    let several = with(equipped(), |request| {
        request.parallel_tool_calls = Some(true)
    });
    cases.add("several at a time", &several, HAIKU_4_5);
    cases.assert_golden("tool_choice");
}

#[test]
fn a_model_that_cannot_be_forced_is_left_no_other_choice() {
    let mut cases = Cases::default();
    cases.add("named", &one_at_a_time(named("now")), OPUS_5_5);
    cases.add("required", &choose(ToolChoice::Required), OPUS_5_5);
    cases.add("allowed, required", &allowed(true, "now"), OPUS_5_5);
    let thinking = with(named("now"), |request| {
        request.reasoning_effort = Some(ReasoningEffort::Low);
        request.max_output_tokens = None;
    });
    cases.add("beside a thinking budget", &thinking, HAIKU_4_5);
    cases.add("adaptive thinking does not matter", &thinking, OPUS_4_8);
    cases.assert_golden("tool_choice_unforced");
}

#[test]
fn a_choice_must_be_among_the_tools() {
    let mut cases = Cases::default();
    let bare = |request| with(request, |request: &mut Request<'_>| request.tools.clear());
    cases.add("unknown tool", &named("fly"), HAIKU_4_5);
    cases.add("unknown allowed tool", &allowed(false, "fly"), HAIKU_4_5);
    cases.add(
        "auto without tools",
        &bare(choose(ToolChoice::Auto)),
        HAIKU_4_5,
    );
    cases.add(
        "none without tools",
        &bare(choose(ToolChoice::None)),
        HAIKU_4_5,
    );
    cases.add(
        "required without tools",
        &bare(choose(ToolChoice::Required)),
        HAIKU_4_5,
    );
    cases.add(
        "one at a time without tools",
        &one_at_a_time(plain()),
        HAIKU_4_5,
    );
    cases.assert_golden("tool_choice_without_tool");
}
