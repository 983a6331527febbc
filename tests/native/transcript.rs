//! Events and errors as lines of text.

use tidegate::chat::{BlockKind, Error, Event, TokenLogprob, Usage, VendorPart};

/// An event as one line.
pub(crate) fn line(event: &Event<'_>) -> String {
    match event {
        Event::Start { id, model } => {
            format!("start {} {}", id.unwrap_or("-"), model.unwrap_or("-"))
        }
        Event::BlockStart { block, kind, .. } => format!("[{block} {}", kind_of(*kind)),
        Event::BlockDelta { block, text } => format!(" {block} {text:?}"),
        Event::Signature { block, signature } => format!(" {block} signed {signature}"),
        Event::BlockEnd { block } => format!("{block}]"),
        Event::Annotation { annotation, .. } => format!(
            "cites {}..{} {:?} {}",
            annotation.start, annotation.end, annotation.title, annotation.url
        ),
        Event::Vendor { name, part, .. } => format!("{name} {}", part_of(part)),
        Event::ServiceTier(tier) => format!("tier {tier}"),
        Event::Image {
            choice,
            media_type,
            base64,
        } => format!("image of {choice}: {media_type} {base64}"),
        Event::Audio { choice, base64 } => format!("audio of {choice}: {base64}"),
        Event::Logprobs { choice, tokens } => format!("logprobs of {choice}:{}", likely(tokens)),
        Event::Usage(usage) => format!("usage{}", counts(usage)),
        Event::Heartbeat => "heartbeat".to_owned(),
        Event::Finish { reason, .. } => format!("finish {}", reason.as_str()),
        Event::End => "end".to_owned(),
        Event::Error(error) => format!("error {}", error_line(error)),
    }
}

fn part_of(part: &VendorPart<'_>) -> String {
    match part {
        VendorPart::Block { before, json } => format!(
            "block after {}/{}/{} {}",
            before.thinking_blocks,
            before.content,
            before.tool_calls,
            json.as_deref().unwrap_or("-")
        ),
        VendorPart::Citation { start, end, json } => format!("cites {start}..{end} {json}"),
        VendorPart::Note { name, json } => format!("{name} {json}"),
    }
}

/// An error as one line.
pub(crate) fn error_line(error: &Error) -> String {
    let mut line = format!("{} {:?}", error.status, error.kind);
    if let Some(code) = &error.code {
        line.push_str(&format!(" {code}"));
    }
    if let Some(param) = &error.param {
        line.push_str(&format!(" at {param}"));
    }
    format!("{line}: {}", error.message)
}

fn kind_of(kind: BlockKind<'_>) -> String {
    match kind {
        BlockKind::Text => "text".to_owned(),
        BlockKind::Reasoning => "reasoning".to_owned(),
        BlockKind::RedactedReasoning { data } => format!("redacted {data}"),
        BlockKind::Refusal => "refusal".to_owned(),
        BlockKind::ToolCall {
            id,
            name,
            signature: Some(signature),
        } => format!("tool {id} {name} signed {signature}"),
        BlockKind::ToolCall { id, name, .. } => format!("tool {id} {name}"),
    }
}

fn likely(tokens: &[TokenLogprob]) -> String {
    let one = |one: &TokenLogprob| {
        let top = one.top.iter();
        let top: String = top
            .map(|t| format!(" {:?}={}", t.token, t.logprob))
            .collect();
        format!(" {:?}={} [{}]", one.token, one.logprob, top.trim_start())
    };
    tokens.iter().map(one).collect()
}

/// The buckets that hold something.
fn counts(usage: &Usage) -> String {
    [
        ("input", usage.input),
        ("cache_read", usage.cache_read),
        ("cache_write_5m", usage.cache_write_5m),
        ("cache_write_1h", usage.cache_write_1h),
        ("output", usage.output),
        ("reasoning", usage.reasoning),
        ("audio_input", usage.audio_input),
        ("audio_output", usage.audio_output),
    ]
    .iter()
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| format!(" {name}={count}"))
    .collect()
}
