//! Writes a request: the neutral vocabulary → the body of `POST /model/{modelId}/converse`.

use std::borrow::Cow;

use super::extras::{self, Extras};
use super::messages::{self, Conversation};
use super::model_profile::{self, ModelProfile, TopK};
use super::names::ToolNames;
use super::output_format::{self, Form};
use super::reasoning::{self, Plan};
use super::tools;
use super::wire::write::{Body, InferenceConfig, Metadata, OutputConfig, ServiceTier};
use super::{NAME, UNDERLYING_MODEL, metadata, parameters, path};
use crate::chat::{Error, Request};
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
    let underlying = target.options.value(UNDERLYING_MODEL);
    let profile = model_profile::find(target.model, underlying);
    let mut losses = Losses::new(target.strict, NAME);
    let mut recall = Recall {
        model: target.model.to_owned(),
        ..Recall::default()
    };
    let body = body(request, target, &profile, &mut recall, &mut losses)?;
    let mut bytes = Vec::with_capacity(capacity(request));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for Bedrock could not be written"))?;
    Ok(Outgoing {
        path: path::converse(target.model, request.stream),
        headers: Vec::new(),
        body: bytes,
        warnings: losses.into_warnings(),
        recall,
    })
}

fn body<'a>(
    request: &'a Request<'_>,
    target: &TargetOptions<'a>,
    profile: &ModelProfile,
    recall: &mut Recall,
    losses: &mut Losses,
) -> Result<Body<'a>, Error> {
    let mut extras = Extras::sort(request, target, losses)?;
    sampling::without_a_place(request, parameters::find, NAME, losses)?;
    let plan = reasoning::plan(request, target, profile, &mut extras, losses)?;
    top_k(profile, &plan, &mut extras, losses)?;
    let mut names = ToolNames::default();
    let Conversation { mut system, turns } =
        messages::translate(request, profile, plan.system_turns, &mut names, losses)?;
    let form = output_format::translate(request, profile, plan.can_force, &mut system, losses);
    let (text_format, output) = match form {
        Form::Free => (None, None),
        Form::Held(format) => (Some(format), None),
        Form::Tool(tool) => (None, Some(tool)),
    };
    let context = tools::Context {
        profile,
        plan: &plan,
        names: &mut names,
        additional: &mut extras.additional,
        losses,
    };
    let tool_config = tools::translate(request, output.as_ref(), context)?;
    recall.tool_names = names.into_changed();
    recall.output_tool = output.map(|tool| tool.name);
    Ok(Body {
        system,
        messages: turns,
        tool_config,
        inference_config: inference_config(request, &plan, &mut extras, losses)?,
        output_config: OutputConfig {
            text_format: text_format.filter(|_| !extras::has(&extras.output, "textFormat")),
            vendor: std::mem::take(&mut extras.output),
        },
        request_metadata: request_metadata(request, &extras, losses)?,
        service_tier: service_tier(request, &extras, losses)?,
        additional_model_request_fields: std::mem::take(&mut extras.additional),
        vendor: extras.into_fields(),
    })
}

fn inference_config<'a>(
    request: &'a Request<'_>,
    plan: &Plan,
    extras: &mut Extras<'a>,
    losses: &mut Losses,
) -> Result<InferenceConfig<'a>, Error> {
    let vendor = std::mem::take(&mut extras.inference);
    let has = |name| extras::has(&vendor, name);
    let (temperature, top_p) =
        sampling::temperature_and_top_p(request, plan.sampling, plan.thinks, losses)?;
    let stop_sequences = match has("stopSequences") {
        true => Vec::new(),
        false => stop_sequences(request, losses)?,
    };
    Ok(InferenceConfig {
        max_tokens: plan.max_tokens.filter(|_| !has("maxTokens")),
        temperature: temperature.filter(|_| !has("temperature")),
        top_p: top_p.filter(|_| !has("topP")),
        stop_sequences,
        vendor,
    })
}

/// The API refuses empty stop sequences, and Claude those of white space only.
fn stop_sequences<'a>(
    request: &'a Request<'_>,
    losses: &mut Losses,
) -> Result<Vec<&'a str>, Error> {
    let stop = request.stop.iter().map(Cow::as_ref);
    let said: Vec<&str> = stop.filter(|text: &&str| !text.trim().is_empty()).collect();
    if said.len() < request.stop.len() {
        losses.dropped("stop")?;
    }
    Ok(said)
}

/// What of `top_k` the model takes.
fn top_k(
    profile: &ModelProfile,
    plan: &Plan,
    extras: &mut Extras<'_>,
    losses: &mut Losses,
) -> Result<(), Error> {
    let Some(json) = extras.translated("top_k") else {
        return Ok(());
    };
    match profile.top_k {
        TopK::Nowhere => losses.dropped("top_k"),
        _ if plan.thinks || plan.sampling == Sampling::Refused => losses.dropped("top_k"),
        TopK::Flat => {
            extras.additional.add("top_k", &json);
            Ok(())
        }
        TopK::Nova => {
            let inference = std::collections::BTreeMap::from([("topK", json)]);
            extras.additional.add("inferenceConfig", &inference);
            Ok(())
        }
    }
}

fn request_metadata(
    request: &Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Metadata, Error> {
    if extras.has("requestMetadata") {
        return Ok(Metadata::default());
    }
    metadata::translate(
        extras.translated("metadata"),
        request.end_user.as_deref(),
        losses,
    )
}

fn service_tier(
    request: &Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Option<ServiceTier>, Error> {
    let kind = match request.service_tier.as_deref() {
        _ if extras.has("serviceTier") => return Ok(None),
        None | Some("auto") => return Ok(None),
        Some("default") => "default",
        Some("priority") => "priority",
        Some("flex") => "flex",
        Some("reserved") => "reserved",
        Some(_) => return losses.dropped("service_tier").map(|()| None),
    };
    Ok(Some(ServiceTier { kind }))
}
