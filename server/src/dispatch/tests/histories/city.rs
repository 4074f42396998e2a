//! A small city for histories: two towns, six departments, a kind for each clock, and calendars that replace each other.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use domain::account::Role;
use domain::assignment::Stage;
use domain::calendar::{Calendar, CalendarParts, DayKind};
use domain::category::Severity;
use domain::city::{City, Level, Responsibility};
use domain::clock::{ClockKind, Limit};
use domain::escalation::EscalationStep;
use domain::plan::{Plan, PlanItem, Whose};
use domain::time::{CivilDate, Weekday};

use super::minutes::Minutes;
use crate::single_writer::rehearsal::{department, dongguan, kind};

pub const NANCHENG: &str = "441900004";
pub const HUMEN: &str = "441900121";
pub const DEPARTMENTS: [&str; 6] = ["swj", "jjzd", "cgj", "gaj", "xfj", "town-441900004"];

/// A kind as the model knows it.
pub struct Kind {
    pub code: &'static str,
    pub clock: ClockKind,
    /// Nominal: a work day is 480, a natural day 1,440.
    pub minutes: i64,
}

pub const KINDS: [Kind; 6] = [
    Kind {
        code: "E0402",
        clock: ClockKind::UrgentHour,
        minutes: 240,
    },
    Kind {
        code: "E0102",
        clock: ClockKind::WorkHour,
        minutes: 240,
    },
    Kind {
        code: "E0405",
        clock: ClockKind::WorkDay,
        minutes: 480,
    },
    Kind {
        code: "C0106",
        clock: ClockKind::NaturalDay,
        minutes: 4320,
    },
    Kind {
        code: "C0209",
        clock: ClockKind::WorkDay,
        minutes: 2400,
    },
    // Nobody answers for it.
    Kind {
        code: "E0608",
        clock: ClockKind::UrgentHour,
        minutes: 120,
    },
];

/// Who answers for a kind, written as a citizen would tell it: lead and those in support, or how many rows there are.
pub fn answers_for(code: &str, date: CivilDate) -> Result<(&'static str, Vec<&'static str>), ()> {
    let summer = CivilDate::new(2026, 7, 1).expect("a day");
    match code {
        "E0402" => Ok(("swj", vec!["jjzd", "gaj"])),
        "E0102" => Ok(("cgj", vec![])),
        "C0209" if date < summer => Ok(("gaj", vec![])),
        "C0209" => Ok(("xfj", vec!["town-441900004"])),
        _ => Err(()),
    }
}

fn row(
    id: &str,
    code: &str,
    from: (i16, u8),
    to: Option<(i16, u8)>,
    lead: &str,
    supporting: &[&str],
) -> Responsibility {
    let day = |(year, month)| CivilDate::new(year, month, 1).expect("a day");
    Responsibility {
        id: id.into(),
        category: code.into(),
        jurisdiction: None,
        valid_from: day(from),
        valid_to: to.map(day),
        lead: department(lead),
        supporting: supporting.iter().map(|id| department(id)).collect(),
        basis: String::new(),
    }
}

fn plan(id: &str, category: &str, severity: Severity, items: &[&str]) -> Arc<Plan> {
    let item = |id: &&str| PlanItem {
        id: (*id).into(),
        text: (*id).into(),
        text_en: (*id).into(),
        whose: Whose::Lead,
    };
    Arc::new(Plan {
        id: id.into(),
        name: id.into(),
        name_en: id.into(),
        category: category.into(),
        severity,
        objectives: Vec::new(),
        items: items.iter().map(item).collect(),
    })
}

/// The steps by which those above hear of it: the stage, percent of its limit, to whom, from which severity on.
pub const STEPS: [(Stage, u16, Role, Option<Severity>); 3] = [
    (Stage::Accept, 100, Role::ShiftLeader, None),
    (Stage::Handle, 100, Role::ShiftLeader, None),
    (Stage::Handle, 150, Role::Commander, Some(Severity::Severe)),
];

