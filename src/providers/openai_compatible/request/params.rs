//! Top-level fields that the vendor treats differently, and fields that nobody knows.

use serde_json::Value;

use super::members::{Fate, Member};
use crate::chat::{Error, Warning};
use crate::dialects::openai_chat::Scan;
use crate::providers::openai_compatible::preset::{Preset, Rule};
use crate::providers::{TargetOptions, UnknownFields};

/// What becomes of a field of OpenAI's API.
pub(super) fn known(
    preset: &Preset,
    body: &[u8],
    member: &Member<'_>,
    members: &[Member<'_>],
    warnings: &mut Vec<Warning>,
) -> Result<Fate, Error> {
    let Some(param) = preset.params.iter().find(|param| param.name == member.name) else {
        return Ok(Fate::Stays);
    };
    let json = member.json(body);
    let value_of = |name: &str| Some(members.iter().find(|m| m.name == name)?.json(body));
    match param.rule {
        Rule::Refused => Ok(left_out(param.name, json, warnings)),
        Rule::RefusedBut(values) if is_one_of(values, json) => Ok(Fate::Stays),
        Rule::RefusedBut(_) => Ok(left_out(param.name, json, warnings)),
        Rule::Unsaid(value) if is_one_of(&[value], json) => Ok(Fate::Goes),
        Rule::Unsaid(_) => Ok(Fate::Stays),
        Rule::OffByChoice if value_of("tool_choice") == Some(b"\"none\"") => {
            warnings.push(Warning::emulated("tool_choice"));
            Ok(Fate::Goes)
        }
        Rule::OffByChoice => Ok(Fate::Stays),
        Rule::Named(name) if value_of(name).is_some() => Ok(left_out(param.name, json, warnings)),
        Rule::Named(name) => Ok(Fate::IsNamed(name)),
        Rule::AtMost(limit) => Ok(at_most(limit, param.name, json, warnings)),
        Rule::Only(values) if is_one_of(values, json) => Ok(Fate::Stays),
        Rule::Only(_) => Err(refused(param.name)),
    }
}

/// What becomes of a field that OpenAI's API does not know.
pub(super) fn unknown(
    preset: &Preset,
    member: &Member<'_>,
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Fate, Error> {
    let is_vendors = |name: &str| preset.extras.contains(&name);
    match target.unknown_fields {
        _ if is_vendors(&member.name) => Ok(Fate::Stays),
        UnknownFields::Pass => Ok(Fate::Stays),
        UnknownFields::Drop => {
            warnings.push(Warning::dropped(member.name.clone().into_owned()));
            Ok(Fate::Goes)
        }
        UnknownFields::Refuse => {
            let names = scan.unknown_fields().map(|field| &*field.name);
            let names: Vec<_> = names.filter(|name| !is_vendors(name)).collect();
            let message = format!("Unknown parameters: {}.", names.join(", "));
            let error = Error::invalid(message).with_param(&*member.name);
            Err(error.with_code("unknown_parameter"))
        }
    }
}

/// The provider cannot do what this field asks.
pub(super) fn refused(param: &str) -> Error {
    Error::invalid(format!(
        "The parameter '{param}' cannot be used with this model's provider."
    ))
    .with_param(param)
    .with_code("unsupported_parameter")
}

/// A field that asks for nothing, or for what happens anyhow, is no loss.
fn left_out(name: &'static str, json: &[u8], warnings: &mut Vec<Warning>) -> Fate {
    let is_nothing = matches!(json, b"null" | b"false" | b"0" | b"0.0" | b"[]" | b"{}");
    if !is_nothing {
        warnings.push(Warning::dropped(name));
    }
    Fate::Goes
}

fn at_most(
    limit: &'static str,
    name: &'static str,
    json: &[u8],
    warnings: &mut Vec<Warning>,
) -> Fate {
    let number = serde_json::from_slice::<f64>(json);
    match (number, limit.parse::<f64>()) {
        (Ok(number), Ok(most)) if number > most => {
            warnings.push(Warning::clamped(name));
            Fate::Becomes(limit.to_owned())
        }
        _ => Fate::Stays,
    }
}

fn is_one_of(values: &[&str], json: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(json) else {
        return false;
    };
    let is_allowed =
        |allowed: &&str| serde_json::from_str(allowed).is_ok_and(|v: Value| v == value);
    value.is_null() || values.iter().any(is_allowed)
}
