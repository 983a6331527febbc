//! The access log: one JSON line a request, written by Envoy.
//!
//! The filter publishes its part as one string of filter state, which costs one host call; the
//! format that `tidegate render` writes puts it between the facts that Envoy knows itself. The
//! string begins with the request's id and ends inside an open string, as in
//!
//! ```text
//! {"time":"%START_TIME%","request_id":"%FILTER_STATE(wasm.tidegate:PLAIN)%","status":…}
//!                                      req_1","key_id":"dev",…,"outcome":"answered
//! ```
//!
//! so that the line is valid JSON also where the state is absent and Envoy writes `-`.

use super::exchange::{Attempt, Exchange, Outcome};
use super::line::{cost, json, member, micros, milliseconds, none_if_empty, number, text, tokens};
use crate::clock::Timestamp;
use crate::config::routing::Flaw;
use crate::routing::reason::Reason;

/// What the gateway role knows of a request.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The id that the client sees too.
    pub request_id: String,
    /// Public name of the key; empty where nobody was authenticated.
    pub key_id: String,
    /// The key's team.
    pub team: Option<String>,
    /// The team's organisation.
    pub organization: Option<String>,
    /// Which of our endpoints it was for.
    pub endpoint: &'static str,
    /// The model that the client asked for, by its own name; by the client's where there is no
    /// such model.
    pub model: String,
    /// What the client called it, where that is another of its names.
    pub alias: Option<String>,
    /// Whether it asked for a stream.
    pub stream: bool,
    /// When its headers were there.
    pub started: Timestamp,
    /// When it was forwarded.
    pub forwarded: Option<Timestamp>,
    /// Status of the answer that the gateway gave itself.
    pub own_status: Option<u16>,
    /// Code of the error that the gateway answered with.
    pub error_code: Option<String>,
    /// Why its attempts are those that they are.
    pub reason: Reason,
}

impl Entry {
    /// What was asked for is the model of this name.
    pub fn found(&mut self, name: &str) {
        if self.model != name {
            self.alias = Some(std::mem::replace(&mut self.model, name.to_owned()));
        }
    }
}

/// The filter's part of the line.
#[derive(Debug)]
pub struct Fragment {
    /// The part.
    pub text: String,
    /// Where what the ledger's row says too ends.
    common: usize,
}

impl Fragment {
    /// What line and row have in common: the request's id as the end of a string, and members.
    pub(super) fn common(&self) -> &str {
        self.text.get(..self.common).unwrap_or_default()
    }
}

/// The filter's part of the line.
pub fn fragment(entry: &Entry, exchange: &Exchange) -> Fragment {
    let mut line = String::with_capacity(512);
    line.push_str(&entry.request_id);
    line.push('"');
    who_and_what(&mut line, entry, exchange);
    tokens(&mut line, exchange.usage().as_ref());
    text(
        &mut line,
        member!("error_code"),
        entry.error_code.as_deref(),
    );
    let common = line.len();
    text(&mut line, member!("alias"), entry.alias.as_deref());
    attempts(&mut line, &exchange.attempts, |line, attempt| {
        if let Some(duration) = attempt.duration {
            milliseconds(line, member!("duration_ms"), micros(duration));
        }
        text(line, member!("flaw"), attempt.flaw.map(Flaw::name));
    });
    route(&mut line, &entry.reason);
    if !exchange.attempts.is_empty() {
        cost(&mut line, exchange.cost());
    }
    if let Some(first) = exchange.first_token {
        let waited = micros(first.since(entry.started));
        milliseconds(&mut line, member!("first_token_ms"), waited);
    }
    if let Some(forwarded) = entry.forwarded {
        let overhead = micros(forwarded.since(entry.started));
        number(&mut line, member!("overhead_us"), overhead);
    }
    line.push_str(",\"outcome\":\"");
    line.push_str(outcome(entry, exchange));
    Fragment { text: line, common }
}

/// Why it went where it went, where there is more to say than the strategy's name.
fn route(line: &mut String, reason: &Reason) {
    if !reason.is_notable() {
        return;
    }
    let mut said = String::with_capacity(64);
    reason.write(&mut said);
    text(line, member!("route"), Some(&said));
}

/// How the request ended, as the gateway sees it; Envoy's own flags say more.
pub(super) fn outcome(entry: &Entry, exchange: &Exchange) -> &'static str {
    match exchange.attempts.last().map(|attempt| attempt.outcome) {
        None => match entry.own_status {
            Some(400..) => "refused",
            Some(_) => "answered",
            // The client left before its request was complete, or Envoy refused it.
            None => "incomplete",
        },
        Some(_) if exchange.stopped => "stopped",
        Some(Outcome::Status(200..=299)) => "answered",
        Some(Outcome::Status(_)) => "failed",
        Some(Outcome::Reset | Outcome::Running) => "unanswered",
        Some(Outcome::Truncated) => "truncated",
    }
}

