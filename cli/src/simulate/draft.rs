//! What a response says: the answer, or what the script has instead.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::respond::{EVENT_STREAM, JSON};
use super::script::Step;
use super::serial::Serial;
use super::vendor::{Content, Refusal, Reply, Vendor};

/// A response that is known but for the way in which it leaves.
pub(crate) struct Draft {
    pub(crate) status: u16,
    pub(crate) content: Content,
}

impl Draft {
    pub(crate) fn of(
        vendor: &dyn Vendor,
        reply: Result<Reply, Refusal>,
        step: &Step,
        serial: Serial,
    ) -> Self {
        let streams = reply
            .as_ref()
            .is_ok_and(|reply| matches!(reply.content, Content::Events(_)));
        let status = step.status.unwrap_or(200);
        if let Some(content) = own_content(step, streams) {
            return Self { status, content };
        }
        if fails_at_once(step, streams) {
            return Self::error(vendor, &failure(vendor, step), serial);
        }
        match reply {
            Ok(Reply { content, .. }) => Self { status, content },
            // Only with `validate: false`, and nothing else to say.
            Err(refusal) => Self::error(vendor, &refusal, serial),
        }
    }

    fn error(vendor: &dyn Vendor, refusal: &Refusal, serial: Serial) -> Self {
        let content = Content::Whole(vendor.error_body(refusal, serial));
        Self {
            status: refusal.status,
            content,
        }
    }

    pub(crate) fn content_type<'a>(&self, step: &'a Step) -> &'a str {
        match (&step.content_type, &self.content) {
            (Some(content_type), _) => content_type,
            (None, Content::Whole(_)) => JSON,
            (None, Content::Events(_)) => EVENT_STREAM,
        }
    }
}

/// Only a stream can carry an error inside a 200; anything else fails with a status.
fn fails_at_once(step: &Step, streams: bool) -> bool {
    let inside = step.error_first || step.error_after.is_some();
    let alone = step.error.is_some() && !inside;
    step.status.is_some_and(|status| status >= 400) || alone || (inside && !streams)
}

/// The error of a step: the vendor's usual one, changed where the step says so.
pub(crate) fn failure(vendor: &dyn Vendor, step: &Step) -> Refusal {
    let mut refusal = match step.status.filter(|status| *status >= 400) {
        Some(status) => vendor.usual_error(status),
        None => vendor.stream_error(),
    };
    if let Some(part) = &step.error {
        refusal.kind = part.kind.clone().unwrap_or(refusal.kind);
        refusal.message = part.message.clone().unwrap_or(refusal.message);
        refusal.param = part.param.clone().or(refusal.param);
        refusal.code = part.code.clone().or(refusal.code);
    }
    refusal
}

/// The body that the step itself brings.
fn own_content(step: &Step, streams: bool) -> Option<Content> {
    if let Some(body) = &step.body {
        let text = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        return Some(Content::Whole(Bytes::from(text)));
    }
    let raw = match (&step.raw, &step.raw_base64) {
        (Some(raw), _) => Bytes::from(raw.clone()),
        // It has been decoded before, when the script was checked.
        (None, Some(raw)) => Bytes::from(STANDARD.decode(raw).unwrap_or_default()),
        (None, None) => return None,
    };
    Some(match streams {
        true => Content::Events(events(raw)),
        false => Content::Whole(raw),
    })
}

/// Splits raw bytes behind every blank line.
fn events(mut rest: Bytes) -> Vec<Bytes> {
    let mut events = Vec::new();
    while let Some(end) = blank_line(&rest) {
        events.push(rest.split_to(end));
    }
    if !rest.is_empty() {
        events.push(rest);
    }
    events
}

fn blank_line(bytes: &[u8]) -> Option<usize> {
    let ends = [&b"\n\n"[..], b"\r\n\r\n"].map(|pattern| {
        let at = memchr::memmem::find(bytes, pattern)?;
        Some(at + pattern.len())
    });
    ends.into_iter().flatten().min()
}
