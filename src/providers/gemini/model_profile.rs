//! What differs from model to model, as a table.
//!
//! Sources, checked 2026-11-25: Google's tables of thinking levels (ai.google.dev, "Gemini
//! thinking"), what pydantic-ai 2.68.0 has tried out against both hosts (`profiles/google.py`), and
//! the facts on generations that are told where they are used.

/// The facts of one family of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelProfile {
    /// Beginning of the names, up to a whole word.
    prefix: &'static str,
    /// A word that the names have, too.
    word: &'static str,
    pub(super) generation: Generation,
    pub(super) thinking: Thinking,
    /// Whether it listens to `temperature`, `topP` and `topK`; newer models do not any more.
    pub(super) samples: bool,
}

/// Models that can do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Generation {
    /// Before thinking: up to 2.0, Gemma.
    Early,
    /// 2.5: it can be held to the schemas of its functions, fetches addresses, makes several
    /// candidates.
    Second,
    /// 3 and later: forms of the answer and searches beside functions, pictures in results of
    /// functions, signatures of calls, one candidate.
    Third,
}

/// How a model is told how much to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It cannot.
    Never,
    /// With a budget in tokens.
    Budget {
        /// The smallest one; 0 turns thinking off.
        least: u64,
        most: u64,
    },
    /// With a level, one of these. It always thinks.
    Level(&'static [Level]),
}

/// How much a model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Minimal,
    Low,
    Medium,
    High,
}

impl Level {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Minimal => "MINIMAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
        }
    }
}

const ALL: Thinking = Thinking::Level(&[Level::Minimal, Level::Low, Level::Medium, Level::High]);
const FROM_LOW: Thinking = Thinking::Level(&[Level::Low, Level::Medium, Level::High]);
const LOW_OR_HIGH: Thinking = Thinking::Level(&[Level::Low, Level::High]);
const MINIMAL_OR_HIGH: Thinking = Thinking::Level(&[Level::Minimal, Level::High]);

const EARLY: ModelProfile = ModelProfile {
    prefix: "",
    word: "",
    generation: Generation::Early,
    thinking: Thinking::Never,
    samples: true,
};

const SECOND: ModelProfile = ModelProfile {
    prefix: "gemini-2.5",
    generation: Generation::Second,
    thinking: Thinking::Budget {
        least: 0,
        most: 24_576,
    },
    ..EARLY
};

const THIRD: ModelProfile = ModelProfile {
    prefix: "gemini-3",
    generation: Generation::Third,
    thinking: ALL,
    ..SECOND
};

/// What is newer than this table can do what the newest models in it can, and takes what all of
/// them take.
const NEWER: ModelProfile = ModelProfile {
    prefix: "gemini",
    thinking: FROM_LOW,
    samples: false,
    ..THIRD
};

/// All rows, the more special ones first.
const PROFILES: &[ModelProfile] = &[
    row(THIRD, "gemini-3.1-flash-lite-image").thinks(MINIMAL_OR_HIGH),
    row(THIRD, "gemini-3-pro").thinks(LOW_OR_HIGH),
    row(NEWER, "gemini-3.6-flash").thinks(ALL),
    row(NEWER, "gemini-3.6"),
    row(NEWER, "gemini-3.7"),
    row(NEWER, "gemini-3.8"),
    row(NEWER, "gemini-3.9"),
    row(THIRD, "gemini-3").with("pro").thinks(FROM_LOW),
    THIRD,
    row(SECOND, "gemini-2.5")
        .with("tts")
        .thinks(Thinking::Never),
    row(SECOND, "gemini-2.5-flash-image").thinks(Thinking::Never),
    row(SECOND, "gemini-2.5-pro").thinks(Thinking::Budget {
        least: 128,
        most: 32_768,
    }),
    SECOND,
    row(EARLY, "gemini-2"),
    row(EARLY, "gemini-1"),
    row(EARLY, "gemini-pro").with("vision"),
    NEWER,
];

const fn row(profile: ModelProfile, prefix: &'static str) -> ModelProfile {
    ModelProfile { prefix, ..profile }
}

impl ModelProfile {
    const fn thinks(self, thinking: Thinking) -> Self {
        Self { thinking, ..self }
    }

    const fn with(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    /// Whether the name begins with the row's prefix, a word ends there, and the row's word stands
    /// in it.
    fn names(&self, model: &str) -> bool {
        let words = model.split(['-', '.', '@']);
        let has_word = self.word.is_empty() || words.into_iter().any(|word| word == self.word);
        let begins = model
            .strip_prefix(self.prefix)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        begins && has_word
    }
}

/// The facts of a model. One that is no Gemini (Gemma, a tuned model) is asked for nothing special.
pub(super) fn find(model: &str) -> ModelProfile {
    let name = model.rsplit('/').next().unwrap_or(model);
    let found = PROFILES.iter().find(|profile| profile.names(name));
    found.copied().unwrap_or(EARLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_its_most_special_row() {
        for (model, prefix, thinking) in [
            ("gemini-3-pro-preview", "gemini-3-pro", LOW_OR_HIGH),
            ("gemini-3.1-pro-preview", "gemini-3", FROM_LOW),
            ("gemini-3-flash-preview", "gemini-3", ALL),
            ("gemini-3.1-flash-lite", "gemini-3", ALL),
            (
                "gemini-3.1-flash-lite-image",
                "gemini-3.1-flash-lite-image",
                MINIMAL_OR_HIGH,
            ),
            ("gemini-3.5-flash", "gemini-3", ALL),
            ("gemini-3.6-flash", "gemini-3.6-flash", ALL),
            ("gemini-3.8-flash", "gemini-3.8", FROM_LOW),
            ("gemini-4-argon", "gemini", FROM_LOW),
            ("gemini-flash-latest", "gemini", FROM_LOW),
            (
                "gemini-2.5-flash-preview-tts",
                "gemini-2.5",
                Thinking::Never,
            ),
            (
                "gemini-2.5-flash-image",
                "gemini-2.5-flash-image",
                Thinking::Never,
            ),
            ("gemini-2.5-flash-lite", "gemini-2.5", SECOND.thinking),
            ("gemini-2.0-flash-exp", "gemini-2", Thinking::Never),
            ("gemini-1.5-pro-002", "gemini-1", Thinking::Never),
            ("models/gemini-2.0-flash", "gemini-2", Thinking::Never),
            ("gemma-3-27b-it", "", Thinking::Never),
            ("tunedModels/mine", "", Thinking::Never),
            ("endpoints/123", "", Thinking::Never),
        ] {
            let found = find(model);
            assert_eq!(
                (found.prefix, found.thinking),
                (prefix, thinking),
                "{model}"
            );
        }
    }

    #[test]
    fn no_row_hides_a_later_one() {
        for (at, row) in PROFILES.iter().enumerate() {
            let name = match row.word {
                "" => row.prefix.to_owned(),
                word => format!("{}.1-{word}", row.prefix),
            };
            assert!(
                PROFILES[..at].iter().all(|earlier| !earlier.names(&name)),
                "{name}"
            );
        }
    }
}
