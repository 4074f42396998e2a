//! The day a figure is of: where it began by the city's clock, and the full hours it is drawn at.

use domain::time::{Timestamp, Zone};

pub const DAY_MS: i64 = 24 * 3_600_000;
const HOUR_MS: i64 = 3_600_000;

pub struct Day {
    /// Midnight by the city's clock.
    pub begins: Timestamp,
    pub now: Timestamp,
    /// Full hours since then, before now.
    pub hours: Vec<Timestamp>,
}

impl Day {
    pub fn of(now: Timestamp, zone: &Zone) -> Self {
        let (date, _) = now.civil(zone);
        let begins = Timestamp::at(date, 0, zone);
        // Summaries are of the hours of universal time; a zone half an hour off begins its day between two.
        let first = (begins.millis() + HOUR_MS - 1).div_euclid(HOUR_MS) * HOUR_MS;
        let mut hours = Vec::new();
        let mut hour = Timestamp::from_millis(first);
        while hour < now {
            hours.push(hour);
            hour = hour.plus_millis(HOUR_MS);
        }
        Self { begins, now, hours }
    }
}

/// The same time a week ago.
pub fn week_before(at: Timestamp) -> Timestamp {
    at.plus_millis(-7 * DAY_MS)
}

/// The same time yesterday: a day of 24 hours before, whatever the clocks did.
pub fn day_before(at: Timestamp) -> Timestamp {
    at.plus_millis(-DAY_MS)
}
