//! Reading the pack's table of days that differ from the week's pattern.

use std::collections::BTreeMap;
use std::fmt;

use super::DayKind;
use crate::time::CivilDate;

/// Reads the pack's `calendar.csv`: a heading `date,kind,name`, then one day a line, `kind` holiday or workday.
/// Every mistake is returned, with its line from 1.
pub fn parse_day_table(text: &str) -> Result<BTreeMap<CivilDate, DayKind>, Vec<DayTableError>> {
    let mut days = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || (index == 0 && line.starts_with("date,")) {
            continue;
        }
        match parse_day(line) {
            Ok((date, kind)) if !days.contains_key(&date) => {
                days.insert(date, kind);
            }
            Ok((date, _)) => {
                mistakes.push(DayTableError {
                    line: index + 1,
                    reason: format!("{date} stands twice"),
                });
            }
            Err(reason) => mistakes.push(DayTableError {
                line: index + 1,
                reason,
            }),
        }
    }
    if mistakes.is_empty() {
        Ok(days)
    } else {
        Err(mistakes)
    }
}

fn parse_day(line: &str) -> Result<(CivilDate, DayKind), String> {
    let mut columns = line.splitn(3, ',').map(str::trim);
    let date = columns.next().unwrap_or_default();
    let date: CivilDate = date.parse().map_err(|reason| format!("{reason}"))?;
    let kind = columns.next().unwrap_or_default();
    let name = columns
        .next()
        .unwrap_or_default()
        .trim_matches('"')
        .to_owned();
    match kind {
        "holiday" => Ok((date, DayKind::Holiday(name))),
        "workday" => Ok((date, DayKind::Workday(name))),
        other => Err(format!("kind '{other}' is not holiday or workday")),
    }
}

/// A mistake in the table of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayTableError {
    pub line: usize,
    pub reason: String,
}

impl fmt::Display for DayTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}
