//! What a process that ends in order leaves to the next one.
//!
//! The next one takes the file away before it begins: after an end without order there is none, and
//! a process must take its memory for lost.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::claims::Book;
use crate::limits::State;

/// Changes when what was written can no longer be read as it was meant.
const VERSION: u32 = 1;

/// What a process leaves.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    version: u32,
    /// By id.
    pub(super) counters: HashMap<String, State>,
    /// None in a file of before there were any.
    #[serde(default)]
    pub(super) claims: Book,
}

impl Kept {
    pub(super) fn new(counters: HashMap<String, State>, claims: Book) -> Self {
        let version = VERSION;
        Self {
            version,
            counters,
            claims,
        }
    }
}

/// What was left; nothing where none were left that can be understood. Fails where the file is
/// there and cannot be read or taken away.
pub(super) fn take(file: &Path) -> anyhow::Result<Option<Kept>> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("cannot be read"),
    };
    std::fs::remove_file(file).context("cannot be taken away")?;
    let kept = understand(&text);
    if let Err(error) = &kept {
        tracing::warn!(%error, "limits: what the last process left is lost");
    }
    Ok(kept.ok())
}

fn understand(text: &[u8]) -> anyhow::Result<Kept> {
    let kept: Kept = serde_json::from_slice(text)?;
    anyhow::ensure!(kept.version == VERSION, "it is of version {}", kept.version);
    Ok(kept)
}

pub(super) fn leave(file: &Path, kept: &Kept) -> anyhow::Result<()> {
    let unfinished = file.with_added_extension("unfinished");
    let mut written = File::create(&unfinished)?;
    written.write_all(&serde_json::to_vec(kept)?)?;
    written.sync_all()?;
    std::fs::rename(unfinished, file)?;
    Ok(())
}
