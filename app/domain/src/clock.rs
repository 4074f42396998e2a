//! Limits, the clocks they run on, and deadlines with their light. Counting them needs the calendar (calendar.rs).
//! A deadline that cannot be known is said to be missing, never guessed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::calendar::WorkPeriod;
use crate::language::Language;
use crate::time::{CivilDate, Timestamp, Zone};

/// What a clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// 紧急工作时: continuously, nights and holidays too.
    UrgentHour,
    /// 工作时: work periods of working days only.
    WorkHour,
    /// 工作日: one ordinary working day's hours, counted like work hours.
    WorkDay,
    /// 自然日: continuously.
    NaturalDay,
}

impl ClockKind {
    pub const ALL: [ClockKind; 4] = [
        ClockKind::UrgentHour,
        ClockKind::WorkHour,
        ClockKind::WorkDay,
        ClockKind::NaturalDay,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            ClockKind::UrgentHour => "urgent_hour",
            ClockKind::WorkHour => "work_hour",
            ClockKind::WorkDay => "work_day",
            ClockKind::NaturalDay => "natural_day",
        }
    }

    /// Whether nights, weekends and holidays count too, so that no calendar is needed.
    pub const fn is_continuous(self) -> bool {
        matches!(self, ClockKind::UrgentHour | ClockKind::NaturalDay)
    }

    /// Nominal minutes of one unit of this clock.
    pub const fn unit_minutes(self) -> u32 {
        match self {
            ClockKind::UrgentHour | ClockKind::WorkHour => 60,
            ClockKind::WorkDay => WORK_DAY_MINUTES,
            ClockKind::NaturalDay => 1440,
        }
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ClockKind {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<ClockKind, LimitError> {
        for kind in ClockKind::ALL {
            if kind.name() == text {
                return Ok(kind);
            }
        }
        Err(LimitError::UnknownClock(text.chars().take(40).collect()))
    }
}

/// 8 work hours (CJJ/T 106 practice). A calendar whose ordinary day is longer or shorter stretches it accordingly.
pub const WORK_DAY_MINUTES: u32 = 480;
/// Ten years; longer is a mistake in the table.
const MOST_MINUTES: u32 = 3_660 * 1440;

/// How long something may take, and on which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "LimitParts", into = "LimitParts")]
pub struct Limit {
    clock: ClockKind,
    minutes: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Limit")]
struct LimitParts {
    clock: ClockKind,
    minutes: u32,
}

impl From<Limit> for LimitParts {
    fn from(limit: Limit) -> LimitParts {
        LimitParts {
            clock: limit.clock,
            minutes: limit.minutes,
        }
    }
}

impl TryFrom<LimitParts> for Limit {
    type Error = LimitError;
    fn try_from(parts: LimitParts) -> Result<Limit, LimitError> {
        Limit::from_minutes(parts.clock, parts.minutes)
    }
}

impl Limit {
    /// Nominal minutes: a work day has 480, a natural day 1,440. At least one minute, at most ten years.
    pub const fn from_minutes(clock: ClockKind, minutes: u32) -> Result<Limit, LimitError> {
        if minutes == 0 {
            return Err(LimitError::Zero);
        }
        if minutes > MOST_MINUTES {
            return Err(LimitError::TooLong);
        }
        Ok(Limit { clock, minutes })
    }

    /// Continuous minutes, between 1 and ten years (what lies outside is moved to the edge).
    pub fn urgent_minutes(minutes: u32) -> Limit {
        Limit {
            clock: ClockKind::UrgentHour,
            minutes: minutes.clamp(1, MOST_MINUTES),
        }
    }

    /// An amount in the clock's own unit (hours or days, decimals allowed) and the clock's name: `"0.5", "work_day"`.
    pub fn parse(amount: &str, clock: &str) -> Result<Limit, LimitError> {
        let clock: ClockKind = clock.trim().parse()?;
        let thousandths = thousandths(amount.trim())
            .ok_or_else(|| LimitError::NotAnAmount(amount.chars().take(40).collect()))?;
        let scaled = thousandths * u64::from(clock.unit_minutes());
        if !scaled.is_multiple_of(1000) {
            return Err(LimitError::NotWholeMinutes(amount.trim().to_owned()));
        }
        let minutes = u32::try_from(scaled / 1000).map_err(|_| LimitError::TooLong)?;
        Limit::from_minutes(clock, minutes)
    }

    pub const fn clock(self) -> ClockKind {
        self.clock
    }

    /// Nominal minutes.
    pub const fn minutes(self) -> u32 {
        self.minutes
    }

    /// The limit after an extension of the same length again (延期), capped at ten years.
    pub fn extended(self, by: Limit) -> Limit {
        Limit {
            clock: self.clock,
            minutes: (self.minutes + by.minutes).min(MOST_MINUTES),
        }
    }
}

/// `12`, `0.5`, `1.25` in thousandths; at most six digits before and three after the point.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 6) || !digits(part, 3) {
        return None;
    }
    let mut padded = part.to_owned();
    while padded.len() < 3 {
        padded.push('0');
    }
    Some(whole.parse::<u64>().ok()? * 1000 + padded.parse::<u64>().ok()?)
}

