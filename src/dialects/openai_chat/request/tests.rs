use super::*;
use crate::chat::{Media, MediaSource, Message, Part, Reasoning};

fn request(body: &str) -> Request<'_> {
    parse(body.as_bytes()).unwrap_or_else(|error| panic!("{error:?}\n{body}"))
}

/// A body with these messages, for as long as the test runs.
fn with_messages(messages: &str) -> &'static str {
    format!(r#"{{"model":"m","messages":[{messages}]}}"#).leak()
}

fn message(message: &str) -> Message<'static> {
    let mut messages = request(with_messages(message)).messages;
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

/// A body with one user message and these other fields.
fn with_fields(fields: &str) -> &'static str {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],{fields}}}"#).leak()
}

fn refusal(body: &str) -> Error {
    parse(body.as_bytes()).unwrap_err()
}

fn texts<'a>(parts: &'a [Part<'_>]) -> Vec<&'a str> {
    let text = |part: &'a Part<'_>| match part {
        Part::Text(text) => &*text.text,
        other => panic!("{other:?}"),
    };
    parts.iter().map(text).collect()
}

fn media(part: &str) -> Media<'static> {
    let user = message(&format!(r#"{{"role":"user","content":[{part}]}}"#));
    match user {
        Message::User { mut content, .. } => match content.remove(0) {
            Part::Image(media) | Part::Audio(media) | Part::File(media) => media,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn inline(media_type: &str, base64: &str) -> MediaSource<'static> {
    MediaSource::Inline {
        media_type: media_type.to_owned().into(),
        base64: base64.to_owned().into(),
    }
}

#[test]
fn every_field_finds_its_place() {
    let request = request(with_fields(
        r#""stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},
        "max_completion_tokens":7,"stop":["a","b"],"temperature":0,"top_p":0,
        "frequency_penalty":-1.5,"presence_penalty":2,"seed":0,"n":1,"logprobs":false,
        "top_logprobs":0,"logit_bias":{"50256": -100},"reasoning_effort":"xhigh",
        "safety_identifier":"someone","service_tier":"flex","parallel_tool_calls":false"#,
    ));
    assert!(request.stream && request.include_usage);
    assert_eq!(request.max_output_tokens, Some(7));
    assert_eq!(request.stop, ["a", "b"]);
    assert_eq!(request.reasoning_effort, Some(ReasoningEffort::XHigh));
    assert_eq!(request.end_user.as_deref(), Some("someone"));
    assert_eq!(request.service_tier.as_deref(), Some("flex"));
    assert_eq!(request.parallel_tool_calls, Some(false));
    let sampling = request.sampling;
    assert_eq!(
        (sampling.temperature, sampling.top_p),
        (Some(0.0), Some(0.0))
    );
    assert_eq!(sampling.frequency_penalty, Some(-1.5));
    assert_eq!(sampling.presence_penalty, Some(2.0));
    assert_eq!((sampling.seed, sampling.n), (Some(0), Some(1)));
    assert_eq!(
        (sampling.logprobs, sampling.top_logprobs),
        (Some(false), Some(0))
    );
    assert_eq!(sampling.logit_bias.unwrap().get(), r#"{"50256": -100}"#);
    assert!(request.extras.is_empty());
}

#[test]
fn null_is_as_good_as_absent() {
    let known = super::super::fields::KNOWN.iter();
    let nulls: Vec<String> = known
        .filter(|name| !matches!(**name, "model" | "messages"))
        .map(|name| format!(r#""{name}":null"#))
        .collect();
    let request = request(with_fields(&nulls.join(",")));
    assert!(!request.stream && request.tools.is_empty() && request.stop.is_empty());
    assert!(request.tool_choice.is_none() && request.extras.is_empty());
}

#[test]
fn the_newer_name_of_a_field_wins() {
    let limit = |fields| request(with_fields(fields)).max_output_tokens;
    assert_eq!(limit(r#""max_tokens":5"#), Some(5));
    assert_eq!(
        limit(r#""max_completion_tokens":7,"max_tokens":5"#),
        Some(7)
    );
    assert_eq!(
        limit(r#""max_tokens":5,"max_completion_tokens":7"#),
        Some(7)
    );
    assert_eq!(
        limit(r#""max_tokens":5,"max_completion_tokens":null"#),
        Some(5)
    );
    let user = |fields| request(with_fields(fields)).end_user.unwrap();
    assert_eq!(user(r#""user":"a","safety_identifier":"b""#), "b");
    assert_eq!(user(r#""user":"a""#), "a");
}

#[test]
fn stop_is_a_text_or_a_list() {
    assert_eq!(request(with_fields(r#""stop":"x""#)).stop, ["x"]);
    assert!(request(with_fields(r#""stop":[]"#)).stop.is_empty());
    let error = refusal(with_fields(r#""stop":["a",3]"#));
    assert_eq!(error.param.as_deref(), Some("stop[1]"));
    let error = refusal(with_fields(r#""stop":3"#));
    assert_eq!(
        error.message,
        "Invalid type for 'stop': expected one of a string or array of strings, but got an integer instead."
    );
}

#[test]
fn other_fields_are_handed_on_as_they_are_in_order() {
    let request = request(with_fields(
        r#""store":true,"top_k": 40,"anthropic":{"b":1, "a":[2]},"x":null"#,
    ));
    let extras: Vec<_> = request
        .extras
        .iter()
        .map(|extra| (&*extra.name, extra.value.get()))
        .collect();
    assert_eq!(
        extras,
        [
            ("store", "true"),
            ("top_k", "40"),
            ("anthropic", r#"{"b":1, "a":[2]}"#)
        ]
    );
}

#[test]
fn instructions_may_stand_anywhere() {
    let request = request(with_messages(
        r#"{"role":"system","content":"a"},{"role":"user","content":"b"},
           {"content":[{"type":"text","text":"c"},{"text":"d","type":"text"}],"role":"developer"}"#,
    ));
    let [
        Message::Instructions { content: first },
        Message::User { .. },
        Message::Instructions { content: last },
    ] = request.messages.as_slice()
    else {
        panic!("{:?}", request.messages);
    };
    assert_eq!(texts(first), ["a"]);
    assert_eq!(texts(last), ["c", "d"]);
}

#[test]
fn texts_are_borrowed_from_the_body() {
    let body = with_messages(r#"{"role":"user","content":"hello"}"#);
    let request = request(body);
    let Message::User { content, .. } = &request.messages[0] else {
        panic!("{request:?}");
    };
    let [Part::Text(text)] = content.as_slice() else {
        panic!("{content:?}");
    };
    assert!(body.as_bytes().as_ptr_range().contains(&text.text.as_ptr()));
}

#[test]
fn an_assistant_turn_of_calls_only_has_no_content() {
    for content in ["", r#""content":null,"#, r#""content":"","#] {
        let assistant = message(&format!(
            r#"{{"role":"assistant",{content}"tool_calls":[
                {{"id":"c1","type":"function","function":{{"name":"f","arguments":"{{\"a\":1}}"}}}},
                {{"id":"c2","type":"function","index":1,"function":{{"name":"g"}}}}]}}"#
        ));
        let Message::Assistant {
            content,
            tool_calls,
            ..
        } = assistant
        else {
            panic!("{assistant:?}");
        };
        assert!(content.is_empty());
        let calls: Vec<_> = tool_calls
            .iter()
            .map(|call| (&*call.id, &*call.name, &*call.arguments))
            .collect();
        assert_eq!(calls, [("c1", "f", r#"{"a":1}"#), ("c2", "g", "")]);
    }
}

#[test]
fn refusals_in_history_are_kept() {
    for assistant in [
        r#"{"role":"assistant","content":null,"refusal":"no"}"#,
        r#"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#,
    ] {
        let Message::Assistant { content, .. } = message(assistant) else {
            panic!("{assistant}");
        };
        assert!(matches!(content.as_slice(), [Part::Refusal(text)] if text == "no"));
    }
}

#[test]
fn signatures_are_taken_from_ids_and_from_beside_them() {
    let body = r#"{"model":"m","messages":[{"role":"assistant","content":"x",
        "extra_content":{"google":{"thought_signature":"AAAA"},"tidegate":{"issuer":"vertex"}},
        "tool_calls":[
        {"id":"a__sig_gemini_Ep-_","type":"function","function":{"name":"f","arguments":"{}"},
         "extra_content":{"google":{"thought_signature":"other"}}},
        {"id":"b","type":"function","function":{"name":"f","arguments":"{}"},
         "extra_content":{"google":{"thought_signature":"Ep+g"},"x":[1]}},
        {"id":"c","type":"function","function":{"name":"f","arguments":"{}"},
         "extra_content":{"google":7}}]},
        {"role":"tool","tool_call_id":"a__sig_gemini_Ep-_","content":"1"}]}"#;
    let request = parse(body.as_bytes()).unwrap();
    let [
        Message::Assistant {
            content,
            tool_calls,
            ..
        },
        Message::Tool { tool_call_id, .. },
    ] = request.messages.as_slice()
    else {
        panic!("{request:?}");
    };
    let [Part::Text(text)] = content.as_slice() else {
        panic!("{content:?}");
    };
    assert_eq!(text.signature.as_deref(), Some("vertex:AAAA"));
    let calls: Vec<_> = tool_calls
        .iter()
        .map(|call| (&*call.id, call.signature.as_deref()))
        .collect();
    assert_eq!(
        calls,
        [("a", Some("gemini:Ep+/")), ("b", Some("Ep+g")), ("c", None)]
    );
    assert_eq!(tool_call_id, "a");
}

#[test]
fn reasoning_in_history_is_kept_with_its_proofs() {
    let assistant = message(
        r#"{"role":"assistant","content":"x","reasoning_content":"ab","thinking_blocks":[
            {"type":"thinking","thinking":"a","signature":"s\u0031","index":0},
            {"type":"redacted_thinking","data":"d"},
            {"type":"thinking","thinking":"b","signature":""}]}"#,
    );
    let Message::Assistant { reasoning, .. } = assistant else {
        panic!("{assistant:?}");
    };
    let [
        Reasoning::Thinking {
            text: a,
            signature: Some(s),
        },
        Reasoning::Redacted { data },
        Reasoning::Thinking {
            text: b,
            signature: None,
        },
    ] = reasoning.as_slice()
    else {
        panic!("{reasoning:?}");
    };
    assert_eq!((&**a, &**s, &**data, &**b), ("a", "s1", "d", "b"));
}

#[test]
fn plain_reasoning_in_history_has_no_proof() {
    let assistant = message(r#"{"role":"assistant","content":"x","reasoning_content":"ab"}"#);
    let Message::Assistant { reasoning, .. } = assistant else {
        panic!("{assistant:?}");
    };
    assert!(matches!(
        reasoning.as_slice(),
        [Reasoning::Thinking { text, signature: None }] if text == "ab"
    ));
}

#[test]
fn a_tool_result_keeps_its_extensions() {
    let tool = message(
        r#"{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"42",
            "cache_control":{"type": "ephemeral"}}],"is_error":true,
            "cache_control":{"type":"ephemeral","ttl":"1h"}}"#,
    );
    let Message::Tool {
        tool_call_id,
        content,
        is_error,
        cache_control,
    } = tool
    else {
        panic!("{tool:?}");
    };
    assert_eq!((&*tool_call_id, is_error), ("c", Some(true)));
    assert_eq!(
        cache_control.unwrap().get(),
        r#"{"type":"ephemeral","ttl":"1h"}"#
    );
    let [Part::Text(text)] = content.as_slice() else {
        panic!("{content:?}");
    };
    assert_eq!(
        text.cache_control.unwrap().get(),
        r#"{"type": "ephemeral"}"#
    );
}

#[test]
fn the_cache_marker_of_a_message_is_that_of_its_last_part() {
    let user = message(
        r#"{"role":"user","cache_control":{"type":"ephemeral"},"content":[
            {"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"http://x/y.png"}}]}"#,
    );
    let Message::User { content, .. } = user else {
        panic!("{user:?}");
    };
    let [Part::Text(text), Part::Image(image)] = content.as_slice() else {
        panic!("{content:?}");
    };
    assert!(text.cache_control.is_none() && image.cache_control.is_some());
}

#[test]
fn data_urls_are_split_and_other_urls_kept() {
    let source = |url: &str| {
        media(&format!(
            r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#
        ))
        .source
    };
    assert_eq!(
        source("data:image/png;base64,QUJD"),
        inline("image/png", "QUJD")
    );
    assert_eq!(source("data:image/jpg;base64,"), inline("image/jpg", ""));
    assert_eq!(
        source(r"DATA:Image\/PNG;name=a.png;BASE64,QU\/D"),
        inline("image/png", "QU/D")
    );
    assert_eq!(source("data:;base64,QQ=="), inline("text/plain", "QQ=="));
    let url = "https://example.com/data:a,b.png";
    assert_eq!(source(url), MediaSource::Url(url.into()));
    for broken in ["data:image/png,abc", "data:image/png;base64", "data:"] {
        let error = refusal(with_messages(&format!(
            r#"{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"{broken}"}}}}]}}"#
        )));
        assert_eq!(
            error.param.as_deref(),
            Some("messages[0].content[0].image_url.url")
        );
    }
}

#[test]
fn the_detail_of_an_image_is_kept() {
    let image = media(r#"{"type":"image_url","image_url":{"detail":"low","url":"http://x"}}"#);
    assert_eq!(image.detail.as_deref(), Some("low"));
}

#[test]
fn sounds_and_files_say_what_they_are() {
    let audio = media(r#"{"type":"input_audio","input_audio":{"data":"QQ","format":"mp3"}}"#);
    assert_eq!(audio.source, inline("audio/mpeg", "QQ"));
    let file = media(
        r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,QQ","filename":"a.pdf"}}"#,
    );
    assert_eq!(file.source, inline("application/pdf", "QQ"));
    assert_eq!(file.filename.as_deref(), Some("a.pdf"));
    let bare = media(r#"{"type":"file","file":{"file_data":"QQ","filename":"a.TXT"}}"#);
    assert_eq!(bare.source, inline("text/plain", "QQ"));
    let known = media(r#"{"type":"file","file":{"file_id":"file-1"}}"#);
    assert_eq!(known.source, MediaSource::FileId("file-1".into()));
}

#[test]
fn a_tools_schema_keeps_its_bytes() {
    let schema = r#"{ "type":"object", "properties":{"z":{},"a":{}} }"#;
    let request = request(with_fields(
        format!(
            r#""tools":[{{"type":"function","function":{{"name":"f","description":"d",
               "parameters":{schema},"strict":true}},"cache_control":{{"type":"ephemeral"}}}},
               {{"type":"function","function":{{"name":"g"}}}}]"#
        )
        .leak(),
    ));
    let [f, g] = request.tools.as_slice() else {
        panic!("{:?}", request.tools);
    };
    assert_eq!(f.parameters.unwrap().get(), schema);
    assert_eq!((&*f.name, f.description.as_deref()), ("f", Some("d")));
    assert_eq!((f.strict, f.cache_control.is_some()), (Some(true), true));
    assert!(g.parameters.is_none() && g.strict.is_none());
}

#[test]
fn every_form_of_tool_choice_is_understood() {
    let choice = |value: &str| {
        request(with_fields(&format!(r#""tool_choice":{value}"#)))
            .tool_choice
            .unwrap()
    };
    assert_eq!(choice(r#""auto""#), ToolChoice::Auto);
    assert_eq!(choice(r#""none""#), ToolChoice::None);
    assert_eq!(choice(r#""required""#), ToolChoice::Required);
    assert_eq!(
        choice(r#"{"type":"function","function":{"name":"f"}}"#),
        ToolChoice::Function("f".into())
    );
    assert_eq!(
        choice(
            r#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[
                {"type":"function","function":{"name":"f"}},
                {"type":"function","function":{"name":"g"}}]}}"#
        ),
        ToolChoice::Allowed {
            required: true,
            names: vec!["f".into(), "g".into()]
        }
    );
}

#[test]
fn functions_of_old_become_tools() {
    let request = request(
        r#"{"model":"m","functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"},
            "messages":[{"role":"user","content":"hi"},
            {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
            {"role":"function","name":"f","content":"42"}]}"#,
    );
    assert_eq!(request.tools[0].name, "f");
    assert_eq!(request.tool_choice, Some(ToolChoice::Function("f".into())));
    assert_eq!(request.parallel_tool_calls, Some(false));
    let [
        _,
        Message::Assistant { tool_calls, .. },
        Message::Tool { tool_call_id, .. },
    ] = request.messages.as_slice()
    else {
        panic!("{:?}", request.messages);
    };
    assert_eq!(tool_calls[0].id, *tool_call_id);
    assert!(!tool_call_id.is_empty());
}

#[test]
fn a_function_result_without_its_call_is_refused() {
    let error = refusal(with_messages(
        r#"{"role":"function","name":"f","content":"42"}"#,
    ));
    assert_eq!(error.param.as_deref(), Some("messages[0].name"));
}

#[test]
fn every_response_format_is_understood() {
    let format = |value: &str| {
        request(with_fields(format!(r#""response_format":{value}"#).leak())).response_format
    };
    assert!(matches!(format(r#"{"type":"text"}"#), ResponseFormat::Text));
    assert!(matches!(
        format(r#"{"type":"json_object"}"#),
        ResponseFormat::JsonObject
    ));
    let schema = format(
        r#"{"json_schema":{"strict":true,"name":"n","schema":{"b":1, "a":2}},"type":"json_schema"}"#,
    );
    let ResponseFormat::JsonSchema {
        name,
        schema,
        strict,
    } = schema
    else {
        panic!("{schema:?}");
    };
    assert_eq!((&*name, schema.get()), ("n", r#"{"b":1, "a":2}"#));
    assert_eq!(strict, Some(true));
}

type Row = (&'static str, &'static str, &'static str, &'static str);

/// Each row: body, and the error's `param`, `code` and message.
fn assert_refused(rows: &[Row]) {
    for (body, param, code, message) in rows {
        let error = refusal(body);
        assert_eq!(error.message, *message);
        assert_eq!(error.param.as_deref(), Some(*param), "{message}");
        assert_eq!(error.code.as_deref(), Some(*code), "{message}");
        assert_eq!(error.status, 400);
    }
}

#[test]
fn faults_of_messages_are_told_in_openais_words_with_their_path() {
    assert_refused(&[
        (
            r#"{"model":"m"}"#,
            "messages",
            "missing_required_parameter",
            "Missing required parameter: 'messages'.",
        ),
        (
            r#"{"model":"m","messages":[]}"#,
            "messages",
            "empty_array",
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        ),
        (
            with_messages(r#"{"content":"x"}"#),
            "messages[0].role",
            "missing_required_parameter",
            "Missing required parameter: 'messages[0].role'.",
        ),
        (
            with_messages(r#"{"role":"robot","content":"x"}"#),
            "messages[0].role",
            "invalid_value",
            "Invalid value: 'robot'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
        ),
        (
            with_messages(r#"{"role":"user","content":5}"#),
            "messages[0].content",
            "invalid_type",
            "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead.",
        ),
        (
            with_messages(
                r#"{"role":"user","content":"a"},{"role":"user","content":[{"type":"image_url","image_url":{}}]}"#,
            ),
            "messages[1].content[0].image_url.url",
            "missing_required_parameter",
            "Missing required parameter: 'messages[1].content[0].image_url.url'.",
        ),
        (
            with_messages(
                r#"{"role":"system","content":[{"type":"image_url","image_url":{"url":"http://x"}}]}"#,
            ),
            "messages[0].content[0].type",
            "invalid_value",
            "Invalid value: 'image_url'. Value must be 'text'.",
        ),
        (
            with_messages(r#"{"role":"tool","content":"x"}"#),
            "messages[0].tool_call_id",
            "missing_required_parameter",
            "Missing required parameter: 'messages[0].tool_call_id'.",
        ),
    ]);
}

#[test]
fn faults_of_fields_are_told_in_openais_words_with_their_path() {
    assert_refused(&[
        (
            with_fields(
                r#""tools":[{"type":"function","function":{"name":"f","parameters":"{}"}}]"#,
            ),
            "tools[0].function.parameters",
            "invalid_type",
            "Invalid type for 'tools[0].function.parameters': expected an object, but got a string instead.",
        ),
        (
            with_fields(r#""tool_choice":"any""#),
            "tool_choice",
            "invalid_value",
            "Invalid value: 'any'. Supported values are: 'none', 'auto', and 'required'.",
        ),
        (
            with_fields(r#""max_tokens":-1"#),
            "max_tokens",
            "integer_below_min_value",
            "Invalid 'max_tokens': integer below minimum value, got -1.",
        ),
        (
            with_fields(r#""temperature":"hot""#),
            "temperature",
            "invalid_type",
            "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        ),
        (
            with_fields(r#""response_format":{"type":"json_schema"}"#),
            "response_format.json_schema",
            "missing_required_parameter",
            "Missing required parameter: 'response_format.json_schema'.",
        ),
    ]);
}

#[test]
fn tools_that_are_no_functions_keep_their_place_and_their_words() {
    let search = r#"{"type":"web_search_20250305", "name":"s"}"#;
    let body = with_fields(&format!(
        r#""tools":[{{"type":"function","function":{{"name":"f"}}}},{search}]"#
    ));
    let request = parse(body.as_bytes()).unwrap();
    assert_eq!((request.tools.len(), request.other_tools.len()), (1, 1));
    let other = &request.other_tools[0];
    assert_eq!(
        (&*other.kind, other.index, other.json.get()),
        ("web_search_20250305", 1, search)
    );
}

#[test]
fn custom_tools_go_by_their_names_and_their_calls_have_one_argument() {
    let call = r#"{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"sql","input":"SELECT \"a\""}}]}"#;
    let body = with_messages(call).replacen(
        '{',
        r#"{"tools":[{"type":"custom","custom":{"name":"sql"}}],
            "tool_choice":{"type":"custom","custom":{"name":"sql"}},"#,
        1,
    );
    let request = parse(body.as_bytes()).unwrap();
    assert_eq!(request.other_tools[0].name.as_deref(), Some("sql"));
    assert_eq!(
        request.tool_choice,
        Some(ToolChoice::Function("sql".into()))
    );
    let Message::Assistant { tool_calls, .. } = &request.messages[0] else {
        panic!("an assistant's turn");
    };
    assert_eq!(tool_calls[0].name, "sql");
    assert_eq!(tool_calls[0].arguments, r#"{"input":"SELECT \"a\""}"#);
}

#[test]
fn other_kinds_of_choices_and_calls_are_refused_by_name() {
    let call = r#"{"role":"assistant","tool_calls":[{"id":"c","type":"shell","shell":{}}]}"#;
    for (body, param) in [
        (
            with_fields(r#""tool_choice":{"type":"mcp","server_label":"c"}"#),
            "tool_choice.type",
        ),
        (with_messages(call), "messages[0].tool_calls[0].type"),
        (
            with_messages(r#"{"role":"assistant","audio":{"id":"a"}}"#),
            "messages[0].audio",
        ),
    ] {
        assert_eq!(refusal(body).param.as_deref(), Some(param));
    }
}

#[test]
fn members_that_come_twice_are_refused_at_every_level() {
    for (body, param) in [
        (with_fields(r#""n":1,"n":2"#), "n"),
        (with_fields(r#""x":1,"x":2"#), "x"),
        (
            with_messages(r#"{"role":"user","role":"system","content":""}"#),
            "messages[0].role",
        ),
        (
            with_messages(r#"{"role":"user","content":null,"content":"a"}"#),
            "messages[0].content",
        ),
        (
            with_messages(r#"{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}"#),
            "messages[0].content[0].text",
        ),
        (
            with_fields(r#""tools":[{"type":"function","function":{"name":"a","name":"b"}}]"#),
            "tools[0].function.name",
        ),
    ] {
        let error = refusal(body);
        assert_eq!(error.param.as_deref(), Some(param));
        assert_eq!(error.message, format!("Duplicate parameter: '{param}'."));
    }
}

#[test]
fn bad_json_is_refused_with_its_position() {
    let error = refusal("{\"model\":\"m\",\n \"messages\":[}");
    assert_eq!(
        error.message,
        "We could not parse the JSON body of your request: a value is missing at line 2 column 14."
    );
    for nested in ["[", r#"{"role":"user","content":["#, r#"{"a":"#] {
        let body = format!(r#"{{"model":"m","messages":[{}"#, nested.repeat(100_000));
        assert_eq!(refusal(&body).status, 400);
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    const BODY: &str = r#"{"model":"m","messages":[{"role":"system","content":"s"},
        {"role":"user","content":[{"type":"text","text":"\u00e9"},{"type":"image_url",
        "image_url":{"url":"data:image/png;base64,QQ==","detail":"low"}}]},
        {"role":"assistant","content":null,"thinking_blocks":[{"type":"thinking","thinking":"t",
        "signature":"s"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f",
        "arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"42"}],
        "tools":[{"type":"function","function":{"name":"f","parameters":{"a":[1]}}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[]}},
        "stop":["x"],"stream":true,"n":1,"top_k":[{}],"response_format":{"type":"text"}}"#;

    proptest! {
        #[test]
        fn damaged_bodies_are_read_or_refused(
            changes in prop::collection::vec((0..BODY.len(), any::<u8>()), 0..4),
        ) {
            let mut body = BODY.as_bytes().to_vec();
            for (at, byte) in changes {
                body[at] = byte;
            }
            match parse(&body) {
                Ok(request) => prop_assert!(!request.messages.is_empty()),
                Err(error) => prop_assert_eq!(error.status, 400),
            }
        }

        #[test]
        fn bodies_cut_short_are_refused(cut in 0..BODY.len()) {
            prop_assert!(parse(&BODY.as_bytes()[..cut]).is_err());
        }

        #[test]
        fn texts_arrive_as_they_were_sent(text in any::<String>(), ascii in any::<bool>()) {
            let mut quoted = serde_json::to_string(&text).unwrap();
            if ascii {
                quoted = quoted
                    .chars()
                    .map(|c| match c {
                        ' '..='~' => c.to_string(),
                        _ => {
                            let mut units = [0; 2];
                            let units = c.encode_utf16(&mut units).iter();
                            units.map(|unit| format!("\\u{unit:04x}")).collect()
                        }
                    })
                    .collect();
            }
            let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":{quoted}}}]}}"#);
            let request = parse(body.as_bytes()).unwrap();
            let Message::User { content, .. } = &request.messages[0] else {
                panic!("{request:?}");
            };
            prop_assert_eq!(texts(content), [text.as_str()]);
        }
    }

    #[test]
    fn the_body_that_is_damaged_is_a_good_one() {
        assert_eq!(request(BODY).messages.len(), 4);
    }
}
