//! `generationConfig`: how the answer is made, and its form.

use std::borrow::Cow;

use serde::Deserialize;

use super::extras::Extras;
use super::model_profile::{Generation, ModelProfile};
use super::thinking;
use super::wire::write::{GenerationConfig, Part, PrebuiltVoice, SpeechConfig, VoiceConfig};
use crate::chat::{Error, Request, ResponseFormat};
use crate::providers::losses::Losses;

/// Most texts that may end an answer.
const MAX_STOPS: usize = 5;

/// Penalties must be less than 2 (ai.google.dev, API reference, `GenerationConfig`).
const MOST_PENALTY: f64 = 1.99;

/// What a model is told that cannot be held to a form beside functions.
const ONLY_JSON: &str =
    "Answer with one JSON object and nothing else: no text around it, no code fence.";

/// The configuration, and what must be said in words instead.
pub(super) struct Plan<'a> {
    pub(super) config: GenerationConfig<'a>,
    pub(super) instruction: Option<Part<'a>>,
}

/// Translates sampling, limits and the form of the answer.
///
/// # Errors
/// Where the model cannot do what the client asks, or the target is strict.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    extras: &mut Extras<'a>,
    losses: &mut Losses,
) -> Result<Plan<'a>, Error> {
    let mut config = GenerationConfig {
        candidate_count: candidates(request, profile)?,
        max_output_tokens: request.max_output_tokens,
        stop_sequences: stops(request, losses)?,
        thinking_config: match extras.says("thinkingConfig") {
            true => None,
            false => thinking::config(request.reasoning_effort, profile, losses)?,
        },
        ..GenerationConfig::default()
    };
    sampling(request, profile, extras, &mut config, losses)?;
    modalities(extras, &mut config)?;
    let instruction = format(request, profile, extras, &mut config, losses)?;
    leave_to_client(&mut config, extras);
    config.vendor = std::mem::take(&mut extras.generation);
    Ok(Plan {
        config,
        instruction,
    })
}

/// What the client says in the API's own words is said once.
fn leave_to_client(config: &mut GenerationConfig<'_>, extras: &Extras<'_>) {
    fn clear<T>(field: &mut Option<T>, name: &str, extras: &Extras<'_>) {
        *field = extras.unless_said(name, field.take());
    }
    clear(&mut config.temperature, "temperature", extras);
    clear(&mut config.top_p, "topP", extras);
    clear(&mut config.top_k, "topK", extras);
    clear(&mut config.candidate_count, "candidateCount", extras);
    clear(&mut config.max_output_tokens, "maxOutputTokens", extras);
    clear(&mut config.stop_sequences, "stopSequences", extras);
    clear(&mut config.seed, "seed", extras);
    clear(&mut config.presence_penalty, "presencePenalty", extras);
    clear(&mut config.frequency_penalty, "frequencyPenalty", extras);
    clear(&mut config.response_logprobs, "responseLogprobs", extras);
    clear(&mut config.logprobs, "logprobs", extras);
    clear(&mut config.response_mime_type, "responseMimeType", extras);
    clear(
        &mut config.response_json_schema,
        "responseJsonSchema",
        extras,
    );
    clear(&mut config.response_json_schema, "responseSchema", extras);
    clear(
        &mut config.response_modalities,
        "responseModalities",
        extras,
    );
    clear(&mut config.speech_config, "speechConfig", extras);
}

fn candidates(request: &Request<'_>, profile: &ModelProfile) -> Result<Option<u64>, Error> {
    match request.sampling.n {
        Some(n) if n != 1 && profile.generation >= Generation::Third => {
            Err(Error::invalid("this model gives one answer at a time")
                .with_param("n")
                .with_code("unsupported_parameter"))
        }
        n => Ok(n.filter(|n| *n != 1)),
    }
}

fn stops<'a>(request: &'a Request<'_>, losses: &mut Losses) -> Result<Option<Vec<&'a str>>, Error> {
    if request.stop.len() > MAX_STOPS {
        losses.clamped("stop")?;
    }
    let stops: Vec<&str> = request
        .stop
        .iter()
        .take(MAX_STOPS)
        .map(Cow::as_ref)
        .collect();
    Ok(Some(stops).filter(|stops| !stops.is_empty()))
}

fn sampling<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    extras: &Extras<'a>,
    config: &mut GenerationConfig<'a>,
    losses: &mut Losses,
) -> Result<(), Error> {
    let asked = &request.sampling;
    if profile.samples {
        config.temperature = clamp("temperature", asked.temperature, (0.0, 2.0), losses)?;
        config.top_p = clamp("top_p", asked.top_p, (0.0, 1.0), losses)?;
        config.top_k = extras.translated("top_k");
    } else {
        drop_unless_one("temperature", asked.temperature, losses)?;
        drop_unless_one("top_p", asked.top_p, losses)?;
        if extras.translated("top_k").is_some() {
            losses.dropped("top_k")?;
        }
    }
    let range = (-2.0, MOST_PENALTY);
    let (presence, frequency) = (asked.presence_penalty, asked.frequency_penalty);
    config.presence_penalty = clamp("presence_penalty", presence, range, losses)?;
    config.frequency_penalty = clamp("frequency_penalty", frequency, range, losses)?;
    config.seed = seed(asked.seed, losses)?;
    config.response_logprobs = asked.logprobs.filter(|wanted| *wanted);
    config.logprobs = asked
        .top_logprobs
        .filter(|n| *n > 0 && config.response_logprobs == Some(true));
    if asked.logit_bias.is_some_and(|bias| bias.get() != "{}") {
        losses.dropped("logit_bias")?;
    }
    Ok(())
}

