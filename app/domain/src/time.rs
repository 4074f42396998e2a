//! Moments, zones and civil dates. Pure: nothing here reads a clock or the machine's own zone table,
//! so the same journal gives the same times everywhere.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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

/// A strict reader: jiff's own accepts more than RFC 3339 (no seconds, annotations, silent second 60).
struct Rfc3339<'a> {
    text: &'a [u8],
    at: usize,
}

impl Rfc3339<'_> {
    fn moment(mut self) -> Result<Timestamp, TimeError> {
        let year = self.number(4, "a year of four digits")?;
        self.one_of(b"-", "'-'")?;
        let month = self.number(2, "a month of two digits")?;
        self.one_of(b"-", "'-'")?;
        let day = self.number(2, "a day of two digits")?;
        self.one_of(b"Tt ", "'T'")?;
        let hour = self.number(2, "an hour of two digits")?;
        self.one_of(b":", "':'")?;
        let minute = self.number(2, "a minute of two digits")?;
        self.one_of(b":", "':'")?;
        let second = self.number(2, "a second of two digits")?;
        let millis = self.fraction()?;
        let offset_minutes = self.offset()?;
        if self.at != self.text.len() {
            return Err(self.shape("nothing more"));
        }
        if second == 60 {
            return Err(TimeError::LeapSecond);
        }
        let date = civil_date(year, month, day)?;
        for (what, value, most) in [
            ("hour", hour, 23),
            ("minute", minute, 59),
            ("second", second, 59),
        ] {
            if value > most {
                return Err(TimeError::NotOnTheCalendar { what, value });
            }
        }
        let time = Time::constant(hour as i8, minute as i8, second as i8, 0);
        let wall = jiff_millis(DateTime::from_parts(date, time))?;
        let moment = wall + millis - offset_minutes * 60_000;
        if !(Timestamp::MIN.0..=Timestamp::MAX.0).contains(&moment) {
            return Err(TimeError::NotOnTheCalendar {
                what: "year",
                value: year,
            });
        }
        Ok(Timestamp(moment))
    }

    fn fraction(&mut self) -> Result<i64, TimeError> {
        if self.text.get(self.at) != Some(&b'.') {
            return Ok(0);
        }
        self.at += 1;
        let first = self.at;
        let mut millis = 0;
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            let place = self.at - first;
            if place < 3 {
                millis += i64::from(digit - b'0') * [100, 10, 1][place];
            }
            self.at += 1;
        }
        if self.at == first {
            Err(self.shape("a digit"))
        } else {
            Ok(millis)
        }
    }

    fn offset(&mut self) -> Result<i64, TimeError> {
        let Some(sign) = self.text.get(self.at).copied() else {
            return Err(TimeError::NoOffset);
        };
        self.at += 1;
        let direction = match sign {
            b'Z' | b'z' => return Ok(0),
            b'+' => 1,
            b'-' => -1,
            _ => {
                self.at -= 1;
                return Err(self.shape("Z or an offset"));
            }
        };
        let hours = self.number(2, "offset hours of two digits")?;
        self.one_of(b":", "':'")?;
        let minutes = self.number(2, "offset minutes of two digits")?;
        if hours > 23 {
            return Err(TimeError::NotOnTheCalendar {
                what: "offset hour",
                value: hours,
            });
        }
        if minutes > 59 {
            return Err(TimeError::NotOnTheCalendar {
                what: "offset minute",
                value: minutes,
            });
        }
        Ok(direction * (hours * 60 + minutes))
    }

    fn number(&mut self, digits: usize, expected: &'static str) -> Result<i64, TimeError> {
        let mut value = 0;
        for _ in 0..digits {
            match self.text.get(self.at) {
                Some(byte) if byte.is_ascii_digit() => value = value * 10 + i64::from(byte - b'0'),
                _ => return Err(self.shape(expected)),
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn one_of(&mut self, allowed: &[u8], expected: &'static str) -> Result<(), TimeError> {
        match self.text.get(self.at) {
            Some(byte) if allowed.contains(byte) => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.shape(expected)),
        }
    }

    fn shape(&self, expected: &'static str) -> TimeError {
        TimeError::Shape {
            at: self.at,
            expected,
        }
    }
}

fn civil_date(year: i64, month: i64, day: i64) -> Result<Date, TimeError> {
    if !(1..=9999).contains(&year) {
        return Err(TimeError::NotOnTheCalendar {
            what: "year",
            value: year,
        });
    }
    if !(1..=12).contains(&month) {
        return Err(TimeError::NotOnTheCalendar {
            what: "month",
            value: month,
        });
    }
    let missing_day = TimeError::NotOnTheCalendar {
        what: "day",
        value: day,
    };
    let day = i8::try_from(day).map_err(|_| missing_day.clone())?;
    Date::new(year as i16, month as i8, day).map_err(|_| missing_day)
}

fn jiff_millis(wall: DateTime) -> Result<i64, TimeError> {
    match Offset::UTC.to_timestamp(wall) {
        Ok(moment) => Ok(moment.as_millisecond()),
        Err(_) => Err(TimeError::NotOnTheCalendar {
            what: "year",
            value: i64::from(wall.year()),
        }),
    }
}

/// A time zone by its IANA name, from the table inside the program: the machine's own would let two nodes disagree.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    pub fn named(name: &str) -> Result<Zone, TimeError> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) if zone.iana_name().is_some() && !zone.is_unknown() => Ok(Zone(zone)),
            _ => Err(TimeError::UnknownZone(name.to_owned())),
        }
    }

    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Minutes to add to UTC at a moment (480 in Dongguan).
    pub fn offset_minutes(&self, moment: Timestamp) -> i32 {
        self.0.to_offset(moment.jiff()).seconds() / 60
    }

    fn offset_at(&self, moment: Timestamp) -> Offset {
        self.0.to_offset(moment.jiff())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl FromStr for Zone {
    type Err = TimeError;
    fn from_str(name: &str) -> Result<Zone, TimeError> {
        Zone::named(name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(deserializer)?;
        Zone::named(&name).map_err(de::Error::custom)
    }
}

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
pub struct CivilDate(Date);

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
