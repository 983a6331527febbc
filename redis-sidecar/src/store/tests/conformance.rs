//! What every store does.

use std::sync::atomic::Ordering;

use tidegate::limiter::protocol::Report;

use super::stage::{BUDGET, RATE, SLOTS, SLOWNESS, START, Stage, ask, spent};
use crate::limits::{ASK_AGAIN_MS, MARGIN_MS, Seed, Span, Terms, VALID_MS};

run_over_all_stores!(
    a_limit_is_shared_by_all_holders_of_all_sidecars,
    what_is_settled_leaves_the_window,
    a_report_that_comes_twice_counts_once,
    a_missed_answer_is_repeated,
    a_holder_that_has_none_voids_what_it_had,
    a_counter_begins_once,
    a_report_that_was_given_up_is_not_applied_later,
    a_silent_holder_loses_its_lease_and_what_it_had_is_used,
    slots_of_a_silent_holder_are_free,
    a_day_ends_at_midnight_of_its_time_zone,
    what_is_only_set_aside_may_be_back_soon,
    sidecars_that_are_started_anew_change_nothing,
    a_store_that_was_never_used_needs_no_quarantine,
    a_store_that_lost_its_memory_is_unavailable_until_all_leases_have_run_out,
    then_it_is_seeded_from_the_ledger,
    slots_come_back_empty_after_the_quarantine,
    a_second_loss_is_sat_out_like_the_first,
    a_ledger_that_is_away_leaves_unseeded_counters_unavailable_until_it_is_back,
    a_counter_that_is_not_configured_is_unavailable,
    many_first_reports_at_once_share_one_beginning,
);

async fn a_limit_is_shared_by_all_holders_of_all_sidecars(stage: Stage) {
    let first = stage.grant("a", ask(RATE, 0, 40)).await;
    assert_eq!((first.granted, first.remaining), (40, 20));
    let second = stage.other().sync("b", vec![ask(RATE, 0, 30)]).await;
    let second = &second.grants[0];
    assert_eq!((second.granted, second.remaining), (20, 0));
    assert!(second.scarce);
    let third = stage.grant("c", ask(RATE, 0, 1)).await;
    assert_eq!((third.granted, third.retry_after_ms), (0, 1_000));
}

async fn what_is_settled_leaves_the_window(stage: Stage) {
    let grant = stage.grant("a", ask(RATE, 0, 60)).await;
    stage.pass(1_000);
    stage.grant("a", spent(RATE, grant.lease, 60)).await;
    stage.pass(1_000);
    let refused = stage.grant("b", ask(RATE, 0, 1)).await;
    assert_eq!((refused.granted, refused.retry_after_ms), (0, 59_500));
    assert_eq!(refused.reset_ms, 59_500);
    stage.pass(59_500);
    let granted = stage.grant("b", ask(RATE, refused.lease, 1)).await;
    assert_eq!((granted.granted, granted.remaining), (1, 59));
}

async fn a_report_that_comes_twice_counts_once(stage: Stage) {
    let grant = stage.grant("a", ask(RATE, 0, 10)).await;
    let report = Report {
        returned: 2,
        ..spent(RATE, grant.lease, 7)
    };
    let once = stage.grant("a", report.clone()).await;
    assert_eq!(stage.grant("a", report).await, once);
    assert_eq!(once.remaining, 52);
}

async fn a_missed_answer_is_repeated(stage: Stage) {
    let grant = stage.grant("a", ask(RATE, 0, 1)).await;
    stage.pass(VALID_MS + MARGIN_MS + 1);
    let missed = stage.grant("a", ask(RATE, grant.lease, 10)).await;
    let heard = stage.grant("a", ask(RATE, grant.lease, 10)).await;
    assert_eq!(heard, missed);
}

async fn a_holder_that_has_none_voids_what_it_had(stage: Stage) {
    let old = stage.grant("a", ask(RATE, 0, 10)).await;
    let new = stage.grant("a", ask(RATE, 0, 10)).await;
    assert!(new.lease > old.lease);
    assert_eq!((new.granted, new.remaining), (10, 40));
}

