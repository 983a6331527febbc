//! Every provider shows the same things: a fixture for each named case, which says what its name
//! promises.
//!
//! A provider whose API has no such thing stands in [`EXEMPT`], with the reason; a fixture that
//! has come to be is no exemption any more.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::{ErrorKind, FinishReason};
use tidegate::providers::{Native, Provider, REGISTRY, Recall};

use crate::decoded::{Answer, decode};
use crate::names;
use crate::streams::{Stream, fixture_of, streams};

/// What every provider must show.
const CASES: &[Case] = &[
    Case::answer("text", |answer| {
        !answer.text.is_empty() && answer.finish == FinishReason::Stop && answer.usage.total() > 0
    }),
    Case::answer("tool_call", |answer| {
        answer.tool_calls.len() == 1 && answer.finish == FinishReason::ToolCalls
    }),
    Case::answer("parallel_tools", |answer| answer.tool_calls.len() > 1),
    Case::answer("reasoning", |answer| {
        answer.reasoning.iter().any(|(text, _)| !text.is_empty())
    }),
    Case::answer("cached_usage", |answer| answer.usage.cache_read > 0),
    Case::stream("failed_error_mid_stream", |transcript| {
        transcript.contains("\nerror ") && !transcript.starts_with("error")
    }),
    Case::stream("failed_truncated", |transcript| {
        transcript.contains("\nerror ") && !transcript.starts_with("error")
    }),
];

/// Kind, case, and why its API has no such thing.
const EXEMPT: &[(&str, &str, &str)] = &[(
    "ollama_native",
    "cached_usage",
    "it leaves cached tokens out of its count and does not tell how many there were",
)];

/// Cases that were named before there was a scheme.
const OLDER_NAMES: &[(&str, &str)] = &[("reasoning", "thinking")];

struct Case {
    name: &'static str,
    shows: Shows,
}

enum Shows {
    /// A whole answer and a stream, which both say this.
    Answer(fn(&Answer) -> bool),
    /// A stream whose events are like this.
    Stream(fn(&str) -> bool),
}

impl Case {
    const fn answer(name: &'static str, shows: fn(&Answer) -> bool) -> Self {
        Self {
            name,
            shows: Shows::Answer(shows),
        }
    }

    const fn stream(name: &'static str, shows: fn(&str) -> bool) -> Self {
        Self {
            name,
            shows: Shows::Stream(shows),
        }
    }

    /// Why a provider does not show it.
    fn check(&self, provider: &Provider, native: &dyn Native) -> Result<(), String> {
        let stream = self.stream_of(provider).ok_or("there is no such stream")?;
        let seen = decode(native, [stream.bytes.as_slice()]);
        match self.shows {
            Shows::Stream(shows) if shows(&seen.transcript) => Ok(()),
            Shows::Stream(_) => Err(format!("the stream says {}", seen.transcript)),
            Shows::Answer(shows) => {
                let streamed = seen.answer().map_err(|error| format!("{error:?}"))?;
                for answer in [streamed, self.answer_of(provider, native)?] {
                    if !shows(&answer) {
                        return Err(format!("it does not show in {answer:?}"));
                    }
                }
                Ok(())
            }
        }
    }

    fn stream_of(&self, provider: &Provider) -> Option<Stream> {
        streams(provider)
            .into_iter()
            .find(|stream| self.is_called(&stream.name))
    }

    fn answer_of(&self, provider: &Provider, native: &dyn Native) -> Result<Answer, String> {
        let names = names(provider, "answers", ".json");
        let name = names.iter().find(|name| self.is_called(name));
        let name = name.ok_or("there is no such answer")?;
        let body = fixture_of(provider, "answers", &format!("{name}.json"));
        let response = native.response(&body, &Recall::default());
        response
            .map(Answer::from)
            .map_err(|error| format!("{error:?}"))
    }

    fn is_called(&self, name: &str) -> bool {
        name == self.name || OLDER_NAMES.contains(&(self.name, name))
    }
}

/// Providers with a wire format of their own, whether they have fixtures or not.
fn all() -> impl Iterator<Item = (&'static Provider, &'static dyn Native)> {
    let native = |provider: &'static Provider| Some((provider, provider.native()?));
    REGISTRY.iter().filter_map(native)
}

#[test]
fn every_provider_shows_every_case() {
    let mut missing = Vec::new();
    for (provider, native) in all() {
        for case in CASES {
            let seen = case.check(provider, native);
            let why = exemption(provider.kind, case.name);
            match (seen, why) {
                (Err(problem), None) => {
                    missing.push(format!("{}: {}: {problem}", provider.kind, case.name));
                }
                (Ok(()), Some(why)) => {
                    missing.push(format!(
                        "{}: {} is there, although {why}",
                        provider.kind, case.name
                    ));
                }
                _ => {}
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_provider_shows_a_rate_limit() {
    for (provider, native) in all() {
        let limits = names(provider, "errors", "");
        let limits: Vec<_> = limits
            .iter()
            .filter(|name| name.starts_with("429"))
            .collect();
        assert!(!limits.is_empty(), "{} has no 429", provider.kind);
        let told = limits.iter().any(|name| {
            let error = native.error(429, &fixture_of(provider, "errors", name));
            error.kind == ErrorKind::RateLimit && error.status == 429
        });
        assert!(told, "{}: no 429 is a rate limit", provider.kind);
    }
}

#[test]
fn exemptions_are_of_providers_and_cases_that_exist() {
    for (kind, name, _) in EXEMPT {
        assert!(all().any(|(provider, _)| provider.kind == *kind), "{kind}");
        assert!(CASES.iter().any(|case| case.name == *name), "{name}");
    }
}

fn exemption(kind: &str, name: &str) -> Option<&'static str> {
    let mut found = EXEMPT
        .iter()
        .filter(|(of, case, _)| *of == kind && *case == name);
    found.next().map(|(_, _, why)| *why)
}
