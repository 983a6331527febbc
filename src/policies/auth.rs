//! Who is calling: virtual keys first, then what [`identity`](super::identity) knows.
//!
//! What a request shows as its key is judged by itself: a wrong one is refused, whatever certificate
//! the connection has. Keys are known by their SHA-256 only. A presented key is hashed, looked up by the first bytes
//! of the hash, and the whole hash is compared in constant time: how long a refusal takes says
//! nothing about how much of a key was right.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::chat::{Error, ErrorKind};
use crate::clock::Timestamp;
use crate::config::runtime::{Auth, VirtualKey};
use crate::headers::Headers;
use crate::limiter::Slot;

use super::identity::{Attribute, Identities};

/// What a client sends as its key that is to be known by its certificate, where it cannot send nothing:
/// OpenAI's SDK for Python, 3.52, has no other way to say so for all of its requests.
const BY_CERTIFICATE: &[u8] = b"certificate";

/// All keys, by hash.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: Vec<([u8; 32], Rc<Key>)>,
    by_prefix: HashMap<[u8; 8], Vec<usize>>,
    identities: Identities,
    open: bool,
    /// The caller where everybody may come in.
    anybody: Rc<Key>,
}

/// Keys that were made while the gateway runs: all plugin instances of a worker share them.
#[derive(Debug, Default)]
pub struct AddedKeys {
    version: Cell<u64>,
    ring: RefCell<KeyRing>,
}

impl AddedKeys {
    /// Which set they are; 0 for none.
    pub fn version(&self) -> u64 {
        self.version.get()
    }

    /// Puts a set in the place of the one before; `slots` are the places of its counters.
    ///
    /// # Errors
    /// As [`KeyRing::compile`]; the set before then stays.
    pub fn replace(
        &self,
        version: u64,
        keys: Vec<VirtualKey>,
        slots: &[Slot],
    ) -> Result<(), String> {
        self.ring
            .replace(KeyRing::compile(Auth::Keys(keys), slots)?);
        self.version.set(version);
        Ok(())
    }
}

/// The caller that these headers prove, or what Envoy has verified: it is asked only where no known
/// key is shown.
///
/// # Errors
/// 401 where nothing is shown, or it is not known or no longer valid.
pub fn authenticate(
    configured: &KeyRing,
    added: &AddedKeys,
    headers: &Headers,
    now: Timestamp,
    attribute: Attribute<'_>,
) -> Result<Rc<Key>, Error> {
    if configured.open {
        return Ok(Rc::clone(&configured.anybody));
    }
    let key = match presented_key(headers) {
        Some(presented) if presented != BY_CERTIFICATE => {
            configured.holder(added, presented, attribute)?
        }
        _ => {
            let identities = &configured.identities;
            let verified = identities.verified(attribute)?;
            verified.ok_or_else(|| missing(identities))?
        }
    };
    match key.expires {
        Some(end) if now.unix_seconds() >= end => Err(expired(&key)),
        _ => Ok(key),
    }
}

/// A caller that was let in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// Public name of the key; empty without authentication.
    pub id: String,
    /// The team it belongs to.
    pub team: Option<String>,
    /// The team's organisation.
    pub organization: Option<String>,
    /// The models it may use; `None` for all.
    pub models: Option<Vec<String>>,
    /// When it ends to be valid, in seconds since 1970 (UTC).
    pub expires: Option<u64>,
    /// What its requests are counted by.
    pub counters: Vec<Slot>,
    /// Whether its holders may choose targets, strategy and time by headers of the request.
    pub routing_headers: bool,
}

impl Key {
    /// Whether the key may use a model of this name.
    pub fn may_use(&self, model: &str) -> bool {
        self.models
            .as_ref()
            .is_none_or(|allowed| allowed.iter().any(|m| m == model))
    }
}

impl KeyRing {
    /// Reads the configuration; `slots` are the places of its counters.
    ///
    /// # Errors
    /// A sentence naming the key whose hash is not 64 hexadecimal digits, or that points to a counter
    /// that is not there.
    pub fn compile(auth: Auth, slots: &[Slot]) -> Result<Self, String> {
        let mut ring = Self::default();
        match auth {
            Auth::None => ring.open = true,
            Auth::Keys(keys) => {
                for key in keys {
                    ring.add(key, slots)?;
                }
            }
        }
        Ok(ring)
    }

