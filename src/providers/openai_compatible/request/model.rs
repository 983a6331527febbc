//! What OpenAI's own models do not take, by the table of models.
//!
//! A model that reasons refuses sampling parameters instead of ignoring them ("Unsupported
//! parameter: …", recorded), so that every agent framework that always sends `temperature` fails.
//! They are left out and named.

use super::params::left_out;
use crate::chat::{Error, ReasoningEffort};
use crate::dialects::openai_chat::Scan;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::Fate;
use crate::providers::openai_compatible::preset::{Models, Param, Preset, Rule};
use crate::providers::openai_models::{self, ModelProfile, Reasoning};

/// Refused by a model that reasons (learn.microsoft.com, "Azure OpenAI reasoning models", and the
/// SDK's notes on single parameters). Of `temperature` the default may be said.
const OF_NO_USE_TO_REASONING: &[Param] = &[
    param("frequency_penalty", Rule::Refused),
    param("logit_bias", Rule::Refused),
    param("logprobs", Rule::Refused),
    param("presence_penalty", Rule::Refused),
    param("temperature", Rule::RefusedBut(&["1", "1.0"])),
    param("top_logprobs", Rule::Refused),
    param("top_p", Rule::Fixed(&["1", "1.0"])),
];
const NO_STOP: &[Param] = &[param("stop", Rule::Refused)];
/// It makes one call in a turn, whatever it is told.
const ONE_CALL: &[Param] = &[param("parallel_tool_calls", Rule::Fixed(&["false"]))];

const fn param(name: &'static str, rule: Rule) -> Param {
    Param {
        name,
        models: &["*"],
        rule,
    }
}

/// What the model of one request does not take.
pub(super) struct ModelRules {
    profile: Option<&'static ModelProfile>,
    reasons: bool,
}

impl ModelRules {
    pub(super) fn of(preset: &Preset, model: &str, scan: &Scan<'_>) -> Self {
        let profile = match preset.models {
            Models::OpenAi => openai_models::find(model),
            Models::Any => None,
        };
        let effort = scan.reasoning_effort.as_deref();
        let effort = effort.and_then(ReasoningEffort::from_word);
        let reasons = |row: &ModelProfile| row.reasons(effort.map(|effort| row.nearest(effort)));
        Self {
            profile,
            reasons: profile.is_some_and(reasons),
        }
    }

