//! Strings, truth values and numbers.

use std::borrow::Cow;

use super::grammar::plain_length;
use super::{Fault, FaultKind, Kind, Reader};

impl<'a> Reader<'a> {
    /// Takes a string.
    ///
    /// # Errors
    /// [`Fault`] where something else comes.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.skip_whitespace();
        match self.plain_string() {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            None => self.escaped_string().map(Cow::Owned),
        }
    }

    /// Takes a string without escapes, if one starts here.
    fn plain_string(&mut self) -> Option<&'a str> {
        let [b'"', inner @ ..] = self.rest else {
            return None;
        };
        let length = plain_length(inner);
        let (_, [b'"', rest @ ..]) = inner.split_at_checked(length)? else {
            return None;
        };
        let start = self.text.len().saturating_sub(inner.len());
        self.rest = rest;
        self.text.get(start..start.saturating_add(length))
    }

    fn escaped_string(&mut self) -> Result<String, Fault> {
        self.expect_kind(Kind::String, "a string")?;
        let start = self.offset();
        self.skip_string()?;
        serde_json::from_str(self.since(start))
            .map_err(|_| Fault::new(FaultKind::Syntax("a string has a wrong escape"), start))
    }

    /// Takes `true` or `false`.
    ///
    /// # Errors
    /// [`Fault`] where something else comes.
    pub fn boolean(&mut self) -> Result<bool, Fault> {
        self.expect_kind(Kind::Boolean, "a boolean")?;
        let value = self.rest.first() == Some(&b't');
        self.skip().map(|()| value)
    }

    /// Takes an integer.
    ///
    /// # Errors
    /// [`Fault`] where something else comes, or `T` cannot hold it.
    pub fn integer<T: std::str::FromStr>(&mut self) -> Result<T, Fault> {
        self.expect_kind(Kind::Integer, "an integer")?;
        let start = self.offset();
        self.skip()?;
        let digits = self.since(start);
        digits.parse().map_err(|_| {
            let (code, reason) = match digits.starts_with('-') {
                true => ("integer_below_min_value", "integer below minimum value"),
                false => ("integer_above_max_value", "integer above maximum value"),
            };
            let reason = format!("{reason}, got {digits}");
            Fault::new(FaultKind::Invalid { code, reason }, start)
        })
    }

    /// Takes any number.
    ///
    /// # Errors
    /// [`Fault`] where something else comes, or the number is too large.
    pub fn number(&mut self) -> Result<f64, Fault> {
        let found = self.kind()?;
        if !matches!(found, Kind::Integer | Kind::Decimal) {
            let expected = "a decimal";
            return Err(self.fault(FaultKind::Type { expected, found }));
        }
        let start = self.offset();
        self.skip()?;
        let value = self.since(start).parse().ok();
        value
            .filter(|value: &f64| value.is_finite())
            .ok_or_else(|| {
                let (code, reason) = ("decimal_above_max_value", "number out of range".to_owned());
                Fault::new(FaultKind::Invalid { code, reason }, start)
            })
    }
}
