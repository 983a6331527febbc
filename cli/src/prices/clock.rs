//! The day whose prices count.

use std::time::{Duration, SystemTime};

/// Now; or, where `SOURCE_DATE_EPOCH` says so, another time, so that the same configuration is
/// rendered to the same bytes (<https://reproducible-builds.org/specs/source-date-epoch/>).
#[expect(clippy::disallowed_methods, reason = "prices are those of today")]
pub(crate) fn today() -> SystemTime {
    let said = std::env::var("SOURCE_DATE_EPOCH").ok();
    let seconds = said.and_then(|text| text.parse().ok());
    let time = seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    time.unwrap_or_else(SystemTime::now)
}
