//! What a deadline is, in the cases a duty officer would check by hand, and against a count minute by minute.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{
    Calendar, CalendarError, CalendarParts, DayKind, WorkPeriod, parse_day_table,
};
use domain::clock::{Certainty, ClockKind, Due, Light, Limit, LimitError};
use domain::language::Language;
use domain::time::{CivilDate, Timestamp, Weekday, Zone};
use proptest::prelude::*;

/// The State Council's arrangement for the days these tests walk over (国办发明电〔2024〕12号, 〔2025〕7号).
const DAYS: &str = "date,kind,name
2025-01-01,holiday,元旦
2025-01-26,workday,春节
2025-01-28,holiday,春节
2025-01-29,holiday,春节
2025-01-30,holiday,春节
2025-01-31,holiday,春节
2025-02-03,holiday,春节
2025-02-04,holiday,春节
2025-02-08,workday,春节
2025-09-28,workday,国庆节
2025-10-01,holiday,国庆节
2025-10-02,holiday,国庆节
2025-10-03,holiday,国庆节
2025-10-04,holiday,国庆节
2025-10-05,holiday,国庆节
2025-10-06,holiday,国庆节
2025-10-07,holiday,国庆节
2025-10-08,holiday,国庆节
2025-10-11,workday,国庆节
2026-01-01,holiday,元旦
2026-01-02,holiday,元旦
2026-01-03,holiday,元旦
2026-01-04,workday,元旦
2026-10-01,holiday,国庆节
2026-10-02,holiday,国庆节
2026-10-03,holiday,国庆节
2026-10-04,holiday,国庆节
2026-10-05,holiday,国庆节
2026-10-06,holiday,国庆节
2026-10-07,holiday,国庆节
2026-10-10,workday,国庆节
2027-01-01,holiday,元旦
";

fn calendar() -> Calendar {
    calendar_in("Asia/Shanghai", DAYS, &[2025, 2026], &[2027])
}

fn calendar_in(zone: &str, days: &str, official: &[i16], provisional: &[i16]) -> Calendar {
    Calendar::new(CalendarParts {
        zone: Zone::named(zone).unwrap(),
        work_periods: vec![
            "08:00-12:00".parse().unwrap(),
            "14:00-18:00".parse().unwrap(),
        ],
        weekend: BTreeSet::from([Weekday::Saturday, Weekday::Sunday]),
        days: parse_day_table(days).unwrap(),
        official_years: official.iter().copied().collect(),
        provisional_years: provisional.iter().copied().collect(),
    })
    .unwrap()
}

/// `2026-11-23 22:36` on the calendar's wall clock.
fn wall(calendar: &Calendar, text: &str) -> Timestamp {
    let (date, time) = text.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    let minute: u16 = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
    Timestamp::at(date.parse().unwrap(), minute, calendar.zone())
}

fn shown(calendar: &Calendar, moment: Timestamp) -> String {
    let (date, minute) = moment.civil(calendar.zone());
    format!("{date} {:02}:{:02}", minute / 60, minute % 60)
}

fn due(start: &str, amount: &str, clock: &str) -> Due {
    let calendar = calendar();
    calendar.due(wall(&calendar, start), Limit::parse(amount, clock).unwrap())
}

fn due_text(start: &str, amount: &str, clock: &str) -> String {
    shown(&calendar(), due(start, amount, clock).due_at.unwrap())
}

#[test]
fn the_worked_cases_of_the_product_hold() {
    // 2026-11-23 is a Monday, 2026-11-27 a Friday.
    assert_eq!(
        due_text("2026-11-23 22:36", "2", "urgent_hour"),
        "2026-11-24 00:36"
    );
    assert_eq!(
        due_text("2026-11-23 22:36", "2", "work_hour"),
        "2026-11-24 10:00"
    );
    assert_eq!(
        due_text("2026-11-27 17:00", "4", "work_hour"),
        "2026-11-30 11:00"
    );
    assert_eq!(
        due_text("2026-11-27 11:30", "1", "work_hour"),
        "2026-11-27 14:30"
    );
    assert_eq!(
        due_text("2026-11-27 15:00", "1", "work_day"),
        "2026-11-30 15:00"
    );
    assert_eq!(
        due_text("2026-11-27 15:00", "3", "natural_day"),
        "2026-11-30 15:00"
    );
}

