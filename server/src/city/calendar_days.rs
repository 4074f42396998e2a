//! `calendar.csv` and the `[calendar]` of `city.toml` made into the city's calendar. A day that says what
//! its weekday says already is asked about; a day of a year nobody vouches for is refused.

use std::collections::BTreeMap;

use domain::calendar::{Calendar, CalendarParts, DayKind};
use domain::time::{CivilDate, Weekday};

use super::Pack;
use super::city_file::{self, CityFile, WorkingTime};
use super::csv_table::{Columns, Row};

pub const FILE: &str = "calendar.csv";

/// Days can be checked without a city.toml, a calendar cannot be made without one.
pub fn calendar(pack: &Pack<'_>, city: Option<&CityFile>) -> Option<Calendar> {
    const COLUMNS: Columns = Columns {
        needed: &["date", "kind", "name"],
        optional: &[],
    };
    let table = pack.needed_csv(FILE, &COLUMNS)?;
    let mut days: BTreeMap<CivilDate, DayKind> = BTreeMap::new();
    for row in table.rows() {
        let Some((date, kind)) = day(&row, city.map(|city| &city.working_time)) else {
            continue;
        };
        match days.get(&date) {
            None => {
                days.insert(date, kind);
            }
            Some(DayKind::Holiday(_)) if matches!(kind, DayKind::Workday(_)) => {
                row.wrong(format!(
                    "{date} is a holiday in another row and a work day here"
                ));
            }
            Some(DayKind::Workday(_)) if matches!(kind, DayKind::Holiday(_)) => {
                row.wrong(format!(
                    "{date} is a work day in another row and a holiday here"
                ));
            }
            Some(_) => row.wrong(format!("{date} is there twice")),
        }
    }
    let city = city?;
    let working_time = &city.working_time;
    for year in working_time
        .official
        .iter()
        .chain(&working_time.provisional)
    {
        if !days.keys().any(|date| date.year() == *year) {
            pack.findings.warning(
                FILE,
                None,
                format!("city.toml vouches for {year}, which has no day here"),
            );
        }
    }
    let parts = CalendarParts {
        zone: city.zone.clone(),
        work_periods: working_time.work_periods.clone(),
        weekend: working_time.weekend.clone(),
        days,
        official_years: working_time.official.clone(),
        provisional_years: working_time.provisional.clone(),
    };
    match Calendar::new(parts) {
        Ok(calendar) => Some(calendar),
        Err(error) => {
            let reason = format!("calendar: {error}");
            pack.findings
                .error(city_file::FILE, Some(city.calendar_line), reason);
            None
        }
    }
}

fn day(row: &Row<'_>, working_time: Option<&WorkingTime>) -> Option<(CivilDate, DayKind)> {
    let date: Option<CivilDate> = row.parsed("date");
    let name = row.text("name");
    let works = match row.text("kind").as_deref() {
        Some("holiday") => Some(false),
        Some("workday") => Some(true),
        Some(other) => {
            row.wrong(format!("kind \"{other}\" is neither holiday nor workday"));
            None
        }
        None => None,
    };
    if let (Some(date), Some(working_time)) = (date, working_time) {
        let year = date.year();
        if !working_time.official.contains(&year) && !working_time.provisional.contains(&year) {
            row.wrong(format!(
                "year {year} is neither official nor provisional in city.toml"
            ));
        }
        if works == Some(true) && !working_time.weekend.contains(&date.weekday()) {
            row.wrong(format!(
                "{date} is a {} and worked anyway",
                weekday_name(date.weekday())
            ));
        }
    }
    let (date, name) = (date?, name?);
    Some((
        date,
        if works? {
            DayKind::Workday(name)
        } else {
            DayKind::Holiday(name)
        },
    ))
}

fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
