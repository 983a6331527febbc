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

use crate::limits::State;

/// Changes when what was written can no longer be read as it was meant.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    counters: HashMap<String, State>,
}

/// Counters by id; nothing where none were left that can be understood. Fails where the file is
/// there and cannot be read or taken away.
pub(super) fn take(file: &Path) -> anyhow::Result<Option<HashMap<String, State>>> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("cannot be read"),
    };
    std::fs::remove_file(file).context("cannot be taken away")?;
    let counters = understand(&text);
    if let Err(error) = &counters {
        tracing::warn!(%error, "limits: what the last process left is lost");
    }
    Ok(counters.ok())
}

fn understand(text: &[u8]) -> anyhow::Result<HashMap<String, State>> {
    let Kept { version, counters } = serde_json::from_slice(text)?;
    anyhow::ensure!(version == VERSION, "it is of version {version}");
    Ok(counters)
}

pub(super) fn leave(file: &Path, counters: HashMap<String, State>) -> anyhow::Result<()> {
    let version = VERSION;
    let unfinished = file.with_added_extension("unfinished");
    let mut written = File::create(&unfinished)?;
    written.write_all(&serde_json::to_vec(&Kept { version, counters })?)?;
    written.sync_all()?;
    std::fs::rename(unfinished, file)?;
    Ok(())
}
