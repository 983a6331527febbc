//! What is asked of every provider: a plain request, and one thing more.

use serde_json::{Value, json};

/// A feature of the request.
pub(crate) struct Probe {
    /// Its column.
    pub(crate) name: &'static str,
    /// What a loss of it is called: the beginning of a warning's name.
    pub(crate) params: &'static [&'static str],
    /// The request.
    pub(crate) body: Value,
    /// The request without it: where both are sent as the same bytes, it was lost.
    pub(crate) without: Value,
}

/// Groups of columns.
pub(crate) type Group = (&'static str, Vec<Probe>);

pub(crate) fn groups() -> Vec<Group> {
    vec![
        ("Tools", tools()),
        ("Input", input()),
        ("Output", output()),
        ("Parameters", parameters()),
        ("More parameters", more_parameters()),
    ]
}

fn tools() -> Vec<Probe> {
    let bare = json!({"tools": [tool("get_weather"), tool("get_time")]});
    let with = |members: Value| (with(&bare, &members), bare.clone());
    let named = json!({"type": "function", "function": {"name": "get_time"}});
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [
        {"type": "function", "function": {"name": "get_time"}}]}});
    let mut strict = tool("get_weather");
    strict["function"]["strict"] = json!(true);
    let strict = json!({"tools": [strict, tool("get_time")]});
    vec![
        probe("tools", &["tools"], (bare.clone(), json!({}))),
        probe("strict tools", &["tools"], (strict, bare.clone())),
        probe("tool_choice none", CHOICE, with(choice(json!("none")))),
        probe("required", CHOICE, with(choice(json!("required")))),
        probe("named", CHOICE, with(choice(named))),
        probe("allowed_tools", CHOICE, with(choice(allowed))),
        probe(
            "parallel_tool_calls: false",
            &["parallel_tool_calls"],
            with(json!({"parallel_tool_calls": false})),
        ),
        probe("history of parallel calls", &["messages"], history()),
    ]
}

fn input() -> Vec<Probe> {
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let pdf = json!({"type": "file", "file": {
        "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjQK"}});
    let audio =
        json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}});
    let cached = json!({"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}});
    let later = json!({"messages": [
        {"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Go on"}]});
    let without = json!({"messages": [
        {"role": "user", "content": "Hi"}, {"role": "user", "content": "Go on"}]});
    let developer = json!({"messages": [
        {"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]});
    let messages: &[&str] = &[
        "messages",
        "image_url",
        "file",
        "input_audio",
        "cache_control",
    ];
    let png = "data:image/png;base64,iVBORw0KGgo=";
    vec![
        probe("developer", messages, (developer, json!({}))),
        probe("later system", messages, (later, without)),
        probe("image, data", messages, part(image(png))),
        probe("image, URL", messages, part(image("https://a.test/b.png"))),
        probe("PDF", messages, part(pdf)),
        probe("audio", messages, part(audio)),
        probe("cache marker", messages, (said(json!([cached])), json!({}))),
    ]
}

fn output() -> Vec<Probe> {
    let format = |format: Value| member("response_format", format);
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}},
        "required": ["a"], "additionalProperties": false});
    let schema = json!({"type": "json_schema", "json_schema": {
        "name": "answer", "schema": schema, "strict": true}});
    let beside = json!({"tools": [tool("get_weather")]});
    let both = with(&beside, &json!({"response_format": schema}));
    let spoken = json!({"modalities": ["text", "audio"],
        "audio": {"voice": "alloy", "format": "wav"}});
    vec![
        format(json!({"type": "json_object"})).named("JSON object"),
        format(schema).named("JSON schema"),
        probe("schema beside tools", &["response_format"], (both, beside)),
        member("reasoning_effort", json!("high")),
        member("logprobs", json!(true)),
        probe("audio", &["modalities", "audio"], (spoken, json!({}))),
        member("n", json!(2)).named("n: 2"),
        member("web_search_options", json!({})),
    ]
}

fn parameters() -> Vec<Probe> {
    vec![
        member("max_tokens", json!(100)),
        member("max_completion_tokens", json!(100)),
        member("temperature", json!(0.5)),
        member("temperature", json!(1.9)).named("temperature: 1.9"),
        member("top_p", json!(0.3)),
        member("stop", json!(["END", "STOP"])),
        member("seed", json!(7)),
        member("frequency_penalty", json!(0.5)),
        member("presence_penalty", json!(0.5)),
        member("logit_bias", json!({"50256": -100})),
    ]
}

fn more_parameters() -> Vec<Probe> {
    vec![
        member("user", json!("u-1")),
        // One place holds both names of the end user.
        Probe {
            params: &["safety_identifier", "user"],
            ..member("safety_identifier", json!("s-1"))
        },
        member("metadata", json!({"purpose": "a test"})),
        member("service_tier", json!("flex")),
        member("store", json!(true)),
        member("verbosity", json!("low")),
        member("prediction", json!({"type": "content", "content": "Hi"})),
        member("prompt_cache_key", json!("k")),
        member(
            "functions",
            json!([{"name": "f", "parameters": {"type": "object"}}]),
        ),
        member("a_field_of_no_api", json!(1)).named("unknown field"),
    ]
}

const CHOICE: &[&str] = &["tool_choice", "tools"];

impl Probe {
    fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

/// The plain request with these members.
pub(crate) fn request(members: &Value) -> Value {
    let plain = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    with(&plain, members)
}

fn probe(
    name: &'static str,
    params: &'static [&'static str],
    (body, without): (Value, Value),
) -> Probe {
    Probe {
        name,
        params,
        body: request(&body),
        without: request(&without),
    }
}

/// One member of the body.
fn member(name: &'static str, value: Value) -> Probe {
    let params: &'static [&'static str] = Vec::leak(vec![name]);
    let mut body = json!({});
    body[name] = value;
    probe(name, params, (body, json!({})))
}

fn with(body: &Value, members: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn choice(choice: Value) -> Value {
    json!({"tool_choice": choice})
}

fn tool(name: &str) -> Value {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"], "additionalProperties": false});
    json!({"type": "function", "function": {
        "name": name, "description": "Says it.", "parameters": parameters}})
}

fn said(content: Value) -> Value {
    json!({"messages": [{"role": "user", "content": content}]})
}

/// A part beside a text, and the text alone.
fn part(part: Value) -> (Value, Value) {
    let text = json!({"type": "text", "text": "What is this?"});
    (said(json!([text, part])), said(json!([text])))
}

fn history() -> (Value, Value) {
    let call = |id: &str, name: &str| {
        json!({"id": id, "type": "function",
            "function": {"name": name, "arguments": "{\"city\":\"Bern\"}"}})
    };
    let tools = json!([tool("get_weather"), tool("get_time")]);
    let messages = json!([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null,
         "tool_calls": [call("call_1", "get_weather"), call("call_2", "get_time")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "21 °C"},
        {"role": "tool", "tool_call_id": "call_2", "content": "12:00"},
    ]);
    (
        json!({"messages": messages, "tools": tools.clone()}),
        json!({"tools": tools}),
    )
}
