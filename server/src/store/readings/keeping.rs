//! Takes readings in: each into the chunk of its hour, the hour's summary with it, and the position they reach in the same
//! transaction. What is older than is kept one by one only moves its hour's summary.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::change::{Change, Stepped};
use domain::ids::{BlockNumber, Property, SourceId, ThingId};
use domain::observation::Reading;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::super::StoreError;
use super::Limits;
use super::chunk::{self, Points};
use super::hour::{HOUR_MS, Summary, hour_of, into_hour_ms};

/// A transaction takes blocks until it holds this many readings, so that whoever waits for it waits shortly. Many, because each
/// series that is touched has its hour written anew: a hundred thousand readings of five thousand things are twenty each.
const READINGS_AT_A_TIME: usize = 100_000;
/// Chunks let go of in one transaction.
const DROPPED_AT_A_TIME: i64 = 10_000;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    property: Property,
    thing: ThingId,
    unit: String,
    source: SourceId,
    drill: bool,
}

pub(super) struct Keeper {
    connection: Connection,
    limits: Limits,
    series: BTreeMap<Name, i64>,
    applied: BlockNumber,
    held: Held,
}

/// What is kept one by one.
#[derive(Clone, Copy)]
struct Held {
    /// The first hour that is; what comes of an earlier one moves only its summary.
    kept_from: i64,
    bytes: i64,
}

impl Keeper {
    pub(super) fn of(connection: Connection, limits: Limits) -> Result<Self, StoreError> {
        let reading = || StoreError::sqlite("read the readings' position");
        let (applied, held) = connection
            .query_row(
                "SELECT applied, kept_from, bytes FROM position",
                [],
                |row| {
                    let held = Held {
                        kept_from: row.get(1)?,
                        bytes: row.get(2)?,
                    };
                    Ok((BlockNumber(row.get::<_, i64>(0)?.cast_unsigned()), held))
                },
            )
            .map_err(reading())?;
        let series = known_series(&connection)?;
        Ok(Self {
            connection,
            limits,
            series,
            applied,
            held,
        })
    }

    pub(super) fn applied(&self) -> BlockNumber {
        self.applied
    }

    pub(super) fn apply(&mut self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        let already = stepped.partition_point(|stepped| stepped.block <= self.applied);
        let mut rest = &stepped[already..];
        while !rest.is_empty() {
            let (mut readings, mut take) = (0, 0);
            for next in rest {
                let expected = BlockNumber(self.applied.0 + 1 + take as u64);
                if next.block != expected {
                    return Err(StoreError::OutOfOrder {
                        last: BlockNumber(expected.0 - 1),
                        given: next.block,
                    });
                }
                take += 1;
                readings += readings_of(next).count();
                if readings >= READINGS_AT_A_TIME {
                    break;
                }
            }
            let (now, later) = rest.split_at(take);
            self.take_in(now)?;
            rest = later;
        }
        Ok(())
    }

    fn take_in(&mut self, blocks: &[Arc<Stepped>]) -> Result<(), StoreError> {
        let Some(end) = blocks.last() else {
            return Ok(());
        };
        let writing = || StoreError::sqlite("write readings");
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        let mut batch = Batch {
            transaction: &transaction,
            limits: self.limits,
            series: &self.series,
            born: BTreeMap::new(),
            held: self.held,
            dropped: Dropped::default(),
        };
        batch.write(blocks)?;
        batch.forget(end.now).map_err(writing())?;
        let Batch {
            born,
            held,
            dropped,
            ..
        } = batch;
        transaction
            .prepare_cached("UPDATE position SET applied = ?1, kept_from = ?2, bytes = ?3")
            .and_then(|mut statement| {
                statement.execute((end.block.0.cast_signed(), held.kept_from, held.bytes))
            })
            .map_err(writing())?;
        transaction.commit().map_err(writing())?;
        self.applied = end.block;
        self.held = held;
        self.series.extend(born);
        dropped.count();
        metrics::gauge!("gulou_readings_bytes").set(held.bytes as f64);
        metrics::gauge!("gulou_readings_bytes_limit").set(self.limits.most_bytes as f64);
        metrics::gauge!("gulou_readings_series").set(self.series.len() as f64);
        metrics::gauge!("gulou_readings_series_limit").set(self.limits.most_series as f64);
        Ok(())
    }
}

