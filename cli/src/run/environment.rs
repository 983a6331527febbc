//! The environment that Envoy gets: ours, and what `.env` files add to it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Variables from `.env` files; the process's own environment is not copied and goes first.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    from_files: Vec<(String, String)>,
}

impl Environment {
    /// Reads `.env` in each of these directories, then in the working directory. A variable that
    /// several of them have is taken from the first.
    ///
    /// # Errors
    /// Where such a file is there and cannot be read.
    pub(crate) fn load(directories: &[&Path]) -> anyhow::Result<Self> {
        let mut environment = Self::default();
        let mut seen: Vec<PathBuf> = Vec::new();
        for directory in directories.iter().chain([&Path::new("")]) {
            let path = directory.join(".env");
            let Ok(real) = path.canonicalize() else {
                continue;
            };
            if !seen.contains(&real) {
                environment.read(&path)?;
                seen.push(real);
            }
        }
        Ok(environment)
    }

    /// A variable's value; one that is empty counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let own = std::env::var(name).ok().filter(|value| !value.is_empty());
        own.or_else(|| self.in_files(name).map(str::to_owned))
    }

    /// What Envoy must get beyond our own environment.
    pub(crate) fn additions(&self) -> impl Iterator<Item = (&str, &str)> {
        let absent = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let pairs = self.from_files.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(move |(name, _)| absent(name))
    }

    fn in_files(&self, name: &str) -> Option<&str> {
        let found = self.from_files.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        // dotenvy's errors quote the line, which may hold a key.
        let broken = || format!("{}: not lines of NAME=value", path.display());
        let pairs = dotenvy::from_path_iter(path).ok().with_context(broken)?;
        for pair in pairs {
            let (name, value) = pair.ok().with_context(broken)?;
            if !value.is_empty() && self.in_files(&name).is_none() {
                self.from_files.push((name, value));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> anyhow::Result<Environment> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(".env"), text).unwrap();
        Environment::load(&[directory.path()])
    }

    #[test]
    fn a_file_adds_what_the_environment_has_not() {
        let environment =
            load("# keys\nTIDEGATE_TEST_A=\"one two\"\nexport TIDEGATE_TEST_B=2\nPATH=/x\n");
        let environment = environment.unwrap();
        assert_eq!(
            environment.value("TIDEGATE_TEST_A").as_deref(),
            Some("one two")
        );
        assert_ne!(environment.value("PATH").as_deref(), Some("/x"));
        let additions: Vec<_> = environment.additions().collect();
        assert!(additions.contains(&("TIDEGATE_TEST_B", "2")));
        assert!(!additions.iter().any(|(name, _)| *name == "PATH"));
    }

    #[test]
    fn a_file_that_is_wrong_is_named_and_not_quoted() {
        let error = format!("{:#}", load("sk-secret without a name\n").unwrap_err());
        assert!(error.contains(".env"), "{error}");
        assert!(!error.contains("sk-secret"), "{error}");
    }

    #[test]
    fn an_empty_value_is_none() {
        let environment = load("TIDEGATE_TEST_EMPTY=\n").unwrap();
        assert_eq!(environment.value("TIDEGATE_TEST_EMPTY"), None);
    }
}
