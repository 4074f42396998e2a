//! A minute of a day, as a wall clock shows it: `13:30`, or only the hour; `24:00` is the end of the day.

use std::fmt;
use std::str::FromStr;

const END: u16 = 1_440;

/// Minutes since midnight, 0 to 1440.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MinuteOfDay(u16);

/// Why a text is no hour of the day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HourError(String);

impl MinuteOfDay {
    pub const MIDNIGHT: Self = Self(0);
    pub const END: Self = Self(END);

    /// What lies beyond the day is its end.
    pub const fn new(minute: u16) -> Self {
        Self(if minute > END { END } else { minute })
    }

    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// So many minutes before, at most back to midnight.
    pub const fn minus(self, minutes: u16) -> Self {
        Self(self.0.saturating_sub(minutes))
    }
}

impl FromStr for MinuteOfDay {
    type Err = HourError;

    fn from_str(text: &str) -> Result<Self, HourError> {
        let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
        let bad = || HourError(text.to_owned());
        let hour: u16 = hour.parse().map_err(|_| bad())?;
        let minute: u16 = minute.parse().map_err(|_| bad())?;
        let whole = hour.checked_mul(60).and_then(|day| day.checked_add(minute));
        let whole = whole.filter(|whole| minute < 60 && *whole <= END);
        whole.map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Display for HourError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not an hour of the day such as 13:30", self.0)
    }
}

impl std::error::Error for HourError {}