    /// Whose key this is.
    fn holder(
        &self,
        added: &AddedKeys,
        presented: &[u8],
        attribute: Attribute<'_>,
    ) -> Result<Rc<Key>, Error> {
        let hash: [u8; 32] = Sha256::digest(presented).into();
        let added = added.ring.borrow();
        let key = self.find(&hash).or_else(|| added.find(&hash));
        key.map(Rc::clone).ok_or_else(|| {
            let refusal = self.identities.refusal(presented, attribute);
            refusal.unwrap_or_else(|| refuse(presented))
        })
    }

    /// The key with this hash.
    fn find(&self, hash: &[u8; 32]) -> Option<&Rc<Key>> {
        self.candidates(hash)
            .find(|(known, _)| equal_in_constant_time(known, hash))
            .map(|(_, key)| key)
    }

    fn candidates(&self, hash: &[u8; 32]) -> impl Iterator<Item = &([u8; 32], Rc<Key>)> {
        let indices = self.by_prefix.get(&prefix(hash)).into_iter().flatten();
        indices.filter_map(|index| self.keys.get(*index))
    }

    fn add(&mut self, key: VirtualKey, slots: &[Slot]) -> Result<(), String> {
        let hash = key.sha256.as_deref().map(|hex| {
            let problem = || format!("key `{}`: sha256 is not 64 hexadecimal digits", key.id);
            parse_hash(hex).ok_or_else(problem)
        });
        let hash = hash.transpose()?;
        let counters = super::slots(&key.counters, slots)
            .ok_or_else(|| format!("key `{}`: there is no such counter", key.id))?;
        let holder = Rc::new(Key {
            id: key.id,
            team: key.team,
            organization: key.organization,
            models: key.models,
            expires: key.expires,
            counters,
            routing_headers: key.routing_headers,
        });
        if let Some(rule) = key.token {
            self.identities.add_token(rule, &holder);
        }
        if let Some(rule) = key.certificate {
            self.identities.add_certificate(rule, &holder);
        }
        if let Some(hash) = hash {
            let places = self.by_prefix.entry(prefix(&hash)).or_default();
            places.push(self.keys.len());
            self.keys.push((hash, holder));
        }
        Ok(())
    }
}

/// Says which key was refused by its first and last characters, as OpenAI does.
fn refuse(presented: &[u8]) -> Error {
    match std::str::from_utf8(presented) {
        Ok(text) if text.is_ascii() && text.len() >= 16 => {
            let (head, tail) = (text.get(..4).unwrap_or(""), text.get(text.len() - 4..));
            unknown(head, tail.unwrap_or(""))
        }
        _ => unknown("", ""),
    }
}

/// The key that a client shows: as a bearer token, or in the headers of Anthropic's and Azure's
/// SDKs.
fn presented_key(headers: &Headers) -> Option<&[u8]> {
    let bearer = headers.first("authorization").and_then(strip_bearer);
    let key = bearer
        .or_else(|| headers.first("x-api-key"))
        .or_else(|| headers.first("api-key"))?;
    Some(key.trim_ascii()).filter(|key| !key.is_empty())
}

fn strip_bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(rest)
}

/// A key of 256 random bits, as its holder sends it.
pub fn secret(random: [u8; 32]) -> String {
    format!("tg-{}", BASE64_URL_SAFE_NO_PAD.encode(random))
}

/// What is kept of a key: its SHA-256 in lower-case hexadecimal digits. A fast hash is right for a
/// key: nobody guesses 256 bits.
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two hashes are equal; how long it takes says nothing about how much of them is.
pub fn equal_in_constant_time(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let difference = a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y));
    std::hint::black_box(difference) == 0
}

fn prefix(hash: &[u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first
        .iter_mut()
        .zip(hash)
        .for_each(|(to, from)| *to = *from);
    first
}

fn parse_hash(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

fn missing(identities: &Identities) -> Error {
    let message = if identities.is_empty() {
        "You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY`."
    } else {
        "Nothing says who you are. Send a key or a token as `Authorization: Bearer …`, or connect with \
         a client certificate that this gateway knows."
    };
    Error::new(ErrorKind::Authentication, message)
}

fn expired(key: &Key) -> Error {
    let message = format!("The API key `{}` has expired.", key.id);
    Error::new(ErrorKind::Authentication, message).with_code("invalid_api_key")
}

fn unknown(head: &str, tail: &str) -> Error {
    let shown = if head.is_empty() {
        String::new()
    } else {
        format!(": {head}****{tail}")
    };
    Error::new(
        ErrorKind::Authentication,
        format!("Incorrect API key provided{shown}."),
    )
    .with_code("invalid_api_key")
}

#[cfg(test)]
mod tests;
