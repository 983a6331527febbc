//! `tidegate key`: keys that the gateway gives to its clients, in its configuration (`new`) or in its
//! database, through the admin API (all others).
//!
//! A key is 256 bits of the operating system's randomness; the configuration holds its SHA-256
//! only. A fast hash is right here: nobody guesses 256 bits, so there is nothing to slow down.

mod admin;
mod stored;

use std::process::ExitCode;

use anyhow::Context as _;
use tidegate::policies::auth;

use crate::config;
use crate::output;

/// The arguments of `tidegate key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a key: it is printed once, with the line for the configuration.
    #[command(after_help = "\
The first line of output is the key, the second its line for `keys` in tidegate.yaml. The key
is stored nowhere; the line holds only its SHA-256.

Example:
  tidegate key new research-dev")]
    New {
        /// The key's public name, for logs and limits.
        id: String,
    },
    /// List the keys that there are: the configuration's, and those that were made since.
    List(stored::List),
    /// Make a key in a running gateway: it is printed once.
    #[command(after_help = CREATED)]
    Create(Box<stored::New>),
    /// Give a key another secret: it is printed once.
    Rotate(stored::Rotate),
    /// Have a key refused until it is enabled again.
    Disable(stored::One),
    /// Take a disabled key again.
    Enable(stored::One),
    /// Take a key away for good.
    Delete(stored::One),
}

const CREATED: &str = "\
Limits that are not said here are those of `defaults` in the configuration. All that a key can have
can be said to the admin API itself.

Example:
  tidegate key create batch --team research --model smart --budget 5/day --requests-per-minute 60";

/// Does what the subcommand says.
///
/// # Errors
/// Where the id is not allowed, the system has no randomness, or the admin API says no.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::New { id } => new(id),
        Command::List(args) => stored::list(args),
        Command::Create(args) => stored::create(args),
        Command::Rotate(args) => stored::rotate(args),
        Command::Disable(args) => stored::disable(args, true),
        Command::Enable(args) => stored::disable(args, false),
        Command::Delete(args) => stored::delete(args),
    }
}

fn new(id: &str) -> anyhow::Result<ExitCode> {
    if let Some(problem) = config::key_id_problem(id) {
        anyhow::bail!("{problem}");
    }
    let key = Key::new()?;
    output::line(&key.secret);
    output::line(key.line(id));
    output::note(format_args!(
        "The first line is the key: give it to `{id}`, it is not shown again.\n\
         The second line belongs under `keys:` in tidegate.yaml."
    ));
    Ok(ExitCode::SUCCESS)
}

/// A new key.
pub(crate) struct Key {
    /// What the client sends.
    pub(crate) secret: String,
}

impl Key {
    /// Makes one.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).context("the system gives no randomness")?;
        Ok(Self {
            secret: auth::secret(bytes),
        })
    }

    /// Its item for `keys`.
    pub(crate) fn line(&self, id: &str) -> String {
        let hex = auth::fingerprint(&self.secret);
        format!("- {{id: \"{id}\", sha256: \"{hex}\"}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_256_bits_that_need_no_escaping() {
        let key = Key::new().unwrap().secret;
        let (prefix, rest) = key.split_at(3);
        assert_eq!((prefix, rest.len()), ("tg-", 43));
        assert!(
            rest.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_ne!(key, Key::new().unwrap().secret);
    }

    #[test]
    fn the_line_holds_the_hash_and_not_the_key() {
        let key = Key {
            secret: "tg-test".to_owned(),
        };
        // printf %s tg-test | sha256sum
        let hash = "0fecdb892ac73adb53754023054c05266a4d84c91a95044cf90c0b3eba742f61";
        assert_eq!(
            key.line("dev"),
            format!("- {{id: \"dev\", sha256: \"{hash}\"}}")
        );
    }
}
