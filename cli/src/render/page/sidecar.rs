//! The cluster of the sidecar.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use serde::Serialize;
use tidegate::config::sidecar::Listen;

use super::host;
use crate::config::{Config, Host};
use crate::render::{Options, sidecar};

/// Where Envoy reaches it: a socket, or a host and port.
#[derive(Debug, Serialize)]
pub(super) struct SidecarCluster {
    socket: Option<PathBuf>,
    host: String,
    ip: bool,
    port: u16,
}

pub(super) fn cluster(config: &Config, options: &Options) -> Option<SidecarCluster> {
    let connect = config.sidecar.as_ref()?.connect.clone();
    let (socket, (at, port)) = match (sidecar::listen(config, &options.sidecar)?, connect) {
        (_, Some(connect)) => (None, connect),
        (Listen::Tcp(address), None) => {
            let ip = match address.ip() {
                IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
                ip => ip,
            };
            (None, (Host::Ip(ip), address.port()))
        }
        (Listen::Unix(path), None) => (Some(path), (Host::Name(String::new()), 0)),
    };
    let (host, ip) = host(&at);
    Some(SidecarCluster {
        socket,
        host,
        ip,
        port,
    })
}
