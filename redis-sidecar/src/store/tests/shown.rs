//! How counters are shown.

use tidegate::config::limits::{Measure, Scope, ScopeKind};

use super::stage::{BUDGET, RATE, SLOTS, START, Stage, ask, spent};
use crate::limits::{Level, MARGIN_MS, VALID_MS};
use crate::store::{Shown, Standing, Wanted};

run_over_all_stores!(
    what_is_used_and_what_is_set_aside_are_shown,
    slots_and_budgets_are_shown,
    showing_a_counter_changes_nothing,
    counters_are_shown_page_by_page_and_by_what_is_wanted,
    a_store_that_lost_its_memory_shows_nothing,
);

async fn standing(stage: &Stage, id: &str) -> Standing {
    let everything = Wanted {
        most: 10,
        ..Wanted::default()
    };
    let (standings, are_more) = stage.other().levels(&everything).await;
    assert!(!are_more);
    let mut found = standings.into_iter();
    found.find(|standing| standing.counter.id == id).unwrap()
}

async fn level(stage: &Stage, id: &str) -> Level {
    match standing(stage, id).await.shown {
        Shown::Level(level) => level,
        other => panic!("{id}: {other:?}"),
    }
}

async fn what_is_used_and_what_is_set_aside_are_shown(stage: Stage) {
    let rate = stage.grant("a", ask(RATE, 0, 10)).await;
    stage.grant("b", ask(RATE, 0, 5)).await;
    stage.pass(1_000);
    stage.grant("a", spent(RATE, rate.lease, 7)).await;
    stage.pass(250);
    let expected = Level {
        used: 7,
        outstanding: 3 + 5,
        holders: 2,
        // The bucket's end, and a minute.
        reset_ms: 60_250,
        counted_ms: 60_250,
    };
    assert_eq!(level(&stage, RATE).await, expected);
    let since = standing(&stage, RATE).await.since_ms;
    assert_eq!(since, Some(START + 1_000 - 60_000));
}

async fn slots_and_budgets_are_shown(stage: Stage) {
    stage.grant("a", ask(SLOTS, 0, 2)).await;
    let slots = level(&stage, SLOTS).await;
    assert_eq!((slots.used, slots.outstanding, slots.holders), (0, 2, 1));
    assert_eq!(standing(&stage, SLOTS).await.since_ms, None);
    let budget = stage.grant("a", ask(BUDGET, 0, 300)).await;
    stage.grant("a", spent(BUDGET, budget.lease, 250)).await;
    let budget = level(&stage, BUDGET).await;
    assert_eq!((budget.used, budget.outstanding), (250, 50));
    // 2027-01-15 00:00 in Berlin.
    let since = standing(&stage, BUDGET).await.since_ms;
    assert_eq!(since, Some(START - 9 * 3_600_000));
}

async fn showing_a_counter_changes_nothing(stage: Stage) {
    let before = stage.grant("a", ask(RATE, 0, 10)).await;
    stage.pass(VALID_MS + MARGIN_MS + 1);
    let silent = level(&stage, RATE).await;
    assert_eq!(
        (silent.used, silent.outstanding, silent.holders),
        (10, 0, 0)
    );
    stage.set_clock(START);
    let alive = level(&stage, RATE).await;
    assert_eq!((alive.used, alive.outstanding, alive.holders), (0, 10, 1));
    let after = stage.grant("a", ask(RATE, before.lease, 1)).await;
    assert_eq!((after.lease, after.granted), (before.lease, 11));
}

async fn counters_are_shown_page_by_page_and_by_what_is_wanted(stage: Stage) {
    let ids = async |wanted: Wanted| {
        let (standings, are_more) = stage.other().levels(&wanted).await;
        let ids = standings.into_iter().map(|standing| standing.counter.id);
        (ids.collect::<Vec<_>>(), are_more)
    };
    let two = Wanted {
        most: 2,
        ..Wanted::default()
    };
    let page = ids(two.clone()).await;
    assert_eq!(page, (vec![BUDGET.to_owned(), SLOTS.to_owned()], true));
    let after = Some(SLOTS.to_owned());
    let page = ids(Wanted {
        after,
        ..two.clone()
    })
    .await;
    assert_eq!(page, (vec![RATE.to_owned()], false));
    let measure = Some(Measure::Cost);
    let page = ids(Wanted {
        measure,
        ..two.clone()
    })
    .await;
    assert_eq!(page, (vec![BUDGET.to_owned()], false));
    let in_ledger = true;
    let page = ids(Wanted {
        in_ledger,
        ..two.clone()
    })
    .await;
    assert_eq!(page, (vec![BUDGET.to_owned(), RATE.to_owned()], false));
    let name = "ops".to_owned();
    let kind = ScopeKind::Key;
    let scopes = vec![Scope { kind, name }];
    let page = ids(Wanted {
        scopes,
        ..two.clone()
    })
    .await;
    assert_eq!(page, (vec![], false));
    let kind = Some(ScopeKind::Team);
    assert_eq!(ids(Wanted { kind, ..two }).await, (vec![], false));
}

async fn a_store_that_lost_its_memory_shows_nothing(mut stage: Stage) {
    assert_eq!(standing(&stage, RATE).await.shown, Shown::Unseeded);
    stage.grant("a", ask(RATE, 0, 10)).await;
    stage.ledger.rows.lock().unwrap().push((START, 4));
    stage.lose_memory().await;
    assert_eq!(standing(&stage, RATE).await.shown, Shown::Unseeded);
    stage.pass(VALID_MS + MARGIN_MS + 1);
    stage.look().await;
    stage.grant("b", ask(RATE, 0, 1)).await;
    assert_eq!(level(&stage, RATE).await.used, 4);
}
