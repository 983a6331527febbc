//! `tidegate explain`: where a request would go, and why, without a gateway.
//!
//! The gateway role itself is [played](play), so that what is said here is what it would do: with nothing
//! known of the targets, and without asking how much of limits is left.

mod asker;
mod play;
mod stage;
mod story;
mod text;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use tidegate::chat::Operation;
use tidegate::config::runtime::VirtualKey;
use tidegate::headers::Headers;

use crate::output;
use crate::source::Source;

/// The arguments of `tidegate explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is sent. What a running gateway learns (cooldowns, latencies, requests under way, quotas) is
not known here, and limits are not asked: docs/routing.md says how to see what it has made of a request.

Exit code: 0 where the request would be sent on, 1 where it would be refused.

Example:
  tidegate explain -c tidegate.yaml request.json --key research-dev
  echo '{\"model\": \"smart\", \"messages\": []}' | tidegate explain -c tidegate.yaml - \\
    --header 'x-tidegate-strategy: cheapest'")]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// The request's body, as a client would send it; `-` for standard input
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// Id of the key that asks; it can be left out where there is only one
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// A header that the client sends
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// A request that is asked about.
#[derive(Debug)]
struct Request {
    /// Who asks; `None` where everybody may.
    key: Option<VirtualKey>,
    headers: Headers,
    body: Vec<u8>,
}

impl Request {
    /// The endpoint that such a body is for.
    fn operation(&self) -> Operation {
        let body = serde_json::from_slice::<serde_json::Value>(&self.body).unwrap_or_default();
        match body.get("messages").is_none() && body.get("input").is_some() {
            true => Operation::Embeddings,
            false => Operation::Chat,
        }
    }
}

/// Says where the request would go, or why it would be refused.
///
/// # Errors
/// Where a file cannot be read, or there is no such key.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(config) = args.source.load()? else {
        return Ok(ExitCode::FAILURE);
    };
    let mut headers = Headers::default();
    for (name, value) in &args.headers {
        headers.push(name, value);
    }
    let request = Request {
        key: asker::find(&config.gateway.auth, args.key.as_deref())?,
        headers,
        body: read(&args.request)?,
    };
    let played = play::play(&config.gateway, &request)?;
    let story = story::tell(&config, &request, played);
    if args.json {
        output::line(serde_json::to_string_pretty(&story)?);
    } else {
        output::text(text::text(&story));
    }
    Ok(match story.refused {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("there is no `:` in it")?;
    let name = name.trim().to_ascii_lowercase();
    match name.is_empty() {
        true => Err("it has no name".to_owned()),
        false => Ok((name, value.trim().to_owned())),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin()
            .read_to_end(&mut body)
            .context("cannot read standard input")?;
        return Ok(body);
    }
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
