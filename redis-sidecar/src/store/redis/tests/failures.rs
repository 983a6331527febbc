//! A Redis that is away, hangs, or is none to write to.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::SystemClock;
use crate::limits::{Span, Terms};
use crate::store::tests::redis_server::RedisServer;
use crate::store::tests::stage::ask;
use crate::store::{Answer, Ask, LimitStore as _, Redis};

fn redis(url: &str) -> Redis {
    Redis::new(url, Arc::new(SystemClock::start())).unwrap()
}

fn one() -> [Ask; 1] {
    let terms = Terms {
        limit: 10,
        span: Span::Held,
    };
    let report = ask("a", 0, 1);
    [Ask { terms, report }]
}

async fn in_time(redis: &Redis) -> Answer {
    let asks = one();
    let answers = tokio::time::timeout(Duration::from_millis(1_500), redis.apply("x", &asks));
    answers.await.unwrap().remove(0)
}

async fn begin(redis: &Redis) {
    let Answer::Unseeded(memo) = in_time(redis).await else {
        panic!("a new counter is there already");
    };
    redis.admit(&memo.server).await.unwrap();
    let [ask] = one();
    redis
        .seed(&memo.server, "a", &ask.terms, &[])
        .await
        .unwrap();
    assert!(matches!(in_time(redis).await, Answer::Grant(_)));
}

async fn becomes_reachable(redis: &Redis) {
    for _ in 0..100 {
        if redis.health().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("Redis does not become reachable");
}

#[tokio::test]
async fn a_redis_that_is_gone_is_away_and_comes_back() {
    let mut server = RedisServer::start(&[]);
    let redis = redis(&server.url());
    begin(&redis).await;
    server.kill();
    assert_eq!(in_time(&redis).await, Answer::Away);
    assert_eq!(in_time(&redis).await, Answer::Away);
    assert!(redis.health().await.is_err());
    assert_eq!(redis.servers().await, []);
    server.start_again();
    becomes_reachable(&redis).await;
    let Answer::Unseeded(memo) = in_time(&redis).await else {
        panic!("the counter survived");
    };
    assert!(!memo.admitted);
}

#[tokio::test]
async fn a_redis_that_hangs_is_away_in_time() {
    let server = RedisServer::start(&[]);
    let redis = redis(&server.url());
    begin(&redis).await;
    server.signal("STOP");
    assert_eq!(in_time(&redis).await, Answer::Away);
    assert_eq!(in_time(&redis).await, Answer::Away);
    assert!(redis.health().await.is_err());
    server.signal("CONT");
    becomes_reachable(&redis).await;
    assert!(matches!(in_time(&redis).await, Answer::Grant(_)));
}

#[tokio::test]
async fn a_full_redis_grants_nothing_and_keeps_what_it_has() {
    let server = RedisServer::start(&[]);
    let redis = redis(&server.url());
    begin(&redis).await;
    assert_eq!(server.say("CONFIG SET maxmemory 1"), "+OK");
    assert_eq!(in_time(&redis).await, Answer::Away);
    assert_eq!(server.say("CONFIG SET maxmemory 0"), "+OK");
    let Answer::Grant(grant) = in_time(&redis).await else {
        panic!("the counter is gone");
    };
    assert_eq!(
        grant.remaining,
        10 - 2,
        "the first grant's lease is void and set aside"
    );
}

#[tokio::test]
async fn a_replica_is_not_written_to() {
    let master = RedisServer::start(&[]);
    let port = master.port().to_string();
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &port]);
    let redis = redis(&replica.url());
    assert_eq!(in_time(&redis).await, Answer::Away);
    let error = redis.health().await.unwrap_err().to_string();
    assert!(error.contains("moment ago"), "{error}");
}

#[tokio::test]
async fn a_process_that_took_over_meanwhile_is_not_seeded() {
    let mut server = RedisServer::start(&[]);
    let redis = redis(&server.url());
    let Answer::Unseeded(memo) = in_time(&redis).await else {
        panic!("a new counter is there already");
    };
    server.kill();
    server.start_again();
    assert!(redis.health().await.is_err());
    becomes_reachable(&redis).await;
    let [ask] = one();
    let seeded = redis.seed(&memo.server, "a", &ask.terms, &[]).await;
    assert!(
        seeded
            .unwrap_err()
            .to_string()
            .contains("another Redis process")
    );
}

#[test]
fn a_url_that_is_none_is_refused_without_its_password() {
    let clock = Arc::new(SystemClock::start());
    let error = Redis::new("http://:s3cret@host", clock).err().unwrap();
    assert!(!format!("{error:#}").contains("s3cret"), "{error:#}");
}

#[test]
fn a_url_with_tls_is_understood() {
    redis("rediss://:s3cret@10.0.0.7:6379");
}

#[tokio::test]
async fn a_password_is_used_and_a_wrong_one_is_away() {
    let server = RedisServer::start(&["--requirepass", "s3cret"]);
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{}", server.port());
    begin(&redis(&url("s3cret"))).await;
    assert_eq!(in_time(&redis(&url("wrong"))).await, Answer::Away);
}
