use tidegate::config::limits::ScopeKind;

use super::super::budgets::Budget;
use super::*;

fn ids(limits: Vec<Limit>) -> Vec<(String, u64)> {
    let counters = limits
        .into_iter()
        .map(|limit| limit.counter(ScopeKind::Key, "dev"));
    counters
        .map(|counter| (counter.id, counter.limit))
        .collect()
}

fn rates(json: &str) -> Result<Vec<(String, u64)>, Problem> {
    let rates: RateLimits = serde_json::from_str(json).unwrap();
    rates.limits().map(ids)
}

fn budgets(json: &str) -> Result<Vec<(String, u64)>, Problem> {
    let budgets: Vec<Budget> = serde_json::from_str(json).unwrap();
    Budget::limits(&budgets).map(ids)
}

fn wrong(answer: Result<Vec<(String, u64)>, Problem>) -> String {
    match answer {
        Err(Problem::Field { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn limits_become_the_counters_that_the_configuration_would_make() {
    let found = rates(
        r#"{"requests_per_minute": 60, "tokens_per_day": 5, "parallel_requests": 3,
            "requests": [{"limit": 9, "per": "10s"}]}"#,
    );
    let expected = [
        ("key/dev/requests/60s", 60),
        ("key/dev/tokens/86400s", 5),
        ("key/dev/parallel_requests", 3),
        ("key/dev/requests/10s", 9),
    ];
    assert_eq!(
        found.unwrap(),
        expected.map(|(id, limit)| (id.to_owned(), limit))
    );
    let found = budgets(
        r#"[{"usd": 50, "per": "day", "time_zone": "europe/berlin"},
            {"usd": "0.5", "per": "month", "rolling": true}]"#,
    );
    let expected = [
        ("key/dev/cost/day@Europe/Berlin", 50_000_000_000),
        ("key/dev/cost/2592000s", 500_000_000),
    ];
    assert_eq!(
        found.unwrap(),
        expected.map(|(id, limit)| (id.to_owned(), limit))
    );
}

#[test]
fn a_rate_that_is_wrong_is_named() {
    for (json, field) in [
        (r#"{"requests_per_minute": 0}"#, "requests_per_minute"),
        (r#"{"tokens_per_day": 1000000000001}"#, "tokens_per_day"),
        (r#"{"parallel_requests": 1000001}"#, "parallel_requests"),
        (
            r#"{"requests": [{"limit": 1, "per": "5"}]}"#,
            "requests[0].per",
        ),
        (
            r#"{"tokens": [{"limit": 1, "per": "999ms"}]}"#,
            "tokens[0].per",
        ),
        (
            r#"{"tokens": [{"limit": 1, "per": "25h"}]}"#,
            "tokens[0].per",
        ),
        (r#"{"tokens": [{"limit": 1, "per": "é"}]}"#, "tokens[0].per"),
        (
            r#"{"requests_per_minute": 1, "requests": [{"limit": 2, "per": "60s"}]}"#,
            "requests[0]",
        ),
    ] {
        assert_eq!(wrong(rates(json)), field, "{json}");
    }
}

#[test]
fn a_budget_that_is_wrong_is_named() {
    for (json, field) in [
        (
            r#"[{"usd": 1, "per": "day", "time_zone": "Europe/Atlantis"}]"#,
            "[0].time_zone",
        ),
        (
            r#"[{"usd": 1, "per": "day", "rolling": true, "time_zone": "UTC"}]"#,
            "[0].time_zone",
        ),
        (
            r#"[{"usd": 1, "per": "day"}, {"usd": 2, "per": "day", "time_zone": "UTC"}]"#,
            "[1]",
        ),
        (
            r#"[{"usd": 1, "per": "day", "alert_at": [5]}]"#,
            "[0].alert_at",
        ),
        (
            r#"[{"usd": 1, "per": "day", "webhook": "ftp://example.com"}]"#,
            "[0].webhook",
        ),
        (
            r#"[{"usd": 1, "per": "day", "webhook": "https:///hook"}]"#,
            "[0].webhook",
        ),
        (
            r#"[{"usd": 1, "per": "day", "webhook": "http://h/", "alert_at": [5, 101]}]"#,
            "[0].alert_at[1]",
        ),
    ] {
        assert_eq!(wrong(budgets(json)), field, "{json}");
    }
}

#[test]
fn a_webhook_is_shown_by_its_host_only() {
    let json = r#"{"usd": 1, "per": "day", "webhook": "https://u:p@h.example:1/secret?a=b"}"#;
    let budget: Budget = serde_json::from_str(json).unwrap();
    let shown = budget.shown().webhook;
    assert_eq!(shown.as_deref(), Some("https://h.example/…"));
}
