//! Limits: `rate_limits` and `budgets`, wherever they can stand, compiled into one list of counters.
//!
//! A counter's id says whose it is, what it counts and over which time, and nothing else: it stays
//! the same when the file is reordered or a limit is changed, so that what has been used stays
//! used, and every Envoy and sidecar means the same by it.

mod budgets;
mod counters;
mod rates;
mod scopes;
mod settings;

pub(super) use counters::Counters;
pub(super) use scopes::{Groups, read_defaults, read_gateway, read_groups};
pub(super) use settings::{Settings, read_settings};

use tidegate::config::limits::Limit as Terms;
use tidegate::config::sidecar::KeyAlert;

use super::field::Section;

/// Fields of everything that can have limits.
pub(super) const FIELDS: [&str; 2] = ["rate_limits", "budgets"];

/// A limit as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) terms: Terms,
    /// Parts of it in percent, each with the webhook that is told when so much is used.
    pub(super) alerts: Vec<(u8, String)>,
}

/// The limits of one scope, as they are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    /// `None`: nothing is said, which is not the same as none.
    rates: Option<Vec<Limit>>,
    budgets: Option<Vec<Limit>>,
}

impl Limits {
    /// Reads what a section says.
    pub(super) fn read(section: &Section<'_>) -> Self {
        let rates = section.optional("rate_limits");
        let budgets = section.optional("budgets");
        Self {
            rates: rates.map(|field| rates::read(&field)),
            budgets: budgets.map(|field| budgets::read(&field)),
        }
    }

    /// The same, with what is said nowhere here taken from `defaults`.
    pub(super) fn or(self, defaults: &Self) -> Self {
        Self {
            rates: self.rates.or_else(|| defaults.rates.clone()),
            budgets: self.budgets.or_else(|| defaults.budgets.clone()),
        }
    }

    /// All of them, without what is to be said about them.
    pub(super) fn terms(&self) -> Vec<Terms> {
        self.all().map(|limit| limit.terms.clone()).collect()
    }

    /// What is to be said about them, for keys that are made while the gateway runs.
    pub(super) fn alerts(&self) -> Vec<KeyAlert> {
        let of_one = |limit: &Limit| {
            let window = limit.terms.window.clone();
            let alerts = limit.alerts.clone().into_iter();
            alerts.map(move |(at_percent, webhook)| KeyAlert {
                window: window.clone(),
                at_percent,
                webhook,
            })
        };
        self.all().flat_map(of_one).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Limit> {
        let rates = self.rates.iter().flatten();
        rates.chain(self.budgets.iter().flatten())
    }
}