async fn a_counter_begins_once(stage: Stage) {
    stage.grant("a", ask(RATE, 0, 10)).await;
    let server = stage.store.servers().await.remove(0).server;
    let terms = Terms {
        limit: 60,
        span: Span::Sliding(60_000),
    };
    let seeds = [Seed {
        age_ms: 0,
        amount: 33,
    }];
    stage
        .store
        .seed(&server, RATE, &terms, &seeds)
        .await
        .unwrap();
    assert_eq!(stage.grant("b", ask(RATE, 0, 0)).await.remaining, 50);
}

async fn a_report_that_was_given_up_is_not_applied_later(stage: Stage) {
    stage.ledger.slow.store(true, Ordering::SeqCst);
    assert!(stage.is_unavailable(RATE).await);
    tokio::time::sleep(SLOWNESS).await;
    stage.ledger.slow.store(false, Ordering::SeqCst);
    assert_eq!(stage.grant("b", ask(RATE, 0, 0)).await.remaining, 60);
}

async fn a_silent_holder_loses_its_lease_and_what_it_had_is_used(stage: Stage) {
    let old = stage.grant("a", ask(RATE, 0, 50)).await;
    stage.pass(VALID_MS + MARGIN_MS + 1);
    let new = stage.grant("a", spent(RATE, old.lease, 50)).await;
    assert!(new.lease > old.lease);
    assert_eq!((new.granted, new.remaining), (0, 10));
    stage.pass(61_000);
    assert_eq!(stage.grant("b", ask(RATE, 0, 0)).await.remaining, 60);
}

async fn slots_of_a_silent_holder_are_free(stage: Stage) {
    stage.grant("a", ask(SLOTS, 0, 5)).await;
    assert_eq!(stage.grant("b", ask(SLOTS, 0, 1)).await.granted, 0);
    stage.pass(VALID_MS + MARGIN_MS + 1);
    assert_eq!(stage.grant("c", ask(SLOTS, 0, 5)).await.granted, 5);
}

async fn a_day_ends_at_midnight_of_its_time_zone(stage: Stage) {
    let grant = stage.grant("a", ask(BUDGET, 0, 1_000)).await;
    assert_eq!(grant.reset_ms, 15 * 3_600_000);
    stage.grant("a", spent(BUDGET, grant.lease, 1_000)).await;
    stage.pass(15 * 3_600_000 - 1);
    let refused = stage.grant("b", ask(BUDGET, 0, 1)).await;
    assert_eq!((refused.granted, refused.retry_after_ms), (0, 1));
    stage.pass(1);
    let granted = stage.grant("b", ask(BUDGET, refused.lease, 1)).await;
    assert_eq!((granted.granted, granted.reset_ms), (1, 24 * 3_600_000));
}

async fn what_is_only_set_aside_may_be_back_soon(stage: Stage) {
    let half = stage.grant("a", ask(BUDGET, 0, 500)).await;
    stage.grant("a", spent(BUDGET, half.lease, 500)).await;
    stage.grant("b", ask(BUDGET, 0, 400)).await;
    let all_or_nothing = |need| Report {
        least: need,
        ..ask(BUDGET, 0, need)
    };
    let refused = stage.grant("c", all_or_nothing(200)).await;
    assert_eq!((refused.granted, refused.retry_after_ms), (0, ASK_AGAIN_MS));
    let used_up = stage.grant("d", all_or_nothing(501)).await;
    assert_eq!(
        (used_up.granted, used_up.retry_after_ms),
        (0, 15 * 3_600_000)
    );
}

async fn sidecars_that_are_started_anew_change_nothing(mut stage: Stage) {
    let grant = stage.grant("a", ask(RATE, 0, 10)).await;
    stage.restart_sidecars();
    let same = stage.grant("a", spent(RATE, grant.lease, 4)).await;
    assert_eq!(
        (same.lease, same.granted, same.remaining),
        (grant.lease, 10, 50)
    );
}

async fn a_store_that_was_never_used_needs_no_quarantine(stage: Stage) {
    assert!(!stage.is_unavailable(RATE).await);
    assert!(!stage.is_unavailable(BUDGET).await);
}

