//! Moments as people at a desk read them: relative under an hour, then the clock of the city.
//! Without a now (before hydration) only absolute times are said, so that both renders are equal.

use domain::language::Language;
use domain::time::Timestamp;

use super::{Message, filled, text};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The wall clock of the city, from the offsets that came with the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wall {
    pub year: i64,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// `offsets` as in `start::CityBrief`; before the first one the first holds.
pub fn wall(at: Timestamp, offsets: &[(Timestamp, i32)]) -> Wall {
    let local = local_ms(at, offsets);
    let (year, month, day) = civil(local.div_euclid(DAY_MS));
    let of_day = local.rem_euclid(DAY_MS);
    Wall {
        year,
        month,
        day,
        hour: (of_day / HOUR_MS) as u8,
        minute: (of_day / MINUTE_MS % 60) as u8,
        second: (of_day / 1000 % 60) as u8,
    }
}

fn local_ms(at: Timestamp, offsets: &[(Timestamp, i32)]) -> i64 {
    let offset = offsets
        .iter()
        .rev()
        .find(|(from, _)| *from <= at)
        .or(offsets.first())
        .map_or(0, |(_, minutes)| i64::from(*minutes));
    at.millis() + offset * MINUTE_MS
}

fn local_days(at: Timestamp, offsets: &[(Timestamp, i32)]) -> i64 {
    local_ms(at, offsets).div_euclid(DAY_MS)
}

/// Days since 1970-01-01 to a date of the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u8, day as u8)
}

/// `2026-11-23 15:04:05`.
pub fn full(at: Timestamp, offsets: &[(Timestamp, i32)]) -> String {
    let wall = wall(at, offsets);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second
    )
}

/// `15:04` on the day of `now`, `11-23 15:04` otherwise, with the year when it is another.
pub fn clock(at: Timestamp, now: Option<Timestamp>, offsets: &[(Timestamp, i32)]) -> String {
    let then = wall(at, offsets);
    let today = now.map(|now| wall(now, offsets));
    match today {
        Some(today)
            if (today.year, today.month, today.day) == (then.year, then.month, then.day) =>
        {
            format!("{:02}:{:02}", then.hour, then.minute)
        }
        Some(today) if today.year != then.year => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}",
            then.year, then.month, then.day, then.hour, then.minute
        ),
        _ => format!(
            "{:02}-{:02} {:02}:{:02}",
            then.month, then.day, then.hour, then.minute
        ),
    }
}

/// `15:04:05`.
pub fn of_day(at: Timestamp, offsets: &[(Timestamp, i32)]) -> String {
    let wall = wall(at, offsets);
    format!("{:02}:{:02}:{:02}", wall.hour, wall.minute, wall.second)
}

/// `11月23日 周一`, `Mon 23 Nov`.
pub fn date(language: Language, at: Timestamp, offsets: &[(Timestamp, i32)]) -> String {
    const DAYS: [(&str, &str); 7] = [
        ("周四", "Thu"),
        ("周五", "Fri"),
        ("周六", "Sat"),
        ("周日", "Sun"),
        ("周一", "Mon"),
        ("周二", "Tue"),
        ("周三", "Wed"),
    ];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let wall = wall(at, offsets);
    // 1970 began on a Thursday.
    let (zh, en) = DAYS[local_days(at, offsets).rem_euclid(7) as usize];
    match language {
        Language::Zh => format!("{}月{}日 {zh}", wall.month, wall.day),
        Language::En => {
            let month = MONTHS[usize::from(wall.month.clamp(1, 12) - 1)];
            format!("{en} {} {month}", wall.day)
        }
    }
}

/// `3 分钟前` within the hour, the clock otherwise.
pub fn moment(
    language: Language,
    at: Timestamp,
    now: Option<Timestamp>,
    offsets: &[(Timestamp, i32)],
) -> String {
    let Some(now) = now else {
        return clock(at, None, offsets);
    };
    let ago = now.since(at);
    if ago.abs() >= HOUR_MS {
        return clock(at, Some(now), offsets);
    }
    let minutes = (ago.abs() / MINUTE_MS).to_string();
    match (ago, ago.abs() < MINUTE_MS) {
        (_, true) => text(language, Message::AgeNow).to_owned(),
        (0.., _) => filled(language, Message::AgeMinutes, &[("n", &minutes)]),
        _ => filled(language, Message::InMinutes, &[("n", &minutes)]),
    }
}

