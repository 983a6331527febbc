//! The Envoy process.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use anyhow::Context as _;
use tokio::process::Child;

use super::args::Args;
use super::environment::Environment;
use super::{guard, lines};
use crate::output;

/// Envoy says these on every start; they mean nothing here.
const NOISE: &[&str] = &["There is no configured limit to the number of allowed active downstream"];

/// An Envoy that was started. It is killed when this is dropped.
pub(super) struct Envoy {
    child: Child,
}

impl Envoy {
    /// Starts Envoy.
    ///
    /// # Errors
    /// Where the program cannot be executed.
    pub(super) fn start(
        program: &Path,
        config: &Path,
        args: &Args,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let mut command = guard::command(program);
        command
            .arg("--config-path")
            .arg(config)
            // No shared memory with another Envoy on this machine, and none left behind.
            .arg("--disable-hot-restart")
            .args(["--log-level", &args.envoy_log_level])
            .args(["--log-format", "[%l] %v"])
            .args(["--file-flush-interval-msec", "200"])
            .envs(environment.additions())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(workers) = args.concurrency {
            command.args(["--concurrency", &workers.to_string()]);
        }
        let child = command.spawn();
        let mut child = child.with_context(|| format!("cannot start {}", program.display()))?;
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(lines::pass_on(stderr, say));
        }
        Ok(Self { child })
    }

    /// Waits for the end of the process.
    ///
    /// # Errors
    /// Where the system does not know the process.
    pub(super) async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        self.child.wait().await.context("cannot wait for Envoy")
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        // Where it has ended already, that is what was wanted.
        let _ = self.child.start_kill();
    }
}

/// Passes on what Envoy says, without what it always says.
fn say(line: &str) {
    if !NOISE.iter().any(|noise| line.contains(noise)) {
        output::note(format_args!("envoy: {line}"));
    }
}
