//! The modules of the filter depend on one another in one direction.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest to the highest: a module may use those before it.
const LAYERS: &[&str] = &[
    "json",
    "decimal",
    "clock",
    "headers",
    "chat",
    "pricing",
    "framing",
    "dialects",
    "providers",
    "transcode",
    "config",
    "limiter",
    "policies",
    "routing",
    "telemetry",
    "role",
    "shell",
];

#[test]
fn dependencies_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut offences = Vec::new();
    let files = rust_files(&root);
    assert!(files.len() > 50, "only {} files found", files.len());
    for file in files {
        let name = file.strip_prefix(&root).unwrap().with_extension("");
        let module = name.iter().next().unwrap().to_string_lossy().into_owned();
        if module == "lib" {
            continue;
        }
        let own = rank(&module);
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            for used in uses(line).filter(|used| rank(used) > own) {
                offences.push(format!(
                    "{}:{}: {module} uses {used}",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

fn rank(module: &str) -> usize {
    let known = LAYERS.iter().position(|layer| *layer == module);
    known.unwrap_or_else(|| panic!("give `{module}` its place in LAYERS"))
}

/// The modules that a line of code names by `crate::`; documentation may name any.
fn uses(line: &str) -> impl Iterator<Item = &str> {
    let code = if line.trim_start().starts_with("//") {
        ""
    } else {
        line
    };
    code.split("crate::").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
        rest.get(..end)
            .filter(|name| name.starts_with(char::is_lowercase))
    })
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
