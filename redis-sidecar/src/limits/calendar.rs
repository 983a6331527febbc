//! Calendar periods in a time zone, with its summer time.
//!
//! A period is named by when it began. The sidecar finds it by its own clock and tells the store,
//! which knows no time zones. Two sidecars whose clocks differ may disagree for as long as that
//! around midnight; the store then goes with the one that is ahead and does not go back.

use anyhow::Context as _;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, ZonedDateTime};
use tidegate::config::limits::Period;

/// The period that a moment is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodNow {
    /// When it began, in milliseconds since 1970 (UTC): its name.
    pub start: u64,
    /// How long until its end, in milliseconds.
    pub ends_in_ms: u64,
}

/// Calendar periods of one kind in one time zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    period: Period,
    zone: TimeZone,
}

impl Calendar {
    /// Fails where the time zone has no such IANA name.
    pub fn new(period: Period, time_zone: &str) -> anyhow::Result<Self> {
        let zone = TimeZone::get(time_zone)
            .with_context(|| format!("`{time_zone}` is no IANA time zone"))?;
        Ok(Self { period, zone })
    }

    /// The period of a moment, given in milliseconds since 1970 (UTC). Fails only for moments
    /// before 1970 and after the year 9999.
    pub fn at(&self, wall_ms: u64) -> anyhow::Result<PeriodNow> {
        let now = Timestamp::from_millisecond(i64::try_from(wall_ms)?)?;
        let (start, end) = self.bounds(&now.to_zoned_datetime(self.zone.clone()))?;
        Ok(PeriodNow {
            start: u64::try_from(start.as_millisecond())?,
            ends_in_ms: u64::try_from(end.as_millisecond())?.saturating_sub(wall_ms),
        })
    }

    fn bounds(&self, now: &ZonedDateTime) -> anyhow::Result<(Timestamp, Timestamp)> {
        let today = now.date();
        let (first, next) = match self.period {
            Period::Hour => return hour(now),
            Period::Day => (today, today.tomorrow()?),
            Period::Week => {
                let since_monday = today.weekday().to_monday_zero_offset();
                let monday = today.checked_sub(i64::from(since_monday).days())?;
                (monday, monday.checked_add(1.week())?)
            }
            Period::Month => {
                let first = today.first_of_month();
                (first, first.checked_add(1.month())?)
            }
        };
        Ok((self.midnight(first)?, self.midnight(next)?))
    }

    /// Where the clocks skip midnight, the first moment of the day.
    fn midnight(&self, date: Date) -> anyhow::Result<Timestamp> {
        let zoned = date
            .to_datetime(Time::midnight())
            .to_zoned_datetime(self.zone.clone())?;
        Ok(zoned.timestamp())
    }
}

/// By the offset of the moment: an hour that the clocks go through twice is two hours.
fn hour(now: &ZonedDateTime) -> anyhow::Result<(Timestamp, Timestamp)> {
    let nanoseconds = i64::from(now.subsec_nanosecond());
    let into = i64::from(now.minute())
        .minutes()
        .seconds(i64::from(now.second()))
        .nanoseconds(nanoseconds);
    let start = now.timestamp().checked_sub(into)?;
    Ok((start, start.checked_add(1.hour())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(period: Period, zone: &str, moment: &str) -> (String, String) {
        let zoned: ZonedDateTime = moment.parse().unwrap();
        let calendar = Calendar::new(period, zone).unwrap();
        let wall = u64::try_from(zoned.timestamp().as_millisecond()).unwrap();
        let now = calendar.at(wall).unwrap();
        let shown = |ms: u64| {
            let at = Timestamp::from_millisecond(i64::try_from(ms).unwrap()).unwrap();
            at.to_zoned_datetime(TimeZone::get(zone).unwrap())
                .to_string()
        };
        (shown(now.start), shown(wall + now.ends_in_ms))
    }

    #[test]
    fn a_day_of_the_change_to_summer_time_has_23_hours() {
        let (start, end) = bounds(
            Period::Day,
            "Europe/Berlin",
            "2026-03-29T12:00[Europe/Berlin]",
        );
        assert_eq!(start, "2026-03-29T00:00:00+01:00[Europe/Berlin]");
        assert_eq!(end, "2026-03-30T00:00:00+02:00[Europe/Berlin]");
    }

    #[test]
    fn an_hour_that_comes_twice_is_two_hours() {
        let zone = "Europe/Berlin";
        let first = bounds(Period::Hour, zone, "2026-10-25T02:30+02:00[Europe/Berlin]");
        let second = bounds(Period::Hour, zone, "2026-10-25T02:30+01:00[Europe/Berlin]");
        assert_eq!(first.1, second.0);
        assert_eq!(second.1, "2026-10-25T03:00:00+01:00[Europe/Berlin]");
    }

    #[test]
    fn a_day_without_midnight_begins_at_its_first_moment() {
        let (start, _) = bounds(
            Period::Day,
            "America/Santiago",
            "2026-09-06T12:00[America/Santiago]",
        );
        assert_eq!(start, "2026-09-06T01:00:00-03:00[America/Santiago]");
    }

    #[test]
    fn a_week_begins_on_monday_and_a_month_on_its_first_day() {
        let week = bounds(Period::Week, "UTC", "2026-11-29T23:59:59.999[UTC]");
        assert_eq!(week.0, "2026-11-23T00:00:00+00:00[UTC]");
        assert_eq!(week.1, "2026-11-30T00:00:00+00:00[UTC]");
        let month = bounds(Period::Month, "UTC", "2028-02-29T00:00[UTC]");
        assert_eq!(month.0, "2028-02-01T00:00:00+00:00[UTC]");
        assert_eq!(month.1, "2028-03-01T00:00:00+00:00[UTC]");
    }

    #[test]
    fn hours_of_a_zone_with_a_half_hour_begin_at_its_own_minute_0() {
        let (start, _) = bounds(
            Period::Hour,
            "Asia/Kolkata",
            "2026-01-01T10:10[Asia/Kolkata]",
        );
        assert_eq!(start, "2026-01-01T10:00:00+05:30[Asia/Kolkata]");
    }

    #[test]
    fn a_time_zone_that_is_unknown_is_named() {
        let error = Calendar::new(Period::Day, "Europe/Atlantis").unwrap_err();
        assert!(error.to_string().contains("Europe/Atlantis"), "{error}");
    }
}
