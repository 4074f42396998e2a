//! Questions to the readings: one thing's course, raw or gathered, and what many things had last measured at a moment.
//! Each reads the chunks or the summaries of its hours and nothing else.

use std::collections::BTreeMap;

use domain::ids::{BlockNumber, ThingId};
use domain::time::Timestamp;
use rusqlite::Connection;

use super::super::{StoreError, sqlite};
use super::chunk;
use super::hour::{HOUR_MS, Summary, hour_of, moment};
use super::keeping::{beginning, summary_from};
use super::schema;

/// What is measured: the spellings of a property, and the units that count as one.
pub struct Sought<'a> {
    pub properties: &'a [String],
    pub is_unit: &'a dyn Fn(&str) -> bool,
    pub drill: bool,
}

/// One thing's readings in a time: from `since` to before `until`.
pub struct Asked<'a> {
    pub thing: &'a ThingId,
    pub sought: Sought<'a>,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// What was found, or that it is more than was asked for at most.
#[derive(Clone, PartialEq, Debug)]
pub enum Found<T> {
    All(Vec<T>),
    TooMany,
}

pub(super) fn raw(
    connection: &Connection,
    asked: &Asked<'_>,
    most: usize,
) -> Result<Found<(Timestamp, f64)>, StoreError> {
    let mut points: BTreeMap<Timestamp, f64> = BTreeMap::new();
    for series in series_of(connection, &asked.sought, Some(asked.thing))? {
        let first = hour_of(asked.since);
        let kept_from = kept_from(connection)?.max(first);
        let last = hour_of(asked.until.plus_millis(-1));
        let mut full = false;
        chunks(
            connection,
            series.id,
            kept_from,
            last,
            &mut |hour, bytes| {
                for (at_ms, value) in chunk::decode(bytes)? {
                    let at = moment(hour, at_ms);
                    if at >= asked.since && at < asked.until {
                        points.insert(at, value);
                    }
                }
                full = points.len() > most;
                Ok(!full)
            },
        )?;
        if full {
            return Ok(Found::TooMany);
        }
    }
    Ok(Found::All(points.into_iter().collect()))
}

pub(super) fn gathered(
    connection: &Connection,
    asked: &Asked<'_>,
    bucket: &dyn Fn(Timestamp) -> Timestamp,
    by_hours: bool,
    most: usize,
) -> Result<Found<(Timestamp, Summary)>, StoreError> {
    let mut buckets: BTreeMap<Timestamp, Summary> = BTreeMap::new();
    let mut put = |at: Timestamp, one: Summary| {
        let under = bucket(at);
        match buckets.get_mut(&under) {
            Some(known) => known.join(&one),
            None => {
                buckets.insert(under, one);
            }
        }
        buckets.len() <= most
    };
    let (first, last) = (hour_of(asked.since), hour_of(asked.until.plus_millis(-1)));
    // Only hours that lie in it whole can be taken as they are summed.
    let whole_from = hour_of(asked.since.plus_millis(HOUR_MS - 1));
    let whole_until = hour_of(asked.until);
    let raw_from = kept_from(connection)?;
    let mut fits = true;
    for series in series_of(connection, &asked.sought, Some(asked.thing))? {
        let parts = if by_hours {
            hours(
                connection,
                series.id,
                whole_from,
                whole_until - 1,
                &mut |hour, one| {
                    fits = fits && put(beginning(hour), one);
                },
            )?;
            [
                (first, whole_from.min(last + 1) - 1),
                (whole_until.max(whole_from), last),
            ]
        } else {
            [(first, last), (1, 0)]
        };
        for (from, to) in parts {
            chunks(
                connection,
                series.id,
                from.max(raw_from),
                to,
                &mut |hour, bytes| {
                    for (at_ms, value) in chunk::decode(bytes)? {
                        let at = moment(hour, at_ms);
                        if at >= asked.since && at < asked.until {
                            fits = fits && put(at, Summary::of(at, value));
                        }
                    }
                    Ok(fits)
                },
            )?;
        }
        if !fits {
            return Ok(Found::TooMany);
        }
    }
    Ok(Found::All(buckets.into_iter().collect()))
}

