//! Exit codes and words of the commands that end by themselves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod golden;

use std::net::TcpListener;
use std::process::Output;

use command::{command, text, tidegate};
use sha2::{Digest as _, Sha256};

fn run(yaml: &str, arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tidegate.yaml");
    std::fs::write(&file, yaml).unwrap();
    let mut command = command(&["run", "-c", file.to_str().unwrap()]);
    command.args(arguments).output().unwrap()
}

#[test]
fn the_example_is_right() {
    let output = tidegate(&["check", "-c", "tidegate.example.yaml"]);
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("is right"));
    let notes = text(&output.stderr);
    assert!(
        notes.contains("ANTHROPIC_API_KEY is not set here; claude needs it to run"),
        "{notes}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    for command in ["check", "render", "run"] {
        let output = tidegate(&[command, "-c", "nowhere/tidegate.yaml"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("nowhere/tidegate.yaml"));
    }
}

#[test]
fn a_new_key_fits_its_line() {
    let output = tidegate(&["key", "new", "research-dev"]);
    assert!(output.status.success());
    let said = text(&output.stdout);
    let (key, line) = said.trim_end().split_once('\n').unwrap();
    let digest = Sha256::digest(key.as_bytes());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        line,
        format!("- {{id: \"research-dev\", sha256: \"{hash}\"}}")
    );
    assert!(
        !text(&output.stderr).contains(key),
        "the key is printed once"
    );
}

#[test]
fn a_key_with_a_strange_id_is_refused() {
    let output = tidegate(&["key", "new", "a\", admin: \"yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn prices_are_shown_with_where_they_are_from() {
    let folder = golden::folder("prices");
    let file = folder.join("tidegate.yaml");
    let output = tidegate(&["prices", "-c", file.to_str().unwrap()]);
    assert!(output.status.success());
    golden::compare(&folder.join("prices.txt"), &text(&output.stdout));
    assert!(text(&output.stderr).starts_with("2 without a price"));
}

#[test]
fn run_says_all_that_is_missing_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let yaml = format!(
        "listen: {{port: {port}}}\n\
         providers:\n  openai: {{api_key: \"${{TIDEGATE_TEST_KEY}}\"}}\n  \
         mine: {{kind: openai, base_url: \"https://mine/v1\", tls: {{ca_file: none.pem}}}}\n\
         models: {{m: {{provider: openai}}}}\nauth: none\n"
    );
    let output = run(
        &yaml,
        &[
            "--wasm",
            "/nowhere/tidegate.wasm",
            "--envoy",
            "/nowhere/envoy",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    for words in [
        "TIDEGATE_TEST_KEY is not set; providers.openai needs it",
        &format!("127.0.0.1:{port} (`listen`) is in use"),
        "/nowhere/tidegate.wasm",
        "/nowhere/envoy",
        "providers.mine.tls.ca_file",
    ] {
        assert!(said.contains(words), "`{words}` is not in:\n{said}");
    }
}

#[test]
fn a_wrong_command_line_is_2() {
    assert_eq!(
        tidegate(&["run", "--demo", "-c", "x.yaml"]).status.code(),
        Some(2)
    );
    assert_eq!(
        tidegate(&["run", "--demo", "--overlay", "x.yaml"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        tidegate(&["run", "--concurrency", "0"]).status.code(),
        Some(2)
    );
    assert_eq!(tidegate(&["serve"]).status.code(), Some(2));
}

#[test]
fn help_names_all_commands_and_no_hidden_one() {
    let help = text(&tidegate(&["--help"]).stdout);
    for name in [
        "check", "render", "run", "drain", "health", "key", "prices", "simulate",
    ] {
        assert!(help.contains(name), "{name}");
    }
    assert!(!help.contains("under-guard"));
}