fn known_series(connection: &Connection) -> Result<BTreeMap<Name, i64>, StoreError> {
    let reading = || StoreError::sqlite("read what is measured");
    let bad = |error: domain::ids::IdError| StoreError::BadRecord {
        what: "series of readings",
        why: error.to_string(),
    };
    let mut statement = connection
        .prepare("SELECT series, property, thing, unit, source, drill FROM series")
        .map_err(reading())?;
    let mut rows = statement.query([]).map_err(reading())?;
    let mut series = BTreeMap::new();
    while let Some(row) = rows.next().map_err(reading())? {
        let text = |column| row.get::<_, String>(column).map_err(reading());
        let name = Name {
            property: Property::new(&text(1)?).map_err(bad)?,
            thing: ThingId::new(&text(2)?).map_err(bad)?,
            unit: text(3)?,
            source: SourceId::new(&text(4)?).map_err(bad)?,
            drill: row.get(5).map_err(reading())?,
        };
        series.insert(name, row.get(0).map_err(reading())?);
    }
    Ok(series)
}

fn readings_of(stepped: &Stepped) -> impl Iterator<Item = &Reading> {
    stepped.changes.iter().filter_map(|change| match change {
        Change::Reading(reading) => Some(&**reading),
        _ => None,
    })
}

/// Readings that are not kept one by one, and why.
#[derive(Clone, Copy, Default)]
struct Dropped {
    too_old: u64,
    no_room: u64,
    too_many_series: u64,
}

impl Dropped {
    fn count(self) {
        let reasons = [
            ("age", self.too_old),
            ("size", self.no_room),
            ("series", self.too_many_series),
        ];
        for (why, number) in reasons {
            if number > 0 {
                metrics::counter!("gulou_readings_dropped_total", "why" => why).increment(number);
            }
        }
    }
}

struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    limits: Limits,
    series: &'a BTreeMap<Name, i64>,
    born: BTreeMap<Name, i64>,
    held: Held,
    dropped: Dropped,
}

