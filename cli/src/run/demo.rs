//! `tidegate run --demo`: a gateway without a configuration file.
//!
//! With keys of providers at hand it serves these providers; without any it starts two simulators
//! in this process. Either way the configuration is written as a person would write it, and goes
//! through the same reader.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use anyhow::Context as _;

use super::Plan;
use super::environment::Environment;
use crate::config;
use crate::key::Key;

/// What the demo has made for itself.
pub(super) struct Demo {
    key: String,
    upstreams: Upstreams,
}

enum Upstreams {
    /// The vendors, with the user's keys.
    Vendors(Vec<&'static Vendor>),
}

/// A provider that the demo knows.
struct Vendor {
    kind: &'static str,
    key_variable: &'static str,
    /// The first one serves `smart`. All are on the vendors' model pages (checked 2026-11-21).
    models: &'static [&'static str],
}

const VENDORS: &[Vendor] = &[
    Vendor {
        kind: "openai",
        key_variable: "OPENAI_API_KEY",
        models: &["gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini"],
    },
    Vendor {
        kind: "anthropic",
        key_variable: "ANTHROPIC_API_KEY",
        models: &["claude-haiku-4-5", "claude-sonnet-4-5"],
    },
];

/// Plans a demo.
///
/// # Errors
/// Where there is no free port, or no randomness for a key.
pub(super) async fn plan() -> anyhow::Result<Plan> {
    let environment = Environment::load(&[])?;
    let vendors = VENDORS
        .iter()
        .filter(|vendor| environment.value(vendor.key_variable).is_some());
    let vendors: Vec<_> = vendors.collect();
    anyhow::ensure!(!vendors.is_empty(), "no key");
    let key = Key::new()?;
    let demo = Demo {
        key: key.secret.clone(),
        upstreams: Upstreams::Vendors(vendors),
    };
    let yaml = demo.configuration(&key)?;
    let config = config::parse(&yaml, Path::new("")).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(
            "the demo's own configuration is wrong: {}",
            problems.join("; ")
        )
    })?;
    Ok(Plan {
        config,
        source: "the demo's configuration".to_owned(),
        environment,
        demo: Some(demo),
    })
}

impl Demo {
    /// The key to show in the line to copy.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// What is running, for the banner.
    pub(super) fn story(&self) -> Vec<String> {
        Vec::new()
    }

    /// What to try next, for the banner.
    pub(super) fn next_steps(&self) -> Vec<String> {
        Vec::new()
    }

    fn configuration(&self, key: &Key) -> anyhow::Result<String> {
        let listen = free_port(8080)?;
        let admin = free_port(9901)?;
        let Upstreams::Vendors(vendors) = &self.upstreams;
        let providers = vendors.iter().map(|vendor| {
            let Vendor {
                kind, key_variable, ..
            } = vendor;
            format!("  {kind}: {{api_key: \"${{{key_variable}}}\"}}\n")
        });
        let providers: String = providers.collect();
        let targets: String = vendors
            .iter()
            .filter_map(|vendor| {
                Some(format!(
                    "      - {{provider: {}, model: {}}}\n",
                    vendor.kind,
                    vendor.models.first()?
                ))
            })
            .collect();
        let line = key.line("demo");
        Ok(format!(
            "listen: {{port: {listen}}}\nadmin: {{port: {admin}}}\nproviders:\n{providers}models:\n  smart:\n    targets:\n{targets}keys:\n  {line}\n"
        ))
    }
}

fn free_port(first: u16) -> anyhow::Result<u16> {
    let mut ports = first..=first.saturating_add(99);
    let free =
        |port: &u16| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).is_ok();
    ports
        .find(free)
        .with_context(|| format!("no port from {first} on is free"))
}
