//! `/_simulate/…`: scripts in, journal out, while the simulator runs.
//!
//! | request | does |
//! |---|---|
//! | `PUT /_simulate/script` | replaces the script by the steps in the body |
//! | `DELETE /_simulate/script` | back to good answers |
//! | `GET /_simulate/requests` | the recorded requests, oldest first |
//! | `DELETE /_simulate/requests` | forgets them |
//! | `GET /_simulate/stats` | counters |

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::script;
use super::server::Simulator;

const PREFIX: &str = "/_simulate/";

pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Carries out a control request.
pub(crate) fn handle(
    simulator: &Simulator,
    method: &Method,
    path: &str,
    body: &Bytes,
) -> (StatusCode, Value) {
    let what = path.strip_prefix(PREFIX).unwrap_or_default();
    match (method.as_str(), what) {
        ("PUT", "script") => replace_script(simulator, body),
        ("DELETE", "script") => {
            simulator.script.replace(Vec::new());
            (StatusCode::OK, json!({"steps": 0}))
        }
        ("GET", "requests") => (StatusCode::OK, simulator.journal.requests()),
        ("DELETE", "requests") => {
            simulator.journal.forget();
            (StatusCode::OK, json!({}))
        }
        ("GET", "stats") => (StatusCode::OK, stats(simulator)),
        _ => failure(StatusCode::NOT_FOUND, "script, requests and stats are here"),
    }
}

fn replace_script(simulator: &Simulator, body: &Bytes) -> (StatusCode, Value) {
    let Ok(text) = std::str::from_utf8(body) else {
        return failure(StatusCode::BAD_REQUEST, "the script is not UTF-8");
    };
    match script::parse(text) {
        Ok(steps) => {
            let count = steps.len();
            simulator.script.replace(steps);
            (StatusCode::OK, json!({"steps": count}))
        }
        Err(why) => failure(StatusCode::BAD_REQUEST, &why),
    }
}

fn stats(simulator: &Simulator) -> Value {
    let mut stats = simulator.journal.stats();
    if let Value::Object(stats) = &mut stats {
        stats.insert("name".to_owned(), json!(simulator.options.name));
        stats.insert(
            "dialect".to_owned(),
            json!(simulator.options.dialect.name()),
        );
    }
    stats
}

fn failure(status: StatusCode, message: &str) -> (StatusCode, Value) {
    (status, json!({"simulate_error": message}))
}