async fn a_store_that_lost_its_memory_is_unavailable_until_all_leases_have_run_out(
    mut stage: Stage,
) {
    stage.grant("a", ask(RATE, 0, 30)).await;
    stage.ledger.rows.lock().unwrap().push((START, 30));
    stage.lose_memory().await;
    for passing in [0, VALID_MS + MARGIN_MS] {
        stage.pass(passing);
        for id in [RATE, SLOTS, BUDGET] {
            assert!(stage.is_unavailable(id).await, "{id} after {passing} ms");
        }
    }
    stage.pass(1);
    for id in [RATE, SLOTS, BUDGET] {
        assert!(!stage.is_unavailable(id).await, "{id}");
    }
}

async fn then_it_is_seeded_from_the_ledger(mut stage: Stage) {
    let old = stage.grant("a", ask(RATE, 0, 30)).await;
    let rows = vec![(START - 3_600_000, 400), (START - 45_000, 20), (START, 25)];
    *stage.ledger.rows.lock().unwrap() = rows;
    stage.lose_memory().await;
    stage.pass(VALID_MS + MARGIN_MS + 1);
    let rate = stage.grant("a", ask(RATE, old.lease, 0)).await;
    assert!(rate.lease > old.lease);
    assert_eq!(rate.remaining, 60 - 20 - 25);
    let budget = stage.grant("a", ask(BUDGET, 0, 0)).await;
    assert_eq!(budget.remaining, 1_000 - 400 - 20 - 25);
    stage.pass(5_000);
    assert_eq!(stage.grant("a", ask(RATE, 0, 0)).await.remaining, 60 - 25);
}

async fn slots_come_back_empty_after_the_quarantine(mut stage: Stage) {
    stage.grant("a", ask(SLOTS, 0, 5)).await;
    stage.ledger.rows.lock().unwrap().push((START, 1));
    stage.lose_memory().await;
    assert!(stage.is_unavailable(SLOTS).await);
    stage.pass(VALID_MS + MARGIN_MS + 1);
    assert_eq!(stage.grant("b", ask(SLOTS, 0, 5)).await.granted, 5);
}

async fn a_second_loss_is_sat_out_like_the_first(mut stage: Stage) {
    stage.grant("a", ask(RATE, 0, 1)).await;
    stage.ledger.rows.lock().unwrap().push((START, 1));
    for _ in 0..2 {
        stage.lose_memory().await;
        assert!(stage.is_unavailable(RATE).await);
        stage.pass(VALID_MS + MARGIN_MS + 1);
        assert!(!stage.is_unavailable(RATE).await);
        assert!(!stage.is_unavailable(SLOTS).await);
    }
}

async fn a_ledger_that_is_away_leaves_unseeded_counters_unavailable_until_it_is_back(stage: Stage) {
    stage.grant("a", ask(RATE, 0, 1)).await;
    stage.ledger.broken.store(true, Ordering::SeqCst);
    assert!(stage.is_unavailable(BUDGET).await);
    assert!(!stage.is_unavailable(SLOTS).await);
    assert!(!stage.is_unavailable(RATE).await);
    stage.ledger.broken.store(false, Ordering::SeqCst);
    assert!(!stage.is_unavailable(BUDGET).await);
}

async fn a_counter_that_is_not_configured_is_unavailable(stage: Stage) {
    assert!(stage.is_unavailable("key/nobody/requests/60s").await);
}

async fn many_first_reports_at_once_share_one_beginning(stage: Stage) {
    let mut first = Vec::new();
    for holder in 0..20 {
        let limiters = &stage.limiters;
        let limiter = limiters[holder % limiters.len()].clone();
        let report = vec![ask(RATE, 0, 3)];
        let work = async move { limiter.sync(&format!("holder {holder}"), report).await };
        first.push(tokio::spawn(work));
    }
    let mut granted = 0;
    for reply in first {
        granted += reply.await.unwrap().grants[0].granted;
    }
    assert_eq!(granted, 60);
    let asked = stage.ledger.asked.load(Ordering::SeqCst);
    let once_each = 1..=stage.limiters.len();
    assert!(
        once_each.contains(&asked),
        "the ledger was asked {asked} times"
    );
}
