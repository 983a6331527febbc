//! What can be set for Anthropic only.

use super::betas;
use crate::providers::{OptionSpec, Options};

/// The options, for the registry.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        name: API_VERSION,
        required: false,
        check: |value| version(value).map(drop).ok_or_else(versions),
    },
    OptionSpec {
        name: betas::OPTION,
        required: false,
        check: betas::check,
    },
];

const API_VERSION: &str = "api_version";

/// Versions of the API; all that is written here is valid in each of them, but for what the newer
/// one has taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// What every host of the API speaks.
    V2023,
    /// Without `temperature`, `top_p` and `top_k`, for any model (SDK 2.11.0 asks for it by
    /// default, `_constants.py`, checked 2026-11-25).
    V2026,
}

const VERSIONS: &[(&str, Version)] = &[
    ("2023-06-01", Version::V2023),
    ("2026-10-21", Version::V2026),
];

impl Version {
    /// The version that is set, else the older one, which takes all that OpenAI's API has.
    pub(super) fn of(options: &Options) -> Self {
        let set = options.value(API_VERSION).and_then(version);
        set.unwrap_or(Self::V2023)
    }

    /// Value of the header `anthropic-version`.
    pub(super) fn name(self) -> &'static str {
        let mut all = VERSIONS.iter();
        all.find(|(_, version)| *version == self)
            .map_or("2023-06-01", |(name, _)| name)
    }
}

fn version(name: &str) -> Option<Version> {
    let mut all = VERSIONS.iter();
    all.find(|(known, _)| *known == name)
        .map(|(_, version)| *version)
}

fn versions() -> String {
    let names: Vec<&str> = VERSIONS.iter().map(|(name, _)| *name).collect();
    format!("must be one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_version_is_the_default() {
        assert_eq!(Version::of(Options::NONE).name(), "2023-06-01");
        let set = Options([(API_VERSION.to_owned(), "2026-10-21".to_owned())].into());
        assert_eq!(Version::of(&set), Version::V2026);
        assert_eq!(Version::V2026.name(), "2026-10-21");
    }

    #[test]
    fn other_versions_are_a_mistake() {
        let [version, ..] = OPTIONS else { panic!() };
        assert!((version.check)("2026-10-21").is_ok());
        let said = (version.check)("2023-01-01").unwrap_err();
        assert_eq!(said, "must be one of 2023-06-01, 2026-10-21");
    }
}
