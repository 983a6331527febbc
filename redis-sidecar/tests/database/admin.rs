//! The admin API.

mod keys;
mod limits;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tidegate::config::sidecar::SidecarConfig;
use tidegate_sidecar::admin::{self, Parts, Token};
use tidegate_sidecar::keys::{KeyBook, KeyStore};
use tidegate_sidecar::ledger::{Seeds, SqlLedger};
use tidegate_sidecar::store::{Limiter, Memory};
use tower::ServiceExt as _;

use crate::intake::clock;
use crate::stores::{Store, conformance};

conformance!(
    nobody_is_told_or_changes_anything_without_the_token,
    every_route_is_described,
);

const TOKEN: &str = "only-for-these-tests-0123456789";
const RATE: &str = "key/fixed/requests/60s";
const BUDGET: &str = "team/research/cost/day@UTC";

struct Admin {
    router: Router,
    book: Arc<KeyBook>,
    limiter: Arc<Limiter>,
    ledger: Arc<SqlLedger>,
}

fn config() -> SidecarConfig {
    let day = json!({"calendar": {"period": "day", "time_zone": "UTC"}});
    let counter = |id: &str, kind: &str, name: &str, measure: &str, window: Value| {
        json!({"id": id, "scope": {"kind": kind, "name": name}, "measure": measure,
            "limit": 1_000_000, "window": window, "on_unavailable": "deny"})
    };
    let config = json!({
        "listen": {"unix": "/nowhere"}, "admin": "127.0.0.1:1", "admin_token_env": "T",
        "counters": [
            counter(RATE, "key", "fixed", "requests", json!({"sliding": 60_000})),
            counter("key/fixed/parallel_requests", "key", "fixed", "parallel_requests", json!("held")),
            counter(BUDGET, "team", "research", "cost", day),
        ],
        "keys": [{"id": "fixed", "sha256": "ab".repeat(32), "counters": []}],
        "teams": [{"name": "research", "organization": "acme"}],
        "models": [{"name": "smart", "aliases": ["clever"]}, {"name": "small"}],
        "database": {"sqlite": "unused"}, "retention_days": 30,
    });
    serde_json::from_value(config).unwrap()
}

fn open(store: &Store) -> Admin {
    let config = config();
    let ledger = Arc::new(SqlLedger::new(store.database.clone()));
    let seeds = Arc::new(Seeds::new(ledger.clone(), clock()));
    let memory = Arc::new(Memory::new(clock()));
    let limiter = Limiter::new(&config.counters, memory, seeds, clock()).unwrap();
    let limiter = Arc::new(limiter);
    let book = Arc::new(KeyBook::new(
        Arc::new(config),
        KeyStore::new(store.database.clone()),
        limiter.clone(),
        clock(),
    ));
    let parts = Parts {
        book: book.clone(),
        limiter: limiter.clone(),
        ledger: ledger.clone(),
        clock: clock(),
    };
    Admin {
        router: admin::router(parts, Token::new(TOKEN).unwrap()),
        book,
        limiter,
        ledger,
    }
}

impl Admin {
    async fn ask(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, path, body, Some(&format!("Bearer {TOKEN}")))
            .await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: String,
        credential: Option<&str>,
    ) -> (StatusCode, Value) {
        let method: Method = method.parse().unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if let Some(credential) = credential {
            request = request.header(header::AUTHORIZATION, credential);
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn made(&self, key: Value) -> Value {
        let (status, made) = self.ask("POST", "/admin/keys", &key).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    /// All keys, and what filters are told of them.
    async fn state(&self) -> (Value, u64) {
        let version = self.book.refresh().await.unwrap().version;
        (self.get("/admin/keys").await, version)
    }
}

async fn nobody_is_told_or_changes_anything_without_the_token(store: Store) {
    let admin = open(&store);
    admin.made(json!({"id": "dev"})).await;
    let before = admin.state().await;
    let short = format!("Bearer {}", TOKEN.trim_end_matches('9'));
    let longer = format!("Bearer {TOKEN}x");
    let other = format!("Basic {TOKEN}");
    let credentials = [None, Some(""), Some("Bearer "), Some(TOKEN)];
    let similar = [&short, &longer, &other].map(|text| Some(text.as_str()));
    for credential in credentials.into_iter().chain(similar) {
        for (method, path, body) in [
            ("GET", "/admin/keys", ""),
            ("POST", "/admin/keys", "{\"id\": \"mine\"}"),
            ("PATCH", "/admin/keys/dev", "{\"disabled\": true}"),
            ("DELETE", "/admin/keys/dev", ""),
            ("POST", "/admin/keys/dev/rotate", ""),
            ("GET", "/admin/usage", ""),
            ("GET", "/admin/rows/req_1", ""),
            ("GET", "/admin/limits", ""),
            ("GET", "/admin/reconcile", ""),
        ] {
            let body = body.to_owned();
            let (status, answer) = admin.send(method, path, body, credential).await;
            assert_eq!(status, 401, "{method} {path} {credential:?}");
            assert_eq!(answer.as_object().map(serde_json::Map::len), Some(1));
            assert!(!answer.to_string().contains(TOKEN));
        }
    }
    assert_eq!(admin.state().await, before);
}

async fn every_route_is_described(store: Store) {
    let admin = open(&store);
    let (status, document) = admin
        .send("GET", "/openapi.json", String::new(), None)
        .await;
    assert_eq!(status, 200);
    let paths = document["paths"].as_object().unwrap();
    let paths: Vec<_> = paths.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/admin/keys",
            "/admin/keys/{id}",
            "/admin/keys/{id}/rotate",
            "/admin/limits",
            "/admin/reconcile",
            "/admin/rows/{request_id}",
            "/admin/usage",
        ]
    );
    let limits = &document["paths"]["/admin/limits"]["get"];
    let names = limits["parameters"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
    assert!(
        names.contains(&"key") && names.contains(&"after"),
        "{names:?}"
    );
    assert!(
        limits["responses"]["200"]["content"].is_object(),
        "{limits}"
    );
}
