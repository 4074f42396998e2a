//! Carries the changes of blocks into the tables, with the position they reach in the same transaction.
//! Decides nothing: what a change says is what is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alarm::Alarm;
use domain::change::{Change, CommandAnswer, Stepped};
use domain::city::City;
use domain::ids::{AlarmId, BlockNumber, DepartmentId, EvidenceId, IncidentId, VaultToken};
use domain::incident::{Evidence, Happening, Incident, TimelineEntry};
use domain::time::Timestamp;
use domain::view;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::super::StoreError;
use super::alarm_log;
use super::cases;
use super::courses::{self, Followed, Step};
use super::incidents::waiting_bits;
use super::reporters;
use super::stood;
use super::texts::{self, Piece};
use super::{decoded, encoded, position};

/// A transaction takes blocks until it holds this many changes, so that whoever waits for it waits shortly.
const CHANGES_AT_A_TIME: usize = 5_000;
/// How long a cursor stays good, by the clock of the blocks.
const FORMER_KEPT_MS: i64 = 3_600_000;
/// And at most this many old versions, whatever the clock says.
const MOST_FORMER: i64 = 500_000;
/// Old versions and texts let go of in one transaction.
const PRUNED_AT_A_TIME: i64 = 10_000;

pub(super) struct Projection {
    connection: Connection,
    city: Option<Arc<City>>,
    applied: BlockNumber,
}

impl Projection {
    pub(super) fn of(connection: Connection) -> Result<Self, StoreError> {
        let applied = position(&connection)?.applied;
        let city: Option<Vec<u8>> = connection
            .query_row("SELECT city FROM position", [], |row| row.get(0))
            .map_err(StoreError::sqlite("read the records' city"))?;
        let city = city
            .map(|body| decoded::<City>("city", &body).map(Arc::new))
            .transpose()?;
        Ok(Self {
            connection,
            city,
            applied,
        })
    }

    pub(super) fn applied(&self) -> BlockNumber {
        self.applied
    }

    pub(super) fn apply(&mut self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        let already = stepped.partition_point(|stepped| stepped.block <= self.applied);
        let mut rest = &stepped[already..];
        while !rest.is_empty() {
            let mut changes = 0;
            let mut take = 0;
            for next in rest {
                let expected = BlockNumber(self.applied.0 + 1 + take as u64);
                if next.block != expected {
                    return Err(StoreError::OutOfOrder {
                        last: BlockNumber(expected.0 - 1),
                        given: next.block,
                    });
                }
                changes += next.changes.len();
                take += 1;
                if changes >= CHANGES_AT_A_TIME {
                    break;
                }
            }
            let (now, later) = rest.split_at(take);
            self.take_in(now)?;
            rest = later;
        }
        Ok(())
    }

    /// Nothing of them is in the vault any more.
    pub(super) fn forget_reporters(&mut self, tokens: &[VaultToken]) -> Result<(), StoreError> {
        reporters::forget(&mut self.connection, tokens)
    }

    fn take_in(&mut self, blocks: &[Arc<Stepped>]) -> Result<(), StoreError> {
        let (Some(first), Some(end)) = (blocks.first(), blocks.last()) else {
            return Ok(());
        };
        let writing = || StoreError::sqlite("write records");
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        let gathered = Gathered::of(blocks);
        let city = gathered.city.clone().or_else(|| self.city.clone());
        let mut batch = Batch {
            transaction: &transaction,
            city: city.as_deref(),
            now: end.now,
        };
        batch.write(&gathered)?;
        batch.prune().map_err(writing())?;
        transaction
            .prepare_cached(
                "UPDATE position SET applied = ?1, now = ?2, begun_at = ifnull(begun_at, ?3)",
            )
            .and_then(|mut statement| {
                statement.execute((
                    end.block.0.cast_signed(),
                    end.now.millis(),
                    first.now.millis(),
                ))
            })
            .map_err(writing())?;
        transaction.commit().map_err(writing())?;
        self.applied = end.block;
        self.city = city;
        Ok(())
    }
}

