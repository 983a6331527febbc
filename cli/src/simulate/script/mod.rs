//! Scripts: what goes wrong, and when.
//!
//! A script is a list of [`Step`]s, one a request in order; a last step with
//! `repeat: true` serves all further requests. When the script is used up, requests
//! get good answers again. A step may also come with the request itself, as
//! `x-simulate-*` headers (`x-simulate-error-after: 2`), and is then used instead of
//! the script's.
//!
//! Requests are judged before a step is carried out: a test of a fallback also learns
//! that the failing provider was asked in its own language. `validate: false` skips
//! the judge.

mod read;
mod step;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;

#[cfg(test)]
pub(crate) use read::yaml_to_json;
pub(crate) use read::{is_scripted, parse};
pub(crate) use step::{Cut, Hang, Step};

/// The steps to come.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    /// Kept beside the steps so that requests without a script take no lock.
    waiting: AtomicBool,
}

impl Script {
    pub(crate) fn replace(&self, steps: Vec<Step>) {
        let mut current = self.steps();
        *current = steps.into();
        self.waiting.store(!current.is_empty(), Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.waiting.load(Ordering::Acquire)
    }

    /// The step of this request: its own, else the script's next.
    pub(crate) fn step_for(&self, headers: &HeaderMap) -> Result<Step, String> {
        match read::from_headers(headers)? {
            Some(step) => Ok(step),
            None => Ok(self.take()),
        }
    }

    fn take(&self) -> Step {
        if self.is_empty() {
            return Step::default();
        }
        let mut steps = self.steps();
        let step = match steps.front() {
            Some(step) if step.repeat => step.clone(),
            _ => steps.pop_front().unwrap_or_default(),
        };
        self.waiting.store(!steps.is_empty(), Ordering::Release);
        step
    }

    fn steps(&self) -> MutexGuard<'_, VecDeque<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_named_with_its_step() {
        let error = parse("[{status: 429}, {delay: 5}]").unwrap_err();
        assert!(
            error.starts_with("steps[1]: unknown field `delay`"),
            "{error}"
        );
    }

    #[test]
    fn steps_are_used_once_each_and_the_last_may_repeat() {
        let script = Script::default();
        let none = HeaderMap::new();
        script.replace(parse("- status: 429\n- {status: 503, repeat: true}").unwrap());
        let statuses: Vec<_> = (0..4)
            .map(|_| script.step_for(&none).unwrap().status.unwrap())
            .collect();
        assert_eq!(statuses, [429, 503, 503, 503]);
        script.replace(Vec::new());
        assert_eq!(script.step_for(&none).unwrap().status, None);
    }

    #[test]
    fn only_the_last_step_can_repeat() {
        assert!(
            parse("[{repeat: true}, {}]")
                .unwrap_err()
                .contains("only the last")
        );
    }

    #[test]
    fn a_request_brings_its_own_step_in_headers() {
        let script = Script::default();
        script.replace(parse(r#"{"steps": [{"status": 429}]}"#).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert("x-simulate-cut", "{\"after_events\": 2}".parse().unwrap());
        headers.insert("x-simulate-hang", "headers".parse().unwrap());
        let step = script.step_for(&headers).unwrap();
        assert_eq!(step.cut, Some(Cut::AfterEvents(2)));
        assert_eq!(step.hang, Some(Hang::Headers));
        assert!(!script.is_empty(), "the script's step is still there");
    }

    #[test]
    fn two_ways_to_end_a_body_are_refused() {
        assert!(parse("- {error_after: 1, end_after: 2}").is_err());
    }
}
