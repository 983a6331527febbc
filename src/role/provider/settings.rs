//! The provider role's configuration, ready for use.

use std::rc::Rc;

use crate::config::runtime::ProviderConfig;
use crate::headers::Headers;
use crate::providers::{self, Credential, Provider};

/// What all attempts of a plugin instance share.
pub struct Settings {
    pub(super) name: Rc<str>,
    pub(super) provider: Provider,
    pub(super) config: ProviderConfig,
    /// Credential and configured headers, sent with every request.
    pub(super) fixed_headers: Headers,
    pub(super) max_body_bytes: usize,
}

impl Settings {
    /// Largest picture that is fetched, in bytes.
    pub(super) fn max_image_bytes(&self) -> usize {
        let config = self.config.remote_images.as_ref();
        config.map_or(0, |images| {
            usize::try_from(images.max_bytes).unwrap_or(usize::MAX)
        })
    }

    /// Reads the configuration; `environment` looks up the variable that holds the key.
    ///
    /// A key that is not there is no error: the provider then refuses its requests, and those
    /// that have another target fall back.
    ///
    /// # Errors
    /// A sentence that says what cannot be used.
    pub fn compile(
        config: ProviderConfig,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let provider = providers::find(&config.kind)
            .ok_or_else(|| format!("there is no provider kind `{}`", config.kind))?;
        let mut fixed_headers = Headers::default();
        if let Some(variable) = &config.api_key_env {
            match environment(variable).filter(|key| !key.is_empty()) {
                Some(key) => push_credential(&mut fixed_headers, provider.credential, &key),
                None => log::warn!("provider `{}`: {variable} is not set", config.name),
            }
        }
        for (name, value) in &config.headers {
            fixed_headers.push(name, value);
        }
        Ok(Self {
            name: config.name.as_str().into(),
            provider,
            fixed_headers,
            max_body_bytes: usize::try_from(config.max_body_bytes).unwrap_or(usize::MAX),
            config,
        })
    }
}

fn push_credential(headers: &mut Headers, credential: Credential, key: &str) {
    let key = key.trim();
    match credential {
        Credential::Bearer => headers.push("authorization", format!("Bearer {key}")),
        Credential::Header(name) => headers.push(name, key),
    }
}
