//! Pictures by address, for a vendor that does not fetch them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Message;
use crate::chat::Error;

/// Refuses a message with a picture that the vendor would have to fetch; `at` is its place.
///
/// # Errors
/// 400 that names the part.
pub(super) fn refuse(message: &Message<'_>, at: usize) -> Result<(), Error> {
    let content = message.member("content").unwrap_or_default();
    let parts: Vec<Part<'_>> = serde_json::from_slice(content).unwrap_or_default();
    let Some(part) = parts.iter().position(is_remote) else {
        return Ok(());
    };
    let message =
        "This model's provider does not fetch images: give the image itself, as a data URL.";
    Err(Error::invalid(message)
        .with_param(format!("messages[{at}].content[{part}].image_url"))
        .with_code("unsupported_value"))
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    image_url: Option<&'a RawValue>,
}

/// An address; both the object and the bare string that old clients send.
#[derive(Deserialize)]
#[serde(untagged)]
enum ImageUrl<'a> {
    Object {
        #[serde(borrow)]
        url: Cow<'a, str>,
    },
    Bare(#[serde(borrow)] Cow<'a, str>),
}

fn is_remote(part: &Part<'_>) -> bool {
    let Some(json) = part.image_url else {
        return false;
    };
    match serde_json::from_str(json.get()) {
        Ok(ImageUrl::Object { url } | ImageUrl::Bare(url)) => {
            let scheme = url.split(':').next().unwrap_or_default();
            ["http", "https"]
                .iter()
                .any(|web| web.eq_ignore_ascii_case(scheme))
        }
        Err(_) => false,
    }
}
