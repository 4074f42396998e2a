//! A stretch of the working day.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{CalendarError, DAY_MINUTES};

/// A stretch of the working day, `08:00–12:00` on the wall clock; the end does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorkPeriod {
    pub start_minute: u16,
    pub end_minute: u16,
}

impl fmt::Display for WorkPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start_minute, self.end_minute);
        write!(
            f,
            "{:02}:{:02}–{:02}:{:02}",
            start / 60,
            start % 60,
            end / 60,
            end % 60
        )
    }
}

impl FromStr for WorkPeriod {
    type Err = CalendarError;

    /// `08:00-12:00` or with an en dash; the end may be `24:00`.
    fn from_str(text: &str) -> Result<WorkPeriod, CalendarError> {
        let not_a_period = || CalendarError::NotAPeriod(text.chars().take(40).collect());
        let (start, end) = text.split_once(['-', '–']).ok_or_else(not_a_period)?;
        let start_minute = minute_of_day(start.trim()).ok_or_else(not_a_period)?;
        let end_minute = minute_of_day(end.trim()).ok_or_else(not_a_period)?;
        if start_minute >= end_minute {
            return Err(not_a_period());
        }
        Ok(WorkPeriod {
            start_minute,
            end_minute,
        })
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}
