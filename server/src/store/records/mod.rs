//! What the city became, arranged for questions: projections of the journal that can be thrown away and made again.
//! Never the truth: only `apply` changes them, and always together with the position they have reached.

mod alarm_log;
mod alarms;
mod apply;
mod cases;
mod counts;
mod courses;
mod cursor;
mod incidents;
mod outdated;
mod query;
mod reporters;
mod schema;
pub mod sessions;
mod stood;
mod texts;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::alarm::Alarm;
use domain::alarm::load::LogChoice;
use domain::case::Case;
use domain::change::{CommandAnswer, Stepped};
use domain::course::{AlarmFacets, Course, Phase};
use domain::evaluation::Period;
use domain::ids::{AlarmId, BlockNumber, CommandId, IncidentId, VaultToken};
use domain::incident::{Evidence, Incident, TimelineEntry};
use domain::policy::Audience;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::pool::Pool;
use super::{Folder, Journal, StoreError, sqlite};
use apply::Projection;

pub use alarm_log::Lines as AlarmLines;
pub use alarms::AlarmQuery;
pub use counts::Counts;
pub use query::{IncidentPage, IncidentQuery, MOST_IN_A_PAGE, QueryError};
pub use schema::Opened as RecordsOpened;
pub use sessions::{Session, Sessions};

/// Evidence and timeline entries handed out of one incident at most; the newest count.
const MOST_OF_ONE: i64 = 10_000;

/// One writer, a bounded pool of readers. Share it by `Arc`; every call blocks, so call it where that is allowed.
pub struct Records {
    // Closed before the writer: the last to close empties the write-ahead log, which a reader may not.
    pool: Pool,
    projection: Mutex<Projection>,
}

/// Everything about one incident, as of one position.
#[derive(Clone, PartialEq, Debug)]
pub struct Dossier {
    pub position: BlockNumber,
    pub incident: Arc<Incident>,
    /// By time.
    pub evidence: Vec<Evidence>,
    /// In the order it happened.
    pub timeline: Vec<TimelineEntry>,
}

/// What figures are counted from, as of one position.
#[derive(Clone, PartialEq, Debug)]
pub struct Countable {
    pub position: BlockNumber,
    /// The clock of that block.
    pub now: Timestamp,
    /// The clock of the journal's first block.
    pub begun_at: Option<Timestamp>,
    pub phases: Vec<Phase>,
    pub courses: Vec<Course>,
    /// How alarms stood, for those whom they concern: the duty room.
    pub alarm_phases: Vec<Phase<AlarmFacets>>,
    /// From when on these are known.
    pub alarms_from: Option<Timestamp>,
}

/// Cases of a period, as of one position.
#[derive(Clone, PartialEq, Debug)]
pub struct Cases {
    pub position: BlockNumber,
    /// By id.
    pub cases: Vec<Case>,
}

impl Records {
    /// Opens the records of this journal. Those of another schema or another life of the journal, those ahead of it and
    /// those that cannot be read are begun anew; `RecordsOpened` says so, and replay fills them.
    pub fn open(folder: &Folder, journal: &Journal) -> Result<(Self, RecordsOpened), StoreError> {
        let path = folder.records();
        let (connection, opened) = schema::open(&path, &journal.life()?, journal.last())?;
        let records = Self {
            pool: Pool::of(path),
            projection: Mutex::new(Projection::of(connection)?),
        };
        Ok((records, opened))
    }

    /// The last block whose changes are in.
    pub fn applied(&self) -> BlockNumber {
        self.writer().applied()
    }

