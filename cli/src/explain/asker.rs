//! Whose request it is.

use anyhow::bail;
use tidegate::config::runtime::{Auth, VirtualKey};

/// The key of this id, or the only one there is; `None` where everybody may come in.
///
/// # Errors
/// Where there is no such key, or it must be said which.
pub(super) fn find(auth: &Auth, id: Option<&str>) -> anyhow::Result<Option<VirtualKey>> {
    let keys = match (auth, id) {
        (Auth::None, None) => return Ok(None),
        (Auth::None, Some(_)) => bail!("there are no keys: everybody may come in (`auth: none`)"),
        (Auth::Keys(keys), _) => keys,
    };
    let ids = || {
        let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        ids.join(", ")
    };
    let found = match (id, keys.as_slice()) {
        (Some(id), _) => keys.iter().find(|key| key.id == id),
        (None, [only]) => Some(only),
        (None, _) => bail!("say which key asks, by --key: {}", ids()),
    };
    match (found, id) {
        (Some(key), _) => Ok(Some(key.clone())),
        (None, id) => bail!(
            "the configuration has no key `{}`; it has {}",
            id.unwrap_or_default(),
            ids()
        ),
    }
}
