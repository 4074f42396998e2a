//! The sentence with which a deadline explains itself. Says only what the deadline holds; looks nothing up.

use crate::clock::{Certainty, ClockKind, CrossedDays, Due, Limit};
use crate::language::Language;
use crate::time::{CivilDate, Timestamp, Zone};

pub(crate) fn deadline(due: &Due, language: Language) -> String {
    match language {
        Language::Zh => chinese(due),
        Language::En => english(due),
    }
}

fn chinese(due: &Due) -> String {
    let start = chinese_moment(due.start, due.start, &due.zone);
    let counts = match due.limit.clock() {
        ClockKind::UrgentHour => "昼夜连续计算".to_owned(),
        ClockKind::NaturalDay => "连续计算".to_owned(),
        ClockKind::WorkHour | ClockKind::WorkDay => format!("{}，节假日不计", periods(due, "、")),
    };
    let limit = chinese_limit(due.limit);
    let mut text = match due.left_ms {
        None => format!("自 {start} 起 {limit}（{counts}）"),
        Some(left_ms) => {
            format!(
                "自 {start} 恢复计时，{limit}（{counts}）尚余 {}",
                chinese_length(left_ms / 60_000)
            )
        }
    };
    match (due.due_at, due.certainty) {
        (Some(due_at), certainty) => {
            text.push_str(&format!(
                "，应于 {} 前完成",
                chinese_moment(due_at, due.start, &due.zone)
            ));
            for days in &due.crossed {
                text.push_str(&chinese_days(days));
            }
            if let Certainty::Provisional(year) = certainty {
                text.push_str(&format!("；{year} 年节假日安排尚未公布，暂按现有日历推算"));
            }
        }
        (None, Certainty::Missing(year)) => {
            text.push_str(&format!("；缺少 {year} 年日历，无法计算期限"));
        }
        (None, Certainty::Certain | Certainty::Provisional(_)) => text.push_str("；无法计算期限"),
    }
    text
}

fn chinese_limit(limit: Limit) -> String {
    let unit = match limit.clock() {
        ClockKind::UrgentHour => "紧急工作时",
        ClockKind::WorkHour => "工作时",
        ClockKind::WorkDay => "工作日",
        ClockKind::NaturalDay => "自然日",
    };
    let length = chinese_length(i64::from(limit.minutes()));
    match amount(limit) {
        Some(amount) => format!("{amount} 个{unit}"),
        None if limit.clock().is_continuous() => length,
        None => format!("{length}工作时间"),
    }
}

fn chinese_length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} 分钟"),
        (hours, 0) => format!("{hours} 小时"),
        (hours, minutes) => format!("{hours} 小时 {minutes} 分钟"),
    }
}

fn chinese_moment(moment: Timestamp, beside: Timestamp, zone: &Zone) -> String {
    let (date, minute) = moment.civil(zone);
    let (other, _) = beside.civil(zone);
    let year = if date.year() == other.year() {
        String::new()
    } else {
        format!("{}年", date.year())
    };
    format!(
        "{year}{} {:02}:{:02}",
        chinese_date(date),
        minute / 60,
        minute % 60
    )
}

fn chinese_date(date: CivilDate) -> String {
    format!("{}月{}日", date.month(), date.day())
}

fn chinese_days(days: &CrossedDays) -> String {
    let range = if days.first == days.last {
        chinese_date(days.first)
    } else {
        format!("{}至{}", chinese_date(days.first), chinese_date(days.last))
    };
    match (days.off, days.name.as_str()) {
        (true, "") => format!("，跨过节假日（{range}）"),
        (true, name) => format!("，跨过{name}（{range}）"),
        (false, _) => format!("，含调休上班日 {range}"),
    }
}

fn english(due: &Due) -> String {
    let start = english_moment(due.start, due.start, &due.zone);
    let counts = match due.limit.clock() {
        ClockKind::UrgentHour => "counted day and night".to_owned(),
        ClockKind::NaturalDay => "counted continuously".to_owned(),
        ClockKind::WorkHour | ClockKind::WorkDay => {
            format!("{}, holidays not counted", periods(due, ", "))
        }
    };
    let limit = english_limit(due.limit);
    let mut text = match due.left_ms {
        None => format!("{limit} from {start} ({counts})"),
        Some(left_ms) => {
            format!(
                "resumed {start} with {} left of {limit} ({counts})",
                english_length(left_ms / 60_000)
            )
        }
    };
    match (due.due_at, due.certainty) {
        (Some(due_at), certainty) => {
            text.push_str(&format!(
                ": due by {}",
                english_moment(due_at, due.start, &due.zone)
            ));
            for days in &due.crossed {
                text.push_str(&english_days(days));
            }
            if let Certainty::Provisional(year) = certainty {
                text.push_str(&format!(
                    "; the {year} holidays are not published yet, counted by the present calendar"
                ));
            }
        }
        (None, Certainty::Missing(year)) => {
            text.push_str(&format!(
                "; the {year} calendar is missing, no deadline can be computed"
            ));
        }
        (None, Certainty::Certain | Certainty::Provisional(_)) => {
            text.push_str("; no deadline can be computed")
        }
    }
    text
}

fn english_limit(limit: Limit) -> String {
    let unit = match limit.clock() {
        ClockKind::UrgentHour => "urgent hour",
        ClockKind::WorkHour => "work hour",
        ClockKind::WorkDay => "work day",
        ClockKind::NaturalDay => "natural day",
    };
    let length = english_length(i64::from(limit.minutes()));
    match amount(limit) {
        Some(amount) if amount == "1" => format!("1 {unit}"),
        Some(amount) => format!("{amount} {unit}s"),
        None if limit.clock().is_continuous() => length,
        None => format!("{length} of work time"),
    }
}

fn english_length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn english_moment(moment: Timestamp, beside: Timestamp, zone: &Zone) -> String {
    let (date, minute) = moment.civil(zone);
    let (other, _) = beside.civil(zone);
    let year = if date.year() == other.year() {
        String::new()
    } else {
        format!(" {}", date.year())
    };
    format!(
        "{}{year} {:02}:{:02}",
        english_date(date),
        minute / 60,
        minute % 60
    )
}

fn english_date(date: CivilDate) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    format!("{} {}", date.day(), MONTHS[usize::from(date.month() - 1)])
}

fn english_days(days: &CrossedDays) -> String {
    let range = if days.first == days.last {
        english_date(days.first)
    } else {
        format!(
            "{} to {}",
            english_date(days.first),
            english_date(days.last)
        )
    };
    match (days.off, days.name.as_str()) {
        (true, "") => format!(", past the holiday of {range}"),
        (true, name) => format!(", past {name} ({range})"),
        (false, _) => format!(", with {range} worked in exchange"),
    }
}

fn periods(due: &Due, between: &str) -> String {
    let periods: Vec<String> = due.work_periods.iter().map(ToString::to_string).collect();
    periods.join(between)
}

/// The limit in its own unit, if that is short to write: `2`, `0.5`, `1.25`. Under an hour, minutes say it better.
fn amount(limit: Limit) -> Option<String> {
    let unit = limit.clock().unit_minutes();
    let minutes = limit.minutes();
    if minutes < 60 && unit == 60 {
        return None;
    }
    if !(u64::from(minutes) * 100).is_multiple_of(u64::from(unit)) {
        return None;
    }
    let hundredths = u64::from(minutes) * 100 / u64::from(unit);
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}
