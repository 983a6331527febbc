//! What only PostgreSQL has.

use std::time::Duration;

use sqlx::{Connection as _, Row as _};
use tidegate::config::sidecar;
use tidegate_sidecar::database::Database;
use tidegate_sidecar::ledger::{DAY_MS, Ledger as _, SqlLedger};

use crate::cluster::shared;
use crate::ledger::{NOON, row};

fn open(url: &str) -> SqlLedger {
    let config = sidecar::Database::Postgres(url.to_owned());
    SqlLedger::new(Database::open(&config).unwrap().into())
}

async fn partitions(url: &str, table: &str) -> Vec<String> {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let sql = "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON oid = inhrelid \
        WHERE inhparent = $1::regclass AND relkind = 'r' ORDER BY 1";
    let rows = sqlx::query(sql)
        .bind(table.to_owned())
        .fetch_all(&mut connection)
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn days_have_their_place_before_they_come_and_lose_it_when_they_are_old() {
    let url = shared().new_database().await;
    let ledger = open(&url);
    let today = NOON / DAY_MS;
    ledger.append(&[row("a")]).await.unwrap();
    assert_eq!(partitions(&url, "requests").await, ["requests_2026_11_25"]);
    ledger.retain(today - 30, today + 2).await.unwrap();
    let ahead = partitions(&url, "attempts").await;
    assert!(
        ahead.contains(&"attempts_2026_11_27".to_owned()),
        "{ahead:?}"
    );
    ledger.retain(today + 1, today + 2).await.unwrap();
    assert_eq!(
        partitions(&url, "requests").await,
        ["requests_2026_11_26", "requests_2026_11_27"]
    );
}

#[tokio::test]
async fn a_new_day_waits_for_no_reader() {
    let url = shared().new_database().await;
    let ledger = open(&url);
    ledger.append(&[row("a")]).await.unwrap();
    let mut reader = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("SELECT COUNT(*) FROM requests")
        .fetch_one(&mut *reading)
        .await
        .unwrap();

    let mut tomorrow = row("b");
    tomorrow.ended_ms += DAY_MS;
    let rows = [tomorrow];
    let appended = tokio::time::timeout(Duration::from_secs(5), ledger.append(&rows)).await;
    assert_eq!(appended.expect("it waits for the reader"), Ok(1));
    reading.rollback().await.unwrap();
}

#[tokio::test]
async fn a_question_about_one_day_reads_one_day() {
    let url = shared().new_database().await;
    let ledger = open(&url);
    let today = NOON / DAY_MS;
    ledger.retain(today, today + 7).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let sql = "EXPLAIN SELECT COUNT(*) FROM requests WHERE day >= $1 AND day <= $2";
    let query = sqlx::query(sql).bind(20_783_i64).bind(20_783_i64);
    let plan = query.fetch_all(&mut connection).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let read = plan.iter().filter(|line| line.contains("requests_2026"));
    assert_eq!(read.count(), 1, "{plan:#?}");
}
