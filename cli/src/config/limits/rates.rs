//! `rate_limits`: requests and tokens in a time, and requests at the same time.

use tidegate::config::limits::{Measure, OnUnavailable, Window};
use tidegate::config::written::{MOST_IN_A_WINDOW, MOST_PARALLEL, RATE_UNITS};

use super::super::field::{Field, Section};
use super::{Limit, Terms};

const FIELDS: &[&str] = &[
    "requests_per_second",
    "requests_per_minute",
    "requests_per_hour",
    "requests_per_day",
    "requests",
    "tokens_per_second",
    "tokens_per_minute",
    "tokens_per_hour",
    "tokens_per_day",
    "tokens",
    "parallel_requests",
    "on_unavailable",
];

/// A window's buckets are a part of it; shorter ones say nothing that `parallel_requests` does not.
const SHORTEST_MS: u64 = 1_000;

/// Reads the section.
pub(super) fn read(field: &Field<'_>) -> Vec<Limit> {
    let Some(section) = field.section(FIELDS, &[]) else {
        return Vec::new();
    };
    let on_unavailable = section.optional("on_unavailable");
    let on_unavailable = on_unavailable.and_then(|field| read_on_unavailable(&field));
    let on_unavailable = on_unavailable.unwrap_or(OnUnavailable::Allow);
    let mut found = Vec::new();
    read_measure(&section, "requests", Measure::Requests, &mut found);
    read_measure(&section, "tokens", Measure::Tokens, &mut found);
    if let Some(parallel) = section.optional("parallel_requests")
        && let Some(limit) = parallel.integer(1..=MOST_PARALLEL)
    {
        found.push((Measure::ParallelRequests, Window::Held, limit));
    }
    let limit = |(measure, window, limit)| Limit {
        terms: Terms {
            measure,
            limit,
            window,
            on_unavailable,
        },
        alerts: Vec::new(),
    };
    found.into_iter().map(limit).collect()
}

/// `allow` or `deny`.
pub(super) fn read_on_unavailable(field: &Field<'_>) -> Option<OnUnavailable> {
    field.choice(&[
        ("allow", OnUnavailable::Allow),
        ("deny", OnUnavailable::Deny),
    ])
}

type Found = Vec<(Measure, Window, u64)>;

/// `requests_per_minute` and its likes, and the list `requests` for all other times.
fn read_measure(section: &Section<'_>, name: &str, measure: Measure, found: &mut Found) {
    for (unit, millis) in RATE_UNITS {
        if let Some(field) = section.optional(&format!("{name}_per_{unit}"))
            && let Some(limit) = field.integer(1..=MOST_IN_A_WINDOW)
        {
            found.push((measure, Window::Sliding(millis), limit));
        }
    }
    let items = section.optional(name).and_then(|field| field.items());
    for item in items.unwrap_or_default() {
        let Some((millis, limit)) = read_item(&item) else {
            continue;
        };
        let window = Window::Sliding(millis);
        if found
            .iter()
            .any(|(of, over, _)| *of == measure && *over == window)
        {
            item.report(format!("`{name}` has a limit over this time already"));
        }
        found.push((measure, window, limit));
    }
}

/// `{limit: 100, per: 10s}`.
fn read_item(field: &Field<'_>) -> Option<(u64, u64)> {
    let section = field.section(&["limit", "per"], &[])?;
    let limit = section.required("limit");
    let limit = limit.and_then(|field| field.integer(1..=MOST_IN_A_WINDOW));
    let per = section.required("per")?;
    let millis = u64::try_from(per.duration()?.as_millis()).ok()?;
    if millis < SHORTEST_MS {
        per.report("must be at least `1s`; `parallel_requests` limits bursts");
    }
    Some((millis, limit?))
}
