//! Reports of targets: what is written is read by others, until it is forgotten.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::SystemClock;
use crate::store::tests::redis_server::RedisServer;
use crate::store::{Read, Redis, ReportStore as _, Written};

fn start() -> (RedisServer, Redis) {
    let server = RedisServer::start(&[]);
    let redis = Redis::new(&server.url(), Arc::new(SystemClock::start())).unwrap();
    (server, redis)
}

fn report(teller: &str, text: &str) -> Written {
    Written {
        teller: teller.to_owned(),
        text: text.to_owned(),
    }
}

fn texts(read: &Read) -> Vec<&str> {
    read.reports.iter().map(|(_, text)| &**text).collect()
}

#[tokio::test]
async fn what_is_written_is_read_with_its_age_and_then_only_what_is_new() {
    let (_server, redis) = start();
    let first = [report("a", "of a"), report("b", "of b")];
    let read = redis.exchange(0, &first).await.unwrap();
    assert_eq!(texts(&read), ["of a", "of b"]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let later = redis.exchange(0, &[]).await.unwrap();
    assert!(
        later
            .reports
            .iter()
            .all(|(age, _)| (50..1_000).contains(age))
    );
    let more = [report("b", "more of b")];
    let again = redis.exchange(later.now, &more).await.unwrap();
    assert_eq!(texts(&again), ["more of b"]);
    let all = redis.exchange(0, &[]).await.unwrap();
    assert_eq!(texts(&all), ["of a", "more of b"]);
}

#[tokio::test]
async fn what_was_not_renewed_is_forgotten_and_nothing_stays_for_ever() {
    let (server, redis) = start();
    let written = [report("a", "of a"), report("b", "of b")];
    let read = redis.exchange(0, &written).await.unwrap();
    let long_ago = read.now - 5_000;
    server.say(&format!("ZADD tidegate:{{targets}}:written {long_ago} a"));
    assert_eq!(texts(&redis.exchange(0, &[]).await.unwrap()), ["of b"]);
    assert_eq!(server.say("HLEN tidegate:{targets}:reports"), ":1");
    for key in ["reports", "written"] {
        let left = server.say(&format!("PTTL tidegate:{{targets}}:{key}"));
        let left: i64 = left.trim_start_matches(':').parse().unwrap();
        assert!((0..=5_000).contains(&left), "{key}: {left}");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_hides_nothing() {
    let (server, redis) = start();
    let read = redis.exchange(0, &[report("a", "of a")]).await.unwrap();
    let later = read.now + 60_000;
    server.say(&format!("ZADD tidegate:{{targets}}:written {later} a"));
    let read = redis.exchange(later, &[report("b", "of b")]).await.unwrap();
    assert_eq!(texts(&read), ["of b"]);
}
