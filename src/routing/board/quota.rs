//! What a provider says is left of our quota with it.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::written::decimal;
use crate::headers::Headers;

/// A quota that comes back later than this is a misunderstanding.
const LONGEST: Duration = Duration::from_secs(172_800);

/// What is left, by the provider's last answer and what has been sent since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Requests.
    pub requests: Option<Remaining>,
    /// Tokens; of a provider that counts input and output apart, the scarcer.
    pub tokens: Option<Remaining>,
}

/// What is left of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// How many.
    pub left: u64,
    /// When all of it is there again.
    pub reset: Timestamp,
}

impl Quota {
    /// Reads an answer's headers; `None` where they say nothing. `wall` is the time on the wall, `now`
    /// the steady one.
    ///
    /// Sources, checked 2026-11-25: `x-ratelimit-*` of
    /// <https://platform.openai.com/docs/guides/rate-limits> (a duration such as `6m0s`; Groq, Mistral
    /// and others follow it), `anthropic-ratelimit-*` of
    /// <https://docs.claude.com/en/api/rate-limits> (a time of RFC 3339).
    pub fn read(headers: &Headers, wall: Timestamp, now: Timestamp) -> Option<Self> {
        let mut found = Found::default();
        for (name, value) in headers.iter() {
            let Some(rest) = name
                .strip_prefix(b"x-ratelimit-")
                .or_else(|| name.strip_prefix(b"anthropic-ratelimit-"))
            else {
                continue;
            };
            if let (Ok(name), Ok(value)) = (str::from_utf8(rest), str::from_utf8(value)) {
                found.take(name, value.trim(), wall);
            }
        }
        let quota = Self {
            requests: found.requests.remaining(now),
            tokens: scarcer(
                found.tokens.remaining(now),
                scarcer(found.input.remaining(now), found.output.remaining(now)),
            ),
        };
        (quota != Self::default()).then_some(quota)
    }

    /// A request of about so many tokens is sent.
    pub fn spend(&mut self, tokens: u64) {
        let spend = |kind: &mut Option<Remaining>, units| {
            if let Some(remaining) = kind {
                remaining.left = remaining.left.saturating_sub(units);
            }
        };
        spend(&mut self.requests, 1);
        spend(&mut self.tokens, tokens);
    }

    /// Whether a request of about so many tokens would be refused.
    pub fn exhausted(&self, tokens: u64, now: Timestamp) -> Option<Exhausted> {
        let lacks = |kind: Option<Remaining>, units| {
            kind.filter(|kind| kind.left < units && now < kind.reset)
                .map(|kind| kind.reset)
        };
        let (requests, tokens) = (lacks(self.requests, 1), lacks(self.tokens, tokens));
        Some(Exhausted {
            until: requests.max(tokens)?,
            is_guess: requests.is_none(),
        })
    }
}

/// A quota that does not suffice for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// When it does again.
    pub until: Timestamp,
    /// What lacks are tokens, whose number is an estimate.
    pub is_guess: bool,
}

#[derive(Default)]
struct Found {
    requests: Kind,
    tokens: Kind,
    input: Kind,
    output: Kind,
}

#[derive(Default)]
struct Kind {
    left: Option<u64>,
    reset: Option<Duration>,
}

impl Kind {
    fn remaining(&self, now: Timestamp) -> Option<Remaining> {
        Some(Remaining {
            left: self.left?,
            reset: now.after(self.reset?),
        })
    }
}

impl Found {
    /// `remaining-requests` is OpenAI's order of words, `requests-remaining` Anthropic's.
    fn take(&mut self, name: &str, value: &str, wall: Timestamp) {
        let (kind, fact) = match name {
            "remaining-requests" | "requests-remaining" => (&mut self.requests, true),
            "reset-requests" | "requests-reset" => (&mut self.requests, false),
            "remaining-tokens" | "tokens-remaining" => (&mut self.tokens, true),
            "reset-tokens" | "tokens-reset" => (&mut self.tokens, false),
            "input-tokens-remaining" => (&mut self.input, true),
            "input-tokens-reset" => (&mut self.input, false),
            "output-tokens-remaining" => (&mut self.output, true),
            "output-tokens-reset" => (&mut self.output, false),
            _ => return,
        };
        if fact {
            kind.left = value.parse().ok();
        } else {
            kind.reset = duration(value).or_else(|| until(value, wall));
        }
    }
}

