//! The headers of a message.
//!
//! ```text
//! header = name-length name type value       ; name-length and type have one byte
//! ```
//!
//! Only those that say what a message is are kept. All of them are walked over, whatever their
//! type: one whose length is not known would hide the next.

/// What a message is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Headers<'a> {
    /// `event`, `exception` or `error`.
    pub(super) message_type: Option<&'a [u8]>,
    /// Of an event, such as `contentBlockDelta`.
    pub(super) event_type: Option<&'a [u8]>,
    /// Of an exception, such as `throttlingException`.
    pub(super) exception_type: Option<&'a [u8]>,
    /// Of an error that the service has no exception for.
    pub(super) error_code: Option<&'a [u8]>,
    /// The words of such an error.
    pub(super) error_message: Option<&'a [u8]>,
}

impl<'a> Headers<'a> {
    /// Reads them; `None` where they are not headers to their end.
    pub(super) fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let mut headers = Self::default();
        while let Some((&name_length, rest)) = bytes.split_first() {
            let (name, rest) = rest.split_at_checked(usize::from(name_length))?;
            let (&kind, rest) = rest.split_first()?;
            let (value, rest) = value(kind, rest)?;
            if kind == TEXT {
                headers.keep(name, value);
            }
            bytes = rest;
        }
        Some(headers)
    }

    fn keep(&mut self, name: &[u8], value: &'a [u8]) {
        let header = match name {
            b":message-type" => &mut self.message_type,
            b":event-type" => &mut self.event_type,
            b":exception-type" => &mut self.exception_type,
            b":error-code" => &mut self.error_code,
            b":error-message" => &mut self.error_message,
            _ => return,
        };
        *header = Some(value);
    }
}

const TEXT: u8 = 7;

/// The value at the start of `bytes`, and what follows it.
fn value(kind: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = match kind {
        0 | 1 => 0, // true, false
        2 => 1,     // byte
        3 => 2,     // short
        4 => 4,     // integer
        5 | 8 => 8, // long, time
        9 => 16,    // UUID
        6 | TEXT => {
            let (length, bytes) = bytes.split_first_chunk()?;
            return bytes.split_at_checked(usize::from(u16::from_be_bytes(*length)));
        }
        _ => return None,
    };
    bytes.split_at_checked(length)
}
