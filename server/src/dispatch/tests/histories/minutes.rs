//! A city's years minute by minute, and clocks counted by walking them: slow, and plain to see that it is right.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{CalendarParts, DayKind};
use domain::clock::ClockKind;
use domain::time::{CivilDate, Weekday};

const DAY: i64 = 24 * 60;
/// 2025-01-01 00:00 in Dongguan, in minutes since 1970 in Greenwich: 20,089 days, less eight hours.
pub const BEGIN: i64 = 20_089 * DAY - 8 * 60;
const YEARS: std::ops::Range<i16> = 2025..2032;
const MONTHS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// How sure a deadline is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sure {
    Certain,
    Provisional(i16),
    Missing(i16),
}

type Counted = BTreeMap<(usize, i64, i64), (Option<i64>, Sure)>;

thread_local! {
    /// What this history has counted already.
    static COUNTED: RefCell<Counted> = const { RefCell::new(BTreeMap::new()) };
}

/// Another history begins.
pub fn forget() {
    COUNTED.with_borrow_mut(BTreeMap::clear);
}

pub struct Minutes {
    works: Vec<bool>,
    /// Of each day.
    years: Vec<i16>,
    dates: Vec<CivilDate>,
    official: BTreeSet<i16>,
    provisional: BTreeSet<i16>,
    /// Work minutes of an ordinary day.
    pub ordinary: i64,
}

impl Minutes {
    pub fn of(parts: &CalendarParts) -> Self {
        let mut all = Self {
            works: Vec::new(),
            years: Vec::new(),
            dates: Vec::new(),
            official: parts.official_years.clone(),
            provisional: parts.provisional_years.clone(),
            ordinary: 0,
        };
        let works_at = |minute: i64| {
            parts.work_periods.iter().any(|period| {
                i64::from(period.start_minute) <= minute && minute < i64::from(period.end_minute)
            })
        };
        let day: Vec<bool> = (0..DAY).map(works_at).collect();
        all.ordinary = day.iter().map(|works| i64::from(*works)).sum();
        let week = [
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
            Weekday::Monday,
            Weekday::Tuesday,
        ];
        let mut of_week = 0;
        for year in YEARS {
            for month in 1..=12 {
                let leap = month == 2 && year % 4 == 0;
                for of_month in 1..=MONTHS[usize::from(month) - 1] + u8::from(leap) {
                    let date = CivilDate::new(year, month, of_month).expect("a date");
                    let open = match parts.days.get(&date) {
                        Some(DayKind::Holiday(_)) => false,
                        Some(DayKind::Workday(_)) => true,
                        None => !parts.weekend.contains(&week[of_week]),
                    };
                    all.works.extend(day.iter().map(|works| open && *works));
                    all.years.push(year);
                    all.dates.push(date);
                    of_week = (of_week + 1) % 7;
                }
            }
        }
        all
    }

    fn day(&self, minute: i64) -> usize {
        usize::try_from((minute - BEGIN) / DAY).expect("within the years")
    }

    pub fn date(&self, minute: i64) -> CivilDate {
        self.dates[self.day(minute)]
    }

    /// None: nobody knows whether it is worked.
    fn is_worked(&self, minute: i64) -> Option<bool> {
        let year = self.year(minute);
        let known = self.official.contains(&year) || self.provisional.contains(&year);
        known.then(|| self.works[usize::try_from(minute - BEGIN).expect("within the years")])
    }

    fn year(&self, minute: i64) -> i16 {
        self.years
            .get(self.day(minute))
            .copied()
            .unwrap_or(YEARS.end)
    }

    /// When so many minutes have been counted.
    pub fn after(&self, kind: ClockKind, from: i64, left: i64) -> (Option<i64>, Sure) {
        if matches!(kind, ClockKind::UrgentHour | ClockKind::NaturalDay) {
            return (Some(from + left.max(0)), Sure::Certain);
        }
        let asked = (std::ptr::from_ref(self).addr(), from, left);
        if let Some(known) = COUNTED.with_borrow(|counted| counted.get(&asked).copied()) {
            return known;
        }
        let found = self.walk(from, left);
        COUNTED.with_borrow_mut(|counted| counted.insert(asked, found));
        found
    }

