//! The list of incidents: one index read in order for almost every question, and the audience's rule in the same query.
//! `domain::policy` says what an audience may read; a test holds this to it.

use std::sync::Arc;

use domain::category::CategoryCode;
use domain::ids::{BlockNumber, DepartmentId, IncidentId, JurisdictionCode};
use domain::incident::Incident;
use domain::lifecycle::State;
use domain::policy::Audience;
use domain::request::Waiting;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::super::StoreError;
use super::cursor::{Cursor, Key};
use super::query::{IncidentPage, IncidentQuery, MOST_IN_A_PAGE, QueryError};
use super::{Position, decoded, position, texts};

pub(super) fn page(
    connection: &Connection,
    query: &IncidentQuery,
    audience: &Audience,
) -> Result<IncidentPage, QueryError> {
    if query.limit == 0 || query.limit > MOST_IN_A_PAGE {
        return Err(QueryError::Limit(query.limit));
    }
    let now = position(connection)?;
    let cursor = match &query.cursor {
        Some(text) => Some(Cursor::read(text, &now, query, audience)?),
        None => None,
    };
    let as_of = Position {
        applied: cursor.map_or(now.applied, |cursor| cursor.position),
        ..now
    };
    let mut query = query.clone();
    query.overdue_at = cursor.map_or(query.overdue_at, |cursor| cursor.overdue_at);
    let Some(asked) = Asked::of(connection, &query, audience, as_of.applied)? else {
        return Ok(IncidentPage {
            position: as_of.applied,
            incidents: Vec::new(),
            next: None,
        });
    };
    let wanted = usize::from(query.limit);
    let mut found = current(
        connection,
        &asked.current(cursor.map(|cursor| cursor.after), wanted + 1),
    )?;
    if let Some(cursor) = cursor {
        found.extend(former(connection, &asked, cursor.after, wanted + 1)?);
        found.sort_by_key(|row| std::cmp::Reverse(row.key));
    }
    let next = (found.len() > wanted).then(|| {
        found.truncate(wanted);
        let last = found.last().expect("a page holds at least one");
        Cursor::after(last.key, &as_of, &query, audience).text()
    });
    let mut incidents = Vec::with_capacity(found.len());
    for row in found {
        incidents.push(match row.incident {
            Some(incident) => incident,
            None => body_of(
                connection,
                "SELECT body FROM incidents WHERE id = ?1",
                row.key.id.bits().cast_signed(),
            )?,
        });
    }
    Ok(IncidentPage {
        position: as_of.applied,
        incidents,
        next,
    })
}

struct Row {
    key: Key,
    /// Read already if it is no longer current.
    incident: Option<Arc<Incident>>,
}

/// A statement with its values in order.
#[derive(Clone, Default, Debug)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    fn push(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(text);
        self.values.extend(values);
    }

    fn and(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.push(" AND ", []);
        self.push(text, values);
    }

    fn and_any_of(&mut self, column: &str, values: Vec<Value>) {
        let marks = vec!["?"; values.len()].join(", ");
        self.and(&format!("{column} IN ({marks})"), values);
    }
}

/// Which index leads, from the narrowest down.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Way {
    /// The rows the words name, then sorted.
    Words,
    /// One department's rows, in order.
    Department {
        id: DepartmentId,
        involved: bool,
    },
    /// The overdue ones, then sorted.
    Due,
    /// Those closed, or first dispatched, in a time; then sorted.
    Closed,
    Dispatched,
    Town(JurisdictionCode),
    /// Those of which something waits for somebody, in order.
    Waiting,
    Open,
    Newest,
}

/// A checked question.
pub(super) struct Asked<'a> {
    query: &'a IncidentQuery,
    audience: &'a Audience,
    as_of: BlockNumber,
    towns: Vec<JurisdictionCode>,
    words: Vec<String>,
    way: Way,
}

impl<'a> Asked<'a> {
    /// None: nothing can match.
    pub(super) fn of(
        connection: &Connection,
        query: &'a IncidentQuery,
        audience: &'a Audience,
        as_of: BlockNumber,
    ) -> Result<Option<Self>, QueryError> {
        if let Some(given) = query.categories.iter().find(|given| !begins_a_code(given)) {
            return Err(QueryError::Category(given.clone()));
        }
        let towns = match &query.town {
            Some(given) => towns_named(connection, given)?,
            None => Vec::new(),
        };
        let words = query.text.as_deref().map(texts::asked);
        if *audience == Audience::Nothing || words.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let words = words.unwrap_or_default();
        let way = way(query, audience, &towns, !words.is_empty());
        Ok(Some(Self {
            query,
            audience,
            as_of,
            towns,
            words,
            way,
        }))
    }

