//! Counters, and the ledger beside them.

use serde_json::{Value, json};
use tidegate::limiter::protocol::Report;
use tidegate_sidecar::ledger::Ledger as _;

use super::{Admin, BUDGET, RATE, open};
use crate::intake::now_row;
use crate::stores::{Store, conformance};

conformance!(
    counters_are_shown_as_they_stand,
    counters_come_page_by_page,
    counters_are_compared_with_the_ledger,
    what_is_asked_wrongly_of_counters_is_told,
    a_key_that_was_made_has_its_counters_shown,
);

/// A report of a worker that wants so much, or has spent it.
fn report(id: &str, lease: u64, settled: u64, need: u64) -> Report {
    Report {
        id: id.to_owned(),
        lease,
        settled,
        least: need.min(1),
        need,
        want: need,
        ..Report::default()
    }
}

/// A worker has used two requests and $0.000002470, and holds three and $0.00000653.
async fn used(store: &Store) -> Admin {
    let admin = open(store);
    let first = vec![report(RATE, 0, 0, 5), report(BUDGET, 0, 0, 9_000)];
    let granted = admin.limiter.sync("a", first).await.grants;
    let settled = vec![
        report(RATE, granted[0].lease, 2, 0),
        report(BUDGET, granted[1].lease, 2 * 1_235, 0),
    ];
    admin.limiter.sync("a", settled).await;
    admin
}

/// The row of one of them.
async fn recorded(admin: &Admin, id: &str) {
    let mut row = now_row(id);
    row.key_id = Some("fixed".into());
    admin.ledger.append(&[row]).await.unwrap();
}

fn of(one: &Value, names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| one[*name].clone()).collect()
}

async fn counters_are_shown_as_they_stand(store: Store) {
    let admin = used(&store).await;
    let shown = admin.get("/admin/limits?key=fixed&measure=requests").await;
    let rate = &shown["counters"][0];
    let amounts = of(rate, &["limit", "used", "outstanding", "remaining"]);
    assert_eq!(amounts, [1_000_000, 2, 3, 999_995].map(Value::from));
    let names = of(
        rate,
        &["state", "scope", "name", "window", "unit", "on_unavailable"],
    );
    assert_eq!(
        names,
        ["counted", "key", "fixed", "60s", "requests", "deny"].map(Value::from)
    );
    let reset = rate["reset_ms"].as_u64().unwrap();
    assert!((55_000..=60_500).contains(&reset), "{reset}");
}

async fn counters_come_page_by_page(store: Store) {
    let admin = used(&store).await;
    let all = admin.get("/admin/limits").await;
    let all = all["counters"].as_array().unwrap();
    let ids: Vec<_> = all.iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["key/fixed/parallel_requests", RATE, BUDGET]);
    assert_eq!(
        of(&all[0], &["state", "used"]),
        [json!("unseeded"), Value::Null]
    );
    let page = admin.get("/admin/limits?most=1").await;
    assert_eq!(page["next"], "key/fixed/parallel_requests");
    let page = admin
        .get("/admin/limits?after=key/fixed/parallel_requests&most=2")
        .await;
    assert_eq!(
        (&page["counters"][1]["id"], page.get("next")),
        (&json!(BUDGET), None)
    );
}

async fn counters_are_compared_with_the_ledger(store: Store) {
    let admin = used(&store).await;
    recorded(&admin, "req_1").await;
    let compared = admin.get("/admin/reconcile").await;
    let compared = compared["counters"].as_array().unwrap();
    let sums = |one| of(one, &["counter", "ledger", "difference"]);
    assert_eq!(compared.len(), 2);
    assert_eq!(sums(&compared[0]), [2, 1, 1].map(Value::from));
    assert_eq!(sums(&compared[1]), [2_470, 1_235, 1_235].map(Value::from));
    let since = compared[1]["since"].as_str().unwrap();
    assert!(since.ends_with("T00:00:00Z"), "{since}");
    recorded(&admin, "req_2").await;
    let compared = admin.get("/admin/reconcile").await;
    for one in compared["counters"].as_array().unwrap() {
        assert_eq!(one["difference"], 0, "{one}");
    }
}

async fn what_is_asked_wrongly_of_counters_is_told(store: Store) {
    let admin = open(&store);
    for (query, message) in [
        ("most=0", "most: must be from 1 to"),
        ("most=501", "most: must be from 1 to"),
        ("most=many", "most"),
        ("scope=everyone", "scope"),
        ("measure=love", "measure"),
        ("kay=dev", "unknown field `kay`"),
    ] {
        for path in ["limits", "reconcile"] {
            let path = format!("/admin/{path}?{query}");
            let (status, answer) = admin.ask("GET", &path, &Value::Null).await;
            assert_eq!(status, 400, "{path}: {answer}");
            let said = answer["error"].as_str().unwrap();
            assert!(said.contains(message), "{path}: {said}");
        }
    }
    assert_eq!(
        admin.get("/admin/limits?key=nobody").await["counters"],
        json!([])
    );
}

async fn a_key_that_was_made_has_its_counters_shown(store: Store) {
    let admin = open(&store);
    let rates = json!({"requests_per_minute": 7});
    admin.made(json!({"id": "dev", "rate_limits": rates})).await;
    let shown = admin.get("/admin/limits?key=dev").await;
    let [rate] = shown["counters"].as_array().unwrap().as_slice() else {
        panic!("{shown}");
    };
    assert_eq!(
        (&rate["id"], &rate["limit"]),
        (&json!("key/dev/requests/60s"), &json!(7))
    );
    assert_eq!(rate["on_unavailable"], "allow");
}
