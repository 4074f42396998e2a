//! After a day a unit's way needs a point every few seconds only: old stretches are recorded anew from themselves with fewer
//! moves. Where a unit stands still is kept, and everything else stays as it was, to the block.

use std::collections::{BTreeMap, VecDeque};

use domain::ids::BlockNumber;
use domain::time::Timestamp;
use domain::wire::record::Record;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::super::StoreError;
use super::Limits;
use super::asking::{Source, keyframe};
use super::keeping::{put_changes, put_keyframe};
use super::retention::drop_segment;
use super::stand::{Stand, bad};
use super::tape::{Mark, TAPE_BYTES, Tape, pack};

/// A row of what is old may span more than one of what is new.
const ROW_MS: i64 = 60_000;

/// An old stretch, recorded anew and not yet in the file.
#[derive(Debug)]
pub struct Stretch {
    from: i64,
    to: i64,
    /// Those it had.
    keyframes: Vec<i64>,
    /// None: it cannot be read, and stays as it is.
    rows: Option<Vec<Row>>,
}

/// Records the oldest stretch that is due anew, if there is one. Only reads, so that nobody who writes waits for it.
pub(super) fn recorded_anew(
    connection: &Connection,
    limits: &Limits,
    now: Timestamp,
    stopped: &dyn Fn() -> bool,
) -> Result<Option<Stretch>, StoreError> {
    let looking = || StoreError::sqlite("look for what is old");
    let transaction = connection.unchecked_transaction().map_err(looking())?;
    let Some((from, to)) = due(&transaction, limits, now).map_err(looking())? else {
        return Ok(None);
    };
    let keyframes = keyframes_of(&transaction, from, to).map_err(looking())?;
    let rows = match thinned(&transaction, limits, to, &keyframes, stopped) {
        Err(StoreError::BadRecord { what, why }) => {
            tracing::error!(what, %why, from, to, "an old recording cannot be read, and stays as it is");
            metrics::counter!("gulou_recordings_unreadable_total").increment(1);
            None
        }
        Ok(None) => return Ok(None),
        rows => rows?,
    };
    Ok(Some(Stretch {
        from,
        to,
        keyframes,
        rows,
    }))
}

/// Those that are not thinned yet from one up to, without, another.
fn keyframes_of(connection: &Connection, from: i64, to: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT block FROM keyframes WHERE block >= ?1 AND block < ?2 AND thinned = 0 ORDER BY block",
        )?
        .query_map([from, to], |row| row.get(0))?
        .collect()
}

/// The rows of a stretch with fewer moves; None if it was to stop before it was through.
fn thinned(
    transaction: &Transaction<'_>,
    limits: &Limits,
    to: i64,
    keyframes: &[i64],
    stopped: &dyn Fn() -> bool,
) -> Result<Option<Vec<Row>>, StoreError> {
    let Some(from) = keyframes.first() else {
        return Ok(None);
    };
    let source = Source::file(transaction);
    let (mark, stand) = read_keyframe(transaction, *from)?;
    let mut anew = Anew {
        every_ms: limits.thinned_ms,
        least_bytes: limits.least_bytes,
        until: BlockNumber(to.cast_unsigned()),
        mark,
        kept: stand.clone(),
        real: stand,
        changed: Vec::new(),
        moves: BTreeMap::new(),
        held_back: VecDeque::new(),
        tape: Tape::default(),
        written: Vec::new(),
        keyframe_bytes: 0,
        changes_bytes: 0,
    };
    anew.keyframe()?;
    for block in keyframes {
        if block != from {
            let (mark, stand) = read_keyframe(transaction, *block)?;
            anew.meet(mark, stand)?;
        }
        let mut is_stopped = false;
        source.each_block(*block, i64::MIN, i64::MAX, |mark, records| {
            is_stopped = stopped();
            if !is_stopped {
                anew.hear(mark, records)?;
            }
            Ok(!is_stopped)
        })?;
        if is_stopped {
            return Ok(None);
        }
    }
    anew.end()?;
    Ok(Some(anew.written))
}

