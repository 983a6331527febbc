use serde_json::{Value, json};

use super::*;
use crate::chat::{self, FinishReason};

fn context() -> AnswerContext {
    AnswerContext {
        id: "chatcmpl-1".to_owned(),
        created: 7,
        model: "asked".to_owned(),
        include_usage: false,
        legacy_functions: false,
        ..AnswerContext::default()
    }
}

fn text(text: &str) -> Choice {
    Choice {
        text: Some(text.to_owned()),
        ..Choice::default()
    }
}

fn response(choices: Vec<Choice>) -> Response {
    Response {
        id: Some("msg_1".to_owned()),
        model: Some("served".to_owned()),
        choices,
        usage: chat::Usage::default(),
        service_tier: None,
    }
}

fn encoded(response: &Response) -> Value {
    serde_json::from_slice(&encode(response, &context())).unwrap()
}

fn message(choice: Choice) -> Value {
    encoded(&response(vec![choice]))["choices"][0]["message"].take()
}

fn call(id: &str, arguments: &str) -> ToolCall<'static> {
    ToolCall {
        id: id.to_owned().into(),
        name: "f".into(),
        arguments: arguments.to_owned().into(),
        signature: None,
    }
}

#[test]
fn a_text_answer_has_the_members_that_openai_sends() {
    let mut response = response(vec![text("Hi")]);
    response.usage.input = 2;
    response.usage.output = 3;
    assert_eq!(
        encoded(&response),
        json!({
            "id": "msg_1", "object": "chat.completion", "created": 7, "model": "served",
            "choices": [{
                "index": 0, "logprobs": null, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hi", "refusal": null, "annotations": []},
            }],
            "usage": {
                "prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": 0},
                "completion_tokens_details": {
                    "reasoning_tokens": 0, "audio_tokens": 0,
                    "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
                },
            },
        })
    );
}

#[test]
fn the_context_fills_in_what_the_upstream_does_not_say() {
    let answer = encoded(&Response {
        id: None,
        model: None,
        service_tier: Some("flex".to_owned()),
        ..response(vec![text("Hi"), text("Ho")])
    });
    assert_eq!(answer["id"], "chatcmpl-1");
    assert_eq!(answer["model"], "asked");
    assert_eq!(answer["service_tier"], "flex");
    assert_eq!(answer["choices"][1]["message"]["content"], "Ho");
}

#[test]
fn tool_calls_stand_beside_null_content() {
    let message = message(Choice {
        text: None,
        tool_calls: vec![call("a", ""), call("b", "{\"x\":1}")],
        ..text("")
    });
    assert_eq!(message["content"], Value::Null);
    assert_eq!(
        message["tool_calls"],
        json!([
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
        ])
    );
}

