use std::collections::HashSet;

use super::*;
use crate::chat::{Error, Operation};
use crate::dialects::openai_chat::{fields, scan};
use crate::providers::openai_compatible::preset::Words;
use crate::providers::openai_compatible::{Edit, prepare};
use crate::providers::{Asked, BaseUrl, Options, TargetOptions, UnknownFields};

/// Its preset, for a model that nobody knows.
fn preset(provider: &Provider) -> &'static Preset {
    let scan = scan(br#"{"model":"m"}"#).unwrap();
    let asked = Asked {
        operation: Operation::Chat,
        model: "m",
        options: Options::NONE,
        scan: &scan,
    };
    match provider.wire.resolve(&asked) {
        Wire::OpenAi(preset) => preset,
        _ => panic!("{} is no look-alike", provider.kind),
    }
}

fn find(kind: &str) -> &'static Preset {
    preset(PROVIDERS.iter().find(|p| p.kind == kind).expect(kind))
}

/// What a provider of this kind is sent for a body, and what the client is told.
fn sent(kind: &str, body: &str) -> (String, Vec<String>) {
    try_sent(kind, body).unwrap_or_else(|error| panic!("{kind}: {error:?}"))
}

fn try_sent(kind: &str, body: &str) -> Result<(String, Vec<String>), Error> {
    let target = TargetOptions {
        model: "m",
        unknown_fields: UnknownFields::Pass,
        strict: false,
        default_max_tokens: None,
        options: Options::NONE,
    };
    let scan = scan(body.as_bytes()).unwrap();
    let prepared = prepare(find(kind), body.as_bytes(), &scan, &target)?;
    let sent = match prepared.edit {
        Edit::Unchanged => body.to_owned(),
        Edit::Prefix { replaced, bytes } => {
            String::from_utf8(bytes).unwrap() + body.split_at(replaced).1
        }
        Edit::Whole(bytes) => String::from_utf8(bytes).unwrap(),
    };
    let warnings = prepared.warnings.iter().map(ToString::to_string);
    Ok((sent, warnings.collect()))
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let kinds: HashSet<_> = PROVIDERS.iter().map(|provider| provider.kind).collect();
    assert_eq!(kinds.len(), PROVIDERS.len());
}

#[test]
fn addresses_end_without_a_slash_and_only_local_ones_are_in_the_clear() {
    for provider in PROVIDERS {
        let BaseUrl::Fixed(url) = provider.base_url else {
            assert!(["azure", "openai_compatible"].contains(&provider.kind));
            continue;
        };
        assert!(!url.ends_with('/'), "{url}");
        assert!(
            url.starts_with("https://") || url.starts_with("http://127.0.0.1:"),
            "{url}"
        );
    }
}

#[test]
fn rules_speak_of_known_fields_and_extras_of_unknown_ones() {
    for provider in PROVIDERS {
        let preset = preset(provider);
        for param in preset.params {
            assert!(
                fields::is_known(param.name) || preset.extras.contains(&param.name),
                "{}: {}",
                provider.kind,
                param.name
            );
        }
        for extra in preset.extras {
            assert!(!fields::is_known(extra), "{}: {extra}", provider.kind);
        }
        let names = |param: &Param| (param.name, param.models);
        let rules: HashSet<_> = preset.params.iter().map(names).collect();
        assert_eq!(
            rules.len(),
            preset.params.len(),
            "{}: a rule twice",
            provider.kind
        );
        for lacking in preset.lacks {
            let is_common = *lacking == "top_k";
            assert!(fields::is_known(lacking) || is_common, "{lacking}");
            assert!(!preset.extras.contains(lacking), "{lacking}");
            let has_rule = preset.params.iter().any(|param| param.name == *lacking);
            assert!(!has_rule, "{}: {lacking} has a rule", provider.kind);
        }
        assert!(preset.lacks.is_sorted(), "{}", provider.kind);
        assert!(preset.extras.is_sorted(), "{}", provider.kind);
    }
}

#[test]
fn values_in_rules_are_json() {
    for param in PROVIDERS
        .iter()
        .flat_map(|provider| preset(provider).params)
    {
        let values = match param.rule {
            Rule::Only(values) | Rule::RefusedBut(values) | Rule::Fixed(values) => values.to_vec(),
            Rule::AtMost(value) | Rule::Unsaid(value) | Rule::OnlyUnsaid(value) => vec![value],
            Rule::Words(words) => words_of(&words),
            Rule::MootBeside(_, values) => values.to_vec(),
            Rule::IgnoredUnless(others) => others.iter().map(|(_, value)| *value).collect(),
            Rule::Taken | Rule::Refused | Rule::OffByChoice | Rule::Named(_) => Vec::new(),
        };
        for value in values {
            let json = serde_json::from_str::<serde_json::Value>(value);
            assert!(json.is_ok(), "{}: {value}", param.name);
        }
    }
}

fn words_of(words: &Words) -> Vec<&'static str> {
    let pairs = words.same.iter().chain(words.near);
    let pairs = pairs.flat_map(|(from, to)| [*from, *to]);
    let others = words.other.iter().flat_map(|(from, (_, to))| [*from, *to]);
    words
        .takes
        .iter()
        .copied()
        .chain(pairs)
        .chain(others)
        .collect()
}

#[test]
fn a_plain_request_passes_every_kind_untouched() {
    let body = r#"{ "model":"m", "messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"}],"top_p":0.5 }"#;
    for provider in PROVIDERS {
        assert_eq!(
            sent(provider.kind, body),
            (body.to_owned(), vec![]),
            "{}",
            provider.kind
        );
    }
}

