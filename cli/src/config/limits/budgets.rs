//! `budgets`: what may be spent in a time.

use jiff::tz;
use tidegate::config::limits::{Measure, OnUnavailable, Period, Window};
use tidegate::config::written::{BUDGET_PLACES, LARGEST_BUDGET};

use super::super::field::{Field, Section};
use super::super::money::Amount;
use super::super::secret_url;
use super::rates::read_on_unavailable;
use super::{Limit, Terms};

const FIELDS: &[&str] = &[
    "usd",
    "per",
    "rolling",
    "time_zone",
    "on_unavailable",
    "alert_at",
    "webhook",
];

const BUDGET: Amount = Amount {
    places: BUDGET_PLACES,
    max: LARGEST_BUDGET,
    what: "US dollars",
};

const UTC: &str = "UTC";
const DEFAULT_ALERT: u8 = 80;

/// Reads the list.
pub(super) fn read(field: &Field<'_>) -> Vec<Limit> {
    let mut budgets: Vec<Limit> = Vec::new();
    for item in field.items().unwrap_or_default() {
        let Some(budget) = read_budget(&item) else {
            continue;
        };
        let window = &budget.terms.window;
        if budgets.iter().any(|other| other.terms.window == *window) {
            let window = window.name().unwrap_or_default();
            item.report(format!(
                "there is a budget over this time already ({window})"
            ));
        }
        budgets.push(budget);
    }
    budgets
}

fn read_budget(field: &Field<'_>) -> Option<Limit> {
    let section = field.section(FIELDS, &[])?;
    let usd = section.required("usd").and_then(|field| read_usd(&field));
    let window = read_window(&section);
    let on_unavailable = section.optional("on_unavailable");
    let on_unavailable = on_unavailable.map(|field| read_on_unavailable(&field));
    let alerts = read_alerts(&section);
    let terms = Terms {
        measure: Measure::Cost,
        limit: usd?,
        window: window?,
        on_unavailable: on_unavailable.unwrap_or(Some(OnUnavailable::Deny))?,
    };
    Some(Limit { terms, alerts })
}

fn read_usd(field: &Field<'_>) -> Option<u64> {
    let usd = BUDGET.read(field)?;
    if usd == 0 {
        field.report("a budget of nothing lets nothing through; leave the key or the model out");
    }
    Some(usd)
}

fn read_window(section: &Section<'_>) -> Option<Window> {
    let per = section.required("per")?;
    let period = per.choice(&[
        ("hour", Period::Hour),
        ("day", Period::Day),
        ("week", Period::Week),
        ("month", Period::Month),
    ]);
    let rolling = section.optional("rolling");
    let rolling = rolling.map_or(Some(false), |field| field.switch());
    let time_zone = section.optional("time_zone");
    if rolling == Some(true) {
        if let Some(field) = time_zone {
            field.report("has no meaning for a budget that is `rolling`: it has no first day");
        }
        return Some(Window::Sliding(period?.rolling_ms()));
    }
    let time_zone = time_zone.map_or_else(|| Some(UTC.to_owned()), |field| read_zone(&field));
    rolling?;
    Some(Window::Calendar {
        period: period?,
        time_zone: time_zone?,
    })
}

/// A name of the IANA database, in its own spelling: it becomes part of the counter's id.
fn read_zone(field: &Field<'_>) -> Option<String> {
    let name = field.text()?;
    let zone = tz::db().get(name).ok();
    let known = zone.and_then(|zone| zone.iana_name().map(str::to_owned));
    if known.is_none() {
        let names: Vec<_> = tz::db().available().map(|name| name.to_string()).collect();
        field.report_unknown(
            "there is no time zone",
            name,
            names.iter().map(String::as_str),
        );
    }
    known
}

/// One threshold or several, all for the same webhook.
fn read_alerts(section: &Section<'_>) -> Vec<(u8, String)> {
    let at = section.optional("alert_at");
    let Some(webhook) = section.optional("webhook") else {
        if let Some(at) = at {
            at.report("says when, but not whom to tell: add `webhook`");
        }
        return Vec::new();
    };
    let url = secret_url::read(&webhook, &secret_url::WEBHOOK);
    let parts = at.map_or_else(|| vec![DEFAULT_ALERT], |at| read_parts(&at));
    let alert = |url: String| parts.into_iter().map(move |at| (at, url.clone())).collect();
    url.map(alert).unwrap_or_default()
}

fn read_parts(field: &Field<'_>) -> Vec<u8> {
    let part = |field: &Field<'_>| u8::try_from(field.integer(1..=100)?).ok();
    match field.is_list() {
        false => part(field).into_iter().collect(),
        true => field.items().iter().flatten().filter_map(part).collect(),
    }
}
