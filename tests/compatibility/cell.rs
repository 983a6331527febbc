//! What becomes of one feature at one provider.

use serde_json::Value;
use tidegate::providers::Provider;

use crate::exchange::{Answer, Outcome, ask};
use crate::model;
use crate::probes::Probe;

/// What became of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// It reaches the provider.
    Yes,
    /// It is done by other means.
    Emulated,
    /// It is moved into the range that the provider takes.
    Clamped,
    /// It is left out, and the client is told.
    Dropped,
    /// The request is refused, and the error names it.
    Refused,
    /// Neither sent nor told: a fault.
    Lost,
}

impl Cell {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Emulated => "emulated",
            Self::Clamped => "clamped",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
            Self::Lost => "LOST",
        }
    }
}

/// What becomes of this at a provider.
pub(crate) fn of(provider: &Provider, probe: &Probe) -> Cell {
    let (with, losses) = match sent(provider, &probe.body) {
        Ok(sent) => sent,
        Err(refusal) => {
            let param = refusal["error"]["param"].as_str().unwrap_or_default();
            let is_named = names(param, probe.params);
            assert!(is_named, "{}: {}: {refusal}", provider.kind, probe.name);
            return Cell::Refused;
        }
    };
    let told = losses.split(", ").find_map(|loss| {
        let (name, change) = loss.split_once(';').unwrap_or((loss, ""));
        names(name, probe.params).then_some(change)
    });
    let without = sent(provider, &probe.without).map(|(body, _)| body);
    match told {
        Some("emulated") => Cell::Emulated,
        Some("clamped") => Cell::Clamped,
        Some(_) => Cell::Dropped,
        None if without.is_ok_and(|without| without == with) => Cell::Lost,
        None => Cell::Yes,
    }
}

/// Whether this is one of the parameters, or a part of one: `tools[0].function.strict`.
fn names(name: &str, params: &[&str]) -> bool {
    let mut steps = name.split(['.', '[', ']']);
    steps.any(|step| params.contains(&step))
}

/// The body that goes upstream, and what the client is told of it; or the refusal.
fn sent(provider: &Provider, body: &Value) -> Result<(Value, String), Value> {
    let nothing = Answer {
        content_type: "application/json",
        body: b"{}".to_vec(),
    };
    let path = "/v1/chat/completions";
    match ask(provider.kind, model(provider.kind), path, body, &nothing) {
        Outcome::Sent(sent) => Ok((serde_json::from_slice(&sent.body).unwrap(), sent.losses)),
        Outcome::Refused(reply) => Err(serde_json::from_slice(&reply.body).unwrap()),
    }
}
