//! Rows as the tables hold them: flat, with the day, and with texts that every database takes.

use std::borrow::Cow;

use serde::Serialize;
use tidegate::telemetry::row::{AttemptRow, AttemptStatus, Row, Tokens};

use super::DAY_MS;

/// Longest text of a row, in bytes; a client may call a model what it likes.
const LONGEST: usize = 512;

/// What stands in a column.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(Option<&'a str>),
    Number(Option<u64>),
    Truth(bool),
}

/// A line of `requests`. Names of the fields are names of the columns.
#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    day: u64,
    request_id: &'a str,
    ended_ms: u64,
    duration_us: u64,
    endpoint: Cow<'a, str>,
    key_id: Option<Cow<'a, str>>,
    team: Option<Cow<'a, str>>,
    organization: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    provider: Option<Cow<'a, str>>,
    served_model: Option<Cow<'a, str>>,
    stream: bool,
    status: u16,
    outcome: Cow<'a, str>,
    error_code: Option<Cow<'a, str>>,
    first_token_us: Option<u64>,
    #[serde(flatten)]
    tokens: Counts,
    cost_pico_usd: Option<u64>,
    price_version: Option<Cow<'a, str>>,
}

/// A line of `attempts`.
#[derive(Debug, Serialize)]
pub(super) struct Attempt<'a> {
    day: u64,
    request_id: &'a str,
    attempt: u64,
    provider: Cow<'a, str>,
    model: Cow<'a, str>,
    status: Cow<'a, str>,
    duration_us: Option<u64>,
    #[serde(flatten)]
    tokens: Counts,
    cost_pico_usd: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Counts {
    input_tokens: u64,
    cache_read_tokens: u64,
    cache_write_5m_tokens: u64,
    cache_write_1h_tokens: u64,
    audio_input_tokens: u64,
    output_tokens: u64,
    reasoning_tokens: u64,
    audio_output_tokens: u64,
}

/// The day of a row, in days since 1970 (UTC).
pub(super) fn day(row: &Row) -> u64 {
    row.ended_ms / DAY_MS
}

impl<'a> From<&'a Row> for Request<'a> {
    fn from(row: &'a Row) -> Self {
        let text = |value: &'a Option<String>| value.as_deref().map(plain);
        Self {
            day: day(row),
            request_id: &row.request_id,
            ended_ms: row.ended_ms,
            duration_us: row.duration_us,
            endpoint: plain(&row.endpoint),
            key_id: text(&row.key_id),
            team: text(&row.team),
            organization: text(&row.organization),
            model: text(&row.model),
            provider: text(&row.provider),
            served_model: text(&row.served_model),
            stream: row.stream,
            status: row.status,
            outcome: plain(&row.outcome),
            error_code: text(&row.error_code),
            first_token_us: row.first_token_us,
            tokens: Counts::from(&row.tokens),
            cost_pico_usd: row.cost_pico_usd,
            price_version: text(&row.price_version),
        }
    }
}

impl<'a> Request<'a> {
    /// In the order of the columns.
    pub(super) fn values(&'a self) -> impl Iterator<Item = Value<'a>> {
        let own = [
            number(self.day),
            text(self.request_id),
            number(self.ended_ms),
            number(self.duration_us),
            text(&self.endpoint),
            maybe(self.key_id.as_deref()),
            maybe(self.team.as_deref()),
            maybe(self.organization.as_deref()),
            maybe(self.model.as_deref()),
            maybe(self.provider.as_deref()),
            maybe(self.served_model.as_deref()),
            Value::Truth(self.stream),
            number(u64::from(self.status)),
            text(&self.outcome),
            maybe(self.error_code.as_deref()),
            Value::Number(self.first_token_us),
        ];
        let price = [
            Value::Number(self.cost_pico_usd),
            maybe(self.price_version.as_deref()),
        ];
        own.into_iter().chain(self.tokens.values()).chain(price)
    }
}

/// The attempts of a row, numbered from 1.
pub(super) fn attempts(row: &Row) -> impl Iterator<Item = Attempt<'_>> {
    let numbered = (1..).zip(&row.attempts);
    numbered.map(|(number, attempt)| Attempt::new(row, number, attempt))
}

impl<'a> Attempt<'a> {
    fn new(row: &'a Row, number: u64, attempt: &'a AttemptRow) -> Self {
        Self {
            day: day(row),
            request_id: &row.request_id,
            attempt: number,
            provider: plain(&attempt.provider),
            model: plain(&attempt.model),
            status: match &attempt.status {
                AttemptStatus::Code(code) => Cow::Owned(code.to_string()),
                AttemptStatus::Word(word) => plain(word),
            },
            duration_us: attempt.duration_us,
            tokens: Counts::from(&attempt.tokens),
            cost_pico_usd: attempt.cost_pico_usd,
        }
    }