/// How old the newest thing heard is, to the second.
pub fn age(language: Language, heard_at: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(heard_at).max(0) / 1000;
    match seconds {
        0..=4 => text(language, Message::AgeNow).to_owned(),
        5..=89 => filled(
            language,
            Message::AgeSeconds,
            &[("n", &seconds.to_string())],
        ),
        _ => filled(
            language,
            Message::AgeMinutes,
            &[("n", &(seconds / 60).to_string())],
        ),
    }
}

/// What is left until `due_at`, or how late it is.
pub fn left(
    language: Language,
    due_at: Timestamp,
    now: Option<Timestamp>,
    offsets: &[(Timestamp, i32)],
) -> String {
    let by_clock = |now| {
        filled(
            language,
            Message::DueAt,
            &[("at", &clock(due_at, now, offsets))],
        )
    };
    let Some(now) = now else {
        return by_clock(None);
    };
    let left = due_at.since(now);
    let (message, n) = match left {
        HOUR_MS.. => return by_clock(Some(now)),
        0.. => (Message::MinutesLeft, left / MINUTE_MS),
        _ if -left < HOUR_MS => (Message::LateMinutes, -left / MINUTE_MS),
        _ if -left < DAY_MS => (Message::LateHours, -left / HOUR_MS),
        _ => (Message::LateDays, -left / DAY_MS),
    };
    filled(language, message, &[("n", &n.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a written moment")
    }

    fn dongguan() -> Vec<(Timestamp, i32)> {
        vec![(at("2024-01-01T00:00:00Z"), 480)]
    }

    #[test]
    fn the_clock_is_the_citys_and_carries_the_day_only_when_it_is_another() {
        let now = Some(at("2026-11-23T09:00:00+08:00"));
        assert_eq!(clock(at("2026-11-23T00:30:00Z"), now, &dongguan()), "08:30");
        assert_eq!(
            clock(at("2026-11-22T15:59:00Z"), now, &dongguan()),
            "11-22 23:59"
        );
        assert_eq!(
            clock(at("2025-12-31T16:00:00Z"), now, &dongguan()),
            "01-01 00:00"
        );
        assert_eq!(
            clock(at("2025-12-31T15:59:00Z"), now, &dongguan()),
            "2025-12-31 23:59"
        );
        assert_eq!(
            full(at("2024-02-29T16:00:01Z"), &dongguan()),
            "2024-03-01 00:00:01"
        );
    }

    #[test]
    fn the_date_has_its_weekday_in_both_languages() {
        let monday = at("2026-11-23T00:30:00+08:00");
        assert_eq!(date(Language::Zh, monday, &dongguan()), "11月23日 周一");
        assert_eq!(date(Language::En, monday, &dongguan()), "Mon 23 Nov");
        assert_eq!(of_day(monday, &dongguan()), "00:30:00");
    }

    #[test]
    fn new_yorks_clock_follows_its_summer() {
        let offsets = vec![
            (at("2025-11-02T06:00:00Z"), -300),
            (at("2026-03-08T07:00:00Z"), -240),
        ];
        assert_eq!(
            full(at("2026-03-08T06:59:59Z"), &offsets),
            "2026-03-08 01:59:59"
        );
        assert_eq!(
            full(at("2026-03-08T07:00:00Z"), &offsets),
            "2026-03-08 03:00:00"
        );
    }

    #[test]
    fn times_are_relative_under_an_hour_then_the_clock_and_absolute_without_a_now() {
        let now = at("2026-11-23T09:00:00+08:00");
        let said = |minutes, now| {
            moment(
                Language::Zh,
                at("2026-11-23T09:00:00+08:00").plus_minutes(minutes),
                now,
                &dongguan(),
            )
        };
        assert_eq!(said(-3, Some(now)), "3 分钟前");
        assert_eq!(said(5, Some(now)), "5 分钟后");
        assert_eq!(said(0, Some(now)), "刚刚");
        assert_eq!(said(-61, Some(now)), "07:59");
        assert_eq!(said(-3, None), "11-23 08:57");
    }

    #[test]
    fn time_left_turns_into_lateness() {
        let now = at("2026-11-23T09:00:00+08:00");
        let said = |minutes| {
            left(
                Language::Zh,
                now.plus_minutes(minutes),
                Some(now),
                &dongguan(),
            )
        };
        assert_eq!(said(12), "剩 12 分");
        assert_eq!(said(75), "限 10:15");
        assert_eq!(said(-25), "超时 25 分");
        assert_eq!(said(-200), "超时 3 时");
        assert_eq!(said(-2 * 1440), "超时 2 天");
        assert_eq!(
            left(Language::En, now.plus_minutes(12), Some(now), &dongguan()),
            "12 min left"
        );
    }
}
