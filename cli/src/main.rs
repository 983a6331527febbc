//! The `tidegate` command: one subcommand, one module.

mod check;
mod config;
mod output;
mod render;
mod source;
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
    /// Write Envoy's configuration.
    Render(render::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Render(args) => render::run(&args),
    };
    result.unwrap_or_else(|error| {
        output::note(format_args!("tidegate: {error:#}"));
        ExitCode::FAILURE
    })
}
