//! `docs/edge-cases.md` names a test for every edge case, and the tests that it names exist.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/edge-cases.md";
const CASES: usize = 103;

/// A line of the page: its number, and what shows it.
fn lines() -> Vec<(usize, String)> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let cells = |line: &str| {
        let cells: Vec<_> = line.split(" | ").map(str::to_owned).collect();
        let number = cells.first()?.trim_start_matches("| ").parse().ok()?;
        Some((number, cells.get(2)?.trim_end_matches(" |").to_owned()))
    };
    page.lines().filter_map(cells).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_case_has_its_line() {
    let numbers: Vec<_> = lines().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=CASES).collect::<Vec<_>>());
}

#[test]
fn every_line_names_tests_that_exist_or_says_why_not() {
    let mut problems = Vec::new();
    for (number, shown) in lines() {
        let named: Vec<_> = shown.split('`').skip(1).step_by(2).collect();
        let said = ["not here: ", "open: "]
            .iter()
            .any(|why| shown.starts_with(why));
        if !said && !named.iter().any(|name| name.contains('/')) {
            problems.push(format!("{number} names nothing"));
        }
        let missing = named
            .iter()
            .filter(|name| name.contains('/') && !exists(name));
        problems.extend(missing.map(|name| format!("{number}: there is no {name}")));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A file, or a function in a file.
fn exists(named: &str) -> bool {
    let (file, function) = named.split_once("::").unwrap_or((named, ""));
    let path: &Path = &root().join(file);
    let Ok(text) = fs::read_to_string(path) else {
        return false;
    };
    let function = |keyword: &str| text.contains(&format!("{keyword} {function}("));
    !named.contains("::") || function("fn") || function("def")
}
