//! Webhooks for budgets.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};
use tidegate::config::sidecar::SidecarConfig;
use tidegate::limiter::protocol::Report;
use tidegate_sidecar::alerts::{Parts, Watch};
use tidegate_sidecar::clock::{Clock, SystemClock};
use tidegate_sidecar::keys::{KeyBook, KeyStore, NewKey};
use tidegate_sidecar::ledger::{Ledger as _, Seeds, SqlLedger};
use tidegate_sidecar::store::{Claims, LimitStore, Limiter, Memory, Redis};

use crate::intake::now_row;
use crate::redis_server::RedisServer;
use crate::stores::{Store, conformance};

conformance!(
    a_threshold_that_is_passed_is_told_once,
    an_alert_says_of_what_and_how_much,
    several_sidecars_tell_once,
    a_webhook_that_fails_is_told_again_ever_later,
    a_key_that_was_made_has_its_own_thresholds_and_those_of_the_defaults,
    what_only_the_counter_says_is_not_told,
);

/// What a webhook was told, and what it answers.
#[derive(Clone)]
struct Webhook {
    told: Arc<Mutex<Vec<Value>>>,
    status: Arc<AtomicU16>,
    url: String,
}

impl Webhook {
    async fn start() -> Self {
        let told: Arc<Mutex<Vec<Value>>> = Arc::default();
        let status = Arc::new(AtomicU16::new(204));
        let (heard, answer) = (told.clone(), status.clone());
        let hear = async move |body: Bytes| {
            heard
                .lock()
                .unwrap()
                .push(serde_json::from_slice(&body).unwrap());
            StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(hear));
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { told, status, url }
    }

    /// Counters and percents, since this was last asked.
    fn told(&self) -> Vec<(String, u64)> {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        let told = told.iter().map(|alert| {
            let counter = alert["counter"].as_str().unwrap().to_owned();
            (counter, alert["at_percent"].as_u64().unwrap())
        });
        let mut told: Vec<_> = told.collect();
        told.sort_unstable();
        told
    }
}

/// The system's clock, and what a test lets pass beside it.
struct Ahead(SystemClock, AtomicU64);

impl Clock for Ahead {
    fn wall_ms(&self) -> u64 {
        self.0.wall_ms()
    }

    fn steady_ms(&self) -> u64 {
        self.0.steady_ms() + self.1.load(Ordering::SeqCst)
    }
}

struct Sidecar {
    watch: Watch,
    limiter: Arc<Limiter>,
    ledger: Arc<SqlLedger>,
    book: Arc<KeyBook>,
    clock: Arc<Ahead>,
}

const TEAM: &str = "team/research/cost/day@UTC";

/// Of a thousandth of a dollar, half and all are told.
fn config(webhook: &Webhook) -> SidecarConfig {
    let day = json!({"calendar": {"period": "day", "time_zone": "UTC"}});
    let alert = |at| json!({"counter": TEAM, "at_percent": at, "webhook": webhook.url});
    let config = json!({
        "listen": {"unix": "/nowhere"}, "admin": "127.0.0.1:1", "admin_token_env": "T",
        "counters": [{
            "id": TEAM, "scope": {"kind": "team", "name": "research"}, "measure": "cost",
            "limit": 1_000_000, "window": day, "on_unavailable": "deny",
        }],
        "alerts": [alert(50), alert(100)],
        "teams": [{"name": "research"}],
        "key_defaults": [
            {"measure": "cost", "limit": 1_000_000, "window": day, "on_unavailable": "deny"},
        ],
        "key_alerts": [{"window": day, "at_percent": 70, "webhook": webhook.url}],
        "database": {"sqlite": "unused"}, "retention_days": 30,
    });
    serde_json::from_value(config).unwrap()
}

fn alone(store: &Store, webhook: &Webhook) -> Sidecar {
    let clock = Arc::new(Ahead(SystemClock::start(), AtomicU64::new(0)));
    let memory = Arc::new(Memory::new(clock.clone()));
    sidecar(store, webhook, memory, clock)
}

fn sidecar<S>(store: &Store, webhook: &Webhook, counters: Arc<S>, clock: Arc<Ahead>) -> Sidecar
where
    S: LimitStore + Claims + 'static,
{
    let config = config(webhook);
    let ledger = Arc::new(SqlLedger::new(store.database.clone()));
    let seeds = Arc::new(Seeds::new(ledger.clone(), clock.clone()));
    let limiter = Limiter::new(&config.counters, counters.clone(), seeds, clock.clone());
    let limiter = Arc::new(limiter.unwrap());
    let book = Arc::new(KeyBook::new(
        Arc::new(config.clone()),
        KeyStore::new(store.database.clone()),
        limiter.clone(),
        clock.clone(),
    ));
    let parts = Parts {
        book: book.clone(),
        limiter: limiter.clone(),
        ledger: ledger.clone(),
        claims: counters,
        clock: clock.clone(),
    };
    Sidecar {
        watch: Watch::new(&config, parts).unwrap(),
        limiter,
        ledger,
        book,
        clock,
    }
}

impl Sidecar {
    /// Somebody spends so many nano-dollars of a counter, first of all in the gateway.
    async fn count(&self, id: &str, nano: u64) {
        let ask = |lease, settled, need| Report {
            id: id.to_owned(),
            lease,
            settled,
            least: need,
            need,
            want: need,
            ..Report::default()
        };
        let reply = self.limiter.sync("a", vec![ask(0, 0, nano)]).await;
        let lease = reply.grants[0].lease;
        self.limiter.sync("a", vec![ask(lease, nano, 0)]).await;
    }

