//! The scripts: Redis' own time, large numbers, keys.

use std::sync::Arc;
use std::time::Duration;

use redis::cluster_routing::Slot;
use tidegate::limiter::protocol::{Grant, Report};

use crate::clock::{Clock as _, SystemClock};
use crate::limits::{MAX_AMOUNT, PeriodNow, Seed, Span, Terms};
use crate::store::redis::script::keys;
use crate::store::tests::redis_server::RedisServer;
use crate::store::tests::stage::{ask, spent};
use crate::store::{Answer, Ask, LimitStore as _, Redis};

struct Counter {
    server: RedisServer,
    redis: Redis,
    terms: Terms,
}

impl Counter {
    async fn new(terms: Terms, seeds: &[Seed]) -> Self {
        let server = RedisServer::start(&[]);
        let redis = Redis::new(&server.url(), Arc::new(SystemClock::start())).unwrap();
        let process = redis.servers().await.remove(0).server;
        redis.seed(&process, "c", &terms, seeds).await.unwrap();
        Self {
            server,
            redis,
            terms,
        }
    }

    async fn grant(&self, report: Report) -> Grant {
        let terms = self.terms;
        let answers = self.redis.apply("a", &[Ask { terms, report }]).await;
        match &answers[0] {
            Answer::Grant(grant) => grant.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_time_is_redis_own() {
    let span = Span::Sliding(1_200);
    let counter = Counter::new(Terms { limit: 10, span }, &[]).await;
    let wall = SystemClock::start().wall_ms();
    let grant = counter.grant(ask("c", 0, 10)).await;
    assert!(grant.lease.abs_diff(wall) < 5_000, "{grant:?}");
    let used = counter.grant(spent("c", grant.lease, 10)).await;
    assert_eq!(used.remaining, 0);
    assert!((1_190..=1_210).contains(&used.reset_ms), "{used:?}");
    tokio::time::sleep(Duration::from_millis(used.reset_ms + 5)).await;
    let free = counter.grant(spent("c", grant.lease, 10)).await;
    assert_eq!((free.remaining, free.reset_ms), (10, 0));
}

#[tokio::test]
async fn amounts_are_exact_up_to_the_largest() {
    let period = PeriodNow {
        start: 1,
        ends_in_ms: 3_600_000,
    };
    let span = Span::Calendar(period);
    let seeds = [Seed {
        age_ms: 0,
        amount: MAX_AMOUNT / 2,
    }];
    let limit = MAX_AMOUNT;
    let counter = Counter::new(Terms { limit, span }, &seeds).await;
    let rest = MAX_AMOUNT - MAX_AMOUNT / 2;
    let grant = counter.grant(ask("c", 0, rest - 1)).await;
    assert_eq!((grant.granted, grant.remaining), (rest - 1, 1));
    let grant = counter.grant(spent("c", grant.lease, rest - 2)).await;
    assert_eq!(grant.remaining, 1);
    let mut last = spent("c", grant.lease, rest - 2);
    (last.need, last.least) = (1, 1);
    let grant = counter.grant(last).await;
    assert_eq!((grant.granted, grant.remaining), (rest, 0));
}

#[test]
fn the_keys_of_a_counter_are_in_one_slot() {
    let ids = [
        "key/dev/requests/60s",
        "team/ü x/cost/day",
        "a{b",
        "model/a/b:c/tokens/60s",
    ];
    for id in ids {
        let [counter, seen] = keys(id);
        assert_eq!(Slot::for_key(counter), Slot::for_key(seen), "{id}");
    }
}

#[tokio::test]
async fn keys_of_counters_that_nobody_asks_for_go_away() {
    let span = Span::Sliding(60_000);
    let counter = Counter::new(Terms { limit: 10, span }, &[]).await;
    counter.grant(ask("c", 0, 1)).await;
    for key in keys("c") {
        let left = counter.server.say(&format!("PTTL {key}"));
        let left: i64 = left.trim_start_matches(':').parse().unwrap();
        let expected = 86_400_000 + 120_000;
        assert!((expected - 5_000..=expected).contains(&left), "{left}");
    }
}
