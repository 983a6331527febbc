//! The `tidegate-sidecar` command.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use clap::Parser;
use tidegate::config::sidecar::{Listen, SidecarConfig};
use tidegate_sidecar::admin::{self, Parts, Token};
use tidegate_sidecar::alerts;
use tidegate_sidecar::clock::{Clock, SystemClock};
use tidegate_sidecar::database::Database;
use tidegate_sidecar::keys::{self, KeyBook, KeyStore};
use tidegate_sidecar::ledger::{self, Ledger, Seeds, SqlLedger};
use tidegate_sidecar::reload::{InUse, Reload};
use tidegate_sidecar::service::{self, Bound, Check};
use tidegate_sidecar::store::{Claims, Limiter, Store};
use tidegate_sidecar::targets::{self, Targets};
use tidegate_sidecar::{config, logging};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Keeps limits, budgets, the ledger and keys for Tidegate's filters.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration, as written by `tidegate render`.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// What is logged: a level, or directives such as `info,tidegate_sidecar::store=debug`.
    #[arg(long, default_value = "info", env = "TIDEGATE_LOG")]
    log: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(&arguments.log);
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (config, hash) = config::read(&arguments.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let in_use = InUse::new(hash);
    runtime.block_on(start(&config, arguments.config.clone(), in_use))
}

async fn start(config: &SidecarConfig, file: PathBuf, in_use: InUse) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let database = Arc::new(Database::open(&config.database)?);
    let ledger: Arc<dyn Ledger> = Arc::new(SqlLedger::new(Arc::clone(&database)));
    let days = config.retention_days;
    tokio::spawn(ledger::keep_house(
        Arc::clone(&ledger),
        days,
        Arc::clone(&clock),
    ));
    let store = Store::open(config, &clock)?;
    let seeds = Arc::new(Seeds::new(Arc::clone(&ledger), Arc::clone(&clock)));
    let limiter = Limiter::new(&config.counters, store.limits(), seeds, Arc::clone(&clock))?;
    let limiter = Arc::new(limiter);
    let watcher = Arc::clone(&limiter);
    tokio::spawn(async move { watcher.watch().await });
    let book = Arc::new(KeyBook::new(
        Arc::new(config.clone()),
        KeyStore::new(Arc::clone(&database)),
        Arc::clone(&limiter),
        Arc::clone(&clock),
    ));
    let keys = Arc::clone(&book);
    tokio::spawn(async move { keys.watch().await });
    let reload = Reload {
        file,
        limiter: Arc::clone(&limiter),
        book: Arc::clone(&book),
        in_use: in_use.clone(),
    };
    tokio::spawn(reload.run(signal(SignalKind::hangup())?));
    let parts = Parts {
        book: Arc::clone(&book),
        limiter: Arc::clone(&limiter),
        ledger: Arc::clone(&ledger),
        clock: Arc::clone(&clock),
    };
    tokio::spawn(watch_thresholds(config, &parts, store.claims())?);
    let end = end()?;
    let admin = tokio::spawn(serve_admin(config, parts, end.clone()).await?);
    let targets = share_targets(&store, &clock)?;
    let router = Router::new()
        .merge(service::health_routes(
            vec![
                ("limits", limits_check(&limiter)),
                ("ledger", ledger_check(&database)),
            ],
            in_use,
        ))
        .merge(service::limit_routes(limiter))
        .merge(ledger::router(ledger, days, clock))
        .merge(keys::router(book))
        .merge(targets::router(targets));
    let bound = Bound::new(&config.listen).await.context("listen")?;
    tracing::info!(listen = ?config.listen, "ready");
    service::serve(bound, router, end).await?;
    admin.await??;
    store.close()
}

/// What processes know of targets; shared with other sidecars where there is a Redis.
fn share_targets(store: &Store, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<Targets>> {
    let targets = Arc::new(Targets::new(Arc::clone(clock))?);
    if let Some(reports) = store.reports() {
        let shared = Arc::clone(&targets);
        tokio::spawn(async move { shared.exchange(&*reports).await });
    }
    Ok(targets)
}

/// A future that tells webhooks of budgets.
fn watch_thresholds(
    config: &SidecarConfig,
    parts: &Parts,
    claims: Arc<dyn Claims>,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let parts = alerts::Parts {
        book: Arc::clone(&parts.book),
        limiter: Arc::clone(&parts.limiter),
        ledger: Arc::clone(&parts.ledger),
        claims,
        clock: Arc::clone(&parts.clock),
    };
    Ok(alerts::Watch::new(config, parts)?.run())
}

/// The admin API, listening: a future that serves it.
async fn serve_admin(
    config: &SidecarConfig,
    parts: Parts,
    end: watch::Receiver<bool>,
) -> anyhow::Result<impl Future<Output = anyhow::Result<()>> + Send + 'static> {
    let token = Token::from_environment(&config.admin_token_env)?;
    let bound = Bound::new(&Listen::Tcp(config.admin)).await;
    let bound = bound.context("admin")?;
    Ok(service::serve(bound, admin::router(parts, token), end))
}

fn limits_check(limiter: &Arc<Limiter>) -> Check {
    let limiter = Arc::clone(limiter);
    Arc::new(move || {
        let limiter = Arc::clone(&limiter);
        Box::pin(async move { limiter.health().await })
    })
}

fn ledger_check(database: &Arc<Database>) -> Check {
    let database = Arc::clone(database);
    Arc::new(move || {
        let database = Arc::clone(&database);
        Box::pin(async move { Ok(database.check_writable().await?) })
    })
}

/// Becomes true with SIGTERM or SIGINT.
fn end() -> anyhow::Result<watch::Receiver<bool>> {
    let (send, receive) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        send.send_replace(true);
    });
    Ok(receive)
}
