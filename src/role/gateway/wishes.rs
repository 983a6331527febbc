//! What a client may ask of the gateway by headers, where its key allows it. From all others these
//! headers are taken without a word, like everything under the gateway's prefix.

use crate::chat::Error;
use crate::config::routing::{STRATEGIES, Strategy};
use crate::config::runtime::Model;
use crate::headers::Headers;
use crate::role::handoff;
use crate::routing::profile::Wishes;

/// A day: longer than any answer takes.
const LONGEST_MS: u64 = 86_400_000;

/// What a client asks for.
#[derive(Debug, Default)]
pub struct Asked {
    /// Of the plan.
    pub routing: Wishes,
    /// How long all attempts together may take, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// The answer is to tell why the request went where it went.
    pub explain: bool,
}

/// Reads the headers of a request for `model`.
///
/// # Errors
/// 400 with the header's name where one of them cannot be understood.
pub fn read(headers: &Headers, model: &Model) -> Result<Asked, Error> {
    let targets = text(headers, handoff::TARGETS)?.map(|value| targets(value, model));
    Ok(Asked {
        routing: Wishes {
            targets: targets.transpose()?,
            strategy: text(headers, handoff::STRATEGY)?
                .map(strategy)
                .transpose()?,
            no_fallback: switch(headers, handoff::NO_FALLBACK)?,
        },
        timeout_ms: text(headers, handoff::TIMEOUT_MS)?
            .map(timeout)
            .transpose()?,
        explain: switch(headers, handoff::EXPLAIN)?,
    })
}

fn text<'h>(headers: &'h Headers, name: &'static str) -> Result<Option<&'h str>, Error> {
    match (headers.first(name), headers.text(name)) {
        (Some(_), None) => Err(wrong(name, "must be text")),
        (_, value) => Ok(value.map(str::trim)),
    }
}

fn switch(headers: &Headers, name: &'static str) -> Result<bool, Error> {
    match text(headers, name)? {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(wrong(name, "must be `true` or `false`")),
    }
}

fn targets(value: &str, model: &Model) -> Result<Vec<String>, Error> {
    let names: Vec<String> = value
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    let unknown = names.iter().find(|name| {
        let mut targets = model.targets();
        !targets.any(|target| Wishes::names(name, target))
    });
    match unknown {
        None => Ok(names),
        Some(name) => {
            let shown: String = name.chars().take(100).collect();
            let problem = format!("`{shown}` is no target of the model `{}`", model.name);
            Err(wrong(handoff::TARGETS, &problem))
        }
    }
}

fn strategy(value: &str) -> Result<Strategy, Error> {
    let found = STRATEGIES.iter().find(|(name, _)| *name == value);
    let known = || {
        let names: Vec<_> = STRATEGIES.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(", "))
    };
    let found = found.map(|(_, strategy)| *strategy);
    found.ok_or_else(|| wrong(handoff::STRATEGY, &known()))
}

fn timeout(value: &str) -> Result<u64, Error> {
    let number = value.parse().ok();
    let number = number.filter(|number| (1..=LONGEST_MS).contains(number));
    let problem = "must be a whole number of milliseconds from 1 to 86400000";
    number.ok_or_else(|| wrong(handoff::TIMEOUT_MS, problem))
}

fn wrong(header: &str, problem: &str) -> Error {
    Error::invalid(format!("The header {header}: {problem}.")).with_code("invalid_header")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::runtime::{Stage, Target};

    fn model() -> Model {
        Model {
            name: "smart".into(),
            stages: vec![Stage {
                targets: vec![Target::new("a", "x"), Target::new("b", "y")],
                ..Stage::default()
            }],
            ..Model::default()
        }
    }

    fn asked(headers: &[(&str, &str)]) -> Result<Asked, Error> {
        let mut all = Headers::default();
        for (name, value) in headers {
            all.push(name, value);
        }
        read(&all, &model())
    }

    #[test]
    fn all_wishes_are_read() {
        let asked = asked(&[
            ("x-tidegate-targets", "b/y, a"),
            ("x-tidegate-strategy", "fastest"),
            ("x-tidegate-timeout-ms", "1500"),
            ("x-tidegate-no-fallback", "true"),
            ("x-tidegate-explain", "true"),
        ])
        .unwrap();
        let targets = asked.routing.targets.unwrap();
        assert_eq!(targets, ["b/y", "a"]);
        assert_eq!(asked.routing.strategy, Some(Strategy::Fastest));
        assert_eq!(asked.timeout_ms, Some(1_500));
        assert!(asked.routing.no_fallback && asked.explain);
    }

    #[test]
    fn what_cannot_be_understood_is_told_with_the_headers_name() {
        for (name, value) in [
            ("x-tidegate-targets", "c"),
            ("x-tidegate-targets", "a/y"),
            ("x-tidegate-targets", ""),
            ("x-tidegate-strategy", "best"),
            ("x-tidegate-timeout-ms", "0"),
            ("x-tidegate-timeout-ms", "1s"),
            ("x-tidegate-no-fallback", "yes"),
            ("x-tidegate-explain", "1"),
        ] {
            let error = asked(&[(name, value)]).unwrap_err();
            assert_eq!(error.status, 400, "{name}: {value}");
            assert!(error.message.contains(name), "{}", error.message);
        }
    }
}
