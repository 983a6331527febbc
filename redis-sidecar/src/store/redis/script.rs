//! The scripts: one for a report, one for a counter's beginning, one that only shows it.
//!
//! Each server process gets a text of its own, with the process' run id in it. A server that was
//! started anew, or took over from another one, therefore answers `NOSCRIPT`, however fast it came
//! back; and a counter that was written by another process is seen as such by the script itself.

use std::sync::atomic::{AtomicU64, Ordering};

use redis::{Cmd, FromRedisValue, Value};
use tidegate::limiter::protocol::{Grant, Report};

use crate::limits::{ASK_AGAIN_MS, Level, MARGIN_MS, Seed, Span, Terms, VALID_MS};

const COMMON: &str = include_str!("common.lua");
const COUNTER: &str = include_str!("counter.lua");
const SEED: &str = include_str!("seed.lua");
const SHOW: &str = include_str!("show.lua");

/// Time that tests give to the scripts instead of Redis' own; 0: Redis' own.
#[derive(Debug, Default)]
pub(super) struct Override(AtomicU64);

impl Override {
    #[cfg(test)]
    pub(super) fn set(&self, now_ms: u64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }

    fn argument(&self) -> String {
        match self.0.load(Ordering::SeqCst) {
            0 => String::new(),
            now => now.to_string(),
        }
    }
}

/// The scripts' texts for one server process.
pub(super) struct Texts {
    pub(super) counter: String,
    pub(super) seed: String,
    pub(super) show: String,
}

impl Texts {
    /// `run` is the process' run id, 40 hexadecimal digits.
    pub(super) fn of(run: &str) -> Self {
        let silence = VALID_MS + MARGIN_MS;
        let head = format!(
            "local RUN, SILENCE_MS, ASK_AGAIN_MS = '{run}', {silence}, {ASK_AGAIN_MS}\n{COMMON}"
        );
        Self {
            counter: format!("{head}{COUNTER}"),
            seed: format!("{head}{SEED}"),
            show: format!("{head}{SHOW}"),
        }
    }
}

/// The keys of a counter. Its id is the hash tag: a cluster keeps all of them on one node.
pub(super) fn keys(id: &str) -> [String; 2] {
    [
        format!("tidegate:{{{id}}}:1"),
        format!("tidegate:{{{id}}}:1:seen"),
    ]
}

/// The key that says that a server process was admitted.
pub(super) fn marker(run: &str) -> String {
    format!("tidegate:run:{run}")
}

pub(super) fn apply(
    sha: &str,
    now: &Override,
    holder: &str,
    terms: &Terms,
    report: &Report,
) -> Cmd {
    let mut cmd = call(sha, &report.id, now);
    cmd.arg(holder);
    let numbers = [
        report.lease,
        report.settled,
        report.returned,
        report.least,
        report.need,
        report.want,
        terms.limit,
    ];
    for number in numbers {
        cmd.arg(number);
    }
    window(&mut cmd, terms.span);
    cmd
}

pub(super) fn seed(sha: &str, now: &Override, id: &str, terms: &Terms, seeds: &[Seed]) -> Cmd {
    let mut cmd = call(sha, id, now);
    window(&mut cmd, terms.span);
    for seed in seeds {
        cmd.arg(seed.age_ms).arg(seed.amount);
    }
    cmd
}

pub(super) fn show(sha: &str, now: &Override, id: &str, terms: &Terms) -> Cmd {
    let mut cmd = call(sha, id, now);
    window(&mut cmd, terms.span);
    cmd
}

fn call(sha: &str, id: &str, now: &Override) -> Cmd {
    let [counter, seen] = keys(id);
    let mut cmd = redis::cmd("EVALSHA");
    cmd.arg(sha).arg(2).arg(counter).arg(seen);
    cmd.arg(now.argument());
    cmd
}

fn window(cmd: &mut Cmd, span: Span) {
    let (kind, first, second) = match span {
        Span::Held => (0, 0, 0),
        Span::Sliding(window) => (1, window, 0),
        Span::Calendar(period) => (2, period.start, period.ends_in_ms),
    };
    cmd.arg(kind).arg(first).arg(second);
}

/// The grant of an answer; nothing where the server does not know the counter.
pub(super) fn grant(id: &str, answer: Value) -> redis::RedisResult<Option<Grant>> {
    let numbers = Vec::<u64>::from_redis_value(answer)?;
    let &[
        1,
        lease,
        granted,
        remaining,
        retry_after_ms,
        reset_ms,
        scarce,
    ] = &numbers[..]
    else {
        return Ok(None);
    };
    Ok(Some(Grant {
        id: id.to_owned(),
        lease,
        granted,
        remaining,
        retry_after_ms,
        reset_ms,
        scarce: scarce == 1,
    }))
}

/// The level of an answer; nothing where the server does not know the counter.
pub(super) fn level(answer: Value) -> redis::RedisResult<Option<Level>> {
    let numbers = Vec::<u64>::from_redis_value(answer)?;
    let &[1, used, outstanding, holders, reset_ms, counted_ms] = &numbers[..] else {
        return Ok(None);
    };
    Ok(Some(Level {
        used,
        outstanding,
        holders,
        reset_ms,
        counted_ms,
    }))
}