#[test]
fn the_limit_has_the_name_that_each_vendor_knows() {
    let name = |kind, asked: &str| {
        let (sent, warnings) = sent(kind, &format!(r#"{{"model":"m","{asked}":5}}"#));
        assert!(warnings.is_empty());
        let sent: serde_json::Map<_, _> = serde_json::from_str(&sent).unwrap();
        sent.keys().next_back().unwrap().clone()
    };
    assert_eq!(name("openai", "max_tokens"), "max_completion_tokens");
    for kind in [
        "deepseek",
        "mistral",
        "qwen",
        "together",
        "ollama",
        "perplexity",
    ] {
        assert_eq!(name(kind, "max_completion_tokens"), "max_tokens", "{kind}");
    }
    assert_eq!(name("xai", "max_tokens"), "max_completion_tokens");
    for kind in ["groq", "vllm", "cerebras", "openai_compatible"] {
        assert_eq!(name(kind, "max_completion_tokens"), "max_completion_tokens");
        assert_eq!(name(kind, "max_tokens"), "max_tokens");
    }
}

#[test]
fn groq_gets_nothing_that_it_refuses() {
    let (sent, warnings) = sent(
        "groq",
        r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"logprobs":true,"n":1,"logit_bias":{"1":2},"messages":[{"role":"user","name":"x","content":"hi"},{"role":"assistant","content":"a","reasoning_content":"r","refusal":null,"annotations":[]}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","stream":true,"n":1,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"a","reasoning":"r"}]}"#
    );
    assert_eq!(warnings, ["logprobs", "logit_bias", "messages[].name"]);
}

#[test]
fn mistral_gets_its_own_names_and_nothing_that_it_refuses() {
    let (sent, warnings) = sent(
        "mistral",
        r#"{"model":"m","seed":7,"max_completion_tokens":5,"temperature":2,"user":"u","messages":[{"role":"developer","content":"d","name":"n"},{"role":"assistant","content":null,"reasoning_content":"","tool_calls":[{"id":"gSIMJiOkT","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","random_seed":7,"max_tokens":5,"temperature":1.5,"messages":[{"role":"system","content":"d"},{"role":"assistant","content":null,"tool_calls":[{"id":"gSIMJiOkT","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#
    );
    assert_eq!(warnings, ["temperature;clamped", "user", "messages[].name"]);
}

#[test]
fn ollama_is_given_no_pictures_to_fetch() {
    let body = |part: &str| {
        format!(
            r#"{{"model":"m","messages":[{{"role":"system","content":"s"}},{{"role":"user","content":[{{"type":"text","text":"t"}},{part}]}}]}}"#
        )
    };
    for url in [
        r#"{"url":"https://example.com/a.png"}"#,
        r#"{"url":"HTTP:\/\/example.com"}"#,
        r#""https://example.com/a.png""#,
    ] {
        let part = format!(r#"{{"type":"image_url","image_url":{url}}}"#);
        let error = try_sent("ollama", &body(&part)).unwrap_err();
        assert_eq!(error.status, 400);
        let param = error.param.unwrap();
        assert_eq!(param, "messages[1].content[1].image_url", "{url}");
    }
    for part in [
        r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}"#,
        r#"{"type":"image_url","image_url":7}"#,
        r#"{"type":"text","text":"\"image_url\": https://example.com"}"#,
    ] {
        let body = body(part);
        assert_eq!(sent("ollama", &body).0, body);
    }
    assert!(
        try_sent(
            "vllm",
            &body(r#"{"type":"image_url","image_url":{"url":"https://e.test"}}"#)
        )
        .is_ok()
    );
}

#[test]
fn ollama_without_a_choice_of_tools_gets_no_tools() {
    let (sent, warnings) = sent(
        "ollama",
        r#"{"model":"m","tools":[{"type":"function"}],"tool_choice":"none","messages":[{"role":"assistant","content":null}]}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","tool_choice":"none","messages":[{"role":"assistant","content":""}]}"#
    );
    assert_eq!(warnings, ["tool_choice;emulated"]);
}

#[test]
fn xai_is_not_told_of_penalties_even_if_they_are_zero() {
    let (sent, warnings) = sent(
        "xai",
        r#"{"presence_penalty":0,"frequency_penalty":0.5,"model":"m","stop":"x"}"#,
    );
    assert_eq!(sent, r#"{"model":"m","stop":"x"}"#);
    assert_eq!(warnings, ["frequency_penalty"]);
}

#[test]
fn what_is_addressed_to_the_provider_takes_its_place_at_the_top() {
    let (sent, warnings) = sent(
        "groq",
        r#"{"model":"m","groq":{"reasoning_format": "hidden","x":[1]},"n":1,"anthropic":{}}"#,
    );
    assert_eq!(
        sent,
        r#"{"model":"m","reasoning_format": "hidden","x":[1],"n":1}"#
    );
    assert!(warnings.is_empty());
    assert_eq!(
        self::sent("groq", r#"{"groq":{ },"model":"m"}"#).0,
        r#"{"model":"m"}"#
    );
}

#[test]
fn what_is_addressed_to_the_provider_cannot_change_the_request() {
    for own in [
        r#"{"model":"other"}"#,
        r#"{"max_tokens":1}"#,
        r#"{"Stream":true}"#,
        r#"{"top_k":2}"#,
        "7",
    ] {
        let body = format!(r#"{{"model":"m","top_k":1,"groq":{own}}}"#);
        let error = try_sent("groq", &body).unwrap_err();
        assert_eq!(error.status, 400, "{own}");
        assert!(error.param.unwrap().starts_with("groq"), "{own}");
    }
}
