//! Members of a JSON object, written by hand: they are for every request.

use std::time::Duration;

use crate::chat::Usage;
use crate::decimal::{digits, dollars};

pub(super) fn tokens(line: &mut String, usage: Option<&Usage>) {
    let Some(usage) = usage else { return };
    let kinds = [
        ("input", usage.input),
        ("cache_read", usage.cache_read),
        ("cache_write_5m", usage.cache_write_5m),
        ("cache_write_1h", usage.cache_write_1h),
        ("audio_input", usage.audio_input),
        ("output", usage.output),
        ("reasoning", usage.reasoning),
        ("audio_output", usage.audio_output),
    ];
    line.push_str(",\"tokens\":{");
    let mut first = true;
    for (name, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
        line.push_str(if std::mem::take(&mut first) {
            "\""
        } else {
            ",\""
        });
        line.push_str(name);
        line.push_str("\":");
        digits(line, count, 1);
    }
    line.push('}');
}

pub(super) fn text(line: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    field(line, name);
    json(line, value);
}

/// Microseconds as milliseconds with three digits.
pub(super) fn milliseconds(line: &mut String, name: &str, micros: u64) {
    field(line, name);
    digits(line, micros / 1000, 1);
    line.push('.');
    digits(line, micros % 1000, 3);
}

pub(super) fn number(line: &mut String, name: &str, value: u64) {
    field(line, name);
    digits(line, value, 1);
}

pub(super) fn field(line: &mut String, name: &str) {
    line.push_str(",\"");
    line.push_str(name);
    line.push_str("\":");
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
        field(line, "cost_usd");
        dollars(line, pico);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_three_digits() {
        let mut line = String::new();
        milliseconds(&mut line, "ms", 12_034);
        assert_eq!(line, ",\"ms\":12.034");
    }
}