/// Why a limit cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitError {
    UnknownClock(String),
    NotAnAmount(String),
    NotWholeMinutes(String),
    Zero,
    TooLong,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitError::UnknownClock(text) => {
                write!(
                    f,
                    "clock '{text}' is not one of urgent_hour, work_hour, work_day, natural_day"
                )
            }
            LimitError::NotAnAmount(text) => {
                write!(f, "'{text}' is not an amount such as 2 or 0.5")
            }
            LimitError::NotWholeMinutes(text) => {
                write!(f, "{text} is not a whole number of minutes")
            }
            LimitError::Zero => f.write_str("a limit is at least one minute"),
            LimitError::TooLong => f.write_str("a limit is at most ten years"),
        }
    }
}

impl std::error::Error for LimitError {}

/// How far a deadline can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    Certain,
    /// Counted through a year whose holidays are not published yet.
    Provisional(i16),
    /// Needs the calendar of a year that is not there: no deadline.
    Missing(i16),
}

/// A deadline, with all it takes to explain itself later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Due {
    pub start: Timestamp,
    pub limit: Limit,
    /// Milliseconds of the limit that were left at `start`, if the clock had been paused before.
    pub left_ms: Option<i64>,
    pub due_at: Option<Timestamp>,
    /// When 80 % of the limit is used, counted on the same clock.
    pub warn_at: Option<Timestamp>,
    pub certainty: Certainty,
    /// Holidays and swap days between start and deadline, in order.
    pub crossed: Vec<CrossedDays>,
    pub zone: Zone,
    /// What counted as work time; empty for a continuous clock.
    pub work_periods: Vec<WorkPeriod>,
}

/// Days in a row that the calendar names, passed by a deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossedDays {
    pub first: CivilDate,
    pub last: CivilDate,
    pub name: String,
    /// True for a holiday, false for a weekend day worked in exchange (调休).
    pub off: bool,
}

impl Due {
    /// The light at a moment. The light changes exactly at `warn_at` and at `due_at`, so a timer set there sees it.
    /// A deadline that cannot be computed is never green.
    pub fn light(&self, now: Timestamp) -> Light {
        match (self.due_at, self.warn_at) {
            (Some(due_at), _) if now >= due_at => Light::Red,
            (Some(_), Some(warn_at)) if now < warn_at => Light::Green,
            _ => Light::Yellow,
        }
    }

    /// When the light changes next, if it will.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let due_at = self.due_at?;
        match self.warn_at {
            Some(warn_at) if now < warn_at => Some(warn_at),
            _ if now < due_at => Some(due_at),
            _ => None,
        }
    }

    /// One sentence: from when, how long on which clock, until when, past which holidays, how sure.
    pub fn explain(&self, language: Language) -> String {
        crate::sentence::deadline(self, language)
    }
}

/// Green to 80 % of the limit, yellow to 100 %, red beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    Green,
    Yellow,
    Red,
}

impl Light {
    pub const fn name(self) -> &'static str {
        match self {
            Light::Green => "green",
            Light::Yellow => "yellow",
            Light::Red => "red",
        }
    }
}

/// Time counted on a clock between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    /// None if the calendar of a needed year is missing.
    pub ms: Option<i64>,
    /// As far as the calendar is known.
    pub known_ms: i64,
    pub certainty: Certainty,
}

impl Elapsed {
    /// Whole minutes.
    pub fn minutes(self) -> Option<i64> {
        self.ms.map(|ms| ms / 60_000)
    }
}
