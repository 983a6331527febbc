//! Rust and Lua do the same sums: any history of reports, sensible or not, gives the same answers.

use proptest::prelude::*;
use tidegate::limiter::protocol::Report;

use super::redis_server::RedisServer;
use super::stage::{START, TestClock};
use crate::limits::{MAX_AMOUNT, PeriodNow, Seed, Span, State, Terms};
use crate::store::{Answer, Ask, LimitStore as _, Redis, Shown};

#[derive(Debug, Clone)]
struct Step {
    pass: i64,
    holder: usize,
    /// Of the leases that this holder was told of.
    lease: prop::sample::Index,
    report: Report,
}

fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..50u64, 1 => 0..5_000u64, 1 => (MAX_AMOUNT / 64)..(MAX_AMOUNT / 32)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pass = prop_oneof![8 => 0..700i64, 2 => 0..15_000i64, 1 => -90_000..200_000i64];
    let three = (amounts(), amounts(), amounts());
    let totals = (0..60u64, 0..30u64);
    let step = (pass, 0..3usize, any::<prop::sample::Index>(), totals, three).prop_map(
        |(pass, holder, lease, (settled, returned), (least, need, want))| Step {
            pass,
            holder,
            lease,
            report: Report {
                settled,
                returned,
                least,
                need,
                want,
                ..Report::default()
            },
        },
    );
    prop::collection::vec(step, 1..50)
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Held,
    Sliding(u64),
    Calendar(u64),
}

impl Kind {
    fn span(self, now: u64) -> Span {
        match self {
            Self::Held => Span::Held,
            Self::Sliding(window) => Span::Sliding(window),
            Self::Calendar(length) => {
                let start = now - now % length;
                let ends_in_ms = start + length - now;
                Span::Calendar(PeriodNow { start, ends_in_ms })
            }
        }
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        1 => Just(Kind::Held),
        4 => prop_oneof![1..200u64, 1_000..90_000u64].prop_map(Kind::Sliding),
        2 => (10_000..100_000u64).prop_map(Kind::Calendar),
    ]
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (0..100_000u64, amounts());
    prop::collection::vec(
        seed.prop_map(|(age_ms, amount)| Seed { age_ms, amount }),
        0..6,
    )
}

/// Plays a history to both; fails at the first difference.
async fn play(
    redis: &Redis,
    id: &str,
    (kind, limit, seeds): (Kind, u64, &[Seed]),
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let terms = |now| Terms {
        limit,
        span: kind.span(now),
    };
    let mut now = START;
    redis.set_clock(now);
    let server = redis.servers().await.remove(0).server;
    redis.seed(&server, id, &terms(now), seeds).await.unwrap();
    let mut state = State::seeded(&terms(now), seeds, now);
    let mut told = [vec![0], vec![0], vec![0]];
    for step in steps {
        now = now.saturating_add_signed(step.pass);
        redis.set_clock(now);
        let leases = &mut told[step.holder];
        let report = Report {
            id: id.to_owned(),
            lease: *step.lease.get(leases),
            ..step.report.clone()
        };
        let holder = format!("holder {}", step.holder);
        let terms = terms(now);
        let shown = redis.show(&[(id, terms)]).await;
        let level = Shown::Level(state.level(&terms, now));
        prop_assert_eq!(&shown, &[level], "before {:?}", step);
        let expected = state.apply(&terms, &holder, &report, now);
        leases.push(expected.lease);
        let asks = [Ask { terms, report }];
        let answers = redis.apply(&holder, &asks).await;
        prop_assert_eq!(&answers, &[Answer::Grant(expected)], "at {:?}", step);
        let shown = redis.show(&asks.map(|ask| (id, ask.terms))).await;
        let level = Shown::Level(state.level(&terms, now));
        prop_assert_eq!(&shown, &[level], "after {:?}", step);
    }
    Ok(())
}

#[test]
fn rust_and_lua_answer_any_history_alike() {
    let server = RedisServer::start(&[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = std::sync::Arc::new(TestClock::default());
    let redis = Redis::new(&server.url(), clock).unwrap();
    let number = std::cell::Cell::new(0);
    let limits = prop_oneof![4 => 1..400u64, 1 => (MAX_AMOUNT / 8)..(MAX_AMOUNT / 4)];
    let config = ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(kind in kinds(), limit in limits, seeds in seeds(), steps in steps())| {
        number.set(number.get() + 1);
        let id = format!("history {}", number.get());
        runtime.block_on(play(&redis, &id, (kind, limit, &seeds), &steps))?;
    });
}
