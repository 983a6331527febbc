//! The `tidegate` command: one subcommand, one module.

mod check;
mod config;
mod exchange;
mod explain;
mod health;
mod key;
mod output;
mod prices;
mod render;
mod run;
mod simulate;
mod source;
mod table;
mod yaml;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An AI gateway that lives inside your own Envoy.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a configuration, and say everything that is wrong with it at once.
    Check(check::Args),
    /// Say where a request would go, and why, without sending it.
    Explain(explain::Args),
    /// Write Envoy's configuration.
    Render(render::Args),
    /// Start a gateway, and end it in order.
    Run(Box<run::Args>),
    /// Have a running Envoy finish what is under way, before it is ended.
    Drain(run::DrainArgs),
    /// Ask a gateway or a sidecar whether it is well.
    Health(health::Args),
    /// Make keys for clients.
    Key(key::Args),
    /// Say what each model costs, and where that is known from.
    Prices(prices::Args),
    /// Stand in for a provider, as strict as the real one, for demos and tests.
    Simulate(simulate::Args),
    #[command(hide = true, name = run::guard::NAME)]
    UnderGuard(run::guard::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Drain(args) => run::drain(&args),
        Command::Health(args) => health::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Prices(args) => prices::run(&args),
        Command::Simulate(args) => simulate::run(args),
        Command::UnderGuard(args) => run::guard::run(&args),
    };
    result.unwrap_or_else(|error| {
        output::note(format_args!("tidegate: {error:#}"));
        ExitCode::FAILURE
    })
}
