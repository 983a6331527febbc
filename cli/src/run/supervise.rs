//! From the start of Envoy to its end.

use std::convert::Infallible;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::admin::Admin;
use super::args::Args;
use super::envoy::Envoy;
use super::reload::{Served, Wishes};
use super::sidecar::Sidecar;
use super::stop;
use crate::config::Config;
use crate::output;

/// Names of providers are resolved in this time.
const START: Duration = Duration::from_secs(60);

/// How it ended.
pub(super) enum Outcome {
    /// As it was told to.
    Stopped,
    /// As it was told to, before all requests had finished.
    RequestsCut,
    /// Envoy ended by itself, or never served.
    EnvoyFailed(String),
}

/// Waits until Envoy is ready, calls `started`, and lives until a signal or the end of Envoy.
///
/// # Errors
/// Where the system refuses to tell of signals or of the process.
pub(super) async fn supervise(
    mut envoy: Envoy,
    served: &mut Served,
    sidecar: Option<&Sidecar>,
    args: &Args,
    started: impl FnOnce(&Config),
) -> anyhow::Result<Outcome> {
    let admin = Admin::new(served.config().admin);
    let mut signals = Signals::new()?;
    let mut wishes = Wishes::new(args.watch.then(|| args.source.clone()))?;
    tokio::select! {
        status = envoy.ended() => return Ok(did_not_start(status?)),
        () = signals.stop() => {
            envoy.kill();
            envoy.ended().await?;
            return Ok(Outcome::Stopped);
        }
        ready = timeout(START, ready(admin)) => if ready.is_err() {
            envoy.kill();
            let seconds = START.as_secs();
            let why = format!("Envoy was not ready after {seconds} s; what it said is above");
            return Ok(Outcome::EnvoyFailed(why));
        }
    }
    started(served.config());
    tokio::select! {
        status = envoy.ended() => Ok(Outcome::EnvoyFailed(format!(
            "Envoy ended by itself ({}); what it said is above", status?
        ))),
        () = signals.stop() => {
            let drain = Duration::from_secs(args.drain_seconds);
            stop::gracefully(envoy, admin, drain, &mut signals).await
        }
        never = follow(served, &mut wishes, sidecar, args) => match never {}
    }
}

/// Serves another configuration whenever that is wished.
async fn follow(
    served: &mut Served,
    wishes: &mut Wishes,
    sidecar: Option<&Sidecar>,
    args: &Args,
) -> Infallible {
    if !args.demo {
        served.follow(wishes, sidecar).await;
    }
    loop {
        wishes.next().await;
        output::note("tidegate: SIGHUP: a demo has no file to read again");
    }
}

async fn ready(admin: Admin) {
    while !admin.is_ready().await {
        sleep(Duration::from_millis(50)).await;
    }
}

fn did_not_start(status: ExitStatus) -> Outcome {
    Outcome::EnvoyFailed(format!(
        "Envoy did not start ({status}); what it said is above"
    ))
}

/// The signals that a person or a supervisor sends.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next wish to stop.
    pub(super) async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
