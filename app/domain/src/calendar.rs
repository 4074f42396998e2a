//! A city's working days and hours, and counting on them. A year nobody has published is said to be provisional or
//! missing, never guessed; no count runs longer than the years the calendar knows.

mod day_table;
mod work_period;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::day_table::{DayTableError, parse_day_table};
pub use self::work_period::WorkPeriod;
use crate::clock::{Certainty, ClockKind, CrossedDays, Due, Elapsed, Limit, WORK_DAY_MINUTES};
use crate::time::{CivilDate, Timestamp, Weekday, Zone};

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: u16 = 1440;
/// No office divides its day further.
const MOST_PERIODS: usize = 8;
/// A century of tables; bounds every count.
const MOST_YEARS: usize = 100;
/// Named stretches a sentence can carry; a longer list would not be read.
const MOST_CROSSED: usize = 16;

/// When a city works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "CalendarParts", into = "CalendarParts")]
pub struct Calendar {
    parts: CalendarParts,
}

/// What a calendar is made of, as the city pack gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarParts {
    pub zone: Zone,
    /// In order, not overlapping, on the wall clock of the zone.
    pub work_periods: Vec<WorkPeriod>,
    pub weekend: BTreeSet<Weekday>,
    /// Days that differ from the week's pattern.
    pub days: BTreeMap<CivilDate, DayKind>,
    /// Years whose holidays are published.
    pub official_years: BTreeSet<i16>,
    /// Years counted with what is known so far, and said to be so.
    pub provisional_years: BTreeSet<i16>,
}

/// A day that is not what its weekday says, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    Holiday(String),
    /// 调休上班: a weekend day worked in exchange.
    Workday(String),
}

impl Calendar {
    pub fn new(parts: CalendarParts) -> Result<Calendar, CalendarError> {
        if parts.work_periods.is_empty() || parts.work_periods.len() > MOST_PERIODS {
            return Err(CalendarError::PeriodCount(parts.work_periods.len()));
        }
        let mut free_from = 0;
        for period in &parts.work_periods {
            if period.start_minute >= period.end_minute || period.end_minute > DAY_MINUTES {
                return Err(CalendarError::NotAPeriod(period.to_string()));
            }
            if period.start_minute < free_from {
                return Err(CalendarError::PeriodsOverlap(period.to_string()));
            }
            free_from = period.end_minute;
        }
        if parts.weekend.len() == 7 {
            return Err(CalendarError::NoWorkingWeekday);
        }
        if parts.official_years.len() + parts.provisional_years.len() > MOST_YEARS {
            return Err(CalendarError::TooManyYears);
        }
        if let Some(year) = parts
            .official_years
            .intersection(&parts.provisional_years)
            .next()
        {
            return Err(CalendarError::BothOfficialAndProvisional(*year));
        }
        Ok(Calendar { parts })
    }

    pub fn parts(&self) -> &CalendarParts {
        &self.parts
    }

    pub fn zone(&self) -> &Zone {
        &self.parts.zone
    }

    pub fn work_periods(&self) -> &[WorkPeriod] {
        &self.parts.work_periods
    }

    /// Work minutes of an ordinary working day: what one work day (工作日) means here.
    pub fn ordinary_day_minutes(&self) -> u32 {
        let mut minutes = 0;
        for period in &self.parts.work_periods {
            minutes += u32::from(period.end_minute - period.start_minute);
        }
        minutes
    }

    pub fn is_working_day(&self, date: CivilDate) -> bool {
        match self.parts.days.get(&date) {
            Some(DayKind::Holiday(_)) => false,
            Some(DayKind::Workday(_)) => true,
            None => !self.parts.weekend.contains(&date.weekday()),
        }
    }

    /// How sure the calendar is of a year.
    pub fn certainty_of(&self, year: i16) -> Certainty {
        if self.parts.official_years.contains(&year) {
            Certainty::Certain
        } else if self.parts.provisional_years.contains(&year) {
            Certainty::Provisional(year)
        } else {
            Certainty::Missing(year)
        }
    }

    /// A limit in milliseconds of its own clock.
    pub fn limit_ms(&self, limit: Limit) -> i64 {
        let minutes = i64::from(limit.minutes());
        match limit.clock() {
            // Whole milliseconds, since 60,000 is a multiple of 480.
            ClockKind::WorkDay => {
                minutes
                    * (MINUTE_MS / i64::from(WORK_DAY_MINUTES))
                    * i64::from(self.ordinary_day_minutes())
            }
            ClockKind::UrgentHour | ClockKind::WorkHour | ClockKind::NaturalDay => {
                minutes * MINUTE_MS
            }
        }
    }

