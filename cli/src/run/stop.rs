//! Ends Envoy: requests under way first, or at once.
//!
//! What Envoy 1.40 does, tried: `/healthcheck/fail` alone makes it answer `connection: close` but
//! still accept; `/drain_listeners` alone closes the listening socket but keeps the connections
//! that there are, for ever. Both together refuse new connections, end each connection after the
//! answer under way, and cut nothing.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::admin::Admin;
use super::envoy::Envoy;
use super::supervise::{Outcome, Signals};
use crate::output;

/// Envoy needs a second or two to end.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Lets requests under way finish, for up to `drain`. A second signal ends the wait.
///
/// # Errors
/// Where the system does not know the process.
pub(super) async fn gracefully(
    mut envoy: Envoy,
    admin: Admin,
    drain: Duration,
    signals: &mut Signals,
) -> anyhow::Result<Outcome> {
    if let Err(error) = accept_no_more(admin).await {
        output::note(format_args!("tidegate: {error:#}"));
    }
    let outcome = tokio::select! {
        status = envoy.ended() => {
            let why = format!("Envoy ended while requests finished ({})", status?);
            return Ok(Outcome::EnvoyFailed(why));
        }
        () = signals.stop() => {
            output::note("tidegate: second signal: ending at once");
            envoy.kill();
            envoy.ended().await?;
            return Ok(Outcome::RequestsCut);
        }
        finished = finished(admin, drain) => if finished {
            Outcome::Stopped
        } else {
            let seconds = drain.as_secs();
            output::note(format_args!("tidegate: still busy after {seconds} s: ending now"));
            Outcome::RequestsCut
        }
    };
    end(envoy, admin).await?;
    Ok(outcome)
}

/// Has Envoy refuse new connections, and end each connection after the answer under way.
///
/// # Errors
/// Where Envoy does not do so.
pub(super) async fn accept_no_more(admin: Admin) -> anyhow::Result<()> {
    let failed = admin.post("/healthcheck/fail").await;
    let drained = admin.post("/drain_listeners").await;
    failed.and(drained)
}

/// Whether all requests under way have finished within this time.
pub(super) async fn finished(admin: Admin, within: Duration) -> bool {
    timeout(within, no_request_under_way(admin)).await.is_ok()
}

/// Through the front door, so that the access log is written to the end.
async fn end(mut envoy: Envoy, admin: Admin) -> anyhow::Result<()> {
    let asked = admin.post("/quitquitquit").await;
    if asked.is_err() || timeout(LAST_PATIENCE, envoy.ended()).await.is_err() {
        envoy.kill();
    }
    envoy.ended().await.map(drop)
}

/// Returns when no request was under way twice in a row: one may just have been accepted.
async fn no_request_under_way(admin: Admin) {
    let mut told = false;
    let mut quiet = 0;
    // An admin interface that is silent has nothing to say about requests: Envoy is ending.
    while quiet < 2
        && let Ok(active) = admin.active_requests().await
    {
        quiet = if active == 0 { quiet + 1 } else { 0 };
        if active > 0 && !told {
            output::note(format_args!(
                "tidegate: no new connections; {active} under way may finish (a second signal ends \
                 at once)"
            ));
            told = true;
        }
        sleep(Duration::from_millis(100)).await;
    }
}
