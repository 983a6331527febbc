//! What `tidegate explain` says of a request.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod golden;

use std::io::Write as _;
use std::process::{Output, Stdio};

use command::{command, text, tidegate};

/// Explains a request of the folder.
fn explain(request: &str, arguments: &[&str]) -> Output {
    let folder = golden::folder("explain");
    let [config, request] = ["tidegate.yaml", request].map(|name| folder.join(name));
    let mut all = vec!["explain", "-c", config.to_str().unwrap()];
    all.push(request.to_str().unwrap());
    all.extend(arguments);
    tidegate(&all)
}

fn is_told(output: &Output, code: i32, file: &str) {
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    golden::compare(&golden::folder("explain").join(file), &told);
}

#[test]
fn a_request_is_told_where_it_would_go() {
    is_told(&explain("tools.json", &["--key", "dev"]), 0, "tools.txt");
}

#[test]
fn programs_are_told_too() {
    let output = explain("tools.json", &["--key", "dev", "--json"]);
    is_told(&output, 0, "tools.out.json");
}

#[test]
fn headers_count_where_the_key_may_say_so() {
    let wished = |key: &str, headers: &[&str]| {
        let mut arguments = vec!["--key", key, "--json"];
        for header in headers {
            arguments.extend(["--header", header]);
        }
        let output = explain("tools.json", &arguments);
        assert!(output.status.success());
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let tried = |stage: &serde_json::Value| {
            let tried = stage["tried"].as_array().unwrap().clone();
            tried.into_iter().map(|one| one["provider"].to_string())
        };
        let stages = told["stages"].as_array().unwrap();
        let total = told["request"]["timeouts_ms"]["total"].as_u64().unwrap();
        (stages.iter().flat_map(tried).collect::<Vec<_>>(), total)
    };
    let (openai, claude, local) = ("\"openai\"", "\"claude\"", "\"local\"");
    let cheapest = [openai, claude, local, local, openai];
    let all = |providers: &[&str], total| {
        let providers = providers.iter().map(|name| (*name).to_owned());
        (providers.collect::<Vec<_>>(), total)
    };
    assert_eq!(wished("other", &[]), all(&cheapest, 120_000));
    let headers = [
        "X-Tidegate-Strategy: priority",
        "x-tidegate-timeout-ms: 700",
    ];
    let priority = [claude, openai, local, local, openai];
    assert_eq!(wished("other", &headers), all(&priority, 700));
    assert_eq!(wished("dev", &headers), all(&cheapest[..4], 120_000));
    let only = ["x-tidegate-targets: claude"];
    assert_eq!(wished("other", &only), all(&[claude], 120_000));
    let no_fallback = ["x-tidegate-no-fallback: true"];
    assert_eq!(wished("other", &no_fallback), all(&[openai], 120_000));
}

#[test]
fn a_refusal_is_the_gateways() {
    let output = explain("refused.json", &["--key", "dev"]);
    is_told(&output, 1, "refused.txt");
}

#[test]
fn what_is_no_request_is_refused_as_the_gateway_does_it() {
    let config = golden::folder("explain").join("tidegate.yaml");
    let refusal_of = |body: &str, key: &str| {
        let arguments = ["explain", "-c", config.to_str().unwrap(), "-", "--json"];
        let mut command = command(&arguments);
        command.args(["--key", key]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(body.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let refused = &told["refused"];
        (
            refused["status"].as_u64().unwrap(),
            refused["body"]["error"]["code"].as_str().map(str::to_owned),
        )
    };
    let model = |name: &str| format!("{{\"model\":\"{name}\",\"messages\":[]}}");
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(refusal_of("{", "dev"), (400, None));
    assert_eq!(refusal_of("", "dev"), (400, None));
    let unknown = refusal_of(&model("x"), "dev");
    assert_eq!(unknown, (404, code("model_not_found")));
    let forbidden = refusal_of(&model("secret"), "dev");
    assert_eq!(forbidden, (403, code("model_not_allowed")));
}

#[test]
fn who_asks_must_be_known() {
    for (arguments, word) in [
        (&[][..], "say which key asks, by --key: dev, other"),
        (&["--key", "x"][..], "no key `x`; it has dev, other"),
    ] {
        let output = explain("tools.json", arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(said.contains(word), "{said}");
    }
}
