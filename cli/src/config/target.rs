//! `targets`: where a model is served, and which requests each of them is for.

use tidegate::config::routing::{Condition, Need, Needs};
use tidegate::config::runtime::Target;

use super::field::{Field, Section};

const FIELDS: &[&str] = &[
    "provider",
    "model",
    "weight",
    "max_parallel_requests",
    "context_window",
    "supports",
    "when",
    "retries",
];
/// More than these would be a loop.
const MOST_RETRIES: u64 = 5;

/// The list of the long form.
pub(super) fn read_list(
    model: &str,
    field: &Field<'_>,
    providers: &[&str],
    retries: u32,
) -> Vec<Target> {
    let Some(items) = field.items() else {
        return Vec::new();
    };
    if items.is_empty() {
        field.report("must have at least one target");
    }
    let mut targets: Vec<Target> = Vec::new();
    for item in &items {
        let section = item.section(FIELDS, &["timeouts"]);
        let target = section.and_then(|section| {
            let mut target = read(model, &section, providers, retries)?;
            read_options(&mut target, &section);
            Some(target)
        });
        let same = |known: &Target, target: &Target| {
            known.provider == target.provider && known.model == target.model
        };
        match target {
            Some(target) if targets.iter().any(|known| same(known, &target)) => {
                item.report("is here already; each target is tried once");
            }
            target => targets.extend(target),
        }
    }
    targets
}

/// A target; the upstream is asked for the same model name where no other is given.
pub(super) fn read(
    model: &str,
    section: &Section<'_>,
    providers: &[&str],
    retries: u32,
) -> Option<Target> {
    let field = section.required("provider")?;
    let provider = field.text()?;
    if !providers.contains(&provider) {
        field.report_unknown("there is no provider", provider, providers.iter().copied());
    }
    let upstream = match section.optional("model") {
        Some(field) => read_upstream_model(&field)?,
        None => model,
    };
    let mut target = Target::new(provider, upstream);
    target.retries = retries;
    Some(target)
}

/// What a target of the long form says beside its names.
fn read_options(target: &mut Target, section: &Section<'_>) {
    let count = |name, range| {
        section
            .optional(name)
            .and_then(|f: Field<'_>| f.integer(range))
    };
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    if let Some(weight) = count("weight", 0..=1_000_000) {
        target.weight = small(weight);
    }
    if let Some(retries) = read_retries(section.optional("retries")) {
        target.retries = retries;
    }
    target.max_parallel_requests = count("max_parallel_requests", 1..=1_000_000).map(small);
    target.context_window = count("context_window", 1..=1_000_000_000);
    target.supports = section.optional("supports").map(|field| read_needs(&field));
    target.when = section
        .optional("when")
        .and_then(|field| read_when(&field))
        .map(Box::new);
}

/// How often a target is tried again.
pub(super) fn read_retries(field: Option<Field<'_>>) -> Option<u32> {
    let retries = field?.integer(0..=MOST_RETRIES)?;
    u32::try_from(retries).ok()
}

fn read_needs(field: &Field<'_>) -> Needs {
    let items = field.items().unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.choice(Need::ALL))
        .collect()
}

fn read_when(field: &Field<'_>) -> Option<Condition> {
    let known = [
        "keys",
        "teams",
        "headers",
        "metadata",
        "input_tokens",
        "needs",
    ];
    let section = field.section(&known, &[])?;
    if known.iter().all(|name| section.optional(name).is_none()) {
        field.report("says nothing; leave it out where the target is for all requests");
    }
    let tokens = section.optional("input_tokens");
    let tokens = tokens.and_then(|field| field.section(&["over", "up_to"], &[]));
    let bound = |name| {
        let field = tokens.as_ref()?.optional(name)?;
        field.integer(0..=1_000_000_000)
    };
    let (over, up_to) = (bound("over"), bound("up_to"));
    if let (Some(over), Some(up_to), Some(section)) = (over, up_to, &tokens)
        && over >= up_to
    {
        section
            .field()
            .report("no request has more than `over` and no more than `up_to`");
    }
    Some(Condition {
        keys: texts(section.optional("keys")),
        teams: texts(section.optional("teams")),
        headers: pairs(section.optional("headers"), |name| {
            name.to_ascii_lowercase()
        }),
        metadata: pairs(section.optional("metadata"), str::to_owned),
        input_tokens_over: over,
        input_tokens_up_to: up_to,
        needs: section
            .optional("needs")
            .map_or(Needs::NONE, |field| read_needs(&field)),
    })
}

fn texts(field: Option<Field<'_>>) -> Vec<String> {
    let items = field.and_then(|field| field.items()).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.text().map(str::to_owned))
        .collect()
}

fn pairs(field: Option<Field<'_>>, name: fn(&str) -> String) -> Vec<(String, String)> {
    let entries = field.and_then(|field| field.entries()).unwrap_or_default();
    let pair = |(key, value): (&str, Field<'_>)| Some((name(key), value.text()?.to_owned()));
    entries.into_iter().filter_map(pair).collect()
}

/// The vendor chooses this name; it goes into JSON, paths and log lines.
fn read_upstream_model<'a>(field: &Field<'a>) -> Option<&'a str> {
    let model = field.text()?;
    if model.len() > 256 || !model.bytes().all(|b| b.is_ascii_graphic()) {
        field.report("may have only visible ASCII characters without spaces, at most 256");
        return None;
    }
    Some(model)
}
