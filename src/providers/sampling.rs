//! How tokens are drawn: what of it a provider takes.

use serde_json::value::RawValue;

use super::losses::Losses;
use super::parameters::{Parameter, Policy, unsupported};
use crate::chat::{Error, Request};

/// Looks up a parameter in a provider's table.
type Find = fn(&str) -> Option<&'static Parameter>;

/// Which sampling parameters a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sampling {
    /// All of them.
    All,
    /// `temperature` or `top_p`, not both.
    OneOf,
    /// None.
    Refused,
}

/// Sampling parameters that the API does not have: its table says what becomes of them.
///
/// # Errors
/// Where one cannot be left out.
pub(super) fn without_a_place(
    request: &Request<'_>,
    find: Find,
    who: &str,
    losses: &mut Losses,
) -> Result<(), Error> {
    let sampling = &request.sampling;
    let not_zero = |penalty: Option<f64>| penalty.is_some_and(|penalty| penalty != 0.0);
    let given = [
        ("n", sampling.n.is_some_and(|n| n != 1)),
        ("logprobs", sampling.logprobs == Some(true)),
        ("top_logprobs", sampling.top_logprobs.is_some_and(|n| n > 0)),
        ("seed", sampling.seed.is_some()),
        ("frequency_penalty", not_zero(sampling.frequency_penalty)),
        ("presence_penalty", not_zero(sampling.presence_penalty)),
        (
            "logit_bias",
            asks_something(find("logit_bias"), sampling.logit_bias),
        ),
    ];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        match find(name).map(|row| row.policy) {
            Some(Policy::Refuse) => return Err(unsupported(name, who)),
            _ => losses.dropped(name)?,
        }
    }
    Ok(())
}

fn asks_something(row: Option<&Parameter>, json: Option<&RawValue>) -> bool {
    json.is_some_and(|json| row.is_none_or(|row| !row.asks_nothing(json.get())))
}

/// What of `temperature` and `top_p` the model takes. Their default, 1, is no loss anywhere.
///
/// # Errors
/// Where the target is strict and one of them would be left out or moved.
pub(super) fn temperature_and_top_p(
    request: &Request<'_>,
    takes: Sampling,
    thinks: bool,
    losses: &mut Losses,
) -> Result<(Option<f64>, Option<f64>), Error> {
    let mut temperature = clamp("temperature", request.sampling.temperature, losses)?;
    let mut top_p = clamp("top_p", request.sampling.top_p, losses)?;
    let refused = takes == Sampling::Refused;
    if refused || thinks {
        temperature = keep_if(temperature, "temperature", losses, |_| false)?;
        top_p = keep_if(top_p, "top_p", losses, |p| !refused && p >= 0.95)?;
    }
    if takes == Sampling::OneOf && temperature.is_some() && top_p.is_some() {
        if temperature == Some(1.0) {
            temperature = None;
        } else {
            top_p = keep_if(top_p, "top_p", losses, |_| false)?;
        }
    }
    Ok((temperature, top_p))
}

fn keep_if(
    value: Option<f64>,
    name: &'static str,
    losses: &mut Losses,
    taken: impl Fn(f64) -> bool,
) -> Result<Option<f64>, Error> {
    match value {
        Some(value) if !taken(value) => {
            if value != 1.0 {
                losses.dropped(name)?;
            }
            Ok(None)
        }
        kept => Ok(kept),
    }
}

fn clamp(
    name: &'static str,
    value: Option<f64>,
    losses: &mut Losses,
) -> Result<Option<f64>, Error> {
    let clamped = value.map(|value| value.clamp(0.0, 1.0));
    if clamped != value {
        losses.clamped(name)?;
    }
    Ok(clamped)
}