    /// Its row comes.
    async fn record(&self, id: &str, key: &str, nano: u64) {
        let mut row = now_row(id);
        row.key_id = Some(key.to_owned());
        row.cost_pico_usd = Some(nano * 1_000);
        self.ledger.append(&[row]).await.unwrap();
    }

    async fn make(&self, key: Value) {
        let key: NewKey = serde_json::from_value(key).unwrap();
        self.book.create(key).await.unwrap();
    }
}

fn told(counter: &str, at_percent: u64) -> (String, u64) {
    (counter.to_owned(), at_percent)
}

async fn a_threshold_that_is_passed_is_told_once(store: Store) {
    let webhook = Webhook::start().await;
    let mut one = alone(&store, &webhook);
    one.watch.look().await;
    one.count(TEAM, 600_000).await;
    one.record("req_1", "dev", 600_000).await;
    one.watch.look().await;
    assert_eq!(webhook.told(), [told(TEAM, 50)]);
    one.watch.look().await;
    assert_eq!(webhook.told(), []);
    one.record("req_2", "dev", 400_000).await;
    one.count(TEAM, 400_000).await;
    one.watch.look().await;
    assert_eq!(webhook.told(), [told(TEAM, 100)]);
}

async fn an_alert_says_of_what_and_how_much(store: Store) {
    let webhook = Webhook::start().await;
    let mut one = alone(&store, &webhook);
    one.count(TEAM, 600_000).await;
    one.record("req_1", "dev", 600_000).await;
    one.watch.look().await;
    let mut alert = webhook.told.lock().unwrap().remove(0);
    let day = one.clock.wall_ms() / 86_400_000 * 86_400_000;
    assert_eq!(alert["period_started_ms"].take(), json!(day));
    let expected = json!({
        "event": "budget_threshold", "counter": TEAM, "at_percent": 50,
        "scope": {"kind": "team", "name": "research"}, "limit_nano_usd": 1_000_000,
        "used_nano_usd": 600_000, "period_started_ms": null,
    });
    assert_eq!(alert, expected);
}

async fn several_sidecars_tell_once(store: Store) {
    let webhook = Webhook::start().await;
    let server = RedisServer::start(&[]);
    let another = || {
        let clock = Arc::new(Ahead(SystemClock::start(), AtomicU64::new(0)));
        let redis = Redis::new(&server.url(), clock.clone()).unwrap();
        sidecar(&store, &webhook, Arc::new(redis), clock)
    };
    let (mut one, mut other) = (another(), another());
    one.count(TEAM, 600_000).await;
    one.record("req_1", "dev", 600_000).await;
    tokio::join!(one.watch.look(), other.watch.look());
    assert_eq!(webhook.told(), [told(TEAM, 50)]);
    for _ in 0..2 {
        one.watch.look().await;
        other.watch.look().await;
    }
    let mut started_later = another();
    started_later.watch.look().await;
    assert_eq!(webhook.told(), []);
}

async fn a_webhook_that_fails_is_told_again_ever_later(store: Store) {
    let webhook = Webhook::start().await;
    let mut one = alone(&store, &webhook);
    one.count(TEAM, 600_000).await;
    one.record("req_1", "dev", 600_000).await;
    webhook.status.store(500, Ordering::SeqCst);
    let mut pauses = Vec::new();
    let mut pause = 0;
    while pauses.len() < 9 {
        one.watch.look().await;
        if webhook.told().is_empty() {
            one.clock.1.fetch_add(10_000, Ordering::SeqCst);
            pause += 10;
        } else {
            pauses.push(pause);
            pause = 0;
        }
    }
    assert_eq!(pauses, [0, 10, 20, 40, 80, 160, 320, 600, 600]);
    webhook.status.store(204, Ordering::SeqCst);
    one.clock.1.fetch_add(600_000, Ordering::SeqCst);
    one.watch.look().await;
    one.watch.look().await;
    assert_eq!(webhook.told(), [told(TEAM, 50)]);
}

async fn a_key_that_was_made_has_its_own_thresholds_and_those_of_the_defaults(store: Store) {
    let webhook = Webhook::start().await;
    let mut one = alone(&store, &webhook);
    let budget =
        json!({"usd": "0.001", "per": "day", "webhook": webhook.url, "alert_at": [20, 90]});
    one.make(json!({"id": "own", "budgets": [budget]})).await;
    one.make(json!({"id": "plain"})).await;
    one.make(json!({"id": "silent", "budgets": [{"usd": 1, "per": "day"}]}))
        .await;
    for (place, key) in ["own", "plain", "silent"].into_iter().enumerate() {
        one.count(&format!("key/{key}/cost/day@UTC"), 800_000).await;
        one.record(&format!("req_{place}"), key, 800_000).await;
    }
    one.watch.look().await;
    let expected = [
        told("key/own/cost/day@UTC", 20),
        told("key/plain/cost/day@UTC", 70),
    ];
    assert_eq!(webhook.told(), expected);
}

async fn what_only_the_counter_says_is_not_told(store: Store) {
    let webhook = Webhook::start().await;
    let mut one = alone(&store, &webhook);
    one.count(TEAM, 600_000).await;
    one.watch.look().await;
    assert_eq!(webhook.told(), []);
    one.record("req_1", "dev", 600_000).await;
    one.watch.look().await;
    assert_eq!(webhook.told(), [told(TEAM, 50)]);
}
