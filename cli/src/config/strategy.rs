//! How a model chooses among its targets, and what is made of targets that fail.

use std::time::Duration;

use tidegate::config::routing::{
    Cooldowns, Flaw, Flaws, Queue, STRATEGIES, Sticky, Strategy, WhenAllCool,
};
use tidegate::config::runtime::RETRY_BUDGET;

use super::field::{Field, Section};

/// Fields of a model.
pub(super) const FIELDS: [&str; 5] = ["strategy", "sticky", "queue", "fall_back_on", "retries"];

/// How a model chooses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    pub(super) strategy: Strategy,
    pub(super) sticky: Option<Sticky>,
    pub(super) queue: Option<Queue>,
    pub(super) fall_back_on: Flaws,
}

/// Reads a model's.
pub(super) fn read(section: &Section<'_>) -> Choice {
    let strategy = section
        .optional("strategy")
        .and_then(|field| field.choice(STRATEGIES));
    let strategy = strategy.unwrap_or_default();
    let sticky = section.optional("sticky");
    if let Some(field) = sticky.as_ref().filter(|_| strategy != Strategy::Weighted) {
        field.report("belongs to `strategy: weighted`; other strategies have no arms");
    }
    let flaws = section.optional("fall_back_on");
    Choice {
        strategy,
        sticky: sticky.and_then(|field| read_sticky(&field)),
        queue: section
            .optional("queue")
            .and_then(|field| read_queue(&field)),
        fall_back_on: flaws.map_or(Flaws::NONE, |field| read_flaws(&field)),
    }
}

fn read_sticky(field: &Field<'_>) -> Option<Sticky> {
    if !field.is_map() {
        return match field.text()? {
            "key" => Some(Sticky::Key),
            "user" => Some(Sticky::User),
            other => {
                field.report(format!(
                    "must be `key`, `user` or `{{header: NAME}}`, not `{other}`"
                ));
                None
            }
        };
    }
    let header = field.section(&["header"], &[])?.required("header")?;
    let name = header.text()?.to_ascii_lowercase();
    if name.starts_with("x-tidegate-") || name == "authorization" {
        header.report("is not a header that tells who asks: the gateway takes it out");
    }
    Some(Sticky::Header(name))
}

fn read_queue(field: &Field<'_>) -> Option<Queue> {
    let section = field.section(&["timeout", "size"], &[])?;
    let timeout = section.required("timeout")?.duration();
    let size = match section.optional("size") {
        Some(field) => field.integer(1..=1_000_000)?,
        None => 100,
    };
    Some(Queue {
        timeout_ms: milliseconds(timeout?),
        size: usize::try_from(size).unwrap_or(usize::MAX),
    })
}

fn read_flaws(field: &Field<'_>) -> Flaws {
    let items = field.items().unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.choice(Flaw::ALL))
        .collect()
}

/// The file's `cooldowns`.
pub(super) fn read_cooldowns(root: &Section<'_>) -> Cooldowns {
    let usual = Cooldowns::default();
    let known = ["failures", "first", "longest", "when_all_cool"];
    let field = root.optional("cooldowns");
    if let Some(field) = field.as_ref().filter(|field| !field.is_map()) {
        // `on` is what it is anyway.
        return match field.switch() {
            Some(false) => Cooldowns::off(),
            _ => usual,
        };
    }
    let Some(section) = field.and_then(|field| field.section(&known, &[])) else {
        return usual;
    };
    let failures = section
        .optional("failures")
        .and_then(|field| field.integer(1..=1_000));
    let time = |name| {
        section
            .optional(name)
            .and_then(|field: Field<'_>| field.duration())
    };
    let (first, longest) = (time("first"), time("longest"));
    let first_ms = first.map_or(usual.first_ms, milliseconds);
    let longest_ms = longest.map_or(usual.longest_ms.max(first_ms), milliseconds);
    if first_ms > longest_ms {
        section.field().report("`first` is longer than `longest`");
    }
    let choices = [("try", WhenAllCool::Try), ("refuse", WhenAllCool::Refuse)];
    let when_all_cool = section.optional("when_all_cool");
    Cooldowns {
        failures: failures.map_or(usual.failures, |n| u32::try_from(n).unwrap_or(u32::MAX)),
        first_ms,
        longest_ms,
        when_all_cool: when_all_cool
            .and_then(|f| f.choice(&choices))
            .unwrap_or_default(),
    }
}

/// The file's `retry_budget`, in percent of the requests.
pub(super) fn read_retry_budget(root: &Section<'_>) -> u32 {
    let field = root.optional("retry_budget");
    let percent = field.and_then(|field| field.integer(0..=100));
    percent.map_or(RETRY_BUDGET, |percent| {
        u32::try_from(percent).unwrap_or(100)
    })
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