    /// The rule for a field that it treats differently.
    pub(super) fn rule(&self, field: &str) -> Option<&'static Param> {
        let profile = self.profile?;
        let unless = |taken: bool, params: &'static [Param]| if taken { &[] } else { params };
        let params = [
            unless(!self.reasons, OF_NO_USE_TO_REASONING),
            unless(profile.stop, NO_STOP),
            unless(profile.parallel_tool_calls, ONE_CALL),
        ];
        let mut params = params.into_iter().flatten();
        params.find(|param| param.name == field)
    }

    /// What becomes of `reasoning_effort`, whose value is `json`. A word that is not known may be
    /// next year's.
    pub(super) fn effort(&self, json: &[u8], losses: &mut Losses) -> Result<Fate, Error> {
        const NAME: &str = "reasoning_effort";
        let Some(profile) = self.profile else {
            return Ok(Fate::Stays);
        };
        if profile.reasoning == Reasoning::Never {
            return match json {
                b"\"none\"" => Ok(Fate::Goes),
                _ => left_out(NAME, json, losses),
            };
        }
        let word: Option<&str> = serde_json::from_slice(json).ok();
        match word.and_then(ReasoningEffort::from_word) {
            Some(asked) if profile.nearest(asked) != asked => {
                losses.clamped(NAME)?;
                let nearest = profile.nearest(asked).as_str();
                Ok(Fate::Becomes(format!("\"{nearest}\"")))
            }
            _ => Ok(Fate::Stays),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::scan;
    use crate::providers::openai_compatible::{Edit, prepare};
    use crate::providers::{Options, TargetOptions, UnknownFields};

    const OPENAI: Preset = Preset {
        models: Models::OpenAi,
        ..Preset::PLAIN
    };

    /// What the model is sent of these fields, and what the client is told.
    fn sent(model: &str, fields: &str, strict: bool) -> Result<(String, String), Error> {
        let body = format!(r#"{{"model":"{model}",{fields}"messages":[]}}"#);
        let target = TargetOptions {
            model,
            unknown_fields: UnknownFields::Pass,
            strict,
            default_max_tokens: None,
            options: Options::NONE,
        };
        let scan = scan(body.as_bytes())?;
        let prepared = prepare(&OPENAI, body.as_bytes(), &scan, &target)?;
        let sent = match prepared.edit {
            Edit::Unchanged => body.clone(),
            Edit::Whole(bytes) => String::from_utf8(bytes).unwrap(),
            Edit::Prefix { replaced, bytes } => {
                String::from_utf8(bytes).unwrap() + body.split_at(replaced).1
            }
        };
        let warnings = prepared.warnings.iter().map(ToString::to_string);
        let told = warnings.collect::<Vec<_>>().join(" ");
        let fields = sent.strip_suffix(r#""messages":[]}"#).unwrap();
        let fields = fields.strip_prefix(&format!(r#"{{"model":"{model}","#));
        Ok((fields.unwrap().to_owned(), told))
    }

    fn lenient(model: &str, fields: &str) -> (String, String) {
        sent(model, fields, false).unwrap()
    }

    const SAMPLING: &str = concat!(
        r#""temperature":0.2,"top_p":0.9,"presence_penalty":1,"frequency_penalty":-1,"#,
        r#""logprobs":true,"top_logprobs":2,"logit_bias":{"1":2},"#
    );

    #[test]
    fn a_model_that_reasons_gets_no_sampling_parameters_and_the_client_is_told() {
        let all = "temperature top_p presence_penalty frequency_penalty logprobs top_logprobs \
                   logit_bias";
        for model in [
            "o1",
            "o3-2025-04-16",
            "gpt-5",
            "gpt-5.3-chat-latest",
            "gpt-5.5",
        ] {
            assert_eq!(
                lenient(model, SAMPLING),
                (String::new(), all.to_owned()),
                "{model}"
            );
        }
    }

    #[test]
    fn a_model_that_does_not_reason_gets_the_clients_bytes() {
        for model in [
            "gpt-4o",
            "gpt-4.1-mini",
            "gpt-5-chat-latest",
            "gpt-5.1",
            "gpt-7",
            "x",
        ] {
            let untouched = (SAMPLING.to_owned(), String::new());
            assert_eq!(lenient(model, SAMPLING), untouched, "{model}");
        }
        let off = format!(r#"{SAMPLING}"reasoning_effort":"none","#);
        assert_eq!(lenient("gpt-5.6", &off), (off.clone(), String::new()));
    }

    #[test]
    fn defaults_are_no_loss() {
        let said = r#""temperature":1,"top_p":1.0,"presence_penalty":0,"logprobs":false,"#;
        let told = (r#""temperature":1,"#.to_owned(), String::new());
        assert_eq!(sent("o3", said, true).unwrap(), told);
        let said = r#""temperature":1.0,"logit_bias":{},"top_logprobs":null,"#;
        let told = (r#""temperature":1.0,"#.to_owned(), String::new());
        assert_eq!(sent("o3", said, true).unwrap(), told);
    }

    #[test]
    fn a_strict_target_refuses_what_would_be_left_out() {
        let error = sent("gpt-5", r#""temperature":0,"top_p":0.5,"#, true).unwrap_err();
        assert_eq!(error.status, 400);
        assert_eq!(error.param.as_deref(), Some("top_p"));
    }

    #[test]
    fn an_effort_becomes_one_that_the_model_has() {
        let effort = |word: &str| format!(r#""reasoning_effort":"{word}","#);
        for (model, asked, given) in [
            ("gpt-5", "none", "minimal"),
            ("gpt-5.6", "minimal", "low"),
            ("o3", "xhigh", "high"),
            ("gpt-5.2-chat-latest", "low", "medium"),
        ] {
            let told = (effort(given), "reasoning_effort;clamped".to_owned());
            assert_eq!(lenient(model, &effort(asked)), told, "{model}");
        }
        for (model, asked) in [("gpt-5.1", "none"), ("gpt-5.6", "max"), ("gpt-5", "epic")] {
            let untouched = (effort(asked), String::new());
            assert_eq!(lenient(model, &effort(asked)), untouched, "{model}");
        }
    }

    #[test]
    fn a_model_that_cannot_reason_is_not_asked_to() {
        let told = (String::new(), "reasoning_effort".to_owned());
        assert_eq!(lenient("gpt-4o", r#""reasoning_effort":"low","#), told);
        let off = r#""reasoning_effort":"none","#;
        assert_eq!(sent("gpt-4o", off, true).unwrap(), Default::default());
    }

    #[test]
    fn stop_and_parallel_calls_go_to_models_that_take_them() {
        let fields = r#""stop":["a"],"parallel_tool_calls":true,"#;
        let told = |told: &str, fields: &str| (fields.to_owned(), told.to_owned());
        assert_eq!(lenient("gpt-4o", fields), told("", fields));
        assert_eq!(
            lenient("o3-mini", fields),
            told("parallel_tool_calls", r#""stop":["a"],"#)
        );
        assert_eq!(
            lenient("gpt-5", fields),
            told("stop", r#""parallel_tool_calls":true,"#)
        );
        let one = r#""parallel_tool_calls":false,"#;
        assert_eq!(sent("o4-mini", one, true).unwrap(), Default::default());
    }
}
