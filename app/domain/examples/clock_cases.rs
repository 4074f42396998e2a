//! Counts deadlines for cases on standard input, so that a counter written elsewhere can check them.
//!
//! `clock_cases CALENDAR.csv OFFICIAL PROVISIONAL [ZONE]` with years as `2025,2026` (`-` for none).
//! In: lines `start,clock,amount`, such as `2026-11-23T22:36:00+08:00,work_hour,2`.
//! Out: `start,clock,amount,due_at,warn_at,certainty`; an empty `due_at` where the calendar is missing.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};

use domain::calendar::{Calendar, CalendarParts, parse_day_table};
use domain::clock::{Certainty, Limit};
use domain::time::{Timestamp, Weekday, Zone};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (table, official, provisional, zone) = match arguments.as_slice() {
        [table, official, provisional] => (table, official, provisional, "Asia/Shanghai"),
        [table, official, provisional, zone] => (table, official, provisional, zone.as_str()),
        _ => return Err("usage: clock_cases CALENDAR.csv OFFICIAL PROVISIONAL [ZONE]".to_owned()),
    };
    let calendar = calendar(table, official, provisional, zone)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|reason| format!("failed to read a case: {reason}"))?;
        let answer =
            answer(&calendar, &line).map_err(|reason| format!("case '{line}': {reason}"))?;
        writeln!(out, "{line},{answer}").map_err(|reason| format!("failed to write: {reason}"))?;
    }
    Ok(())
}

fn calendar(
    table: &str,
    official: &str,
    provisional: &str,
    zone: &str,
) -> Result<Calendar, String> {
    let text = std::fs::read_to_string(table)
        .map_err(|reason| format!("failed to read {table}: {reason}"))?;
    let days = parse_day_table(&text).map_err(|mistakes| {
        mistakes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let period = |text: &str| text.parse().map_err(|reason| format!("{reason}"));
    Calendar::new(CalendarParts {
        zone: Zone::named(zone).map_err(|reason| reason.to_string())?,
        work_periods: vec![period("08:00-12:00")?, period("14:00-18:00")?],
        weekend: BTreeSet::from([Weekday::Saturday, Weekday::Sunday]),
        days,
        official_years: years(official)?,
        provisional_years: years(provisional)?,
    })
    .map_err(|reason| reason.to_string())
}

fn years(text: &str) -> Result<BTreeSet<i16>, String> {
    let mut years = BTreeSet::new();
    for year in text.split(',').filter(|year| *year != "-") {
        years.insert(
            year.parse()
                .map_err(|_| format!("'{year}' is not a year"))?,
        );
    }
    Ok(years)
}

fn answer(calendar: &Calendar, line: &str) -> Result<String, String> {
    let [start, clock, amount] = line.split(',').collect::<Vec<_>>()[..] else {
        return Err("a case is start,clock,amount".to_owned());
    };
    let start = Timestamp::parse_rfc3339(start).map_err(|reason| reason.to_string())?;
    let limit = Limit::parse(amount, clock).map_err(|reason| reason.to_string())?;
    let due = calendar.due(start, limit);
    let shown = |moment: Option<Timestamp>| {
        moment.map_or(String::new(), |moment| moment.to_rfc3339(calendar.zone()))
    };
    let certainty = match due.certainty {
        Certainty::Certain => "certain".to_owned(),
        Certainty::Provisional(year) => format!("provisional {year}"),
        Certainty::Missing(year) => format!("missing {year}"),
    };
    Ok(format!(
        "{},{},{certainty}",
        shown(due.due_at),
        shown(due.warn_at)
    ))
}
