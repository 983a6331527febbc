//! The demo's configuration, as a person would write it.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context as _;

use super::{Demo, Upstream};

/// More than a person at a terminal uses up by accident, and less than a loop that runs away does.
const LIMITS: &str = "\
defaults:
  rate_limits: {requests_per_minute: 600, parallel_requests: 50}
  budgets: [{usd: 5, per: day}]
";

/// Writes it.
///
/// # Errors
/// Where there is no free port.
pub(super) fn write(demo: &Demo) -> anyhow::Result<String> {
    let (listen, admin) = (free_port(8080)?, free_port(9901)?);
    let mut yaml = format!("listen: {{port: {listen}}}\nadmin: {{port: {admin}}}\nproviders:\n");
    for upstream in &demo.upstreams {
        let _ = writeln!(yaml, "  {}: {}", upstream.vendor.kind, provider(upstream));
    }
    yaml.push_str("models:\n  smart:\n    targets:\n");
    for Upstream { vendor, .. } in &demo.upstreams {
        if let Some(model) = vendor.models.first() {
            let _ = writeln!(
                yaml,
                "      - {{provider: {}, model: {model}}}",
                vendor.kind
            );
        }
    }
    for Upstream { vendor, .. } in &demo.upstreams {
        for model in vendor.models {
            let _ = writeln!(yaml, "  {model}: {{provider: {}}}", vendor.kind);
        }
    }
    let _ = writeln!(yaml, "keys:\n  {}", demo.key.line("demo"));
    if demo.has_sidecar {
        yaml.push_str(LIMITS);
        let _ = writeln!(yaml, "sidecar: {{admin: {{port: {}}}}}", free_port(9902)?);
    }
    Ok(yaml)
}

fn provider(upstream: &Upstream) -> String {
    match &upstream.simulator {
        None => format!("{{api_key: \"${{{}}}\"}}", upstream.vendor.key_variable),
        Some(simulator) => {
            let path = upstream.vendor.base_path;
            format!("{{base_url: \"{}{path}\"}}", simulator.url())
        }
    }
}

/// The first port from `first` on that nobody listens on.
fn free_port(first: u16) -> anyhow::Result<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut ports = first..=first.saturating_add(99);
    ports
        .find(free)
        .with_context(|| format!("none of the ports from {first} on is free"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::simulators::Simulator;
    use super::super::vendors::VENDORS;
    use super::*;
    use crate::config::{self, Config};
    use crate::key::Key;

    fn config(upstreams: Vec<Upstream>) -> Config {
        let key = Key::new().unwrap();
        let demo = Demo {
            key,
            upstreams,
            has_sidecar: true,
        };
        let yaml = write(&demo).unwrap();
        config::parse(&yaml, Path::new("")).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    #[test]
    fn with_keys_the_demo_serves_the_vendors() {
        let upstream = |vendor| Upstream {
            vendor,
            simulator: None,
        };
        let config = config(VENDORS.iter().map(upstream).collect());
        let variables: Vec<_> = config
            .key_variables()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(variables, ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"]);
        let smart = config.gateway.models.first().unwrap();
        assert_eq!((smart.name.as_str(), smart.targets().count()), ("smart", 2));
        assert!(
            config
                .gateway
                .models
                .iter()
                .any(|model| model.name == "claude-haiku-4-5")
        );
    }

    #[tokio::test]
    async fn without_keys_the_demo_serves_simulators() {
        let mut upstreams = Vec::new();
        for vendor in VENDORS {
            let simulator = Some(Simulator::start(vendor.dialect).await.unwrap());
            upstreams.push(Upstream { vendor, simulator });
        }
        let config = config(upstreams);
        assert!(config.key_variables().is_empty());
        assert!(
            config
                .providers
                .iter()
                .all(|provider| provider.filter.scheme == "http")
        );
    }
}
