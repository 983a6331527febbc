//! What differs from model to model, as a table.
//!
//! A model that is not in it can do everything: new models can. Sources: the SDK's own notes on
//! `tool_choice` ("Command R7B and newer") and `thinking`, and the announcement of Command A
//! Reasoning as the first model that thinks (docs.cohere.com/changelog, 2025-08-21), both checked
//! 2026-11-25.

/// The facts of one family of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelProfile {
    /// Beginning of the names.
    prefix: &'static str,
    /// Whether it can be told whether to call tools.
    pub(super) tool_choice: bool,
    /// Whether it can think.
    pub(super) thinks: bool,
}

/// The first row that fits counts.
const PROFILES: &[ModelProfile] = &[
    row("command-r7b", true, false),
    row("command-r", false, false),
    row("command-light", false, false),
    row("command-nightly", false, false),
    row("command-a-03-2025", true, false),
    row("command-a-translate", true, false),
    row("command-a-vision", true, false),
    row("c4ai-", false, false),
    row("", true, true),
];

const fn row(prefix: &'static str, tool_choice: bool, thinks: bool) -> ModelProfile {
    ModelProfile {
        prefix,
        tool_choice,
        thinks,
    }
}

/// The profile of a model.
pub(super) fn find(model: &str) -> ModelProfile {
    let mut rows = PROFILES.iter();
    let fits = rows.find(|profile| model.starts_with(profile.prefix));
    fits.copied().unwrap_or(row("", true, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_is_known_by_the_beginning_of_its_name() {
        for (model, tool_choice, thinks) in [
            ("command-r", false, false),
            ("command-r-plus-08-2024", false, false),
            ("command-r7b-12-2024", true, false),
            ("command-a-03-2025", true, false),
            ("command-a-vision-07-2025", true, false),
            ("command-a-reasoning-08-2025", true, true),
            ("command-a-plus-05-2026", true, true),
            ("a-model-of-next-year", true, true),
            ("", true, true),
        ] {
            let profile = find(model);
            assert_eq!(
                (profile.tool_choice, profile.thinks),
                (tool_choice, thinks),
                "{model}"
            );
        }
    }
}
