use std::borrow::Cow;
use std::fmt;

/// Something in the request that the target could not be given as it was.
///
/// Nothing is lost silently: the client is told in the `x-tidegate-dropped-params` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Path of the field, such as `seed` or `tools[0].strict`.
    pub param: Cow<'static, str>,
    /// What was done to it.
    pub change: Change,
}

/// What was done to a field that did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Left out.
    Dropped,
    /// Moved into the range that the target takes.
    Clamped,
    /// Done by other means, which may be less exact or cost more.
    Emulated,
}

impl Warning {
    /// The field was left out.
    pub fn dropped(param: impl Into<Cow<'static, str>>) -> Self {
        Self {
            param: param.into(),
            change: Change::Dropped,
        }
    }

    /// The field was moved into range.
    pub fn clamped(param: impl Into<Cow<'static, str>>) -> Self {
        Self {
            param: param.into(),
            change: Change::Clamped,
        }
    }

    /// The field was done by other means.
    pub fn emulated(param: impl Into<Cow<'static, str>>) -> Self {
        Self {
            param: param.into(),
            change: Change::Emulated,
        }
    }
}

/// As in the header: `seed`, `temperature;clamped`, `tool_choice;emulated`.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.param)?;
        match self.change {
            Change::Dropped => Ok(()),
            Change::Clamped => f.write_str(";clamped"),
            Change::Emulated => f.write_str(";emulated"),
        }
    }
}
