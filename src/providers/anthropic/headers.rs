//! The headers of a request: the API's version, and the beta features that it takes.

use super::betas::{self, Betas};
use super::extras::Extras;
use super::options::Version;
use super::request::losses;
use crate::chat::{Error, Request};
use crate::providers::losses::Losses;
use crate::providers::{Outgoing, TargetOptions};

/// Adds the beta features that the client asks for in a header to those of the request.
///
/// # Errors
/// Where the target is strict and the operator does not allow one.
pub(super) fn heed(
    client: &[(String, String)],
    target: &TargetOptions<'_>,
    outgoing: &mut Outgoing,
) -> Result<(), Error> {
    let said = client.iter().filter(|(name, _)| name == betas::HEADER);
    let names = said.flat_map(|(_, value)| value.split(',')).map(str::trim);
    let mut names = names.filter(|name| !name.is_empty()).peekable();
    if names.peek().is_none() {
        return Ok(());
    }
    let place = |(name, _): &(&str, String)| *name == betas::HEADER;
    let own = outgoing.headers.iter().position(place);
    let own = own
        .map(|at| outgoing.headers.remove(at).1)
        .unwrap_or_default();
    let mut losses = losses(target);
    let mut all = Betas::default();
    all.ask(names, betas::HEADER, target.options, &mut losses)?;
    all.need_all(&Betas::read(&own));
    outgoing
        .headers
        .extend(all.value().map(|value| (betas::HEADER, value)));
    outgoing.warnings.extend(losses.into_warnings());
    Ok(())
}

/// What the client asks for in the body, and what the request needs.
///
/// # Errors
/// As for [`heed`].
pub(super) fn asked_betas(
    request: &Request<'_>,
    extras: &Extras<'_>,
    target: &TargetOptions<'_>,
    losses: &mut Losses,
) -> Result<Betas, Error> {
    let mut betas = Betas::default();
    let names = extras.betas.iter().map(AsRef::as_ref);
    betas.ask(names, "anthropic.betas", target.options, losses)?;
    for tool in &request.other_tools {
        betas.need_for_tool(&tool.kind);
    }
    for (name, json) in &extras.fields.0 {
        betas.need_for_field(name, json.get());
    }
    Ok(betas)
}

pub(super) fn of(version: Version, betas: &Betas) -> Vec<(&'static str, String)> {
    let version = Some(("anthropic-version", version.name().to_owned()));
    let betas = betas.value().map(|names| (betas::HEADER, names));
    version.into_iter().chain(betas).collect()
}
