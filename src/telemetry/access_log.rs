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
use super::line::{cost, field, json, micros, milliseconds, none_if_empty, number, text, tokens};
use crate::clock::Timestamp;

/// What the gateway role knows of a request.
#[derive(Debug, Default)]
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
    /// The model that the client asked for.
    pub model: String,
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
}

/// The filter's part of the line.
pub fn fragment(entry: &Entry, exchange: &Exchange) -> String {
    let mut line = String::with_capacity(512);
    line.push_str(&entry.request_id);
    line.push('"');
    text(&mut line, "endpoint", Some(entry.endpoint));
    text(&mut line, "key_id", none_if_empty(&entry.key_id));
    text(&mut line, "team", entry.team.as_deref());
    text(&mut line, "organization", entry.organization.as_deref());
    text(&mut line, "model", none_if_empty(&entry.model));
    let answering = exchange.attempts.last();
    text(
        &mut line,
        "provider",
        answering.map(|attempt| &*attempt.provider),
    );
    let served = exchange
        .served_model
        .as_deref()
        .or(answering.map(|a| a.model.as_str()));
    text(&mut line, "served_model", served);
    field(&mut line, "stream");
    line.push_str(if entry.stream { "true" } else { "false" });
    attempts(&mut line, &exchange.attempts);
    tokens(&mut line, exchange.usage().as_ref());
    if !exchange.attempts.is_empty() {
        cost(&mut line, exchange.cost());
    }
    if let Some(first) = exchange.first_token {
        milliseconds(
            &mut line,
            "first_token_ms",
            micros(first.since(entry.started)),
        );
    }
    if let Some(forwarded) = entry.forwarded {
        number(
            &mut line,
            "overhead_us",
            micros(forwarded.since(entry.started)),
        );
    }
    text(&mut line, "error_code", entry.error_code.as_deref());
    line.push_str(",\"outcome\":\"");
    line.push_str(outcome(entry, exchange));
    line
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

fn attempts(line: &mut String, attempts: &[Attempt]) {
    line.push_str(",\"attempts\":[");
    for (index, attempt) in attempts.iter().enumerate() {
        line.push_str(if index == 0 { "{" } else { ",{" });
        line.push_str("\"provider\":");
        json(line, &attempt.provider);
        text(line, "model", Some(&attempt.model));
        match attempt.outcome {
            Outcome::Status(status) => number(line, "status", u64::from(status)),
            Outcome::Running => text(line, "status", Some("abandoned")),
            Outcome::Reset => text(line, "status", Some("reset")),
            Outcome::Truncated => text(line, "status", Some("truncated")),
        }
        if let Some(duration) = attempt.duration {
            milliseconds(line, "duration_ms", micros(duration));
        }
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
        let fragment = fragment(entry, exchange);
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
