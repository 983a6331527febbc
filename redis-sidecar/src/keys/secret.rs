//! A key as its holder sends it.

use std::fmt;

use tidegate::policies::auth;

/// A new key. It is shown once and kept nowhere.
pub struct Secret(String);

impl Secret {
    /// Makes one, as `tidegate key new` does.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(auth::secret(bytes)))
    }

    /// What its holder sends.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its SHA-256, as [`VirtualKey`](tidegate::config::runtime::VirtualKey) has it.
    pub fn sha256(&self) -> String {
        auth::fingerprint(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_256_bits_that_need_no_escaping() {
        let key = Secret::new().unwrap();
        let (prefix, rest) = key.reveal().split_at(3);
        assert_eq!((prefix, rest.len()), ("tg-", 43));
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        assert!(rest.bytes().all(is_plain));
        assert_ne!(key.reveal(), Secret::new().unwrap().reveal());
    }

    #[test]
    fn its_hash_is_the_one_that_the_filter_computes() {
        // printf %s tg-test | sha256sum
        let hash = "0fecdb892ac73adb53754023054c05266a4d84c91a95044cf90c0b3eba742f61";
        assert_eq!(Secret("tg-test".to_owned()).sha256(), hash);
        assert_eq!(format!("{:?}", Secret("tg-test".to_owned())), "Secret");
    }
}
