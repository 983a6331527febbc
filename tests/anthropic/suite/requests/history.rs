#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::{Message, Part, Reasoning};

use super::build::{
    assistant, call, equipped, inline, instructions, raw, request, result, text, user, with,
};
use super::{Cases, HAIKU_4_5, OPUS_4_8};

#[test]
fn thoughts_calls_and_results_are_replayed() {
    let mut cases = Cases::default();
    let thought = |text: &'static str, signature: Option<&'static str>| Reasoning::Thinking {
        text: text.into(),
        signature: signature.map(Into::into),
    };
    let replayed = Message::Assistant {
        content: vec![text("Looking."), Part::Refusal("Not Rome.".into())],
        reasoning: vec![
            thought("Two cities.", Some("c2ln")),
            Reasoning::Redacted {
                data: "ZGF0YQ==".into(),
            },
            thought("", Some("aGlkZGVu")),
            thought("Unsigned.", None),
            thought("Unsigned.", Some("")),
        ],
        tool_calls: vec![
            call("toolu_1", "{ \"z\": 1.50, \"city\": \"Paris\" }"),
            call("functions.weather:1", "{\"city\":\"Rome\"}"),
        ],
        name: None,
        cache_control: None,
        anthropic: None,
    };
    let failed = Message::Tool {
        tool_call_id: "functions.weather:1".into(),
        content: vec![],
        is_error: Some(true),
        cache_control: Some(raw(r#"{"type":"ephemeral"}"#)),
    };
    let messages = vec![
        user("Paris and Rome?"),
        replayed,
        result("toolu_1", vec![text("18 °C")]),
        failed,
        user("And tomorrow?"),
    ];
    let history = with(equipped(), |request| request.messages = messages);
    cases.add("unsigned thoughts are left out", &history, HAIKU_4_5);
    cases.assert_golden("history");
}

#[test]
fn results_come_first_in_their_turn() {
    let mut cases = Cases::default();
    let picture = Part::Image(inline("image/png", "iVBORw0KGgo="));
    let messages = vec![
        user("Paris?"),
        assistant("", vec![call("a", "{}"), call("b", "{}")]),
        user("Quick!"),
        result("b", vec![text("see"), picture]),
        instructions("Be terse."),
        result("a", vec![text(" ")]),
    ];
    let history = with(equipped(), |request| request.messages = messages);
    cases.add("beside tagged instructions", &history, HAIKU_4_5);
    cases.add("before a system turn", &history, OPUS_4_8);
    cases.assert_golden("results");
}

#[test]
fn an_id_that_comes_again_is_made_another() {
    let mut cases = Cases::default();
    let turn = || {
        let calls = vec![call("", "{}"), call("", "{}")];
        [
            assistant("", calls),
            result("", vec![text("1")]),
            result("", vec![text("2")]),
        ]
    };
    let mut messages = vec![user("Paris?")];
    messages.extend(turn());
    messages.extend(turn());
    let history = with(equipped(), |request| request.messages = messages);
    cases.add("empty ids", &history, HAIKU_4_5);
    cases.assert_golden("tool_ids");
}

#[test]
fn arguments_are_always_an_object() {
    let mut cases = Cases::default();
    let odd = ["", " null ", "{}", "[1]", "\"Paris\"", "{\"city\":\"Pa"];
    let ids = ["a", "b", "c", "d", "e", "f"];
    let calls = ids
        .iter()
        .zip(odd)
        .map(|(id, json)| call(id, json))
        .collect();
    let mut messages = vec![user("Paris?"), assistant("", calls)];
    messages.extend(ids.iter().map(|id| result(id, vec![text("18 °C")])));
    let history = with(equipped(), |request| request.messages = messages);
    cases.add("whatever they were", &history, HAIKU_4_5);
    cases.assert_golden("arguments");
}

#[test]
fn tools_of_the_history_are_given_and_forbidden_where_there_are_no_others() {
    let mut cases = Cases::default();
    let calls = || assistant("", vec![call("a", "{}"), call("b", "{}")]);
    let results = || [result("a", vec![text("18")]), result("b", vec![text("19")])];
    let [first, second] = results();
    let history = request(vec![user("Paris?"), calls(), first, second]);
    cases.add("no tools", &history, HAIKU_4_5);
    cases.assert_golden("history_without_tools");
}
