//! The service as a process: what filters, operators and Kubernetes see of it.
#![cfg(test)]

mod sidecar;

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use serde_json::{Value, json};
use sidecar::{Sidecar, refused, report};
use sqlx::ConnectOptions as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const REQUESTS: &str = "key/dev/requests/60s";

fn sync(holder: &str, reports: &[Value]) -> Value {
    json!({"holder": holder, "counters": reports})
}

#[tokio::test]
async fn a_report_is_answered_with_grants() {
    let sidecar = Sidecar::start(|_| ()).await;
    let reports = [
        report(REQUESTS, 0, 0, 5),
        report("key/dev/parallel", 0, 0, 3),
        report("key/dev/cost/day", 0, 0, 7_000_000),
        report("key/nobody/requests/60s", 0, 0, 1),
    ];
    let reply = sidecar.sync(&sync("a", &reports)).await;
    assert_eq!(reply["valid_ms"], 10_000);
    let grants = &reply["grants"];
    assert_eq!(
        (&grants[0]["granted"], &grants[0]["remaining"]),
        (&json!(5), &json!(95))
    );
    assert_eq!(
        (&grants[1]["granted"], &grants[1]["retry_after_ms"]),
        (&json!(2), &json!(1_000))
    );
    assert_eq!(grants[2]["remaining"], json!(993_000_000));
    let until_midnight = grants[2]["reset_ms"].as_u64().unwrap();
    assert!((1..=25 * 3_600_000).contains(&until_midnight));
    assert_eq!(reply["unavailable"], json!(["key/nobody/requests/60s"]));
    let lease = grants[0]["lease"].as_u64().unwrap();
    let reply = sidecar
        .sync(&sync("a", &[report(REQUESTS, lease, 5, 0)]))
        .await;
    let reset = reply["grants"][0]["reset_ms"].as_u64().unwrap();
    assert!((59_000..=60_500).contains(&reset), "{reset}");
}

#[tokio::test]
async fn what_is_no_report_is_refused_by_name() {
    let sidecar = Sidecar::start(|_| ()).await;
    let mut unknown = report(REQUESTS, 0, 0, 1);
    unknown["wants"] = json!(1);
    let cases = [
        ("{".to_owned(), "EOF"),
        (
            sync("a", &[unknown]).to_string(),
            "counters[0].wants: unknown field `wants`",
        ),
        (
            sync("a", &[report(REQUESTS, 0, 1 << 53, 1)]).to_string(),
            "counters[0]",
        ),
        (sync("", &[]).to_string(), "holder"),
        (sync(&"x".repeat(65), &[]).to_string(), "holder"),
        (sync("a b", &[]).to_string(), "holder"),
        (format!("{}{{}}", sync("a", &[])), "trailing"),
    ];
    for (body, what) in cases {
        let (status, answer) = sidecar.ask("POST", "/v1/sync", body.clone()).await;
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer.contains(what), "{body}: {answer}");
    }
    let (status, _) = sidecar
        .ask("POST", "/v1/sync", "x".repeat((1 << 20) + 1))
        .await;
    assert_eq!(status, 413);
    assert_eq!(sidecar.get("/v1/sync").await.0, 405);
    assert_eq!(sidecar.get("/nothing").await.0, 404);
}

