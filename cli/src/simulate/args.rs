//! The command line of `tidegate simulate`.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::script::{self, Step};
use super::server::{Options, serve};
use super::vendor::{Dialect, Models};

const EXAMPLES: &str = "\
Examples:
  tidegate simulate                                   OpenAI on a free port
  tidegate simulate --dialect anthropic --port 9101
  tidegate simulate --script slow.yaml --api-key sk-test

  curl $URL/v1/chat/completions -H 'content-type: application/json' \\
    -H 'x-simulate-silence-ms: 2000' -H 'x-simulate-error-after: 3' \\
    -d '{\"model\": \"gpt-4o-mini\", \"stream\": true,
         \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}'

Scripts are lists of steps in YAML or JSON, one a request; what a step leaves out is
as usual:
  - {status: 429, headers: {retry-after: 1}}
  - hang: first_token
  - cut: {after_events: 2}
  - {chunk_bytes: 1, repeat: true}

Fields of a step (as a header: x-simulate-silence-ms and so on):
  instead of the answer   status, error {type, message, param, code}, body,
                          raw, raw_base64, content_type, headers
  time                    delay_ms, silence_ms, pause_between_events_ms,
                          hang: headers | first_token | mid_stream
  failure                 error_first, error_after: N, end_after: N,
                          cut: before_headers | after_headers | {after_events: N},
                          cut_with: reset | fin
  bytes                   chunk_bytes: N, chunk_pause_ms, crlf, gzip,
                          json_instead_of_stream
  content                 tokens: N, cached_tokens, cache_write_tokens, finish,
                          redacted_thinking
  and                     validate: false, repeat: true

While it runs: PUT or DELETE /_simulate/script, GET or DELETE /_simulate/requests,
GET /_simulate/stats.

What is answered follows from the request. Lines of the user's text can ask for
more: `call NAME {\"argument\": 1}`, `say WORDS`, `refuse REASON`. The models bench,
bench-N and bench-N-Pms give N canned tokens, P milliseconds apart, at next to no
cost.";

/// Arguments of `tidegate simulate`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one. The first line of output says which.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Whose API to speak.
    #[arg(long, value_enum, default_value_t = Dialect::Openai)]
    dialect: Dialect,
    /// A file of scripted steps.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// A name to tell several simulators apart in their statistics.
    #[arg(long, default_value = "simulator")]
    name: String,
    /// The only key to accept; without it, every request is let in.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// A model to know beside the vendor's own; `*` knows every name.
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
}

/// Serves until SIGINT or SIGTERM.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let steps = args
        .script
        .as_deref()
        .map(read_script)
        .transpose()?
        .unwrap_or_default();
    let options = Options {
        dialect: args.dialect,
        name: args.name,
        api_key: args.api_key,
        models: Models::new(args.models),
        steps,
    };
    let address = SocketAddr::new(args.host, args.port);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("could not start the runtime")?;
    runtime.block_on(serve_until_signal(options, address))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve_until_signal(options: Options, address: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("could not listen on {address}"))?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    announce(options.dialect, address)?;
    tokio::select! {
        () = serve(options, listener) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// The line that scripts wait for.
fn announce(dialect: Dialect, address: SocketAddr) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "simulating {} on http://{address}", dialect.name())?;
    output.flush()?;
    Ok(())
}

fn read_script(path: &Path) -> anyhow::Result<Vec<Step>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read the script {}", path.display()))?;
    script::parse(&text).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))
}
