//! The command line of `tidegate run`.

use std::path::PathBuf;

use crate::render::Files;
use crate::source::Source;

/// The arguments of `tidegate run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keys of providers come from the environment, or from a file `.env` beside the configuration or
in the working directory; the environment wins.

Stdout is the access log, one JSON line a request. Everything else goes to stderr.

SIGHUP: the configuration is read again and served, without a drain and without a stream cut. One
with mistakes is refused, and the one before still served. So is what needs a restart, such as
`listen`; docs/reload.md has the list.

SIGTERM or Ctrl-C: no new connections, requests under way finish, then the end. A second one
ends at once.

Exit code:
  0  stopped as asked, with all requests finished
  1  something is wrong with the configuration or this machine: all of it has been said
  2  wrong command line
  3  Envoy or the sidecar did not start, or Envoy ended by itself
  4  stopped as asked, with requests cut off

Examples:
  tidegate run                        with ./tidegate.yaml
  tidegate run -c gateway.yaml --concurrency 4
  tidegate run --watch                a changed file is served within two seconds
  tidegate run --demo                 without a configuration: with OPENAI_API_KEY or
                                      ANTHROPIC_API_KEY against these, else with simulators")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) source: Source,
    /// Run without a configuration file, to see it work.
    #[arg(long, conflicts_with_all = ["file", "overlay"])]
    pub(super) demo: bool,
    /// Take the configuration anew whenever it changes, as with SIGHUP.
    #[arg(long, conflicts_with = "demo")]
    pub(super) watch: bool,
    /// Envoy's worker threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) concurrency: Option<u32>,
    /// Envoy [default: `envoy` on PATH, else the one under .tools/]
    #[arg(long, value_name = "PATH", env = "ENVOY", hide_env_values = true)]
    pub(super) envoy: Option<PathBuf>,
    /// The sidecar, for limits and the ledger [default: tidegate-sidecar beside this command, else
    /// on PATH]
    #[arg(
        long,
        value_name = "PATH",
        env = "TIDEGATE_SIDECAR",
        hide_env_values = true
    )]
    pub(super) sidecar: Option<PathBuf>,
    /// How many seconds requests under way may go on after SIGTERM.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(super) drain_seconds: u64,
    /// How much Envoy says on stderr: trace, debug, info, warning, error, critical, off.
    #[arg(long, value_name = "LEVEL", default_value = "warning")]
    pub(super) envoy_log_level: String,
    #[command(flatten)]
    pub(super) files: Files,
}
