//! One plugin instance: reads its configuration and makes a machine for each stream.

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

use super::abi::{self, Buffer, Failed};
use super::http::HttpStream;
use super::silence;
use crate::role::gateway::{self, Gateway};
use crate::role::provider::{self, Provider};

/// Tells the SDK how to make a plugin instance.
pub(super) fn install() {
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root { plugin: None }));
}

struct Root {
    plugin: Option<Plugin>,
}

enum Plugin {
    Gateway(Rc<gateway::Settings>),
    Provider(Rc<provider::Settings>),
}

impl Context for Root {}

impl RootContext for Root {
    /// A configuration that cannot be used is refused, so that Envoy keeps the one it has.
    fn on_configure(&mut self, size: usize) -> bool {
        let json = abi::buffer(Buffer::PluginConfiguration, 0, size).unwrap_or_default();
        match plugin(&json) {
            Ok(plugin) => {
                if matches!(plugin, Plugin::Gateway(_))
                    && let Err(Failed(status)) = silence::start()
                {
                    log::error!("the host gives no ticks: status {status}; see `silence`");
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

    fn create_http_context(&self, context: u32) -> Option<Box<dyn HttpContext>> {
        let stream = match self.plugin.as_ref()? {
            Plugin::Gateway(settings) => {
                HttpStream::new(context, Box::new(Gateway::new(Rc::clone(settings))))
            }
            Plugin::Provider(settings) => {
                HttpStream::new(context, Box::new(Provider::new(Rc::clone(settings))))
            }
        };
        Some(Box::new(stream))
    }

    fn on_tick(&mut self) {
        silence::tick();
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

fn plugin(json: &[u8]) -> Result<Plugin, String> {
    match serde_json::from_slice(json).map_err(|error| error.to_string())? {
        crate::config::runtime::Plugin::Gateway(config) => Ok(Plugin::Gateway(Rc::new(
            gateway::Settings::compile(config)?,
        ))),
        crate::config::runtime::Plugin::Provider(config) => Ok(Plugin::Provider(Rc::new(
            provider::Settings::compile(config, |name| std::env::var(name).ok())?,
        ))),
    }
}
