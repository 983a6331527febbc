//! Listens on a Unix socket or an address, until it is told to stop.

use std::fs::Permissions;
use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::serve::Listener;
use tidegate::config::sidecar::Listen;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::watch;

/// Envoy and the sidecar share a group.
const SOCKET_MODE: u32 = 0o660;

/// How long requests under way may take once the end has come.
const DRAIN: Duration = Duration::from_secs(5);

/// A socket that is listened on.
pub enum Bound {
    /// A Unix socket.
    Unix(UnixListener),
    /// An address.
    Tcp(TcpListener),
}

impl Bound {
    /// Fails where the place is taken, such as by another sidecar. A socket that nobody listens on
    /// any more is replaced.
    pub async fn new(listen: &Listen) -> anyhow::Result<Self> {
        match listen {
            Listen::Unix(path) => {
                let bound = unix(path).await;
                Ok(Self::Unix(
                    bound.with_context(|| path.display().to_string())?,
                ))
            }
            Listen::Tcp(address) => {
                let bound = TcpListener::bind(address).await;
                Ok(Self::Tcp(bound.with_context(|| address.to_string())?))
            }
        }
    }

    /// The address, of an address.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp(listener) => listener.local_addr().ok(),
        }
    }
}

async fn unix(path: &Path) -> anyhow::Result<UnixListener> {
    if let Ok(there) = path.symlink_metadata() {
        anyhow::ensure!(there.file_type().is_socket(), "is there and no socket");
        let taken = UnixStream::connect(path).await.is_ok();
        anyhow::ensure!(!taken, "another process listens there");
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

/// Serves HTTP/1.1 and HTTP/2 (h2c) until `end` is set, then lets requests under way come to their
/// end.
pub async fn serve(bound: Bound, router: Router, end: watch::Receiver<bool>) -> anyhow::Result<()> {
    match bound {
        Bound::Unix(listener) => run(listener, router, end).await,
        Bound::Tcp(listener) => run(listener, router, end).await,
    }
}

async fn run<L>(listener: L, router: Router, end: watch::Receiver<bool>) -> anyhow::Result<()>
where
    L: Listener,
    L::Addr: std::fmt::Debug,
{
    let serving = axum::serve(listener, router).with_graceful_shutdown(ended(end.clone()));
    tokio::select! {
        served = serving.into_future() => Ok(served?),
        () = async { ended(end).await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("requests were still under way at the end");
            Ok(())
        }
    }
}

/// Whoever could set it is gone: that is an end too.
async fn ended(mut end: watch::Receiver<bool>) {
    drop(end.wait_for(|over| *over).await);
}
