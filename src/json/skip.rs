//! Walking over values without looking into them: the hot path.

use super::grammar::{Open, after_escape, after_number, plain_length};
use super::reader::TOO_DEEP;
use super::{Fault, Reader};

impl Reader<'_> {
    /// Takes any value, however nested, and forgets it.
    ///
    /// # Errors
    /// [`Fault`] where it is no JSON.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let mut open = Open::default();
        loop {
            let opened = self.skip_scalar_or_open(&mut open)?;
            if opened || self.close_all(&mut open)? {
                continue;
            }
            return Ok(());
        }
    }

    /// Takes what `read` takes, or forgets the value where that fails.
    ///
    /// # Errors
    /// [`Fault`] where it is no JSON.
    pub fn attempt<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let before = self.clone();
        if let Ok(value) = read(self) {
            return Ok(Some(value));
        }
        *self = before;
        self.skip().map(|()| None)
    }

    /// Takes a scalar, an empty container, or the opening of a container; says whether a container
    /// is open whose first value comes next.
    fn skip_scalar_or_open(&mut self, open: &mut Open) -> Result<bool, Fault> {
        self.skip_whitespace();
        let (is_object, close, rest) = match self.rest {
            [b'"', ..] => return self.skip_string().map(|_| false),
            [b'{', rest @ ..] => (true, b'}', rest),
            [b'[', rest @ ..] => (false, b']', rest),
            [b't', ..] => return self.literal(b"true").map(|()| false),
            [b'f', ..] => return self.literal(b"false").map(|()| false),
            [b'n', ..] => return self.literal(b"null").map(|()| false),
            _ => return self.skip_number().map(|()| false),
        };
        if !open.push(is_object, self.depth) {
            return Err(self.fault(TOO_DEEP));
        }
        self.rest = rest;
        self.skip_whitespace();
        if self.take(close) {
            open.pop();
            return Ok(false);
        }
        if is_object {
            self.skip_name()?;
        }
        Ok(true)
    }

    /// After a value: closes what ends here; says whether another value follows.
    fn close_all(&mut self, open: &mut Open) -> Result<bool, Fault> {
        while let Some(is_object) = open.innermost_is_object() {
            if self.goes_on(is_object)? {
                if is_object {
                    self.skip_whitespace();
                    self.skip_name()?;
                }
                return Ok(true);
            }
            open.pop();
        }
        Ok(false)
    }

    /// After a value in a container: takes the comma (true) or the container's end (false).
    pub(super) fn goes_on(&mut self, is_object: bool) -> Result<bool, Fault> {
        self.skip_whitespace();
        match (self.rest, is_object) {
            ([b',', rest @ ..], _) => {
                self.rest = rest;
                Ok(true)
            }
            ([b'}', rest @ ..], true) | ([b']', rest @ ..], false) => {
                self.rest = rest;
                Ok(false)
            }
            ([], _) => Err(self.syntax("the text ends too early")),
            (_, true) => Err(self.syntax("expected `,` or `}`")),
            (_, false) => Err(self.syntax("expected `,` or `]`")),
        }
    }

    fn skip_name(&mut self) -> Result<(), Fault> {
        if self.rest.first() != Some(&b'"') {
            return Err(self.syntax("expected a name in double quotes"));
        }
        self.skip_string()?;
        self.colon()
    }

    pub(super) fn colon(&mut self) -> Result<(), Fault> {
        self.skip_whitespace();
        if self.take(b':') {
            return Ok(());
        }
        Err(self.syntax("expected `:`"))
    }

    /// Takes a string that starts here; says whether it has escapes.
    pub(super) fn skip_string(&mut self) -> Result<bool, Fault> {
        self.advance(1);
        let mut has_escapes = false;
        loop {
            self.advance(plain_length(self.rest));
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(has_escapes);
                }
                [b'\\', rest @ ..] => {
                    has_escapes = true;
                    let rest = after_escape(rest);
                    self.rest = rest.ok_or_else(|| self.syntax("a string has a wrong escape"))?;
                }
                [] => return Err(self.syntax("a string has no end")),
                _ => return Err(self.syntax("a control character must be escaped")),
            }
        }
    }

    fn skip_number(&mut self) -> Result<(), Fault> {
        let is_number = matches!(self.rest, [b'-' | b'0'..=b'9', ..]);
        let reason = match (is_number, self.rest) {
            (true, _) => "a number is malformed",
            (_, []) => "the text ends too early",
            _ => "a value is missing",
        };
        self.rest = after_number(self.rest).ok_or_else(|| self.syntax(reason))?;
        Ok(())
    }

    pub(super) fn literal(&mut self, literal: &[u8]) -> Result<(), Fault> {
        let rest = self.rest.strip_prefix(literal);
        self.rest = rest.ok_or_else(|| self.syntax("a value is misspelt"))?;
        Ok(())
    }
}
