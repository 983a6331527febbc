//! What routes say: how long things may take, and who gets copies of requests.

use serde::Serialize;
use tidegate::config::runtime::shadow_cluster;

use super::seconds;
use crate::config::{Config, Profile, Provider};

#[derive(Debug, Serialize)]
pub(super) struct Timeouts<'a> {
    name: &'a str,
    first_token: String,
    response: String,
    total: String,
    mirror: Option<MirrorPage>,
    pauses: bool,
}

/// Who gets copies of requests.
#[derive(Debug, Serialize)]
struct MirrorPage {
    cluster: String,
    per_million: u64,
}

/// Providers that get copies of requests.
pub(super) fn shadows(config: &Config) -> impl Iterator<Item = &Provider> {
    let is_mirror = |provider: &&Provider| {
        let mut mirrors = config.profiles.iter().filter_map(|p| p.mirror.as_ref());
        mirrors.any(|mirror| mirror.provider == provider.filter.name)
    };
    config.providers.iter().filter(is_mirror)
}

/// A profile, as its routes say it.
pub(super) fn timeouts(profile: &Profile) -> Timeouts<'_> {
    Timeouts {
        name: &profile.name,
        first_token: seconds(profile.first_token),
        response: seconds(profile.response),
        total: seconds(profile.total),
        pauses: profile.pauses,
        mirror: profile.mirror.as_ref().map(|mirror| MirrorPage {
            cluster: shadow_cluster(&mirror.provider),
            per_million: mirror.per_million,
        }),
    }
}
