//! `metadata` and `user` → `requestMetadata`, which the operator finds in Bedrock's invocation logs.
//!
//! At most 16 entries, whose characters and lengths are bounded (botocore 1.44.5: `[a-zA-Z0-9\s:_@$#=/+,-.]`,
//! up to 256). What does not fit is replaced or cut, and reported.

use serde_json::value::RawValue;

use super::wire::read::Str;
use super::wire::write::Metadata;
use crate::chat::Error;
use crate::providers::json::fields;
use crate::providers::losses::Losses;

const MAX_ENTRIES: usize = 16;
const MAX_LENGTH: usize = 256;

/// Name of the entry that holds the client's name for its end user.
const USER: &str = "user";

/// Translates both.
///
/// # Errors
/// Where `metadata` is no object, or the target is strict and something does not fit.
pub(super) fn translate(
    metadata: Option<&RawValue>,
    end_user: Option<&str>,
    losses: &mut Losses,
) -> Result<Metadata, Error> {
    let mut entries = Vec::new();
    if let Some(json) = metadata {
        for (name, value) in fields(json, "metadata")? {
            let value = serde_json::from_str::<Str<'_>>(value.get());
            match value.ok().filter(|_| !name.is_empty()) {
                Some(value) if entries.len() < MAX_ENTRIES => {
                    entries.push(entry("metadata", &name, &value, losses)?);
                }
                _ => losses.dropped("metadata")?,
            }
        }
    }
    let has_user = entries.iter().any(|(name, _)| name == USER);
    match end_user {
        Some(user) if entries.len() < MAX_ENTRIES && !has_user => {
            entries.push(entry(USER, USER, user, losses)?);
        }
        Some(_) => losses.dropped(USER)?,
        None => {}
    }
    Ok(Metadata(entries))
}

fn entry(
    param: &'static str,
    name: &str,
    value: &str,
    losses: &mut Losses,
) -> Result<(String, String), Error> {
    let entry = (fitted(name), fitted(value));
    if entry.0 != name || entry.1 != value {
        losses.clamped(param)?;
    }
    Ok(entry)
}

fn fitted(text: &str) -> String {
    let fitting = |c: char| if fits(c) { c } else { '_' };
    text.chars().take(MAX_LENGTH).map(fitting).collect()
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(json: &str, user: Option<&str>) -> (Vec<(String, String)>, Vec<String>) {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let mut losses = Losses::new(false, "it");
        let metadata = translate(Some(raw), user, &mut losses).unwrap();
        let warnings = losses.into_warnings();
        (
            metadata.0,
            warnings.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn what_fits_is_kept() {
        let (entries, warnings) = translated(r#"{"team":"a b:c@d"}"#, Some("u-1"));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(entries, [pair("team", "a b:c@d"), pair("user", "u-1")]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_made_to_and_told() {
        let long = "x".repeat(300);
        let (entries, warnings) =
            translated(&format!(r#"{{"k{{}}":"é!","l":"{long}","n":5}}"#), None);
        assert_eq!(entries[0], ("k__".to_owned(), "__".to_owned()));
        assert_eq!(entries[1].1.len(), MAX_LENGTH);
        assert_eq!(entries.len(), 2);
        assert_eq!(warnings, ["metadata;clamped", "metadata"]);
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let many: Vec<String> = (0..20).map(|n| format!(r#""k{n}":"v""#)).collect();
        let (entries, warnings) = translated(&format!("{{{}}}", many.join(",")), Some("me"));
        assert_eq!(entries.len(), MAX_ENTRIES);
        assert_eq!(warnings, ["metadata", "user"]);
    }
}
