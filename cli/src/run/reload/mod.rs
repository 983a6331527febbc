//! Gives a running gateway another configuration: without a drain, and as a whole or not at all.
//!
//! What may change is in files that Envoy reads anew ([`files`]), and in the sidecar's. They change in
//! an order in which nothing is named that is not there: sidecar, clusters, routes, and last the filter
//! in front of the routes, which makes the plans. What is gone from the configuration stays in the
//! clusters until the requests of before must have ended.
//!
//! Where something cannot be had while the gateway runs, or Envoy does not take it, nothing changes.

mod change;
mod files;
mod unchangeable;
mod wish;

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::environment::Environment;
use super::preflight;
use super::sidecar::Sidecar;
use crate::config::Config;
use crate::output;
use crate::render::{self, File, Options};
use crate::source::Source;
use change::{Leaving, beside};
use files::Files;

pub(super) use wish::Wishes;

/// A request has the routes that there were at its first byte, and the filter that there is at the end
/// of its head.
const HEAD: Duration = Duration::from_millis(250);
/// For the filter to be the new one in all workers.
const WORKERS: Duration = Duration::from_millis(50);

/// A configuration that is served, and can be another.
pub(super) struct Served {
    source: Source,
    /// As it was at the start: a process that runs gets no other.
    environment: Environment,
    config: Config,
    files: Files,
    leaving: Leaving,
}

/// What came of a wish.
enum Outcome {
    /// It is served.
    Served,
    /// It is what was served before.
    Same,
    /// It has mistakes, which have been said.
    Wrong,
}

impl Served {
    /// Writes the files for an Envoy that is not there yet.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(super) fn new(
        source: Source,
        environment: Environment,
        config: Config,
        options: Options,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            files: Files::write(directory, &config, options)?,
            source,
            environment,
            config,
            leaving: Leaving::default(),
        })
    }

    /// What Envoy is started with.
    pub(super) fn envoy_yaml(&self) -> std::path::PathBuf {
        self.files.envoy_yaml()
    }

    /// What is served.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The environment of all that was started.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Does what is wished, for as long as it is polled.
    pub(super) async fn follow(&mut self, wishes: &mut Wishes, sidecar: Option<&Sidecar>) {
        loop {
            tokio::select! {
                () = wishes.next() => self.reload(sidecar).await,
                () = leaves(&self.leaving) => self.sweep().await,
            }
        }
    }

    async fn reload(&mut self, sidecar: Option<&Sidecar>) {
        let began = Instant::now();
        let name = self.source.file_name();
        let text = match self.try_reload(sidecar).await {
            Ok(Outcome::Served) => {
                let seconds = began.elapsed().as_secs_f32();
                format!("{name} is served now (after {seconds:.2} s)")
            }
            Ok(Outcome::Same) => format!("{name} says nothing new"),
            Ok(Outcome::Wrong) => format!("{name} is not taken: the one before is still served"),
            Err(why) => {
                format!("{name} is not taken: the one before is still served\n  - {why:#}")
            }
        };
        output::note(format_args!("tidegate: {text}"));
    }

    async fn try_reload(&mut self, sidecar: Option<&Sidecar>) -> anyhow::Result<Outcome> {
        let Some(next) = self.source.load()? else {
            return Ok(Outcome::Wrong);
        };
        if self.is_same(&next) {
            return Ok(Outcome::Same);
        }
        self.check(&next)?;
        let told = self.sidecar_json(&self.config)?;
        if let (Some(sidecar), Some(text)) = (sidecar, self.sidecar_json(&next)?)
            && let Err(why) = sidecar.take(&text).await
        {
            sidecar.put_back(told.as_deref())?;
            return Err(why);
        }
        let before = self.files.before();
        if let Err(why) = self.transition(&next).await {
            self.files.put_back(before)?;
            self.files.write_secrets(&self.config)?;
            if let Some(sidecar) = sidecar {
                sidecar.put_back(told.as_deref())?;
            }
            return Err(why);
        }
        let totals = self.config.profiles.iter().map(|profile| profile.total);
        let until = Instant::now() + totals.max().unwrap_or_default();
        self.leaving.changed(&self.config, &next, until);
        self.config = next;
        Ok(Outcome::Served)
    }

    /// Whether it says the same. Prices are in the models; what else is known of them tells the time at
    /// which the file was read.
    fn is_same(&self, next: &Config) -> bool {
        let prices = self.config.prices.clone();
        let next = Config {
            prices,
            ..next.clone()
        };
        next == self.config
    }

    /// What the sidecar is told of a configuration.
    fn sidecar_json(&self, config: &Config) -> anyhow::Result<Option<String>> {
        let told = render::sidecar_config(config, &self.files.options().sidecar);
        told.map(|told| render::sidecar_json(&told)).transpose()
    }

    /// All that stands in the way of this configuration.
    fn check(&self, next: &Config) -> anyhow::Result<()> {
        let mut wrong = unchangeable::fields(&self.config, next);
        wrong.extend(unchangeable::variables(
            next,
            self.files.variables(),
            &self.environment,
        ));
        wrong.extend(preflight::missing_files(next, self.files.options()));
        if wrong.is_empty() && self.files.frame(next)? != self.files.frame(&self.config)? {
            wrong.push("the listener would change, which needs a restart".to_owned());
        }
        anyhow::ensure!(wrong.is_empty(), wrong.join("\n  - "));
        Ok(())
    }

    /// From the configuration that is served to the next one.
    async fn transition(&mut self, next: &Config) -> anyhow::Result<()> {
        let files = &mut self.files;
        let old = &self.config;
        files.write_secrets(next)?;
        // What is new is there and ready before anything leads to it.
        let first = self.leaving.with(&beside(old, next));
        files.take_clusters(&first, next).await?;
        let then = self.leaving.with(&beside(next, old));
        files.take_clusters(&then, next).await?;
        if files.take(File::Routes, &beside(next, old)).await? {
            sleep(HEAD).await;
        }
        files.take(File::Gateway, next).await?;
        sleep(WORKERS).await;
        files.take(File::Routes, next).await?;
        Ok(())
    }

    /// Takes out of the clusters what no request can need any more.
    async fn sweep(&mut self) {
        self.leaving.forget(Instant::now());
        let clusters = self.leaving.with(&self.config);
        if let Err(error) = self.files.take_clusters(&clusters, &self.config).await {
            output::note(format_args!("tidegate: {error:#}"));
        }
    }
}

/// Returns when something leaves.
async fn leaves(leaving: &Leaving) {
    match leaving.next() {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
