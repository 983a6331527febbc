//! Bedrock: what a request leaves for the reader of its answer, and what an error's header says.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::ErrorKind;
use tidegate::dialects::openai_chat::parse;
use tidegate::headers::Headers;
use tidegate::providers::{Native, Options, Recall, TargetOptions, UnknownFields, find};

use crate::decoded::{Answer, decode_with};
use crate::event_stream::encode;

fn bedrock() -> &'static dyn Native {
    find("bedrock").unwrap().native().unwrap()
}

/// What a request says that its answer's reader must know.
fn recall(body: &str) -> Recall {
    let request = parse(body.as_bytes()).unwrap();
    let target = TargetOptions {
        model: &request.model,
        unknown_fields: UnknownFields::Pass,
        strict: false,
        default_max_tokens: None,
        options: Options::NONE,
    };
    bedrock().request(&request, &target).unwrap().recall
}

/// An answer that calls this tool, whole and as a stream; both say the same.
fn answer(recall: &Recall, tool: &str, input: &str) -> Answer {
    let body = format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":[
            {{"toolUse":{{"toolUseId":"t","name":"{tool}","input":{input}}}}}]}}}},
            "stopReason":"tool_use","usage":{{"inputTokens":1,"outputTokens":2}}}}"#
    );
    let whole = Answer::from(bedrock().response(body.as_bytes(), recall).unwrap());
    let delta = serde_json::json!({"contentBlockDelta": {
        "contentBlockIndex": 0, "delta": {"toolUse": {"input": input}}}});
    let lines = [
        r#"{"messageStart":{"role":"assistant"}}"#.to_owned(),
        format!(
            r#"{{"contentBlockStart":{{"contentBlockIndex":0,"start":{{"toolUse":{{"toolUseId":"t","name":"{tool}"}}}}}}}}"#
        ),
        delta.to_string(),
        r#"{"contentBlockStop":{"contentBlockIndex":0}}"#.to_owned(),
        r#"{"messageStop":{"stopReason":"tool_use"}}"#.to_owned(),
        r#"{"metadata":{"usage":{"inputTokens":1,"outputTokens":2}}}"#.to_owned(),
    ];
    let bytes = encode(&lines.join("\n"));
    let streamed = decode_with(bedrock(), recall.clone(), [bytes.as_slice()]);
    assert_eq!(streamed.answer().unwrap(), whole);
    whole
}

#[test]
fn a_tool_has_the_clients_name_again() {
    let recall = recall(
        r#"{"model":"amazon.nova-pro-v1:0","messages":[{"role":"user","content":"x"}],
            "tools":[{"type":"function","function":{"name":"files/read"}}]}"#,
    );
    let sent = recall.tool_names.keys().next().unwrap();
    let called = answer(&recall, sent, r#"{"a":1}"#);
    let call = (
        "t".to_owned(),
        "files/read".to_owned(),
        r#"{"a":1}"#.to_owned(),
    );
    assert_eq!(called.tool_calls, [call]);
    assert_eq!(called.finish.as_str(), "tool_calls");
}

#[test]
fn what_the_output_tool_is_called_with_is_the_answers_text() {
    let recall = recall(
        r#"{"model":"amazon.nova-pro-v1:0","messages":[{"role":"user","content":"x"}],
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}"#,
    );
    let tool = recall.output_tool.clone().unwrap();
    let said = answer(&recall, &tool, r#"{"city":"Bern"}"#);
    assert_eq!(
        (said.text.as_str(), said.tool_calls.len()),
        (r#"{"city":"Bern"}"#, 0)
    );
    assert_eq!(said.finish.as_str(), "stop");
}

#[test]
fn an_errors_header_says_what_its_body_does_not() {
    let mut headers = Headers::default();
    headers.push(
        "x-amzn-errortype",
        "ServiceQuotaExceededException:http://internal/",
    );
    let error = bedrock().error_with(400, &headers, br#"{"message":"enough"}"#);
    assert_eq!((error.status, error.kind), (429, ErrorKind::Quota));
    assert_eq!(error.message, "enough");
}
