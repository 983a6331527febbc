use super::*;
use crate::chat::Change;
use crate::dialects::openai_chat::scan;
use crate::providers::openai_compatible::ClientUsage;
use crate::providers::openai_compatible::preset::{
    MessageQuirk, Param, Rule, StreamUsage, ThinkTags, Words,
};
use crate::providers::{Options, UnknownFields};

const TARGET: TargetOptions<'static> = TargetOptions {
    model: "m",
    unknown_fields: UnknownFields::Pass,
    strict: false,
    default_max_tokens: None,
    options: Options::NONE,
};

fn try_prepare(preset: &Preset, body: &str, target: &TargetOptions<'_>) -> Result<Prepared, Error> {
    let body = body.as_bytes();
    prepare(preset, body, &scan(body).unwrap(), target)
}

/// The body that the provider gets.
fn sent(body: &str, prepared: &Prepared) -> String {
    let bytes = match &prepared.edit {
        Edit::Unchanged => body.as_bytes().to_vec(),
        Edit::Prefix { replaced, bytes } => {
            [bytes.as_slice(), body.as_bytes().split_at(*replaced).1].concat()
        }
        Edit::Whole(bytes) => bytes.clone(),
    };
    let sent = String::from_utf8(bytes).unwrap();
    assert!(
        serde_json::from_str::<serde_json::Value>(&sent).is_ok(),
        "{sent}"
    );
    sent
}

/// The body that the provider of this preset gets, and what the client is told.
fn prepared(preset: &Preset, body: &str) -> (String, Vec<String>) {
    let prepared = try_prepare(preset, body, &TARGET).unwrap();
    let warnings = prepared.warnings.iter().map(ToString::to_string).collect();
    (sent(body, &prepared), warnings)
}

fn plain(body: &str) -> String {
    prepared(&Preset::PLAIN, body).0
}

const fn param(name: &'static str, rule: Rule) -> Param {
    Param {
        name,
        models: &["*"],
        rule,
    }
}

const fn with_params(params: &'static [Param]) -> Preset {
    Preset {
        params,
        ..Preset::PLAIN
    }
}

const fn with_messages(messages: &'static [MessageQuirk]) -> Preset {
    Preset {
        messages,
        ..Preset::PLAIN
    }
}

#[test]
fn a_body_with_nothing_to_change_is_not_touched() {
    let body = r#"{"messages":[], "model" : "m","top_k":1}"#;
    let prepared = try_prepare(&Preset::PLAIN, body, &TARGET).unwrap();
    assert_eq!(prepared.edit, Edit::Unchanged);
    assert_eq!(prepared.path, "/chat/completions");
    assert_eq!(prepared.warnings, []);
}

#[test]
fn another_model_name_replaces_the_bytes_up_to_it() {
    let body = r#"{ "temperature":0, "model" : "alias" , "messages":[ ]}"#;
    let prepared = try_prepare(&Preset::PLAIN, body, &TARGET).unwrap();
    let expected = Edit::Prefix {
        replaced: r#"{ "temperature":0, "model" : "alias""#.len(),
        bytes: br#"{ "temperature":0, "model" : "m""#.to_vec(),
    };
    assert_eq!(prepared.edit, expected);
}

#[test]
fn a_model_name_is_written_as_json() {
    let target = TargetOptions {
        model: "a\"b\\c#d",
        ..TARGET
    };
    let body = r#"{"model":"x"}"#;
    let prepared = try_prepare(&Preset::PLAIN, body, &target).unwrap();
    assert_eq!(sent(body, &prepared), r#"{"model":"a\"b\\c#d"}"#);
}

#[test]
fn a_model_name_behind_a_long_prompt_makes_a_new_body() {
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":"{}"}}],"model":"x","n":1}}"#,
        "p".repeat(70_000)
    );
    let prepared = try_prepare(&Preset::PLAIN, &body, &TARGET).unwrap();
    assert!(matches!(prepared.edit, Edit::Whole(_)));
    assert_eq!(
        sent(&body, &prepared),
        body.replace(r#""model":"x""#, r#""model":"m""#)
    );
}

#[test]
fn edits_far_behind_make_a_new_body() {
    let body = vec![b'x'; PREFIX_LIMIT + 10];
    let splice = |range, text: &'static str| Splice {
        range,
        text: text.into(),
    };
    let end = body.len();
    let Edit::Whole(bytes) = edit(&body, vec![splice(end..end, "y"), splice(0..1, "")]) else {
        panic!("the whole body is made anew");
    };
    assert_eq!((bytes.len(), bytes.last()), (end, Some(&b'y')));
}

