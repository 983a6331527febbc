//! Statistics of targets, kept by Envoy: what its admin interface shows under `/stats/prometheus`.
//!
//! Requests count in memory, on the [`Board`]; each worker adds what is new once a second. Envoy's
//! statistics have a name and no labels, so labels are part of the name, as in
//! `tidegate_attempts;provider=openai;model=gpt-4o;result=answered`, and rendered rules for Envoy
//! (`stats_tags`) take them out again. Labels come from the configuration, never from a request.

use std::time::Duration;

use super::exchange::Exchange;
use crate::clock::Timestamp;
use crate::pricing::PICO_PER_NANO;
use crate::routing::board::{Board, Reading};

/// All labels that a statistic's name can have.
pub const LABELS: [&str; 5] = ["provider", "model", "result", "cause", "type"];

/// Between two times of writing.
const PERIOD: Duration = Duration::from_secs(1);
/// So many targets are made known to Envoy at a time: it takes microseconds for each statistic.
const DEFINED_AT_ONCE: usize = 8;

/// How Envoy keeps a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down, and is the sum of what the workers say.
    Sum,
    /// It is what a worker has said last.
    Gauge,
}

/// All statistics of a target: kind, name, and the label that it has beside provider and model. In the
/// order of [`values`].
static METRICS: [(Kind, &str, &str); 25] = [
    (Kind::Counter, "requests", ""),
    (Kind::Counter, "attempts", ";result=answered"),
    (Kind::Counter, "attempts", ";result=flawed"),
    (Kind::Counter, "attempts", ";result=unknown"),
    (Kind::Counter, "attempts", ";result=error"),
    (Kind::Counter, "attempts", ";result=rate_limit"),
    (Kind::Counter, "attempts", ";result=timeout"),
    (Kind::Counter, "attempts", ";result=context_length"),
    (Kind::Counter, "attempts", ";result=content_policy"),
    (Kind::Counter, "attempts", ";result=unsupported"),
    (Kind::Counter, "fallbacks", ";cause=error"),
    (Kind::Counter, "fallbacks", ";cause=rate_limit"),
    (Kind::Counter, "fallbacks", ";cause=timeout"),
    (Kind::Counter, "fallbacks", ";cause=context_length"),
    (Kind::Counter, "fallbacks", ";cause=content_policy"),
    (Kind::Counter, "fallbacks", ";cause=unsupported"),
    (Kind::Counter, "retries", ""),
    (Kind::Counter, "cooldowns", ""),
    (Kind::Counter, "tokens", ";type=input"),
    (Kind::Counter, "tokens", ";type=output"),
    (Kind::Counter, "cost_nano_usd", ""),
    (Kind::Sum, "in_flight", ""),
    (Kind::Gauge, "cooling", ""),
    (Kind::Gauge, "first_token_ewma_ms", ""),
    (Kind::Gauge, "total_ewma_ms", ""),
];

/// Where statistics are kept.
pub trait Statistics {
    /// Makes one known, and returns what it is called from now on.
    fn define(&self, kind: Kind, name: &str) -> Option<u32>;

    /// Adds to one; a negative number, only where it is a sum.
    fn add(&self, metric: u32, by: i64);

    /// Sets one that is no counter.
    fn set(&self, metric: u32, value: u64);
}

/// What a worker has written.
#[derive(Debug, Default)]
pub struct Metrics {
    targets: Vec<Vec<Written>>,
    last: Timestamp,
}

/// What of one statistic.
#[derive(Debug)]
struct Written {
    metric: Option<u32>,
    value: u64,
}

impl Metrics {
    /// Writes what has changed since the last time, once in a while. What there is to say of a target
    /// that is not known to Envoy yet is said later.
    pub fn tick(&mut self, board: &Board, statistics: &impl Statistics, now: Timestamp) {
        if now.since(self.last) < PERIOD {
            return;
        }
        self.last = now;
        let known = self.targets.len();
        let mut index = 0;
        while let Some(reading) = board.reading(index, now) {
            if index == known.saturating_add(DEFINED_AT_ONCE) {
                return;
            }
            if index >= known {
                self.targets.push(defined(&reading.id, statistics));
            }
            if let Some(target) = self.targets.get_mut(index) {
                write(target, &reading, statistics);
            }
            index += 1;
        }
    }
}

fn defined(id: &str, statistics: &impl Statistics) -> Vec<Written> {
    let define = |(kind, name, label): &(Kind, &str, &str)| Written {
        metric: statistics.define(*kind, &full_name(name, id, label)),
        value: 0,
    };
    METRICS.iter().map(define).collect()
}

fn full_name(name: &str, id: &str, label: &str) -> String {
    // A provider's name has no slash.
    let (provider, model) = id.split_once('/').unwrap_or((id, ""));
    let mut full = String::with_capacity(128);
    for part in ["tidegate_", name, ";provider=", provider, ";model="] {
        full.push_str(part);
    }
    // Of a model's name, only this would end the label.
    full.extend(model.chars().map(|c| if c == ';' { ',' } else { c }));
    full.push_str(label);
    full
}

