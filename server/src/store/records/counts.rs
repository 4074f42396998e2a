//! How many incidents there are of what: the figures above the list. Practice is left out.

use std::collections::BTreeMap;

use domain::category::Severity;
use domain::ids::BlockNumber;
use domain::lifecycle::State;
use domain::policy::Audience;
use domain::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::super::StoreError;
use super::position;
use super::query::QueryError;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub position: BlockNumber,
    pub by_state: BTreeMap<State, u64>,
    /// Of the open ones.
    pub by_severity: BTreeMap<Severity, u64>,
    pub open: u64,
    /// Open ones that wait for the duty officer.
    pub tray: u64,
    /// Open ones whose running deadline has passed.
    pub overdue: u64,
}

pub(super) fn counts(
    connection: &Connection,
    audience: &Audience,
    now: Timestamp,
) -> Result<Counts, QueryError> {
    let mut counts = Counts {
        position: position(connection)?.applied,
        ..Counts::default()
    };
    let Some((scope, values)) = scope(audience) else {
        return Ok(counts);
    };
    let reading = || StoreError::sqlite("count incidents");
    let sql = format!(
        "SELECT i.state, i.severity, i.tray, count(*) FROM incidents AS i INDEXED BY incidents_counted
         WHERE i.drill = 0 AND {scope} GROUP BY i.state, i.severity, i.tray"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(reading())?;
    let mut rows = statement
        .query(params_from_iter(&values))
        .map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        let state: String = row.get(0).map_err(reading())?;
        let severity: u8 = row.get(1).map_err(reading())?;
        let tray: bool = row.get(2).map_err(reading())?;
        let count: i64 = row.get(3).map_err(reading())?;
        counts.add(&state, severity, tray, count.cast_unsigned())?;
    }
    let sql = format!(
        "SELECT count(*) FROM incidents AS i INDEXED BY incidents_due WHERE i.due_at < ? AND i.drill = 0 AND {scope}"
    );
    let due = std::iter::once(Value::from(now.millis())).chain(values);
    let overdue: i64 = connection
        .prepare_cached(&sql)
        .map_err(reading())?
        .query_row(params_from_iter(due), |row| row.get(0))
        .map_err(reading())?;
    counts.overdue = overdue.cast_unsigned();
    Ok(counts)
}

impl Counts {
    fn add(&mut self, state: &str, severity: u8, tray: bool, count: u64) -> Result<(), StoreError> {
        let bad = |error: domain::ids::IdError| StoreError::BadRecord {
            what: "incident",
            why: error.to_string(),
        };
        let state: State = state.parse().map_err(bad)?;
        let severity = Severity::try_from(severity).map_err(bad)?;
        *self.by_state.entry(state).or_default() += count;
        if state.is_open() {
            self.open += count;
            *self.by_severity.entry(severity).or_default() += count;
            if tray {
                self.tray += count;
            }
        }
        Ok(())
    }
}

/// How many of those that an audience may read were opened in each step from a moment on.
pub(super) fn opened_by_step(
    connection: &Connection,
    audience: &Audience,
    since: Timestamp,
    until: Timestamp,
    step_ms: i64,
) -> Result<Vec<u32>, QueryError> {
    let steps = (until.since(since).max(0) + step_ms - 1) / step_ms;
    let mut counts = vec![0; usize::try_from(steps).unwrap_or_default()];
    let Some((scope, values)) = scope(audience) else {
        return Ok(counts);
    };
    let reading = || StoreError::sqlite("count incidents");
    let sql = format!(
        "SELECT (i.opened_at - ?) / ?, count(*) FROM incidents AS i INDEXED BY incidents_opened
         WHERE i.opened_at >= ? AND i.opened_at < ? AND i.drill = 0 AND {scope} GROUP BY 1"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(reading())?;
    let bounds = [since.millis(), step_ms, since.millis(), until.millis()];
    let given = bounds.into_iter().map(Value::from).chain(values);
    let mut rows = statement
        .query(params_from_iter(given))
        .map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        let step: i64 = row.get(0).map_err(reading())?;
        let count: u32 = row.get(1).map_err(reading())?;
        if let Some(at) = usize::try_from(step)
            .ok()
            .and_then(|step| counts.get_mut(step))
        {
            *at = count;
        }
    }
    Ok(counts)
}

/// None: nothing.
pub(super) fn scope(audience: &Audience) -> Option<(String, Vec<Value>)> {
    let of_department = "i.id IN (SELECT incident FROM incident_departments WHERE department = ?)";
    Some(match audience {
        Audience::City => ("TRUE".into(), Vec::new()),
        Audience::Nothing => return None,
        Audience::Town(town) => (
            "i.town = ?".into(),
            vec![Value::from(town.as_str().to_owned())],
        ),
        Audience::Department { id, town: None } => (
            of_department.into(),
            vec![Value::from(id.as_str().to_owned())],
        ),
        Audience::Department {
            id,
            town: Some(town),
        } => (
            format!("({of_department} OR i.town = ?)"),
            vec![
                Value::from(id.as_str().to_owned()),
                Value::from(town.as_str().to_owned()),
            ],
        ),
    })
}
