//! Files that hold what the command should say.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// A folder of this crate's tests.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// Compares with the file; with `BLESS=1` writes it instead, to be reviewed as a difference.
#[track_caller]
pub(crate) fn compare(file: &Path, actual: &str) {
    if env::var_os("BLESS").is_some() {
        fs::write(file, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert!(
        expected == actual,
        "{} is not what the command says now (BLESS=1 writes it anew); the command says:\n{actual}",
        file.display()
    );
}
