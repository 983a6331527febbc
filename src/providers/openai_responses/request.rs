//! Writes a request: the neutral vocabulary → the body of `POST /v1/responses`.

use super::extras::Extras;
use super::wire::write::{Body, Format, Reasoning, TextConfig};
use super::{REASONING_SUMMARY, Responses, input, tools};
use crate::chat::{Error, Request, ResponseFormat};
use crate::providers::losses::Losses;
use crate::providers::openai_models::{self, ModelProfile, Reasoning as When};
use crate::providers::parameters::unsupported;
use crate::providers::size::capacity;
use crate::providers::{Outgoing, Recall, TargetOptions, cache_markers};

/// The provider, as errors call it.
pub(super) const NAME: &str = "OpenAI's Responses API";

/// The smallest limit that the API takes ("integer below minimum value. Expected a value >= 16").
const LEAST_TOKENS: u64 = 16;

/// Translates a request.
///
/// # Errors
/// Where the API cannot do what the client asks; where the target is strict, also where a parameter
/// would be left out or moved.
pub(super) fn translate(
    api: &Responses,
    request: &Request<'_>,
    target: &TargetOptions<'_>,
) -> Result<Outgoing, Error> {
    let mut losses = Losses::new(target.strict, NAME);
    let extras = Extras::sort(api, request, target, &mut losses)?;
    let body = body(api, request, target, extras, &mut losses)?;
    let mut bytes = Vec::with_capacity(capacity(request));
    serde_json::to_writer(&mut bytes, &body)
        .map_err(|_| Error::upstream("the request for OpenAI could not be written"))?;
    Ok(Outgoing {
        path: (api.path)(target.options),
        headers: Vec::new(),
        body: bytes,
        warnings: losses.into_warnings(),
        recall: Recall::default(),
    })
}

fn body<'a>(
    api: &Responses,
    request: &'a Request<'_>,
    target: &TargetOptions<'a>,
    extras: Extras<'a>,
    losses: &mut Losses,
) -> Result<Body<'a>, Error> {
    cache_markers::left_out(request, losses)?;
    let plan = Plan::of(request, target, losses)?;
    sampling_without_a_place(request, losses)?;
    let (temperature, top_p) = temperature_and_top_p(request, &plan, losses)?;
    let logprobs = logprobs(request, &plan, losses)?;
    let custom = tools::custom_names(request);
    let toolbox = tools::translate(request, &custom, extras.web_search)?;
    let format = format(&request.response_format);
    let verbosity = extras.verbosity;
    Ok(Body {
        model: target.model,
        stream: request.stream,
        store: extras.store,
        include: include(&plan, logprobs),
        reasoning: plan.reasoning,
        max_output_tokens: max_output_tokens(request, losses)?,
        temperature,
        top_p,
        top_logprobs: request.sampling.top_logprobs.filter(|_| logprobs),
        text: (format.is_some() || verbosity.is_some()).then_some(TextConfig { format, verbosity }),
        safety_identifier: request.end_user.as_deref(),
        service_tier: request.service_tier.as_deref(),
        passed: extras.passed,
        parallel_tool_calls: parallel_tool_calls(request, plan.profile, losses)?,
        tools: toolbox.tools,
        tool_choice: toolbox.choice,
        input: input::translate(request, api.service, &custom, losses)?,
    })
}

/// Some models make one call in a turn, whatever they are told, and refuse to be told.
fn parallel_tool_calls(
    request: &Request<'_>,
    profile: Option<&ModelProfile>,
    losses: &mut Losses,
) -> Result<Option<bool>, Error> {
    match request.parallel_tool_calls {
        said if profile.is_none_or(|profile| profile.parallel_tool_calls) => return Ok(said),
        Some(true) => losses.dropped("parallel_tool_calls")?,
        _ => {}
    }
    Ok(None)
}

/// What becomes of the model's reasoning.
struct Plan<'a> {
    profile: Option<&'static ModelProfile>,
    /// Whether the model is one that reasons at all, as far as anybody knows.
    can_reason: bool,
    /// Whether it reasons in this answer.
    reasons: bool,
    reasoning: Option<Reasoning<'a>>,
}

impl<'a> Plan<'a> {
    fn of(
        request: &Request<'_>,
        target: &TargetOptions<'a>,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let profile = openai_models::find(target.model);
        let effort = match (request.reasoning_effort, profile) {
            (Some(asked), Some(profile)) => taken_effort(asked, profile, losses)?,
            (asked, _) => asked,
        };
        let can_reason = match profile {
            Some(profile) => profile.reasoning != When::Never,
            None => effort.is_some(),
        };
        let reasons = profile.is_some_and(|profile| profile.reasons(effort));
        let summary = target.options.value(REASONING_SUMMARY.name);
        let reasoning = Reasoning {
            effort: effort.map(|effort| effort.as_str()),
            summary: summary.filter(|_| can_reason),
        };
        let says_something = reasoning.effort.is_some() || reasoning.summary.is_some();
        Ok(Self {
            profile,
            can_reason,
            reasons,
            reasoning: says_something.then_some(reasoning),
        })
    }
}

