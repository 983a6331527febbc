//! What `tidegate render` writes: each `rendered/NAME/tidegate.yaml` has its `envoy.yaml`, and a
//! real Envoy accepts it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod golden;

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use command::{command, root, text, tidegate};
use golden::folder;
use tidegate::config::sidecar::SidecarConfig;

fn cases() -> Vec<(PathBuf, PathBuf)> {
    let case = |name: &str| {
        let folder = folder("rendered").join(name);
        (folder.join("tidegate.yaml"), folder.join("envoy.yaml"))
    };
    let example = (
        root().join("tidegate.example.yaml"),
        root().join("envoy/envoy.yaml"),
    );
    vec![
        case("small"),
        case("fallbacks"),
        case("credentials"),
        case("images"),
        case("limits"),
        case("identity"),
        case("shadow"),
        example,
    ]
}

#[test]
fn rendering_writes_the_reviewed_file() {
    for (input, expected) in cases() {
        let output = tidegate(&[
            "render",
            "-c",
            input.to_str().unwrap(),
            "--wasm",
            "/etc/envoy/tidegate.wasm",
            "--ca-file",
            "/etc/ssl/certs/ca-certificates.crt",
        ]);
        assert_eq!(text(&output.stderr), "");
        golden::compare(&expected, &text(&output.stdout));
    }
}

#[test]
fn what_a_running_envoy_reads_anew_has_reviewed_files() {
    for name in ["small", "credentials"] {
        let folder = folder("rendered").join(name);
        let directory = tempfile::tempdir().unwrap();
        render_to(
            directory.path(),
            &folder.join("tidegate.yaml"),
            Path::new("/etc/envoy/tidegate.wasm"),
            Path::new("/etc/ssl/certs/ca-certificates.crt"),
            &["--reloadable", "--secrets", "/etc/envoy"],
        );
        for file in ["envoy", "clusters", "routes", "gateway"] {
            let file = format!("{file}.yaml");
            let written = std::fs::read_to_string(directory.path().join(&file)).unwrap();
            golden::compare(&folder.join("reloadable").join(file), &written);
        }
    }
}

/// Renders the files of a configuration.
fn render_to(directory: &Path, input: &Path, wasm: &Path, ca_file: &Path, more: &[&str]) {
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let (input, to) = (path(input), path(directory));
    let (wasm, ca_file) = (path(wasm), path(ca_file));
    let usual = [
        "render",
        "-c",
        &input,
        "-o",
        &to,
        "--wasm",
        &wasm,
        "--ca-file",
        &ca_file,
    ];
    let output = tidegate(&[&usual, more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn nothing_is_named_before_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().to_str().unwrap();
    let output = tidegate(&[
        "render",
        "-c",
        "tidegate.example.yaml",
        "-o",
        to,
        "--reloadable",
    ]);
    let said = text(&output.stderr);
    let names: Vec<_> = said
        .lines()
        .filter_map(|line| line.rsplit('/').next())
        .collect();
    let expected = [
        "sidecar.json",
        "clusters.yaml",
        "routes.yaml",
        "gateway.yaml",
        "envoy.yaml",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_sidecar_has_a_reviewed_file_where_there_are_limits() {
    let mut written = 0;
    for (input, expected) in cases() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().to_str().unwrap();
        let output = tidegate(&["render", "-c", input.to_str().unwrap(), "-o", to]);
        assert!(output.status.success());
        let Ok(json) = std::fs::read_to_string(directory.path().join("sidecar.json")) else {
            continue;
        };
        golden::compare(&expected.with_file_name("sidecar.json"), &json);
        let _: SidecarConfig = serde_json::from_str(&json).unwrap();
        written += 1;
    }
    assert_eq!(written, 3);
}

#[test]
fn envoy_accepts_every_rendered_file() {
    let Some((envoy, wasm)) = envoy().zip(wasm()) else {
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: needs ENVOY and dist/tidegate.wasm (`make wasm`), as `make e2e` sets them"
        );
        return;
    };
    for (input, _) in cases() {
        let directory = tempfile::tempdir().unwrap();
        let ca_file = root().join("cli/tests/rendered/ca.pem");
        render_to(directory.path(), &input, &wasm, &ca_file, &[]);
        let file = directory.path().join("envoy.yaml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        // The files that the cases name are not on this machine.
        for named in ["/etc/tidegate/ca.pem", "/etc/ssl/certs/ca-certificates.crt"] {
            text = text.replace(named, ca_file.to_str().unwrap());
        }
        let jwks = root().join("cli/tests/rendered/jwks.json");
        text = text.replace("/etc/tidegate/partner.jwks.json", jwks.to_str().unwrap());
        text = text.replace("\"/etc/tidegate\"", &format!("{:?}", directory.path()));
        std::fs::write(&file, text).unwrap();
        accepts(&envoy, &file, &input);
    }
}

fn accepts(envoy: &Path, file: &Path, input: &Path) {
    let output = Command::new(envoy)
        .args([
            "--mode",
            "validate",
            "--log-level",
            "warning",
            "--disable-hot-restart",
            "-c",
        ])
        .arg(file)
        .output()
        .unwrap();
    let said = command::text(&output.stderr);
    assert!(output.status.success(), "{}: {said}", input.display());
    assert!(!said.contains("eprecated"), "{}: {said}", input.display());
}

fn envoy() -> Option<PathBuf> {
    let said = env::var_os("ENVOY").filter(|path| !path.is_empty());
    said.map(PathBuf::from)
}

fn wasm() -> Option<PathBuf> {
    let built = root().join("dist/tidegate.wasm");
    let said = env::var_os("TIDEGATE_WASM").map(PathBuf::from);
    said.or(Some(built)).filter(|file| file.is_file())
}

#[test]
fn no_secret_of_the_environment_is_rendered() {
    let (input, _) = cases().pop().unwrap();
    let output = command(&["render", "-c", input.to_str().unwrap()])
        .env("OPENAI_API_KEY", "sk-secret-openai")
        .env("ANTHROPIC_API_KEY", "sk-secret-anthropic")
        .output()
        .unwrap();
    let rendered = text(&output.stdout);
    assert!(rendered.contains("OPENAI_API_KEY"));
    assert!(!rendered.contains("sk-secret"));
}

#[test]
fn a_directory_gets_the_file_in_one_step() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("new/envoy");
    let output = tidegate(&[
        "render",
        "-c",
        "tidegate.example.yaml",
        "-o",
        target.to_str().unwrap(),
    ]);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "");
    let mut names: Vec<_> = std::fs::read_dir(&target)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["envoy.yaml", "sidecar.json"]);
}
