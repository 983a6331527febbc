//! Writes statistics of targets to Envoy. What there is to write, and when, is [`Metrics`]' to say.

use std::cell::Cell;

use super::abi::{self, Metric};
use crate::clock::Timestamp;
use crate::routing::board::Board;
use crate::telemetry::metrics::{Kind, Metrics, Statistics};

thread_local! {
    static METRICS: Cell<Metrics> = Cell::default();
}

/// Envoy's statistics, which all workers share.
struct Envoy;

impl Statistics for Envoy {
    fn define(&self, kind: Kind, name: &str) -> Option<u32> {
        let kind = match kind {
            Kind::Counter => Metric::Counter,
            Kind::Sum | Kind::Gauge => Metric::Gauge,
        };
        let defined = abi::define_metric(kind, name);
        if defined.is_err() {
            log::error!("the host refused the statistic {name}");
        }
        defined.ok()
    }

    // What is defined can be written: there is nothing to tell of a failure.
    fn add(&self, metric: u32, by: i64) {
        let _ = abi::add_to_metric(metric, by);
    }

    fn set(&self, metric: u32, value: u64) {
        let _ = abi::set_metric(metric, value);
    }
}

/// Writes what has changed. Nothing is borrowed while the host is called.
pub(super) fn tick(board: &Board, now: Timestamp) {
    let mut metrics = METRICS.take();
    metrics.tick(board, &Envoy, now);
    METRICS.set(metrics);
}