fn scarcer(one: Option<Remaining>, other: Option<Remaining>) -> Option<Remaining> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one.left <= other.left { one } else { other }),
        (one, other) => one.or(other),
    }
}

/// A duration as Go writes it (`6m0s`, `1.5s`, `20ms`), or seconds.
fn duration(text: &str) -> Option<Duration> {
    let mut nanos: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        // In billionths of its unit: no float is worth its parser's size.
        let number = decimal(number, 9).ok()?;
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, after) = after.split_at_checked(end.unwrap_or(after.len()))?;
        let part = match unit {
            "d" => number.checked_mul(86_400)?,
            "h" => number.checked_mul(3_600)?,
            "m" => number.checked_mul(60)?,
            "s" | "" => number,
            "ms" => number / 1_000,
            "us" | "µs" => number / 1_000_000,
            _ => return None,
        };
        nanos = nanos.checked_add(part)?;
        rest = after;
    }
    let length = Duration::from_nanos(nanos);
    (!text.is_empty() && length <= LONGEST).then_some(length)
}

/// The time until a moment such as `2026-11-25T12:00:00Z`.
fn until(text: &str, wall: Timestamp) -> Option<Duration> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    if bytes.get(10) != Some(&b'T') || !text.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let seconds = days_since_1970(year, month, day)?
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3_600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    let wait = Duration::from_secs(seconds.saturating_sub(wall.unix_seconds()));
    (wait <= LONGEST).then_some(wait)
}

/// By the civil calendar: March is the first month, so that the leap day is the last of a year.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap_days + (153 * month + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn until(until: Timestamp, is_guess: bool) -> Exhausted {
        Exhausted { until, is_guess }
    }

    fn read(headers: &[(&str, &str)]) -> Option<Quota> {
        let mut all = Headers::default();
        for (name, value) in headers {
            all.push(name, value);
        }
        // 2026-11-25T12:00:00Z
        Quota::read(&all, Timestamp(1_795_608_000 * SECOND), Timestamp(0))
    }

    #[test]
    fn openais_headers_are_read() {
        let quota = read(&[
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "6m0.5s"),
            ("x-ratelimit-remaining-tokens", "149984"),
            ("x-ratelimit-reset-tokens", "6ms"),
        ])
        .unwrap();
        let requests = quota.requests.unwrap();
        assert_eq!(
            (requests.left, requests.reset),
            (0, Timestamp(360_500_000_000))
        );
        assert_eq!(quota.tokens.unwrap().left, 149_984);
        assert_eq!(
            quota.exhausted(10, Timestamp(0)),
            Some(until(requests.reset, false))
        );
        assert_eq!(quota.exhausted(10, requests.reset), None);
    }

    #[test]
    fn anthropics_headers_are_read_and_the_scarcer_kind_counts() {
        let quota = read(&[
            ("anthropic-ratelimit-input-tokens-remaining", "5000"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "2026-11-25T12:00:30Z",
            ),
            ("anthropic-ratelimit-output-tokens-remaining", "100"),
            (
                "anthropic-ratelimit-output-tokens-reset",
                "2026-11-25T12:01:00Z",
            ),
        ])
        .unwrap();
        let tokens = quota.tokens.unwrap();
        assert_eq!((tokens.left, tokens.reset), (100, Timestamp(60 * SECOND)));
        assert_eq!(quota.exhausted(100, Timestamp(0)), None);
        assert_eq!(
            quota.exhausted(101, Timestamp(0)),
            Some(until(tokens.reset, true))
        );
    }

    #[test]
    fn what_is_sent_is_taken_from_what_is_left() {
        let mut quota = read(&[
            ("x-ratelimit-remaining-requests", "2"),
            ("x-ratelimit-reset-requests", "1s"),
        ])
        .unwrap();
        quota.spend(10);
        assert_eq!(quota.exhausted(10, Timestamp(0)), None);
        quota.spend(10);
        assert_eq!(
            quota.exhausted(10, Timestamp(0)),
            Some(until(Timestamp(SECOND), false))
        );
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        assert_eq!(read(&[("x-ratelimit-remaining-requests", "0")]), None);
        for reset in ["soon", "", "9999999s", "1x", "2026-13-45T00:00:00Z", "-1s"] {
            let quota = read(&[
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", reset),
            ]);
            assert_eq!(quota, None, "{reset}");
        }
    }
}
