//! What counters are seeded from.

use tidegate::config::limits::{Measure, Scope, ScopeKind};
use tidegate::telemetry::row::Row;
use tidegate_sidecar::ledger::{Ledger as _, Spent, SpentQuery};

use crate::ledger::{NOON, open, row};
use crate::stores::{Store, conformance};

conformance!(what_was_spent_is_told_by_scope_measure_and_part);

async fn what_was_spent_is_told_by_scope_measure_and_part(store: Store) {
    let ledger = open(&store);
    ledger.append(&rows()).await.unwrap();

    let spent = async |kind: ScopeKind, name: &str, measure: Measure| {
        let query = SpentQuery {
            scope: Scope {
                kind,
                name: name.to_owned(),
            },
            measure,
            from_ms: NOON,
            to_ms: NOON + 120_000,
            part_ms: 60_000,
        };
        let parts = ledger.spent(&query).await.unwrap();
        let part = |part: Spent| (part.latest_ms - NOON, part.amount);
        parts.into_iter().map(part).collect::<Vec<_>>()
    };
    for (kind, name) in [
        (ScopeKind::Key, "dev"),
        (ScopeKind::Team, "research"),
        (ScopeKind::Organization, "acme"),
        (ScopeKind::Model, "smart"),
    ] {
        let requests = spent(kind, name, Measure::Requests).await;
        assert_eq!(requests, [(59_999, 2), (60_000, 1)], "{kind:?}");
    }
    let tokens = spent(ScopeKind::Key, "dev", Measure::Tokens).await;
    assert_eq!(tokens, [(59_999, 254), (60_000, 127)]);
    let cost = spent(ScopeKind::Key, "dev", Measure::Cost).await;
    assert_eq!(
        cost,
        [(59_999, 1 + 2), (60_000, 2)],
        "each rounded up to nano-dollars"
    );
    let all = spent(ScopeKind::Gateway, "", Measure::Requests).await;
    assert_eq!(all, [(59_999, 3), (60_000, 1)]);
    assert_eq!(spent(ScopeKind::Key, "nobody", Measure::Cost).await, []);
    assert_eq!(
        spent(ScopeKind::Key, "dev", Measure::ParallelRequests).await,
        []
    );
}

fn rows() -> Vec<Row> {
    let at = |id: &str, offset: u64, cost: u64| Row {
        ended_ms: NOON + offset,
        cost_pico_usd: Some(cost),
        ..row(id)
    };
    let mut stranger = at("stranger", 0, 1);
    (stranger.key_id, stranger.team) = (Some("ops".into()), Some("ops".into()));
    (stranger.organization, stranger.model) = (None, Some("small".into()));
    let mut refused = at("refused", 0, 1);
    refused.outcome = "refused".into();
    let mut list = at("list", 0, 0);
    (list.endpoint, list.model) = ("models".into(), None);
    let mut copy = at("early/shadow", 0, 1);
    copy.endpoint = "shadow/chat.completions".into();
    let mut failed = at("failed", 59_999, 2_000);
    failed.outcome = "failed".into();
    vec![
        at("early", 0, 1),
        failed,
        at("late", 60_000, 1_001),
        at("outside", 120_000, 1),
        stranger,
        refused,
        list,
        copy,
    ]
}
