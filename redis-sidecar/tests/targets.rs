//! What processes know of targets, over sidecars and a Redis.
#![cfg(test)]

#[expect(dead_code, reason = "the store's own tests need more of it")]
mod redis_server;
#[expect(dead_code, reason = "the service's tests need more of it")]
mod sidecar;

use std::time::{Duration, Instant};

use redis_server::RedisServer;
use serde_json::{Value, json};
use sidecar::Sidecar;

fn cooling(id: &str, ms: u64) -> Value {
    json!({"id": id, "cooling_ms": ms, "told": true, "cause": "rate_limit"})
}

async fn tell(sidecar: &Sidecar, teller: &str, targets: &[Value]) -> Vec<Value> {
    let body = json!({"teller": teller, "targets": targets});
    let (status, answer) = sidecar.ask("POST", "/v1/targets", body.to_string()).await;
    assert_eq!(status, 200, "{answer}");
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    serde_json::from_value(answer["targets"].take()).unwrap()
}

async fn beside(server: &RedisServer) -> Sidecar {
    Sidecar::start(|config| config["redis"] = json!(server.url())).await
}

/// Asks as an Envoy does, until something is known; returns it and how long that took.
async fn learns(sidecar: &Sidecar, teller: &str) -> (Vec<Value>, Duration) {
    let begun = now();
    while begun.elapsed() < Duration::from_secs(3) {
        let known = tell(sidecar, teller, &[]).await;
        if !known.is_empty() {
            return (known, begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing is learnt: {}", sidecar.log());
}

#[expect(clippy::disallowed_methods, reason = "a test measures real time")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn processes_of_one_sidecar_learn_of_each_other_and_not_of_themselves() {
    let sidecar = Sidecar::start(|_| ()).await;
    assert_eq!(
        tell(&sidecar, "a", &[cooling("p/x", 7_000)]).await,
        [json!(null); 0]
    );
    let known = tell(
        &sidecar,
        "b",
        &[cooling("p/x", 100), cooling("p/y", 60_000)],
    )
    .await;
    let [known] = &known[..] else {
        panic!("{known:?}");
    };
    let left = known["cooling_ms"].as_u64().unwrap();
    assert!((5_000..=7_000).contains(&left), "{known}");
    assert_eq!(
        (&known["cause"], &known["told"]),
        (&json!("rate_limit"), &json!(true))
    );
    let known = tell(&sidecar, "a", &[]).await;
    assert_eq!(known.len(), 2);
    assert_eq!(tell(&sidecar, "b", &[]).await, [json!(null); 0]);
}

#[tokio::test]
async fn what_is_no_report_is_refused() {
    let sidecar = Sidecar::start(|_| ()).await;
    let too_many: Vec<_> = (0..=1_000).map(|n| cooling(&n.to_string(), 1)).collect();
    let cases = [
        ("{".to_owned(), "EOF"),
        (json!({"teller": "", "targets": []}).to_string(), "teller"),
        (
            json!({"teller": "a b", "targets": []}).to_string(),
            "teller",
        ),
        (
            json!({"teller": "a", "targets": [{"id": "p/x", "cools": 1}]}).to_string(),
            "targets[0].cools: unknown field",
        ),
        (
            json!({"teller": "a", "targets": too_many}).to_string(),
            "targets: more than",
        ),
    ];
    for (body, what) in cases {
        let (status, answer) = sidecar.ask("POST", "/v1/targets", body.clone()).await;
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer.contains(what), "{body}: {answer}");
    }
    let large = "x".repeat((1 << 18) + 1);
    assert_eq!(sidecar.ask("POST", "/v1/targets", large).await.0, 413);
}

#[tokio::test]
async fn sidecars_tell_each_other_by_their_redis() {
    let server = RedisServer::start(&[]);
    let (one, other) = (beside(&server).await, beside(&server).await);
    tell(&other, "b", &[]).await;
    assert_eq!(
        tell(&one, "a", &[cooling("p/x", 60_000)]).await,
        [json!(null); 0]
    );
    let (known, took) = learns(&other, "b").await;
    assert_eq!(known[0]["id"], "p/x");
    assert!(took < Duration::from_millis(700), "{took:?}");
    // It goes on with another sidecar, or its own one is started again: what has stayed in Redis is
    // its own report all the same.
    for _ in 0..50 {
        assert_eq!(tell(&other, "a", &[]).await, [json!(null); 0]);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_redis_that_is_away_or_hangs_is_in_nobodys_way() {
    let mut server = RedisServer::start(&[]);
    let (one, other) = (beside(&server).await, beside(&server).await);
    server.signal("STOP");
    for number in 0..40_u64 {
        let begun = now();
        tell(&one, "a", &[cooling("p/x", 60_000 + 100 * number)]).await;
        assert_eq!(tell(&one, "c", &[]).await[0]["id"], "p/x");
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(300), "{took:?}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    server.signal("CONT");
    learns(&other, "b").await;
    server.kill();
    assert_eq!(tell(&one, "c", &[]).await[0]["id"], "p/x");
    server.start_again();
    let third = beside(&server).await;
    // All that it had is gone; who knows of it tells it again.
    for _ in 0..100 {
        tell(&one, "a", &[cooling("p/x", 60_000)]).await;
        if !tell(&third, "d", &[]).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not told again: {}", one.log());
}
