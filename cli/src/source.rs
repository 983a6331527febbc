//! The configuration file on the command line.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::config::{self, Config, Problem};
use crate::output;

/// Which file to read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Source {
    /// The configuration.
    #[arg(
        short = 'c',
        long = "config",
        value_name = "FILE",
        default_value = "tidegate.yaml"
    )]
    pub(crate) file: PathBuf,
}

impl Source {
    /// Reads the file. Where it has mistakes, prints all of them and returns `None`.
    ///
    /// # Errors
    /// Where the file cannot be read at all.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Config>> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        match config::parse(&text, &self.directory()) {
            Ok(config) => Ok(Some(config)),
            Err(problems) => {
                report(&self.file, &problems);
                Ok(None)
            }
        }
    }

    /// What the file is called, for comments.
    pub(crate) fn file_name(&self) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// What relative paths in the file are relative to. Absolute: Envoy may run elsewhere.
    pub(crate) fn directory(&self) -> PathBuf {
        let directory = self.file.parent().unwrap_or(Path::new(""));
        std::path::absolute(directory.join(".")).unwrap_or_else(|_| directory.to_owned())
    }
}

/// `tidegate.yaml:12:5: models.smart.targets[1].provider: there is no provider `cluade` (did you
/// mean `claude`?)`, which editors know how to open.
fn report(file: &Path, problems: &[Problem]) {
    let file = file.display();
    for problem in problems {
        let at = problem.at;
        output::note(format_args!("{file}:{}:{}: {problem}", at.line, at.column));
    }
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        n => format!("{n} problems"),
    };
    output::note(format_args!("{file}: {count}"));
}
