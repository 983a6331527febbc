//! `shadow`: where a copy of some of a model's requests goes.

use tidegate::config::runtime::Target;
use tidegate::config::written::decimal;

use super::field::{Field, Section};
use super::target;
use super::timeouts::Profile;

/// Who gets copies, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mirror {
    /// Name of the provider.
    pub(crate) provider: String,
    /// Requests in a million.
    pub(crate) per_million: u64,
}

/// Reads a model's `shadow`. Its requests take routes of their own then, which are as in `default`
/// where it has no timeouts of its own.
pub(super) fn read(
    model: &str,
    section: &Section<'_>,
    providers: &[&str],
    routes: &mut Option<Profile>,
    default: &Profile,
) -> Option<Target> {
    let field = section.optional("shadow")?;
    if model == default.name {
        field.report("a model called `default` cannot have a shadow; rename it");
    }
    let shadow = field.section(&["provider", "model", "percent"], &[])?;
    let per_million = shadow.required("percent").and_then(|f| per_million(&f));
    let target = target::read(model, &shadow, providers, 0)?;
    let mirror = Mirror {
        provider: target.provider.clone(),
        per_million: per_million?,
    };
    routes.get_or_insert_with(|| default.named(model)).mirror = Some(mirror);
    Some(target)
}

/// A part of a hundred, as one of a million.
fn per_million(field: &Field<'_>) -> Option<u64> {
    const ALL: u64 = 1_000_000;
    let text = field.text()?;
    let part = decimal(text, 4).ok();
    let part = part.filter(|part| (1..=ALL).contains(part));
    if part.is_none() {
        field.report(format!(
            "must be a number from `0.0001` to `100` with at most 4 digits after the point, not `{text}`"
        ));
    }
    part
}
