//! A store under test, with a clock and a ledger that the test sets.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tidegate::config::limits::{Counter, Measure, OnUnavailable, Period, Scope, ScopeKind, Window};
use tidegate::limiter::protocol::{Grant, Report, SyncReply};

use super::redis_server::RedisServer;
use crate::clock::Clock;
use crate::limits::Seed;
use crate::store::{Boxed, Claims, LimitStore, Limiter, Memory, Redis, Usage};

/// 2027-01-15 08:00 UTC.
pub(crate) const START: u64 = 1_800_000_000_000;

/// 60 requests in any minute.
pub(crate) const RATE: &str = "key/dev/requests/60s";
/// 5 parallel requests.
pub(crate) const SLOTS: &str = "key/dev/parallel";
/// 1,000 nano-dollars a day, in Berlin.
pub(crate) const BUDGET: &str = "key/dev/cost/day";

/// How long the ledger takes when it is slow: longer than a report waits.
pub(crate) const SLOWNESS: Duration = Duration::from_millis(1_300);

#[derive(Default)]
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    pub(crate) fn at(now_ms: u64) -> Self {
        Self(AtomicU64::new(now_ms))
    }
}

impl Clock for TestClock {
    fn wall_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn steady_ms(&self) -> u64 {
        self.wall_ms()
    }
}

/// What a ledger would say.
#[derive(Default)]
pub(crate) struct Ledger {
    /// When, how much; for every counter.
    pub(crate) rows: Mutex<Vec<(u64, u64)>>,
    pub(crate) broken: AtomicBool,
    /// Whether it takes [`SLOWNESS`].
    pub(crate) slow: AtomicBool,
    /// How often it was asked for what was used.
    pub(crate) asked: AtomicUsize,
    clock: Arc<TestClock>,
}

impl Ledger {
    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.broken.load(Ordering::SeqCst), "the ledger is away");
        Ok(())
    }
}

impl Usage for Ledger {
    fn is_empty(&self) -> Boxed<'_, anyhow::Result<bool>> {
        Box::pin(async {
            self.check()?;
            Ok(self.rows.lock().unwrap().is_empty())
        })
    }

    fn used<'a>(
        &'a self,
        counter: &'a Counter,
        since_ms: u64,
        _: u64,
    ) -> Boxed<'a, anyhow::Result<Vec<Seed>>> {
        assert_ne!(counter.window, Window::Held);
        Box::pin(async move {
            self.check()?;
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.slow.load(Ordering::SeqCst) {
                tokio::time::sleep(SLOWNESS).await;
            }
            let now = self.clock.wall_ms();
            let rows = self.rows.lock().unwrap();
            let aged = rows.iter().map(|(at, amount)| Seed {
                age_ms: now - at,
                amount: *amount,
            });
            Ok(aged.filter(|seed| seed.age_ms <= since_ms).collect())
        })
    }
}

pub(crate) enum Kind {
    Memory,
    Redis,
}

/// The sidecars and their store.
pub(crate) struct Stage {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) server: Option<RedisServer>,
    /// Of Redis: to set its clock.
    redis: Vec<Arc<Redis>>,
    /// The first sidecar's.
    pub(crate) store: Arc<dyn LimitStore>,
    /// Two, where the store can serve two.
    pub(crate) limiters: Vec<Arc<Limiter>>,
    /// As many.
    pub(crate) claims: Vec<Arc<dyn Claims>>,
}

impl Stage {
    pub(crate) fn new(kind: &Kind) -> Self {
        Self::with_options(kind, &[])
    }

    /// With options for Redis.
    pub(crate) fn with_options(kind: &Kind, options: &[&str]) -> Self {
        let clock = Arc::new(TestClock::default());
        let ledger = Ledger {
            clock: Arc::clone(&clock),
            ..Ledger::default()
        };
        let store = Arc::new(Memory::new(Arc::clone(&clock) as _));
        let mut stage = Self {
            store,
            clock,
            ledger: Arc::new(ledger),
            server: None,
            redis: Vec::new(),
            limiters: Vec::new(),
            claims: Vec::new(),
        };
        match kind {
            Kind::Memory => stage.start_memory(),
            Kind::Redis => {
                stage.server = Some(RedisServer::start(options));
                stage.start_redis();
            }
        }
        stage.set_clock(START);
        stage
    }

