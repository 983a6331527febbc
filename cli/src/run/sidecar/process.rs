//! One life of the sidecar.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::timeout;

use super::Command;
use crate::output;
use crate::run::{guard, lines};

/// A sidecar that was started. It is killed when this is dropped.
pub(super) struct Process {
    child: Child,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// Where the program cannot be executed.
    pub(super) fn start(command: &Command) -> anyhow::Result<Self> {
        let program = command.program.display();
        let mut child = guard::command(&command.program)
            .arg("-c")
            .arg(&command.config)
            .envs(
                command
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::null())
            // Our own stdout holds the access log and nothing else.
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let say = |line: &str| output::note(format_args!("sidecar: {line}"));
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(lines::pass_on(stdout, say));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(lines::pass_on(stderr, say));
        }
        Ok(Self { child })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where the system does not know the process.
    pub(super) async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        self.child
            .wait()
            .await
            .context("cannot wait for the sidecar")
    }

    /// Asks it to read its configuration again.
    pub(super) fn reload(&mut self) {
        self.signal(Signal::HUP);
    }

    /// Where it is not possible, the process has ended.
    fn signal(&mut self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Asks it to end, and kills it where it does not.
    pub(super) async fn stop(mut self, patience: Duration) {
        self.signal(Signal::TERM);
        if timeout(patience, self.child.wait()).await.is_err() {
            let seconds = patience.as_secs();
            output::note(format_args!(
                "tidegate: the sidecar did not end within {seconds} s: rows of the ledger may be missing"
            ));
            // Where it has ended meanwhile, that is what was wanted.
            let _ = self.child.kill().await;
        }
    }
}
