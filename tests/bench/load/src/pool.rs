//! Connections that are kept from one command to the next, and the clients that hold streams.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::client::{Client, Gate, Received};
use crate::command::{Load, Tally};
use crate::seats::{self, Seat, Seats};

/// Longest time for one command.
const PATIENCE: Duration = Duration::from_secs(60);
/// Seats from here on are for clients that hold a stream, so that others can go on meanwhile.
const HOLDERS: usize = 5_000;

/// All clients.
pub(crate) struct Pool {
    seats: Arc<Seats>,
    /// By the port of their Envoy.
    idle: HashMap<u16, Vec<Client>>,
    held: Option<(Arc<Gate>, JoinSet<Received>)>,
}

impl Pool {
    pub(crate) fn new(seats: Arc<Seats>) -> Self {
        Self {
            seats,
            idle: HashMap::new(),
            held: None,
        }
    }

    /// Plays a load to its end. Connections are made before the first request.
    pub(crate) async fn run(&mut self, load: Load) -> anyhow::Result<Tally> {
        let clients = self.take(load.port, load.connections).await?;
        let script = Arc::new(load.script);
        let left = Arc::new(AtomicUsize::new(load.requests));
        let mut playing = JoinSet::new();
        let start = Instant::now();
        for (number, mut client) in clients.into_iter().enumerate() {
            let request = seats::request(&script, number);
            let (seats, left) = (Arc::clone(&self.seats), Arc::clone(&left));
            seat(&seats, number)?.assign(&script);
            playing.spawn(async move {
                let seat = seats.seat(number)?;
                Some((client.play(&request, &left, seat).await, client))
            });
        }
        let played = timeout(PATIENCE, playing.join_all())
            .await
            .context("it took too long")?;
        let seconds = start.elapsed().as_secs_f64();
        let (received, clients): (Vec<_>, Vec<_>) = played.into_iter().flatten().unzip();
        let whole = received.iter().all(|received| received.failure.is_none());
        if whole {
            self.idle.entry(load.port).or_default().extend(clients);
        }
        Ok(tally(received, seconds))
    }

    /// Opens streams and returns when each of them has brought its first chunk.
    pub(crate) async fn hold(&mut self, load: Load) -> anyhow::Result<usize> {
        if self.held.is_some() {
            bail!("streams are held already");
        }
        let script = Arc::new(load.script);
        let gate = Arc::new(Gate {
            arrived: Semaphore::new(0),
            open: watch::Sender::new(false),
        });
        let mut holding = JoinSet::new();
        for number in (HOLDERS..).take(load.connections) {
            let mut client = Client::connect(load.port).await?;
            let request = seats::request(&script, number);
            let (seats, gate) = (Arc::clone(&self.seats), Arc::clone(&gate));
            seat(&seats, number)?.assign(&script);
            holding.spawn(async move {
                match seats.seat(number) {
                    Some(seat) => client.hold(&request, seat, &gate).await,
                    None => Received::default(),
                }
            });
        }
        let all = gate.arrived.acquire_many(u32::try_from(load.connections)?);
        let arrived = timeout(PATIENCE, all).await.is_ok();
        let held = if arrived {
            load.connections
        } else {
            gate.arrived.available_permits()
        };
        self.held = Some((gate, holding));
        Ok(held)
    }

    /// Lets the held streams go on, and returns when all have ended.
    pub(crate) async fn release(&mut self) -> anyhow::Result<Tally> {
        let (gate, holding) = self.held.take().context("no streams are held")?;
        let start = Instant::now();
        gate.open.send_replace(true);
        let received = timeout(PATIENCE, holding.join_all())
            .await
            .context("it took too long")?;
        Ok(tally(received, start.elapsed().as_secs_f64()))
    }

    async fn take(&mut self, port: u16, wanted: usize) -> anyhow::Result<Vec<Client>> {
        let idle = self.idle.entry(port).or_default();
        let mut clients = idle.split_off(idle.len().saturating_sub(wanted));
        while clients.len() < wanted {
            clients.push(Client::connect(port).await?);
        }
        Ok(clients)
    }
}

fn seat(seats: &Seats, number: usize) -> anyhow::Result<&Seat> {
    seats
        .seat(number)
        .with_context(|| format!("there is no seat {number}"))
}

fn tally(received: Vec<Received>, seconds: f64) -> Tally {
    let mut tally = Tally {
        seconds,
        ..Tally::default()
    };
    let mut micros = Vec::new();
    let (mut first, mut failure) = (None, None);
    for client in received {
        tally.answered += client.answered;
        tally.failed += usize::from(client.failure.is_some());
        tally.chunks += client.chunks;
        micros.extend(client.micros);
        first = first.or(client.first);
        failure = failure.or(client.failure);
    }
    micros.sort_unstable();
    let at = |percent: usize| {
        micros
            .get(micros.len() * percent / 100)
            .copied()
            .unwrap_or(0)
    };
    (tally.p50_us, tally.p99_us) = (at(50), at(99));
    tally.sample = failure.or(first).unwrap_or_default();
    tally
}
