//! Log lines go to Envoy's log.

use super::abi::{self, Level};

struct ToEnvoy;

/// Sends log lines, and the last words of a panic, to Envoy.
pub(super) fn install() {
    static LOGGER: ToEnvoy = ToEnvoy;
    // It fails where there is a logger already, and there is no other.
    let _ = log::set_logger(&LOGGER);
    log::set_max_level(log::LevelFilter::Info);
    std::panic::set_hook(Box::new(|panic| {
        abi::log(Level::Critical, &panic.to_string());
    }));
}

impl log::Log for ToEnvoy {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            abi::log(level(record.level()), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn level(level: log::Level) -> Level {
    match level {
        log::Level::Trace => Level::Trace,
        log::Level::Debug => Level::Debug,
        log::Level::Info => Level::Info,
        log::Level::Warn => Level::Warn,
        log::Level::Error => Level::Error,
    }
}
