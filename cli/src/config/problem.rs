//! What is wrong with a configuration: all of it, in the order of the file.

use std::cell::RefCell;
use std::fmt;

use crate::yaml::Position;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where in the file.
    pub(crate) at: Position,
    /// Which field, such as `models.smart.targets[1].provider`; empty for the file as a whole.
    pub(crate) path: String,
    /// What is wrong and what would be right. Never holds what was found in a secret's place.
    pub(crate) message: String,
    /// Whether the file is the overlay, and not the configuration.
    pub(crate) in_overlay: bool,
}

impl Problem {
    /// A problem in the configuration.
    pub(crate) fn new(at: Position, path: String, message: String) -> Self {
        Self {
            at,
            path,
            message,
            in_overlay: false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Collects problems while the configuration is read, so that one run reports all of them.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Adds a problem; a value that is read twice is reported once.
    pub(crate) fn push(&self, problem: Problem) {
        let mut problems = self.0.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| problem.at);
        problems
    }
}

/// ` (did you mean …?)` where one of the known names is near, else nothing.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let wanted = name.to_lowercase();
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| format!(" (did you mean `{candidate}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let known = ["openai", "claude", "local"];
        let hint = |name| did_you_mean(name, known);
        assert_eq!(hint("cluade").as_deref(), Some(" (did you mean `claude`?)"));
        assert_eq!(hint("OpenAI").as_deref(), Some(" (did you mean `openai`?)"));
        assert_eq!(hint("gemini"), None);
        assert_eq!(hint(""), None);
    }
}
