//! The file as a whole.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tidegate::config::runtime::{GatewayConfig, Model};
use tidegate::config::sidecar::Listen;

use super::field::{Field, Section};
use super::identity::Verified;
use super::limited::{self, Limited};
use super::model::{self, Names, RawModel};
use super::timeouts::{self, Profile};
use super::{Config, Prices, Provider, Sidecar};
use super::{address, fallback, jwt, listen, priced, prices, provider, remote_images, strategy};

const FIELDS: &[&str] = &[
    "listen",
    "admin",
    "providers",
    "models",
    "keys",
    "auth",
    "jwt",
    "teams",
    "organizations",
    "defaults",
    "limits",
    "budgets",
    "default_max_tokens",
    "prices",
    "redis",
    "database",
    "ledger",
    "sidecar",
    "timeouts",
    "cooldowns",
    "retry_budget",
    "max_body_bytes",
    "unknown_fields",
    "remote_images",
    "access_log",
];
/// Sections that the design has and this version has not.
const LATER: &[&str] = &["cache"];

/// Reads the file; `None`, or a report, where something is wrong.
pub(crate) fn read(root: &Field<'_>, directory: &Path, at: SystemTime) -> Option<Config> {
    let root = root.section(FIELDS, LATER)?;
    let times = timeouts::defaults(root.optional("timeouts"));
    let body = root.optional("max_body_bytes");
    let max_body_bytes = body.map_or(Some(32 << 20), |field| field.integer(1024..=(256 << 20)));
    let unknown_fields = root.optional("unknown_fields");
    let unknown_fields = unknown_fields.and_then(|field| provider::read_unknown_fields(&field));
    let images = root.optional("remote_images");
    let images = images.map(|field| remote_images::read(&field, directory));
    let (remote_images, image_hosts) = images.flatten().unzip();
    let defaults = provider::Defaults {
        connect_timeout: times.connect,
        unknown_fields: unknown_fields.unwrap_or_default(),
        max_body_bytes: max_body_bytes.unwrap_or_default(),
        remote_images: remote_images.as_ref(),
        directory,
    };
    let (listen, tls) = listen::read(&root, directory);
    let issuers = jwt::read(&root, directory);
    let admin = address::read(&root, "admin", 9901);
    let (provider_names, providers) = read_providers(&root, defaults);
    let entries = section_entries(&root, "models", "model");
    let names = model::names(&entries);
    let raw = read_models(&entries, &provider_names, &names, &times.profile);
    let verified = Verified {
        issuers: &issuers,
        certificates: listen::asks_for_certificates(&root),
    };
    let mut limited = limited::read(&root, &names, &raw, &verified, directory);
    issuers.report_unused();
    check_addresses(&root, listen, admin, limited.sidecar.as_ref());
    let (mut models, profiles) = resolve(&raw, times.profile, &limited);
    let prices = prices::read(&root, &raw, &providers, at);
    price(&mut models, &raw, &providers, &mut limited, &prices);
    let cooldowns = strategy::read_cooldowns(&root);
    let retry_budget = strategy::read_retry_budget(&root);
    let access_log = root.optional("access_log").map(|field| field.switch());
    Some(Config {
        listen: listen?,
        tls,
        admin: admin?,
        issuers: issuers.read,
        gateway: GatewayConfig {
            auth: limited.auth?,
            models,
            max_body_bytes: max_body_bytes?,
            limits: limited.limits,
            cooldowns,
            retry_budget,
        },
        providers,
        image_hosts: image_hosts.unwrap_or_default(),
        max_image_bytes: remote_images.map_or(0, |images| images.max_bytes),
        profiles,
        access_log: access_log.unwrap_or(Some(true))?,
        sidecar: limited.sidecar,
        prices,
    })
}

/// Tells the filter what targets cost, where limits or a model's choice depend on it.
fn price(
    models: &mut [Model],
    raw: &[RawModel<'_>],
    providers: &[Provider],
    limited: &mut Limited,
    prices: &Prices,
) {
    if limited.limits.is_some() || raw.iter().any(RawModel::asks_for_prices) {
        priced::fill(models, providers, prices);
    }
    if let Some(limits) = &mut limited.limits {
        let auth = limited.auth.as_ref();
        priced::report_unknown(raw, models, providers, limits, auth, prices);
        limits.unknown_price = prices.unknown;
        limits.price_version = prices.version();
    }
}

fn check_addresses(
    root: &Section<'_>,
    listen: Option<SocketAddr>,
    admin: Option<SocketAddr>,
    sidecar: Option<&Sidecar>,
) {
    let filters = sidecar.and_then(|sidecar| match sidecar.listen {
        Some(Listen::Tcp(address)) => Some(address),
        _ => None,
    });
    let used = [
        ("listen", listen),
        ("admin", admin),
        ("sidecar.listen", filters),
        ("sidecar.admin", sidecar.map(|sidecar| sidecar.admin)),
    ];
    address::report_overlaps(root, &used);
}

/// Names of all providers, those with mistakes included, and the providers without.
fn read_providers<'a>(
    root: &Section<'a>,
    defaults: provider::Defaults<'_>,
) -> (Vec<&'a str>, Vec<Provider>) {
    let entries = section_entries(root, "providers", "provider");
    let read = |(name, field): &(&'a str, Field<'a>)| provider::read(name, field, defaults);
    let providers = entries.iter().filter_map(read).collect();
    (entries.iter().map(|(name, _)| *name).collect(), providers)
}

/// The entries of a section that must not be empty.
fn section_entries<'a>(root: &Section<'a>, name: &str, what: &str) -> Vec<(&'a str, Field<'a>)> {
    let Some(field) = root.required(name) else {
        return Vec::new();
    };
    let entries = field.entries();
    if entries.as_ref().is_some_and(Vec::is_empty) {
        field.report(format!("must have at least one {what}"));
    }
    entries.unwrap_or_default()
}

fn read_models<'a>(
    entries: &[(&'a str, Field<'a>)],
    providers: &[&str],
    names: &Names<'a>,
    default_timeouts: &Profile,
) -> Vec<RawModel<'a>> {
    let read = |(name, field): &(&'a str, Field<'a>)| {
        model::read(name, field, providers, names, default_timeouts)
    };
    entries.iter().filter_map(read).collect()
}

/// Flattens fallbacks, and gathers the timeouts that models have.
fn resolve(
    raw: &[RawModel<'_>],
    default: Profile,
    limited: &Limited,
) -> (Vec<Model>, Vec<Profile>) {
    let by_name: HashMap<_, _> = raw.iter().map(|model| (model.name, model)).collect();
    let compile = |model: &RawModel<'_>| {
        let timeouts = model.timeouts.as_ref().unwrap_or(&default);
        Model {
            name: model.name.to_owned(),
            aliases: model.aliases.clone(),
            stages: fallback::flatten(model, &by_name),
            timeouts: timeouts.name.clone(),
            idle_ms: u64::try_from(timeouts.idle.as_millis()).ok(),
            counters: limited.of_model(model.name),
            fall_back_on: model.choice.fall_back_on,
            queue: model.choice.queue,
            shadow: model.shadow.clone().map(Arc::new),
        }
    };
    let models = raw.iter().map(compile).collect();
    let own = raw.iter().filter_map(|model| model.timeouts.clone());
    (models, std::iter::once(default).chain(own).collect())
}
