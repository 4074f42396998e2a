//! The list of alarms as they are now, newest first.

use domain::alarm::Alarm;
use domain::category::Severity;
use domain::ids::{AlarmId, IncidentId, SourceId};
use domain::place::Bounds;
use domain::policy::Audience;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::super::StoreError;
use super::decoded;
use super::query::{MOST_IN_A_PAGE, QueryError};

/// Everything absent or empty lets everything pass.
#[derive(Clone, PartialEq, Debug)]
pub struct AlarmQuery {
    pub active: Option<bool>,
    pub severities: Vec<Severity>,
    pub source: Option<SourceId>,
    pub incident: Option<IncidentId>,
    pub bbox: Option<Bounds>,
    pub drill: Option<bool>,
    /// Older than this one: the last of the page before.
    pub before: Option<AlarmId>,
    /// 1 to 200.
    pub limit: u16,
}

impl Default for AlarmQuery {
    fn default() -> Self {
        Self {
            active: None,
            severities: Vec::new(),
            source: None,
            incident: None,
            bbox: None,
            drill: None,
            before: None,
            limit: MOST_IN_A_PAGE,
        }
    }
}

pub(super) fn page(
    connection: &Connection,
    query: &AlarmQuery,
    audience: &Audience,
) -> Result<Vec<Alarm>, QueryError> {
    if query.limit == 0 || query.limit > MOST_IN_A_PAGE {
        return Err(QueryError::Limit(query.limit));
    }
    let Some((mut conditions, mut values)) = readable(audience) else {
        return Ok(Vec::new());
    };
    let mut and = |condition: &str, given: Vec<Value>| {
        conditions.push(condition.to_owned());
        values.extend(given);
    };
    if let Some(active) = query.active {
        // Written out, because only then the partial index of active ones may serve.
        and(if active { "active = 1" } else { "active = 0" }, Vec::new());
    }
    if !query.severities.is_empty() {
        let levels = query
            .severities
            .iter()
            .map(|severity| Value::from(i64::from(severity.level())));
        let marks = vec!["?"; query.severities.len()].join(", ");
        and(&format!("severity IN ({marks})"), levels.collect());
    }
    if let Some(source) = &query.source {
        and("source = ?", vec![Value::from(source.as_str().to_owned())]);
    }
    if let Some(incident) = query.incident {
        and(
            "incident = ?",
            vec![Value::from(incident.bits().cast_signed())],
        );
    }
    if let Some(bounds) = query.bbox {
        let (low, high) = (bounds.southwest(), bounds.northeast());
        let edges = [low.lon_e6(), high.lon_e6(), low.lat_e6(), high.lat_e6()];
        let edges = edges.map(|edge| Value::from(i64::from(edge)));
        and(
            "lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?",
            edges.to_vec(),
        );
    }
    if let Some(drill) = query.drill {
        and("drill = ?", vec![Value::from(i64::from(drill))]);
    }
    if let Some(before) = query.before {
        and("id < ?", vec![Value::from(before.bits().cast_signed())]);
    }
    values.push(Value::from(i64::from(query.limit)));
    let sql = format!(
        "SELECT body FROM alarms WHERE {} ORDER BY id DESC LIMIT ?",
        conditions.join(" AND ")
    );
    let reading = || StoreError::sqlite("list alarms");
    let mut statement = connection.prepare_cached(&sql).map_err(reading())?;
    let mut rows = statement
        .query(params_from_iter(values))
        .map_err(reading())?;
    let mut alarms = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let body = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        alarms.push(decoded("alarm", body.map_err(reading())?)?);
    }
    Ok(alarms)
}

/// The whole city sees all alarms; others those that belong to an incident they may read. None: nothing.
fn readable(audience: &Audience) -> Option<(Vec<String>, Vec<Value>)> {
    let of_department =
        "incident IN (SELECT incident FROM incident_departments WHERE department = ?)";
    let of_town = "incident IN (SELECT id FROM incidents WHERE town = ?)";
    Some(match audience {
        Audience::City => (vec!["TRUE".into()], Vec::new()),
        Audience::Nothing => return None,
        Audience::Town(town) => (
            vec![of_town.into()],
            vec![Value::from(town.as_str().to_owned())],
        ),
        Audience::Department { id, town: None } => (
            vec![of_department.into()],
            vec![Value::from(id.as_str().to_owned())],
        ),
        Audience::Department {
            id,
            town: Some(town),
        } => (
            vec![format!("({of_department} OR {of_town})")],
            vec![
                Value::from(id.as_str().to_owned()),
                Value::from(town.as_str().to_owned()),
            ],
        ),
    })
}
