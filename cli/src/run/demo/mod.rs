//! `tidegate run --demo`: a gateway without a configuration file.
//!
//! With keys of vendors at hand it serves these vendors; without any it starts simulators of them
//! in this process. Either way the configuration is written as a person would write it, and goes
//! through the same reader.

mod configuration;
mod simulators;
mod vendors;

use std::path::Path;

use super::Plan;
use super::environment::Environment;
use super::sidecar;
use crate::config;
use crate::key::Key;
use simulators::Simulator;
use vendors::{VENDORS, Vendor};

/// What the demo has made for itself.
pub(super) struct Demo {
    key: Key,
    upstreams: Vec<Upstream>,
    has_sidecar: bool,
}

/// A provider of the demo.
struct Upstream {
    vendor: &'static Vendor,
    /// What stands in for the vendor.
    simulator: Option<Simulator>,
}

/// Plans a demo; simulators serve from now on. With a sidecar at hand it has limits and a ledger.
///
/// # Errors
/// Where there is no free port, or no randomness for a key.
pub(super) async fn plan(sidecar: Option<&Path>) -> anyhow::Result<Plan> {
    let environment = Environment::load(&[])?;
    let demo = Demo {
        key: Key::new()?,
        upstreams: upstreams(&environment).await?,
        has_sidecar: sidecar::find(sidecar).is_ok(),
    };
    let yaml = configuration::write(&demo)?;
    let config = config::parse(&yaml, Path::new("")).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the demo's configuration is wrong: {}", problems.join("; "))
    })?;
    Ok(Plan {
        config,
        source: "the configuration of `tidegate run --demo`".to_owned(),
        environment,
        demo: Some(demo),
    })
}

/// The vendors whose keys are there, else a simulator of each.
async fn upstreams(environment: &Environment) -> anyhow::Result<Vec<Upstream>> {
    let has_key = |vendor: &&Vendor| environment.value(vendor.key_variable).is_some();
    let with_keys: Vec<_> = VENDORS.iter().filter(has_key).collect();
    if !with_keys.is_empty() {
        let upstream = |vendor| Upstream {
            vendor,
            simulator: None,
        };
        return Ok(with_keys.into_iter().map(upstream).collect());
    }
    let mut upstreams = Vec::new();
    for vendor in VENDORS {
        let simulator = Some(Simulator::start(vendor.dialect).await?);
        upstreams.push(Upstream { vendor, simulator });
    }
    Ok(upstreams)
}

impl Demo {
    /// The key to show in the line to copy.
    pub(super) fn key(&self) -> &str {
        &self.key.secret
    }

    /// What is running, for the banner: one line for each upstream, in the order of `smart`.
    pub(super) fn story(&self) -> Vec<String> {
        let describe = |(index, upstream): (usize, &Upstream)| {
            let Vendor {
                kind, key_variable, ..
            } = upstream.vendor;
            let label = if index == 0 { "behind" } else { "then" };
            match &upstream.simulator {
                None => format!("  {label:8} {kind}, with your {key_variable}"),
                Some(simulator) => format!("  {label:8} a simulated {kind}: {}", simulator.url()),
            }
        };
        self.upstreams.iter().enumerate().map(describe).collect()
    }

    /// What to try next, for the banner.
    pub(super) fn next_step(&self) -> String {
        match self
            .upstreams
            .first()
            .and_then(|first| first.simulator.as_ref())
        {
            Some(first) => format!(
                "See a fallback: let the first provider say 429 once, and send the line above again\n\
                 with -i; `x-tidegate-provider` says who answered.\n  {}",
                first.fail_once()
            ),
            None => "Then write your own: tidegate.example.yaml has all fields.".to_owned(),
        }
    }
}
