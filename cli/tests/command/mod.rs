//! The `tidegate` command under test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the command in the repository's root, with nothing of the caller's environment that it
/// would listen to.
pub(crate) fn tidegate(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The command, to be given more.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(arguments).current_dir(root());
    for variable in [
        "TIDEGATE_WASM",
        "SSL_CERT_FILE",
        "ENVOY",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "TIDEGATE_ADMIN_TOKEN",
    ] {
        command.env_remove(variable);
    }
    // The day whose prices count: 2026-11-25.
    command.env("SOURCE_DATE_EPOCH", "1795564800");
    command
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a program wrote.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
