//! Which rows can be kept. What passes here, every database takes.

use tidegate::telemetry::row::{AttemptRow, Row, Tokens};

use super::DAY_MS;

/// A request's tokens of one kind; more is a mistake, and would one day overflow a sum.
const MOST_TOKENS: u64 = 1_000_000_000_000;
/// Databases have signed numbers. In pico-dollars, nine million dollars for a request.
const MOST: u64 = i64::MAX.unsigned_abs();
const MOST_ATTEMPTS: usize = 1_000;
const LONGEST_ID: usize = 128;
/// How far an Envoy's clock may be ahead of ours.
const AHEAD_MS: u64 = DAY_MS;

/// The time whose rows are taken: a day that is dropped already would come back, and a day in the
/// far future would never be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    first_ms: u64,
    last_ms: u64,
}

impl Admission {
    /// What is taken at this time, where rows are kept for so many days.
    pub fn at(now_ms: u64, retention_days: u32) -> Self {
        let today = now_ms - now_ms % DAY_MS;
        Self {
            first_ms: today.saturating_sub(u64::from(retention_days) * DAY_MS),
            last_ms: now_ms.saturating_add(AHEAD_MS),
        }
    }

    /// Whether the row can be kept.
    ///
    /// # Errors
    /// The path of the field that is wrong, and why.
    pub(super) fn check(&self, row: &Row) -> Result<(), (String, String)> {
        check_id(&row.request_id)?;
        if !(self.first_ms..=self.last_ms).contains(&row.ended_ms) {
            let why = format!("must be from {} to {}", self.first_ms, self.last_ms);
            return Err(("ended_ms".into(), why));
        }
        at_most("duration_us", Some(row.duration_us), MOST)?;
        at_most("first_token_us", row.first_token_us, MOST)?;
        at_most("cost_pico_usd", row.cost_pico_usd, MOST)?;
        check_tokens("tokens", &row.tokens)?;
        if row.attempts.len() > MOST_ATTEMPTS {
            return Err(("attempts".into(), format!("has more than {MOST_ATTEMPTS}")));
        }
        let mut attempts = row.attempts.iter().enumerate();
        attempts.try_for_each(|(index, attempt)| check_attempt(index, attempt))
    }
}

fn check_id(id: &str) -> Result<(), (String, String)> {
    let is_plain = id.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && (1..=LONGEST_ID).contains(&id.len()) {
        return Ok(());
    }
    let why = format!("must have 1 to {LONGEST_ID} visible ASCII characters");
    Err(("request_id".into(), why))
}

fn check_attempt(index: usize, attempt: &AttemptRow) -> Result<(), (String, String)> {
    let path = |field: &str| format!("attempts[{index}].{field}");
    at_most(&path("duration_us"), attempt.duration_us, MOST)?;
    at_most(&path("cost_pico_usd"), attempt.cost_pico_usd, MOST)?;
    check_tokens(&path("tokens"), &attempt.tokens)
}

fn check_tokens(path: &str, tokens: &Tokens) -> Result<(), (String, String)> {
    let kinds = [
        ("input", tokens.input),
        ("cache_read", tokens.cache_read),
        ("cache_write_5m", tokens.cache_write_5m),
        ("cache_write_1h", tokens.cache_write_1h),
        ("audio_input", tokens.audio_input),
        ("output", tokens.output),
        ("reasoning", tokens.reasoning),
        ("audio_output", tokens.audio_output),
    ];
    let wrong = kinds.into_iter().find(|(_, count)| *count > MOST_TOKENS);
    match wrong {
        None => Ok(()),
        Some((kind, count)) => at_most(&format!("{path}.{kind}"), Some(count), MOST_TOKENS),
    }
}

fn at_most(path: &str, value: Option<u64>, most: u64) -> Result<(), (String, String)> {
    match value {
        Some(value) if value > most => Err((path.to_owned(), format!("is more than {most}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 20_000 * DAY_MS + 1234;

    fn row(ended_ms: u64) -> Row {
        Row {
            request_id: "req_1".into(),
            ended_ms,
            ..Row::default()
        }
    }

    fn wrong(row: &Row) -> Option<String> {
        let checked = Admission::at(NOW, 30).check(row);
        checked.err().map(|(path, _)| path)
    }

    #[test]
    fn days_that_are_dropped_or_far_ahead_are_not_taken() {
        for (ended_ms, is_taken) in [
            (NOW, true),
            (NOW + DAY_MS, true),
            (NOW + DAY_MS + 1, false),
            (19_970 * DAY_MS, true),
            (19_970 * DAY_MS - 1, false),
            (0, false),
            (u64::MAX, false),
        ] {
            assert_eq!(wrong(&row(ended_ms)).is_none(), is_taken, "{ended_ms}");
        }
    }

    #[test]
    fn a_number_that_no_database_can_hold_is_named() {
        let mut bad = row(NOW);
        bad.cost_pico_usd = Some(u64::MAX);
        assert_eq!(wrong(&bad).as_deref(), Some("cost_pico_usd"));

        let mut bad = row(NOW);
        bad.attempts = vec![AttemptRow::default(), AttemptRow::default()];
        bad.attempts[1].tokens.reasoning = MOST_TOKENS + 1;
        let path = wrong(&bad);
        assert_eq!(path.as_deref(), Some("attempts[1].tokens.reasoning"));
    }

    #[test]
    fn an_id_must_be_one() {
        for id in ["", "a b", "ä", "a\0", &"x".repeat(129)] {
            let mut bad = row(NOW);
            bad.request_id = id.to_owned();
            assert_eq!(wrong(&bad).as_deref(), Some("request_id"), "{id:?}");
        }
    }
}
