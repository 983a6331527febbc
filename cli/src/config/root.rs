//! The file as a whole.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use tidegate::config::runtime::{GatewayConfig, Model};

use super::field::{Field, Section};
use super::model::{self, Names, RawModel};
use super::timeouts::{self, Profile};
use super::{Config, Provider, auth, fallback, provider, remote_images};

const FIELDS: &[&str] = &[
    "listen",
    "admin",
    "providers",
    "models",
    "keys",
    "auth",
    "teams",
    "timeouts",
    "max_body_bytes",
    "unknown_fields",
    "remote_images",
    "access_log",
];
/// Sections that the design has and this version has not.
const LATER: &[&str] = &["cache", "redis", "database"];

/// Reads the file; `None`, or a report, where something is wrong.
pub(crate) fn read(root: &Field<'_>, directory: &Path) -> Option<Config> {
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
    let listen = read_address(&root, "listen", 8080);
    let admin = read_address(&root, "admin", 9901);
    check_distinct(&root, listen, admin);
    let (provider_names, providers) = read_providers(&root, defaults);
    let entries = section_entries(&root, "models", "model");
    let names = model::names(&entries);
    let raw = read_models(&entries, &provider_names, &names, &times.profile);
    let (models, profiles) = resolve(&raw, times.profile);
    let auth = auth::read(&root, &names);
    let access_log = root.optional("access_log").map(|field| field.switch());
    Some(Config {
        listen: listen?,
        admin: admin?,
        gateway: GatewayConfig {
            auth: auth?,
            models,
            max_body_bytes: max_body_bytes?,
            limits: None,
        },
        providers,
        image_hosts: image_hosts.unwrap_or_default(),
        max_image_bytes: remote_images.map_or(0, |images| images.max_bytes),
        profiles,
        access_log: access_log.unwrap_or(Some(true))?,
    })
}

fn read_address(root: &Section<'_>, name: &str, default_port: u16) -> Option<SocketAddr> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let Some(field) = root.optional(name) else {
        return Some(SocketAddr::new(loopback, default_port));
    };
    let section = field.section(&["address", "port"], &[])?;
    let address = section.optional("address").map_or(Some(loopback), |field| {
        let parsed = field.text()?.parse().ok();
        if parsed.is_none() {
            field.report(
                "must be an IP address, such as `127.0.0.1`; `0.0.0.0` or `::` are all addresses",
            );
        }
        parsed
    });
    let port = section
        .optional("port")
        .map_or(Some(default_port), |field| {
            u16::try_from(field.integer(1..=65_535)?).ok()
        });
    Some(SocketAddr::new(address?, port?))
}

fn check_distinct(root: &Section<'_>, listen: Option<SocketAddr>, admin: Option<SocketAddr>) {
    let (Some(listen), Some(admin)) = (listen, admin) else {
        return;
    };
    let overlap =
        listen.ip() == admin.ip() || listen.ip().is_unspecified() || admin.ip().is_unspecified();
    if overlap && listen.port() == admin.port() {
        let place = root.optional("admin").or_else(|| root.optional("listen"));
        let place = place.unwrap_or_else(|| root.field().clone());
        place.report(format!(
            "`listen` and `admin` both want port {}",
            admin.port()
        ));
    }
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
fn resolve(raw: &[RawModel<'_>], default: Profile) -> (Vec<Model>, Vec<Profile>) {
    let by_name: HashMap<_, _> = raw.iter().map(|model| (model.name, model)).collect();
    let compile = |model: &RawModel<'_>| {
        let timeouts = model.timeouts.as_ref().unwrap_or(&default);
        Model {
            name: model.name.to_owned(),
            aliases: model.aliases.clone(),
            targets: fallback::flatten(model, &by_name),
            timeouts: timeouts.name.clone(),
            idle_ms: u64::try_from(timeouts.idle.as_millis()).ok(),
            counters: Vec::new(),
        }
    };
    let models = raw.iter().map(compile).collect();
    let own = raw.iter().filter_map(|model| model.timeouts.clone());
    (models, std::iter::once(default).chain(own).collect())
}
