//! `tidegate check`.

use std::net::SocketAddr;
use std::process::ExitCode;

use tidegate::config::runtime::Auth;

use crate::config::Config;
use crate::output;
use crate::render::{Places, sidecar_config};
use crate::run::{Published, banner};
use crate::source::Source;

/// The arguments of `tidegate check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code: 0 where the file is right, 1 where it is not.

Example:
  tidegate check -c tidegate.yaml")]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Also say how to use the gateway, which is reached at this address
    #[arg(long, value_name = "ADDRESS")]
    served_at: Option<SocketAddr>,
    /// Where the admin API is reached, with --served-at
    #[arg(long, value_name = "ADDRESS", requires = "served_at")]
    admin_at: Option<SocketAddr>,
}

/// Says what is wrong, or what the file amounts to.
///
/// # Errors
/// Where the file cannot be read at all.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(config) = args.source.load()? else {
        return Ok(ExitCode::FAILURE);
    };
    let file = args.source.file.display();
    output::line(format_args!("{file} is right: {}", summary(&config)));
    let variables = config.secret_variables().into_iter();
    for (variable, users) in variables.chain(config.sidecar_variables()) {
        if std::env::var_os(variable).is_none_or(|value| value.is_empty()) {
            let users = users.join(", ");
            output::note(format_args!(
                "note: {variable} is not set here; {users} needs it to run"
            ));
        }
    }
    if let Some(clients) = args.served_at {
        output::note(usage(&config, clients, args.admin_at));
    }
    Ok(ExitCode::SUCCESS)
}

fn usage(config: &Config, clients: SocketAddr, admin: Option<SocketAddr>) -> String {
    let published = Published {
        clients,
        admin,
        envoy: None,
    };
    let sidecar = sidecar_config(config, &Places::of_a_service());
    banner(config, sidecar.as_ref(), &published)
}

fn summary(config: &Config) -> String {
    let models = counted(config.gateway.models.len(), "model");
    let providers = counted(config.providers.len(), "provider");
    let keys = match &config.gateway.auth {
        Auth::None => "open to everybody (`auth: none`)".to_owned(),
        Auth::Keys(keys) => counted(keys.len(), "key"),
    };
    let limits = config.gateway.limits.as_ref();
    let limits = limits.map(|limits| counted(limits.counters.len(), "limit"));
    let parts = [Some(models), Some(providers), Some(keys), limits];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
