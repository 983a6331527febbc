//! A process that comes back, with less than it had.

use crate::limits::{MARGIN_MS, VALID_MS};
use crate::store::tests::stage::{BUDGET, Kind, RATE, SLOTS, START, Stage, ask, spent};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_snapshot_is_not_believed_and_the_ledger_counts() {
    let mut stage = Stage::new(&Kind::Redis);
    let grant = stage.grant("a", ask(BUDGET, 0, 100)).await;
    stage.grant("a", spent(BUDGET, grant.lease, 70)).await;
    assert_eq!(stage.server.as_ref().unwrap().say("SAVE"), "+OK");
    let more = stage.grant("a", ask(BUDGET, grant.lease, 830)).await;
    stage.grant("a", spent(BUDGET, more.lease, 900)).await;
    *stage.ledger.rows.lock().unwrap() = vec![(START, 900)];
    stage.lose_memory().await;
    assert!(stage.is_unavailable(BUDGET).await);
    stage.pass(VALID_MS + MARGIN_MS + 1);
    let left = stage.grant("b", ask(BUDGET, 0, 0)).await;
    assert_eq!(left.remaining, 1_000 - 900 - 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_append_only_file_kept_counts_where_the_ledger_has_less() {
    let options = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut stage = Stage::with_options(&Kind::Redis, &options);
    let grant = stage.grant("a", ask(RATE, 0, 40)).await;
    stage.grant("a", spent(RATE, grant.lease, 25)).await;
    stage.grant("a", ask(SLOTS, 0, 5)).await;
    *stage.ledger.rows.lock().unwrap() = vec![(START, 20)];
    stage.lose_memory().await;
    assert!(stage.is_unavailable(RATE).await);
    stage.pass(VALID_MS + MARGIN_MS + 1);
    let new = stage.grant("a", spent(RATE, grant.lease, 40)).await;
    assert!(new.lease > grant.lease);
    assert_eq!((new.granted, new.remaining), (0, 60 - 25 - 15));
    assert_eq!(stage.grant("b", ask(SLOTS, 0, 5)).await.granted, 5);
    stage.pass(61_000);
    assert_eq!(stage.grant("b", ask(RATE, 0, 0)).await.remaining, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_is_flushed_is_a_loss_though_the_process_lives_on() {
    let stage = Stage::new(&Kind::Redis);
    stage.grant("a", ask(RATE, 0, 40)).await;
    stage.look().await;
    stage.pass(1);
    *stage.ledger.rows.lock().unwrap() = vec![(START, 40)];
    assert_eq!(stage.server.as_ref().unwrap().say("FLUSHALL"), "+OK");
    assert!(stage.is_unavailable(RATE).await);
    stage.pass(VALID_MS + MARGIN_MS + 1);
    assert_eq!(stage.grant("b", ask(RATE, 0, 0)).await.remaining, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_that_are_flushed_cost_one_answer() {
    let stage = Stage::new(&Kind::Redis);
    let grant = stage.grant("a", ask(RATE, 0, 40)).await;
    assert_eq!(stage.server.as_ref().unwrap().say("SCRIPT FLUSH"), "+OK");
    assert!(stage.is_unavailable(RATE).await);
    let same = stage.grant("a", spent(RATE, grant.lease, 10)).await;
    assert_eq!((same.lease, same.granted), (grant.lease, 40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sidecar_that_granted_nothing_knows_that_another_one_did() {
    let mut stage = Stage::new(&Kind::Redis);
    stage.grant("a", ask(RATE, 0, 10)).await;
    stage.lose_memory().await;
    assert!(stage.is_unavailable(RATE).await);
    let reply = stage.other().sync("b", vec![ask(RATE, 0, 1)]).await;
    assert_eq!(reply.unavailable, [RATE]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_sidecar_admitted_and_seeded_counts_for_all() {
    let mut stage = Stage::new(&Kind::Redis);
    stage.grant("a", ask(RATE, 0, 10)).await;
    *stage.ledger.rows.lock().unwrap() = vec![(START, 10)];
    stage.lose_memory().await;
    stage.pass(VALID_MS + MARGIN_MS + 1);
    stage.limiters[0].look().await;
    stage.grant("a", ask(RATE, 0, 20)).await;
    *stage.ledger.rows.lock().unwrap() = vec![(START, 59)];
    let reply = stage.other().sync("b", vec![ask(RATE, 0, 5)]).await;
    assert_eq!(reply.grants[0].remaining, 60 - 10 - 20 - 5);
}