    fn walk(&self, from: i64, mut left: i64) -> (Option<i64>, Sure) {
        let mut sure = Sure::Certain;
        let mut minute = from;
        while left > 0 {
            let year = self.year(minute);
            match self.is_worked(minute) {
                None => return (None, Sure::Missing(year)),
                Some(works) => left -= i64::from(works),
            }
            if sure == Sure::Certain && self.provisional.contains(&year) {
                sure = Sure::Provisional(year);
            }
            minute += 1;
        }
        (Some(minute), sure)
    }

    /// Minutes counted between two moments, as far as the calendar is known.
    pub fn between(&self, kind: ClockKind, from: i64, to: i64) -> i64 {
        if matches!(kind, ClockKind::UrgentHour | ClockKind::NaturalDay) {
            return (to - from).max(0);
        }
        let mut counted = 0;
        for minute in from..to {
            match self.is_worked(minute) {
                None => break,
                Some(works) => counted += i64::from(works),
            }
        }
        counted
    }
}

/// A clock of a stage: so many minutes of its own kind, counted from a moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Running {
    pub handles: bool,
    pub stage: domain::assignment::Stage,
    kind: ClockKind,
    /// As the table gives it: a work day is 480.
    nominal: i64,
    pub began: i64,
    from: i64,
    /// What was left when it last went on; None: it never stood.
    left: Option<i64>,
    /// It stands, with so much left.
    pub stands: Option<i64>,
}

impl Running {
    pub fn begin(
        stage: domain::assignment::Stage,
        kind: ClockKind,
        nominal: i64,
        now: i64,
    ) -> Self {
        Self {
            handles: stage == domain::assignment::Stage::Handle,
            stage,
            kind,
            nominal,
            began: now,
            from: now,
            left: None,
            stands: None,
        }
    }

    fn whole(&self, minutes: &Minutes, nominal: i64) -> i64 {
        match self.kind {
            ClockKind::WorkDay => nominal * minutes.ordinary / 480,
            _ => nominal,
        }
    }

    /// A day may have become shorter meanwhile: nothing has more left than the whole.
    fn left(&self, total: i64) -> i64 {
        self.left.map_or(total, |left| left.min(total))
    }

    fn total(&self, minutes: &Minutes) -> i64 {
        self.whole(minutes, self.nominal)
    }

    /// When so many percent of it are used.
    pub fn used_up(&self, minutes: &Minutes, percent: i64) -> (Option<i64>, Sure) {
        let total = self.total(minutes);
        let left = self.left(total);
        let until = left - total + total * percent / 100;
        minutes.after(self.kind, self.from, until)
    }

    pub fn is_late(&self, minutes: &Minutes, now: i64) -> bool {
        match self.stands {
            Some(left) => left == 0,
            None => self.used_up(minutes, 100).0.is_some_and(|due| due <= now),
        }
    }

    /// Whether it is in time; None where that cannot be known.
    pub fn in_time(&self, minutes: &Minutes, now: i64) -> Option<bool> {
        let known = self.stands.is_some() || self.used_up(minutes, 100).0.is_some();
        known.then(|| !self.is_late(minutes, now))
    }

    pub fn stop(&mut self, minutes: &Minutes, now: i64) {
        let left = self.left(self.total(minutes));
        let used = minutes.between(self.kind, self.from, now);
        self.stands = Some((left - used).max(0));
    }

    pub fn go_on(&mut self, now: i64) {
        if let Some(left) = self.stands.take() {
            self.left = Some(left);
            self.from = now;
        }
    }

    pub fn lengthen(&mut self, minutes: &Minutes, nominal: i64) {
        let more = self.whole(minutes, nominal);
        self.nominal += nominal;
        self.left = self.left.map(|left| left + more);
        self.stands = self.stands.map(|left| left + more);
    }
}
