//! Azure OpenAI, and OpenAI's other API.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::json;

use crate::play::{Answer, Play, chat, stream_request};
use crate::{claude_answer, openai_answer};

const PATH: &str = "/openai/deployments/model-of-azure/chat/completions?api-version=2024-10-21";
/// Azure's first chunk: no choice, and nothing in any field that clients look at.
const PROMPT_FILTER: &str = concat!(
    r#"data: {"choices":[],"created":0,"id":"","model":"","object":"","#,
    r#""prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#,
    "\n\n"
);

#[test]
fn azure_gets_its_deployment_in_the_path_and_the_bare_key() {
    let outcome = Play::new(&["azure"]).request(&chat("smart"), &[openai_answer("hello")]);
    assert_eq!(outcome.status, 200);
    let sent = &outcome.attempts[0];
    assert_eq!(sent.header(":path"), Some(PATH));
    assert_eq!(sent.header("api-key"), Some("key-of-azure"));
    assert_eq!(sent.header("authorization"), None);
}

#[test]
fn the_clients_query_stays_but_for_what_the_path_says_itself() {
    let mut play = Play::new(&["azure"]);
    play.query = "?a=b&api-version=2020-01-01&c";
    let outcome = play.request(&chat("smart"), &[openai_answer("hello")]);
    let path = format!("{PATH}&a=b&c");
    assert_eq!(outcome.attempts[0].header(":path"), Some(path.as_str()));
}

#[test]
fn what_a_filter_finds_in_the_prompt_is_no_first_token() {
    let answers = [Answer::events(PROMPT_FILTER), claude_answer("instead")];
    let outcome = Play::new(&["azure", "claude"]).request(&stream_request("smart"), &answers);
    assert_eq!(outcome.header("x-tidegate-provider"), Some("claude"));

    let overloaded = concat!(
        r#"data: {"error":{"code":"ServiceUnavailable","message":"busy"}}"#,
        "\n\n"
    );
    let failing = format!("{PROMPT_FILTER}{overloaded}");
    let answers = [Answer::events(&failing), claude_answer("instead")];
    let outcome = Play::new(&["azure", "claude"]).request(&stream_request("smart"), &answers);
    assert_eq!(outcome.header("x-tidegate-provider"), Some("claude"));
    assert!(!outcome.text().contains("prompt_filter_results"));
}

#[test]
fn a_blocked_prompt_is_the_clients_fault_and_not_tried_elsewhere() {
    let blocked = json!({"error": {
        "message": "The response was filtered.", "type": null, "param": "prompt",
        "code": "content_filter", "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"}
    }});
    let answers = [Answer::json(400, &blocked), claude_answer("instead")];
    let outcome = Play::new(&["azure", "claude"]).request(&chat("smart"), &answers);
    assert_eq!((outcome.status, outcome.attempts.len()), (400, 1));
    let error = &outcome.json()["error"];
    assert_eq!(error["type"], "invalid_request_error");
    assert_eq!(error["code"], "content_filter");
    assert_eq!(error["innererror"]["code"], "ResponsibleAIPolicyViolation");
}

#[test]
fn azure_says_in_milliseconds_when_to_come_back() {
    let limited = json!({"error": {"code": "429", "message": "slow down"}});
    let mut answer = Answer::json(429, &limited);
    answer
        .headers
        .push(("retry-after-ms".into(), "1500".into()));
    let outcome = Play::new(&["azure"]).request(&chat("smart"), &[answer]);
    assert_eq!(outcome.status, 429);
    assert_eq!(outcome.header("retry-after-ms"), Some("1500"));
    assert_eq!(outcome.json()["error"]["code"], "rate_limit_exceeded");
}

#[test]
fn a_provider_that_is_said_to_is_asked_by_the_responses_api() {
    let answer = Answer::json(
        200,
        &json!({
            "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.6",
            "output": [{"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                        "content": [{"type": "output_text", "text": "hello", "annotations": []}]}],
            "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
        }),
    );
    let outcome = Play::new(&["responses"]).request(&chat("smart"), &[answer]);
    assert_eq!(outcome.attempts[0].header(":path"), Some("/v1/responses"));
    let message = &outcome.json()["choices"][0]["message"];
    assert_eq!(message["content"], "hello");
}