#[test]
fn a_count_that_fills_a_period_ends_with_it() {
    assert_eq!(
        due_text("2026-11-27 17:00", "1", "work_hour"),
        "2026-11-27 18:00"
    );
    assert_eq!(
        due_text("2026-11-27 18:00", "1", "work_hour"),
        "2026-11-30 09:00"
    );
    assert_eq!(
        due_text("2026-11-27 11:00", "1", "work_hour"),
        "2026-11-27 12:00"
    );
    assert_eq!(
        due_text("2026-11-28 10:00", "1", "work_day"),
        "2026-11-30 18:00"
    );
}

#[test]
fn swap_days_are_worked_and_holidays_are_not() {
    // Sunday 28 September 2025 and Saturday 11 October 2025 are worked.
    assert_eq!(
        due_text("2025-09-26 17:00", "2", "work_hour"),
        "2025-09-28 09:00"
    );
    assert_eq!(
        due_text("2025-10-10 17:00", "2", "work_hour"),
        "2025-10-11 09:00"
    );
    // The eight days of October 2025 are passed.
    assert_eq!(
        due_text("2025-09-30 17:00", "2", "work_hour"),
        "2025-10-09 09:00"
    );
    // Sunday 4 January 2026 is worked for Friday the 2nd.
    assert_eq!(
        due_text("2025-12-31 17:30", "1", "work_hour"),
        "2026-01-04 08:30"
    );
    // Saturday 10 October 2026 is worked.
    assert_eq!(
        due_text("2026-10-09 16:00", "1", "work_day"),
        "2026-10-10 16:00"
    );
}

#[test]
fn a_provisional_year_is_counted_and_said() {
    let inside = due("2026-12-31 15:00", "3", "work_hour");
    assert_eq!(
        inside.certainty,
        Certainty::Certain,
        "the year's last hours need no next year"
    );
    let beyond = due("2026-12-31 15:00", "4", "work_hour");
    assert_eq!(beyond.certainty, Certainty::Provisional(2027));
    assert_eq!(
        shown(&calendar(), beyond.due_at.unwrap()),
        "2027-01-04 09:00"
    );
    assert_eq!(
        beyond.explain(Language::Zh),
        "自 12月31日 15:00 起 4 个工作时（08:00–12:00、14:00–18:00，节假日不计），\
         应于 2027年1月4日 09:00 前完成，跨过元旦（1月1日）；2027 年节假日安排尚未公布，暂按现有日历推算"
    );
}

#[test]
fn a_missing_year_is_said_and_never_guessed() {
    let beyond = due("2027-12-30 15:00", "1.5", "work_day");
    assert_eq!(
        (beyond.due_at, beyond.certainty),
        (None, Certainty::Missing(2028))
    );
    assert!(
        beyond
            .explain(Language::Zh)
            .ends_with("；缺少 2028 年日历，无法计算期限")
    );
    assert!(
        beyond
            .explain(Language::En)
            .ends_with("the 2028 calendar is missing, no deadline can be computed")
    );
    assert_eq!(
        shown(&calendar(), beyond.warn_at.unwrap()),
        "2027-12-31 16:36",
        "what is known is still said"
    );
    assert_eq!(
        beyond.light(beyond.start),
        Light::Yellow,
        "an unknown deadline is never green"
    );
    assert_eq!(
        due("2019-06-03 09:00", "1", "work_hour").certainty,
        Certainty::Missing(2019)
    );
    assert_eq!(
        due("2026-11-23 09:00", "3650", "work_day").certainty,
        Certainty::Missing(2028)
    );
    // Continuous clocks need no calendar at all.
    assert_eq!(
        due("2031-05-05 09:00", "2", "urgent_hour").certainty,
        Certainty::Certain
    );
    let far = Timestamp::MAX;
    assert_eq!(
        calendar()
            .due(far, Limit::parse("1", "work_day").unwrap())
            .due_at,
        None
    );
    assert_eq!(
        calendar().due(far, Limit::urgent_minutes(15)).due_at,
        Some(far)
    );
}

