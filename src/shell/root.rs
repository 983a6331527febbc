//! One plugin instance: reads its configuration and makes a machine for each stream.

use std::rc::Rc;

use super::abi::{self, Buffer, Failed};
use super::http::HttpStream;
use super::{senders, sidecar, silence};
use crate::role::gateway::{self, Gateway};
use crate::role::provider::{self, Provider};

/// A plugin instance, which has no plugin until it is configured.
#[derive(Default)]
pub(super) struct Root {
    plugin: Option<Plugin>,
}

enum Plugin {
    Gateway(Rc<gateway::Settings>),
    Provider(Rc<provider::Settings>),
}

impl Root {
    /// Reads the configuration. One that cannot be used is refused, so that Envoy keeps the one
    /// it has.
    pub(super) fn configure(&mut self, context: u32, size: usize) -> bool {
        let json = abi::buffer(Buffer::PluginConfiguration, 0, size).unwrap_or_default();
        match plugin(&json) {
            Ok(plugin) => {
                if matches!(plugin, Plugin::Gateway(_))
                    && let Err(Failed(status)) = silence::start()
                {
                    log::error!("the host gives no ticks: status {status}; see `silence`");
                }
                if matches!(&plugin, Plugin::Gateway(settings) if settings.has_limits()) {
                    senders::add(context);
                }
                self.plugin = Some(plugin);
                true
            }
            Err(error) => {
                log::error!("the plugin configuration cannot be used: {error}");
                false
            }
        }
    }

    /// The machine for a new stream.
    pub(super) fn stream(&self, context: u32) -> Option<HttpStream> {
        Some(match self.plugin.as_ref()? {
            Plugin::Gateway(settings) => {
                HttpStream::new(context, Box::new(Gateway::new(Rc::clone(settings))))
            }
            Plugin::Provider(settings) => {
                HttpStream::new(context, Box::new(Provider::new(Rc::clone(settings))))
            }
        })
    }
}

fn plugin(json: &[u8]) -> Result<Plugin, String> {
    match serde_json::from_slice(json).map_err(|error| error.to_string())? {
        crate::config::runtime::Plugin::Gateway(config) => Ok(Plugin::Gateway(Rc::new(
            gateway::Settings::compile(config, &sidecar::common())?,
        ))),
        crate::config::runtime::Plugin::Provider(config) => Ok(Plugin::Provider(Rc::new(
            provider::Settings::compile(*config, |name| std::env::var(name).ok())?,
        ))),
    }
}
