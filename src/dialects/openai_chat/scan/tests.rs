use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn text<'b>(body: &'b str, range: &Range<usize>) -> &'b str {
    body.get(range.clone()).unwrap()
}

fn refusal(body: &str) -> Error {
    scan(body.as_bytes()).unwrap_err()
}

/// The body with the change that asks for usage.
fn asking(body: &str) -> Option<String> {
    let edit = scan(body.as_bytes()).unwrap().ask_for_usage()?;
    let mut edited = body.to_owned();
    edited.replace_range(edit.range, edit.text);
    Some(edited)
}

#[test]
fn model_and_stream_are_found_by_place() {
    let body = r#" { "messages" : [ {"model":"no"} ],
        "stream": true, "model" : "gpt-4o" , "stream_options":{"include_usage":true}} "#;
    let scan = scan(body.as_bytes()).unwrap();
    assert_eq!(scan.model, "gpt-4o");
    assert_eq!(text(body, &scan.model_value), "\"gpt-4o\"");
    assert!(scan.stream);
    assert!(scan.include_usage());
    assert_eq!(scan.after_brace, 2);
    let names: Vec<_> = scan.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["messages", "stream", "model", "stream_options"]);
}

#[test]
fn what_decides_between_wire_formats_is_found() {
    let scan_of = |body: &str| scan(body.as_bytes()).unwrap().into_owned();
    let found = scan_of(r#"{"model":"m","tools":[{}],"reasoning_effort":"l\u006fw"}"#);
    assert!(found.has_tools);
    assert_eq!(found.reasoning_effort.as_deref(), Some("low"));
    assert!(scan_of(r#"{"model":"m","functions":[{}]}"#).has_tools);
    for body in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","tools":null,"reasoning_effort":null}"#,
        r#"{"model":"m","reasoning_effort":7}"#,
    ] {
        let found = scan_of(body);
        assert!(
            !found.has_tools && found.reasoning_effort.is_none(),
            "{body}"
        );
    }
}

#[test]
fn an_escaped_model_is_decoded() {
    let body = r#"{"mod\u0065l":"gpt\u002d4\/o"}"#;
    let scan = scan(body.as_bytes()).unwrap();
    assert_eq!(scan.model, "gpt-4/o");
    assert_eq!(text(body, &scan.model_value), r#""gpt\u002d4\/o""#);
}

#[test]
fn fields_that_the_api_does_not_know_are_listed_with_their_places() {
    let body = r#"{"top_k":4, "model":"m", "anthropic":{"a":[1, 2]}}"#;
    let scan = scan(body.as_bytes()).unwrap();
    let unknown: Vec<_> = scan
        .unknown_fields()
        .map(|field| (text(body, &field.member), text(body, &field.value)))
        .collect();
    assert_eq!(
        unknown,
        [
            (r#""top_k":4"#, "4"),
            (r#""anthropic":{"a":[1, 2]}"#, r#"{"a":[1, 2]}"#),
        ]
    );
}

#[test]
fn absent_and_null_mean_no() {
    for body in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","stream":null,"stream_options":null}"#,
        r#"{"model":"m","stream":false,"stream_options":{"include_usage":null}}"#,
    ] {
        let scan = scan(body.as_bytes()).unwrap();
        assert!(!scan.stream && !scan.include_usage(), "{body}");
    }
}

#[test]
fn usage_is_asked_for_with_one_change_whatever_the_client_wrote() {
    for (options, expected) in [
        ("", json!({"include_usage": true})),
        (r#","stream_options":null"#, json!({"include_usage": true})),
        (r#","stream_options": { } "#, json!({"include_usage": true})),
        (
            r#","stream_options": { "include_obfuscation":false }"#,
            json!({"include_usage": true, "include_obfuscation": false}),
        ),
        (
            r#","stream_options":{"include_usage": false ,"include_obfuscation":true}"#,
            json!({"include_usage": true, "include_obfuscation": true}),
        ),
        (
            r#","stream_options":{"include_usage":null}"#,
            json!({"include_usage": true}),
        ),
    ] {
        let body = format!(r#"{{"model":"m"{options},"n":1}}"#);
        let edited: Value = serde_json::from_str(&asking(&body).unwrap()).unwrap();
        assert_eq!(edited["stream_options"], expected, "{body}");
        assert_eq!((&edited["model"], &edited["n"]), (&json!("m"), &json!(1)));
        assert_eq!(asking(&edited.to_string()), None, "once is enough");
    }
}

#[test]
fn a_client_of_functions_is_noticed() {
    let speaks = |fields: &str| {
        let body = format!(r#"{{"model":"m"{fields}}}"#);
        scan(body.as_bytes()).unwrap().legacy_functions
    };
    assert!(speaks(r#","functions":[{"name":"f"}]"#));
    assert!(!speaks(r#","functions":null"#));
    assert!(!speaks(r#","functions":[],"tools":[]"#));
    assert!(!speaks(""));
}

#[test]
fn what_comes_twice_is_refused() {
    for body in [
        r#"{"model":"a","model":"b"}"#,
        r#"{"model":"a","mod\u0065l":"b"}"#,
        r#"{"model":"a","stream":null,"stream":true}"#,
        r#"{"model":"a","stream_options":{"include_usage":true,"include_usage":false}}"#,
        r#"{"model":"a","max_tokens":1,"max_tokens":100000}"#,
        r#"{"model":"a","x":1,"x":1}"#,
    ] {
        let error = refusal(body);
        assert!(error.message.starts_with("Duplicate"), "{}", error.message);
        assert_eq!(error.status, 400);
    }
    let error = refusal(r#"{"model":"a","stream_options":{"include_usage":1,"include_usage":2}}"#);
    assert_eq!(error.param.as_deref(), Some("stream_options.include_usage"));
}

#[test]
fn a_known_field_in_other_case_is_refused() {
    let error = refusal(r#"{"model":"cheap","Model":"expensive"}"#);
    assert_eq!(error.param.as_deref(), Some("Model"));
    assert_eq!(
        error.message,
        "Invalid 'Model': the field is called 'model'."
    );
}

#[test]
fn a_request_without_a_model_is_refused_in_openais_words() {
    for body in ["{}", r#"{"messages":[]}"#, r#"{"model":""}"#] {
        let error = refusal(body);
        assert_eq!(error.message, "you must provide a model parameter");
        assert_eq!(error.status, 400);
    }
}

#[test]
fn wrong_types_are_refused_with_their_path() {
    for (body, message) in [
        (
            r#"{"model":5}"#,
            "Invalid type for 'model': expected a string, but got an integer instead.",
        ),
        (
            r#"{"model":null}"#,
            "Invalid type for 'model': expected a string, but got null instead.",
        ),
        (
            r#"{"model":"m","stream":"true"}"#,
            "Invalid type for 'stream': expected a boolean, but got a string instead.",
        ),
        (
            r#"{"model":"m","stream_options":[]}"#,
            "Invalid type for 'stream_options': expected an object, but got an array instead.",
        ),
    ] {
        assert_eq!(refusal(body).message, message);
    }
    assert_eq!(
        refusal("[]").message,
        "Invalid type for the request body: expected an object, but got an array instead."
    );
}

#[test]
fn bad_json_is_refused_with_its_position() {
    for (body, message) in [
        ("", "a value is missing at line 1 column 1"),
        (
            "{\"model\":\"m\"",
            "the text ends too early at line 1 column 13",
        ),
        (
            "{\"model\":\"m\"}\n{}",
            "nothing may follow the value at line 2 column 1",
        ),
        (
            "{\"model\":\n\"a\nb\"}",
            "a control character must be escaped at line 2 column 3",
        ),
        (
            "{\"model\":\"m\",}",
            "expected a name in double quotes at line 1 column 14",
        ),
        ("{\"a\":nul}", "a value is misspelt at line 1 column 6"),
    ] {
        assert_eq!(
            refusal(body).message,
            format!("We could not parse the JSON body of your request: {message}.")
        );
    }
}

#[test]
fn hostile_bodies_are_refused() {
    let deep = format!(r#"{{"model":"m","messages":{}}}"#, "[".repeat(100_000));
    assert!(refusal(&deep).message.contains("the nesting is too deep"));
    let many: Vec<_> = (0..10_000).map(|i| format!(r#""f{i}":1"#)).collect();
    let error = refusal(&format!(r#"{{"model":"m",{}}}"#, many.join(",")));
    assert_eq!(error.code.as_deref(), Some("too_many_parameters"));
    let long = format!(r#"{{"model":"m","{}":nul}}"#, "x".repeat(1_000_000));
    assert!(refusal(&long).message.len() < 1000);
    assert!(
        refusal("{\"model\":\"m\",\"a\":\"\0\"}")
            .message
            .contains("control")
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let error = scan(b"{\"model\":\"\xff\"}").unwrap_err();
    assert!(error.message.contains("not UTF-8 at line 1 column 11"));
}

proptest! {
    #[test]
    fn any_bytes_are_taken(body in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = scan(&body);
    }

    #[test]
    fn a_body_cut_short_is_refused(cut in 0..84_usize) {
        let body = r#"{"model":"m","messages":[{"role":"user","content":"h\u00e9"}],"stream":true,"n":1.0}"#;
        prop_assert!(scan(&body.as_bytes()[..cut.min(body.len() - 1)]).is_err());
    }

    #[test]
    fn places_are_those_of_the_values(
        names in prop::collection::hash_set("[a-z_]{1,8}", 0..6),
        model in "\\PC{1,20}",
        space in "[ \n\t]{0,3}",
    ) {
        let mut object = serde_json::Map::new();
        for (i, name) in names.iter().enumerate() {
            object.insert(format!("x_{name}"), json!({"i": i, "model": [name]}));
        }
        object.insert("model".into(), model.clone().into());
        let members: Vec<_> = object
            .iter()
            .map(|(name, value)| format!("{space}{}{space}:{space}{value}{space}", json!(name)))
            .collect();
        let body = format!("{space}{{{}}}{space}", members.join(","));
        let scan = scan(body.as_bytes()).unwrap();
        prop_assert_eq!(&*scan.model, model.as_str());
        prop_assert_eq!(scan.fields.len(), object.len());
        for field in &scan.fields {
            let value: Value = serde_json::from_str(text(&body, &field.value)).unwrap();
            prop_assert_eq!(&value, &object[&*field.name]);
            let member = format!("{{{}}}", text(&body, &field.member));
            let member: Value = serde_json::from_str(&member).unwrap();
            prop_assert_eq!(&member[&*field.name], &value);
        }
    }
}
