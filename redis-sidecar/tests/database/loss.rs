//! The database goes away and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tidegate::config::sidecar;
use tidegate_sidecar::database::Database;
use tidegate_sidecar::ledger::{self, Ledger as _, SqlLedger};
use tokio::time::{sleep, timeout};

use crate::cluster::Cluster;
use crate::intake::{clock, lines, now_row, post};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_that_was_acknowledged_is_lost_when_postgres_is_killed() {
    let cluster = Arc::new(Cluster::start());
    let url = cluster.new_database().await;
    let config = sidecar::Database::Postgres(url);
    let database = Arc::new(Database::open(&config).unwrap());
    let ledger = Arc::new(SqlLedger::new(database));
    let router = ledger::router(ledger.clone(), 30, clock());

    // Filters: each sends a row until it is acknowledged, then the next.
    let done = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(AtomicU64::new(0));
    let filters: Vec<_> = (0..4)
        .map(|filter| {
            let (router, done) = (router.clone(), done.clone());
            let acknowledged = acknowledged.clone();
            tokio::spawn(async move {
                let mut count = 0;
                while !done.load(Ordering::Relaxed) {
                    let body = lines(&[now_row(&format!("req_{filter}_{count}"))]);
                    let (status, _) = post(&router, body).await;
                    match status.as_u16() {
                        200 => count += 1,
                        503 => sleep(Duration::from_millis(20)).await,
                        other => panic!("{other}"),
                    }
                    acknowledged.fetch_add(u64::from(status == 200), Ordering::Relaxed);
                }
                count
            })
        })
        .collect();

    for _ in 0..2 {
        let before = acknowledged.load(Ordering::Relaxed);
        wait_for(|| acknowledged.load(Ordering::Relaxed) > before + 50).await;
        let (killed, restarted) = (cluster.clone(), cluster.clone());
        tokio::task::spawn_blocking(move || killed.tell("kill"))
            .await
            .unwrap();
        sleep(Duration::from_millis(300)).await;
        tokio::task::spawn_blocking(move || restarted.tell("start"))
            .await
            .unwrap();
    }
    let before = acknowledged.load(Ordering::Relaxed);
    wait_for(|| acknowledged.load(Ordering::Relaxed) > before + 50).await;
    done.store(true, Ordering::Relaxed);

    for (number, filter) in filters.into_iter().enumerate() {
        for count in 0..filter.await.unwrap() {
            let id = format!("req_{number}_{count}");
            assert!(ledger.row(&id).await.unwrap().is_some(), "{id} is lost");
        }
    }
}

#[tokio::test]
async fn a_sidecar_starts_without_its_database_and_says_so_soon() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("later/ledger.db");
    let config = sidecar::Database::Sqlite(nowhere.clone());
    let ledger = SqlLedger::new(Database::open(&config).unwrap().into());
    let router = ledger::router(Arc::new(ledger), 30, clock());
    let body = lines(&[now_row("a")]);
    let answer = timeout(Duration::from_secs(6), post(&router, body.clone())).await;
    assert_eq!(answer.unwrap().0, 503);
    std::fs::create_dir(nowhere.parent().unwrap()).unwrap();
    assert_eq!(post(&router, body).await.0, 200);
}

async fn wait_for(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = timeout(Duration::from_secs(30), waiting).await;
    waited.expect("it does not come");
}