/// What is to come with the answer. Models that do not reason refuse to be asked for reasoning.
fn include(plan: &Plan<'_>, logprobs: bool) -> Vec<&'static str> {
    let reasoning = plan.can_reason.then_some("reasoning.encrypted_content");
    let logprobs = logprobs.then_some("message.output_text.logprobs");
    reasoning.into_iter().chain(logprobs).collect()
}

/// Whether log probabilities are asked for. A model that reasons has none.
fn logprobs(request: &Request<'_>, plan: &Plan<'_>, losses: &mut Losses) -> Result<bool, Error> {
    let sampling = &request.sampling;
    if sampling.logprobs != Some(true) {
        return Ok(false);
    }
    if plan.reasons {
        losses.dropped("logprobs")?;
        if sampling.top_logprobs.is_some_and(|n| n > 0) {
            losses.dropped("top_logprobs")?;
        }
    }
    Ok(!plan.reasons)
}

type Effort = crate::chat::ReasoningEffort;

fn taken_effort(
    asked: Effort,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<Effort>, Error> {
    if profile.reasoning == When::Never {
        if asked != Effort::None {
            losses.dropped("reasoning_effort")?;
        }
        return Ok(None);
    }
    let taken = profile.nearest(asked);
    if taken != asked {
        losses.clamped("reasoning_effort")?;
    }
    Ok(Some(taken))
}

/// Parameters that the API does not have. Several choices are another product; the rest only draws
/// one otherwise.
fn sampling_without_a_place(request: &Request<'_>, losses: &mut Losses) -> Result<(), Error> {
    let sampling = &request.sampling;
    if sampling.n.is_some_and(|n| n != 1) {
        return Err(unsupported("n", NAME));
    }
    let not_zero = |penalty: Option<f64>| penalty.is_some_and(|penalty| penalty != 0.0);
    let biased = |json: &serde_json::value::RawValue| json.get() != "{}";
    let given = [
        ("seed", sampling.seed.is_some()),
        ("frequency_penalty", not_zero(sampling.frequency_penalty)),
        ("presence_penalty", not_zero(sampling.presence_penalty)),
        ("logit_bias", sampling.logit_bias.is_some_and(biased)),
        ("stop", !request.stop.is_empty()),
    ];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        losses.dropped(name)?;
    }
    Ok(())
}

/// A model that reasons takes neither; their default, 1, is no loss.
fn temperature_and_top_p(
    request: &Request<'_>,
    plan: &Plan<'_>,
    losses: &mut Losses,
) -> Result<(Option<f64>, Option<f64>), Error> {
    let sampling = &request.sampling;
    let given = (sampling.temperature, sampling.top_p);
    if !plan.reasons {
        return Ok(given);
    }
    for (name, value) in [("temperature", given.0), ("top_p", given.1)] {
        if value.is_some_and(|value| value != 1.0) {
            losses.dropped(name)?;
        }
    }
    Ok((None, None))
}

fn max_output_tokens(request: &Request<'_>, losses: &mut Losses) -> Result<Option<u64>, Error> {
    match request.max_output_tokens {
        Some(limit) if limit < LEAST_TOKENS => {
            losses.clamped("max_completion_tokens")?;
            Ok(Some(LEAST_TOKENS))
        }
        limit => Ok(limit),
    }
}

fn format<'a>(format: &'a ResponseFormat<'_>) -> Option<Format<'a>> {
    match format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(Format::JsonObject),
        ResponseFormat::JsonSchema {
            name,
            schema,
            strict,
        } => Some(Format::JsonSchema {
            name,
            schema,
            strict: *strict,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::parse;
    use crate::providers::openai_responses::{AZURE, OPENAI};
    use crate::providers::{Options, UnknownFields};

    fn sent(api: &Responses, model: &str, options: &[(&str, &str)]) -> (String, String) {
        let request = parse(br#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#);
        let options = options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let target = TargetOptions {
            model,
            unknown_fields: UnknownFields::Pass,
            strict: false,
            default_max_tokens: None,
            options: &Options(options.collect()),
        };
        let outgoing = translate(api, &request.unwrap(), &target).unwrap();
        (outgoing.path, String::from_utf8(outgoing.body).unwrap())
    }

    #[test]
    fn a_summary_is_asked_for_where_the_provider_is_said_to_and_the_model_reasons() {
        let option = [("reasoning_summary", "auto")];
        let asked = r#""reasoning":{"summary":"auto"}"#;
        assert!(sent(&OPENAI, "gpt-5.6", &option).1.contains(asked));
        for (model, options) in [("gpt-5.6", &[][..]), ("gpt-4o", &option), ("x", &option)] {
            assert!(
                !sent(&OPENAI, model, options).1.contains("summary"),
                "{model}"
            );
        }
    }

    #[test]
    fn each_service_has_its_path() {
        assert_eq!(sent(&OPENAI, "gpt-5.6", &[]).0, "/responses");
        assert_eq!(sent(&AZURE, "gpt-5.6", &[]).0, "/openai/v1/responses");
    }
}
