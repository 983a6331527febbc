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
    /// A file whose sections take the place of the configuration's, each as a whole: what is
    /// different where it runs, such as addresses
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
}

/// What stands in the files of a [`Source`]; nothing for one that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contents(Vec<Option<Vec<u8>>>);

impl Source {
    /// Reads the file. Where it has mistakes, prints all of them and returns `None`.
    ///
    /// # Errors
    /// Where a file cannot be read at all.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Config>> {
        let text = read(&self.file)?;
        let overlay = self.overlay.as_deref().map(read).transpose()?;
        match config::parse_with(&text, overlay.as_deref(), &self.directory()) {
            Ok(config) => Ok(Some(config)),
            Err(problems) => {
                self.report(&problems);
                Ok(None)
            }
        }
    }

    /// What stands in the files now.
    pub(crate) fn contents(&self) -> Contents {
        let files = std::iter::once(&self.file).chain(&self.overlay);
        Contents(files.map(|file| std::fs::read(file).ok()).collect())
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

    /// `tidegate.yaml:12:5: models.smart.targets[1].provider: there is no provider `cluade` (did you
    /// mean `claude`?)`, which editors know how to open.
    fn report(&self, problems: &[Problem]) {
        for problem in problems {
            let overlay = self.overlay.as_ref().filter(|_| problem.in_overlay);
            let file = overlay.unwrap_or(&self.file).display();
            let at = problem.at;
            output::note(format_args!("{file}:{}:{}: {problem}", at.line, at.column));
        }
        let count = match problems.len() {
            1 => "1 problem".to_owned(),
            n => format!("{n} problems"),
        };
        output::note(format_args!("{}: {count}", self.file.display()));
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
