//! The attempts of one request, in order.

use std::rc::Rc;

use serde::Deserialize;

use crate::chat::Operation;
use crate::config::routing::{Cause, Causes};
use crate::config::runtime::Target;

use super::board::Place;

/// What the gateway role has decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is asked for.
    pub operation: Operation,
    /// The attempts in order.
    pub attempts: Vec<PlannedAttempt>,
    /// The query of the client's URL, without the question mark.
    pub query: Option<String>,
    /// What the client says in headers that are one provider's own
    /// ([`CLIENT_HEADERS`](crate::providers::CLIENT_HEADERS)).
    pub headers: Vec<(String, String)>,
}

/// One target of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAttempt {
    /// The target.
    pub target: Rc<Target>,
    /// Its place on the board; `None` where nobody keeps one.
    pub place: Option<Place>,
    /// The stage that it belongs to.
    pub stage: usize,
    /// The stages whose failure leads to this one, this one's own first.
    pub after: Rc<[usize]>,
    /// For which failures of those its stage is.
    pub causes: Causes,
}

impl PlannedAttempt {
    /// An attempt at a target of which nothing more is known.
    pub fn at(target: Target) -> Self {
        Self {
            target: Rc::new(target),
            place: None,
            stage: 0,
            after: Rc::from([0]),
            causes: Causes::NONE,
        }
    }
}

impl Plan {
    /// How many attempts there are at most, with those that try a target again.
    pub fn most_attempts(&self) -> usize {
        let attempts = self.attempts.iter();
        attempts.map(|attempt| attempt.target.most_attempts()).sum()
    }

    /// Which attempt comes after one that has failed for this cause; `None` where none does.
    pub fn next(&self, failed: usize, cause: Cause) -> Option<usize> {
        let from = self.attempts.get(failed)?;
        let later = self
            .attempts
            .iter()
            .enumerate()
            .skip(failed.saturating_add(1));
        let mut open = later.filter(|(_, attempt)| attempt.is_open_to(from, cause));
        open.next().map(|(index, _)| index)
    }

    /// As the filter state holds it: JSON, written by hand because it is for every request.
    pub fn to_state(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        out.extend_from_slice(b"{\"attempts\":[");
        for (index, attempt) in self.attempts.iter().enumerate() {
            let opening: &[u8] = if index == 0 { b"{" } else { b",{" };
            out.extend_from_slice(opening);
            string(&mut out, "\"provider\":", &attempt.target.provider);
            string(&mut out, ",\"model\":", &attempt.target.model);
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
        let state: State = serde_json::from_slice(bytes).ok()?;
        let attempts = state.attempts.into_iter();
        Some(Self {
            operation: state.operation,
            attempts: attempts
                .map(|attempt| PlannedAttempt::at(Target::new(attempt.provider, attempt.model)))
                .collect(),
            query: state.query,
            headers: state.headers,
        })
    }
}

impl PlannedAttempt {
    /// Whether a request that has failed at another target for this cause may come here.
    fn is_open_to(&self, failed: &Self, cause: Cause) -> bool {
        if self.stage != failed.stage {
            let after = self.after.get(1).copied().unwrap_or_default();
            return self.causes.has(cause) && failed.after.contains(&after);
        }
        match cause {
            Cause::Error | Cause::RateLimit | Cause::Timeout | Cause::Unsupported => true,
            // The same model with another provider may take more.
            Cause::ContextLength => {
                let (here, there) = (self.target.context_window, failed.target.context_window);
                here.zip(there).is_some_and(|(here, there)| here > there)
            }
            Cause::ContentPolicy => false,
        }
    }
}

/// A plan in the filter state.
#[derive(Deserialize)]
struct State {
    #[serde(default)]
    operation: Operation,
    attempts: Vec<StateAttempt>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct StateAttempt {
    provider: String,
    model: String,
}

fn string(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    // Writing a string to a vector cannot fail.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_the_filter_state() {
        let plan = Plan {
            operation: Operation::Embeddings,
            attempts: vec![PlannedAttempt::at(Target::new("a", "x,y\"z"))],
            query: Some("a=b".into()),
            headers: vec![("anthropic-beta".into(), "x\"y".into())],
        };
        assert_eq!(Plan::from_state(&plan.to_state()), Some(plan));
        assert_eq!(Plan::from_state(b"-"), None);
    }

    fn attempt(name: &str, stage: usize, after: &[usize], causes: &[Cause]) -> PlannedAttempt {
        PlannedAttempt {
            stage,
            after: after.into(),
            causes: causes.iter().copied().collect(),
            ..PlannedAttempt::at(Target::new(name, "m"))
        }
    }

    #[test]
    fn a_fallback_is_for_its_causes_and_for_its_model_only() {
        use Cause::{ContentPolicy, ContextLength, Error, RateLimit, Timeout};
        let plan = Plan {
            attempts: vec![
                attempt("own", 0, &[0], &[]),
                attempt("own-too", 0, &[0], &[]),
                attempt("larger", 1, &[1, 0], &[ContextLength]),
                // A fallback of `larger`, not of the model itself.
                attempt("last", 2, &[2, 1, 0], &[Error, RateLimit]),
                attempt("other", 3, &[3, 0], &[RateLimit, ContentPolicy]),
            ],
            ..Plan::default()
        };
        let cases = [
            (0, Error, Some(1)),
            (0, Timeout, Some(1)),
            (0, ContextLength, Some(2)),
            (0, ContentPolicy, Some(4)),
            (1, Error, None),
            (1, RateLimit, Some(4)),
            (2, Error, Some(3)),
            (2, RateLimit, Some(3)),
            (2, ContentPolicy, Some(4)),
            (3, RateLimit, Some(4)),
            (4, RateLimit, None),
        ];
        for (failed, cause, next) in cases {
            assert_eq!(plan.next(failed, cause), next, "{failed} {cause:?}");
        }
    }

    #[test]
    fn a_prompt_that_is_too_long_goes_to_a_target_that_is_known_to_take_more() {
        let window = |tokens| {
            PlannedAttempt::at(Target {
                context_window: tokens,
                ..Target::new("a", "m")
            })
        };
        let plan = Plan {
            attempts: vec![
                window(Some(8)),
                window(None),
                window(Some(4)),
                window(Some(16)),
            ],
            ..Plan::default()
        };
        assert_eq!(plan.next(0, Cause::ContextLength), Some(3));
        assert_eq!(plan.next(1, Cause::ContextLength), None);
    }
}
