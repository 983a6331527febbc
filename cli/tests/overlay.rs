//! What is different where a gateway runs: `--overlay`, and what `render` and `check` say for
//! containers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;

use std::path::{Path, PathBuf};
use std::process::Output;

use command::{command, text, tidegate};
use tempfile::TempDir;

const BASE: &str = "\
listen: {address: 127.0.0.1, port: 8080}
providers: {openai: {api_key: '${OPENAI_API_KEY}'}}
models: {gpt-4o-mini: {provider: openai}}
limits: {rate_limits: {requests_per_minute: 10}}
keys: []
";
const OVERLAY: &str = "\
listen: {address: 0.0.0.0, port: 8123}
redis: {url: 'redis://:${REDIS_PASSWORD}@redis:6379'}
sidecar: {admin: {address: 0.0.0.0, port: 9902}}
";

/// Both files, in a directory that lives as long as this.
struct Files {
    directory: TempDir,
}

impl Files {
    fn new(base: &str, overlay: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("base.yaml"), base).unwrap();
        std::fs::write(directory.path().join("over.yaml"), overlay).unwrap();
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        command(arguments)
            .current_dir(self.directory.path())
            .args(["-c", "base.yaml", "--overlay", "over.yaml"])
            .env_remove("REDIS_PASSWORD")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }
}

fn contents(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn sections_of_the_overlay_take_the_place_of_the_configurations() {
    let files = Files::new(BASE, OVERLAY);
    let output = files.run(&["render", "-o", "out"], &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let envoy = contents(&files.path("out/envoy.yaml"));
    assert!(envoy.contains("{address: \"0.0.0.0\", port_value: 8123}"));
    assert!(!envoy.contains("port_value: 8080"));
    assert!(envoy.contains("gpt-4o-mini"));
    let sidecar = contents(&files.path("out/sidecar.json"));
    assert!(sidecar.contains("redis://:${REDIS_PASSWORD}@redis:6379"));
    assert!(sidecar.contains("\"admin\": \"0.0.0.0:9902\""));
}

#[test]
fn a_mistake_is_told_with_the_file_that_it_is_in() {
    let base = BASE.replace("provider: openai}", "provider: opnai}");
    let overlay = OVERLAY.replace("port: 8123", "port: many");
    let output = Files::new(&base, &overlay).run(&["check"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("base.yaml:3:"), "{said}");
    assert!(lines[1].starts_with("over.yaml:1:"), "{said}");
    assert_eq!(lines[2], "base.yaml: 2 problems");
}

#[test]
fn an_overlay_without_sections_is_a_mistake() {
    for (overlay, words) in [("", "not empty"), ("- a\n", "not a list"), ("a: [", "")] {
        let output = Files::new(BASE, overlay).run(&["check"], &[]);
        assert_eq!(output.status.code(), Some(1), "{overlay:?}");
        let said = text(&output.stderr);
        assert!(said.starts_with("over.yaml:"), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn an_overlay_that_is_not_there_is_named() {
    let files = Files::new(BASE, OVERLAY);
    std::fs::remove_file(files.path("over.yaml")).unwrap();
    let output = files.run(&["check"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot read over.yaml"));
}

#[test]
fn nothing_is_rendered_where_a_required_variable_is_missing() {
    let files = Files::new(BASE, OVERLAY);
    let render = ["render", "-o", "out", "--require-variables"];
    let output = files.run(&render, &[("OPENAI_API_KEY", "")]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("OPENAI_API_KEY is not set; providers.openai needs it"));
    assert!(said.contains("REDIS_PASSWORD is not set; redis.url needs it"));
    assert!(!files.path("out").exists());

    let set = [("OPENAI_API_KEY", "sk-x"), ("REDIS_PASSWORD", "p-x")];
    let output = files.run(&render, &set);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for name in ["out/envoy.yaml", "out/sidecar.json"] {
        let rendered = contents(&files.path(name));
        assert!(!rendered.contains("sk-x") && !rendered.contains("p-x"));
    }
}

#[test]
fn check_says_how_a_gateway_elsewhere_is_used() {
    let files = Files::new(BASE, OVERLAY);
    let at = ["check", "--served-at", "127.0.0.1:18080"];
    let said = text(&files.run(&at, &[]).stderr);
    assert!(said.contains("Tidegate serves http://127.0.0.1:18080/v1"));
    assert!(said.contains("curl http://127.0.0.1:18080/v1/chat/completions"));
    assert!(said.contains("keys     none yet"));
    assert!(said.contains("limits   1, counted in Redis"));
    assert!(!said.contains("usage "), "{said}");

    let said = text(
        &files
            .run(&[&at[..], &["--admin-at", "127.0.0.1:9902"]].concat(), &[])
            .stderr,
    );
    assert!(
        said.contains("usage    http://127.0.0.1:9902, with the token in TIDEGATE_ADMIN_TOKEN")
    );
}

#[test]
fn an_admin_api_without_a_gateway_is_a_wrong_command_line() {
    let output = tidegate(&["check", "--admin-at", "127.0.0.1:9902"]);
    assert_eq!(output.status.code(), Some(2));
}
