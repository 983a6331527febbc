//! Files that are text: a provider without documents can be told what is in them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Types of files that are text, beside `text/…`.
const TEXTS: &[&str] = &[
    "application/javascript",
    "application/json",
    "application/toml",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
];

/// Whether a file of this media type is text.
pub(super) fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
        || TEXTS.contains(&media_type)
}

/// What is in a file of text.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn decode(base64: &str) -> Result<String, String> {
    let bytes = STANDARD
        .decode(base64.as_bytes())
        .map_err(|_| "the file is not valid base64")?;
    String::from_utf8(bytes).map_err(|_| "the file says it is text and is not UTF-8".to_owned())
}
