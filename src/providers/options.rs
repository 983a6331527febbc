//! What can be set for one kind of provider only: a project, a region, a version of the API.
//!
//! A provider declares its options as data; `tidegate check` reads them by these declarations, and
//! the filter gets the values as they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An option that a kind of provider has.
#[derive(Clone, Copy)]
pub struct OptionSpec {
    /// Its name in the configuration, beside `base_url` and `api_key`.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Says in words what is wrong with a value: `must be …`.
    pub check: fn(&str) -> Result<(), String>,
}

/// The values of a provider's options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Options(pub BTreeMap<String, String>);

impl Options {
    /// None at all.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// The value of an option, where it is set.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Checks a value that stands in a host's name or in one segment of a path: any other could lead
/// elsewhere.
///
/// # Errors
/// What it must be, in words.
pub(super) fn is_label(value: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    let is_fine = !value.is_empty() && !value.starts_with('.') && value.chars().all(allowed);
    let what = "must have only letters, digits and `-_.:`, and not begin with a dot";
    if is_fine {
        Ok(())
    } else {
        Err(what.to_owned())
    }
}