#[test]
fn a_deadline_explains_itself() {
    assert_eq!(
        due("2026-11-23 22:36", "2", "work_hour").explain(Language::Zh),
        "自 11月23日 22:36 起 2 个工作时（08:00–12:00、14:00–18:00，节假日不计），应于 11月24日 10:00 前完成"
    );
    assert_eq!(
        due("2026-11-23 22:36", "0.25", "urgent_hour").explain(Language::Zh),
        "自 11月23日 22:36 起 15 分钟（昼夜连续计算），应于 11月23日 22:51 前完成"
    );
    assert_eq!(
        due("2026-09-30 15:00", "5", "work_day").explain(Language::Zh),
        "自 9月30日 15:00 起 5 个工作日（08:00–12:00、14:00–18:00，节假日不计），应于 10月13日 15:00 前完成，\
         跨过国庆节（10月1日至10月7日），含调休上班日 10月10日"
    );
    assert_eq!(
        due("2026-09-30 15:00", "1.5", "work_day").explain(Language::En),
        "1.5 work days from 30 Sep 15:00 (08:00–12:00, 14:00–18:00, holidays not counted): \
         due by 9 Oct 09:00, past 国庆节 (1 Oct to 7 Oct)"
    );
}

#[test]
fn the_spring_festival_of_2025_is_one_stretch_over_its_weekend() {
    let due = due("2025-01-27 17:00", "2", "work_hour");
    assert_eq!(shown(&calendar(), due.due_at.unwrap()), "2025-02-05 09:00");
    assert_eq!(due.crossed.len(), 1);
    assert_eq!(due.crossed[0].last.to_string(), "2025-02-04");
}

#[test]
fn the_light_turns_at_four_fifths_and_at_the_end() {
    let calendar = calendar();
    let due = due("2026-11-27 17:00", "5", "work_hour");
    // 4 of 5 work hours: one on Friday, three on Monday.
    assert_eq!(shown(&calendar, due.warn_at.unwrap()), "2026-11-30 11:00");
    assert_eq!(shown(&calendar, due.due_at.unwrap()), "2026-11-30 12:00");
    assert_eq!(due.light(wall(&calendar, "2026-11-30 10:59")), Light::Green);
    assert_eq!(due.light(due.warn_at.unwrap()), Light::Yellow);
    assert_eq!(
        due.light(wall(&calendar, "2026-11-30 11:59")),
        Light::Yellow
    );
    assert_eq!(due.light(due.due_at.unwrap()), Light::Red);
    assert_eq!(due.next_change(due.start), due.warn_at);
    assert_eq!(due.next_change(due.warn_at.unwrap()), due.due_at);
    assert_eq!(due.next_change(due.due_at.unwrap()), None);
}

#[test]
fn a_paused_clock_goes_on_with_what_was_left_of_its_own_time() {
    let calendar = calendar();
    let limit = Limit::parse("5", "work_hour").unwrap();
    let start = wall(&calendar, "2026-11-27 17:00");
    let paused_at = wall(&calendar, "2026-11-30 10:00");
    let used = calendar.elapsed(limit.clock(), start, paused_at);
    assert_eq!(
        used.minutes(),
        Some(180),
        "an hour on Friday, two on Monday; the weekend is not counted"
    );
    let left_ms = calendar.limit_ms(limit) - used.ms.unwrap();
    let resumed = calendar.due_resumed(wall(&calendar, "2026-12-04 17:30"), limit, left_ms);
    assert_eq!(
        shown(&calendar, resumed.due_at.unwrap()),
        "2026-12-07 09:30"
    );
    assert_eq!(
        shown(&calendar, resumed.warn_at.unwrap()),
        "2026-12-07 08:30"
    );
    assert_eq!(
        resumed.explain(Language::Zh),
        "自 12月4日 17:30 恢复计时，5 个工作时（08:00–12:00、14:00–18:00，节假日不计）尚余 2 小时，\
         应于 12月7日 09:30 前完成"
    );
    let spent = calendar.due_resumed(start, limit, -5);
    assert_eq!((spent.due_at, spent.warn_at), (Some(start), Some(start)));
}

#[test]
fn a_day_that_is_shorter_for_a_while_takes_nothing_for_good() {
    let usual = calendar();
    let mut parts = usual.parts().clone();
    parts.work_periods.pop();
    let shorter = Calendar::new(parts).unwrap();
    let limit = Limit::parse("2", "work_day").unwrap();
    let start = wall(&usual, "2026-11-30 08:00");
    let first = usual.due_resumed(start, limit, usual.limit_ms(limit));
    let meanwhile = shorter.due_resumed(start, limit, first.left_ms.unwrap());
    assert_eq!(
        meanwhile.due_at,
        shorter.due(start, limit).due_at,
        "the whole"
    );
    let again = usual.due_resumed(start, limit, meanwhile.left_ms.unwrap());
    assert_eq!((again.due_at, again.warn_at), (first.due_at, first.warn_at));
}

