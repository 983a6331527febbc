//! `tidegate prices`.

use std::process::ExitCode;

use super::table;
use crate::output;
use crate::source::Source;

/// The arguments of `tidegate prices`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
US dollars for a million tokens: input, input read from the provider's cache, input written to it,
output. Prices are those of today; of one that changes with the hour, the dearest.

Example:
  tidegate prices -c tidegate.yaml")]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
}

/// Prints what each target costs, and where that is known from.
///
/// # Errors
/// Where the file cannot be read at all.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(config) = args.source.load()? else {
        return Ok(ExitCode::FAILURE);
    };
    let rows = config.price_rows();
    output::text(table::text(&rows));
    let unknown = rows.iter().filter(|row| row.price.is_none()).count();
    if unknown > 0 {
        output::note(format_args!(
            "{unknown} without a price: give it under `prices.overrides` in {}",
            args.source.file.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
