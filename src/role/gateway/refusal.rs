//! Refusals by a limit, and what clients are told of their limits.

use std::time::Duration;

use super::quota::Refused;
use crate::chat::{Error, ErrorKind};
use crate::clock::Timestamp;
use crate::config::limits::{Counter, Measure, Period, Scope, ScopeKind, Window};
use crate::decimal;
use crate::limiter::{Limiter, Refusal, Slot, Why};

/// Code of an error, and of a stream's end, that a budget is the cause of.
pub(super) const BUDGET: &str = "insufficient_quota";

/// Waits that are shorter than this are not worth telling.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
/// Where nothing better is known of when to come back.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// The refusal of a request. Budgets answer with `budget_status`.
pub(super) fn of(
    limiter: &Limiter,
    refusal: Refusal,
    budget_status: u16,
    now: Timestamp,
) -> Refused {
    let Some(counter) = limiter.counter(refusal.slot) else {
        return crowded();
    };
    let mut error = match refusal.why {
        Why::Unavailable => unavailable(counter),
        Why::TooLarge => too_large(counter),
        Why::Exhausted(until) => exhausted(counter, until, now),
    };
    if error.kind == ErrorKind::Quota && counter.measure == Measure::Cost {
        error.status = budget_status;
    }
    let mut headers = Vec::new();
    limits(limiter, std::iter::once(refusal.slot), now, &mut headers);
    Refused { error, headers }
}

/// Others were faster again and again.
pub(super) fn crowded() -> Refused {
    let message = "Too many requests compete for what is left of a limit. Please retry shortly.";
    let mut error = Error::new(ErrorKind::RateLimit, message);
    error.retry_after = Some(SOON);
    error.into()
}

/// No target of the model has a price, and a budget counts.
pub(super) fn no_price(model: &str) -> Error {
    let model: String = model.chars().take(100).collect();
    let message = format!("The price of the model `{model}` is not known, and a budget applies.");
    Error::new(ErrorKind::Permission, message)
        .with_param("model")
        .with_code("price_unknown")
}

fn exhausted(counter: &Counter, until: Timestamp, now: Timestamp) -> Error {
    let wait = until.since(now).max(SHORTEST_WAIT);
    let mut error = match counter.measure {
        Measure::Cost if wait > SOON => used_up(counter),
        Measure::Cost => set_aside(counter),
        Measure::Requests | Measure::Tokens | Measure::ParallelRequests => reached(counter),
    };
    error.retry_after = Some(wait);
    error.with_code(code(counter.measure))
}

fn reached(counter: &Counter) -> Error {
    let (whose, limit) = (whose(&counter.scope), limit(counter));
    let message = format!("Rate limit reached: {limit} {whose}.");
    Error::new(ErrorKind::RateLimit, message)
}

fn used_up(counter: &Counter) -> Error {
    let (whose, limit) = (whose(&counter.scope), limit(counter));
    let message = format!("The budget of {limit} {whose} is used up.");
    Error::new(ErrorKind::Quota, message)
}

/// A budget that is not used up: clients should try again.
fn set_aside(counter: &Counter) -> Error {
    let (whose, limit) = (whose(&counter.scope), limit(counter));
    let message = format!(
        "What is left of the budget of {limit} {whose} is set aside for other requests. Please retry \
         shortly."
    );
    Error::new(ErrorKind::RateLimit, message)
}

/// No wait helps: the request has to become smaller.
fn too_large(counter: &Counter) -> Error {
    let (whose, limit) = (whose(&counter.scope), limit(counter));
    let message = format!(
        "This request alone may use more than the limit of {limit} {whose}. Lower `max_tokens`, or \
         shorten the prompt."
    );
    Error::new(ErrorKind::Quota, message).with_code(code(counter.measure))
}

fn unavailable(counter: &Counter) -> Error {
    let (whose, limit) = (whose(&counter.scope), limit(counter));
    let message =
        format!("Whether the limit of {limit} {whose} is reached cannot be said at the moment.");
    let mut error = Error::new(ErrorKind::Overloaded, message).with_code("limits_unavailable");
    error.retry_after = Some(SOON);
    error
}

fn code(measure: Measure) -> &'static str {
    match measure {
        Measure::Cost => BUDGET,
        Measure::Requests | Measure::Tokens | Measure::ParallelRequests => "rate_limit_exceeded",
    }
}

fn whose(scope: &Scope) -> String {
    match scope.kind {
        ScopeKind::Gateway => "of the gateway".to_owned(),
        kind => format!("of the {} `{}`", kind.name(), scope.name),
    }
}

fn limit(counter: &Counter) -> String {
    let Counter { limit, .. } = counter;
    match counter.measure {
        Measure::Requests => format!("{limit} requests {}", per(&counter.window)),
        Measure::Tokens => format!("{limit} tokens {}", per(&counter.window)),
        Measure::ParallelRequests => format!("{limit} requests at a time"),
        Measure::Cost => format!("{} USD {}", usd(*limit), per(&counter.window)),
    }
}