/// What some blocks come to: of a thing that changed several times only the last counts, because nobody can have seen
/// the others.
#[derive(Default)]
struct Gathered {
    city: Option<Arc<City>>,
    incidents: BTreeMap<IncidentId, (BlockNumber, Arc<Incident>)>,
    evidence: BTreeMap<EvidenceId, (BlockNumber, Arc<Evidence>)>,
    timeline: Vec<Arc<TimelineEntry>>,
    /// Every change of an incident's course, since figures count what was between, too.
    steps: BTreeMap<IncidentId, Vec<Step>>,
    alarms: BTreeMap<AlarmId, Arc<Alarm>>,
    /// Every change of an alarm, for the same reason.
    alarm_steps: Vec<(Timestamp, Arc<Alarm>)>,
    /// How each alarm stood at the end of each block that changed it: what nobody could hear is not in the log.
    alarm_ends: Vec<(Timestamp, Arc<Alarm>)>,
    answers: Vec<(BlockNumber, Arc<CommandAnswer>)>,
    alarm_answers: Vec<(BlockNumber, Arc<CommandAnswer<Alarm>>)>,
}

impl Gathered {
    fn of(blocks: &[Arc<Stepped>]) -> Self {
        let mut gathered = Self::default();
        for stepped in blocks {
            let block = stepped.block;
            gathered.alarm_ends.extend(ends_of(stepped));
            for change in &stepped.changes {
                match change {
                    Change::City(city) => gathered.city = Some(city.clone()),
                    Change::Incident(incident) => {
                        let step = Step::Changed(stepped.now, incident.clone());
                        gathered.steps.entry(incident.id).or_default().push(step);
                        gathered
                            .incidents
                            .insert(incident.id, (block, incident.clone()));
                    }
                    Change::Evidence(evidence) => {
                        gathered
                            .evidence
                            .insert(evidence.id, (block, evidence.clone()));
                    }
                    Change::Timeline(entry) => {
                        let step = Step::Happened(entry.clone());
                        gathered.steps.entry(entry.incident).or_default().push(step);
                        gathered.timeline.push(entry.clone());
                    }
                    Change::Alarm(alarm) => {
                        gathered.alarm_steps.push((stepped.now, alarm.clone()));
                        gathered.alarms.insert(alarm.id, alarm.clone());
                    }
                    Change::Answered(answer) => gathered.answers.push((block, answer.clone())),
                    Change::AlarmAnswered(answer) => {
                        gathered.alarm_answers.push((block, answer.clone()));
                    }
                    // These live in the Picture alone, and readings in their own store.
                    Change::Unit(_)
                    | Change::UnitGone(_)
                    | Change::Sensor(_)
                    | Change::Reading(_)
                    | Change::Account(_)
                    | Change::Key(_)
                    | Change::SharedViews(_)
                    | Change::Attached(_)
                    | Change::NotAttached(_)
                    | Change::Notice(_)
                    | Change::Roster(_)
                    | Change::Handover(_)
                    | Change::Endpoint(_) => {}
                }
            }
        }
        gathered
    }
}

/// The last change of each alarm in a block.
fn ends_of(stepped: &Stepped) -> impl Iterator<Item = (Timestamp, Arc<Alarm>)> {
    let mut ends: BTreeMap<AlarmId, Arc<Alarm>> = BTreeMap::new();
    for change in &stepped.changes {
        if let Change::Alarm(alarm) = change {
            ends.insert(alarm.id, alarm.clone());
        }
    }
    let now = stepped.now;
    ends.into_values().map(move |alarm| (now, alarm))
}

struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    city: Option<&'a City>,
    now: Timestamp,
}

