//! What figures are counted from: each incident followed through every change, and how the open ones stood in between.
//! Does not depend on how many blocks are taken in at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::course::{Course, Facets, Following, Moments, Phase};
use domain::ids::{DepartmentId, IdError, IncidentId, JurisdictionCode};
use domain::incident::{Incident, TimelineEntry};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::view;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params_from_iter};

use super::super::StoreError;
use super::apply::running_due;
use super::counts::scope;
use super::{decoded, encoded};

/// Figures look back to the beginning of yesterday: 49 hours on the day the clocks go back.
pub(super) const PHASES_KEPT_MS: i64 = 50 * 3_600_000;
/// The end of what has not ended.
const NEVER: i64 = i64::MAX;

pub(super) enum Step {
    Changed(Timestamp, Arc<Incident>),
    Happened(Arc<TimelineEntry>),
}

/// Where an incident has come to: what is asked of its row, and what goes on with it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Followed {
    pub(super) moments: Moments,
    pub(super) body: Vec<u8>,
}

/// Each incident after its steps. Its row keeps the answer.
pub(super) fn follow(
    transaction: &Transaction<'_>,
    steps: &BTreeMap<IncidentId, Vec<Step>>,
) -> Result<BTreeMap<IncidentId, Followed>, StoreError> {
    let mut followed = BTreeMap::new();
    for (incident, steps) in steps {
        followed.insert(*incident, follow_one(transaction, *incident, steps)?);
    }
    Ok(followed)
}

fn follow_one(
    transaction: &Transaction<'_>,
    incident: IncidentId,
    steps: &[Step],
) -> Result<Followed, StoreError> {
    let writing = || StoreError::sqlite("follow an incident");
    let id = incident.bits().cast_signed();
    let known: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT course FROM incidents WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
        .map_err(writing())?;
    let mut following: Following = match known {
        Some(body) => decoded("course of an incident", &body)?,
        None => Following::default(),
    };
    for step in steps {
        match step {
            Step::Changed(now, incident) => {
                following.changed(*now, incident);
                stand(transaction, *now, incident)?;
            }
            Step::Happened(entry) => following.happened(&entry.what),
        }
    }
    Ok(Followed {
        body: encoded("encode an incident's course", &following)?,
        moments: following.moments,
    })
}

/// Ends the phase that an incident was in, if it stands otherwise now, and begins another while it is open.
fn stand(
    transaction: &Transaction<'_>,
    now: Timestamp,
    incident: &Incident,
) -> Result<(), StoreError> {
    let writing = || StoreError::sqlite("write how an incident stands");
    let id = incident.id.bits().cast_signed();
    let body = encoded("encode how an incident stands", &facets_of(incident))?;
    let current: Option<(i64, i64, Vec<u8>)> = transaction
        .prepare_cached(
            "SELECT phase, from_at, body FROM phases WHERE incident = ?1 AND to_at = ?2",
        )
        .and_then(|mut statement| {
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            statement.query_row((id, NEVER), read).optional()
        })
        .map_err(writing())?;
    let open = incident.state.is_open() && !incident.drill;
    if let Some((phase, from_at, before)) = current {
        if open && before == body {
            return Ok(());
        }
        // What lasted no time was never so for anybody.
        let ended = if from_at == now.millis() {
            transaction.execute("DELETE FROM phases WHERE phase = ?1", [phase])
        } else {
            let sql = "UPDATE phases SET to_at = ?2 WHERE phase = ?1";
            transaction.execute(sql, (phase, now.millis()))
        };
        ended.map_err(writing())?;
    }
    if open {
        transaction
            .prepare_cached(
                "INSERT INTO phases(incident, from_at, to_at, body) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut statement| statement.execute((id, now.millis(), NEVER, body)))
            .map_err(writing())?;
    }
    Ok(())
}

fn facets_of(incident: &Incident) -> Facets {
    let assigned = incident.lead.iter().chain(&incident.supporting);
    Facets {
        state: incident.state,
        category: incident.category,
        severity: incident.severity,
        town: incident.town.clone(),
        departments: assigned
            .map(|assignment| assignment.department.clone())
            .collect(),
        due_at: running_due(incident),
        tray: view::in_tray(incident),
    }
}

pub(super) fn prune(
    transaction: &Transaction<'_>,
    now: Timestamp,
    most: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM phases WHERE phase IN (SELECT phase FROM phases WHERE to_at < ?1 ORDER BY to_at LIMIT ?2)",
        )?
        .execute((now.plus_millis(-PHASES_KEPT_MS).millis(), most))?;
    Ok(())
}

