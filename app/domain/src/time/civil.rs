//! Dates and days of the week, without a zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::TimeError;
use super::rfc3339::{Rfc3339, civil_date};

/// A day of the week; the order is that of a Chinese (and ISO 8601) week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A date without a zone, from 0001-01-01 to 9999-12-31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(pub(super) Date);

impl CivilDate {
    pub fn new(year: i16, month: u8, day: u8) -> Result<CivilDate, TimeError> {
        civil_date(i64::from(year), i64::from(month), i64::from(day)).map(CivilDate)
    }

    pub fn year(self) -> i16 {
        self.0.year()
    }

    pub fn month(self) -> u8 {
        self.0.month().unsigned_abs()
    }

    pub fn day(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    pub fn weekday(self) -> Weekday {
        use jiff::civil::Weekday as Day;
        match self.0.weekday() {
            Day::Monday => Weekday::Monday,
            Day::Tuesday => Weekday::Tuesday,
            Day::Wednesday => Weekday::Wednesday,
            Day::Thursday => Weekday::Thursday,
            Day::Friday => Weekday::Friday,
            Day::Saturday => Weekday::Saturday,
            Day::Sunday => Weekday::Sunday,
        }
    }

    /// The day after; the last day of the calendar stays where it is.
    pub fn next(self) -> CivilDate {
        self.0.tomorrow().map_or(self, CivilDate)
    }

    /// The day before; the first day of the year 1 stays where it is.
    pub fn previous(self) -> CivilDate {
        match self.0.yesterday() {
            Ok(date) if date.year() >= 1 => CivilDate(date),
            _ => self,
        }
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CivilDate {
    type Err = TimeError;

    /// Exactly `YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<CivilDate, TimeError> {
        let not_a_date = || TimeError::NotADate(text.chars().take(40).collect());
        let mut reader = Rfc3339 {
            text: text.as_bytes(),
            at: 0,
        };
        let mut read = || {
            let year = reader.number(4, "a year")?;
            reader.one_of(b"-", "'-'")?;
            let month = reader.number(2, "a month")?;
            reader.one_of(b"-", "'-'")?;
            let day = reader.number(2, "a day")?;
            Ok::<_, TimeError>((year, month, day))
        };
        let (year, month, day) = read().map_err(|_| not_a_date())?;
        if text.len() != 10 {
            return Err(not_a_date());
        }
        civil_date(year, month, day).map(CivilDate)
    }
}

impl Serialize for CivilDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.year(), self.month(), self.day()).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for CivilDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CivilDate, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?
                .parse()
                .map_err(de::Error::custom)
        } else {
            let (year, month, day) = <(i16, u8, u8)>::deserialize(deserializer)?;
            CivilDate::new(year, month, day).map_err(de::Error::custom)
        }
    }
}
