//! Cohere's.

use serde_json::{Value, json};
use tidegate::chat::FinishReason;
use tidegate::providers::Recall;

use super::{exchanges, native, sent_events, text};
use crate::decoded::{Answer, decode};

const KIND: &str = "cohere";

fn whole(body: &[u8]) -> Answer {
    let response = native(KIND).response(body, &Recall::default());
    response.expect("an answer").into()
}

fn streamed(name: &str) -> Option<Answer> {
    let stream = sent_events(&text(KIND, name)?);
    let answer = decode(native(KIND), [stream.as_slice()]).answer();
    Some(answer.expect("a complete answer"))
}

#[test]
fn text_is_the_same_whole_and_streamed() {
    let (Some(body), Some(streamed)) = (text(KIND, "O051"), streamed("O052")) else {
        return;
    };
    for answer in [whole(body.as_bytes()), streamed] {
        assert_eq!(answer.text, "The capital of France is Paris.");
        assert_eq!(answer.finish, FinishReason::Stop);
        assert!(answer.tool_calls.is_empty() && answer.reasoning.is_empty());
        let usage = answer.usage;
        assert_eq!((usage.total_input(), usage.cache_read), (507, 448));
        assert_eq!((usage.total_output(), usage.total()), (10, 517));
    }
}

#[test]
fn a_plan_comes_before_its_calls() {
    let Some(answer) = streamed("O053") else {
        return;
    };
    let [(plan, _)] = &answer.reasoning[..] else {
        panic!("a plan")
    };
    assert!(
        plan.starts_with("I will use the weather tool to find"),
        "{plan}"
    );
    let called = answer.tool_calls.iter();
    let called: Vec<_> = called
        .map(|(id, name, json)| [&**id, &**name, &**json])
        .collect();
    assert_eq!(
        called,
        [
            [
                "weather_e8p4pn45zt0t",
                "weather",
                r#"{"location":"San Francisco"}"#
            ],
            [
                "cityAttractions_pyxssbwnq9fq",
                "cityAttractions",
                r#"{"city":"San Francisco"}"#
            ],
        ]
    );
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    let usage = answer.usage;
    assert_eq!((usage.total_input(), usage.cache_read), (1549, 1504));
    assert_eq!(usage.total_output(), 95);
}

#[test]
fn a_forced_call_is_asked_for_and_answered_as_recorded() {
    let Some(exchanges) = exchanges(KIND, "O055") else {
        return;
    };
    let [exchange] = &exchanges[..] else {
        panic!("one exchange")
    };
    let mut asked = exchange["request"]["parsed_body"].clone();
    let object = asked.as_object_mut().unwrap();
    object.retain(|_, value| *value != Value::Bool(false));
    let client = json!({
        "model": asked["model"],
        "messages": asked["messages"],
        "tools": asked["tools"],
        "tool_choice": "required",
    });
    assert_eq!(crate::requests::sent_body(native(KIND), &client), asked);

    let answer = whole(exchange["response"]["parsed_body"].to_string().as_bytes());
    assert_eq!(
        answer.reasoning[0].0,
        "I will use one or more of the available tools to find the answer"
    );
    let [(id, name, arguments)] = &answer.tool_calls[..] else {
        panic!("one call")
    };
    assert_eq!(
        (name.as_str(), arguments.as_str()),
        ("get_weather", r#"{"city":"Paris"}"#)
    );
    assert!(id.starts_with("get_weather_"));
    assert_eq!(answer.finish, FinishReason::ToolCalls);
    assert_eq!(
        (answer.usage.total_input(), answer.usage.total_output()),
        (1452, 33)
    );
    assert_eq!(answer.usage.cache_read, 144);
}