pub(super) fn last_at(
    connection: &Connection,
    sought: &Sought<'_>,
    at: Timestamp,
    within_ms: i64,
) -> Result<BTreeMap<ThingId, f64>, StoreError> {
    let earliest = at.plus_millis(-within_ms);
    let (from, to) = (hour_of(earliest), hour_of(at));
    let from = from.max(kept_from(connection)?);
    let mut newest: BTreeMap<ThingId, (Timestamp, f64)> = BTreeMap::new();
    for series in series_of(connection, sought, None)? {
        chunks(connection, series.id, from, to, &mut |hour, bytes| {
            for (at_ms, value) in chunk::decode(bytes)? {
                let when = moment(hour, at_ms);
                if when >= earliest && when <= at {
                    put_newest(&mut newest, &series.thing, when, value);
                }
            }
            Ok(true)
        })?;
    }
    Ok(without_moments(newest))
}

pub(super) fn last_at_hours(
    connection: &Connection,
    sought: &Sought<'_>,
    at_hours: &[Timestamp],
    within_ms: i64,
) -> Result<Vec<BTreeMap<ThingId, f64>>, StoreError> {
    let mut newest = vec![BTreeMap::new(); at_hours.len()];
    let (Some(first), Some(last)) = (at_hours.iter().min(), at_hours.iter().max()) else {
        return Ok(Vec::new());
    };
    let from = hour_of(first.plus_millis(-within_ms));
    for series in series_of(connection, sought, None)? {
        hours(
            connection,
            series.id,
            from,
            hour_of(*last) - 1,
            &mut |_, one| {
                for (at, newest) in at_hours.iter().zip(&mut newest) {
                    if one.last_at < *at && at.since(one.last_at) <= within_ms {
                        put_newest(newest, &series.thing, one.last_at, one.last);
                    }
                }
            },
        )?;
    }
    Ok(newest.into_iter().map(without_moments).collect())
}

pub(super) fn first_at(
    connection: &Connection,
    sought: &Sought<'_>,
    since: Timestamp,
) -> Result<BTreeMap<ThingId, Timestamp>, StoreError> {
    let mut first: BTreeMap<ThingId, Timestamp> = BTreeMap::new();
    for series in series_of(connection, sought, None)? {
        let Some(hour) = first_hour(connection, series.id)? else {
            continue;
        };
        // The beginning of its hour will do, unless it matters and the readings are still there one by one.
        let mut at = beginning(hour);
        if hour >= hour_of(since) {
            chunks(connection, series.id, hour, hour, &mut |hour, bytes| {
                let begun = chunk::decode(bytes)?.into_keys().next();
                at = begun.map_or(at, |at_ms| moment(hour, at_ms));
                Ok(true)
            })?;
        }
        let known = first.entry(series.thing).or_insert(at);
        *known = at.min(*known);
    }
    Ok(first)
}

fn first_hour(connection: &Connection, series: i64) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached("SELECT min(hour) FROM hours WHERE series = ?1")
        .and_then(|mut statement| statement.query_row([series], |row| row.get(0)))
        .map_err(StoreError::sqlite("read hours of readings"))
}

fn put_newest(
    newest: &mut BTreeMap<ThingId, (Timestamp, f64)>,
    thing: &ThingId,
    at: Timestamp,
    value: f64,
) {
    match newest.get_mut(thing) {
        Some(known) if known.0 <= at => *known = (at, value),
        Some(_) => {}
        None => {
            newest.insert(thing.clone(), (at, value));
        }
    }
}

fn without_moments(newest: BTreeMap<ThingId, (Timestamp, f64)>) -> BTreeMap<ThingId, f64> {
    newest
        .into_iter()
        .map(|(thing, (_, value))| (thing, value))
        .collect()
}

