use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

use super::grammar::MAX_DEPTH;
use super::{Fault, FaultKind, Kind};

pub(super) const TOO_DEEP: FaultKind = FaultKind::Syntax("the nesting is too deep");

/// Name of a member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name itself.
    pub text: Cow<'a, str>,
    /// Where its opening quote is.
    pub start: usize,
}

/// Walks over a JSON text, one value after the other.
///
/// Each method takes the value that comes next. After a fault the reader is of no more use.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) rest: &'a [u8],
    /// Containers entered by `object` and `array`.
    pub(super) depth: u32,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a text.
    ///
    /// # Errors
    /// [`Fault`] where the bytes are not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Fault::new(
                FaultKind::Syntax("the text is not UTF-8"),
                error.valid_up_to(),
            )
        })?;
        Ok(Self::of(text))
    }

    /// A reader at the start of a text that is known to be UTF-8.
    pub fn of(text: &'a str) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
            depth: 0,
        }
    }

    /// How far the reader is, in bytes.
    pub fn offset(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// A fault at the value that comes next.
    pub fn fault(&self, kind: FaultKind) -> Fault {
        Fault::new(kind, self.offset())
    }

    /// Takes an object, calling `member` at each value, which must take it.
    ///
    /// # Errors
    /// [`Fault`] of the object's form, or what `member` returns, seen from this object.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &Name<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.enter(b'{', Kind::Object, "an object")?;
        if self.take(b'}') {
            self.depth = self.depth.saturating_sub(1);
            return Ok(());
        }
        loop {
            let name = self.name()?;
            self.skip_whitespace();
            member(self, &name).map_err(|fault| fault.in_member(&name.text))?;
            if !self.goes_on(true)? {
                self.depth = self.depth.saturating_sub(1);
                return Ok(());
            }
            self.skip_whitespace();
        }
    }

    /// Takes the members of an object, as [`object`](Self::object) does. Forgets a value that is none,
    /// and says so.
    ///
    /// # Errors
    /// As [`object`](Self::object).
    pub fn members(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        if self.kind()? != Kind::Object {
            return self.skip().map(|()| false);
        }
        self.object(|reader, name| member(reader, &name.text))?;
        Ok(true)
    }

    /// Takes a string. Forgets a value that is none.
    ///
    /// # Errors
    /// [`Fault`] where it is no JSON.
    pub fn string_or_skip(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        if self.kind()? != Kind::String {
            return self.skip().map(|()| None);
        }
        self.string().map(Some)
    }

    /// Takes an array, calling `element` at each value, which must take it.
    ///
    /// # Errors
    /// [`Fault`] of the array's form, or what `element` returns, seen from this array.
    pub fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.enter(b'[', Kind::Array, "an array")?;
        if self.take(b']') {
            self.depth = self.depth.saturating_sub(1);
            return Ok(());
        }
        for index in 0_usize.. {
            self.skip_whitespace();
            element(self).map_err(|fault| fault.in_element(index))?;
            if !self.goes_on(false)? {
                break;
            }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// Takes `null`, or what `read` takes.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        if self.kind()? == Kind::Null {
            self.literal(b"null")?;
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// Takes any value as the text that it is written in.
    ///
    /// # Errors
    /// [`Fault`] where it is no JSON.
    pub fn text(&mut self) -> Result<&'a str, Fault> {
        let span = self.span()?;
        Ok(self.text.get(span).unwrap_or_default())
    }

    /// Takes any value as it is written.
    ///
    /// # Errors
    /// [`Fault`] where it is no JSON.
    pub fn raw(&mut self) -> Result<&'a RawValue, Fault> {
        self.skip_whitespace();
        let start = self.offset();
        serde_json::from_str(self.text()?)
            .map_err(|_| Fault::new(FaultKind::Syntax("a value cannot be read"), start))
    }

    /// Takes an object as it is written.
    ///
    /// # Errors
    /// [`Fault`] where something else comes.
    pub fn raw_object(&mut self) -> Result<&'a RawValue, Fault> {
        self.expect_kind(Kind::Object, "an object")?;
        self.raw()
    }

    /// Takes any value and says where it is.
    ///
    /// # Errors
    /// [`Fault`] where it is no JSON.
    pub fn span(&mut self) -> Result<Range<usize>, Fault> {
        self.skip_whitespace();
        let start = self.offset();
        self.skip()?;
        Ok(start..self.offset())
    }

    /// Makes sure that nothing but white space follows.
    ///
    /// # Errors
    /// [`Fault`] where something does.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.skip_whitespace();
        match self.rest {
            [] => Ok(()),
            _ => Err(self.syntax("nothing may follow the value")),
        }
    }

    /// Type of the value that comes next.
    ///
    /// # Errors
    /// [`Fault`] where no value comes.
    pub fn kind(&mut self) -> Result<Kind, Fault> {
        self.skip_whitespace();
        Ok(match self.rest {
            [b'{', ..] => Kind::Object,
            [b'[', ..] => Kind::Array,
            [b'"', ..] => Kind::String,
            [b't' | b'f', ..] => Kind::Boolean,
            [b'n', ..] => Kind::Null,
            [b'-' | b'0'..=b'9', ..] => number_kind(self.rest),
            _ => return Err(self.syntax("a value is missing")),
        })
    }

    fn enter(&mut self, opening: u8, kind: Kind, expected: &'static str) -> Result<(), Fault> {
        self.skip_whitespace();
        if self.depth >= MAX_DEPTH {
            self.expect_kind(kind, expected)?;
            return Err(self.fault(TOO_DEEP));
        }
        if !self.take(opening) {
            return self.expect_kind(kind, expected);
        }
        self.depth = self.depth.saturating_add(1);
        self.skip_whitespace();
        Ok(())
    }

    pub(super) fn expect_kind(&mut self, kind: Kind, expected: &'static str) -> Result<(), Fault> {
        match self.kind()? {
            found if found == kind => Ok(()),
            found => Err(self.fault(FaultKind::Type { expected, found })),
        }
    }

    /// Takes the name of a member and the colon.
    fn name(&mut self) -> Result<Name<'a>, Fault> {
        if self.rest.first() != Some(&b'"') {
            return Err(self.syntax("expected a name in double quotes"));
        }
        let start = self.offset();
        let text = self.string()?;
        self.colon()?;
        Ok(Name { text, start })
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        self.advance(usize::from(found));
        found
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    pub(super) fn skip_whitespace(&mut self) {
        while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.offset()).unwrap_or_default()
    }

    pub(super) fn syntax(&self, reason: &'static str) -> Fault {
        self.fault(FaultKind::Syntax(reason))
    }
}

fn number_kind(bytes: &[u8]) -> Kind {
    let mut tail = bytes
        .iter()
        .skip_while(|byte| matches!(byte, b'-' | b'0'..=b'9'));
    match tail.next() {
        Some(b'.' | b'e' | b'E') => Kind::Decimal,
        _ => Kind::Integer,
    }
}
