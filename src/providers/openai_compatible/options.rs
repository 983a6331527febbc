//! What can be set for a look-alike beside the settings that all providers have.

use super::pattern;
use super::preset::{Preset, ThinkTags};
use crate::providers::{OptionSpec, Options};

const STREAM_ONLY: &str = "stream_only";
const THINK_TAGS: &str = "think_tags";
const TURNS: &str = "turns";

/// The options of every look-alike.
pub(super) static OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        name: STREAM_ONLY,
        required: false,
        check: is_list_of_models,
    },
    OptionSpec {
        name: THINK_TAGS,
        required: false,
        check: is_think_tags,
    },
    OptionSpec {
        name: TURNS,
        required: false,
        check: is_turns,
    },
];

/// Whether the provider has this model answer with a stream only.
pub(super) fn is_stream_only(preset: &Preset, options: &Options, model: &str) -> bool {
    match options.value(STREAM_ONLY) {
        Some(patterns) => pattern::any_matches(patterns.split(',').map(str::trim), model),
        None => pattern::any_matches(preset.stream_only.iter().copied(), model),
    }
}

/// What becomes of `<think>` in this provider's answers.
pub(super) fn think_tags(preset: &Preset, options: &Options) -> ThinkTags {
    let chosen = options.value(THINK_TAGS).and_then(think_tags_named);
    chosen.unwrap_or(preset.think_tags)
}

/// Whether the models' chat templates want turns that alternate.
pub(super) fn alternates(options: &Options) -> bool {
    options.value(TURNS) == Some("alternate")
}

fn think_tags_named(name: &str) -> Option<ThinkTags> {
    Some(match name {
        "stay" => ThinkTags::Stay,
        "split" => ThinkTags::Split,
        "opened" => ThinkTags::Opened,
        _ => return None,
    })
}

fn is_list_of_models(value: &str) -> Result<(), String> {
    let is_fine = |pattern: &str| !pattern.is_empty() && !pattern.contains(char::is_whitespace);
    if value.split(',').map(str::trim).all(is_fine) {
        return Ok(());
    }
    Err("must be names of models separated by commas, `*` standing for any text".to_owned())
}

fn is_think_tags(value: &str) -> Result<(), String> {
    match think_tags_named(value) {
        Some(_) => Ok(()),
        None => Err("must be `stay`, `split` or `opened`".to_owned()),
    }
}

fn is_turns(value: &str) -> Result<(), String> {
    match value {
        "stay" | "alternate" => Ok(()),
        _ => Err("must be `stay` or `alternate`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, value: &str) -> Options {
        Options([(name.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn the_option_replaces_the_presets_list_of_models_that_only_stream() {
        const PRESET: Preset = Preset {
            stream_only: &["a*"],
            ..Preset::PLAIN
        };
        assert!(is_stream_only(&PRESET, Options::NONE, "a1"));
        let option = options(STREAM_ONLY, "b*, c");
        assert!(is_stream_only(&PRESET, &option, "b1"));
        assert!(is_stream_only(&PRESET, &option, "c"));
        assert!(!is_stream_only(&PRESET, &option, "a1"));
    }

    #[test]
    fn the_option_goes_before_what_the_preset_does_with_tags() {
        const PRESET: Preset = Preset {
            think_tags: ThinkTags::Split,
            ..Preset::PLAIN
        };
        assert_eq!(think_tags(&PRESET, Options::NONE), ThinkTags::Split);
        let option = options(THINK_TAGS, "opened");
        assert_eq!(think_tags(&PRESET, &option), ThinkTags::Opened);
    }

    #[test]
    fn values_that_mean_nothing_are_refused_in_words() {
        assert!(is_list_of_models("qwq*, *omni*").is_ok());
        assert!(is_list_of_models("*").is_ok());
        for wrong in ["", "a,,b", "a b", ","] {
            assert!(is_list_of_models(wrong).is_err(), "{wrong}");
        }
        assert!(is_think_tags("split").is_ok());
        assert!(is_think_tags("yes").is_err());
        assert!(is_turns("alternate").is_ok() && is_turns("no").is_err());
    }
}
