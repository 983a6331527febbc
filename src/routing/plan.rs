//! The attempts of one request, in order.

use std::sync::Arc;

use serde::Deserialize;

use crate::chat::Operation;
use crate::config::runtime::{Model, Target};
use crate::policies::auth::Key;
use crate::pricing::Price;

/// What the gateway role has decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// What is asked for.
    #[serde(default)]
    pub operation: Operation,
    /// The attempts in order.
    pub attempts: Vec<PlannedAttempt>,
    /// The query of the client's URL, without the question mark.
    #[serde(default)]
    pub query: Option<String>,
    /// What the client says in headers that are one provider's own
    /// ([`CLIENT_HEADERS`](crate::providers::CLIENT_HEADERS)).
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

/// One attempt of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlannedAttempt {
    /// Name of the provider, which is its cluster's too.
    pub provider: String,
    /// The provider's name of the model.
    pub model: String,
    /// What its tokens cost; not in the filter state.
    #[serde(skip)]
    pub price: Option<Arc<Price>>,
}

impl Plan {
    /// As the filter state holds it: JSON, written by hand because it is for every request.
    pub fn to_state(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        out.extend_from_slice(b"{\"attempts\":[");
        for (index, attempt) in self.attempts.iter().enumerate() {
            let opening: &[u8] = if index == 0 { b"{" } else { b",{" };
            out.extend_from_slice(opening);
            string(&mut out, "\"provider\":", &attempt.provider);
            string(&mut out, ",\"model\":", &attempt.model);
            out.push(b'}');
        }
        out.push(b']');
        if self.operation == Operation::Embeddings {
            out.extend_from_slice(b",\"operation\":\"embeddings\"");
        }
        if let Some(query) = &self.query {
            string(&mut out, ",\"query\":", query);
        }
        if !self.headers.is_empty() {
            out.extend_from_slice(b",\"headers\":");
            // Writing texts to a vector cannot fail.
            let _ = serde_json::to_writer(&mut out, &self.headers);
        }
        out.push(b'}');
        out
    }

    /// Reads the filter state; `None` where it is not a plan.
    pub fn from_state(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

fn string(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    // Writing a string to a vector cannot fail.
    let _ = serde_json::to_writer(out, value);
}

/// The targets that a request may be tried on: each of the model's once, in the order of the
/// configuration. A target that is there because the model falls back to another model is
/// skipped where the key may not use that other one.
pub fn plan<'m>(model: &'m Model, key: &Key) -> Vec<&'m Target> {
    let allowed = |target: &&Target| target.via.as_deref().is_none_or(|via| key.may_use(via));
    model.targets.iter().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_the_filter_state() {
        let plan = Plan {
            operation: Operation::Embeddings,
            attempts: vec![PlannedAttempt {
                provider: "a".into(),
                model: "x,y\"z".into(),
                price: None,
            }],
            query: Some("a=b".into()),
            headers: vec![("anthropic-beta".into(), "x\"y".into())],
        };
        assert_eq!(Plan::from_state(&plan.to_state()), Some(plan));
        assert_eq!(Plan::from_state(b"-"), None);
    }

    fn target(provider: &str, via: Option<&str>) -> Target {
        Target {
            provider: provider.into(),
            model: "m".into(),
            via: via.map(Into::into),
            price: None,
        }
    }

    #[test]
    fn a_fallback_model_that_the_key_may_not_use_is_left_out() {
        let model = Model {
            name: "cheap".into(),
            aliases: vec![],
            targets: vec![
                target("a", None),
                target("b", Some("dear")),
                target("c", None),
            ],
            timeouts: "default".into(),
            idle_ms: None,
            counters: vec![],
        };
        let names = |key: &Key| -> Vec<String> {
            plan(&model, key)
                .iter()
                .map(|t| t.provider.clone())
                .collect()
        };
        assert_eq!(names(&Key::default()), ["a", "b", "c"]);
        let limited = Key {
            models: Some(vec!["cheap".into()]),
            ..Key::default()
        };
        assert_eq!(names(&limited), ["a", "c"]);
    }
}
