//! Images and documents: the bytes must be what their label says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::error::invalid;
use crate::simulate::json::{list, text};
use crate::simulate::vendor::Refusal;

pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    let messages = list(request, "messages").iter();
    for (index, message) in messages.enumerate() {
        blocks(&format!("messages.{index}.content"), message.get("content"))?;
    }
    Ok(())
}

fn blocks(path: &str, content: Option<&Value>) -> Result<(), Refusal> {
    let list = content.and_then(Value::as_array).into_iter().flatten();
    for (index, block) in list.enumerate() {
        let kind = text(block, "type");
        let path = format!("{path}.{index}.{kind}");
        match (kind, block.get("source")) {
            ("image" | "document", Some(media)) => source(&path, media)?,
            ("tool_result", _) => blocks(&format!("{path}.content"), block.get("content"))?,
            _ => {}
        }
    }
    Ok(())
}

fn source(path: &str, source: &Value) -> Result<(), Refusal> {
    let text = |name: &str| source.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "url" if !text("url").starts_with("https://") => Err(invalid(format!(
            "{path}.source.url.url: Only HTTPS URLs are supported."
        ))),
        "base64" => base64(
            &format!("{path}.source.base64.data"),
            text("media_type"),
            text("data"),
        ),
        _ => Ok(()),
    }
}

fn base64(path: &str, media_type: &str, data: &str) -> Result<(), Refusal> {
    let Ok(bytes) = STANDARD.decode(data) else {
        return Err(invalid(format!("{path}: Invalid base64 data")));
    };
    match media_type_of(&bytes) {
        Some(found) if found == media_type => Ok(()),
        Some(_) => Err(invalid(format!(
            "{path}: The {} was specified using the {media_type} media type, but it appears to be another type",
            if media_type == "application/pdf" {
                "document"
            } else {
                "image"
            }
        ))),
        None if media_type == "application/pdf" => Err(invalid("The PDF specified was not valid.")),
        None => Err(invalid("Could not process image")),
    }
}

/// By the first bytes.
fn media_type_of(bytes: &[u8]) -> Option<&'static str> {
    let riff = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'%', b'P', b'D', b'F', ..] => Some("application/pdf"),
        _ if riff => Some("image/webp"),
        _ => None,
    }
}
