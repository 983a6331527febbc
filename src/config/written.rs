//! How people write things, in the configuration and to the admin API alike. Whoever reads them has
//! the words for what is wrong.

/// The longest name.
pub const LONGEST_NAME: usize = 128;
/// What a virtual key's id may have beside letters and digits: it becomes a part of log lines and of
/// counters' names.
pub const KEY_ID_PUNCTUATION: &str = "._-/:@";
/// More than any fleet does in a day, and few enough to be counted exactly by every store.
pub const MOST_IN_A_WINDOW: u64 = 1_000_000_000_000;
/// The most requests at a time.
pub const MOST_PARALLEL: u64 = 1_000_000;
/// The largest budget in US dollars: as many nano-dollars as a double can count, since Redis's scripts
/// have no other numbers.
pub const LARGEST_BUDGET: u64 = 9_000_000;
/// Digits after the point of a budget: nano-dollars.
pub const BUDGET_PLACES: usize = 9;
/// `requests_per_second` and its likes: the unit and its milliseconds.
pub const RATE_UNITS: [(&str, u64); 4] = [
    ("second", 1_000),
    ("minute", 60_000),
    ("hour", 3_600_000),
    ("day", 86_400_000),
];

/// What is wrong with a name that may have letters, digits and this punctuation; it begins with a
/// letter or digit.
pub fn name_problem(name: &str, punctuation: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let valid = starts_well && name.chars().all(allowed) && name.len() <= LONGEST_NAME;
    (!valid).then(|| {
        format!(
            "may have only letters, digits and `{punctuation}`, begins with a letter or digit, and \
             is at most {LONGEST_NAME} long"
        )
    })
}

/// A duration such as `1500ms`, `5s`, `2m` or `1h`, in milliseconds.
pub fn duration_ms(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Why a decimal cannot be taken as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no decimal such as `50` or `0.25`.
    NoNumber,
    /// It has more digits after the point: an amount is never rounded.
    TooFine,
    /// It is larger than can be held.
    TooLarge,
}

/// A decimal, in units of 10 to the minus `places`: no float ever holds it.
///
/// # Errors
/// [`Unreadable`].
pub fn decimal(text: &str, places: usize) -> Result<u64, Unreadable> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return Err(Unreadable::NoNumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        return Err(Unreadable::TooFine);
    }
    let digits = format!("{whole}{fraction:0<places$}");
    digits.parse().map_err(|_| Unreadable::TooLarge)
}