fn read_keyframe(connection: &Connection, block: i64) -> Result<(Mark, Stand), StoreError> {
    let (at, bytes): (i64, Vec<u8>) = connection
        .prepare_cached("SELECT at, bytes FROM keyframes WHERE block = ?1")
        .and_then(|mut statement| {
            statement.query_row([block], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .map_err(StoreError::sqlite("read an old recording"))?;
    let mark = Mark {
        block: BlockNumber(block.cast_unsigned()),
        at: Timestamp::from_millis(at),
    };
    Ok((mark, keyframe(&bytes, mark.at)?))
}

impl Stretch {
    /// Puts it in the place of what it was; how many bytes that saved. Not if that was let go of meanwhile.
    pub(super) fn put(self, transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
        let (from, to) = (self.from, self.to);
        if keyframes_of(transaction, from, to)? != self.keyframes {
            return Ok(0);
        }
        let Some(rows) = self.rows else {
            transaction.execute(
                "UPDATE keyframes SET thinned = 1 WHERE block >= ?1 AND block < ?2",
                [from, to],
            )?;
            return Ok(0);
        };
        let mut before = 0;
        for keyframe in self.keyframes {
            before += drop_segment(transaction, keyframe)?;
        }
        let mut after = 0;
        for row in rows {
            match row {
                Row::Keyframe(mark, bytes) => {
                    after += bytes.len() as u64;
                    put_keyframe(transaction, mark, true, &bytes)?;
                }
                Row::Changes(keyframe, first, until, bytes) => {
                    after += bytes.len() as u64;
                    put_changes(transaction, keyframe, first, until, &bytes)?;
                }
            }
        }
        metrics::counter!("gulou_recordings_thinned_total").increment(1);
        Ok(before.cast_signed() - after.cast_signed())
    }
}

/// The stretch from one keyframe up to, without, another: as long as it may be, and wholly old.
fn due(
    transaction: &Transaction<'_>,
    limits: &Limits,
    now: Timestamp,
) -> rusqlite::Result<Option<(i64, i64)>> {
    let old = now.plus_millis(-limits.whole_ms).millis();
    let oldest: Option<(i64, i64)> = transaction
        .prepare_cached("SELECT block, at FROM keyframes WHERE thinned = 0 ORDER BY block LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((from, at)) = oldest else {
        return Ok(None);
    };
    let to: Option<i64> = transaction
        .prepare_cached(
            "SELECT min(block) FROM keyframes WHERE block > ?1 AND at >= ?2 AND at <= ?3",
        )?
        .query_row((from, at + limits.stretch_ms, old), |row| row.get(0))?;
    Ok(to.map(|to| (from, to)))
}

#[derive(Debug)]
enum Row {
    Keyframe(Mark, Vec<u8>),
    Changes(BlockNumber, Mark, Timestamp, Vec<u8>),
}

/// A stretch while it is recorded again.
struct Anew {
    every_ms: i64,
    least_bytes: u64,
    until: BlockNumber,
    /// The last block that was heard.
    mark: Mark,
    /// As it was.
    real: Stand,
    /// As it will be read.
    kept: Stand,
    /// By the last block. It is kept once it is known when the next comes.
    changed: Vec<u32>,
    moves: BTreeMap<u32, Moves>,
    /// Moves that were left out, by time: kept after all where no other comes soon. Some have been followed by others.
    held_back: VecDeque<(Timestamp, u32)>,
    tape: Tape,
    written: Vec<Row>,
    keyframe_bytes: u64,
    changes_bytes: u64,
}

/// Of one unit.
#[derive(Clone, Copy)]
struct Moves {
    kept_at: Timestamp,
    held_back_at: Option<Timestamp>,
}

impl Anew {
    fn hear(&mut self, mark: Mark, records: &[u8]) -> Result<(), StoreError> {
        self.keep(mark.at)?;
        self.mark = mark;
        let (moves, held_back, every_ms) = (&mut self.moves, &mut self.held_back, self.every_ms);
        let changed = &mut self.changed;
        self.real.take(records, mark.at, |record, number, _| {
            let moved = matches!(record, Record::Moved(..));
            if moved
                && let Some(lately) = moves.get_mut(&number)
                && mark.at.since(lately.kept_at) < every_ms
            {
                lately.held_back_at = Some(mark.at);
                held_back.push_back((mark.at, number));
                return;
            }
            match record {
                Record::Gone(..) => {
                    moves.remove(&number);
                }
                _ => {
                    let kept = Moves {
                        kept_at: mark.at,
                        held_back_at: None,
                    };
                    moves.insert(number, kept);
                }
            }
            changed.push(number);
        })
    }

    /// A later keyframe. What it does not say otherwise goes on from what was before; where it does, over a gap, it is known anew.
    fn meet(&mut self, mark: Mark, stand: Stand) -> Result<(), StoreError> {
        if self.real.things() == stand.things() {
            return Ok(());
        }
        if mark.block <= self.mark.block {
            return Err(bad("a keyframe that is another than what led to it"));
        }
        self.keep(mark.at)?;
        self.row()?;
        self.moves.clear();
        self.held_back.clear();
        self.kept = stand.clone();
        self.real = stand;
        self.mark = mark;
        self.keyframe()
    }

    fn end(&mut self) -> Result<(), StoreError> {
        self.keep(Timestamp::MAX)?;
        self.row()
    }

    /// Keeps what the last block changed, and with it the last move of what stands still until the next.
    fn keep(&mut self, next_at: Timestamp) -> Result<(), StoreError> {
        let (moves, held_back, every_ms) = (&mut self.moves, &mut self.held_back, self.every_ms);
        let (mark, mut changed) = (self.mark, std::mem::take(&mut self.changed));
        while let Some((at, number)) =
            held_back.pop_front_if(|(at, _)| next_at.since(*at) >= every_ms)
        {
            if let Some(stands) = moves.get_mut(&number)
                && stands.held_back_at == Some(at)
            {
                // What moves again within the time keeps its distance from this one.
                *stands = Moves {
                    kept_at: mark.at,
                    held_back_at: None,
                };
                changed.push(number);
            }
        }
        let mut out = Vec::new();
        for number in changed {
            let thing = self.real.get(number).cloned();
            self.kept.set(number, thing, mark.at, &mut out);
        }
        if !out.is_empty() {
            self.tape.add(mark, &out);
        }
        let long = self
            .tape
            .ends()
            .is_some_and(|(first, last)| last.at.since(first.at) >= ROW_MS);
        if long || self.tape.len() >= TAPE_BYTES {
            self.row()?;
            let heavy = self.changes_bytes > self.keyframe_bytes.max(self.least_bytes);
            // The block at which the stretch ends has a keyframe already.
            if heavy && mark.block < self.until {
                self.keyframe()?;
            }
        }
        Ok(())
    }

    fn keyframe(&mut self) -> Result<(), StoreError> {
        let bytes = pack(&self.kept.written())?;
        self.keyframe_bytes = bytes.len() as u64;
        self.changes_bytes = 0;
        self.written.push(Row::Keyframe(self.mark, bytes));
        Ok(())
    }

    fn row(&mut self) -> Result<(), StoreError> {
        let tape = std::mem::take(&mut self.tape);
        let Some((first, last)) = tape.ends() else {
            return Ok(());
        };
        let bytes = tape.packed()?;
        self.changes_bytes += bytes.len() as u64;
        let keyframe = self.written.iter().rev().find_map(|row| match row {
            Row::Keyframe(mark, _) => Some(mark.block),
            Row::Changes(..) => None,
        });
        let keyframe = keyframe.unwrap_or(first.block);
        self.written
            .push(Row::Changes(keyframe, first, last.at, bytes));
        Ok(())
    }
}