pub(super) fn phases(
    connection: &Connection,
    audience: &Audience,
) -> Result<Vec<Phase>, StoreError> {
    let reading = || StoreError::sqlite("read how incidents stood");
    let Some((scope, values)) = scope(audience) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT p.from_at, p.to_at, p.body FROM phases AS p CROSS JOIN incidents AS i ON i.id = p.incident
         WHERE {scope}"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(reading())?;
    let mut rows = statement
        .query(params_from_iter(&values))
        .map_err(reading())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let from: i64 = row.get(0).map_err(reading())?;
        let to: i64 = row.get(1).map_err(reading())?;
        let body = row.get_ref(2).and_then(|value| Ok(value.as_blob()?));
        found.push(Phase {
            from: Timestamp::from_millis(from),
            to: (to != NEVER).then(|| Timestamp::from_millis(to)),
            facets: decoded("phase of an incident", body.map_err(reading())?)?,
        });
    }
    Ok(found)
}

pub(super) fn courses(
    connection: &Connection,
    audience: &Audience,
    since: Timestamp,
) -> Result<Vec<Course>, StoreError> {
    let reading = || StoreError::sqlite("read the courses of incidents");
    let Some((scope, values)) = scope(audience) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT i.opened_at, i.dispatched_at, i.closed_at, i.in_time, i.accurate, i.hops, i.state, i.category,
             i.severity, i.town, i.due_at, i.tray,
             (SELECT group_concat(d.department, char(10)) FROM incident_departments AS d
              WHERE d.incident = i.id AND d.involved = 1)
         FROM incidents AS i
         WHERE (i.opened_at >= ? OR i.dispatched_at >= ? OR i.closed_at >= ?) AND i.drill = 0 AND {scope}"
    );
    let moments = vec![Value::from(since.millis()); 3];
    let mut statement = connection.prepare_cached(&sql).map_err(reading())?;
    let mut rows = statement
        .query(params_from_iter(moments.into_iter().chain(values)))
        .map_err(reading())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let columns = Columns::of(row).map_err(reading())?;
        found.push(columns.course().map_err(|error| StoreError::BadRecord {
            what: "incident",
            why: error.to_string(),
        })?);
    }
    Ok(found)
}

struct Columns {
    opened_at: Timestamp,
    moments: Moments,
    hops: u32,
    state: String,
    category: Option<String>,
    severity: u8,
    town: Option<String>,
    due_at: Option<Timestamp>,
    tray: bool,
    departments: Option<String>,
}

impl Columns {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let moment = |column: usize| {
            let millis: Option<i64> = row.get(column)?;
            Ok::<_, rusqlite::Error>(millis.map(Timestamp::from_millis))
        };
        Ok(Self {
            opened_at: Timestamp::from_millis(row.get(0)?),
            moments: Moments {
                dispatched_at: moment(1)?,
                closed_at: moment(2)?,
                in_time: row.get(3)?,
                accurate: row.get(4)?,
            },
            hops: row.get(5)?,
            state: row.get(6)?,
            category: row.get(7)?,
            severity: row.get(8)?,
            town: row.get(9)?,
            due_at: moment(10)?,
            tray: row.get(11)?,
            departments: row.get(12)?,
        })
    }

    fn course(self) -> Result<Course, IdError> {
        let departments = self.departments.unwrap_or_default();
        Ok(Course {
            opened_at: self.opened_at,
            moments: self.moments,
            hops: self.hops,
            facets: Facets {
                state: self.state.parse()?,
                category: self.category.map(|code| code.parse()).transpose()?,
                severity: self.severity.try_into()?,
                town: self
                    .town
                    .map(|code| JurisdictionCode::new(&code))
                    .transpose()?,
                departments: departments
                    .lines()
                    .map(DepartmentId::new)
                    .collect::<Result<_, _>>()?,
                due_at: self.due_at,
                tray: self.tray,
            },
        })
    }
}