#[tokio::test]
async fn health_is_told_over_http_1_1_and_h2c() {
    let sidecar = Sidecar::start(|_| ()).await;
    assert_eq!(
        sidecar.get("/healthz").await,
        (hyper::StatusCode::OK, "ok\n".to_owned())
    );
    let (status, version) = sidecar.ask_h2c("/healthz").await;
    assert_eq!((status.as_u16(), version), (200, hyper::Version::HTTP_2));
    let (status, ready) = sidecar.get("/readyz").await;
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(status, 200);
    assert_eq!(ready["ready"], true);
    let none = json!({"ledger": false, "limits": false});
    assert_eq!(ready["degraded"], none);
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_is_said_within_a_second() {
    let sidecar = Sidecar::start(|_| ()).await;
    let degraded = async || {
        let (status, ready) = sidecar.get("/readyz").await;
        assert_eq!(status, 200);
        let ready: Value = serde_json::from_str(&ready).unwrap();
        ready["degraded"]["ledger"].as_bool().unwrap()
    };
    assert!(!degraded().await);
    let file = sidecar.folder.path().join("ledger.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut other = options.connect().await.unwrap();
    let begun = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await;
    begun.unwrap();
    let asked = tokio::time::timeout(Duration::from_secs(3), degraded()).await;
    assert!(asked.unwrap());
    let ended = sqlx::raw_sql("ROLLBACK").execute(&mut other).await;
    ended.unwrap();
    let again = async { while degraded().await {} };
    let waited = tokio::time::timeout(Duration::from_secs(10), again).await;
    waited.unwrap();
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let sidecar = Sidecar::start(|_| ()).await;
    let mut stream = sidecar.stream().await;
    for _ in 0..3 {
        let request = b"GET /healthz HTTP/1.1\r\nhost: sidecar\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = [0; 512];
        let read = stream.read(&mut answer).await.unwrap();
        assert!(answer[..read].ends_with(b"ok\n"));
    }
}

#[tokio::test]
async fn only_the_group_reaches_the_socket_and_a_stale_one_is_replaced() {
    let sidecar = Sidecar::start(|_| ()).await;
    let mode = sidecar.socket().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    sidecar.signal("KILL");
    let (folder, _) = sidecar.ended().await;
    assert!(folder.path().join("sidecar.sock").exists());
    let again = Sidecar::start_in(folder, |_| ()).await;
    assert_eq!(again.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_socket_in_use_is_left_alone() {
    let sidecar = Sidecar::start(|_| ()).await;
    let socket = sidecar.socket();
    let said = tokio::task::spawn_blocking(move || {
        refused(|config| config["listen"]["unix"] = json!(socket))
    });
    assert!(
        said.await
            .unwrap()
            .contains("another process listens there")
    );
    assert_eq!(sidecar.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn it_ends_in_order_on_sigterm_though_connections_are_open() {
    let sidecar = Sidecar::start(|_| ()).await;
    let mut idle = sidecar.stream().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: sidecar\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 512];
    assert!(idle.read(&mut answer).await.unwrap() > 0);
    let mut slow = sidecar.stream().await;
    slow.write_all(b"POST /v1/sync HTTP/1.1\r\nhost: sidecar\r\ncontent-length: 9\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    sidecar.signal("TERM");
    assert_eq!(idle.read(&mut answer).await.unwrap(), 0);
    assert_eq!(sidecar.ended().await.1, Some(0));
}

#[test]
fn a_wrong_configuration_is_refused_by_the_fields_path() {
    let said = refused(|config| config["counters"][0]["limit"] = json!("many"));
    assert!(said.contains("counters[0].limit: invalid type"), "{said}");
    let zone = "/counters/2/window/calendar/time_zone";
    let said = refused(|config| *config.pointer_mut(zone).unwrap() = json!("Europe/Atlantis"));
    assert!(
        said.contains("counters[2]: window.calendar.time_zone"),
        "{said}"
    );
    let said = refused(|config| config["counters"][1]["id"] = json!(REQUESTS));
    assert!(said.contains("counters[1].id"), "{said}");
    let said = refused(|config| config["redis"] = json!("redis://${TIDEGATE_NO_SUCH_VARIABLE}"));
    assert!(
        said.contains("redis: environment variable TIDEGATE_NO_SUCH_VARIABLE"),
        "{said}"
    );
}

#[tokio::test]
async fn a_file_that_is_read_again_changes_counters_and_loses_nothing() {
    let sidecar = Sidecar::start(|_| ()).await;
    let granted = async |id: &str, need| {
        let reply = sidecar.sync(&sync("a", &[report(id, 0, 0, need)])).await;
        reply["grants"][0]["granted"].as_u64()
    };
    assert_eq!(granted(REQUESTS, 60).await, Some(60));
    let before = in_use(&sidecar).await;
    sidecar.reload(|config| {
        config["counters"][0]["limit"] = json!(70);
        config["counters"][1]["id"] = json!("key/dev/other");
    });
    until(async || in_use(&sidecar).await != before).await;
    let reply = sidecar
        .sync(&sync("b", &[report(REQUESTS, 0, 0, 60)]))
        .await;
    let grant = &reply["grants"][0];
    assert_eq!(
        (&grant["granted"], &grant["remaining"]),
        (&json!(10), &json!(0))
    );
    assert_eq!(granted("key/dev/other", 1).await, Some(1));
    // Filters may not have heard that it is gone.
    assert_eq!(granted("key/dev/parallel", 1).await, Some(1));
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_is_refused_and_named() {
    let sidecar = Sidecar::start(|_| ()).await;
    let before = in_use(&sidecar).await;
    sidecar.reload(|config| config["retention_days"] = json!(31));
    until(async || {
        sidecar
            .log()
            .contains("retention_days: a change of it needs a restart")
    })
    .await;
    sidecar.reload(|config| config["counters"][0]["limit"] = json!(-1));
    until(async || sidecar.log().contains("counters[0].limit: ")).await;
    assert_eq!(in_use(&sidecar).await, before);
}

/// The hash of the configuration that the sidecar has.
async fn in_use(sidecar: &Sidecar) -> String {
    let (_, ready) = sidecar.get("/readyz").await;
    let ready: Value = serde_json::from_str(&ready).unwrap();
    ready["configuration"].as_str().unwrap().to_owned()
}

async fn until(is_so: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it does not come");
}
