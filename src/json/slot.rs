use super::{Fault, FaultKind, Reader};

/// Room for a member of an object that may come once. `null` counts as absent.
#[derive(Debug)]
pub struct Slot<T> {
    value: Option<T>,
    seen: bool,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            value: None,
            seen: false,
        }
    }
}

impl<T> Slot<T> {
    /// Reads the value that comes next.
    ///
    /// # Errors
    /// [`Fault`] where the member has come before, or the value cannot be read.
    pub fn fill<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
    ) -> Result<(), Fault> {
        if self.seen {
            return Err(reader.fault(FaultKind::Duplicate));
        }
        self.seen = true;
        self.value = reader.optional(read)?;
        Ok(())
    }

    /// The value, if there was one.
    pub fn take(&mut self) -> Option<T> {
        self.value.take()
    }

    /// The value, which must be there.
    ///
    /// # Errors
    /// [`Fault`] with this name where it is not.
    pub fn required(&mut self, name: &str) -> Result<T, Fault> {
        self.take()
            .ok_or_else(|| Fault::new(FaultKind::Missing, 0).in_member(name))
    }
}