    /// Keys of current incidents that were so at the position too. After the first page the key alone sees to that:
    /// what changed since stands before it.
    pub(super) fn current(&self, after: Option<Key>, most: usize) -> Sql {
        let mut sql = Sql::default();
        let (from, order) = match &self.way {
            Way::Words => ("incidents AS i NOT INDEXED", ["i.from_block", "i.id"]),
            Way::Department { .. } => (
                "incident_departments AS d CROSS JOIN incidents AS i ON i.id = d.incident",
                ["d.from_block", "d.incident"],
            ),
            Way::Due => (
                "incidents AS i INDEXED BY incidents_due",
                ["i.from_block", "i.id"],
            ),
            Way::Closed => (
                "incidents AS i INDEXED BY incidents_closed",
                ["i.from_block", "i.id"],
            ),
            Way::Dispatched => (
                "incidents AS i INDEXED BY incidents_dispatched",
                ["i.from_block", "i.id"],
            ),
            Way::Town(_) => (
                "incidents AS i INDEXED BY incidents_of_town",
                ["i.from_block", "i.id"],
            ),
            Way::Open => (
                "incidents AS i INDEXED BY incidents_open",
                ["i.from_block", "i.id"],
            ),
            Way::Waiting => (
                "incidents AS i INDEXED BY incidents_waiting",
                ["i.from_block", "i.id"],
            ),
            Way::Newest => (
                "incidents AS i INDEXED BY incidents_newest",
                ["i.from_block", "i.id"],
            ),
        };
        let [block, id] = order;
        sql.push(&format!("SELECT {block}, {id} FROM {from} WHERE TRUE"), []);
        if let Some(key) = after {
            sql.and(&format!("({block}, {id}) < (?, ?)"), key_values(key));
        }
        match &self.way {
            Way::Department { id, involved } => {
                sql.and("d.department = ?", [text(id.as_str())]);
                if *involved {
                    sql.and("d.involved = 1", []);
                }
            }
            Way::Town(code) => sql.and("i.town = ?", [text(code.as_str())]),
            Way::Open => sql.and("i.open = 1", []),
            Way::Words | Way::Due | Way::Closed | Way::Dispatched | Way::Waiting | Way::Newest => {}
        }
        self.columns(&mut sql);
        self.department_and_audience(&mut sql);
        sql.push(
            &format!(" ORDER BY {block} DESC, {id} DESC LIMIT ?"),
            [Value::from(most as i64)],
        );
        sql
    }

    /// Versions that were current at the position and are no longer. Whose they were is asked of each one itself.
    pub(super) fn former(&self, after: Key) -> Sql {
        let mut sql = Sql::default();
        sql.push(
            "SELECT i.from_block, i.id, i.version FROM former AS i INDEXED BY former_until
             WHERE i.to_block > ? AND i.from_block <= ?",
            [block(self.as_of), block(self.as_of)],
        );
        sql.and("(i.from_block, i.id) < (?, ?)", key_values(after));
        self.columns(&mut sql);
        sql.push(" ORDER BY i.from_block DESC, i.id DESC", []);
        sql
    }

