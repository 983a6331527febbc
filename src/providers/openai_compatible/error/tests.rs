use super::*;

fn rewritten(status: u16, body: &str) -> (Error, Value) {
    let (error, bytes) = read(status, body.as_bytes());
    let bytes = bytes.expect("the body is written again");
    (error, serde_json::from_slice(&bytes).unwrap())
}

fn untouched(status: u16, body: &str) -> Error {
    let (error, bytes) = read(status, body.as_bytes());
    assert_eq!(bytes, None, "{body}");
    error
}

#[test]
fn openais_own_error_passes_byte_for_byte() {
    let error = untouched(
        400,
        r#"{"error":{"message":"Unsupported parameter: 'max_tokens'","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
    );
    assert_eq!(error.status, 400);
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
    assert_eq!(error.param.as_deref(), Some("max_tokens"));
    assert_eq!(error.code.as_deref(), Some("unsupported_parameter"));
}

#[test]
fn quota_is_not_a_rate_limit() {
    let error = untouched(
        429,
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
    );
    assert_eq!((error.status, error.kind), (429, ErrorKind::Quota));
}

#[test]
fn a_rate_limit_of_openai_is_known_by_its_status() {
    let error = untouched(
        429,
        r#"{"error":{"message":"Limit reached","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
    );
    assert_eq!((error.status, error.kind), (429, ErrorKind::RateLimit));
}

#[test]
fn a_refused_credential_is_told_without_the_key_in_it() {
    let (error, body) = rewritten(
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-ab**yz","type":"invalid_request_error","param":null,"code":"invalid_api_key","hint":"sk-ab"}}"#,
    );
    assert_eq!((error.status, error.kind), (401, ErrorKind::Authentication));
    assert!(!body.to_string().contains("sk-"), "{body}");
    assert_eq!(body["error"]["code"], "invalid_api_key");
}

#[test]
fn a_numeric_code_becomes_openais_word() {
    let (error, body) = rewritten(
        429,
        r#"{"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Google"}},"user_id":"user_1"}"#,
    );
    assert_eq!((error.status, error.kind), (429, ErrorKind::RateLimit));
    assert_eq!(
        body,
        json!({"error":{"message":"Provider returned error","type":"rate_limit_error","param":null,
            "code":"rate_limit_exceeded","metadata":{"provider_name":"Google"}}})
    );
}

