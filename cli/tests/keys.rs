//! `tidegate key` against an admin API that says what it is told to.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::thread;

use command::{command, text, tidegate};

/// What the command has sent.
struct Sent {
    line: String,
    authorization: String,
    body: serde_json::Value,
}

/// Runs a command against an API that answers once.
fn key(arguments: &[&str], status: &str, answer: &str) -> (Output, Sent) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}");
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{answer}",
        answer.len()
    );
    let api = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let sent = read(&mut BufReader::new(&stream));
        stream.write_all(response.as_bytes()).unwrap();
        sent
    });
    let output = command(&["key"])
        .args(arguments)
        .args(["--admin", &url])
        .env("TIDEGATE_ADMIN_TOKEN", "let-me-in")
        .output()
        .unwrap();
    // Where it has asked nobody, the API waits no longer.
    drop(TcpStream::connect(address));
    (output, api.join().unwrap())
}

fn read(stream: &mut impl std::io::BufRead) -> Sent {
    let mut lines = stream.by_ref().lines().map(Result::unwrap);
    let line = lines.next().unwrap();
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        let pairs = headers.iter().filter_map(|line| line.split_once(": "));
        let mut pairs = pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        pairs.next().map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    Sent {
        line,
        authorization: header("authorization").unwrap(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

#[test]
fn a_key_is_made_with_what_was_said_and_shown_once() {
    let arguments = [
        "create",
        "batch",
        "--team",
        "research",
        "--model",
        "smart",
        "--model",
        "small",
        "--expires",
        "2027-01-01T00:00:00Z",
        "--metadata",
        "owner=Ada=L",
        "--requests-per-minute",
        "60",
        "--parallel-requests",
        "5",
        "--budget",
        "0.1/day",
        "--budget",
        "30/month",
    ];
    let (output, sent) = key(
        &arguments,
        "201 Created",
        r#"{"id": "batch", "key": "tg-new"}"#,
    );
    assert_eq!(sent.line, "POST /admin/keys HTTP/1.1");
    assert_eq!(sent.authorization, "Bearer let-me-in");
    let expected = serde_json::json!({
        "id": "batch",
        "team": "research",
        "models": ["smart", "small"],
        "expires_at": "2027-01-01T00:00:00Z",
        "metadata": {"owner": "Ada=L"},
        "rate_limits": {"requests_per_minute": 60, "parallel_requests": 5},
        "budgets": [{"usd": "0.1", "per": "day"}, {"usd": "30", "per": "month"}],
    });
    assert_eq!(sent.body, expected);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "tg-new\n");
    assert!(!text(&output.stderr).contains("tg-new"));
}

#[test]
fn what_was_not_said_is_left_to_the_defaults() {
    let (_, sent) = key(&["create", "batch"], "201 Created", r#"{"key": "tg-new"}"#);
    assert_eq!(sent.body, serde_json::json!({"id": "batch"}));
}

#[test]
fn a_key_is_named_by_one_part_of_the_path() {
    let (output, sent) = key(&["delete", "batch/nightly"], "204 No Content", "");
    assert_eq!(sent.line, "DELETE /admin/keys/batch%2Fnightly HTTP/1.1");
    assert!(output.status.success());
    let (_, sent) = key(&["disable", "dev"], "200 OK", "{}");
    assert_eq!(sent.line, "PATCH /admin/keys/dev HTTP/1.1");
    assert_eq!(sent.body, serde_json::json!({"disabled": true}));
    let (_, sent) = key(&["enable", "dev"], "200 OK", "{}");
    assert_eq!(sent.body, serde_json::json!({"disabled": false}));
    let answer = r#"{"key": "tg-other"}"#;
    let (output, sent) = key(&["rotate", "dev", "--grace", "3600"], "200 OK", answer);
    assert_eq!(sent.line, "POST /admin/keys/dev/rotate HTTP/1.1");
    assert_eq!(sent.body, serde_json::json!({"grace_seconds": 3600}));
    assert_eq!(text(&output.stdout), "tg-other\n");
}

#[test]
fn keys_are_listed_as_a_table() {
    let answer = r#"{"keys": [
        {"id": "dev", "team": "research", "models": ["smart", "small"], "source": "configuration"},
        {"id": "batch", "disabled": true, "expires_at": "2027-01-01T00:00:00Z", "source": "database"}
    ]}"#;
    let (output, sent) = key(&["list"], "200 OK", answer);
    assert_eq!(sent.line, "GET /admin/keys HTTP/1.1");
    let expected = "\
id     team      models       state     expires               from
dev    research  smart,small  enabled                         configuration
batch            all          disabled  2027-01-01T00:00:00Z  database
";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_api() {
    let answer = r#"{"error": "there is a key `dev` already"}"#;
    let (output, _) = key(&["create", "dev"], "409 Conflict", answer);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    assert_eq!(
        said,
        "tidegate: there is a key `dev` already (409 Conflict)\n"
    );
}

#[test]
fn without_a_token_nobody_is_asked() {
    let output = tidegate(&["key", "list", "--admin", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("TIDEGATE_ADMIN_TOKEN is not set"));
}
