//! The query of a list of incidents, read with every mistake named.

use domain::category::Severity;
use domain::ids::IdError;
use domain::lifecycle::State;
use domain::place::Bounds;
use domain::request::Waiting;
use domain::time::Timestamp;
use serde::Deserialize;

use super::back::IncidentList;
use super::problem::Pointed;

pub const MOST: usize = 200;
const USUAL: usize = 50;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct ListQuery {
    state: Option<String>,
    category: Option<String>,
    severity: Option<String>,
    department: Option<String>,
    town: Option<String>,
    bbox: Option<String>,
    since: Option<String>,
    until: Option<String>,
    overdue: Option<String>,
    dispatched_since: Option<String>,
    dispatched_until: Option<String>,
    closed_since: Option<String>,
    closed_until: Option<String>,
    in_time: Option<String>,
    accurate: Option<String>,
    drill: Option<String>,
    tray: Option<String>,
    waiting: Option<String>,
    q: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

impl ListQuery {
    pub fn checked(self) -> Result<IncidentList, Vec<Pointed>> {
        let mut mistakes = Vec::new();
        let list = IncidentList {
            states: several(
                &mut mistakes,
                "state",
                self.state.as_deref(),
                str::parse::<State>,
            ),
            severities: several(&mut mistakes, "severity", self.severity.as_deref(), level),
            categories: several(
                &mut mistakes,
                "category",
                self.category.as_deref(),
                any_text,
            ),
            department: filled(self.department),
            town: filled(self.town),
            bounds: one(
                &mut mistakes,
                "bbox",
                self.bbox.as_deref(),
                str::parse::<Bounds>,
            ),
            since: moment(&mut mistakes, "since", self.since.as_deref()),
            until: moment(&mut mistakes, "until", self.until.as_deref()),
            dispatched_since: moment(
                &mut mistakes,
                "dispatched_since",
                self.dispatched_since.as_deref(),
            ),
            dispatched_until: moment(
                &mut mistakes,
                "dispatched_until",
                self.dispatched_until.as_deref(),
            ),
            closed_since: moment(&mut mistakes, "closed_since", self.closed_since.as_deref()),
            closed_until: moment(&mut mistakes, "closed_until", self.closed_until.as_deref()),
            in_time: several(&mut mistakes, "in_time", self.in_time.as_deref(), flag),
            accurate: several(&mut mistakes, "accurate", self.accurate.as_deref(), flag),
            overdue: one(&mut mistakes, "overdue", self.overdue.as_deref(), flag),
            drill: one(&mut mistakes, "drill", self.drill.as_deref(), flag),
            tray: one(&mut mistakes, "tray", self.tray.as_deref(), flag),
            waiting: several(
                &mut mistakes,
                "waiting",
                self.waiting.as_deref(),
                str::parse::<Waiting>,
            ),
            words: filled(self.q),
            limit: one(&mut mistakes, "limit", self.limit.as_deref(), limit).unwrap_or(USUAL),
            cursor: filled(self.cursor),
        };
        if mistakes.is_empty() {
            Ok(list)
        } else {
            Err(mistakes)
        }
    }
}

/// Read further where it is known what is a category.
fn any_text(text: &str) -> Result<String, IdError> {
    Ok(text.to_owned())
}

pub fn moment(mistakes: &mut Vec<Pointed>, name: &str, text: Option<&str>) -> Option<Timestamp> {
    one(mistakes, name, text, Timestamp::parse_rfc3339)
}

pub fn filled(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

pub fn one<T, E: std::fmt::Display>(
    mistakes: &mut Vec<Pointed>,
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    let text = text.filter(|text| !text.is_empty())?;
    match read(text) {
        Ok(value) => Some(value),
        Err(error) => {
            mistakes.push(Pointed {
                pointer: format!("?{name}"),
                reason: error.to_string(),
            });
            None
        }
    }
}

/// Values separated by commas.
pub fn several<T, E: std::fmt::Display>(
    mistakes: &mut Vec<Pointed>,
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Vec<T> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .filter_map(|part| one(mistakes, name, Some(part), &read))
        .collect()
}

pub fn level(text: &str) -> Result<u8, IdError> {
    let level: u8 = text
        .parse()
        .map_err(|_| IdError(format!("\"{text}\" is not a severity from 1 to 4")))?;
    Severity::try_from(level).map(Severity::level)
}

pub fn flag(text: &str) -> Result<bool, IdError> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(IdError(format!("\"{other}\" is neither true nor false"))),
    }
}

pub fn limit(text: &str) -> Result<usize, IdError> {
    match text.parse::<usize>() {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(IdError(format!(
            "\"{text}\" is not a number from 1 to {MOST}"
        ))),
    }
}
