//! Who may come in, and what they may use: keys, teams, limits, and the sidecar that counts them.
//!
//! Without a limit and without a section of the sidecar's there is none, and the gateway is told of
//! no limits.

use std::path::Path;

use tidegate::config::limits::{Counter, LimitsConfig, ScopeKind, UnknownPrice};
use tidegate::config::runtime::Auth;
use tidegate::config::sidecar::Team;

use super::auth::{self, Around};
use super::field::Section;
use super::identity::Verified;
use super::limits::{self, Counters, Groups, Settings};
use super::model::{Names, RawModel};
use super::sidecar::{self, Sidecar};

/// Sections that say something about limits, and nothing where there are none.
const ABOUT_LIMITS: [&str; 3] = ["budgets", "default_max_tokens", "prices"];

/// What was read.
#[derive(Debug)]
pub(super) struct Limited {
    pub(super) auth: Option<Auth>,
    pub(super) limits: Option<LimitsConfig>,
    pub(super) sidecar: Option<Sidecar>,
    /// Each model's counters, by their places.
    models: Vec<(String, Vec<usize>)>,
}

impl Limited {
    /// Places of a model's own counters.
    pub(super) fn of_model(&self, model: &str) -> Vec<usize> {
        let found = self.models.iter().find(|(name, _)| name == model);
        found.map(|(_, places)| places.clone()).unwrap_or_default()
    }
}

/// Reads all of it.
pub(super) fn read(
    root: &Section<'_>,
    names: &Names<'_>,
    raw_models: &[RawModel<'_>],
    verified: &Verified<'_>,
    directory: &Path,
) -> Limited {
    let mut counters = Counters::default();
    let settings = limits::read_settings(root);
    let everyone = limits::read_gateway(root, &mut counters);
    let groups = limits::read_groups(root, &mut counters);
    let defaults = limits::read_defaults(root);
    let around = Around {
        models: names,
        groups: &groups,
        defaults: &defaults,
        verified,
        has_store: sidecar::is_wanted(root),
    };
    let clients = auth::read(root, &around, &mut counters);
    let models = raw_models.iter().map(|model| {
        let places = counters.add(ScopeKind::Model, model.name, &model.limits);
        (model.name.to_owned(), places)
    });
    let models = models.collect();
    let own = sidecar::read(root, directory);
    let (auth, metadata) = clients
        .map(|clients| (clients.auth, clients.metadata))
        .unzip();
    if counters.list.is_empty() && !sidecar::is_wanted(root) {
        let choices_need_prices = raw_models.iter().any(RawModel::asks_for_prices);
        report_without_limits(root, choices_need_prices);
        return Limited {
            auth,
            limits: None,
            sidecar: None,
            models,
        };
    }
    Limited {
        auth,
        sidecar: Some(Sidecar {
            alerts: counters.alerts,
            teams: teams(&groups),
            key_defaults: defaults.terms(),
            key_alerts: defaults.alerts(),
            metadata: metadata.unwrap_or_default(),
            ..own
        }),
        limits: Some(compile(settings, everyone, counters.list)),
        models,
    }
}

fn compile(settings: Settings, everyone: Vec<usize>, counters: Vec<Counter>) -> LimitsConfig {
    LimitsConfig {
        counters,
        everyone,
        default_max_tokens: settings.default_max_tokens,
        budget_status: settings.budget_status,
        stop_streams: settings.stop_streams,
        unknown_price: UnknownPrice::Refuse,
        price_version: String::new(),
    }
}

fn teams(groups: &Groups<'_>) -> Vec<Team> {
    let team = |(name, organization): (&str, Option<&str>)| Team {
        name: name.to_owned(),
        organization: organization.map(str::to_owned),
    };
    groups.teams().map(team).collect()
}

/// Prices may be there for a choice among targets.
fn report_without_limits(root: &Section<'_>, choices_need_prices: bool) {
    let without_use = ABOUT_LIMITS
        .iter()
        .filter(|name| !(choices_need_prices && **name == "prices"));
    for field in without_use.filter_map(|name| root.optional(name)) {
        field.report(
            "has no meaning here: there is no limit and no budget; `ledger: {}` counts all the same",
        );
    }
}
