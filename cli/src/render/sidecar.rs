//! `sidecar.json`: what the sidecar is told.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tidegate::config::runtime::{Auth, VirtualKey};
use tidegate::config::sidecar::{Database, Listen, Model, SidecarConfig};

use crate::config::Config;

/// Where the sidecar's files are, where the configuration does not say.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The socket on which it hears from Envoy.
    pub(crate) socket: PathBuf,
    /// The database.
    pub(crate) database: PathBuf,
}

impl Places {
    /// Those of a service of the system.
    pub(crate) fn of_a_service() -> Self {
        Self {
            socket: "/run/tidegate/sidecar.sock".into(),
            database: "/var/lib/tidegate/tidegate.db".into(),
        }
    }

    /// A socket in one directory, which must be private, and a database in another.
    pub(crate) fn in_directory(socket: &Path, database: &Path) -> Self {
        Self {
            socket: socket.join("sidecar.sock"),
            database: database.join("tidegate.db"),
        }
    }
}

/// What the sidecar is told; `None`: there is none.
pub(crate) fn sidecar_config(config: &Config, places: &Places) -> Option<SidecarConfig> {
    let sidecar = config.sidecar.as_ref()?;
    let limits = config.gateway.limits.as_ref();
    let database = sidecar.database.clone();
    Some(SidecarConfig {
        listen: listen(config, places)?,
        admin: sidecar.admin,
        admin_token_env: sidecar.token_variable().to_owned(),
        counters: limits
            .map(|limits| limits.counters.clone())
            .unwrap_or_default(),
        keys: keys(config),
        metadata: sidecar.metadata.clone(),
        teams: sidecar.teams.clone(),
        models: models(config),
        key_defaults: sidecar.key_defaults.clone(),
        redis: sidecar.redis.clone(),
        database: database.unwrap_or_else(|| Database::Sqlite(places.database.clone())),
        retention_days: sidecar.retention_days,
        alerts: sidecar.alerts.clone(),
        key_alerts: sidecar.key_alerts.clone(),
    })
}

/// Where the sidecar listens for Envoy.
pub(super) fn listen(config: &Config, places: &Places) -> Option<Listen> {
    let said = config.sidecar.as_ref()?.listen.clone();
    Some(said.unwrap_or_else(|| Listen::Unix(places.socket.clone())))
}

fn keys(config: &Config) -> Vec<VirtualKey> {
    match &config.gateway.auth {
        Auth::None => Vec::new(),
        Auth::Keys(keys) => keys.clone(),
    }
}

fn models(config: &Config) -> Vec<Model> {
    let models = config.gateway.models.iter();
    let names = models.map(|model| Model {
        name: model.name.clone(),
        aliases: model.aliases.clone(),
    });
    names.collect()
}

/// The text of `sidecar.json`.
///
/// # Errors
/// Only where a path is not text.
pub(crate) fn sidecar_json(sidecar: &SidecarConfig) -> anyhow::Result<String> {
    let json = serde_json::to_string_pretty(sidecar);
    let json = json.context("cannot write the sidecar's configuration")?;
    Ok(json + "\n")
}