fn write(target: &mut [Written], reading: &Reading, statistics: &impl Statistics) {
    let values = values(reading);
    for ((written, value), (kind, ..)) in target.iter_mut().zip(values).zip(&METRICS) {
        let Some(metric) = written.metric.filter(|_| written.value != value) else {
            continue;
        };
        match kind {
            Kind::Gauge => statistics.set(metric, value),
            // Counts stay far below the largest.
            Kind::Counter | Kind::Sum => {
                statistics.add(metric, value.wrapping_sub(written.value).cast_signed());
            }
        }
        written.value = value;
    }
}

/// Counts what the attempts of a request that is over have used.
pub fn count_usage(exchange: &Exchange) {
    let Some(board) = &exchange.board else { return };
    for attempt in &exchange.attempts {
        let Some(usage) = &attempt.usage else {
            continue;
        };
        let mut planned = exchange.plan.attempts.iter();
        let target = planned.find(|planned| {
            *planned.target.provider == *attempt.provider && planned.target.model == attempt.model
        });
        if let Some(place) = target.and_then(|planned| planned.place) {
            let cost = attempt.cost().unwrap_or_default();
            board.used(place, usage.total_input(), usage.total_output(), cost);
        }
    }
}

type Values = [u64; METRICS.len()];

fn values(reading: &Reading) -> Values {
    let tally = &reading.tally;
    let attempts = [tally.requests, tally.answered, tally.flawed, tally.unknown];
    let rest = [
        tally.retries,
        tally.cooldowns,
        tally.input_tokens,
        tally.output_tokens,
        tally.cost / PICO_PER_NANO,
        u64::from(reading.in_flight),
        u64::from(reading.is_cooling),
        u64::from(reading.first_token_ms),
        u64::from(reading.total_ms),
    ];
    let mut values = Values::default();
    let mut all = values.iter_mut();
    for part in [&attempts[..], &tally.failed, &tally.fallbacks, &rest] {
        for (read, value) in part.iter().zip(&mut all) {
            *value = *read;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use super::*;
    use crate::clock::{SteadyClock, Tick};
    use crate::config::routing::Cause;
    use crate::routing::board::{Ending, Failure, Verdict};

    const SECOND: u64 = 1_000_000_000;

    /// As Envoy keeps them, for all workers together.
    #[derive(Default)]
    struct Kept(RefCell<BTreeMap<String, (Kind, i64)>>, RefCell<Vec<String>>);

    impl Kept {
        fn value(&self, name: &str) -> i64 {
            self.0.borrow()[name].1
        }

        fn change(&self, metric: u32, change: impl FnOnce(Kind, &mut i64)) {
            let name = self.1.borrow()[metric as usize].clone();
            let mut kept = self.0.borrow_mut();
            let (kind, value) = kept.get_mut(&name).unwrap();
            change(*kind, value);
        }
    }

    impl Statistics for Kept {
        fn define(&self, kind: Kind, name: &str) -> Option<u32> {
            let mut names = self.1.borrow_mut();
            names.push(name.to_owned());
            self.0
                .borrow_mut()
                .entry(name.to_owned())
                .or_insert((kind, 0));
            u32::try_from(names.len() - 1).ok()
        }

        fn add(&self, metric: u32, by: i64) {
            self.change(metric, |kind, value| {
                assert!(kind == Kind::Sum || (kind == Kind::Counter && by > 0));
                *value += by;
            });
        }

        fn set(&self, metric: u32, to: u64) {
            self.change(metric, |kind, value| {
                assert_eq!(kind, Kind::Gauge);
                *value = i64::try_from(to).unwrap();
            });
        }
    }

    fn board() -> Rc<Board> {
        Board::new(&Rc::new(SteadyClock::new(Tick::default())), 7)
    }

    fn of(name: &str, label: &str) -> String {
        format!("tidegate_{name};provider=a;model=x/y{label}")
    }

    #[test]
    fn causes_are_in_their_order() {
        let labels = |name| {
            let metrics = METRICS.iter().filter(move |metric| metric.1 == name);
            metrics.map(|(_, _, label)| label.split_once('=').unwrap().1)
        };
        let causes: Vec<&str> = Cause::ALL.iter().map(|(name, _)| *name).collect();
        assert_eq!(labels("attempts").skip(3).collect::<Vec<_>>(), causes);
        assert_eq!(labels("fallbacks").collect::<Vec<_>>(), causes);
    }

    #[test]
    fn all_labels_are_listed() {
        for (_, _, label) in METRICS.iter().filter(|(_, _, label)| !label.is_empty()) {
            let (label, _) = label.strip_prefix(';').unwrap().split_once('=').unwrap();
            assert!(LABELS.contains(&label), "{label}");
        }
    }

    #[test]
    fn every_value_is_written_once_under_its_own_name() {
        let (board, kept) = (board(), Kept::default());
        let place = board.register("a/x/y");
        board.asked_first(place);
        for _ in 0..2 {
            board.concluded(place, Verdict::Answered);
        }
        for _ in 0..3 {
            board.concluded(place, Verdict::Flawed);
        }
        for _ in 0..4 {
            board.concluded(place, Verdict::Unknown);
        }
        for _ in 0..5 {
            board.concluded(place, Verdict::Failed(Cause::ContextLength));
        }
        for _ in 0..6 {
            board.left(place, Cause::Timeout, false);
        }
        for _ in 0..7 {
            board.left(place, Cause::Timeout, true);
        }
        board.used(place, 8, 9, 10_999);
        let mut metrics = Metrics::default();
        metrics.tick(&board, &kept, Timestamp(SECOND));
        metrics.tick(&board, &kept, Timestamp(2 * SECOND));
        let told: BTreeMap<String, i64> = kept
            .0
            .borrow()
            .iter()
            .filter(|(_, (_, value))| *value != 0)
            .map(|(name, (_, value))| (name.clone(), *value))
            .collect();
        let expected = [
            (of("requests", ""), 1),
            (of("attempts", ";result=answered"), 2),
            (of("attempts", ";result=flawed"), 3),
            (of("attempts", ";result=unknown"), 4),
            (of("attempts", ";result=context_length"), 5),
            (of("fallbacks", ";cause=timeout"), 6),
            (of("retries", ""), 7),
            (of("tokens", ";type=input"), 8),
            (of("tokens", ";type=output"), 9),
            (of("cost_nano_usd", ""), 10),
        ];
        assert_eq!(told, expected.into());
        assert_eq!(kept.0.borrow().len(), METRICS.len(), "zeros are there, too");
    }

    #[test]
    fn requests_under_way_are_summed_over_workers() {
        let kept = Kept::default();
        let mut workers = [0, 1].map(|_| (board(), Metrics::default()));
        let mut tick = |at| {
            for (board, metrics) in &mut workers {
                board.register("a/x/y");
                metrics.tick(board, &kept, Timestamp(at * SECOND));
            }
            workers.each_ref().map(|(board, _)| Rc::clone(board))
        };
        let [one, other] = tick(1);
        let place = one.register("a/x/y");
        let passages = (
            one.begin(place, 0, Timestamp(0)),
            one.begin(place, 0, Timestamp(0)),
        );
        let third = other.begin(place, 0, Timestamp(0));
        tick(2);
        assert_eq!(kept.value(&of("in_flight", "")), 3);
        drop((passages, third));
        tick(3);
        assert_eq!(kept.value(&of("in_flight", "")), 0);
    }

    #[test]
    fn gauges_follow_the_target() {
        let (board, kept) = (board(), Kept::default());
        let place = board.register("a/x/y");
        let answered = |stream, ms| Ending::Answered {
            stream,
            first: Duration::from_millis(ms),
            output: None,
        };
        board.ended(place, answered(true, 120), Timestamp(0));
        board.ended(place, answered(false, 3_400), Timestamp(0));
        let refused = Failure {
            cause: Cause::RateLimit,
            is_refusal: true,
            retry_after: Some(Duration::from_secs(3)),
        };
        board.ended(place, Ending::Failed(refused), Timestamp(0));
        let mut metrics = Metrics::default();
        let gauges = || {
            let names = ["cooling", "first_token_ewma_ms", "total_ewma_ms"];
            names.map(|name| kept.value(&of(name, "")))
        };
        metrics.tick(&board, &kept, Timestamp(SECOND));
        assert_eq!(gauges(), [1, 120, 3_400]);
        assert_eq!(kept.value(&of("cooldowns", "")), 1);
        metrics.tick(&board, &kept, Timestamp(9 * SECOND));
        assert_eq!(gauges(), [0, 120, 3_400]);
    }

    #[test]
    fn many_targets_are_made_known_little_by_little_and_nothing_is_lost() {
        let (board, kept) = (board(), Kept::default());
        let places: Vec<_> = (0..20).map(|i| board.register(&format!("a/{i}"))).collect();
        board.asked_first(places[19]);
        let mut metrics = Metrics::default();
        let mut known = Vec::new();
        for second in 1..=4 {
            metrics.tick(&board, &kept, Timestamp(second * SECOND));
            metrics.tick(&board, &kept, Timestamp(second * SECOND + 1));
            known.push(kept.0.borrow().len() / METRICS.len());
        }
        assert_eq!(known, [8, 16, 20, 20]);
        assert_eq!(kept.value("tidegate_requests;provider=a;model=19"), 1);
    }

    #[test]
    fn a_model_cannot_add_labels() {
        let (board, kept) = (board(), Kept::default());
        board.register("a/x;result=answered");
        Metrics::default().tick(&board, &kept, Timestamp(SECOND));
        let kept = kept.0.borrow();
        assert!(kept.contains_key("tidegate_requests;provider=a;model=x,result=answered"));
    }
}