#[test]
fn reasoning_is_told_as_text_and_what_is_signed_as_blocks() {
    let thinking = |text: &str, signature: Option<&str>| Reasoning::Thinking {
        text: text.to_owned().into(),
        signature: signature.map(|signature| signature.to_owned().into()),
    };
    let redacted = Reasoning::Redacted { data: "d".into() };
    let signed = message(Choice {
        reasoning: vec![thinking("a", Some("s")), redacted, thinking("b", None)],
        ..text("Hi")
    });
    assert_eq!(signed["reasoning_content"], "ab");
    assert_eq!(
        signed["thinking_blocks"],
        json!([
            {"type": "thinking", "thinking": "a", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
        ])
    );
    let unsigned = message(Choice {
        reasoning: vec![thinking("a", None)],
        ..text("Hi")
    });
    assert_eq!(unsigned.get("thinking_blocks"), None);
    assert_eq!(message(text("Hi")).get("reasoning_content"), None);
}

#[test]
fn refusals_and_citations_have_their_own_members() {
    let message = message(Choice {
        text: None,
        refusal: Some("no".to_owned()),
        annotations: vec![chat::Annotation {
            start: 1,
            end: 2,
            title: "t".to_owned(),
            url: "u".to_owned(),
        }],
        ..text("")
    });
    assert_eq!(message["refusal"], "no");
    let citation = json!({"start_index": 1, "end_index": 2, "title": "t", "url": "u"});
    assert_eq!(
        message["annotations"],
        json!([{"type": "url_citation", "url_citation": citation}])
    );
}

#[test]
fn what_a_client_gets_it_can_give_back() {
    let thinking = Reasoning::Thinking {
        text: "a".into(),
        signature: Some("s".into()),
    };
    let message = message(Choice {
        reasoning: vec![thinking],
        tool_calls: vec![call("a", "{}")],
        ..text("Hi")
    });
    let body = json!({"model": "m", "messages": [message]}).to_string();
    let request = super::super::parse(body.as_bytes()).unwrap();
    let [
        chat::Message::Assistant {
            content,
            reasoning,
            tool_calls,
            ..
        },
    ] = request.messages.as_slice()
    else {
        panic!("{request:?}");
    };
    assert!(matches!(content.as_slice(), [chat::Part::Text(text)] if text.text == "Hi"));
    assert!(matches!(
        reasoning.as_slice(),
        [Reasoning::Thinking { text, signature: Some(signature) }] if text == "a" && signature == "s"
    ));
    assert_eq!(tool_calls.as_slice(), [call("a", "{}")]);
}

#[test]
fn a_client_of_functions_is_told_of_one_call_in_the_old_form() {
    let choice = Choice {
        text: None,
        tool_calls: vec![call("a", ""), call("b", "{}")],
        finish_reason: FinishReason::ToolCalls,
        ..text("")
    };
    let context = AnswerContext {
        legacy_functions: true,
        ..context()
    };
    let body = encode(&response(vec![choice]), &context);
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "function_call");
    assert_eq!(
        choice["message"]["function_call"],
        json!({"name": "f", "arguments": "{}"})
    );
    assert_eq!(choice["message"].get("tool_calls"), None);
}

#[test]
fn signatures_are_told_with_what_they_belong_to() {
    let message = message(Choice {
        signature: Some("vertex:AAAA".to_owned()),
        tool_calls: vec![ToolCall {
            signature: Some("vertex:Ep+/".into()),
            ..call("a", "{}")
        }],
        ..text("Hi")
    });
    let call = &message["tool_calls"][0];
    let beside = |proof: &str| json!({"google": {"thought_signature": proof}, "tidegate": {"issuer": "vertex"}});
    assert_eq!(call["id"], "a__sig_vertex_Ep-_");
    assert_eq!(call["extra_content"], beside("Ep+/"));
    assert_eq!(message["extra_content"], beside("AAAA"));
}

#[test]
fn pictures_speech_and_logprobs_have_their_own_members() {
    let image = chat::Image {
        media_type: "image/png".to_owned(),
        base64: "iVBO".to_owned(),
    };
    let token = chat::TokenLogprob {
        token: "H".to_owned(),
        logprob: -1.0,
        top: Vec::new(),
    };
    let answer = response(vec![Choice {
        images: vec![image],
        audio: Some("AAAA".to_owned()),
        logprobs: Some(vec![token]),
        ..Choice::default()
    }]);
    let choice = encoded(&answer)["choices"][0].take();
    assert_eq!(
        choice["message"]["images"],
        json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}])
    );
    assert_eq!(
        choice["message"]["audio"],
        json!({"id": "audio_1", "data": "AAAA", "expires_at": 7, "transcript": ""})
    );
    let token = json!({"token": "H", "logprob": -1.0, "bytes": [72], "top_logprobs": []});
    assert_eq!(
        choice["logprobs"],
        json!({"content": [token], "refusal": null})
    );
}

#[test]
fn a_call_of_a_custom_tool_has_its_input_as_it_is() {
    let input = "SELECT \"a\"";
    let sql = ToolCall {
        name: "sql".into(),
        ..call("c", input)
    };
    let response = response(vec![Choice {
        tool_calls: vec![sql, call("d", "{}")],
        ..Choice::default()
    }]);
    let context = AnswerContext {
        custom_tools: ["sql".to_owned()].into(),
        ..context()
    };
    let body: Value = serde_json::from_slice(&encode(&response, &context)).unwrap();
    let calls = &body["choices"][0]["message"]["tool_calls"];
    let custom = json!({"name": "sql", "input": input});
    assert_eq!(
        calls[0],
        json!({"id": "c", "type": "custom", "custom": custom})
    );
    assert_eq!(calls[1]["type"], "function");
}
