//! Cases as they are evaluated: one narrow row each, so that a period over a hundred thousand of them is one scan of few pages.
//! Practice is no case.

use std::collections::BTreeMap;

use domain::case::Case;
use domain::evaluation::Period;
use domain::ids::IncidentId;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::super::StoreError;
use super::courses::Step;
use super::{decoded, encoded};

/// Each case after its steps.
pub(super) fn follow(
    transaction: &Transaction<'_>,
    steps: &BTreeMap<IncidentId, Vec<Step>>,
) -> Result<(), StoreError> {
    for (incident, steps) in steps {
        follow_one(transaction, *incident, steps)?;
    }
    Ok(())
}

fn follow_one(
    transaction: &Transaction<'_>,
    incident: IncidentId,
    steps: &[Step],
) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("follow a case");
    let id = incident.bits().cast_signed();
    let known: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT body FROM cases WHERE incident = ?1")
        .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
        .map_err(writing())?;
    let mut case: Option<Case> = known.map(|body| decoded("case", &body)).transpose()?;
    if case.is_none() {
        // The line that says who opened it may stand before the incident itself.
        case = steps.iter().find_map(|step| match step {
            Step::Changed(now, incident) if !incident.drill => Some(Case::begun(*now, incident)),
            _ => None,
        });
    }
    let Some(mut case) = case else {
        return Ok(());
    };
    for step in steps {
        match step {
            Step::Changed(_, incident) if incident.drill => {
                let sql = "DELETE FROM cases WHERE incident = ?1";
                transaction.execute(sql, [id]).map_err(writing())?;
                return Ok(());
            }
            Step::Changed(now, incident) => case.changed(*now, incident),
            Step::Happened(entry) => case.happened(entry),
        }
    }
    let body = encoded("encode a case", &case)?;
    transaction
        .prepare_cached(
            "INSERT INTO cases(incident, opened_at, last_at, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT(incident) DO UPDATE SET last_at = excluded.last_at, body = excluded.body",
        )
        .and_then(|mut statement| {
            let last = case.last_moment().millis();
            statement.execute((id, case.moments.opened.millis(), last, body))
        })
        .map_err(writing())?;
    Ok(())
}

/// Every case that some moment of may lie in a period, by id.
pub(super) fn touching(connection: &Connection, period: Period) -> Result<Vec<Case>, StoreError> {
    let reading = || StoreError::sqlite("read cases");
    let mut statement = connection
        .prepare_cached(
            "SELECT body FROM cases WHERE opened_at < ?1 AND last_at >= ?2 ORDER BY incident",
        )
        .map_err(reading())?;
    let mut rows = statement
        .query((period.until.millis(), period.since.millis()))
        .map_err(reading())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let body = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        found.push(decoded("case", body.map_err(reading())?)?);
    }
    Ok(found)
}
