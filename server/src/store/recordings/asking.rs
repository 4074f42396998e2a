//! Reads the past: the keyframe before a moment and what changed after it, or the changes between two moments step by step.

use std::collections::BTreeMap;

use domain::ids::BlockNumber;
use domain::time::Timestamp;
use domain::wire::past::{GapView, HorizonView};
use domain::wire::record::Whole;
use rusqlite::{Connection, OptionalExtension};

use super::super::StoreError;
use super::keeping::MINUTE_MS;
use super::stand::Stand;
use super::tape::{Mark, Tape, each_block, unpack};

/// Everything as it was shown at a moment.
#[derive(Debug)]
pub struct Found {
    /// The last block that changed something of it.
    pub mark: Mark,
    pub stand: Stand,
    keyframe: i64,
}

/// What changed in a step: by its number, what was there at the step before and what is now.
#[derive(Debug)]
pub struct Step {
    /// The end of the step.
    pub at: Timestamp,
    pub block: BlockNumber,
    pub changed: Vec<(u32, Option<Whole>, Option<Whole>)>,
}

#[derive(Debug)]
pub struct Steps {
    /// The block at which they begin.
    pub from: BlockNumber,
    /// The block at which they end: whoever goes on from there begins with it.
    pub to: BlockNumber,
    /// Without those in which nothing changed.
    pub steps: Vec<Step>,
    /// From where on there is more.
    pub next: Option<Timestamp>,
}

/// What the keeper has not written yet. Whoever asks reads it after the rows, so that asking writes nothing.
#[derive(Default, Debug)]
pub(super) struct Unwritten {
    /// It follows this block; a file that is further has it already.
    pub(super) after: Option<BlockNumber>,
    /// The keyframe it would be written after.
    pub(super) keyframe: Option<BlockNumber>,
    pub(super) tape: Tape,
    /// New alarms by minute.
    pub(super) risen: BTreeMap<i64, u64>,
}

/// One state of the file, and what follows it.
pub(super) struct Source<'a> {
    connection: &'a Connection,
    newest: Option<&'a Unwritten>,
}

impl<'a> Source<'a> {
    pub(super) fn of(
        connection: &'a Connection,
        unwritten: &'a Unwritten,
    ) -> Result<Self, StoreError> {
        let follows = unwritten.after == Some(applied_in(connection)?);
        Ok(Self {
            connection,
            newest: Some(unwritten).filter(|_| follows),
        })
    }

    /// The file alone.
    pub(super) fn file(connection: &'a Connection) -> Self {
        Self {
            connection,
            newest: None,
        }
    }