/// Nano-dollars as dollars.
fn usd(nano: u64) -> String {
    const NANO: u64 = 1_000_000_000;
    decimal::plain(nano / NANO, nano % NANO, 9)
}

fn per(window: &Window) -> String {
    match window {
        Window::Held => "at a time".to_owned(),
        Window::Sliding(1_000) => "per second".to_owned(),
        Window::Sliding(60_000) => "per minute".to_owned(),
        Window::Sliding(3_600_000) => "per hour".to_owned(),
        Window::Sliding(86_400_000) => "in any 24 hours".to_owned(),
        Window::Sliding(millis) if millis % 1000 == 0 => format!("in any {} s", millis / 1000),
        Window::Sliding(millis) => format!("in any {millis} ms"),
        Window::Calendar { period, .. } => match period {
            Period::Hour => "per hour".to_owned(),
            Period::Day => "per day".to_owned(),
            Period::Week => "per week".to_owned(),
            Period::Month => "per month".to_owned(),
        },
    }
}

/// The headers that OpenAI's clients know, for the tightest limit of requests and of tokens.
pub(super) fn limits(
    limiter: &Limiter,
    slots: impl Iterator<Item = Slot>,
    now: Timestamp,
    out: &mut Vec<(&'static str, String)>,
) {
    let mut requests: Option<Tightest> = None;
    let mut tokens: Option<Tightest> = None;
    for slot in slots {
        let Some(counter) = limiter.counter(slot) else {
            continue;
        };
        let tightest = match counter.measure {
            Measure::Requests => &mut requests,
            Measure::Tokens => &mut tokens,
            Measure::ParallelRequests | Measure::Cost => continue,
        };
        let (remaining, reset) = limiter.left(slot, now).unwrap_or_default();
        if tightest.is_none_or(|known| remaining < known.remaining) {
            *tightest = Some(Tightest {
                limit: counter.limit,
                remaining,
                reset: reset.since(now),
            });
        }
    }
    let names = [
        (
            requests,
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        ),
        (
            tokens,
            "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-reset-tokens",
        ),
    ];
    for (tightest, limit, remaining, reset) in names {
        if let Some(known) = tightest {
            out.push((limit, number(known.limit)));
            out.push((remaining, number(known.remaining)));
            out.push((reset, seconds(known.reset)));
        }
    }
}

#[derive(Clone, Copy)]
struct Tightest {
    limit: u64,
    remaining: u64,
    reset: Duration,
}

fn number(value: u64) -> String {
    let mut text = String::with_capacity(20);
    decimal::digits(&mut text, value, 1);
    text
}

/// As OpenAI writes durations: `0s`, `850ms`, `1.5s`, `59.9s`.
fn seconds(duration: Duration) -> String {
    let (whole, rest) = (duration.as_secs(), u64::from(duration.subsec_millis()));
    let mut text = number(if whole == 0 { rest } else { whole });
    if whole > 0 && rest > 0 {
        text.push('.');
        decimal::digits(&mut text, rest, 3);
        text.truncate(text.trim_end_matches('0').len());
    }
    text.push_str(if whole == 0 && rest > 0 { "ms" } else { "s" });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_only_set_aside_is_tried_again_and_one_that_is_used_up_is_not() {
        let counter: Counter = serde_json::from_value(serde_json::json!({
            "id": "dev", "scope": {"kind": "key", "name": "dev"}, "measure": "cost",
            "limit": 5_000_000_000_u64, "on_unavailable": "deny",
            "window": {"calendar": {"period": "day", "time_zone": "UTC"}},
        }))
        .unwrap();
        let after = |seconds| {
            let now = Timestamp(7);
            let error = exhausted(&counter, now.after(Duration::from_secs(seconds)), now);
            (error.kind, error.code.clone(), error.message.clone())
        };
        let code = Some("insufficient_quota".into());
        let used_up = "The budget of 5 USD per day of the key `dev` is used up.";
        assert_eq!(
            after(2),
            (ErrorKind::Quota, code.clone(), used_up.to_owned())
        );
        let (kind, said, message) = after(1);
        assert_eq!((kind, said), (ErrorKind::RateLimit, code));
        assert!(message.contains("is set aside for other requests"));
    }

    #[test]
    fn durations_are_written_as_openai_does() {
        let text = |millis| seconds(Duration::from_millis(millis));
        assert_eq!(
            [text(0), text(850), text(2000), text(1500), text(59_940)],
            ["0s", "850ms", "2s", "1.5s", "59.94s"]
        );
    }

    #[test]
    fn dollars_have_no_idle_zeros() {
        assert_eq!([usd(50_000_000_000), usd(10_000_000)], ["50", "0.01"]);
    }
}
