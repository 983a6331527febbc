//! Keys through the admin API.

use serde_json::{Value, json};

use super::{TOKEN, open};
use crate::stores::{Store, conformance};

const KEYS: &str = "/admin/keys";
const DEV: &str = "/admin/keys/dev";
const ROTATE: &str = "/admin/keys/dev/rotate";

conformance!(
    a_key_is_made_and_taken_away,
    a_key_is_changed_and_rotated,
    what_is_wrong_is_told_by_its_field_and_changes_nothing,
    a_body_that_is_too_large_is_refused,
    a_key_names_models_that_there_are,
    a_key_of_the_configuration_is_not_changed,
);

async fn a_key_is_made_and_taken_away(store: Store) {
    let admin = open(&store);
    let new = json!({"id": "dev", "team": "research", "metadata": {"owner": "ann"},
        "budgets": [{"usd": "12.5", "per": "month"}]});
    let made = admin.made(new).await;
    let secret = made["key"].as_str().unwrap();
    assert_eq!(made["budgets"][0]["usd"], "12.5");
    // Another sidecar sees the same, and nowhere is there a secret.
    let elsewhere = open(&store).get(KEYS).await;
    assert_eq!(elsewhere["keys"][1]["metadata"], json!({"owner": "ann"}));
    assert!(!elsewhere.to_string().contains(secret));
    assert_eq!(admin.ask("DELETE", DEV, &Value::Null).await.0, 204);
    assert_eq!(admin.ask("DELETE", DEV, &Value::Null).await.0, 404);
    let keys = admin.get(KEYS).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

async fn a_key_is_changed_and_rotated(store: Store) {
    let admin = open(&store);
    let made = admin.made(json!({"id": "dev", "team": "research"})).await;
    let change = json!({"disabled": true, "team": null});
    let (status, changed) = admin.ask("PATCH", DEV, &change).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&changed["disabled"], changed.get("team")),
        (&json!(true), None)
    );
    let grace = json!({"grace_seconds": 60});
    let (status, rotated) = admin.ask("POST", ROTATE, &grace).await;
    assert_eq!(status, 200);
    assert_ne!(rotated["key"], made["key"]);
}

/// Method, path, body; status, and what is said.
const WRONG: [(&str, &str, &str, u16, &str); 21] = [
    ("POST", KEYS, "{}", 400, "missing field `id`"),
    ("POST", KEYS, r#"{"id": "a b"}"#, 400, "id: "),
    (
        "POST",
        KEYS,
        r#"{"id": "dev"}"#,
        409,
        "id: there is such a key",
    ),
    (
        "POST",
        KEYS,
        r#"{"id": "x", "team": "nobody"}"#,
        400,
        "team: there is no such team",
    ),
    (
        "POST",
        KEYS,
        r#"{"id": "x", "teams": 1}"#,
        400,
        "unknown field `teams`",
    ),
    (
        "POST",
        KEYS,
        r#"{"id": "x", "expires_at": "soon"}"#,
        400,
        "expires_at: ",
    ),
    (
        "POST",
        KEYS,
        r#"{"id": "x", "metadata": {"a": 1}}"#,
        400,
        "metadata.a: ",
    ),
    (
        "POST",
        KEYS,
        r#"{"id": "x", "budgets": [{"usd": -1, "per": "day"}]}"#,
        400,
        "budgets[0].usd: ",
    ),
    (
        "POST",
        KEYS,
        r#"{"id": "x", "rate_limits": {"requests": [{"limit": 1, "per": "1 m"}]}}"#,
        400,
        "rate_limits.requests[0].per: ",
    ),
    ("POST", KEYS, "{", 400, "EOF"),
    ("POST", KEYS, r#"{"id": "x"} 7"#, 400, "trailing"),
    (
        "PATCH",
        DEV,
        r#"{"id": "other"}"#,
        400,
        "unknown field `id`",
    ),
    ("PATCH", DEV, r#"{"disabled": "yes"}"#, 400, "disabled: "),
    (
        "PATCH",
        DEV,
        r#"{"disabled": true, "team": "nobody"}"#,
        400,
        "team: ",
    ),
    (
        "PATCH",
        "/admin/keys/nobody",
        r#"{"disabled": true}"#,
        404,
        "no such key",
    ),
    (
        "POST",
        ROTATE,
        r#"{"grace_seconds": -1}"#,
        400,
        "grace_seconds: ",
    ),
    (
        "POST",
        ROTATE,
        r#"{"grace_seconds": 9999999}"#,
        400,
        "grace_seconds: ",
    ),
    (
        "POST",
        "/admin/keys/nobody/rotate",
        "{}",
        404,
        "no such key",
    ),
    ("DELETE", "/admin/keys/nobody", "", 404, "no such key"),
    ("GET", "/admin/usage?from=yesterday", "", 400, "from: "),
    ("GET", "/admin/rows/req_0", "", 404, "no row"),
];

async fn what_is_wrong_is_told_by_its_field_and_changes_nothing(store: Store) {
    let admin = open(&store);
    admin.made(json!({"id": "dev", "models": ["smart"]})).await;
    let before = admin.state().await;
    let credential = format!("Bearer {TOKEN}");
    for (method, path, body, expected, message) in WRONG {
        let sent = admin.send(method, path, body.to_owned(), Some(&credential));
        let (status, answer) = sent.await;
        let said = answer["error"].as_str().unwrap_or_default();
        assert_eq!(status, expected, "{method} {path} {body}: {answer}");
        assert!(said.contains(message), "{method} {path} {body}: {said}");
    }
    assert_eq!(admin.state().await, before);
}

async fn a_body_that_is_too_large_is_refused(store: Store) {
    let admin = open(&store);
    let before = admin.state().await;
    let huge = json!({"id": "x".repeat(70_000)});
    assert_eq!(admin.ask("POST", KEYS, &huge).await.0, 413);
    assert_eq!(admin.state().await, before);
}

async fn a_key_names_models_that_there_are(store: Store) {
    let admin = open(&store);
    let models = json!(["clever", "small", "smart"]);
    let made = admin.made(json!({"id": "dev", "models": models})).await;
    assert_eq!(made["models"], json!(["smart", "small"]));
    let before = admin.state().await;
    let change = json!({"models": ["small", "smarter"]});
    let (status, answer) = admin.ask("PATCH", DEV, &change).await;
    assert_eq!(status, 400);
    assert_eq!(
        answer["error"],
        "models[1]: there is no such model; there are: smart, small"
    );
    assert_eq!(admin.state().await, before);
}

async fn a_key_of_the_configuration_is_not_changed(store: Store) {
    let admin = open(&store);
    let before = admin.state().await;
    for (method, path, body) in [
        ("POST", "/admin/keys", json!({"id": "fixed"})),
        ("PATCH", "/admin/keys/fixed", json!({"disabled": true})),
        ("POST", "/admin/keys/fixed/rotate", json!({})),
        ("DELETE", "/admin/keys/fixed", Value::Null),
    ] {
        let (status, answer) = admin.ask(method, path, &body).await;
        assert_eq!(status, 409, "{method} {path}: {answer}");
    }
    assert_eq!(admin.state().await, before);
}