#[test]
fn token_counts_are_asked_for_in_every_stream() {
    assert_eq!(
        plain(r#"{"model":"m","stream":true}"#),
        r#"{"stream_options":{"include_usage":true},"model":"m","stream":true}"#
    );
    assert_eq!(
        plain(r#"{"model":"m","stream":true,"stream_options":{"include_usage": false}}"#),
        r#"{"model":"m","stream":true,"stream_options":{"include_usage": true}}"#
    );
    assert_eq!(
        plain(r#"{"model":"m","stream":true,"stream_options":{"include_obfuscation":false}}"#),
        r#"{"model":"m","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#
    );
    for options in ["{}", "null", "{ }"] {
        assert_eq!(
            plain(&format!(
                r#"{{"model":"m","stream":true,"stream_options":{options}}}"#
            )),
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        );
    }
}

#[test]
fn token_counts_are_asked_for_in_nothing_else() {
    for body in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","stream":false}"#,
        r#"{"model":"m","stream":null}"#,
        r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
    ] {
        assert_eq!(plain(body), body);
    }
}

#[test]
fn a_vendor_that_always_counts_is_not_asked() {
    let always = Preset {
        stream_usage: StreamUsage::Always,
        ..Preset::PLAIN
    };
    let body = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#;
    assert_eq!(prepared(&always, body).0, body);
    let body = r#"{"model":"m","stream":true}"#;
    assert_eq!(prepared(&always, body).0, body);
}

#[test]
fn a_vendor_that_refuses_stream_options_does_not_get_them() {
    let refuses = Preset {
        stream_usage: StreamUsage::AlwaysWithoutOptions,
        ..Preset::PLAIN
    };
    let body = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#;
    let (sent, warnings) = prepared(&refuses, body);
    assert_eq!(sent, r#"{"model":"m","stream":true}"#);
    assert!(warnings.is_empty(), "the client gets its token counts");
}

#[test]
fn the_client_sees_token_counts_where_it_asked_for_them() {
    let wish = |body: &str| {
        let prepared = try_prepare(&Preset::PLAIN, body, &TARGET).unwrap();
        prepared.answer.usage
    };
    assert_eq!(wish(r#"{"model":"m","stream":true}"#), ClientUsage::Hidden);
    assert_eq!(
        wish(r#"{"model":"m","stream_options":{"include_usage":false}}"#),
        ClientUsage::Hidden
    );
    assert_eq!(
        wish(r#"{"model":"m","stream_options":{"include_usage":true}}"#),
        ClientUsage::AtEnd
    );
    assert_eq!(
        wish(
            r#"{"model":"m","stream_options":{"include_usage":true,"continuous_usage_stats":true}}"#
        ),
        ClientUsage::AsSent
    );
}

#[test]
fn unknown_fields_pass_unless_the_target_says_otherwise() {
    let body = r#"{"model":"m","top_k":1,"temperature":0,"frob":{"a":[1]}}"#;
    assert_eq!(plain(body), body);

    let drop = TargetOptions {
        unknown_fields: UnknownFields::Drop,
        ..TARGET
    };
    let dropped = try_prepare(&Preset::PLAIN, body, &drop).unwrap();
    assert_eq!(sent(body, &dropped), r#"{"model":"m","temperature":0}"#);
    assert_eq!(
        dropped.warnings,
        [Warning::dropped("top_k"), Warning::dropped("frob")]
    );

    let refuse = TargetOptions {
        unknown_fields: UnknownFields::Refuse,
        ..TARGET
    };
    let error = try_prepare(&Preset::PLAIN, body, &refuse).unwrap_err();
    assert_eq!((error.status, error.param.as_deref()), (400, Some("top_k")));
    assert_eq!(error.message, "Unknown parameters: top_k, frob.");
}

#[test]
fn the_vendors_own_fields_are_not_unknown() {
    let preset = Preset {
        extras: &["top_k"],
        ..Preset::PLAIN
    };
    let body = r#"{"model":"m","top_k":1}"#;
    for unknown_fields in [UnknownFields::Drop, UnknownFields::Refuse] {
        let target = TargetOptions {
            unknown_fields,
            ..TARGET
        };
        let prepared = try_prepare(&preset, body, &target).unwrap();
        assert_eq!(prepared.edit, Edit::Unchanged);
    }
}

#[test]
fn names_of_unknown_fields_cannot_leave_their_place_in_a_header() {
    let drop = TargetOptions {
        unknown_fields: UnknownFields::Drop,
        ..TARGET
    };
    let body = r#"{"model":"m","a\r\nset-cookie: b":1}"#;
    let dropped = try_prepare(&Preset::PLAIN, body, &drop).unwrap();
    assert_eq!(sent(body, &dropped), r#"{"model":"m"}"#);
    assert_eq!(dropped.warnings, [Warning::dropped("a??set-cookie??b")]);
}

#[test]
fn what_is_addressed_to_another_provider_goes_without_a_word() {
    let (sent, warnings) = prepared(
        &Preset::PLAIN,
        r#"{"anthropic":{"top_k":1},"model":"m","mistral":{}}"#,
    );
    assert_eq!(sent, r#"{"model":"m"}"#);
    assert!(warnings.is_empty());
}

#[test]
fn a_refused_field_goes_and_is_reported() {
    const PRESET: Preset = with_params(&[param("logprobs", Rule::Refused)]);
    let (sent, warnings) = prepared(&PRESET, r#"{"logprobs":true,"model":"m"}"#);
    assert_eq!(sent, r#"{"model":"m"}"#);
    assert_eq!(warnings, ["logprobs"]);
    let (sent, warnings) = prepared(&PRESET, r#"{"model":"m","logprobs":null}"#);
    assert_eq!(sent, r#"{"model":"m"}"#);
    assert!(warnings.is_empty());
}

#[test]
fn a_refused_field_that_asks_for_nothing_is_no_loss() {
    const PRESET: Preset = with_params(&[param("logprobs", Rule::Refused)]);
    for nothing in ["false", "null", "0"] {
        let body = format!(r#"{{"model":"m","logprobs":{nothing}}}"#);
        let (sent, warnings) = prepared(&PRESET, &body);
        assert_eq!(sent, r#"{"model":"m"}"#);
        assert!(warnings.is_empty());
    }
}

#[test]
fn a_field_may_be_refused_but_for_some_values() {
    const PRESET: Preset = with_params(&[param("tool_choice", Rule::RefusedBut(&["\"auto\""]))]);
    let body = r#"{"model":"m","tool_choice":"auto"}"#;
    assert_eq!(prepared(&PRESET, body).0, body);
    let (sent, warnings) = prepared(&PRESET, r#"{"model":"m","tool_choice":"required"}"#);
    assert_eq!(sent, r#"{"model":"m"}"#);
    assert_eq!(warnings, ["tool_choice"]);
}

#[test]
fn a_default_that_may_not_be_said_goes_without_a_word() {
    const PRESET: Preset =
        with_params(&[param("response_format", Rule::Unsaid(r#"{"type":"text"}"#))]);
    let (sent, warnings) = prepared(
        &PRESET,
        r#"{"model":"m","response_format":{ "type": "text" }}"#,
    );
    assert_eq!(sent, r#"{"model":"m"}"#);
    assert!(warnings.is_empty());
    let body = r#"{"model":"m","response_format":{"type":"json_object"}}"#;
    assert_eq!(prepared(&PRESET, body).0, body);
}

#[test]
fn without_tool_choice_no_tool_is_chosen_by_giving_none() {
    const PRESET: Preset = with_params(&[param("tools", Rule::OffByChoice)]);
    let (sent, warnings) = prepared(&PRESET, r#"{"tools":[1],"tool_choice":"none","model":"m"}"#);
    assert_eq!(sent, r#"{"tool_choice":"none","model":"m"}"#);
    assert_eq!(warnings, ["tool_choice;emulated"]);
    let body = r#"{"tools":[1],"tool_choice":"auto","model":"m"}"#;
    assert_eq!(prepared(&PRESET, body).0, body);
}

#[test]
fn a_strict_target_refuses_what_does_not_fit() {
    const PRESET: Preset = with_params(&[param("logprobs", Rule::Refused)]);
    let strict = TargetOptions {
        strict: true,
        ..TARGET
    };
    let error = try_prepare(&PRESET, r#"{"model":"m","logprobs":true}"#, &strict).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("logprobs"));
    let fine = try_prepare(&PRESET, r#"{"model":"m","logprobs":false}"#, &strict);
    assert!(fine.is_ok(), "nothing is lost");
    assert_eq!(error.code.as_deref(), Some("unsupported_parameter"));
}

#[test]
fn a_value_that_cannot_be_had_is_an_error() {
    const PRESET: Preset = with_params(&[param("n", Rule::Only(&["1"]))]);
    for body in [
        r#"{"model":"m","n":1}"#,
        r#"{"model":"m","n":null}"#,
        r#"{"model":"m"}"#,
    ] {
        assert_eq!(prepared(&PRESET, body).0, body);
    }
    let error = try_prepare(&PRESET, r#"{"model":"m","n":2}"#, &TARGET).unwrap_err();
    assert_eq!((error.status, error.param.as_deref()), (400, Some("n")));
}

#[test]
fn a_field_that_the_vendor_does_not_know_goes_where_it_asks_for_what_happens_anyhow() {
    const PRESET: Preset = with_params(&[param("modalities", Rule::OnlyUnsaid("[\"text\"]"))]);
    let (sent, warnings) = prepared(&PRESET, r#"{"model":"m","modalities":["text"],"n":1}"#);
    assert_eq!(sent, r#"{"model":"m","n":1}"#);
    assert_eq!(warnings, [""; 0]);
    let error = try_prepare(&PRESET, r#"{"model":"m","modalities":["audio"]}"#, &TARGET);
    assert_eq!(error.unwrap_err().param.as_deref(), Some("modalities"));
}

#[test]
fn a_number_is_brought_into_range() {
    const PRESET: Preset = with_params(&[param("temperature", Rule::AtMost("1.5"))]);
    let body = r#"{"model":"m","temperature": 2 ,"n":1}"#;
    let prepared = try_prepare(&PRESET, body, &TARGET).unwrap();
    assert_eq!(
        sent(body, &prepared),
        r#"{"model":"m","temperature": 1.5 ,"n":1}"#
    );
    assert_eq!(prepared.warnings[0].change, Change::Clamped);
    for fitting in ["1.5", "0", "null", "\"hot\""] {
        let body = format!(r#"{{"model":"m","temperature":{fitting}}}"#);
        assert_eq!(self::prepared(&PRESET, &body).0, body);
    }
}

#[test]
fn a_field_of_another_name_keeps_its_value_and_place() {
    const PRESET: Preset =
        with_params(&[param("max_completion_tokens", Rule::Named("max_tokens"))]);
    let (sent, warnings) = prepared(
        &PRESET,
        r#"{"n":1, "max_completion_tokens" : 7 ,"model":"m"}"#,
    );
    assert_eq!(sent, r#"{"n":1, "max_tokens":7 ,"model":"m"}"#);
    assert!(warnings.is_empty());
    let (sent, warnings) = prepared(
        &PRESET,
        r#"{"max_completion_tokens":7,"max_tokens":9,"model":"m"}"#,
    );
    assert_eq!(sent, r#"{"max_tokens":9,"model":"m"}"#);
    assert_eq!(warnings, ["max_completion_tokens"]);
}

#[test]
fn edits_of_neighbours_do_not_disturb_one_another() {
    const PRESET: Preset = with_params(&[
        param("logprobs", Rule::Refused),
        param("max_completion_tokens", Rule::Named("max_tokens")),
    ]);
    let (sent, _) = prepared(
        &PRESET,
        r#"{"logprobs":true,"model":"x","max_completion_tokens":7,"stream":true,"temperature":0}"#,
    );
    assert_eq!(
        sent,
        r#"{"stream_options":{"include_usage":true},"model":"m","max_tokens":7,"stream":true,"temperature":0}"#
    );
}

#[test]
fn zero_and_false_are_values() {
    let body = r#"{"model":"m","temperature":0,"top_p":0,"seed":0,"parallel_tool_calls":false,"stop":"x"}"#;
    assert_eq!(plain(body), body);
}

#[test]
fn developer_becomes_system() {
    const PRESET: Preset = with_messages(&[MessageQuirk::NoDeveloper]);
    let (sent, warnings) = prepared(
        &PRESET,
        r#"{"model":"m","messages":[ {"role" : "developer","content":"\"developer\""}, {"role":"user","content":"developer"} ]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","messages":[ {"role" : "system","content":"\"developer\""}, {"role":"user","content":"developer"} ]}"#
    );
    assert!(warnings.is_empty());
}

#[test]
fn fields_that_the_vendor_refuses_in_messages_go() {
    const PRESET: Preset = with_messages(&[
        MessageQuirk::OnlyFields("user", &["role", "content"]),
        MessageQuirk::OnlyFields("assistant", &["role", "content", "tool_calls"]),
    ]);
    let (sent, warnings) = prepared(
        &PRESET,
        r#"{"messages":[{"role":"user","name":"a","content":"x"},{"content":"y","refusal":null,"annotations":[],"role":"assistant","timestamp":1},{"role":"tool","name":"kept"},{"role":"user","content":"z","name":"b"}],"model":"m"}"#,
    );
    assert_eq!(
        sent,
        r#"{"messages":[{"role":"user","content":"x"},{"content":"y","role":"assistant"},{"role":"tool","name":"kept"},{"role":"user","content":"z"}],"model":"m"}"#
    );
    assert_eq!(warnings, ["messages[].name", "messages[].*"]);
}

#[test]
fn what_another_provider_of_the_gateway_has_thought_is_not_replayed_to_openai() {
    const PRESET: Preset = with_messages(&[
        MessageQuirk::Without("reasoning_content"),
        MessageQuirk::Without("thinking_blocks"),
    ]);
    let (sent, warnings) = prepared(
        &PRESET,
        r#"{"model":"m","messages":[{"role":"assistant","content":"c","reasoning_content":"r","thinking_blocks":[]}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","messages":[{"role":"assistant","content":"c"}]}"#
    );
    assert_eq!(warnings, ["messages[].reasoning_content"]);
}

#[test]
fn signatures_that_ids_carry_are_undone_for_every_provider() {
    const SIGNED: &str = r#"{"model":"m","messages":[{"role":"assistant","content":"x","extra_content":{"google":{"thought_signature":"AAAA"},"tidegate":{"issuer":"gemini"}},"tool_calls":[{"id":"call_123456__sig_gemini_AAAA","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"AAAA"},"tidegate":{"issuer":"gemini"}}}]},{"role":"tool","tool_call_id":"call_123456__sig_gemini_AAAA", "content":"1"}]}"#;
    let expected = |id: &str| {
        format!(
            r#"{{"model":"m","messages":[{{"role":"assistant","content":"x","tool_calls":[{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"{id}", "content":"1"}}]}}"#
        )
    };
    let (sent, warnings) = prepared(&Preset::PLAIN, SIGNED);
    assert_eq!(sent, expected("call_123456"));
    assert!(warnings.is_empty(), "a foreign signature is no loss");

    const SHORT: Preset = with_messages(&[MessageQuirk::ShortCallIds]);
    let short = |body: &str| prepared(&SHORT, body).0;
    assert_eq!(short(SIGNED), short(&expected("call_123456")));
}

#[test]
fn reasoning_of_earlier_turns_gets_the_vendors_name() {
    const PRESET: Preset = with_messages(&[
        MessageQuirk::ReasoningNamed("reasoning"),
        MessageQuirk::OnlyFields("assistant", &["role", "content", "reasoning"]),
    ]);
    let (sent, _) = prepared(
        &PRESET,
        r#"{"model":"m","messages":[{"role":"assistant","reasoning_content":"r","content":"c"},{"role":"assistant","reasoning":"a","reasoning_content":"b"}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","messages":[{"role":"assistant","reasoning":"r","content":"c"},{"role":"assistant","reasoning":"a"}]}"#
    );
}

#[test]
fn a_turn_with_tool_calls_gets_empty_reasoning() {
    const PRESET: Preset = with_messages(&[MessageQuirk::ReasoningWithCalls]);
    let (sent, _) = prepared(
        &PRESET,
        r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"x"}]},{"role":"assistant","tool_calls":[{"id":"y"}],"reasoning_content":"r"},{"role":"assistant","tool_calls":null}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","messages":[{"reasoning_content":"","role":"assistant","tool_calls":[{"id":"x"}]},{"role":"assistant","tool_calls":[{"id":"y"}],"reasoning_content":"r"},{"role":"assistant","tool_calls":null}]}"#
    );
}

#[test]
fn content_that_is_null_or_absent_becomes_empty_text() {
    const PRESET: Preset = with_messages(&[MessageQuirk::NoNullContent]);
    let (sent, _) = prepared(
        &PRESET,
        r#"{"model":"m","messages":[{"role":"assistant","content":null},{"role":"assistant"},{"role":"user","content":"null"},{}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","messages":[{"role":"assistant","content":""},{"content":"","role":"assistant"},{"role":"user","content":"null"},{}]}"#
    );
}

#[test]
fn foreign_call_ids_become_short_in_the_call_and_in_its_result() {
    const PRESET: Preset = with_messages(&[MessageQuirk::ShortCallIds]);
    let (sent, _) = prepared(
        &PRESET,
        r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"call_1"}]},{"role":"tool","tool_call_id":"call_1"},{"role":"tool","tool_call_id":"gSIMJiOkT"}]}"#,
    );
    let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
    let id = sent["messages"][1]["tool_call_id"].as_str().unwrap();
    assert_eq!(id.len(), 9);
    assert_eq!(sent["messages"][0]["tool_calls"][0]["id"], id);
    assert_eq!(sent["messages"][2]["tool_call_id"], "gSIMJiOkT");
}

#[test]
fn messages_of_a_strange_form_are_left_for_the_provider() {
    const PRESET: Preset = with_messages(&[
        MessageQuirk::NoDeveloper,
        MessageQuirk::NoNullContent,
        MessageQuirk::OnlyFields("user", &["role"]),
    ]);
    for messages in [
        "7",
        "null",
        "[7]",
        r#"["developer"]"#,
        r#"{"role":"developer"}"#,
    ] {
        let body = format!(r#"{{"model":"m","messages":{messages}}}"#);
        assert_eq!(prepared(&PRESET, &body).0, body);
    }
}

#[test]
fn turns_alternate_where_the_provider_is_said_to_want_that() {
    const PRESET: Preset = with_messages(&[MessageQuirk::NoDeveloper]);
    let options = Options([("turns".to_owned(), "alternate".to_owned())].into());
    let target = TargetOptions {
        options: &options,
        ..TARGET
    };
    let body = r#"{"messages":[{"role":"user","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"c"}],"model":"m"}"#;
    let merged = try_prepare(&PRESET, body, &target).unwrap();
    assert_eq!(
        sent(body, &merged),
        r#"{"messages":[{"role":"system","content":"b"},{"role":"user","content":"a\n\nc"}],"model":"m"}"#
    );
    assert_eq!(merged.warnings[0].to_string(), "messages;emulated");
    let body = r#"{"messages":[ {"role":"user","content":"a"} ],"model":"m"}"#;
    let fine = try_prepare(&PRESET, body, &target).unwrap();
    assert_eq!(fine.edit, Edit::Unchanged);
}

#[test]
fn of_several_rules_for_a_field_the_first_about_the_model_counts() {
    const fn about(models: &'static [&'static str], rule: Rule) -> Param {
        Param {
            models,
            ..param("stop", rule)
        }
    }
    const PRESET: Preset = with_params(&[
        about(&["*-talking"], Rule::Taken),
        about(&["m*"], Rule::Refused),
    ]);
    let left = |model| {
        let target = TargetOptions { model, ..TARGET };
        let body = format!(r#"{{"model":"{model}","stop":"x"}}"#);
        let prepared = try_prepare(&PRESET, &body, &target).unwrap();
        prepared.edit == Edit::Unchanged
    };
    assert!(left("m-talking") && left("other"));
    assert!(!left("m1"));
}

#[test]
fn a_value_is_said_in_the_vendors_words() {
    const PRESET: Preset = with_params(&[param(
        "reasoning_effort",
        Rule::Words(Words {
            takes: &["\"low\""],
            same: &[("\"minimal\"", "\"least\"")],
            near: &[("\"high\"", "\"low\"")],
            other: &[("\"none\"", ("thinking", "false"))],
        }),
    )]);
    let effort = |effort: &str| {
        let body = format!(r#"{{"reasoning_effort": {effort},"model":"m"}}"#);
        let (sent, warnings) = prepared(&PRESET, &body);
        let (field, _) = sent.split_once(',').unwrap_or(("", ""));
        (field.trim_start_matches('{').to_owned(), warnings.join(","))
    };
    let said = |field: &str, warning: &str| (field.to_owned(), warning.to_owned());
    assert_eq!(effort("\"low\""), said(r#""reasoning_effort": "low""#, ""));
    assert_eq!(effort("null"), said(r#""reasoning_effort": null"#, ""));
    assert_eq!(
        effort("\"minimal\""),
        said(r#""reasoning_effort": "least""#, "")
    );
    assert_eq!(
        effort("\"high\""),
        said(r#""reasoning_effort": "low""#, "reasoning_effort;clamped")
    );
    assert_eq!(
        effort("\"none\""),
        said(r#""thinking":false"#, "reasoning_effort;emulated")
    );
    let (sent, warnings) = prepared(&PRESET, r#"{"reasoning_effort":"xhigh","model":"m"}"#);
    assert_eq!(sent, r#"{"model":"m"}"#);
    assert_eq!(warnings, ["reasoning_effort"]);
    let own = r#"{"reasoning_effort":"none","thinking":true,"model":"m"}"#;
    assert_eq!(prepared(&PRESET, own).0, r#"{"thinking":true,"model":"m"}"#);
}

#[test]
fn a_model_that_only_streams_is_asked_for_a_stream() {
    const PRESET: Preset = Preset {
        stream_only: &["m"],
        think_tags: ThinkTags::Split,
        ..Preset::PLAIN
    };
    for body in [r#"{"model":"m"}"#, r#"{"model":"m","stream":false}"#] {
        let prepared = try_prepare(&PRESET, body, &TARGET).unwrap();
        let sent: serde_json::Value = serde_json::from_str(&sent(body, &prepared)).unwrap();
        assert_eq!(sent["stream"], true);
        assert_eq!(sent["stream_options"]["include_usage"], true);
        assert_eq!(prepared.answer.think_tags, ThinkTags::Split);
    }
    let body = r#"{"model":"other"}"#;
    let target = TargetOptions {
        model: "other",
        ..TARGET
    };
    let other = try_prepare(&PRESET, body, &target).unwrap();
    assert_eq!(other.edit, Edit::Unchanged);
}

#[test]
fn as_many_choices_are_expected_as_were_asked_for() {
    for (body, choices) in [
        (r#"{"model":"m"}"#, 1),
        (r#"{"model":"m","n":null}"#, 1),
        (r#"{"model":"m","n":3}"#, 3),
    ] {
        let prepared = try_prepare(&Preset::PLAIN, body, &TARGET).unwrap();
        assert_eq!(prepared.answer.choices, choices);
    }
}