#[test]
fn summer_time_moves_the_wall_clock_but_not_the_hours() {
    let calendar = calendar_in("America/New_York", "", &[2026], &[]);
    // The clocks go forward on Sunday 8 March 2026 at 02:00 and back on Sunday 1 November.
    let friday = wall(&calendar, "2026-03-06 17:00");
    let due = calendar.due(friday, Limit::parse("2", "work_hour").unwrap());
    assert_eq!(shown(&calendar, due.due_at.unwrap()), "2026-03-09 09:00");
    let days = calendar.due(friday, Limit::parse("3", "natural_day").unwrap());
    assert_eq!(
        days.due_at.unwrap().since(friday),
        72 * 3_600_000,
        "continuous clocks count real time"
    );
    assert_eq!(shown(&calendar, days.due_at.unwrap()), "2026-03-09 18:00");
    let urgent = calendar.due(
        wall(&calendar, "2026-11-01 00:30"),
        Limit::parse("2", "urgent_hour").unwrap(),
    );
    assert_eq!(shown(&calendar, urgent.due_at.unwrap()), "2026-11-01 01:30");
    let elapsed = calendar.elapsed(
        ClockKind::WorkHour,
        friday,
        wall(&calendar, "2026-03-10 08:00"),
    );
    assert_eq!(elapsed.minutes(), Some(60 + 480));
}

#[test]
fn a_city_with_shorter_days_has_shorter_work_days() {
    let mut parts = calendar().parts().clone();
    parts.work_periods = vec![
        "09:00-12:00".parse().unwrap(),
        "14:00-17:00".parse().unwrap(),
    ];
    let calendar = Calendar::new(parts).unwrap();
    let due = calendar.due(
        wall(&calendar, "2026-11-27 15:00"),
        Limit::parse("1", "work_day").unwrap(),
    );
    assert_eq!(shown(&calendar, due.due_at.unwrap()), "2026-11-30 15:00");
}

#[test]
fn limits_are_read_strictly() {
    assert_eq!(Limit::parse("2", "work_hour").unwrap().minutes(), 120);
    assert_eq!(Limit::parse("0.5", "work_day").unwrap().minutes(), 240);
    assert_eq!(
        Limit::parse("0.25", "urgent_hour").unwrap(),
        Limit::urgent_minutes(15)
    );
    assert_eq!(Limit::parse("0", "work_day"), Err(LimitError::Zero));
    assert_eq!(Limit::parse("999999", "work_day"), Err(LimitError::TooLong));
    for amount in ["", "-1", "1.", ".5", "1e3", "NaN", "1.2345", "٣", "0.001"] {
        assert!(Limit::parse(amount, "work_hour").is_err(), "{amount}");
    }
    assert!(matches!(
        Limit::parse("1", "workday"),
        Err(LimitError::UnknownClock(_))
    ));
}

#[test]
fn a_calendar_that_cannot_be_is_refused() {
    let good = calendar().parts().clone();
    let with = |change: &dyn Fn(&mut CalendarParts)| {
        let mut parts = good.clone();
        change(&mut parts);
        Calendar::new(parts).unwrap_err()
    };
    assert_eq!(
        with(&|parts| parts.work_periods.clear()),
        CalendarError::PeriodCount(0)
    );
    assert_eq!(
        with(&|parts| parts.work_periods[1].start_minute = 700),
        CalendarError::PeriodsOverlap("11:40–18:00".to_owned())
    );
    assert_eq!(
        with(&|parts| parts.weekend = all_week()),
        CalendarError::NoWorkingWeekday
    );
    assert_eq!(
        with(&|parts| {
            parts.provisional_years.insert(2026);
        }),
        CalendarError::BothOfficialAndProvisional(2026)
    );
    assert!("08:00-25:00".parse::<WorkPeriod>().is_err());
    assert!("18:00-08:00".parse::<WorkPeriod>().is_err());
    assert!("08:00-24:00".parse::<WorkPeriod>().is_ok());
    let mistakes =
        parse_day_table("date,kind,name\n2026-02-30,holiday,x\n2026-03-01,off,y\n").unwrap_err();
    assert_eq!(mistakes[0].to_string(), "line 2: day 30 does not exist");
    assert_eq!(
        mistakes[1].to_string(),
        "line 3: kind 'off' is not holiday or workday"
    );
}