/// The default of 1 is no loss.
fn drop_unless_one(
    name: &'static str,
    value: Option<f64>,
    losses: &mut Losses,
) -> Result<(), Error> {
    match value {
        Some(value) if value != 1.0 => losses.dropped(name),
        _ => Ok(()),
    }
}

fn clamp(
    name: &'static str,
    value: Option<f64>,
    (least, most): (f64, f64),
    losses: &mut Losses,
) -> Result<Option<f64>, Error> {
    let clamped = value.map(|value| value.clamp(least, most));
    if clamped != value {
        losses.clamped(name)?;
    }
    Ok(clamped)
}

/// Seeds have 32 bits here: of a longer one the last bits count, so that other seeds stay other
/// ones.
fn seed(seed: Option<i64>, losses: &mut Losses) -> Result<Option<i32>, Error> {
    let Some(seed) = seed else {
        return Ok(None);
    };
    if let Ok(short) = i32::try_from(seed) {
        return Ok(Some(short));
    }
    losses.clamped("seed")?;
    let [.., a, b, c, d] = seed.to_be_bytes();
    Ok(Some(i32::from_be_bytes([a, b, c, d])))
}

/// OpenAI's words, and `image`, as OpenRouter has it.
fn modalities<'a>(extras: &Extras<'a>, config: &mut GenerationConfig<'a>) -> Result<(), Error> {
    if let Some(json) = extras.translated("modalities") {
        let words: Vec<Cow<'_, str>> = serde_json::from_str(json.get()).unwrap_or_default();
        let known = words.iter().map(|word| match &**word {
            "text" => Some("TEXT"),
            "image" => Some("IMAGE"),
            "audio" => Some("AUDIO"),
            _ => None,
        });
        let known: Option<Vec<_>> = known.collect();
        let known = known.filter(|known| !known.is_empty()).ok_or_else(|| {
            Error::invalid("`modalities` must be a list of `text`, `image` and `audio`")
                .with_param("modalities")
        })?;
        config.response_modalities = Some(known);
    }
    if let Some(json) = extras.translated("audio") {
        config.speech_config = Some(speech(json.get())?);
    }
    Ok(())
}

/// The API makes samples of 16 bits and nothing else: for any other form they would have to be
/// encoded.
fn speech(json: &str) -> Result<SpeechConfig<'_>, Error> {
    #[derive(Deserialize)]
    struct Audio<'a> {
        #[serde(borrow)]
        voice: Cow<'a, str>,
        #[serde(borrow)]
        format: Cow<'a, str>,
    }
    let audio: Audio<'_> = serde_json::from_str(json).map_err(|_| {
        Error::invalid("`audio` must have a `voice` and a `format`").with_param("audio")
    })?;
    if audio.format != "pcm16" {
        return Err(Error::invalid("this model speaks in `pcm16` only")
            .with_param("audio.format")
            .with_code("unsupported_value"));
    }
    let voice_name = audio.voice;
    Ok(SpeechConfig {
        voice_config: VoiceConfig {
            prebuilt_voice_config: PrebuiltVoice { voice_name },
        },
    })
}

/// The form of the answer. Models before Gemini 3 refuse one beside functions; then it is said in
/// words, and a client that must be sure of it is refused.
fn format<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    extras: &Extras<'_>,
    config: &mut GenerationConfig<'a>,
    losses: &mut Losses,
) -> Result<Option<Part<'a>>, Error> {
    let (schema, strict) = match &request.response_format {
        ResponseFormat::Text => return Ok(None),
        ResponseFormat::JsonObject => (None, false),
        ResponseFormat::JsonSchema { schema, strict, .. } => (Some(*schema), *strict == Some(true)),
    };
    let has_tools = !request.tools.is_empty() || !extras.tools.is_empty();
    if !has_tools || profile.generation >= Generation::Third {
        config.response_mime_type = Some("application/json");
        config.response_json_schema = schema;
        return Ok(None);
    }
    if strict {
        let message = "this model cannot be held to a JSON schema beside `tools`: leave `strict` or `tools` out";
        return Err(Error::invalid(message)
            .with_param("response_format.json_schema.strict")
            .with_code("unsupported_parameter"));
    }
    losses.emulated("response_format");
    Ok(Some(match schema {
        None => Part::text(ONLY_JSON),
        Some(schema) => Part::text(format!(
            "{ONLY_JSON} It must match this JSON schema:\n{schema}"
        )),
    }))
}
