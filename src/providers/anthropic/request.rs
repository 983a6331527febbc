//! Writes a request: the neutral vocabulary → the body of `POST /v1/messages`.

use std::borrow::Cow;

use super::extras::Extras;
use super::messages::{self, Conversation};
use super::model_profile::{self, ModelProfile};
use super::output_format;
use super::parameters;
use super::thinking::{self, Plan};
use super::tools::{self, Toolbox};
use super::wire::write::{Body, Metadata};
use crate::chat::{Error, Request};
use crate::providers::losses::Losses;
use crate::providers::sampling::{self, Sampling};
use crate::providers::size::capacity;
use crate::providers::{Outgoing, Recall, TargetOptions};

/// The version that every mapping here is valid for.
const VERSION: &str = "2023-06-01";

/// Translates a request.
///
/// # Errors
/// Where the provider cannot do what the client asks; where the target is strict, also where a
/// parameter would be left out or moved.
pub(super) fn translate(
    request: &Request<'_>,
    target: &TargetOptions<'_>,
) -> Result<Outgoing, Error> {
    let profile = model_profile::find(target.model);
    let mut losses = Losses::new(target.strict, "Anthropic's API");
    let mut extras = Extras::sort(request, target, &mut losses)?;
    let betas = extras.betas.take();
    let body = body(request, target, &profile, extras, &mut losses)?;
    let mut bytes = Vec::with_capacity(capacity(request));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for Anthropic could not be written"))?;
    Ok(Outgoing {
        path: "/v1/messages".to_owned(),
        headers: headers(betas),
        body: bytes,
        warnings: losses.into_warnings(),
        recall: Recall::default(),
    })
}

fn headers(betas: Option<String>) -> Vec<(&'static str, String)> {
    let version = Some(("anthropic-version", VERSION.to_owned()));
    let betas = betas.map(|names| ("anthropic-beta", names));
    version.into_iter().chain(betas).collect()
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
        thinking: plan.thinking,
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
