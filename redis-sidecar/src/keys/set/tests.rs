use tidegate::config::limits::{Limit, Measure, OnUnavailable, Window};
use tidegate::config::sidecar::Team;

use super::super::limits::RateLimits;
use super::super::record::Previous;
use super::*;

fn limit(measure: Measure, limit: u64) -> Limit {
    let window = Window::Sliding(60_000);
    let on_unavailable = OnUnavailable::Allow;
    Limit {
        measure,
        limit,
        window,
        on_unavailable,
    }
}

fn config() -> SidecarConfig {
    let json = r#"{"listen": {"unix": "/s"}, "admin": "127.0.0.1:1", "admin_token_env": "T",
        "counters": [], "database": {"sqlite": "l.db"}, "retention_days": 30}"#;
    let mut config: SidecarConfig = serde_json::from_str(json).unwrap();
    let requests = limit(Measure::Requests, 100);
    config.counters = vec![
        requests.clone().counter(ScopeKind::Organization, "acme"),
        requests.clone().counter(ScopeKind::Team, "other"),
        requests.clone().counter(ScopeKind::Team, "research"),
        requests.clone().counter(ScopeKind::Key, "configured"),
    ];
    config.teams = vec![Team {
        name: "research".into(),
        organization: Some("acme".into()),
    }];
    config.key_defaults = vec![requests, limit(Measure::Cost, 7)];
    config
}

fn record(id: &str) -> Record {
    Record {
        id: id.to_owned(),
        sha256: "aa".repeat(32),
        team: Some("research".into()),
        ..Record::default()
    }
}

fn counters(set: &KeySet, key: usize) -> Vec<&str> {
    let keys = set.keys.as_ref().unwrap();
    let places = keys[key].counters.iter();
    places
        .map(|place| set.counters[*place].id.as_str())
        .collect()
}

#[test]
fn a_key_is_counted_with_its_team_and_its_organisation() {
    let set = key_set(&config(), &[record("a"), record("b")]);
    let above = [
        "organization/acme/requests/60s",
        "team/research/requests/60s",
    ];
    let own = ["key/a/requests/60s", "key/a/cost/60s"];
    assert_eq!(counters(&set, 0), [own, above].concat());
    let own = ["key/b/requests/60s", "key/b/cost/60s"];
    assert_eq!(counters(&set, 1), [own, above].concat());
    assert_eq!(set.counters.len(), 6, "none is there twice");
    let keys = set.keys.unwrap();
    assert_eq!(keys[0].organization.as_deref(), Some("acme"));
}

#[test]
fn rates_of_its_own_leave_the_budgets_of_the_configuration() {
    let mut own = record("a");
    own.team = None;
    own.rate_limits = Some(RateLimits {
        parallel_requests: Some(3),
        ..RateLimits::default()
    });
    let set = key_set(&config(), &[own.clone()]);
    assert_eq!(
        counters(&set, 0),
        ["key/a/parallel_requests", "key/a/cost/60s"]
    );
    (own.rate_limits, own.budgets) = (Some(RateLimits::default()), Some(Vec::new()));
    let set = key_set(&config(), &[own]);
    assert_eq!(counters(&set, 0), Vec::<&str>::new());
}

#[test]
fn what_is_disabled_or_in_the_configuration_or_without_readable_limits_is_left_out() {
    let mut disabled = record("disabled");
    disabled.disabled = true;
    let mut config = config();
    config.keys = key_set(&config, &[record("configured")]).keys.unwrap();
    let mut broken = record("broken");
    broken.rate_limits = Some(RateLimits {
        requests_per_minute: Some(0),
        ..RateLimits::default()
    });
    let set = key_set(&config, &[disabled, record("configured"), broken]);
    assert_eq!(set.keys, Some(Vec::new()));
}

#[test]
fn the_key_that_was_rotated_away_ends_with_its_grace_or_before() {
    let mut rotated = record("a");
    rotated.previous = Some(Previous {
        sha256: "bb".repeat(32),
        until: 100,
    });
    let ends = |record: &Record| {
        let keys = key_set(&config(), std::slice::from_ref(record))
            .keys
            .unwrap();
        let ends = keys.iter().map(|key| {
            (
                key.sha256.as_ref().unwrap().chars().next().unwrap(),
                key.expires,
            )
        });
        ends.collect::<Vec<_>>()
    };
    assert_eq!(ends(&rotated), [('a', None), ('b', Some(100))]);
    rotated.expires = Some(50);
    assert_eq!(ends(&rotated), [('a', Some(50)), ('b', Some(50))]);
}

#[test]
fn the_version_changes_with_what_is_in_the_set_and_with_nothing_else() {
    let version = |config: &SidecarConfig, record: &Record| {
        key_set(config, std::slice::from_ref(record)).version
    };
    let (config, key) = (config(), record("a"));
    let first = version(&config, &key);
    let mut same = key.clone();
    (same.revision, same.changed_ms) = (7, 7);
    assert_eq!(version(&config, &same), first);
    let mut other = key.clone();
    other.models = Some(vec!["smart".into()]);
    assert_ne!(version(&config, &other), first);
    let mut changed = config.clone();
    changed.counters[2].limit = 5;
    assert_ne!(version(&changed, &key), first, "its team has another limit");
    assert!(first > 0 && first < 1 << 53);
}
