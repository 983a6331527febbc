//! Writes a request: the neutral vocabulary → the body of `generateContent`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::conversation::{self, Conversation};
use super::endpoint::{self, Host};
use super::extras::Extras;
use super::media::Taker;
use super::tools::{self, Toolbox};
use super::wire::write::{Body, Content};
use super::{generation, model_profile, names};
use crate::chat::{Error, Request};
use crate::providers::json::{Str, fields};
use crate::providers::losses::Losses;
use crate::providers::size::capacity;
use crate::providers::{Outgoing, Recall, TargetOptions, cache_markers};

/// Translates a request.
///
/// # Errors
/// Where the provider cannot do what the client asks; where the target is strict, also where a
/// parameter would be left out or moved.
pub(super) fn translate(
    host: Host,
    request: &Request<'_>,
    target: &TargetOptions<'_>,
) -> Result<Outgoing, Error> {
    let path = endpoint::path(
        host,
        target.model,
        endpoint::generate(request.stream),
        target.options,
    )?;
    let mut losses = Losses::new(target.strict, host.name());
    let body = body(host, request, target, &mut losses)?;
    let mut bytes = Vec::with_capacity(capacity(request));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for Gemini could not be written"))?;
    Ok(Outgoing {
        path,
        headers: Vec::new(),
        body: bytes,
        warnings: losses.into_warnings(),
        recall: Recall {
            model: target.model.to_owned(),
            tool_names: names::changed(request),
            output_tool: None,
        },
    })
}

fn body<'a>(
    host: Host,
    request: &'a Request<'_>,
    target: &TargetOptions<'_>,
    losses: &mut Losses,
) -> Result<Body<'a>, Error> {
    let profile = model_profile::find(target.model);
    let mut extras = Extras::sort(host, request, target, losses)?;
    cache_markers::left_out(request, losses)?;
    let plan = generation::translate(request, &profile, &mut extras, losses)?;
    let Toolbox { tools, config } = tools::translate(request, &profile, &mut extras, losses)?;
    let taker = Taker {
        host,
        profile: &profile,
    };
    let Conversation {
        mut instructions,
        contents,
    } = conversation::translate(request, taker, losses)?;
    instructions.extend(plan.instruction);
    Ok(Body {
        system_instruction: (!instructions.is_empty()).then_some(Content {
            role: None,
            parts: instructions,
        }),
        contents,
        tools,
        tool_config: config,
        generation_config: plan.config,
        service_tier: service_tier(request, &extras, losses)?,
        labels: labels(host, request, &extras, losses)?,
        vendor: extras.body,
    })
}

fn service_tier(
    request: &Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Option<&'static str>, Error> {
    let tier = request.service_tier.as_deref();
    match tier.filter(|_| !extras.says("serviceTier")) {
        None | Some("auto") => Ok(None),
        Some("default") => Ok(Some("standard")),
        Some("flex") => Ok(Some("flex")),
        Some("priority") => Ok(Some("priority")),
        Some("fast") => {
            // OpenAI's own answer calls it priority.
            losses.emulated("service_tier");
            Ok(Some("priority"))
        }
        Some(_) => losses.dropped("service_tier").map(|()| None),
    }
}

/// Who and what a request is for, which Vertex tells in its bills; AI Studio has no place for it.
fn labels<'a>(
    host: Host,
    request: &'a Request<'_>,
    extras: &Extras<'a>,
    losses: &mut Losses,
) -> Result<BTreeMap<Cow<'a, str>, Cow<'a, str>>, Error> {
    let takes_any = host == Host::Vertex && !extras.says("labels");
    let takes = |name: &str, value: &str| takes_any && is_label(name) && is_label(value);
    let mut labels = BTreeMap::new();
    match request.end_user.as_deref() {
        Some(user) if takes("user", user) => {
            labels.insert(Cow::Borrowed("user"), Cow::Borrowed(user));
        }
        Some(_) => losses.dropped(request.end_user_param)?,
        None => {}
    }
    if let Some(metadata) = extras.translated("metadata") {
        for (name, value) in fields(metadata, "metadata")? {
            let value = serde_json::from_str::<Str<'a>>(value.get()).map(Str::into_cow);
            match value {
                Ok(value) if takes(&name, &value) => {
                    labels.entry(name).or_insert(value);
                }
                _ => losses.dropped("metadata")?,
            }
        }
    }
    Ok(labels)
}

/// Google Cloud's labels: up to 63 lower-case letters, digits, `_` and `-`.
fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
    };
    (1..=63).contains(&text.len()) && text.bytes().all(allowed)
}
