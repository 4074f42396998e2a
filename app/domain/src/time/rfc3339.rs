//! Reading RFC 3339 strictly. jiff's own reader accepts more (no seconds, annotations) and takes second 60 in silence.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::{TimeError, Timestamp};

pub(super) struct Rfc3339<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Rfc3339<'_> {
    pub(super) fn moment(mut self) -> Result<Timestamp, TimeError> {
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

    pub(super) fn number(
        &mut self,
        digits: usize,
        expected: &'static str,
    ) -> Result<i64, TimeError> {
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

    pub(super) fn one_of(
        &mut self,
        allowed: &[u8],
        expected: &'static str,
    ) -> Result<(), TimeError> {
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

pub(super) fn civil_date(year: i64, month: i64, day: i64) -> Result<Date, TimeError> {
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