    /// Takes blocks in, as many as fit in one transaction at a time. Blocks that are in already are skipped; one that
    /// does not follow is an error, and then nothing after the last whole transaction is in.
    pub fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        self.writer().apply(stepped)
    }

    pub fn incidents(
        &self,
        query: &IncidentQuery,
        audience: &Audience,
    ) -> Result<IncidentPage, QueryError> {
        self.pool
            .read(|connection| incidents::page(connection, query, audience))
    }

    /// How many of those that an audience may read were opened in each step from a moment on; practice is left out.
    pub fn opened_by_step(
        &self,
        audience: &Audience,
        since: Timestamp,
        until: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<u32>, QueryError> {
        self.pool
            .read(|connection| counts::opened_by_step(connection, audience, since, until, step_ms))
    }

    /// The current version, and the block that made it.
    pub fn incident(
        &self,
        id: IncidentId,
    ) -> Result<Option<(BlockNumber, Arc<Incident>)>, QueryError> {
        self.pool.read(|connection| Ok(incident(connection, id)?))
    }

    pub fn evidence_of(&self, id: IncidentId) -> Result<Vec<Evidence>, QueryError> {
        self.pool
            .read(|connection| Ok(evidence_of(connection, id)?))
    }

    pub fn timeline_of(&self, id: IncidentId) -> Result<Vec<TimelineEntry>, QueryError> {
        self.pool
            .read(|connection| Ok(timeline_of(connection, id)?))
    }

    pub fn dossier(&self, id: IncidentId) -> Result<Option<Dossier>, QueryError> {
        self.pool.read(|connection| {
            let Some((_, incident)) = incident(connection, id)? else {
                return Ok(None);
            };
            Ok(Some(Dossier {
                position: position(connection)?.applied,
                incident,
                evidence: evidence_of(connection, id)?,
                timeline: timeline_of(connection, id)?,
            }))
        })
    }

    /// What was answered to a command, however long ago.
    pub fn answer(&self, command: CommandId) -> Result<Option<CommandAnswer>, QueryError> {
        self.pool.read(|connection| {
            one(
                connection,
                "command's answer",
                "SELECT body FROM answers WHERE command = ?1",
                command.bits().to_be_bytes(),
            )
            .map_err(QueryError::from)
        })
    }

    /// The same for a command on an alarm.
    pub fn alarm_answer(
        &self,
        command: CommandId,
    ) -> Result<Option<CommandAnswer<Alarm>>, QueryError> {
        self.pool.read(|connection| {
            one(
                connection,
                "command's answer",
                "SELECT body FROM alarm_answers WHERE command = ?1",
                command.bits().to_be_bytes(),
            )
            .map_err(QueryError::from)
        })
    }

    /// Tokens whose incident ended at a moment or before, and that may still be in the vault.
    pub fn reporters_ended_by(
        &self,
        moment: Timestamp,
        most: usize,
    ) -> Result<Vec<VaultToken>, QueryError> {
        self.pool
            .read(|connection| reporters::ended_by(connection, moment, most))
    }

    /// Of some tokens those that no piece of evidence has, as of the last block that is in.
    pub fn reporters_unknown(&self, tokens: &[VaultToken]) -> Result<Vec<VaultToken>, QueryError> {
        self.pool
            .read(|connection| reporters::unknown_of(connection, tokens))
    }

    /// Nothing of them is in the vault any more.
    pub fn forget_reporters(&self, tokens: &[VaultToken]) -> Result<(), StoreError> {
        self.writer().forget_reporters(tokens)
    }

    pub fn alarms(
        &self,
        query: &AlarmQuery,
        audience: &Audience,
    ) -> Result<Vec<Alarm>, QueryError> {
        self.pool
            .read(|connection| alarms::page(connection, query, audience))
    }

    /// Lines of the log of alarms, the newest `most` that fit, by time.
    pub fn alarm_lines(&self, choice: &LogChoice, most: usize) -> Result<AlarmLines, QueryError> {
        self.pool
            .read(|connection| Ok(alarm_log::lines(connection, choice, most)?))
    }

    pub fn alarm(&self, id: AlarmId) -> Result<Option<Alarm>, QueryError> {
        self.pool.read(|connection| {
            one(
                connection,
                "alarm",
                "SELECT body FROM alarms WHERE id = ?1",
                id.bits().cast_signed(),
            )
            .map_err(QueryError::from)
        })
    }

    /// How many there are of what, practice left out.
    pub fn counts(&self, audience: &Audience, now: Timestamp) -> Result<Counts, QueryError> {
        self.pool
            .read(|connection| counts::counts(connection, audience, now))
    }

    /// What figures are counted from, all of it as of one position, practice left out: how open incidents stood in the
    /// last two days and stand now, and the incidents that were opened, first dispatched or closed since.
    pub fn countable(
        &self,
        audience: &Audience,
        since: Timestamp,
    ) -> Result<Countable, QueryError> {
        self.pool.read(|connection| {
            let position = position(connection)?;
            Ok(Countable {
                position: position.applied,
                now: position.now,
                begun_at: position.begun_at,
                phases: courses::phases(connection, audience)?,
                courses: courses::courses(connection, audience, since)?,
                alarm_phases: match audience {
                    Audience::City => stood::phases(connection, since)?,
                    _ => Vec::new(),
                },
                alarms_from: stood::known_from(connection)?,
            })
        })
    }

    /// Every case that some moment of may lie in a period; practice is left out.
    pub fn cases(&self, period: Period) -> Result<Cases, QueryError> {
        self.pool.read(|connection| {
            Ok(Cases {
                position: position(connection)?.applied,
                cases: cases::touching(connection, period)?,
            })
        })
    }

    /// A writer that panicked left its transaction undone, so what is there is still whole.
    fn writer(&self) -> MutexGuard<'_, Projection> {
        self.projection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far the records have come.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Position {
    applied: BlockNumber,
    now: Timestamp,
    /// The clock of the first block there is.
    begun_at: Option<Timestamp>,
    /// A page as of a position before this one can no longer be made.
    pruned_to: BlockNumber,
    /// Another at each new beginning: positions seen before it say nothing about these records.
    birth: i64,
}

fn position(connection: &Connection) -> Result<Position, StoreError> {
    let reading = || StoreError::sqlite("read the records' position");
    connection
        .prepare_cached("SELECT applied, now, pruned_to, birth, begun_at FROM position")
        .map_err(reading())?
        .query_row([], |row| {
            Ok(Position {
                applied: BlockNumber(row.get::<_, i64>(0)?.cast_unsigned()),
                now: Timestamp::from_millis(row.get(1)?),
                pruned_to: BlockNumber(row.get::<_, i64>(2)?.cast_unsigned()),
                birth: row.get(3)?,
                begun_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
            })
        })
        .map_err(reading())
}

/// For whoever looks at the file from outside; None before its tables are made.
pub(super) fn applied_in(connection: &Connection) -> Result<Option<BlockNumber>, StoreError> {
    if sqlite::user_version(connection)? != schema::VERSION {
        return Ok(None);
    }
    position(connection).map(|position| Some(position.applied))
}

fn incident(
    connection: &Connection,
    id: IncidentId,
) -> Result<Option<(BlockNumber, Arc<Incident>)>, StoreError> {
    let reading = || StoreError::sqlite("read an incident");
    let found: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT from_block, body FROM incidents WHERE id = ?1")
        .map_err(reading())?
        .query_row([id.bits().cast_signed()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(reading())?;
    let Some((block, body)) = found else {
        return Ok(None);
    };
    let incident = Arc::new(decoded("incident", &body)?);
    Ok(Some((BlockNumber(block.cast_unsigned()), incident)))
}

fn evidence_of(connection: &Connection, id: IncidentId) -> Result<Vec<Evidence>, StoreError> {
    let mut evidence: Vec<Evidence> = many(
        connection,
        "piece of evidence",
        "SELECT body FROM evidence WHERE incident = ?1 ORDER BY id DESC LIMIT ?2",
        id,
    )?;
    evidence.sort_by_key(|piece| (piece.time, piece.id));
    Ok(evidence)
}

fn timeline_of(connection: &Connection, id: IncidentId) -> Result<Vec<TimelineEntry>, StoreError> {
    let mut timeline: Vec<TimelineEntry> = many(
        connection,
        "timeline entry",
        "SELECT body FROM timeline WHERE incident = ?1 ORDER BY entry DESC LIMIT ?2",
        id,
    )?;
    timeline.reverse();
    Ok(timeline)
}

fn one<T: DeserializeOwned>(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    key: impl rusqlite::ToSql,
) -> Result<Option<T>, StoreError> {
    let reading = || StoreError::sqlite("read a record");
    let body: Option<Vec<u8>> = connection
        .prepare_cached(sql)
        .map_err(reading())?
        .query_row([key], |row| row.get(0))
        .optional()
        .map_err(reading())?;
    body.map(|body| decoded(what, &body)).transpose()
}

fn many<T: DeserializeOwned>(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    id: IncidentId,
) -> Result<Vec<T>, StoreError> {
    let reading = || StoreError::sqlite("read records");
    let mut statement = connection.prepare_cached(sql).map_err(reading())?;
    let mut rows = statement
        .query((id.bits().cast_signed(), MOST_OF_ONE))
        .map_err(reading())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let body = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        found.push(decoded(what, body.map_err(reading())?)?);
    }
    Ok(found)
}

fn encoded(what: &'static str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    postcard::to_allocvec(value).map_err(|error| StoreError::Encoding {
        doing: what,
        why: error.to_string(),
    })
}

fn decoded<T: DeserializeOwned>(what: &'static str, body: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(body).map_err(|error| StoreError::BadRecord {
        what,
        why: error.to_string(),
    })
}

#[cfg(test)]
mod case_tests;
#[cfg(test)]
mod course_tests;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
