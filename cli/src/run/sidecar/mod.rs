//! The sidecar's process: started before Envoy, started again whenever it ends by itself, stopped
//! after Envoy, so that the last rows of the ledger find it.
//!
//! Its end does not end the gateway: filters go on with what they hold, and then do what each limit
//! says (`on_unavailable`).

mod find;
mod health;
mod process;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tidegate::config::sidecar::Listen;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::replace;
use crate::output;
use process::Process;

pub(super) use find::find;

/// Migrations of a database run in this time.
const START: Duration = Duration::from_secs(30);
/// It writes what it has taken in, and ends.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// It reads a file, and looks whether it can keep what it says.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);

/// How to start it.
#[derive(Debug, Clone)]
pub(super) struct Command {
    /// `tidegate-sidecar`.
    pub(super) program: PathBuf,
    /// `sidecar.json`.
    pub(super) config: PathBuf,
    /// Where it listens for Envoy.
    pub(super) listen: Listen,
    /// Variables beyond our own environment.
    pub(super) environment: Vec<(OsString, OsString)>,
}

/// A sidecar that is watched over.
pub(super) struct Sidecar {
    config: PathBuf,
    listen: Listen,
    reload: mpsc::Sender<()>,
    stop: oneshot::Sender<()>,
    watch: JoinHandle<()>,
}

impl Sidecar {
    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// Where it cannot be executed, ends again, or does not answer in time.
    pub(super) async fn start(command: Command) -> anyhow::Result<Self> {
        let mut process = Process::start(&command)?;
        tokio::select! {
            status = process.ended() => {
                anyhow::bail!("the sidecar did not start ({}); what it said is above", status?);
            }
            ready = timeout(START, health::answers(&command.listen)) => {
                let seconds = START.as_secs();
                ready.with_context(|| format!("the sidecar did not answer for {seconds} s"))?;
            }
        }
        let (stop, stopped) = oneshot::channel();
        let (reload, reloads) = mpsc::channel(1);
        let (config, listen) = (command.config.clone(), command.listen.clone());
        let watch = tokio::spawn(watch(command, process, reloads, stopped));
        Ok(Self {
            config,
            listen,
            reload,
            stop,
            watch,
        })
    }

    /// Gives it another configuration, and waits until it has taken it.
    ///
    /// # Errors
    /// Where it does not.
    pub(super) async fn take(&self, text: &str) -> anyhow::Result<()> {
        self.write(text)?;
        let digest = Sha256::digest(text);
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let taken = timeout(TAKEN_WITHIN, health::is_configured(&self.listen, &hash)).await;
        let seconds = TAKEN_WITHIN.as_secs();
        taken.with_context(|| {
            format!(
                "the sidecar has not taken its configuration within {seconds} s; what it said is above"
            )
        })
    }

    /// Gives it the configuration that it had before.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn put_back(&self, text: Option<&str>) -> anyhow::Result<()> {
        text.map_or(Ok(()), |text| self.write(text))
    }

    fn write(&self, text: &str) -> anyhow::Result<()> {
        replace(&self.config, text)?;
        // One wish that is not heard yet is as good as two.
        let _ = self.reload.try_send(());
        Ok(())
    }

    /// Lets it write what it has, and ends it.
    pub(super) async fn stop(self) {
        // Where nobody listens, the watch has ended, and the process with it.
        let _ = self.stop.send(());
        let _ = self.watch.await;
    }
}

/// Starts it again when it ends, until `stopped`.
async fn watch(
    command: Command,
    mut process: Process,
    mut reloads: mpsc::Receiver<()>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut pause = Pause::new();
    loop {
        let started = Instant::now();
        let ended = loop {
            tokio::select! {
                ended = process.ended() => break ended,
                _ = &mut stopped => return process.stop(LAST_PATIENCE).await,
                Some(()) = reloads.recv() => process.reload(),
            }
        };
        let why = ended.map_or_else(|error| format!("{error:#}"), |status| status.to_string());
        let wait = pause.after(started.elapsed());
        output::note(format_args!(
            "tidegate: the sidecar ended by itself ({why}); it is started again in {} s",
            wait.as_secs_f32()
        ));
        process = loop {
            tokio::select! {
                () = sleep(wait) => {}
                _ = &mut stopped => return,
            }
            match Process::start(&command) {
                Ok(process) => break process,
                Err(error) => output::note(format_args!("tidegate: {error:#}")),
            }
        };
    }
}

/// How long to wait before the next start.
struct Pause(Duration);

impl Pause {
    const SHORTEST: Duration = Duration::from_millis(200);
    const LONGEST: Duration = Duration::from_secs(10);
    /// Who has lived for so long begins anew.
    const STEADY: Duration = Duration::from_secs(30);

    fn new() -> Self {
        Self(Self::SHORTEST)
    }

    /// Twice as long each time, after a life that was short.
    fn after(&mut self, lived: Duration) -> Duration {
        if lived >= Self::STEADY {
            self.0 = Self::SHORTEST;
        }
        let now = self.0;
        self.0 = now.saturating_mul(2).min(Self::LONGEST);
        now
    }
}

#[cfg(test)]
mod tests;