/// Who asked for what, and who answered.
fn who_and_what(line: &mut String, entry: &Entry, exchange: &Exchange) {
    text(line, member!("endpoint"), Some(entry.endpoint));
    text(line, member!("key_id"), none_if_empty(&entry.key_id));
    text(line, member!("team"), entry.team.as_deref());
    text(line, member!("organization"), entry.organization.as_deref());
    text(line, member!("model"), none_if_empty(&entry.model));
    let answering = exchange.attempts.last();
    let provider = answering.map(|attempt| &*attempt.provider);
    text(line, member!("provider"), provider);
    let planned = answering.map(|attempt| attempt.model.as_str());
    let served = exchange.served_model.as_deref().or(planned);
    text(line, member!("served_model"), served);
    line.push_str(if entry.stream {
        ",\"stream\":true"
    } else {
        ",\"stream\":false"
    });
}

/// The attempts, each with what `more` has to say of it.
pub(super) fn attempts(
    line: &mut String,
    attempts: &[Attempt],
    more: impl Fn(&mut String, &Attempt),
) {
    line.push_str(member!("attempts"));
    line.push('[');
    for (index, attempt) in attempts.iter().enumerate() {
        line.push_str(if index == 0 {
            "{\"provider\":"
        } else {
            ",{\"provider\":"
        });
        json(line, &attempt.provider);
        text(line, member!("model"), Some(&attempt.model));
        let status = member!("status");
        match attempt.outcome {
            Outcome::Status(code) => number(line, status, u64::from(code)),
            Outcome::Running => text(line, status, Some("abandoned")),
            Outcome::Reset => text(line, status, Some("reset")),
            Outcome::Truncated => text(line, status, Some("truncated")),
        }
        more(line, attempt);
        line.push('}');
    }
    line.push(']');
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chat::Usage;

    fn whole_line(entry: &Entry, exchange: &Exchange) -> serde_json::Value {
        let fragment = fragment(entry, exchange).text;
        serde_json::from_str(&format!("{{\"request_id\":\"{fragment}\",\"status\":200}}")).unwrap()
    }

    #[test]
    fn the_line_is_json_whatever_the_names_hold() {
        let entry = Entry {
            request_id: "req_1".into(),
            model: "a\"b\\c\n".into(),
            team: Some("r&d \u{1F30A}".into()),
            ..Entry::default()
        };
        let line = whole_line(&entry, &Exchange::default());
        assert_eq!(line["model"], "a\"b\\c\n");
        assert_eq!(line["team"], "r&d \u{1F30A}");
    }

    #[test]
    fn a_model_is_told_by_its_own_name_and_by_the_clients() {
        let mut entry = Entry {
            model: "gpt-4".into(),
            ..Entry::default()
        };
        entry.found("smart");
        let line = whole_line(&entry, &Exchange::default());
        assert_eq!(
            (&line["model"], &line["alias"]),
            (&"smart".into(), &"gpt-4".into())
        );
        entry = Entry {
            model: "smart".into(),
            ..Entry::default()
        };
        entry.found("smart");
        let line = whole_line(&entry, &Exchange::default());
        assert_eq!((&line["model"], line.get("alias")), (&"smart".into(), None));
    }

    #[test]
    fn a_request_without_an_attempt_was_answered_refused_or_never_complete() {
        let outcome_of = |own_status| {
            let entry = Entry {
                own_status,
                ..Entry::default()
            };
            outcome(&entry, &Exchange::default())
        };
        assert_eq!(outcome_of(Some(200)), "answered");
        assert_eq!(outcome_of(Some(400)), "refused");
        assert_eq!(outcome_of(None), "incomplete");
    }

    #[test]
    fn attempts_tokens_and_times_are_told() {
        let attempt = |provider: &str, outcome| Attempt {
            provider: provider.into(),
            model: "m".into(),
            started: Timestamp(0),
            duration: Some(Duration::from_micros(1_250)),
            outcome,
            has_begun: true,
            flaw: None,
            usage: Some(Usage {
                input: 3,
                reasoning: 2,
                ..Usage::default()
            }),
            output_tokens: 0,
            price: None,
            service_tier: None,
        };
        let exchange = Exchange {
            attempts: vec![
                attempt("a", Outcome::Status(429)),
                attempt("b", Outcome::Status(200)),
            ],
            first_token: Some(Timestamp(5_000_000)),
            ..Exchange::default()
        };
        let line = whole_line(&Entry::default(), &exchange);
        assert_eq!(line["provider"], "b");
        assert_eq!(line["attempts"][0]["status"], 429);
        assert_eq!(line["attempts"][1]["duration_ms"], 1.25);
        assert_eq!(
            line["tokens"],
            serde_json::json!({"input": 6, "reasoning": 4})
        );
        assert_eq!(line["first_token_ms"], 5.0);
    }
}