impl Batch<'_> {
    fn write(&mut self, gathered: &Gathered) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("write records");
        let followed = courses::follow(self.transaction, &gathered.steps)?;
        cases::follow(self.transaction, &gathered.steps)?;
        for (block, incident) in gathered.incidents.values() {
            let body = encoded("encode an incident", &**incident)?;
            let followed = followed.get(&incident.id).cloned().unwrap_or_default();
            self.incident(*block, incident, &followed, &body)
                .map_err(writing())?;
        }
        let only_told_of = |id: &&IncidentId| !gathered.incidents.contains_key(id);
        for id in followed.keys().filter(only_told_of) {
            self.told_of(*id, &followed[id]).map_err(writing())?;
        }
        for (block, evidence) in gathered.evidence.values() {
            let body = encoded("encode a piece of evidence", &**evidence)?;
            self.evidence(*block, evidence, &body).map_err(writing())?;
        }
        for entry in &gathered.timeline {
            let body = encoded("encode a timeline entry", &**entry)?;
            self.timeline(entry, &body).map_err(writing())?;
        }
        // Looks at what is in the table before the loop below changes it.
        alarm_log::follow(self.transaction, &gathered.alarm_ends)?;
        for alarm in gathered.alarms.values() {
            let body = encoded("encode an alarm", &**alarm)?;
            self.alarm(alarm, &body).map_err(writing())?;
        }
        for (now, alarm) in &gathered.alarm_steps {
            stood::changed(self.transaction, *now, alarm)?;
        }
        for (block, answer) in &gathered.answers {
            self.answer("answers", *block, answer)?;
        }
        for (block, answer) in &gathered.alarm_answers {
            self.answer("alarm_answers", *block, answer)?;
        }
        if let Some(city) = &gathered.city {
            self.new_city(city, &gathered.incidents)?;
        }
        Ok(())
    }

    fn incident(
        &self,
        block: BlockNumber,
        incident: &Incident,
        followed: &Followed,
        body: &[u8],
    ) -> rusqlite::Result<()> {
        let id = incident.id.bits().cast_signed();
        let block_number = block.0.cast_signed();
        let moved = self
            .transaction
            .prepare_cached(
                "INSERT INTO former(id, from_block, to_block, ended_at, open, state, severity, category, town, lon, lat,
                     opened_at, due_at, drill, tray, waiting, dispatched_at, closed_at, in_time, accurate, hops, body)
                 SELECT id, from_block, ?2, ?3, open, state, severity, category, town, lon, lat, opened_at, due_at,
                     drill, tray, waiting, dispatched_at, closed_at, in_time, accurate, hops, body
                 FROM incidents WHERE id = ?1",
            )?
            .execute((id, block_number, self.now.millis()))?;
        let sql = if moved == 0 {
            "INSERT INTO incidents(id, from_block, open, state, severity, category, town, lon, lat, opened_at, due_at,
                 drill, tray, waiting, dispatched_at, closed_at, in_time, accurate, hops, course, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
        } else {
            "UPDATE incidents SET from_block = ?2, open = ?3, state = ?4, severity = ?5, category = ?6, town = ?7,
                 lon = ?8, lat = ?9, opened_at = ?10, due_at = ?11, drill = ?12, tray = ?13, waiting = ?14,
                 dispatched_at = ?15, closed_at = ?16, in_time = ?17, accurate = ?18, hops = ?19, course = ?20, body = ?21
             WHERE id = ?1"
        };
        let moments = followed.moments;
        self.transaction.prepare_cached(sql)?.execute(params![
            id,
            block_number,
            incident.state.is_open(),
            incident.state.name(),
            incident.severity.level(),
            incident.category.map(|code| code.to_string()),
            incident.town.as_ref().map(|town| town.as_str()),
            incident.position.map(|position| position.lon_e6()),
            incident.position.map(|position| position.lat_e6()),
            incident.opened_at.millis(),
            running_due(incident).map(Timestamp::millis),
            incident.drill,
            view::in_tray(incident),
            waiting_bits(incident.waiting()),
            moments.dispatched_at.map(Timestamp::millis),
            moments.closed_at.map(Timestamp::millis),
            moments.in_time,
            moments.accurate,
            incident.hops,
            followed.body,
            body,
        ])?;
        self.departments(block, incident)?;
        let heading = texts::heading(self.city, incident);
        texts::put(
            self.transaction,
            Piece::Heading(incident.id),
            incident.id,
            &heading,
            block,
        )
    }

    /// A line of its log moved its course, and nothing else of it.
    fn told_of(&self, id: IncidentId, followed: &Followed) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("UPDATE incidents SET course = ?2, accurate = ?3 WHERE id = ?1")?
            .execute((
                id.bits().cast_signed(),
                &followed.body,
                followed.moments.accurate,
            ))?;
        Ok(())
    }

    fn departments(&self, block: BlockNumber, incident: &Incident) -> rusqlite::Result<()> {
        let id = incident.id.bits().cast_signed();
        self.transaction
            .prepare_cached("DELETE FROM incident_departments WHERE incident = ?1")?
            .execute([id])?;
        let mut parts: BTreeMap<&DepartmentId, bool> = incident
            .former
            .iter()
            .map(|department| (department, false))
            .collect();
        for assignment in incident.lead.iter().chain(&incident.supporting) {
            parts.insert(&assignment.department, true);
        }
        for (department, involved) in parts {
            self.transaction
                .prepare_cached(
                    "INSERT INTO incident_departments(department, from_block, incident, involved)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute((department.as_str(), block.0.cast_signed(), id, involved))?;
        }
        Ok(())
    }

    fn evidence(
        &self,
        block: BlockNumber,
        evidence: &Evidence,
        body: &[u8],
    ) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO evidence(id, incident, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT(id) DO UPDATE SET incident = excluded.incident, body = excluded.body",
            )?
            .execute((
                evidence.id.bits().cast_signed(),
                evidence.incident.bits().cast_signed(),
                body,
            ))?;
        if let Some(token) = &evidence.reporter {
            reporters::put(self.transaction, evidence, token)?;
        }
        texts::put(
            self.transaction,
            Piece::Evidence(evidence.id),
            evidence.incident,
            &evidence.text,
            block,
        )
    }

    fn timeline(&self, entry: &TimelineEntry, body: &[u8]) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("INSERT INTO timeline(incident, body) VALUES (?1, ?2)")?
            .execute((entry.incident.bits().cast_signed(), body))?;
        if let Happening::Commanded { note, .. } = &entry.what {
            let piece = Piece::Note(self.transaction.last_insert_rowid());
            texts::put(self.transaction, piece, entry.incident, note, entry.block)?;
        }
        Ok(())
    }

    fn alarm(&self, alarm: &Alarm, body: &[u8]) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO alarms(id, active, severity, category, source, incident, lon, lat, drill, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT(id) DO UPDATE SET active = excluded.active, severity = excluded.severity,
                     category = excluded.category, source = excluded.source, incident = excluded.incident,
                     lon = excluded.lon, lat = excluded.lat, drill = excluded.drill, body = excluded.body",
            )?
            .execute((
                alarm.id.bits().cast_signed(),
                alarm.state.is_active(),
                alarm.severity.level(),
                alarm.category.map(|code| code.to_string()),
                alarm.source.as_str(),
                alarm.incident.map(|id| id.bits().cast_signed()),
                alarm.position.map(|position| position.lon_e6()),
                alarm.position.map(|position| position.lat_e6()),
                alarm.drill,
                body,
            ))?;
        Ok(())
    }

    fn answer<T: Serialize>(
        &self,
        table: &str,
        block: BlockNumber,
        answer: &CommandAnswer<T>,
    ) -> Result<(), StoreError> {
        let body = encoded("encode a command's answer", answer)?;
        self.transaction
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO {table}(command, block, body) VALUES (?1, ?2, ?3)"
            ))
            .and_then(|mut statement| {
                let command = answer.id.bits().to_be_bytes();
                statement.execute((command, block.0.cast_signed(), body))
            })
            .map_err(StoreError::sqlite("write records"))?;
        Ok(())
    }

    /// Towns that a pack no longer names stay findable by the name they had.
    fn new_city(
        &self,
        city: &City,
        just_written: &BTreeMap<IncidentId, (BlockNumber, Arc<Incident>)>,
    ) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("write the city's names");
        for town in &city.towns {
            self.transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO towns(code, name, name_en) VALUES (?1, ?2, ?3)",
                )
                .and_then(|mut statement| {
                    statement.execute((town.code.as_str(), &town.name, &town.name_en))
                })
                .map_err(writing())?;
        }
        let names = names_digest(city)?;
        let before: Vec<u8> = self
            .transaction
            .query_row("SELECT names FROM position", [], |row| row.get(0))
            .map_err(writing())?;
        let body = encoded("encode the city", city)?;
        self.transaction
            .execute("UPDATE position SET city = ?1, names = ?2", (body, names))
            .map_err(writing())?;
        if before != names {
            self.read_out_again(city, just_written)?;
        }
        Ok(())
    }

    /// A renamed town or kind is in the heading of every incident there.
    fn read_out_again(
        &self,
        city: &City,
        just_written: &BTreeMap<IncidentId, (BlockNumber, Arc<Incident>)>,
    ) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("index the city's names");
        let block = position(self.transaction)?.applied.next();
        let mut statement = self
            .transaction
            .prepare("SELECT body FROM incidents ORDER BY id")
            .map_err(writing())?;
        let mut rows = statement.query([]).map_err(writing())?;
        while let Some(row) = rows.next().map_err(writing())? {
            let body = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
            let incident: Incident = decoded("incident", body.map_err(writing())?)?;
            if just_written.contains_key(&incident.id) {
                continue;
            }
            let piece = Piece::Heading(incident.id);
            let heading = texts::heading(Some(city), &incident);
            texts::put(self.transaction, piece, incident.id, &heading, block).map_err(writing())?;
        }
        Ok(())
    }

    fn prune(&self) -> rusqlite::Result<()> {
        courses::prune(self.transaction, self.now, PRUNED_AT_A_TIME)?;
        stood::prune(
            self.transaction,
            self.now,
            PRUNED_AT_A_TIME,
            stood::MOST_ENDED,
        )?;
        alarm_log::prune(
            self.transaction,
            self.now,
            PRUNED_AT_A_TIME,
            alarm_log::MOST_LINES,
        )?;
        let newest: Option<i64> = self
            .transaction
            .prepare_cached("SELECT max(version) FROM former")?
            .query_row([], |row| row.get(0))?;
        let Some(newest) = newest else {
            return Ok(());
        };
        let horizon = self.now.plus_millis(-FORMER_KEPT_MS).millis();
        let mut statement = self.transaction.prepare_cached(
            "DELETE FROM former WHERE version IN (
                 SELECT version FROM former ORDER BY version LIMIT ?1
             ) AND (ended_at < ?2 OR version <= ?3) RETURNING to_block",
        )?;
        let gone = statement
            .query_map((PRUNED_AT_A_TIME, horizon, newest - MOST_FORMER), |row| {
                row.get::<_, i64>(0)
            })?;
        let mut until = None;
        for to_block in gone {
            until = until.max(Some(to_block?));
        }
        if let Some(until) = until {
            self.transaction
                .prepare_cached("UPDATE position SET pruned_to = max(pruned_to, ?1)")?
                .execute([until])?;
        }
        let pruned_to: i64 = self
            .transaction
            .prepare_cached("SELECT pruned_to FROM position")?
            .query_row([], |row| row.get(0))?;
        let pruned_to = BlockNumber(pruned_to.cast_unsigned());
        texts::prune(self.transaction, pruned_to, PRUNED_AT_A_TIME)
    }
}

/// The deadline that runs: none while the clock stands, none when the work is over.
pub(super) fn running_due(incident: &Incident) -> Option<Timestamp> {
    let clock = incident.clock.as_ref()?;
    let runs = incident.state.is_open() && clock.paused_left_ms.is_none();
    clock.due.due_at.filter(|_| runs)
}

fn names_digest(city: &City) -> Result<[u8; 32], StoreError> {
    let towns: Vec<_> = city
        .towns
        .iter()
        .map(|town| (&town.code, &town.name, &town.name_en))
        .collect();
    let villages: Vec<_> = city
        .villages
        .iter()
        .map(|village| (&village.code, &village.name))
        .collect();
    let kinds: Vec<_> = city
        .categories
        .values()
        .map(|kind| (kind.code, &kind.name, &kind.name_en))
        .collect();
    let names = (&city.name, &city.name_en, towns, villages, kinds);
    Ok(Sha256::digest(encoded("encode the city's names", &names)?).into())
}
