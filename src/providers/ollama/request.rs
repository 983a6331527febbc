//! Writes a request: the neutral vocabulary → the body of `POST /api/chat`.

use super::messages;
use super::parameters::{TOP_LEVEL, VOCABULARY};
use super::think::think;
use super::wire::write::{Body, Format, Function, Options, Tool};
use crate::chat::{self, Error, Request, ResponseFormat};
use crate::providers::cache_markers;
use crate::providers::choice::{Call, Choice};
use crate::providers::extras::Extras;
use crate::providers::function::input_schema;
use crate::providers::json::{Fields, fields};
use crate::providers::losses::Losses;
use crate::providers::size::capacity;
use crate::providers::{Outgoing, Recall, TargetOptions};

/// Translates a request.
///
/// # Errors
/// Where the provider cannot do what the client asks; where the target is strict, also where a
/// parameter would be left out or moved.
pub(super) fn translate(
    request: &Request<'_>,
    target: &TargetOptions<'_>,
) -> Result<Outgoing, Error> {
    let mut losses = Losses::new(target.strict, "Ollama's API");
    let extras = Extras::sort(&VOCABULARY, request, target, &mut losses)?;
    let body = body(request, target, extras, &mut losses)?;
    let mut bytes = Vec::with_capacity(capacity(request));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for Ollama could not be written"))?;
    Ok(Outgoing {
        path: "/api/chat".to_owned(),
        headers: Vec::new(),
        body: bytes,
        warnings: losses.into_warnings(),
        recall: Recall::default(),
    })
}

fn body<'a>(
    request: &'a Request<'_>,
    target: &TargetOptions<'a>,
    mut extras: Extras<'a>,
    losses: &mut Losses,
) -> Result<Body<'a>, Error> {
    without_a_place(request, losses)?;
    cache_markers::left_out(request, losses)?;
    let said = &request.sampling;
    let tops = said.top_logprobs.filter(|tops| *tops > 0);
    let think = match extras.has("think") {
        true => None,
        false => think(request, losses)?,
    };
    Ok(Body {
        model: target.model,
        stream: request.stream,
        messages: messages::translate(request, losses)?,
        tools: tools(request, losses)?,
        format: extras.unless_said("format", format(request)),
        think,
        logprobs: extras.unless_said("logprobs", said.logprobs.filter(|wanted| *wanted)),
        top_logprobs: extras.unless_said("top_logprobs", tops),
        options: options(request, own_options(&mut extras)?),
        vendor: extras.fields,
    })
}

/// What has a neutral meaning and no place in the API.
fn without_a_place(request: &Request<'_>, losses: &mut Losses) -> Result<(), Error> {
    let sampling = &request.sampling;
    let tier = request.service_tier.as_deref();
    let given = [
        ("n", sampling.n.is_some_and(|n| n != 1)),
        (
            "logit_bias",
            VOCABULARY.asks("logit_bias", sampling.logit_bias),
        ),
        (
            "parallel_tool_calls",
            request.parallel_tool_calls == Some(false) && !request.tools.is_empty(),
        ),
        (
            "service_tier",
            tier.is_some_and(|tier| !matches!(tier, "auto" | "default")),
        ),
        (request.end_user_param, request.end_user.is_some()),
    ];
    for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
        VOCABULARY.has_no_place(name, losses)?;
    }
    Ok(())
}

/// JSON of a schema is held to by grammar; only Ollama's cloud takes it for a wish.
fn format<'a>(request: &Request<'a>) -> Option<Format<'a>> {
    match &request.response_format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(Format::Name("json")),
        ResponseFormat::JsonSchema { schema, .. } => Some(Format::Schema(schema)),
    }
}

/// What the client says in Ollama's words and is no field of the body itself.
///
/// # Errors
/// Where `options` is no object.
fn own_options<'a>(extras: &mut Extras<'a>) -> Result<Fields<'a>, Error> {
    let mut own = match extras.take("options") {
        Some(json) => fields(json, "options")?,
        None => Vec::new(),
    };
    let all = std::mem::take(&mut extras.fields.0);
    for (name, json) in all {
        if TOP_LEVEL.contains(&&*name) {
            extras.fields.0.push((name, json));
        } else {
            own.retain(|(earlier, _)| *earlier != name);
            own.push((name, json));
        }
    }
    Ok(Fields(own))
}

fn options<'a>(request: &'a Request<'_>, own: Fields<'a>) -> Options<'a> {
    let said = &request.sampling;
    let is_own = |name: &str| own.0.iter().any(|(own, _)| own == name);
    let unless = |name, value: Option<f64>| value.filter(|_| !is_own(name));
    let stop = request.stop.iter().map(|text| &**text);
    Options {
        num_predict: request.max_output_tokens.filter(|_| !is_own("num_predict")),
        temperature: unless("temperature", said.temperature),
        top_p: unless("top_p", said.top_p),
        seed: said.seed.filter(|_| !is_own("seed")),
        frequency_penalty: unless("frequency_penalty", said.frequency_penalty),
        presence_penalty: unless("presence_penalty", said.presence_penalty),
        stop: stop.filter(|_| !is_own("stop")).collect(),
        vendor: own,
    }
}

/// The tools that the model is given. It cannot be told whether to call one: where it may not, it
/// is given none; where only some may be called, no other; that it must is left out.
fn tools<'a>(request: &'a Request<'_>, losses: &mut Losses) -> Result<Vec<Tool<'a>>, Error> {
    let choice = Choice::of(request)?;
    match choice.call {
        Call::MayNot => {
            if !request.tools.is_empty() {
                losses.emulated("tool_choice");
            }
            return Ok(Vec::new());
        }
        Call::Must => losses.dropped("tool_choice")?,
        Call::May if choice.is_narrowed() => losses.emulated("tool_choice"),
        Call::May => {}
    }
    let mut tools = Vec::with_capacity(request.tools.len());
    for (at, tool) in request.tools.iter().enumerate() {
        if choice.gives(&tool.name) {
            tools.push(function(at, tool, losses)?);
        }
    }
    Ok(tools)
}

fn function<'a>(
    at: usize,
    tool: &'a chat::Tool<'_>,
    losses: &mut Losses,
) -> Result<Tool<'a>, Error> {
    if tool.strict == Some(true) {
        losses.dropped(format!("tools[{at}].function.strict"))?;
    }
    Ok(Tool {
        kind: "function",
        function: Function {
            name: &tool.name,
            description: tool.description.as_deref(),
            parameters: input_schema(at, tool.parameters)?,
        },
    })
}