    /// The deadline of something that starts now.
    pub fn due(&self, start: Timestamp, limit: Limit) -> Due {
        let total_ms = self.limit_ms(limit);
        self.deadline(start, limit, None, total_ms, total_ms / 5 * 4)
    }

    /// The deadline of something that was paused with `left_ms` of its limit left on its own clock and goes on now. A day may have
    /// become shorter meanwhile: no more is left than the whole; what was left is kept, for the day that is longer again.
    pub fn due_resumed(&self, resumed_at: Timestamp, limit: Limit, left_ms: i64) -> Due {
        let total_ms = self.limit_ms(limit);
        let kept_ms = left_ms.max(0);
        let left_ms = kept_ms.min(total_ms);
        let warn_ms = (total_ms / 5 * 4 - (total_ms - left_ms)).max(0);
        self.deadline(resumed_at, limit, Some(kept_ms), left_ms, warn_ms)
    }

    /// When so much of a limit is used, beyond the deadline too; a moment that has passed before the count began is its
    /// beginning. None where the calendar of a year is missing.
    pub fn used_up_to(&self, due: &Due, percent: u16) -> Option<Timestamp> {
        let total_ms = self.limit_ms(due.limit);
        let used_before_ms = due.left_ms.map_or(0, |left_ms| (total_ms - left_ms).max(0));
        let wanted_ms = total_ms / 100 * i64::from(percent) - used_before_ms;
        if due.limit.clock().is_continuous() {
            return Some(due.start.plus_millis(wanted_ms.max(0)));
        }
        self.count_work(due.start, wanted_ms.max(0), 0).0
    }

    /// Time counted on a clock between two moments; nothing if `to` is not after `from`.
    pub fn elapsed(&self, clock: ClockKind, from: Timestamp, to: Timestamp) -> Elapsed {
        if to <= from {
            return Elapsed {
                ms: Some(0),
                known_ms: 0,
                certainty: Certainty::Certain,
            };
        }
        if clock.is_continuous() {
            return Elapsed {
                ms: Some(to.since(from)),
                known_ms: to.since(from),
                certainty: Certainty::Certain,
            };
        }
        let mut certainty = Certainty::Certain;
        let mut ms = 0;
        let mut date = from.civil(self.zone()).0;
        let last = to.civil(self.zone()).0;
        while date <= last {
            match self.certainty_of(date.year()) {
                Certainty::Missing(year) => {
                    return Elapsed {
                        ms: None,
                        known_ms: ms,
                        certainty: Certainty::Missing(year),
                    };
                }
                Certainty::Provisional(year) if certainty == Certainty::Certain => {
                    certainty = Certainty::Provisional(year);
                }
                Certainty::Provisional(_) | Certainty::Certain => {}
            }
            for (start, end) in self.work_on(date) {
                ms += end.min(to).since(start.max(from)).max(0);
            }
            if date.next() == date {
                break;
            }
            date = date.next();
        }
        Elapsed {
            ms: Some(ms),
            known_ms: ms,
            certainty,
        }
    }

    fn deadline(
        &self,
        start: Timestamp,
        limit: Limit,
        left_ms: Option<i64>,
        total_ms: i64,
        warn_ms: i64,
    ) -> Due {
        let continuous = limit.clock().is_continuous();
        let (due_at, warn_at, certainty) = if continuous {
            (
                Some(start.plus_millis(total_ms)),
                Some(start.plus_millis(warn_ms)),
                Certainty::Certain,
            )
        } else {
            self.count_work(start, total_ms, warn_ms)
        };
        Due {
            start,
            limit,
            left_ms,
            due_at,
            warn_at,
            certainty,
            crossed: match due_at {
                Some(due_at) if !continuous => self.crossed(start, due_at),
                _ => Vec::new(),
            },
            zone: self.zone().clone(),
            work_periods: if continuous {
                Vec::new()
            } else {
                self.parts.work_periods.clone()
            },
        }
    }

