//! What `tidegate check` says about files with mistakes: each `mistakes/NAME.yaml` has its
//! `NAME.txt`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod golden;

use std::path::{Path, PathBuf};

use command::{text, tidegate};

#[test]
fn every_mistake_is_said_with_its_place_and_what_would_be_right() {
    for file in mistakes() {
        let path = file.to_str().unwrap();
        let output = tidegate(&["check", "-c", path]);
        assert_eq!(output.status.code(), Some(1), "{path}");
        assert_eq!(text(&output.stdout), "", "{path}");
        let said = text(&output.stderr).replace(path, file.file_name().unwrap().to_str().unwrap());
        golden::compare(&file.with_extension("txt"), &said);
        assert!(
            !said.contains("must-not-be-printed"),
            "{path} has a secret that was printed"
        );
    }
}

#[test]
fn run_and_render_say_the_same_as_check() {
    let file = golden::folder("mistakes").join("keys.yaml");
    let path = file.to_str().unwrap();
    let said = |command: &str| {
        let output = tidegate(&[command, "-c", path]);
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let checked = said("check");
    assert_eq!(said("render"), checked);
    assert_eq!(said("run"), checked);
}

fn mistakes() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(golden::folder("mistakes")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let yaml = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    };
    let mut files: Vec<_> = paths.filter(|path| yaml(path)).collect();
    files.sort();
    assert!(
        files.len() > 10,
        "the mistakes are not where they should be"
    );
    files
}
