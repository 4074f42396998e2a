//! How long a time readings are gathered over: `5m`, `1h`, `1d`. Days are the city's, the rest counts from 1970.

use std::fmt;
use std::str::FromStr;

use crate::ids::IdError;
use crate::time::{Timestamp, Zone};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// A year and a day.
const MOST_MS: i64 = 366 * DAY_MS;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Every {
    count: i64,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unit {
    Minute,
    Hour,
    Day,
}

impl Unit {
    fn millis(self) -> i64 {
        match self {
            Self::Minute => MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }
}

impl Every {
    /// How long it is, where no clock is changed.
    pub fn millis(&self) -> i64 {
        self.count * self.unit.millis()
    }

    /// When the time began that a moment is gathered under.
    pub fn beginning(&self, at: Timestamp, zone: &Zone) -> Timestamp {
        let step_ms = self.count * self.unit.millis();
        let floor = |millis: i64| millis.div_euclid(step_ms) * step_ms;
        if self.unit != Unit::Day {
            return Timestamp::from_millis(floor(at.millis()));
        }
        let offset_ms = |at: Timestamp| i64::from(zone.offset_minutes(at)) * MINUTE_MS;
        let local = floor(at.millis() + offset_ms(at));
        // The clocks may have been changed since that midnight.
        let near = Timestamp::from_millis(local - offset_ms(at));
        Timestamp::from_millis(local - offset_ms(near))
    }

    /// Whether no hour of universal time falls into two of these, in a zone as it is at these moments.
    pub fn keeps_hours_whole(&self, zone: &Zone, moments: [Timestamp; 2]) -> bool {
        match self.unit {
            Unit::Minute => self.count % 60 == 0,
            Unit::Hour => true,
            Unit::Day => moments
                .iter()
                .all(|moment| zone.offset_minutes(*moment) % 60 == 0),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.unit {
            Unit::Minute => 'm',
            Unit::Hour => 'h',
            Unit::Day => 'd',
        };
        write!(f, "{}{letter}", self.count)
    }
}

impl FromStr for Every {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || {
            IdError(format!(
                "\"{text}\" is not a number of minutes, hours or days such as 5m, 1h, 1d"
            ))
        };
        let unit = match text.chars().last() {
            Some('m') => Unit::Minute,
            Some('h') => Unit::Hour,
            Some('d') => Unit::Day,
            _ => return Err(bad()),
        };
        let digits = &text[..text.len() - 1];
        let count: i64 = match digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.parse().map_err(|_| bad())?,
            false => return Err(bad()),
        };
        if count == 0 || count > MOST_MS / unit.millis() {
            return Err(bad());
        }
        Ok(Self { count, unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginning(every: &str, at: &str, zone: &str) -> String {
        let every: Every = every.parse().expect("a time to gather over");
        let zone = Zone::named(zone).expect("a zone");
        let at = Timestamp::parse_rfc3339(at).expect("a moment");
        every.beginning(at, &zone).to_rfc3339(&zone)
    }

    #[test]
    fn days_begin_at_the_city_s_midnight_also_when_the_clocks_change() {
        let dongguan = "Asia/Shanghai";
        let new_york = "America/New_York";
        assert_eq!(
            beginning("1d", "2026-11-23T09:15:00+08:00", dongguan),
            "2026-11-23T00:00:00+08:00"
        );
        assert_eq!(
            beginning("5m", "2026-11-23T09:17:31+08:00", dongguan),
            "2026-11-23T09:15:00+08:00"
        );
        assert_eq!(
            beginning("1d", "2026-11-01T12:00:00-05:00", new_york),
            "2026-11-01T00:00:00-04:00"
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "", "m", "0h", "-1h", "1.5h", "5", "400d", "5x", "９m", "+5m",
        ] {
            assert!(text.parse::<Every>().is_err(), "{text}");
        }
    }
}