impl Batch<'_> {
    fn write(&mut self, blocks: &[Arc<Stepped>]) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("write readings");
        let mut gathered: BTreeMap<(i64, i64), Points> = BTreeMap::new();
        let mut too_old: Vec<(i64, &Reading)> = Vec::new();
        for stepped in blocks {
            let kept_from = self.kept_from(stepped.now);
            for reading in readings_of(stepped) {
                let Some(series) = self.series_of(reading).map_err(writing())? else {
                    self.dropped.too_many_series += 1;
                    continue;
                };
                let hour = hour_of(reading.time);
                if hour < kept_from {
                    self.dropped.too_old += 1;
                    too_old.push((series, reading));
                } else {
                    gathered
                        .entry((series, hour))
                        .or_default()
                        .insert(into_hour_ms(reading.time), reading.value);
                }
            }
        }
        for ((series, hour), points) in gathered {
            self.merge(series, hour, points)?;
        }
        // After the chunks, whose summaries are made anew of their points and would leave these out.
        for (series, reading) in too_old {
            let one = Summary::of(reading.time, reading.value);
            self.add_to_hour(series, hour_of(reading.time), &one)
                .map_err(writing())?;
        }
        Ok(())
    }

    fn kept_from(&self, now: Timestamp) -> i64 {
        hour_of(now.plus_millis(-self.limits.kept_ms)).max(self.held.kept_from)
    }

    fn series_of(&mut self, reading: &Reading) -> rusqlite::Result<Option<i64>> {
        let name = Name {
            property: reading.property.clone(),
            thing: reading.thing.clone(),
            unit: reading.unit.clone(),
            source: reading.source.clone(),
            drill: reading.drill,
        };
        if let Some(series) = self.series.get(&name).or_else(|| self.born.get(&name)) {
            return Ok(Some(*series));
        }
        if self.series.len() + self.born.len() >= self.limits.most_series {
            return Ok(None);
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO series(property, thing, unit, source, drill) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                name.property.as_str(),
                name.thing.as_str(),
                &name.unit,
                name.source.as_str(),
                name.drill,
            ))?;
        let series = self.transaction.last_insert_rowid();
        self.born.insert(name, series);
        Ok(Some(series))
    }

    /// An open chunk is read, joined with what is new, and written again; its hour is counted anew.
    fn merge(&mut self, series: i64, hour: i64, new: Points) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("write readings");
        let before: Option<Vec<u8>> = self
            .transaction
            .prepare_cached("SELECT bytes FROM chunks WHERE series = ?1 AND hour = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row((series, hour), |row| row.get(0))
                    .optional()
            })
            .map_err(writing())?;
        let mut points = match &before {
            Some(bytes) => chunk::decode(bytes)?,
            None => Points::new(),
        };
        points.extend(new);
        let Some(summary) = Summary::of_points(hour, &points) else {
            return Ok(());
        };
        let bytes = chunk::encode(&points)?;
        self.held.bytes += bytes.len() as i64 - before.map_or(0, |bytes| bytes.len() as i64);
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO chunks(series, hour, count, bytes) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut statement| statement.execute((series, hour, points.len() as i64, bytes)))
            .map_err(writing())?;
        self.put_hour(series, hour, &summary).map_err(writing())
    }

    fn add_to_hour(&self, series: i64, hour: i64, one: &Summary) -> rusqlite::Result<()> {
        let known = self
            .transaction
            .prepare_cached(
                "SELECT count, min, max, sum, last, last_at FROM hours WHERE series = ?1 AND hour = ?2",
            )?
            .query_row((series, hour), summary)
            .optional()?;
        let all = match known {
            Some(mut known) => {
                known.join(one);
                known
            }
            None => *one,
        };
        self.put_hour(series, hour, &all)
    }

    fn put_hour(&self, series: i64, hour: i64, summary: &Summary) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO hours(series, hour, count, min, max, sum, last, last_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                series,
                hour,
                summary.count.cast_signed(),
                summary.min,
                summary.max,
                summary.sum,
                summary.last,
                summary.last_at.millis(),
            ))?;
        Ok(())
    }

    /// Lets go of what is too old, then of the oldest hours until what is left has room.
    fn forget(&mut self, now: Timestamp) -> rusqlite::Result<()> {
        self.held.kept_from = self.kept_from(now);
        let (count, bytes) = self.drop_before(self.held.kept_from)?;
        self.dropped.too_old += count;
        self.held.bytes -= bytes;
        while self.held.bytes.cast_unsigned() > self.limits.most_bytes {
            let oldest: Option<i64> = self
                .transaction
                .prepare_cached("SELECT min(hour) FROM chunks")?
                .query_row([], |row| row.get(0))?;
            let Some(oldest) = oldest else {
                break;
            };
            self.held.kept_from = self.held.kept_from.max(oldest + 1);
            let (count, bytes) = self.drop_before(oldest + 1)?;
            self.dropped.no_room += count;
            self.held.bytes -= bytes;
        }
        Ok(())
    }

    /// How many readings went, and how many bytes they took.
    fn drop_before(&self, hour: i64) -> rusqlite::Result<(u64, i64)> {
        let mut statement = self.transaction.prepare_cached(
            "DELETE FROM chunks WHERE rowid IN (SELECT rowid FROM chunks WHERE hour < ?1 ORDER BY hour LIMIT ?2)
             RETURNING count, length(bytes)",
        )?;
        let mut rows = statement.query((hour, DROPPED_AT_A_TIME))?;
        let (mut count, mut bytes) = (0, 0);
        while let Some(row) = rows.next()? {
            count += row.get::<_, i64>(0)?.cast_unsigned();
            bytes += row.get::<_, i64>(1)?;
        }
        Ok((count, bytes))
    }
}

/// The six columns of a summary, from the first on.
pub(super) fn summary(row: &rusqlite::Row<'_>) -> rusqlite::Result<Summary> {
    summary_from(row, 0)
}

pub(super) fn summary_from(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Summary> {
    Ok(Summary {
        count: row.get::<_, i64>(first)?.cast_unsigned(),
        min: row.get(first + 1)?,
        max: row.get(first + 2)?,
        sum: row.get(first + 3)?,
        last: row.get(first + 4)?,
        last_at: Timestamp::from_millis(row.get(first + 5)?),
    })
}

/// The beginning of an hour.
pub(super) fn beginning(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour * HOUR_MS)
}