fn all_week() -> BTreeSet<Weekday> {
    let mut date: CivilDate = "2026-11-23".parse().unwrap();
    let mut days = BTreeSet::new();
    for _ in 0..7 {
        days.insert(date.weekday());
        date = date.next();
    }
    days
}

#[test]
fn deadlines_and_calendars_survive_the_journal_and_json() {
    let calendar = calendar();
    let due = due("2026-09-30 15:00", "5", "work_day");
    let bytes = postcard::to_allocvec(&(&calendar, &due)).unwrap();
    assert_eq!(
        postcard::from_bytes::<(Calendar, Due)>(&bytes).unwrap(),
        (calendar.clone(), due.clone())
    );
    let text = serde_json::to_string(&(&calendar, &due)).unwrap();
    assert_eq!(
        serde_json::from_str::<(Calendar, Due)>(&text).unwrap(),
        (calendar, due)
    );
}

/// An independent count: look at every minute on the wall and ask whether it is worked.
struct MinuteByMinute<'a> {
    zone: &'a Zone,
    days: &'a BTreeMap<CivilDate, DayKind>,
}

impl MinuteByMinute<'_> {
    fn is_worked(&self, moment: Timestamp) -> bool {
        let (date, minute) = moment.civil(self.zone);
        let working_day = match self.days.get(&date) {
            Some(DayKind::Holiday(_)) => false,
            Some(DayKind::Workday(_)) => true,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        };
        working_day && ((480..720).contains(&minute) || (840..1080).contains(&minute))
    }

    fn due(&self, start: Timestamp, minutes: i64) -> Timestamp {
        let (mut at, mut counted) = (start, 0);
        while counted < minutes {
            counted += i64::from(self.is_worked(at));
            at = at.plus_minutes(1);
        }
        at
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn counting_agrees_with_looking_at_every_minute(
        shanghai in any::<bool>(),
        start_minute in 0i64..(600 * 1440),
        minutes in 1i64..3_000,
    ) {
        let zone = if shanghai { "Asia/Shanghai" } else { "America/New_York" };
        let calendar = calendar_in(zone, DAYS, &[2025, 2026, 2027], &[]);
        let minute_by_minute = MinuteByMinute { zone: calendar.zone(), days: &calendar.parts().days };
        let start = wall(&calendar, "2025-01-20 00:00").plus_minutes(start_minute);
        let limit = Limit::from_minutes(ClockKind::WorkHour, minutes as u32).unwrap();
        let due = calendar.due(start, limit);
        let expected = minute_by_minute.due(start, minutes);
        prop_assert_eq!(due.due_at, Some(expected));
        // What was counted until the deadline is the limit, and until the warning four fifths of it.
        let counted = calendar.elapsed(ClockKind::WorkHour, start, expected);
        prop_assert_eq!(counted.ms, Some(minutes * 60_000));
        let warned = calendar.elapsed(ClockKind::WorkHour, start, due.warn_at.unwrap());
        prop_assert_eq!(warned.ms, Some(minutes * 48_000));
    }

    #[test]
    fn pausing_and_going_on_at_once_changes_nothing(
        start_minute in 0i64..(600 * 1440),
        minutes in 1u32..3_000,
        worked_minutes in 0i64..6_000,
    ) {
        let calendar = calendar();
        let start = wall(&calendar, "2025-01-20 00:00").plus_minutes(start_minute);
        let limit = Limit::from_minutes(ClockKind::WorkHour, minutes).unwrap();
        let due_at = calendar.due(start, limit).due_at.unwrap();
        let paused_at = start.plus_minutes(worked_minutes).min(due_at.plus_millis(-1));
        let used = calendar.elapsed(limit.clock(), start, paused_at).ms.unwrap();
        let resumed = calendar.due_resumed(paused_at, limit, calendar.limit_ms(limit) - used);
        prop_assert_eq!(resumed.due_at, Some(due_at));
    }

    #[test]
    fn no_start_and_no_limit_brings_the_count_down(millis in any::<i64>(), minutes in 1u32..5_000_000) {
        let calendar = calendar();
        for clock in ClockKind::ALL {
            let limit = Limit::from_minutes(clock, minutes).unwrap();
            let due = calendar.due(Timestamp::from_millis(millis), limit);
            let _ = due.explain(Language::Zh).len() + due.explain(Language::En).len();
            prop_assert_eq!(due.due_at.is_none(), matches!(due.certainty, Certainty::Missing(_)));
        }
    }
}
