//! Numbers as text.

use std::fmt::Display;

/// Writes a number with at least so many digits: by hand, because it is for every request, and the
/// machinery of `format!` takes as long as all the rest of a line.
pub fn digits(line: &mut String, value: u64, least: usize) {
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
    line.push_str(str::from_utf8(written).unwrap_or_default());
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

/// A decimal without zeros that say nothing: `0.25`, `50`. `fraction` is in units of 10 to the minus
/// `places`.
pub fn plain(whole: impl Display, fraction: u64, places: usize) -> String {
    let text = format!("{whole}.{fraction:0>places$}");
    let short = text.trim_end_matches('0');
    short.strip_suffix('.').unwrap_or(short).to_owned()
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
    fn plain_decimals_have_no_idle_zeros() {
        let texts = [plain(50, 0, 9), plain(0, 10_000_000, 9), plain(0, 0, 12)];
        assert_eq!(texts, ["50", "0.01", "0"]);
    }

    #[test]
    fn numbers_are_written_as_usual() {
        for value in [0, 7, 10, 999, 1_000, 1_234_567, u64::MAX] {
            let mut line = String::new();
            digits(&mut line, value, 1);
            assert_eq!(line, value.to_string());
        }
        let mut line = String::new();
        digits(&mut line, 34, 3);
        assert_eq!(line, "034");
    }
}