#[test]
fn a_number_that_is_no_status_stays_as_text() {
    let (_, body) = rewritten(400, r#"{"error":{"code":1210,"message":"bad"}}"#);
    assert_eq!(body["error"]["code"], "1210");
}

#[test]
fn a_number_in_a_string_counts_as_a_number() {
    let (error, _) = read(
        200,
        br#"{"error":{"code":"503","message":"busy","type":"x"}}"#,
    );
    assert_eq!((error.status, error.kind), (503, ErrorKind::Overloaded));
}

#[test]
fn an_error_that_is_a_sentence() {
    let (error, body) = rewritten(
        400,
        r#"{"code":"Client specified an invalid argument","error":"Argument not supported: stop"}"#,
    );
    assert_eq!(error.message, "Argument not supported: stop");
    assert!(body["error"]["code"].is_null(), "a sentence is no code");
    assert_eq!(body["error"]["type"], "invalid_request_error");
}

#[test]
fn a_fault_of_the_edge() {
    let (error, body) = rewritten(
        500,
        r#"{"fault":{"faultstring":"Gateway error","detail":{"errorcode":"messaging.adaptors.http"}}}"#,
    );
    assert_eq!((error.status, error.kind), (500, ErrorKind::Upstream));
    assert_eq!(body["error"]["message"], "Gateway error");
    assert_eq!(body["error"]["code"], "messaging.adaptors.http");
}

#[test]
fn mistrals_flat_error() {
    let (error, body) = rewritten(
        400,
        r#"{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500","raw_status_code":400}"#,
    );
    assert_eq!(error.message, "Invalid model: x");
    assert_eq!(
        body,
        json!({"error":{"message":"Invalid model: x","type":"invalid_model","param":null,
            "code":"1500","raw_status_code":400}})
    );
}

#[test]
fn validation_errors_name_the_field() {
    let detail =
        r#"[{"loc":["body","messages",0,"content"],"msg":"Field required","type":"missing"}]"#;
    for body in [
        format!(r#"{{"detail":{detail}}}"#),
        format!(r#"{{"object":"error","message":{{"detail":{detail}}}}}"#),
    ] {
        let (error, json) = rewritten(422, &body);
        assert_eq!((error.status, error.kind), (422, ErrorKind::InvalidRequest));
        assert_eq!(json["error"]["param"], "messages[0].content");
        assert_eq!(json["error"]["message"], "Field required");
    }
}

#[test]
fn a_page_of_html_becomes_a_sentence_about_the_status() {
    let (error, body) = rewritten(502, "<html>\r\n<head><title>502 Bad Gateway</title></head>");
    assert_eq!((error.status, error.kind), (502, ErrorKind::Upstream));
    assert_eq!(
        body["error"]["message"],
        "The provider answered with status 502."
    );
}

#[test]
fn plain_text_is_quoted_up_to_a_limit() {
    let (error, _) = rewritten(503, &format!("upstream connect error {}", "ä".repeat(500)));
    assert_eq!(error.kind, ErrorKind::Overloaded);
    assert_eq!(error.message.chars().count(), 300);
}

#[test]
fn an_empty_body_and_bytes_that_are_no_text_are_errors_too() {
    for body in [&b""[..], b"\xff\xfe", b"null", b"[]", b"12"] {
        let (error, bytes) = read(500, body);
        assert_eq!(error.message, "The provider answered with status 500.");
        assert!(bytes.is_some());
    }
}

#[test]
fn an_unknown_model_is_model_not_found() {
    let error = untouched(
        404,
        r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
    );
    assert_eq!((error.status, error.kind), (404, ErrorKind::NotFound));
}

#[test]
fn statuses_of_one_vendor_become_usual_ones() {
    for (status, told) in [(498, 503), (529, 503), (412, 503), (499, 502)] {
        let (error, _) = read(status, br#"{"error":{"message":"m","type":"t"}}"#);
        assert_eq!(error.status, told, "{status}");
    }
}

#[test]
fn an_overflowing_context_gets_openais_code() {
    let (error, body) = rewritten(
        400,
        r#"{"object":"error","message":"This model's maximum context length is 8192 tokens.","type":"BadRequestError","param":null,"code":400}"#,
    );
    assert_eq!(error.code.as_deref(), Some("context_length_exceeded"));
    assert_eq!(body["error"]["code"], "context_length_exceeded");
}

#[test]
fn dashscopes_words_are_known() {
    let (error, _) = read(
        400,
        br#"{"error":{"message":"m","type":"t","code":"DataInspectionFailed"}}"#,
    );
    assert_eq!(error.code.as_deref(), Some("content_filter"));
    let (error, _) = read(400, br#"{"error":{"message":"m","code":"Arrearage"}}"#);
    assert_eq!(error.kind, ErrorKind::Quota);
    let (error, _) = read(
        429,
        br#"{"error":{"message":"m","code":"Throttling.RateQuota"}}"#,
    );
    assert_eq!(error.kind, ErrorKind::RateLimit);
}

#[test]
fn an_error_inside_an_answer_tells_its_own_status() {
    let (error, _) = read(200, br#"{"error":{"code":429,"message":"slow down"}}"#);
    assert_eq!((error.status, error.kind), (429, ErrorKind::RateLimit));
    let (error, _) = read(200, br#"{"error":{"message":"broke"}}"#);
    assert_eq!((error.status, error.kind), (502, ErrorKind::Upstream));
    let (error, _) = read(
        200,
        br#"{"error":{"message":"busy","type":"overloaded_error"}}"#,
    );
    assert_eq!((error.status, error.kind), (503, ErrorKind::Overloaded));
}

#[test]
fn a_servers_failure_is_never_the_clients_fault() {
    let error = untouched(
        500,
        r#"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
    );
    assert_eq!((error.status, error.kind), (500, ErrorKind::Upstream));
}

#[test]
fn the_gateways_own_error_has_openais_shape() {
    let body = body(&Error::upstream("broke").with_param("x"));
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        json,
        json!({"error":{"message":"broke","type":"server_error","param":"x","code":null}})
    );
}

#[test]
fn a_key_that_is_refused_with_400_is_told_as_401_and_without_the_key() {
    let (error, body) = rewritten(
        400,
        r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ey."}"#,
    );
    assert_eq!((error.status, error.kind), (401, ErrorKind::Authentication));
    assert!(!body.to_string().contains("xa***ey"));
}

#[test]
fn a_models_wrong_call_of_a_tool_is_not_the_clients_fault() {
    let body = br#"{"error":{"message":"m","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"f"}}"#;
    let (error, rewritten) = read(400, body);
    assert_eq!((error.status, error.kind), (400, ErrorKind::Upstream));
    assert_eq!(rewritten, None, "the client reads what was generated");
    let (error, _) = read(200, body);
    assert_eq!(error.status, 502);
}

#[test]
fn a_prompt_that_openrouters_moderation_refuses_is_told_by_its_code() {
    let (error, body) = rewritten(
        403,
        r#"{"error":{"code":403,"message":"m","metadata":{"reasons":["x"]}}}"#,
    );
    assert_eq!(error.code.as_deref(), Some("content_filter"));
    assert_eq!(body["error"]["metadata"]["reasons"][0], "x");
}
