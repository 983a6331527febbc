//! The two ends around Envoy in the benchmark: clients and a provider, in one process.
//!
//! Being one process is what makes a stream measurable. If the provider wrote its chunks at its own
//! speed, TCP would join some of them, differently at each run and for each Envoy, and "CPU per
//! chunk" would mean nothing. Here the provider writes the next chunk of a stream when, and only
//! when, that stream's client has received the one before: nothing can be joined, no timer is
//! needed, and Envoy is kept as busy as many streams at once can keep it.
//!
//! It knows nothing of models. What clients send and what the provider answers comes as bytes, in
//! commands: one JSON object a line on stdin, one JSON object a line on stdout for each. A command
//! that fails is answered with `{"error": …}` and the next one is read; stdin's end ends it all.
//!
//! One thread, because the machine's other core is Envoy's.

mod client;
mod command;
mod message;
mod pool;
mod provider;
mod seats;

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::net::unix::pipe;

use command::{Command, Outcome};
use pool::Pool;
use seats::Seats;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> anyhow::Result<()> {
    let seats = Arc::new(Seats::new());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(provider::accept(listener, Arc::clone(&seats)));
    say(&Outcome::Listening { port })?;

    let mut pool = Pool::new(seats);
    let mut commands = commands()?;
    while let Some(line) = commands.next_line().await? {
        let outcome = match obey(&mut pool, &line).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Error(format!("{error:#}")),
        };
        say(&outcome)?;
    }
    Ok(())
}

fn commands() -> anyhow::Result<Lines<BufReader<pipe::Receiver>>> {
    let stdin = pipe::Receiver::from_file(std::fs::File::open("/dev/stdin")?)
        .context("stdin must be a pipe")?;
    Ok(BufReader::new(stdin).lines())
}

async fn obey(pool: &mut Pool, line: &str) -> anyhow::Result<Outcome> {
    match serde_json::from_str(line).context("not a command")? {
        Command::Run(load) => pool.run(load).await.map(Outcome::Ran),
        Command::Hold(load) => pool.hold(load).await.map(|held| Outcome::Held { held }),
        Command::Release => pool.release().await.map(Outcome::Ran),
    }
}

fn say(outcome: &Outcome) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, outcome)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}
