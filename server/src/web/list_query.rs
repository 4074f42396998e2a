//! The query of a list of incidents, read with every mistake named.

use domain::category::Severity;
use domain::ids::IdError;
use domain::lifecycle::State;
use domain::place::Bounds;
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
    drill: Option<String>,
    tray: Option<String>,
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
            category: filled(self.category),
            department: filled(self.department),
            town: filled(self.town),
            bounds: one(
                &mut mistakes,
                "bbox",
                self.bbox.as_deref(),
                str::parse::<Bounds>,
            ),
            since: one(
                &mut mistakes,
                "since",
                self.since.as_deref(),
                Timestamp::parse_rfc3339,
            ),
            until: one(
                &mut mistakes,
                "until",
                self.until.as_deref(),
                Timestamp::parse_rfc3339,
            ),
            overdue: one(&mut mistakes, "overdue", self.overdue.as_deref(), flag),
            drill: one(&mut mistakes, "drill", self.drill.as_deref(), flag),
            tray: one(&mut mistakes, "tray", self.tray.as_deref(), flag),
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

fn filled(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

fn one<T, E: std::fmt::Display>(
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
fn several<T, E: std::fmt::Display>(
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

fn level(text: &str) -> Result<u8, IdError> {
    let level: u8 = text
        .parse()
        .map_err(|_| IdError(format!("\"{text}\" is not a severity from 1 to 4")))?;
    Severity::try_from(level).map(Severity::level)
}

fn flag(text: &str) -> Result<bool, IdError> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(IdError(format!("\"{other}\" is neither true nor false"))),
    }
}

fn limit(text: &str) -> Result<usize, IdError> {
    match text.parse::<usize>() {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(IdError(format!(
            "\"{text}\" is not a number from 1 to {MOST}"
        ))),
    }
}