struct Series {
    id: i64,
    thing: ThingId,
}

/// Those of one thing, or of all.
fn series_of(
    connection: &Connection,
    sought: &Sought<'_>,
    thing: Option<&ThingId>,
) -> Result<Vec<Series>, StoreError> {
    let reading = || StoreError::sqlite("look for what is measured");
    let mut found = Vec::new();
    for property in sought.properties {
        let mut statement = connection
            .prepare_cached(
                "SELECT series, thing, unit FROM series
                 WHERE property = ?1 AND drill = ?2 AND (?3 IS NULL OR thing = ?3) ORDER BY series",
            )
            .map_err(reading())?;
        let asked = (property, sought.drill, thing.map(ThingId::as_str));
        let mut rows = statement.query(asked).map_err(reading())?;
        while let Some(row) = rows.next().map_err(reading())? {
            let unit: String = row.get(2).map_err(reading())?;
            if !(sought.is_unit)(&unit) {
                continue;
            }
            let thing: String = row.get(1).map_err(reading())?;
            let thing = ThingId::new(&thing).map_err(|error| StoreError::BadRecord {
                what: "series of readings",
                why: error.to_string(),
            })?;
            let id = row.get(0).map_err(reading())?;
            found.push(Series { id, thing });
        }
    }
    Ok(found)
}

/// Told of an hour and its chunk; whether to go on.
type Take<'t> = &'t mut dyn FnMut(i64, &[u8]) -> Result<bool, StoreError>;

/// Hands on each chunk of the hours, both included, until told to stop.
fn chunks(
    connection: &Connection,
    series: i64,
    from: i64,
    to: i64,
    take: Take<'_>,
) -> Result<(), StoreError> {
    if from > to {
        return Ok(());
    }
    let reading = || StoreError::sqlite("read readings");
    let mut statement = connection
        .prepare_cached(
            "SELECT hour, bytes FROM chunks WHERE series = ?1 AND hour BETWEEN ?2 AND ?3 ORDER BY hour",
        )
        .map_err(reading())?;
    let mut rows = statement.query((series, from, to)).map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        let hour = row.get(0).map_err(reading())?;
        let bytes = row.get_ref(1).and_then(|value| Ok(value.as_blob()?));
        if !take(hour, bytes.map_err(reading())?)? {
            break;
        }
    }
    Ok(())
}

fn hours(
    connection: &Connection,
    series: i64,
    from: i64,
    to: i64,
    take: &mut dyn FnMut(i64, Summary),
) -> Result<(), StoreError> {
    if from > to {
        return Ok(());
    }
    let reading = || StoreError::sqlite("read hours of readings");
    let mut statement = connection
        .prepare_cached(
            "SELECT hour, count, min, max, sum, last, last_at FROM hours
             WHERE series = ?1 AND hour BETWEEN ?2 AND ?3 ORDER BY hour",
        )
        .map_err(reading())?;
    let mut rows = statement.query((series, from, to)).map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        take(
            row.get(0).map_err(reading())?,
            summary_from(row, 1).map_err(reading())?,
        );
    }
    Ok(())
}

/// The first hour of which single readings are still kept.
fn kept_from(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .prepare_cached("SELECT kept_from FROM position")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(StoreError::sqlite("read the readings' position"))
}

/// For whoever looks at the file from outside; None before its tables are made.
pub(in super::super) fn applied_in(
    connection: &Connection,
) -> Result<Option<BlockNumber>, StoreError> {
    if sqlite::user_version(connection)? != schema::VERSION {
        return Ok(None);
    }
    connection
        .query_row("SELECT applied FROM position", [], |row| {
            Ok(Some(BlockNumber(row.get::<_, i64>(0)?.cast_unsigned())))
        })
        .map_err(StoreError::sqlite("read the readings' position"))
}
