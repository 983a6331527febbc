//! Sums over rows.

use tidegate::telemetry::row::{Row, Tokens};
use tidegate_sidecar::ledger::{DAY_MS, Dimension, Ledger as _, SqlLedger, UsageLine, UsageQuery};

use crate::ledger::{NOON, attempt, open, row};
use crate::stores::{Store, conformance};

conformance!(
    usage_is_summed_by_each_dimension,
    usage_by_provider_is_of_attempts,
    money_beyond_64_bits_is_summed_exactly,
    nothing_used_is_one_line_of_nothing,
);

pub(crate) async fn usage(ledger: &SqlLedger, group_by: &[Dimension]) -> Vec<UsageLine> {
    let query = UsageQuery {
        from_ms: NOON - DAY_MS,
        to_ms: NOON + 2 * DAY_MS,
        group_by: group_by.to_vec(),
    };
    ledger.usage(&query).await.unwrap()
}

async fn usage_is_summed_by_each_dimension(store: Store) {
    let ledger = open(&store);
    let mut next_day = row("next_day");
    next_day.ended_ms += DAY_MS;
    let mut other_key = row("other_key");
    (other_key.key_id, other_key.team) = (Some("ops".into()), None);
    let mut outside = row("outside");
    outside.ended_ms = NOON + 2 * DAY_MS;
    let mut copy = row("a/shadow");
    copy.endpoint = "shadow/chat.completions".into();
    ledger
        .append(&[row("a"), next_day, other_key, outside, copy])
        .await
        .unwrap();

    let by = |lines: Vec<UsageLine>| {
        let line = |line: UsageLine| {
            let by: Vec<_> = line.by.into_values().collect();
            (by, line.requests, line.tokens, line.cost_pico_usd)
        };
        lines.into_iter().map(line).collect::<Vec<_>>()
    };
    let tokens = |times: u64| [100, 20, 0, 0, 0, 7, 0, 0].map(|count| count * times);
    let some = |value: &str| Some(value.to_owned());
    assert_eq!(
        by(usage(&ledger, &[Dimension::Key]).await),
        [
            (vec![some("dev")], 2, tokens(2), 2_469_134),
            (vec![some("ops")], 1, tokens(1), 1_234_567),
        ]
    );
    assert_eq!(
        by(usage(&ledger, &[Dimension::Team, Dimension::Day]).await),
        [
            (vec![None, some("2026-11-25")], 1, tokens(1), 1_234_567),
            (
                vec![some("research"), some("2026-11-25")],
                1,
                tokens(1),
                1_234_567
            ),
            (
                vec![some("research"), some("2026-11-26")],
                1,
                tokens(1),
                1_234_567
            ),
        ]
    );
    let all = usage(&ledger, &Dimension::ALL).await;
    assert_eq!(all.iter().map(|line| line.requests).sum::<u64>(), 3);
    let first = &all[0].by;
    assert_eq!(first[&Dimension::Organization].as_deref(), Some("acme"));
    assert_eq!(first[&Dimension::Model].as_deref(), Some("smart"));
}

async fn usage_by_provider_is_of_attempts(store: Store) {
    let ledger = open(&store);
    let half = Tokens {
        input: 50,
        ..Tokens::default()
    };
    let mut shared = row("shared");
    shared.tokens = Tokens {
        input: 150,
        ..Tokens::default()
    };
    shared.cost_pico_usd = None;
    shared.attempts = vec![
        attempt("openai", half, Some(5)),
        attempt("claude", half, None),
        attempt("openai", half, Some(7)),
    ];
    let mut refused = row("refused");
    refused.outcome = "refused".into();
    (refused.tokens, refused.cost_pico_usd) = (Tokens::default(), None);
    refused.attempts.clear();
    ledger.append(&[shared, refused]).await.unwrap();

    let lines = usage(&ledger, &[Dimension::Provider]).await;
    let sums = lines.iter().map(|line| {
        let provider = line.by[&Dimension::Provider].as_deref();
        (
            provider,
            line.requests,
            line.unpriced,
            line.tokens[0],
            line.cost_pico_usd,
        )
    });
    assert_eq!(
        sums.collect::<Vec<_>>(),
        [
            (None, 1, 0, 0, 0),
            (Some("claude"), 1, 1, 50, 0),
            (Some("openai"), 1, 0, 100, 12),
        ]
    );
    let whole = usage(&ledger, &[]).await;
    assert_eq!((whole[0].requests, whole[0].unpriced), (2, 1));
}

async fn money_beyond_64_bits_is_summed_exactly(store: Store) {
    let ledger = open(&store);
    let most = u64::try_from(i64::MAX).unwrap();
    let rows: Vec<_> = (0..5)
        .map(|number| Row {
            cost_pico_usd: Some(most - number),
            ..row(&format!("req_{number}"))
        })
        .collect();
    ledger.append(&rows).await.unwrap();
    let lines = usage(&ledger, &[Dimension::Team]).await;
    assert_eq!(lines[0].cost_pico_usd, u128::from(most) * 5 - 10);
}

async fn nothing_used_is_one_line_of_nothing(store: Store) {
    let ledger = open(&store);
    assert_eq!(usage(&ledger, &[]).await, [UsageLine::default()]);
    assert_eq!(usage(&ledger, &[Dimension::Key]).await, []);
}