fn small() -> City {
    let mut city = (*dongguan()).clone();
    let towns = [NANCHENG, HUMEN];
    city.outlines.retain(|one| {
        one.level == Level::City || one.level == Level::Town && towns.contains(&one.code.as_str())
    });
    city.towns.retain(|one| towns.contains(&one.code.as_str()));
    city.departments
        .retain(|id, _| DEPARTMENTS.contains(&id.as_str()));
    city.categories
        .retain(|code, _| KINDS.iter().any(|one| one.code == code.to_string()));
    for one in KINDS {
        let minutes = u32::try_from(one.minutes).expect("a limit");
        let known = city.categories.get_mut(&kind(one.code)).expect("a kind");
        known.limit = Limit::from_minutes(one.clock, minutes).expect("a limit");
        known.severity = Severity::Moderate;
        known.standards = vec!["恢复正常".into()];
    }
    city.villages.clear();
    city.places.clear();
    city.alarm_rules.clear();
    city.instruments.clear();
    city.text_rules.clear();
    city.feeds.clear();
    city.exceptions.clear();
    city.tray_categories.clear();
    city.labels.clear();
    city.limits.accept = Limit::urgent_minutes(15);
    city.limits.dispatch = Limit::urgent_minutes(15);
    city.limits.verify = Limit::urgent_minutes(30);
    city.limits.check = Limit::urgent_minutes(30);
    city.responsibilities = vec![
        row("1", "E0402", (2020, 1), None, "swj", &["jjzd", "gaj"]),
        row("2", "E0102", (2020, 1), None, "cgj", &[]),
        row("3", "C0209", (2020, 1), Some((2026, 7)), "gaj", &[]),
        row("4", "C0209", (2026, 7), None, "xfj", &["town-441900004"]),
        row("5", "E0405", (2020, 1), None, "swj", &[]),
        row("6", "E0405", (2020, 1), None, "cgj", &[]),
    ];
    city.plans = vec![
        plan("burst", "E0402", Severity::Severe, &["shut", "dig"]),
        plan("emergency", "E04", Severity::Minor, &["cordon", "report"]),
    ];
    let step = |(stage, at_percent, to, severity)| EscalationStep {
        stage,
        at_percent,
        to,
        severity,
    };
    city.escalation = STEPS.into_iter().map(step).collect();
    city
}

/// Calendars that a city may have, one after another.
fn calendars() -> Vec<CalendarParts> {
    let mut usual = dongguan().calendar.parts().clone();
    usual.official_years = BTreeSet::from([2025, 2026]);
    usual.provisional_years = BTreeSet::from([2027]);
    let day = |year, month, day| CivilDate::new(year, month, day).expect("a day");
    let closed = || DayKind::Holiday("全市停工".into());
    let mut storms = usual.clone();
    for date in [
        day(2025, 12, 30),
        day(2026, 3, 3),
        day(2026, 11, 24),
        day(2026, 12, 31),
        day(2027, 1, 4),
    ] {
        storms.days.insert(date, closed());
    }
    storms
        .days
        .insert(day(2026, 11, 28), DayKind::Workday("补班".into()));
    let mut summer = usual.clone();
    summer.work_periods = ["08:30-12:00", "14:30-18:00"]
        .map(|period| period.parse().expect("a period"))
        .to_vec();
    let mut later = usual.clone();
    later.official_years.insert(2027);
    later.provisional_years = BTreeSet::from([2028]);
    let mut missing = usual.clone();
    missing.official_years.remove(&2026);
    let mut six_days = usual.clone();
    six_days.weekend = BTreeSet::from([Weekday::Sunday]);
    vec![usual, storms, summer, later, missing, six_days]
}

/// A city with one of its calendars, and that calendar minute by minute.
pub struct Edition {
    pub city: Arc<City>,
    pub minutes: Minutes,
}

pub fn editions() -> &'static [Edition] {
    static ALL: OnceLock<Vec<Edition>> = OnceLock::new();
    ALL.get_or_init(|| {
        let small = small();
        let with = |parts: CalendarParts| Edition {
            minutes: Minutes::of(&parts),
            city: Arc::new(City {
                calendar: Calendar::new(parts).expect("a calendar"),
                ..small.clone()
            }),
        };
        calendars().into_iter().map(with).collect()
    })
}
