//! The files that Envoy reads anew: what stands in them, and whether Envoy has taken it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::config::Config;
use crate::render::{self, File, Options, Reloadable, SecretFile};
use crate::run::admin::Admin;
use crate::run::replace;

/// Longest time for Envoy to read a file that has changed.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);
/// Longest time for new clusters to be ready: as long as Envoy waits for a name at its start.
const READY_WITHIN: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(10);

/// The files beside `envoy.yaml`.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    options: Options,
    reloadable: Reloadable,
    admin: Admin,
    /// Counts what was written.
    version: u64,
    written: Vec<Written>,
    secrets: Vec<SecretFile>,
}

/// What stands in a file.
#[derive(Debug, Clone)]
struct Written {
    file: File,
    version: String,
    text: String,
}

/// What stood in all files.
#[derive(Debug)]
pub(super) struct Before(Vec<Written>);

impl Files {
    /// Writes all files, for an Envoy that is not there yet.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(super) fn write(
        directory: &Path,
        config: &Config,
        options: Options,
    ) -> anyhow::Result<Self> {
        let reloadable = Reloadable::new(config, directory.to_owned());
        let mut files = Self {
            directory: directory.to_owned(),
            options,
            reloadable,
            admin: Admin::new(config.admin),
            version: 0,
            written: Vec::new(),
            secrets: Vec::new(),
        };
        files.write_secrets(config)?;
        for file in File::ALL {
            files.write_if_new(file, config)?;
        }
        replace(&files.envoy_yaml(), &files.frame(config)?)?;
        Ok(files)
    }

    /// Where `envoy.yaml` is.
    pub(super) fn envoy_yaml(&self) -> PathBuf {
        self.directory.join("envoy.yaml")
    }

    /// What `envoy.yaml` would say: a running Envoy does not take another one.
    ///
    /// # Errors
    /// Only where a template itself is wrong.
    pub(super) fn frame(&self, config: &Config) -> anyhow::Result<String> {
        render::reloadable_envoy_yaml(config, &self.options, &self.reloadable)
    }

    /// The variables that the filter can read.
    pub(super) fn variables(&self) -> &[String] {
        &self.reloadable.variables
    }

    /// What was said beside the configuration.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// What stands in the files now.
    pub(super) fn before(&self) -> Before {
        Before(self.written.clone())
    }

    /// Puts back what stood in the files, from the last one to the first.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(super) fn put_back(&mut self, Before(before): Before) -> anyhow::Result<()> {
        for file in File::ALL.into_iter().rev() {
            let old = before.iter().find(|old| old.file == file);
            let is_other = |old: &&Written| self.find(file).is_none_or(|now| now.text != old.text);
            if let Some(old) = old.filter(is_other) {
                replace(&file.path(&self.directory), &old.text)?;
            }
        }
        self.written = before;
        Ok(())
    }

    /// Writes those files that say where secrets are. One that nobody names any more stays.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(super) fn write_secrets(&mut self, config: &Config) -> anyhow::Result<()> {
        for file in render::secret_files(config, &self.directory) {
            let known = |known: &SecretFile| known.path == file.path && known.text == file.text;
            if !self.secrets.iter().any(known) {
                replace(&file.path, &file.text)?;
                self.secrets.retain(|known| known.path != file.path);
                self.secrets.push(file);
            }
        }
        Ok(())
    }

    /// Has Envoy take a file, where it says something new; returns whether it does.
    ///
    /// # Errors
    /// Where Envoy does not take it.
    pub(super) async fn take(&mut self, file: File, config: &Config) -> anyhow::Result<bool> {
        let refused = self.admin.refused(file).await?;
        if !self.write_if_new(file, config)? {
            return Ok(false);
        }
        let version = self.version.to_string();
        let deadline = Instant::now() + TAKEN_WITHIN;
        while self.admin.version(file).await?.as_deref() != Some(&version) {
            let name = file.name();
            anyhow::ensure!(
                self.admin.refused(file).await? == refused,
                "Envoy refuses {name}, and says why above"
            );
            let seconds = TAKEN_WITHIN.as_secs();
            anyhow::ensure!(
                Instant::now() < deadline,
                "Envoy has not taken {name} within {seconds} s"
            );
            sleep(LOOK).await;
        }
        Ok(true)
    }

    /// The same of clusters, with the addresses of providers that they do not lead to yet. Waits until
    /// names are resolved, or Envoy has tried.
    ///
    /// # Errors
    /// Where Envoy does not take them.
    pub(super) async fn take_clusters(
        &mut self,
        config: &Config,
        next: &Config,
    ) -> anyhow::Result<()> {
        self.reloadable.next.clone_from(&next.providers);
        let taken = self.take(File::Clusters, config).await;
        self.reloadable.next.clear();
        let taken = taken?;
        let deadline = Instant::now() + READY_WITHIN;
        while taken && self.admin.warming_clusters().await? > 0 && Instant::now() < deadline {
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Writes a file, where its text is another one than before.
    fn write_if_new(&mut self, file: File, config: &Config) -> anyhow::Result<bool> {
        let now = self.find(file);
        if let Some(now) = now
            && self.text(file, config, &now.version)? == now.text
        {
            return Ok(false);
        }
        self.version = self.version.saturating_add(1);
        let version = self.version.to_string();
        let text = self.text(file, config, &version)?;
        replace(&file.path(&self.directory), &text)?;
        self.written.retain(|written| written.file != file);
        self.written.push(Written {
            file,
            version,
            text,
        });
        Ok(true)
    }

    fn text(&self, file: File, config: &Config, version: &str) -> anyhow::Result<String> {
        let reloadable = Reloadable {
            version: version.to_owned(),
            ..self.reloadable.clone()
        };
        file.text(config, &self.options, &reloadable)
    }

    fn find(&self, file: File) -> Option<&Written> {
        self.written.iter().find(|written| written.file == file)
    }
}