    fn start_memory(&mut self) {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let memory = Arc::new(Memory::new(clock));
        self.store = Arc::clone(&memory) as _;
        self.claims = vec![memory];
        self.limiters = vec![self.limiter(Arc::clone(&self.store))];
    }

    fn start_redis(&mut self) {
        let url = self.server.as_ref().unwrap().url();
        let open = || Arc::new(Redis::new(&url, Arc::clone(&self.clock) as _).unwrap());
        self.redis = vec![open(), open()];
        self.store = Arc::clone(&self.redis[0]) as _;
        let claims = self.redis.iter().map(|redis| Arc::clone(redis) as _);
        self.claims = claims.collect();
        let limiters = self
            .redis
            .iter()
            .map(|redis| self.limiter(Arc::clone(redis) as _));
        self.limiters = limiters.collect();
    }

    fn limiter(&self, store: Arc<dyn LimitStore>) -> Arc<Limiter> {
        let usage = Arc::clone(&self.ledger) as _;
        let clock = Arc::clone(&self.clock) as _;
        Arc::new(Limiter::new(&counters(), store, usage, clock).unwrap())
    }

    /// The store loses all it has, as `kill -9` does to it.
    pub(crate) async fn lose_memory(&mut self) {
        self.look().await;
        self.kill_store();
        self.look().await;
    }

    /// The sidecars look at the store, as they do every second: a first time to find a connection
    /// broken, a second time to find what is there now.
    pub(crate) async fn look(&self) {
        for limiter in &self.limiters {
            limiter.look().await;
            limiter.look().await;
        }
    }

    fn kill_store(&mut self) {
        match &mut self.server {
            Some(server) => {
                server.kill();
                server.start_again();
            }
            None => self.start_memory(),
        }
    }

    /// The sidecars are started anew; a store outside of them is not.
    pub(crate) fn restart_sidecars(&mut self) {
        if self.server.is_some() {
            self.start_redis();
            self.set_clock(self.clock.wall_ms());
        }
    }

    pub(crate) fn set_clock(&self, now_ms: u64) {
        self.clock.0.store(now_ms, Ordering::SeqCst);
        for redis in &self.redis {
            redis.set_clock(now_ms);
        }
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.set_clock(self.clock.wall_ms() + ms);
    }

    /// Another sidecar, where the store can serve two.
    pub(crate) fn other(&self) -> &Arc<Limiter> {
        self.limiters.last().unwrap()
    }

    pub(crate) async fn sync(&self, holder: &str, report: Report) -> SyncReply {
        self.limiters[0].sync(holder, vec![report]).await
    }

    pub(crate) async fn grant(&self, holder: &str, report: Report) -> Grant {
        let reply = self.sync(holder, report).await;
        assert_eq!(reply.unavailable, Vec::<String>::new());
        reply.grants.into_iter().next().unwrap()
    }

    pub(crate) async fn is_unavailable(&self, id: &str) -> bool {
        let reply = self.sync("probe", ask(id, 0, 1)).await;
        reply.unavailable == [id] && reply.grants.is_empty()
    }
}

pub(crate) fn counters() -> Vec<Counter> {
    let counter = |id: &str, measure, limit, window| Counter {
        id: id.to_owned(),
        scope: Scope {
            kind: ScopeKind::Key,
            name: "dev".to_owned(),
        },
        measure,
        limit,
        window,
        on_unavailable: OnUnavailable::Deny,
    };
    let day = Window::Calendar {
        period: Period::Day,
        time_zone: "Europe/Berlin".to_owned(),
    };
    vec![
        counter(RATE, Measure::Requests, 60, Window::Sliding(60_000)),
        counter(SLOTS, Measure::ParallelRequests, 5, Window::Held),
        counter(BUDGET, Measure::Cost, 1_000, day),
    ]
}

/// A report of a holder that needs this much.
pub(crate) fn ask(id: &str, lease: u64, need: u64) -> Report {
    Report {
        id: id.to_owned(),
        lease,
        least: need.min(1),
        need,
        want: need,
        ..Report::default()
    }
}

/// A report of a holder that has spent this much and wants nothing.
pub(crate) fn spent(id: &str, lease: u64, settled: u64) -> Report {
    Report {
        settled,
        ..ask(id, lease, 0)
    }
}
