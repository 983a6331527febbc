//! Simulators in this process.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::simulate::{self, Dialect, Models};

/// A simulator that serves until the process ends.
pub(super) struct Simulator {
    address: SocketAddr,
}

impl Simulator {
    pub(super) async fn start(dialect: Dialect) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("there is no free port for a simulator")?;
        let address = listener
            .local_addr()
            .context("a simulator has no address")?;
        let options = simulate::Options {
            dialect,
            name: dialect.name().to_owned(),
            api_key: None,
            models: Models::new(Vec::new()),
            steps: Vec::new(),
        };
        tokio::spawn(simulate::serve(options, listener));
        Ok(Self { address })
    }

    /// Its address.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A command line that lets the next request fail.
    pub(super) fn fail_once(&self) -> String {
        let url = self.url();
        format!("curl -X PUT {url}/_simulate/script -d '[{{\"status\": 429}}]'")
    }
}
