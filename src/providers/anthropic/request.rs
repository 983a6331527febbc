//! Writes a request: the neutral vocabulary → the body of `POST /v1/messages`.

use std::borrow::Cow;

use super::betas;
use super::extras::Extras;
use super::headers;
use super::messages::{self, Conversation};
use super::model_profile::{self, ModelProfile};
use super::options::Version;
use super::output_format;
use super::parameters;
use super::thinking::{self, Plan};
use super::tool_loop;
use super::tools::{self, Toolbox};
use super::wire::write::{Block, Body, Metadata, Thinking};
use crate::chat::{Error, Message, Request};
use crate::providers::losses::Losses;
use crate::providers::sampling::{self, Sampling};
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
    let version = Version::of(target.options);
    let mut profile = model_profile::find(target.model);
    if version == Version::V2026 {
        profile.sampling = Sampling::Refused;
    }
    let mut losses = losses(target);
    let extras = Extras::sort(request, target, &mut losses)?;
    let mut betas = headers::asked_betas(request, &extras, target, &mut losses)?;
    let body = body(request, target, &profile, extras, &mut losses)?;
    if let Some(Thinking::Adaptive {
        block_binding: Some(_),
        ..
    }) = body.thinking
    {
        betas.need(betas::BINDING);
    }
    for block in body.messages.iter().flat_map(|turn| &turn.content) {
        if let Block::Raw(json) = block {
            betas.need_for_block(json.get());
        }
    }
    let mut bytes = Vec::with_capacity(capacity(request).saturating_add(given_back(request)));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for Anthropic could not be written"))?;
    Ok(Outgoing {
        path: "/v1/messages".to_owned(),
        headers: headers::of(version, &betas),
        body: bytes,
        warnings: losses.into_warnings(),
        recall: Recall::default(),
    })
}

/// Size of the blocks of earlier answers, a fetched page among them at times.
fn given_back(request: &Request<'_>) -> usize {
    let sizes = request.messages.iter().map(|message| match message {
        Message::Assistant {
            anthropic: Some(json),
            ..
        } => json.get().len(),
        _ => 0,
    });
    sizes.fold(0, usize::saturating_add)
}

pub(super) fn losses(target: &TargetOptions<'_>) -> Losses {
    Losses::new(target.strict, "Anthropic's API")
}

fn body<'a>(
    request: &'a Request<'_>,
    target: &TargetOptions<'a>,
    profile: &ModelProfile,
    mut extras: Extras<'a>,
    losses: &mut Losses,
) -> Result<Body<'a>, Error> {
    sampling::without_a_place(request, parameters::find, "Anthropic's models", losses)?;
    let plan = thinking::plan(request, target, profile, extras.field("thinking"), losses)?;
    top_k(profile, &plan, &mut extras, losses)?;
    let (temperature, top_p) =
        sampling::temperature_and_top_p(request, profile.sampling, plan.thinks, losses)?;
    let Toolbox { tools, choice } =
        tools::translate(request, profile, &plan, extras.web_search.take(), losses)?;
    let Conversation { mut system, turns } = messages::translate(request, profile, losses)?;
    let format = output_format::translate(request, profile, &mut system, losses)?;
    let output_config = output_format::config(&plan, format, &mut extras)?;
    Ok(Body {
        model: target.model,
        max_tokens: plan.max_tokens.filter(|_| !extras.has("max_tokens")),
        stream: request.stream,
        temperature: temperature.filter(|_| !extras.has("temperature")),
        top_p: top_p.filter(|_| !extras.has("top_p")),
        stop_sequences: stop_sequences(request, &extras, losses)?,
        thinking: match extras.has("thinking") {
            true => None,
            false => tool_loop::bound(plan.thinking, &request.messages, profile),
        },
        output_config,
        metadata: metadata(request, &mut extras),
        service_tier: service_tier(request, &extras, losses)?,
        tools,
        tool_choice: choice,
        system,
        messages: turns,
        vendor: extras.fields,
    })
}

/// What of `top_k` the model takes; a client that says it in the API's own words is believed.
fn top_k(
    profile: &ModelProfile,
    plan: &Plan,
    extras: &mut Extras<'_>,
    losses: &mut Losses,
) -> Result<(), Error> {
    match extras.top_k.take() {
        Some(_) if profile.sampling == Sampling::Refused || plan.thinks => losses.dropped("top_k"),
        Some(json) if !extras.has("top_k") => {
            extras.set(Cow::Borrowed("top_k"), json);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The API refuses stop sequences of white space only.
fn stop_sequences<'a>(
    request: &'a Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Vec<&'a str>, Error> {
    if extras.has("stop_sequences") {
        return Ok(Vec::new());
    }
    let said: Vec<&str> = request
        .stop
        .iter()
        .map(Cow::as_ref)
        .filter(|text: &&str| !text.trim().is_empty())
        .collect();
    if said.len() < request.stop.len() {
        losses.dropped("stop")?;
    }
    Ok(said)
}

fn metadata<'a>(request: &'a Request<'_>, extras: &mut Extras<'a>) -> Option<Metadata<'a>> {
    if extras.has("metadata") {
        return None;
    }
    let end_user = request.end_user.as_deref().map(Cow::Borrowed);
    end_user
        .or(extras.user_id.take())
        .map(|user_id| Metadata { user_id })
}

fn service_tier(
    request: &Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Option<&'static str>, Error> {
    match request.service_tier.as_deref() {
        _ if extras.has("service_tier") => Ok(None),
        None => Ok(None),
        Some("auto") => Ok(Some("auto")),
        Some("default" | "standard_only") => Ok(Some("standard_only")),
        Some("priority") => {
            // Priority capacity where the organisation has bought some.
            losses.emulated("service_tier");
            Ok(Some("auto"))
        }
        Some(_) => losses.dropped("service_tier").map(|()| None),
    }
}
