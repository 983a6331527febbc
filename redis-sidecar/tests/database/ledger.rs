//! The ledger's contract.

use tidegate::telemetry::row::{AttemptRow, AttemptStatus, Row, Tokens};
use tidegate_sidecar::database::Kind;
use tidegate_sidecar::ledger::{DAY_MS, Dimension, Ledger, SqlLedger};

use crate::stores::{Store, conformance};
use crate::usage::usage;

conformance!(
    a_row_comes_back_as_it_was,
    a_row_that_comes_twice_is_kept_once,
    sidecars_that_append_the_same_rows_at_once_keep_them_once,
    a_bad_row_takes_the_whole_batch_with_it,
    texts_that_clients_choose_are_kept,
    old_days_go_and_the_others_stay,
    a_new_ledger_is_empty,
);

/// Noon of a day.
pub(crate) const NOON: u64 = 20_782 * DAY_MS + DAY_MS / 2;

pub(crate) fn row(id: &str) -> Row {
    let tokens = Tokens {
        input: 100,
        cache_read: 20,
        output: 7,
        ..Tokens::default()
    };
    Row {
        request_id: id.to_owned(),
        ended_ms: NOON,
        duration_us: 1_500_000,
        endpoint: "chat.completions".into(),
        key_id: Some("dev".into()),
        team: Some("research".into()),
        organization: Some("acme".into()),
        model: Some("smart".into()),
        provider: Some("openai".into()),
        served_model: Some("gpt-4o-2024-08-06".into()),
        stream: true,
        status: 200,
        outcome: "answered".into(),
        first_token_us: Some(300_000),
        tokens,
        cost_pico_usd: Some(1_234_567),
        price_version: Some("genai-prices 0.2.1".into()),
        attempts: vec![attempt("openai", tokens, Some(1_234_567))],
        error_code: None,
    }
}

pub(crate) fn attempt(provider: &str, tokens: Tokens, cost_pico_usd: Option<u64>) -> AttemptRow {
    AttemptRow {
        provider: provider.to_owned(),
        model: "gpt-4o".into(),
        status: AttemptStatus::Code(200),
        duration_us: Some(1_400_000),
        tokens,
        cost_pico_usd,
    }
}

pub(crate) fn open(store: &Store) -> SqlLedger {
    SqlLedger::new(store.database.clone())
}

async fn a_row_comes_back_as_it_was(store: Store) {
    let ledger = open(&store);
    let mut full = row("req_1");
    full.error_code = Some("upstream_error".into());
    full.tokens = Tokens {
        input: 1,
        cache_read: 2,
        cache_write_5m: 3,
        cache_write_1h: 4,
        audio_input: 5,
        output: 6,
        reasoning: 7,
        audio_output: 8,
    };
    for status in ["reset", "abandoned"] {
        full.attempts.push(AttemptRow {
            status: AttemptStatus::Word(status.into()),
            duration_us: None,
            ..attempt("claude", Tokens::default(), None)
        });
    }
    let bare = Row {
        request_id: "req_2".into(),
        ended_ms: NOON,
        outcome: "refused".into(),
        ..Row::default()
    };
    let new = ledger.append(&[full.clone(), bare.clone()]).await.unwrap();
    assert_eq!(new, 2);
    assert_eq!(ledger.row("req_1").await.unwrap(), Some(full));
    assert_eq!(ledger.row("req_2").await.unwrap(), Some(bare));
    assert_eq!(ledger.row("req_3").await.unwrap(), None);
}

async fn a_row_that_comes_twice_is_kept_once(store: Store) {
    let ledger = open(&store);
    assert_eq!(ledger.append(&[row("a"), row("b")]).await.unwrap(), 2);
    let mut other = row("b");
    other.cost_pico_usd = Some(9);
    let again = [row("a"), other, row("c"), row("c")];
    assert_eq!(ledger.append(&again).await.unwrap(), 1);
    assert_eq!(ledger.row("b").await.unwrap(), Some(row("b")));
    let lines = usage(&ledger, &[]).await;
    assert_eq!(
        (lines[0].requests, lines[0].cost_pico_usd),
        (3, 3 * 1_234_567)
    );
    let lines = usage(&ledger, &[Dimension::Provider]).await;
    assert_eq!(
        (lines[0].requests, lines[0].cost_pico_usd),
        (3, 3 * 1_234_567)
    );
}

async fn sidecars_that_append_the_same_rows_at_once_keep_them_once(store: Store) {
    // A file has one sidecar when it is made; PostgreSQL's are told one after the other by a lock.
    if store.database.kind() == Kind::Sqlite {
        open(&store).is_empty().await.unwrap();
    }
    let rows: Vec<_> = (0..200)
        .map(|number| row(&format!("req_{number}")))
        .collect();
    let reversed: Vec<_> = rows.iter().rev().cloned().collect();
    let sidecars: Vec<_> = (0..8)
        .map(|number| {
            let ledger = SqlLedger::new(store.again());
            let rows = if number % 2 == 0 { &rows } else { &reversed }.clone();
            tokio::spawn(async move { ledger.append(&rows).await })
        })
        .collect();
    let mut new = 0;
    for sidecar in sidecars {
        new += sidecar.await.unwrap().unwrap();
    }
    assert_eq!(new, 200);
    assert_eq!(usage(&open(&store), &[]).await[0].requests, 200);
}

async fn a_bad_row_takes_the_whole_batch_with_it(store: Store) {
    let ledger = open(&store);
    let mut bad = row("bad");
    bad.cost_pico_usd = Some(u64::MAX);
    let answer = ledger.append(&[row("good"), bad]).await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(ledger.row("good").await.unwrap(), None);
}

async fn texts_that_clients_choose_are_kept(store: Store) {
    let ledger = open(&store);
    let mut odd = row("odd");
    odd.model = Some("'; DROP TABLE requests; -- \"\\ \n ä \u{1f30a} \u{7f}".into());
    let mut with_nul = row("nul");
    with_nul.model = Some("a\0b".into());
    ledger.append(&[odd.clone(), with_nul]).await.unwrap();
    assert_eq!(ledger.row("odd").await.unwrap(), Some(odd));
    let with_nul = ledger.row("nul").await.unwrap().unwrap();
    assert_eq!(with_nul.model.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(ledger.row("' OR '1'='1").await.unwrap(), None);
}

async fn old_days_go_and_the_others_stay(store: Store) {
    let ledger = open(&store);
    let today = NOON / DAY_MS;
    let rows: Vec<_> = (0..4)
        .map(|age| Row {
            ended_ms: NOON - age * DAY_MS,
            ..row(&format!("age_{age}"))
        })
        .collect();
    ledger.append(&rows).await.unwrap();
    ledger.retain(today - 1, today + 7).await.unwrap();
    for (id, stays) in [
        ("age_0", true),
        ("age_1", true),
        ("age_2", false),
        ("age_3", false),
    ] {
        assert_eq!(ledger.row(id).await.unwrap().is_some(), stays, "{id}");
    }
    let by_provider = usage(&ledger, &[Dimension::Provider]).await;
    assert_eq!(by_provider[0].requests, 2);
    // A day that was dropped is made again where one still sends a row for it.
    assert_eq!(ledger.append(&rows).await.unwrap(), 2);
}

async fn a_new_ledger_is_empty(store: Store) {
    let ledger = open(&store);
    assert!(ledger.is_empty().await.unwrap());
    ledger.append(&[row("first")]).await.unwrap();
    assert!(!ledger.is_empty().await.unwrap());
}
