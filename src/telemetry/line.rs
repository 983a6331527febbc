//! Members of a JSON object, written by hand: they are for every request.

use std::time::Duration;

use crate::chat::Usage;

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

/// Writes a number with at least so many digits, without the machinery of `format!`, which takes
/// as long as all the rest of the line.
fn digits(line: &mut String, value: u64, least: usize) {
    let mut buffer = [b'0'; 20];
    let mut rest = value;
    let mut length = 0;
    for digit in buffer.iter_mut().rev() {
        if rest == 0 && length >= least {
            break;
        }
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        length += 1;
    }
    let written = buffer.get(buffer.len() - length..).unwrap_or_default();
    line.extend(written.iter().copied().map(char::from));
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

/// Pico-dollars as dollars, exact.
pub fn dollars(line: &mut String, pico: u64) {
    const PICO: u64 = 1_000_000_000_000;
    digits(line, pico / PICO, 1);
    line.push('.');
    digits(line, pico % PICO, 12);
    let zeros = line.bytes().rev().take_while(|byte| *byte == b'0').count();
    let kept = if zeros >= 12 {
        line.len() - 11
    } else {
        line.len() - zeros
    };
    line.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_exact() {
        let text = |pico| {
            let mut line = String::new();
            dollars(&mut line, pico);
            line
        };
        assert_eq!(text(0), "0.0");
        assert_eq!(text(1), "0.000000000001");
        assert_eq!(text(1_250_000_000_000), "1.25");
        assert_eq!(text(30_000_000_000_000), "30.0");
        assert_eq!(text(100_000_000), "0.0001");
    }

    #[test]
    fn numbers_are_written_as_usual() {
        for value in [0, 7, 10, 999, 1_000, 1_234_567, u64::MAX] {
            let mut line = String::new();
            digits(&mut line, value, 1);
            assert_eq!(line, value.to_string());
        }
        let mut line = String::new();
        milliseconds(&mut line, "ms", 12_034);
        assert_eq!(line, ",\"ms\":12.034");
    }
}
