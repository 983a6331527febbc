//! Members of a JSON object, written by hand: they are for every request. In wasm each piece that is
//! appended costs a call, so names come with their marks, by [`member`].

use std::time::Duration;

use crate::chat::Usage;
use crate::decimal::{digits, dollars};

/// A member's name between the marks that belong to it: `,"name":`.
macro_rules! member {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}
pub(super) use member;

pub(super) fn tokens(line: &mut String, usage: Option<&Usage>) {
    let Some(usage) = usage else { return };
    let kinds = [
        (member!("input"), usage.input),
        (member!("cache_read"), usage.cache_read),
        (member!("cache_write_5m"), usage.cache_write_5m),
        (member!("cache_write_1h"), usage.cache_write_1h),
        (member!("audio_input"), usage.audio_input),
        (member!("output"), usage.output),
        (member!("reasoning"), usage.reasoning),
        (member!("audio_output"), usage.audio_output),
    ];
    line.push_str(member!("tokens"));
    line.push('{');
    let mut is_first = true;
    for (member, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
        let comma = usize::from(std::mem::take(&mut is_first));
        line.push_str(member.get(comma..).unwrap_or_default());
        digits(line, count, 1);
    }
    line.push('}');
}

pub(super) fn text(line: &mut String, member: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    line.push_str(member);
    json(line, value);
}

/// Microseconds as milliseconds with three digits.
pub(super) fn milliseconds(line: &mut String, member: &str, micros: u64) {
    line.push_str(member);
    digits(line, micros / 1000, 1);
    line.push('.');
    digits(line, micros % 1000, 3);
}

pub(super) fn number(line: &mut String, member: &str, value: u64) {
    line.push_str(member);
    digits(line, value, 1);
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

pub(super) fn json(line: &mut String, value: &str) {
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if value.bytes().all(is_plain) {
        line.push('"');
        line.push_str(value);
        line.push('"');
        return;
    }
    match serde_json::to_string(value) {
        Ok(escaped) => line.push_str(&escaped),
        Err(_) => line.push_str("null"),
    }
}

pub(super) fn none_if_empty(value: &str) -> Option<&str> {
    Some(value).filter(|value| !value.is_empty())
}

/// A cost in pico-dollars as a number of dollars; nothing where it is not known.
pub(super) fn cost(line: &mut String, pico: Option<u64>) {
    if let Some(pico) = pico {
        line.push_str(member!("cost_usd"));
        dollars(line, pico);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tokens_that_were_used_are_told() {
        let told = |usage: Usage| {
            let mut line = String::new();
            tokens(&mut line, Some(&usage));
            line
        };
        assert_eq!(told(Usage::default()), ",\"tokens\":{}");
        let usage = Usage {
            input: 3,
            output: 20,
            ..Usage::default()
        };
        assert_eq!(told(usage), ",\"tokens\":{\"input\":3,\"output\":20}");
    }

    #[test]
    fn milliseconds_have_three_digits() {
        let mut line = String::new();
        milliseconds(&mut line, member!("ms"), 12_034);
        assert_eq!(line, ",\"ms\":12.034");
    }
}