    /// Walks the days from `start` until the work time is used up. Ends at the latest at the first year the calendar
    /// does not know.
    fn count_work(
        &self,
        start: Timestamp,
        total_ms: i64,
        warn_ms: i64,
    ) -> (Option<Timestamp>, Option<Timestamp>, Certainty) {
        let mut warn_at = (warn_ms <= 0).then_some(start);
        if total_ms <= 0 {
            return (Some(start), warn_at, Certainty::Certain);
        }
        let mut certainty = Certainty::Certain;
        let mut used_ms = 0;
        let mut date = start.civil(self.zone()).0;
        loop {
            match self.certainty_of(date.year()) {
                Certainty::Missing(year) => return (None, warn_at, Certainty::Missing(year)),
                Certainty::Provisional(year) if certainty == Certainty::Certain => {
                    certainty = Certainty::Provisional(year);
                }
                Certainty::Provisional(_) | Certainty::Certain => {}
            }
            for (work_start, work_end) in self.work_on(date) {
                let from = work_start.max(start);
                let length_ms = work_end.since(from);
                if length_ms <= 0 {
                    continue;
                }
                if warn_at.is_none() && used_ms + length_ms >= warn_ms {
                    warn_at = Some(from.plus_millis(warn_ms - used_ms));
                }
                if used_ms + length_ms >= total_ms {
                    return (
                        Some(from.plus_millis(total_ms - used_ms)),
                        warn_at,
                        certainty,
                    );
                }
                used_ms += length_ms;
            }
            let next = date.next();
            if next == date {
                return (None, warn_at, Certainty::Missing(date.year()));
            }
            date = next;
        }
    }

    /// The work periods of a date as moments; none on a day off. Where the clock is put forward or back inside one,
    /// its real length counts.
    fn work_on(&self, date: CivilDate) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let periods: &[WorkPeriod] = if self.is_working_day(date) {
            &self.parts.work_periods
        } else {
            &[]
        };
        periods.iter().map(move |period| {
            let start = Timestamp::at(date, period.start_minute, self.zone());
            let end = Timestamp::at(date, period.end_minute, self.zone());
            (start, end)
        })
    }

    fn crossed(&self, start: Timestamp, due_at: Timestamp) -> Vec<CrossedDays> {
        let first = start.civil(self.zone()).0;
        let last = due_at.civil(self.zone()).0;
        let mut crossed: Vec<CrossedDays> = Vec::new();
        for (date, kind) in self.parts.days.range(first..=last) {
            let (name, off) = match kind {
                DayKind::Holiday(name) => (name, true),
                DayKind::Workday(name) => (name, false),
            };
            if let Some(run) = crossed.last_mut()
                && run.off == off
                && run.name == *name
                && (run.last.next() == *date || (off && self.is_one_rest(run.last, *date)))
            {
                run.last = *date;
                continue;
            }
            if crossed.len() == MOST_CROSSED {
                break;
            }
            crossed.push(CrossedDays {
                first: *date,
                last: *date,
                name: name.clone(),
                off,
            });
        }
        crossed
    }

    /// Whether no working day lies between two days off.
    fn is_one_rest(&self, earlier: CivilDate, later: CivilDate) -> bool {
        let mut date = earlier.next();
        while date < later {
            if self.is_working_day(date) {
                return false;
            }
            date = date.next();
        }
        true
    }
}

impl TryFrom<CalendarParts> for Calendar {
    type Error = CalendarError;
    fn try_from(parts: CalendarParts) -> Result<Calendar, CalendarError> {
        Calendar::new(parts)
    }
}

impl From<Calendar> for CalendarParts {
    fn from(calendar: Calendar) -> CalendarParts {
        calendar.parts
    }
}

/// Why a calendar cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarError {
    PeriodCount(usize),
    NotAPeriod(String),
    PeriodsOverlap(String),
    NoWorkingWeekday,
    TooManyYears,
    BothOfficialAndProvisional(i16),
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CalendarError::PeriodCount(count) => {
                write!(
                    f,
                    "a working day has 1 to {MOST_PERIODS} work periods, not {count}"
                )
            }
            CalendarError::NotAPeriod(text) => {
                write!(f, "'{text}' is not a work period such as 08:00-12:00")
            }
            CalendarError::PeriodsOverlap(text) => {
                write!(f, "work period {text} begins before the one above it ends")
            }
            CalendarError::NoWorkingWeekday => f.write_str("all seven days are weekend"),
            CalendarError::TooManyYears => write!(f, "more than {MOST_YEARS} years"),
            CalendarError::BothOfficialAndProvisional(year) => {
                write!(f, "year {year} is given as official and as provisional")
            }
        }
    }
}

impl std::error::Error for CalendarError {}