    /// What the columns of an incident alone decide.
    fn columns(&self, sql: &mut Sql) {
        let query = self.query;
        if !query.states.is_empty() {
            let states = query
                .states
                .iter()
                .map(|state| text(state.name()))
                .collect();
            sql.and_any_of("i.state", states);
        }
        if !query.categories.is_empty() {
            // Codes are ASCII letters and digits, all of which sort before the tilde.
            let one = vec!["i.category BETWEEN ? AND ?"; query.categories.len()];
            let ends = query
                .categories
                .iter()
                .flat_map(|beginning| [text(beginning), text(&format!("{beginning}~"))]);
            sql.and(&format!("({})", one.join(" OR ")), ends);
        }
        if !query.severities.is_empty() {
            let levels = query
                .severities
                .iter()
                .map(|severity| Value::from(i64::from(severity.level())));
            sql.and_any_of("i.severity", levels.collect());
        }
        if !self.towns.is_empty() {
            sql.and_any_of(
                "i.town",
                self.towns.iter().map(|code| text(code.as_str())).collect(),
            );
        }
        if let Some(bounds) = query.bbox {
            let (low, high) = (bounds.southwest(), bounds.northeast());
            let edges = [low.lon_e6(), high.lon_e6(), low.lat_e6(), high.lat_e6()];
            sql.and(
                "i.lon BETWEEN ? AND ? AND i.lat BETWEEN ? AND ?",
                edges.map(|edge| Value::from(i64::from(edge))),
            );
        }
        let moments = [
            ("i.opened_at >= ?", query.since),
            ("i.opened_at < ?", query.until),
            ("i.due_at < ?", query.overdue_at),
            ("i.dispatched_at >= ?", query.dispatched_since),
            ("i.dispatched_at < ?", query.dispatched_until),
            ("i.closed_at >= ?", query.closed_since),
            ("i.closed_at < ?", query.closed_until),
        ];
        for (condition, moment) in moments {
            if let Some(moment) = moment {
                sql.and(condition, [Value::from(moment.millis())]);
            }
        }
        for (column, flags) in [
            ("i.in_time", &query.in_time),
            ("i.accurate", &query.accurate),
        ] {
            if !flags.is_empty() {
                let flags = flags.iter().map(|flag| Value::from(i64::from(*flag)));
                sql.and_any_of(column, flags.collect());
            }
        }
        for (condition, flag) in [("i.drill = ?", query.drill), ("i.tray = ?", query.tray)] {
            if let Some(flag) = flag {
                sql.and(condition, [Value::from(i64::from(flag))]);
            }
        }
        if !query.waiting.is_empty() {
            // Said out, because only then the partial index may serve.
            let asked = waiting_bits(query.waiting.iter().copied());
            sql.and(
                "i.waiting <> 0 AND i.waiting & ? <> 0",
                [Value::from(asked)],
            );
        }
        for word in &self.words {
            sql.and(
                "i.id IN (SELECT p.incident FROM texts AS t CROSS JOIN pieces AS p ON p.piece = t.rowid
                     WHERE t.texts MATCH ? AND p.from_block <= ? AND p.to_block > ?)",
                [text(word), block(self.as_of), block(self.as_of)],
            );
        }
    }

    fn department_and_audience(&self, sql: &mut Sql) {
        if let Some(id) = &self.query.department {
            let leads = matches!(&self.way, Way::Department { id: led, .. } if led == id);
            if !leads {
                sql.and(
                    "i.id IN (SELECT incident FROM incident_departments WHERE department = ? AND involved = 1)",
                    [text(id.as_str())],
                );
            }
        }
        let of_department =
            "i.id IN (SELECT incident FROM incident_departments WHERE department = ?)";
        match self.audience {
            Audience::City => {}
            Audience::Nothing => sql.and("FALSE", []),
            Audience::Town(town) => sql.and("i.town = ?", [text(town.as_str())]),
            Audience::Department { id, town: None } => {
                let leads = matches!(&self.way, Way::Department { id: led, .. } if led == id);
                if !leads {
                    sql.and(of_department, [text(id.as_str())]);
                }
            }
            Audience::Department {
                id,
                town: Some(town),
            } => {
                sql.and(
                    &format!("(i.town = ? OR {of_department})"),
                    [text(town.as_str()), text(id.as_str())],
                );
            }
        }
    }

    /// The part of the question that an old version answers by itself.
    fn suits(&self, incident: &Incident) -> bool {
        let department = self.query.department.as_ref();
        self.audience.may_read(incident) && department.is_none_or(|id| incident.involves(id))
    }
}

fn way(query: &IncidentQuery, audience: &Audience, towns: &[JurisdictionCode], words: bool) -> Way {
    let only_open = !query.states.is_empty() && query.states.iter().copied().all(State::is_open);
    if words {
        return Way::Words;
    }
    if let Some(id) = &query.department {
        return Way::Department {
            id: id.clone(),
            involved: true,
        };
    }
    if let Audience::Department { id, town: None } = audience {
        return Way::Department {
            id: id.clone(),
            involved: false,
        };
    }
    if query.overdue_at.is_some() {
        return Way::Due;
    }
    if !query.waiting.is_empty() {
        return Way::Waiting;
    }
    if query.closed_since.is_some() {
        return Way::Closed;
    }
    if query.dispatched_since.is_some() {
        return Way::Dispatched;
    }
    match (towns, audience) {
        ([one], _) | ([], Audience::Town(one)) => Way::Town(one.clone()),
        _ if only_open => Way::Open,
        _ => Way::Newest,
    }
}

