//! Moments, zones and civil dates. Pure: nothing here reads a clock or the machine's own zone table,
//! so the same journal gives the same times everywhere.

mod civil;
mod rfc3339;
mod zone;

use std::fmt;

use jiff::civil::Time;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use self::civil::{CivilDate, Weekday};
use self::rfc3339::Rfc3339;
pub use self::zone::Zone;

/// Milliseconds since 1970-01-01T00:00:00Z, kept between the years 1 and 9999 so that every moment can be written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-02T00:00:00Z: a day inside what RFC 3339 can write, so that every zone's offset still fits.
    pub const MIN: Timestamp = Timestamp(-62_135_510_400_000);
    /// 9999-12-30T00:00:00Z.
    pub const MAX: Timestamp = Timestamp(253_402_128_000_000);

    /// Moments before [`Timestamp::MIN`] or after [`Timestamp::MAX`] become those.
    pub const fn from_millis(millis: i64) -> Timestamp {
        if millis < Timestamp::MIN.0 {
            Timestamp::MIN
        } else if millis > Timestamp::MAX.0 {
            Timestamp::MAX
        } else {
            Timestamp(millis)
        }
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    pub const fn plus_millis(self, millis: i64) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_add(millis))
    }

    pub const fn plus_minutes(self, minutes: i64) -> Timestamp {
        self.plus_millis(minutes.saturating_mul(60_000))
    }

    /// Milliseconds from `other` to this moment; negative if this one is earlier.
    pub const fn since(self, other: Timestamp) -> i64 {
        self.0 - other.0
    }

    /// The moment of a wall clock in a zone. A time the clock skips (spring) is moved on by the gap; a time it shows
    /// twice (autumn) means the first.
    pub fn at(date: CivilDate, minute_of_day: u16, zone: &Zone) -> Timestamp {
        let beyond = i64::from(minute_of_day / 1440);
        let minute = minute_of_day % 1440;
        let time = Time::constant((minute / 60) as i8, (minute % 60) as i8, 0, 0);
        let mut date = date;
        for _ in 0..beyond {
            date = date.next();
        }
        match zone
            .0
            .to_ambiguous_timestamp(date.0.to_datetime(time))
            .compatible()
        {
            Ok(moment) => Timestamp::from_millis(moment.as_millisecond()),
            // Only the last day of the calendar can fall outside what jiff holds.
            Err(_) => Timestamp::MAX,
        }
    }

    /// The date and the minute of the day (0–1439) that a wall clock in the zone shows.
    pub fn civil(self, zone: &Zone) -> (CivilDate, u16) {
        let wall = zone.offset_at(self).to_datetime(self.jiff());
        let minute =
            u16::from(wall.hour().unsigned_abs()) * 60 + u16::from(wall.minute().unsigned_abs());
        (CivilDate(wall.date()), minute)
    }

    /// Reads RFC 3339. The offset is required: a time without one is a guess.
    /// Parts of a second beyond the millisecond are cut off.
    pub fn parse_rfc3339(text: &str) -> Result<Timestamp, TimeError> {
        Rfc3339 {
            text: text.as_bytes(),
            at: 0,
        }
        .moment()
    }

    /// `2026-11-23T09:15:00+08:00`: the wall clock of the zone with its offset; milliseconds only if there are any.
    pub fn to_rfc3339(&self, zone: &Zone) -> String {
        // Whole minutes, as RFC 3339 writes them: before 1900 zones had seconds too.
        let offset_minutes = zone.offset_minutes(*self);
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let size = offset_minutes.unsigned_abs();
        let offset = Offset::from_seconds(offset_minutes * 60).unwrap_or(Offset::UTC);
        format!(
            "{}{sign}{:02}:{:02}",
            self.wall_text(offset),
            size / 60,
            size % 60
        )
    }

    /// `2026-11-23T01:15:00Z`.
    pub fn to_rfc3339_utc(&self) -> String {
        format!("{}Z", self.wall_text(Offset::UTC))
    }

    fn wall_text(self, offset: Offset) -> String {
        let wall = offset.to_datetime(self.jiff());
        let millis = self.0.rem_euclid(1000);
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            wall.year(),
            wall.month(),
            wall.day(),
            wall.hour(),
            wall.minute(),
            wall.second()
        );
        if millis != 0 {
            text.push_str(&format!(".{millis:03}"));
        }
        text
    }

    fn jiff(self) -> jiff::Timestamp {
        // Cannot fail between MIN and MAX, which the constructor keeps.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339_utc())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&self.to_rfc3339_utc())
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            Timestamp::parse_rfc3339(&text).map_err(de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Timestamp::from_millis)
        }
    }
}

/// Why a text is not a time, a date or a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Not of the shape `YYYY-MM-DDThh:mm:ss[.fff](Z|±hh:mm)`; the position is a byte from 0.
    Shape {
        at: usize,
        expected: &'static str,
    },
    NoOffset,
    LeapSecond,
    NotOnTheCalendar {
        what: &'static str,
        value: i64,
    },
    NotADate(String),
    UnknownZone(String),
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeError::Shape { at, expected } => write!(
                f,
                "time is not RFC 3339: expected {expected} at character {}, as in 2026-11-23T09:15:00+08:00",
                at + 1
            ),
            TimeError::NoOffset => f.write_str(
                "time has no offset; add Z or an offset, as in 2026-11-23T09:15:00+08:00",
            ),
            TimeError::LeapSecond => {
                f.write_str("second 60 (a leap second) is not accepted; send second 59")
            }
            TimeError::NotOnTheCalendar { what, value } => {
                write!(f, "{what} {value} does not exist")
            }
            TimeError::NotADate(text) => write!(f, "'{text}' is not a date of the form 2026-11-23"),
            TimeError::UnknownZone(text) => {
                write!(f, "'{text}' is not an IANA time zone such as Asia/Shanghai")
            }
        }
    }
}

impl std::error::Error for TimeError {}