    /// In the order of the columns.
    pub(super) fn values(&'a self) -> impl Iterator<Item = Value<'a>> {
        let own = [
            number(self.day),
            text(self.request_id),
            number(self.attempt),
            text(&self.provider),
            text(&self.model),
            text(&self.status),
            Value::Number(self.duration_us),
        ];
        let cost = [Value::Number(self.cost_pico_usd)];
        own.into_iter().chain(self.tokens.values()).chain(cost)
    }
}

fn number<'a>(number: u64) -> Value<'a> {
    Value::Number(Some(number))
}

fn text(text: &str) -> Value<'_> {
    maybe(Some(text))
}

fn maybe(text: Option<&str>) -> Value<'_> {
    Value::Text(text)
}

impl Counts {
    fn values<'a>(&self) -> [Value<'a>; 8] {
        [
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_5m_tokens,
            self.cache_write_1h_tokens,
            self.audio_input_tokens,
            self.output_tokens,
            self.reasoning_tokens,
            self.audio_output_tokens,
        ]
        .map(number)
    }
}

impl From<&Tokens> for Counts {
    fn from(tokens: &Tokens) -> Self {
        Self {
            input_tokens: tokens.input,
            cache_read_tokens: tokens.cache_read,
            cache_write_5m_tokens: tokens.cache_write_5m,
            cache_write_1h_tokens: tokens.cache_write_1h,
            audio_input_tokens: tokens.audio_input,
            output_tokens: tokens.output,
            reasoning_tokens: tokens.reasoning,
            audio_output_tokens: tokens.audio_output,
        }
    }
}

/// The text, cut where it is too long, without the character that PostgreSQL cannot hold.
fn plain(text: &str) -> Cow<'_, str> {
    let end = text.floor_char_boundary(LONGEST);
    let text = text.get(..end).unwrap_or(text);
    match text.contains('\0') {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns;
    use super::*;

    #[test]
    fn the_fields_of_a_line_are_the_columns_of_its_table() {
        let mut row = Row::default();
        row.attempts.push(AttemptRow::default());
        let names = |line: serde_json::Value| {
            let members = line.as_object().unwrap().keys().cloned();
            members.collect::<Vec<_>>()
        };
        let expected = |columns: Vec<(&str, _)>| {
            let names = columns.into_iter().map(|(name, _)| name.to_owned());
            names.collect::<Vec<_>>()
        };
        let request = serde_json::to_value(Request::from(&row)).unwrap();
        assert_eq!(names(request), expected(columns::of_requests()));
        let attempt = serde_json::to_value(attempts(&row).next().unwrap()).unwrap();
        assert_eq!(names(attempt), expected(columns::of_attempts()));
    }

    #[test]
    fn values_stand_in_the_order_of_the_columns() {
        let tokens = Tokens {
            input: 11,
            cache_read: 12,
            cache_write_5m: 13,
            cache_write_1h: 14,
            audio_input: 15,
            output: 16,
            reasoning: 17,
            audio_output: 18,
        };
        let mut row: Row = serde_json::from_value(serde_json::json!({
            "request_id": "id", "ended_ms": 1, "duration_us": 2, "endpoint": "e", "key_id": "k",
            "team": "t", "organization": "o", "model": "m", "provider": "p", "served_model": "s",
            "stream": true, "status": 200, "outcome": "w", "error_code": "c",
            "first_token_us": 3, "cost_pico_usd": 4, "price_version": "v",
            "attempts": [{"provider": "p", "model": "m", "status": "reset", "duration_us": 5,
                "cost_pico_usd": 6}],
        }))
        .unwrap();
        row.tokens = tokens;
        row.attempts[0].tokens = tokens;
        let plain = |value| match value {
            Value::Text(text) => serde_json::json!(text),
            Value::Number(number) => serde_json::json!(number),
            Value::Truth(truth) => serde_json::json!(truth),
        };
        let members = |line: serde_json::Value| {
            let members = line.as_object().unwrap().values().cloned();
            members.collect::<Vec<_>>()
        };
        let request = Request::from(&row);
        let values: Vec<_> = request.values().map(plain).collect();
        assert_eq!(values, members(serde_json::to_value(&request).unwrap()));
        let attempt = attempts(&row).next().unwrap();
        let values: Vec<_> = attempt.values().map(plain).collect();
        assert_eq!(values, members(serde_json::to_value(&attempt).unwrap()));
    }

    #[test]
    fn texts_are_what_every_database_takes() {
        assert_eq!(plain("a\0b"), "a\u{fffd}b");
        assert_eq!(plain(&"ä".repeat(300)).chars().count(), 256);
        assert!(matches!(plain("smart"), Cow::Borrowed("smart")));
    }
}
