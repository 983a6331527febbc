//! Requests that the API is known to take: recorded bodies, and what we write for the same wish.

use serde_json::Value;
use tidegate::chat::{MediaSource, Message, Part, Reasoning, ReasoningEffort, Request, ToolChoice};

use crate::recorded::taken_requests;
use crate::suite::anthropic;
use crate::suite::requests::build::{
    assistant, instructions, medium, parts, raw, request, target, text, tool, user, with,
    with_extras,
};

fn assert_taken(recorded: &Value, request: &Request<'_>) {
    let model = recorded["model"].as_str().unwrap();
    let outgoing = anthropic().request(request, &target(model)).unwrap();
    let written: Value = serde_json::from_slice(&outgoing.body).unwrap();
    assert_eq!(&written, recorded);
}

/// A wish as these recordings have it: for at most 4096 tokens.
fn wish(messages: Vec<Message<'_>>) -> Request<'_> {
    with(request(messages), |request| {
        request.max_output_tokens = Some(4096)
    })
}

#[test]
fn a_forbidden_and_a_forced_tool() {
    let Some(forbidden) = taken_requests("O007") else {
        return;
    };
    let city = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"#;
    let mut weather = tool("get_weather", Some(city));
    weather.description = Some("Get the current weather for a city.".into());
    let none = with(wish(vec![user("Say hello")]), |request| {
        request.tools = vec![weather];
        request.tool_choice = Some(ToolChoice::None);
    });
    assert_taken(&forbidden[0], &none);
    let Some(forced) = taken_requests("O008") else {
        return;
    };
    let city = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let mut weather = tool("get_weather", Some(city));
    weather.description = Some("Get weather for a city".into());
    let any = with(
        wish(vec![user("What's the weather in Paris?")]),
        |request| {
            request.tools = vec![weather];
            request.tool_choice = Some(ToolChoice::Required);
        },
    );
    assert_taken(&forced[0], &any);
}

#[test]
fn stop_sequences_and_pictures() {
    let Some(stopped) = taken_requests("O009") else {
        return;
    };
    let said = stopped[0]["messages"][0]["content"][0]["text"]
        .as_str()
        .unwrap();
    let stop = with(request(vec![user(said)]), |request| {
        request.max_output_tokens = Some(1024);
        request.stop = vec!["Paris".into()];
    });
    assert_taken(&stopped[0], &stop);
    let Some(seen) = taken_requests("O010") else {
        return;
    };
    let url = seen[0]["messages"][0]["content"][1]["source"]["url"]
        .as_str()
        .unwrap();
    let picture = Part::Image(medium(MediaSource::Url(url.to_owned().into())));
    let asked = parts(vec![text("What is this vegetable?"), picture]);
    assert_taken(&seen[0], &wish(vec![asked]));
}

#[test]
fn effort_with_adaptive_thinking() {
    let Some(recorded) = taken_requests("O012") else {
        return;
    };
    let asked = with(wish(vec![user("What is 2+2?")]), |request| {
        request.reasoning_effort = Some(ReasoningEffort::XHigh);
    });
    assert_taken(&recorded[0], &asked);
}

#[test]
fn a_system_turn() {
    let Some(recorded) = taken_requests("O013") else {
        return;
    };
    let asked = wish(vec![
        instructions("You are a code reviewer."),
        user("Review `def add(a, b): return a + b`."),
        assistant("Looks fine.", vec![]),
        user("Review it again."),
        instructions("From now on, every suggestion must include explicit type annotations."),
    ]);
    assert_taken(&recorded[0], &asked);
}

#[test]
fn replayed_thoughts_and_the_automatic_cache_marker() {
    let Some(recorded) = taken_requests("O005") else {
        return;
    };
    let turns = &recorded[1]["messages"];
    let said =
        |turn: usize, block: usize, field| turns[turn]["content"][block][field].as_str().unwrap();
    let replayed = Message::Assistant {
        content: vec![text(said(1, 1, "text"))],
        reasoning: vec![Reasoning::Thinking {
            text: said(1, 0, "thinking").into(),
            signature: Some(said(1, 0, "signature").into()),
        }],
        tool_calls: vec![],
        name: None,
        cache_control: None,
        anthropic: None,
    };
    let thinking = with_extras(&[("thinking", r#"{"type":"enabled","budget_tokens":1024}"#)]);
    let asked = vec![user(said(0, 0, "text")), replayed, user(said(2, 0, "text"))];
    let asked = with(wish(asked), |request| request.extras = thinking.extras);
    assert_taken(&recorded[1], &asked);
    let Some(recorded) = taken_requests("O014") else {
        return;
    };
    let long = recorded[0]["messages"][0]["content"][0]["text"]
        .as_str()
        .unwrap();
    let marker = raw(r#"{"ttl":"5m","type":"ephemeral"}"#);
    let asked = wish(vec![
        instructions("You are a helpful assistant."),
        user(long),
    ]);
    let asked = with(asked, |request| {
        request.extras = with_extras(&[("cache_control", marker.get())]).extras;
    });
    assert_taken(&recorded[0], &asked);
}