/// One bit for each.
pub(super) fn waiting_bits(waiting: impl IntoIterator<Item = Waiting>) -> i64 {
    waiting
        .into_iter()
        .fold(0, |bits, one| bits | 1 << one as u8)
}

fn text(value: &str) -> Value {
    Value::from(value.to_owned())
}

fn block(number: BlockNumber) -> Value {
    Value::from(number.0.cast_signed())
}

fn key_values(key: Key) -> [Value; 2] {
    [
        block(key.from_block),
        Value::from(key.id.bits().cast_signed()),
    ]
}

/// `E`, `E0`, `E03`, `E030`, `E0301`.
fn begins_a_code(given: &str) -> bool {
    let filled = format!("{given}{}", "0".repeat(5_usize.saturating_sub(given.len())));
    !given.is_empty() && filled.parse::<CategoryCode>().is_ok()
}

fn towns_named(connection: &Connection, given: &str) -> Result<Vec<JurisdictionCode>, QueryError> {
    let reading = || StoreError::sqlite("look for a town");
    let mut statement = connection
        .prepare_cached(
            "SELECT code FROM towns WHERE code = ?1 OR name = ?1 OR name_en = ?1 COLLATE NOCASE ORDER BY code",
        )
        .map_err(reading())?;
    let mut rows = statement.query([given]).map_err(reading())?;
    let mut towns = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let code: String = row.get(0).map_err(reading())?;
        let code = JurisdictionCode::new(&code).map_err(|error| StoreError::BadRecord {
            what: "town",
            why: error.to_string(),
        })?;
        towns.push(code);
    }
    if towns.is_empty() {
        return Err(QueryError::UnknownTown(given.to_owned()));
    }
    Ok(towns)
}

fn current(connection: &Connection, sql: &Sql) -> Result<Vec<Row>, StoreError> {
    let reading = || StoreError::sqlite("list incidents");
    let mut statement = connection.prepare_cached(&sql.text).map_err(reading())?;
    let rows = statement
        .query_map(params_from_iter(&sql.values), key)
        .map_err(reading())?;
    rows.map(|row| {
        row.map(|key| Row {
            key,
            incident: None,
        })
    })
    .collect::<Result<_, _>>()
    .map_err(reading())
}

fn former(
    connection: &Connection,
    asked: &Asked<'_>,
    after: Key,
    most: usize,
) -> Result<Vec<Row>, StoreError> {
    let reading = || StoreError::sqlite("list incidents as they were");
    let sql = asked.former(after);
    let mut statement = connection.prepare_cached(&sql.text).map_err(reading())?;
    let mut rows = statement
        .query(params_from_iter(&sql.values))
        .map_err(reading())?;
    let mut found = Vec::new();
    while found.len() < most {
        let Some(row) = rows.next().map_err(reading())? else {
            break;
        };
        let version: i64 = row.get(2).map_err(reading())?;
        let incident = body_of(
            connection,
            "SELECT body FROM former WHERE version = ?1",
            version,
        )?;
        if asked.suits(&incident) {
            found.push(Row {
                key: key(row).map_err(reading())?,
                incident: Some(incident),
            });
        }
    }
    Ok(found)
}

fn key(row: &rusqlite::Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        from_block: BlockNumber(row.get::<_, i64>(0)?.cast_unsigned()),
        id: IncidentId::from_bits(row.get::<_, i64>(1)?.cast_unsigned()),
    })
}

fn body_of(connection: &Connection, sql: &str, id: i64) -> Result<Arc<Incident>, StoreError> {
    let reading = || StoreError::sqlite("read an incident");
    let mut statement = connection.prepare_cached(sql).map_err(reading())?;
    let mut rows = statement.query([id]).map_err(reading())?;
    let row = rows
        .next()
        .and_then(|row| row.ok_or(rusqlite::Error::QueryReturnedNoRows))
        .map_err(reading())?;
    let body = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
    Ok(Arc::new(decoded("incident", body.map_err(reading())?)?))
}
