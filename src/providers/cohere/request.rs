//! Writes a request: the neutral vocabulary → the body of `POST /v2/chat`.

use super::messages::{self, Conversation};
use super::parameters::VOCABULARY;
use super::tools::{self, Toolbox};
use super::wire::write::{Body, Document, Sampling};
use super::{model_profile, response_format, thinking};
use crate::chat::{Error, Request};
use crate::providers::cache_markers;
use crate::providers::extras::Extras;
use crate::providers::losses::Losses;
use crate::providers::size::capacity;
use crate::providers::{Outgoing, Recall, TargetOptions};

/// Most stop sequences.
const MAX_STOP_SEQUENCES: usize = 5;

/// Translates a request.
///
/// # Errors
/// Where the provider cannot do what the client asks; where the target is strict, also where a
/// parameter would be left out or moved.
pub(super) fn translate(
    request: &Request<'_>,
    target: &TargetOptions<'_>,
) -> Result<Outgoing, Error> {
    let mut losses = Losses::new(target.strict, "Cohere's API");
    let extras = Extras::sort(&VOCABULARY, request, target, &mut losses)?;
    let body = body(request, target, extras, &mut losses)?;
    let mut bytes = Vec::with_capacity(capacity(request));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for Cohere could not be written"))?;
    Ok(Outgoing {
        path: "/v2/chat".to_owned(),
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
    let profile = model_profile::find(target.model);
    without_a_place(request, losses)?;
    cache_markers::left_out(request, losses)?;
    let thinking = match extras.has("thinking") {
        true => None,
        false => thinking::plan(request, &profile, losses)?,
    };
    let sampling = sampling(request, &extras, losses)?;
    let Toolbox {
        tools,
        strict,
        choice,
    } = tools::translate(request, &profile, losses)?;
    let Conversation {
        mut messages,
        documents,
    } = messages::translate(request, &profile, losses)?;
    let documents = with_the_clients(documents, &mut extras)?;
    let is_alone = tools.is_empty() && documents.is_empty();
    let format = match extras.has("response_format") {
        true => None,
        false => response_format::translate(request, is_alone, &mut messages, losses)?,
    };
    Ok(Body {
        model: target.model,
        stream: request.stream,
        messages,
        documents,
        tools,
        strict_tools: extras.unless_said("strict_tools", strict.then_some(true)),
        tool_choice: choice,
        response_format: format,
        thinking,
        sampling,
        vendor: extras.fields,
    })
}

/// What has a neutral meaning and no place in the API.
fn without_a_place(request: &Request<'_>, losses: &mut Losses) -> Result<(), Error> {
    let sampling = &request.sampling;
    let tier = request.service_tier.as_deref();
    let given = [
        ("n", sampling.n.is_some_and(|n| n != 1)),
        ("top_logprobs", sampling.top_logprobs.is_some_and(|n| n > 0)),
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

/// How tokens are drawn. The temperature has no upper limit here; that it is 0.3 and not 1 where
/// nobody gives one is Cohere's choice for its own models.
fn sampling<'a>(
    request: &'a Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Sampling<'a>, Error> {
    let said = &request.sampling;
    let temperature = clamped("temperature", said.temperature, 0.0, f64::MAX, losses)?;
    let p = clamped("top_p", said.top_p, 0.01, 0.99, losses)?;
    Ok(Sampling {
        max_tokens: extras.unless_said("max_tokens", request.max_output_tokens),
        stop_sequences: stop_sequences(request, extras, losses)?,
        temperature: extras.unless_said("temperature", temperature),
        p: extras.unless_said("p", p),
        k: extras.unless_said("k", top_k(extras, losses)?),
        seed: extras.unless_said("seed", seed(request, losses)?),
        logprobs: extras.unless_said("logprobs", said.logprobs.filter(|wanted| *wanted)),
        frequency_penalty: extras.unless_said(
            "frequency_penalty",
            penalty("frequency_penalty", said.frequency_penalty, losses)?,
        ),
        presence_penalty: extras.unless_said(
            "presence_penalty",
            penalty("presence_penalty", said.presence_penalty, losses)?,
        ),
    })
}

fn clamped(
    name: &'static str,
    value: Option<f64>,
    least: f64,
    most: f64,
    losses: &mut Losses,
) -> Result<Option<f64>, Error> {
    let clamped = value.map(|value| value.clamp(least, most));
    if clamped != value {
        losses.clamped(name)?;
    }
    Ok(clamped)
}

/// A penalty of 0 is not said: some models refuse to be told both of them.
fn penalty(
    name: &'static str,
    value: Option<f64>,
    losses: &mut Losses,
) -> Result<Option<f64>, Error> {
    let clamped = clamped(name, value, 0.0, 1.0, losses)?;
    Ok(clamped.filter(|penalty| *penalty > 0.0))
}

fn seed(request: &Request<'_>, losses: &mut Losses) -> Result<Option<i64>, Error> {
    let seed = request.sampling.seed;
    if seed.is_some_and(|seed| seed < 0) {
        losses.dropped("seed")?;
    }
    Ok(seed.filter(|seed| *seed >= 0))
}

/// `top_k`, which other APIs know too.
fn top_k(extras: &Extras<'_>, losses: &mut Losses) -> Result<Option<u64>, Error> {
    const MOST: u64 = 500;
    let Some(json) = extras.translated("top_k") else {
        return Ok(None);
    };
    let k: u64 = serde_json::from_str(json.get()).map_err(|_| {
        Error::invalid("`top_k` must be a whole number that is not negative").with_param("top_k")
    })?;
    if k > MOST {
        losses.clamped("top_k")?;
    }
    Ok(Some(k.min(MOST)))
}

fn stop_sequences<'a>(
    request: &'a Request<'_>,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Vec<&'a str>, Error> {
    if extras.has("stop_sequences") {
        return Ok(Vec::new());
    }
    if request.stop.len() > MAX_STOP_SEQUENCES {
        losses.dropped("stop")?;
    }
    let said = request.stop.iter().take(MAX_STOP_SEQUENCES);
    Ok(said.map(|text| &**text).collect())
}

/// The files of the conversation, after the documents that the client gives in Cohere's own words.
fn with_the_clients<'a>(
    files: Vec<Document<'a>>,
    extras: &mut Extras<'a>,
) -> Result<Vec<Document<'a>>, Error> {
    let Some(json) = extras.take("documents") else {
        return Ok(files);
    };
    let said: Vec<_> = serde_json::from_str(json.get())
        .map_err(|_| Error::invalid("`documents` must be a list").with_param("documents"))?;
    let said = said.into_iter().map(Document::Client);
    Ok(said.chain(files).collect())
}