    /// Blocks of a keyframe in order, without rows that end by a moment or begin after another; until told to stop.
    pub(super) fn each_block(
        &self,
        keyframe: i64,
        after: i64,
        until: i64,
        mut take: impl FnMut(Mark, &[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let reading = || StoreError::sqlite("read what changed");
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT block, since, bytes FROM changes
                 WHERE keyframe = ?1 AND until > ?2 AND since <= ?3 ORDER BY block",
            )
            .map_err(reading())?;
        let mut rows = statement
            .query((keyframe, after, until))
            .map_err(reading())?;
        while let Some(row) = rows.next().map_err(reading())? {
            let first = Mark {
                block: BlockNumber(row.get::<_, i64>(0).map_err(reading())?.cast_unsigned()),
                at: Timestamp::from_millis(row.get(1).map_err(reading())?),
            };
            let bytes = row.get_ref(2).map_err(reading())?;
            let bytes = bytes
                .as_blob()
                .map_err(|error| super::stand::bad(error.to_string()))?;
            if each_block(bytes, first, &mut take)? {
                return Ok(());
            }
        }
        match self.newest {
            Some(newest)
                if newest
                    .keyframe
                    .is_some_and(|of| of.0.cast_signed() == keyframe) =>
            {
                newest.tape.each_block(take)
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn first_at(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT at FROM keyframes ORDER BY block LIMIT 1")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .map_err(StoreError::sqlite("read the horizon"))?;
    Ok(first.map(Timestamp::from_millis))
}

pub(super) fn horizon(
    connection: &Connection,
    until: Timestamp,
    held: u64,
    most: u64,
) -> Result<HorizonView, StoreError> {
    let reading = || StoreError::sqlite("read the horizon");
    let number = |sql: &str| -> Result<Option<i64>, StoreError> {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(reading())
    };
    let thinned = number(
        "SELECT min(at) FROM keyframes WHERE thinned = 0 AND block > (SELECT max(block) FROM keyframes WHERE thinned = 1)",
    )?;
    let gaps = gaps(connection, Timestamp::MIN, Timestamp::MAX)?;
    Ok(HorizonView {
        since: first_at(connection)?,
        until,
        bytes: held,
        bytes_limit: most,
        thinned_until: thinned.map(Timestamp::from_millis),
        gaps,
    })
}

/// Those that have a part of a stretch, by time.
pub(super) fn gaps(
    connection: &Connection,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<GapView>, StoreError> {
    let gap = |row: &rusqlite::Row<'_>| {
        Ok(GapView {
            since: Timestamp::from_millis(row.get(0)?),
            until: Timestamp::from_millis(row.get(1)?),
        })
    };
    connection
        .prepare_cached(
            "SELECT since, until FROM gaps WHERE until > ?1 AND since < ?2 ORDER BY since",
        )
        .and_then(|mut statement| {
            statement
                .query_map([since.millis(), until.millis()], gap)?
                .collect()
        })
        .map_err(StoreError::sqlite("read the gaps"))
}

pub(super) fn keyframe(bytes: &[u8], at: Timestamp) -> Result<Stand, StoreError> {
    stand_of(&unpack(bytes)?, at)
}

fn stand_of(records: &[u8], at: Timestamp) -> Result<Stand, StoreError> {
    let mut stand = Stand::default();
    stand.take(records, at, |_, _, _| {})?;
    Ok(stand)
}

pub(super) fn picture_at(source: &Source<'_>, at: Timestamp) -> Result<Option<Found>, StoreError> {
    let reading = || StoreError::sqlite("read a keyframe");
    let found: Option<(i64, i64, Vec<u8>)> = source
        .connection
        .prepare_cached(
            "SELECT block, at, bytes FROM keyframes WHERE at <= ?1 ORDER BY at DESC, block DESC LIMIT 1",
        )
        .and_then(|mut statement| {
            statement
                .query_row([at.millis()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        })
        .map_err(reading())?;
    let Some((block, since, bytes)) = found else {
        return Ok(None);
    };
    let since = Timestamp::from_millis(since);
    let mut found = Found {
        mark: Mark {
            block: BlockNumber(block.cast_unsigned()),
            at: since,
        },
        stand: keyframe(&bytes, since)?,
        keyframe: block,
    };
    source.each_block(block, i64::MIN, at.millis(), |mark, records| {
        if mark.at > at {
            return Ok(false);
        }
        found.mark = mark;
        found.stand.take(records, mark.at, |_, _, _| {})?;
        Ok(true)
    })?;
    Ok(Some(found))
}

pub(super) fn steps(
    source: &Source<'_>,
    since: Timestamp,
    until: Timestamp,
    step_ms: i64,
    most: usize,
    most_read: usize,
) -> Result<Option<Steps>, StoreError> {
    let Some(found) = picture_at(source, since)? else {
        return Ok(None);
    };
    let from = found.mark.block;
    let mut walk = Walk {
        stand: found.stand,
        block: from,
        touched: BTreeMap::new(),
        since,
        until,
        step_ms,
        end: since.plus_millis(step_ms).min(until),
        last: since,
        most,
        most_read,
        changes: 0,
        read: 0,
        steps: Vec::new(),
        next: None,
    };
    walk.blocks_of(source, found.keyframe)?;
    let reading = || StoreError::sqlite("read keyframes");
    let later: Vec<(i64, i64)> = source
        .connection
        .prepare_cached(
            "SELECT block, at FROM keyframes WHERE block > ?1 AND at <= ?2 ORDER BY block",
        )
        .and_then(|mut statement| {
            statement
                .query_map((found.keyframe, until.millis()), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect()
        })
        .map_err(reading())?;
    for (block, at) in later {
        if walk.next.is_some() || !walk.reach(Timestamp::from_millis(at)) {
            break;
        }
        let bytes: Vec<u8> = source
            .connection
            .prepare_cached("SELECT bytes FROM keyframes WHERE block = ?1")
            .and_then(|mut statement| statement.query_row([block], |row| row.get(0)))
            .map_err(reading())?;
        walk.last = Timestamp::from_millis(at);
        let plain = unpack(&bytes)?;
        walk.read += plain.len();
        walk.jump(stand_of(&plain, walk.last)?);
        walk.block = BlockNumber(block.cast_unsigned());
        walk.blocks_of(source, block)?;
    }
    if walk.next.is_none() {
        walk.emit();
    }
    Ok(Some(Steps {
        from,
        to: walk.block,
        steps: walk.steps,
        next: walk.next,
    }))
}

/// On the way from one moment to another.
struct Walk {
    stand: Stand,
    block: BlockNumber,
    /// What was there at the end of the step before.
    touched: BTreeMap<u32, Option<Whole>>,
    since: Timestamp,
    until: Timestamp,
    step_ms: i64,
    /// Of the running step.
    end: Timestamp,
    /// The moment that was taken last; what happened at one moment is never parted.
    last: Timestamp,
    most: usize,
    most_read: usize,
    changes: usize,
    read: usize,
    steps: Vec<Step>,
    next: Option<Timestamp>,
}

impl Walk {
    fn blocks_of(&mut self, source: &Source<'_>, keyframe: i64) -> Result<(), StoreError> {
        let (since, until) = (self.since, self.until);
        source.each_block(keyframe, since.millis(), until.millis(), |mark, records| {
            if mark.at <= since {
                return Ok(true);
            }
            if mark.at > until || !self.reach(mark.at) {
                return Ok(false);
            }
            self.read += records.len();
            self.last = mark.at;
            let touched = &mut self.touched;
            self.stand.take(records, mark.at, |_, number, before| {
                touched.entry(number).or_insert_with(|| before.cloned());
            })?;
            self.block = mark.block;
            Ok(true)
        })
    }

    /// Goes on to the step in which a moment lies; false if the answer is full before. A step that is too long to be read at
    /// once ends early.
    fn reach(&mut self, at: Timestamp) -> bool {
        let is_full = self.read >= self.most_read && at > self.last && self.last > self.since;
        if at <= self.end {
            if !is_full {
                return true;
            }
            self.end = self.last;
        }
        self.emit();
        if self.changes >= self.most || is_full {
            self.next = Some(self.end);
            return false;
        }
        let steps = (at.since(self.since) + self.step_ms - 1).div_euclid(self.step_ms);
        self.end = self.since.plus_millis(steps * self.step_ms).min(self.until);
        true
    }

    fn emit(&mut self) {
        let mut changed = Vec::new();
        for (number, before) in std::mem::take(&mut self.touched) {
            let after = self.stand.get(number);
            if before.as_ref() != after {
                changed.push((number, before, after.cloned()));
            }
        }
        self.changes += changed.len();
        if !changed.is_empty() {
            self.steps.push(Step {
                at: self.end,
                block: self.block,
                changed,
            });
        }
    }

    /// The picture is known anew: after a stretch that was thinned, or over a gap.
    fn jump(&mut self, to: Stand) {
        let numbers = self.stand.things().keys().chain(to.things().keys());
        for number in numbers {
            let before = self.stand.get(*number);
            if before != to.get(*number) {
                self.touched
                    .entry(*number)
                    .or_insert_with(|| before.cloned());
            }
        }
        self.stand = to;
    }
}

pub(super) fn risen(
    source: &Source<'_>,
    since: Timestamp,
    until: Timestamp,
    step_ms: i64,
) -> Result<Vec<u32>, StoreError> {
    let steps = (until.since(since).max(0) + step_ms - 1) / step_ms;
    let mut counts = vec![0; usize::try_from(steps).unwrap_or_default()];
    let reading = || StoreError::sqlite("count alarms");
    let mut statement = source
        .connection
        .prepare_cached("SELECT minute, alarms FROM risen WHERE minute >= ?1 AND minute < ?2")
        .map_err(reading())?;
    let minutes = since.millis().div_euclid(MINUTE_MS)
        ..(until.millis() + MINUTE_MS - 1).div_euclid(MINUTE_MS);
    let mut count = |minute: i64, alarms: u32| {
        let step = (minute * MINUTE_MS - since.millis()).max(0) / step_ms;
        if let Some(count) = usize::try_from(step)
            .ok()
            .and_then(|step| counts.get_mut(step))
        {
            *count += alarms;
        }
    };
    let mut rows = statement
        .query((minutes.start, minutes.end))
        .map_err(reading())?;
    while let Some(row) = rows.next().map_err(reading())? {
        count(
            row.get(0).map_err(reading())?,
            row.get(1).map_err(reading())?,
        );
    }
    for (minute, alarms) in source.newest.iter().flat_map(|newest| &newest.risen) {
        if minutes.contains(minute) {
            count(*minute, u32::try_from(*alarms).unwrap_or(u32::MAX));
        }
    }
    Ok(counts)
}

/// For those who look at a data folder without opening it.
pub(in super::super) fn applied_in(connection: &Connection) -> Result<BlockNumber, StoreError> {
    let applied: i64 = connection
        .query_row("SELECT applied FROM position", [], |row| row.get(0))
        .map_err(StoreError::sqlite("read the recordings' position"))?;
    Ok(BlockNumber(applied.cast_unsigned()))
}

/// Reads every row of every keyframe; what is wrong with the first that cannot be read.
pub(in super::super) fn look_at_all(connection: &Connection) -> Result<(), StoreError> {
    let reading = || StoreError::sqlite("read keyframes");
    let keyframes: Vec<(i64, i64)> = connection
        .prepare("SELECT block, at FROM keyframes ORDER BY block")
        .and_then(|mut statement| {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            statement.query_map([], row)?.collect()
        })
        .map_err(reading())?;
    for (block, at) in keyframes {
        let bytes: Vec<u8> = connection
            .query_row(
                "SELECT bytes FROM keyframes WHERE block = ?1",
                [block],
                |row| row.get(0),
            )
            .map_err(reading())?;
        let mut stand = keyframe(&bytes, Timestamp::from_millis(at))?;
        let source = Source::file(connection);
        source.each_block(block, i64::MIN, i64::MAX, |mark, records| {
            stand.take(records, mark.at, |_, _, _| {})?;
            Ok(true)
        })?;
    }
    Ok(())
}
