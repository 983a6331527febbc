//! Sidecars as processes, and what they share or leave behind.
#![cfg(test)]

#[expect(dead_code, reason = "the store's own tests need more of it")]
mod redis_server;
#[expect(dead_code, reason = "the service's tests need more of it")]
mod sidecar;

use redis_server::RedisServer;
use serde_json::{Value, json};
use sidecar::{Sidecar, report};

const REQUESTS: &str = "key/dev/requests/60s";

fn sync(holder: &str, report: Value) -> Value {
    json!({"holder": holder, "counters": [report]})
}

async fn beside(server: &RedisServer) -> Sidecar {
    Sidecar::start(|config| config["redis"] = json!(server.url())).await
}

#[tokio::test]
async fn two_sidecars_share_a_limit() {
    let server = RedisServer::start(&[]);
    let (one, other) = (beside(&server).await, beside(&server).await);
    let first = one.sync(&sync("a", report(REQUESTS, 0, 0, 70))).await;
    assert_eq!(first["grants"][0]["granted"], 70);
    let second = other.sync(&sync("b", report(REQUESTS, 0, 0, 70))).await;
    assert_eq!(second["grants"][0]["granted"], 30);
}

#[tokio::test]
async fn a_redis_that_is_away_degrades_and_does_not_take_the_sidecar_out() {
    let mut server = RedisServer::start(&["--requirepass", "very-s3cret"]);
    let url = format!("redis://:very-s3cret@127.0.0.1:{}", server.port());
    let sidecar = Sidecar::start(|config| config["redis"] = json!(url)).await;
    let degraded = async || {
        let (status, ready) = sidecar.get("/readyz").await;
        assert_eq!(status, 200);
        let ready: Value = serde_json::from_str(&ready).unwrap();
        ready["degraded"]["limits"].as_bool().unwrap()
    };
    assert!(!degraded().await);
    server.kill();
    assert!(degraded().await);
    assert_eq!(sidecar.get("/healthz").await.0, 200);
    let reply = sidecar.sync(&sync("a", report(REQUESTS, 0, 0, 1))).await;
    assert_eq!(
        (&reply["grants"], &reply["unavailable"]),
        (&json!([]), &json!([REQUESTS]))
    );
    server.start_again();
    while degraded().await {}
    let log = sidecar.log();
    assert!(
        log.contains("Redis fails") && log.contains("connected to Redis"),
        "{log}"
    );
    assert!(!log.contains("s3cret"), "{log}");
}

#[tokio::test]
async fn a_sidecar_that_ends_in_order_leaves_its_counters_to_the_next_one() {
    let sidecar = Sidecar::start(|_| ()).await;
    let reply = sidecar.sync(&sync("a", report(REQUESTS, 0, 0, 60))).await;
    let lease = reply["grants"][0]["lease"].as_u64().unwrap();
    sidecar.signal("TERM");
    let (folder, status) = sidecar.ended().await;
    assert_eq!(status, Some(0));
    let next = Sidecar::start_in(folder, |_| ()).await;
    let reply = next.sync(&sync("a", report(REQUESTS, lease, 50, 0))).await;
    let grant = &reply["grants"][0];
    assert_eq!(
        (&grant["lease"], &grant["remaining"]),
        (&json!(lease), &json!(40))
    );
}
