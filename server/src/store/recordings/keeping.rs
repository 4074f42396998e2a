//! Takes blocks in: what they change of what is shown goes onto a tape, and every few seconds the tape becomes a row, with the
//! position it reaches in the same transaction. When the rows since a keyframe outweigh it, the next keyframe is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::change::Stepped;
use domain::ids::BlockNumber;
use domain::picture::Picture;
use domain::time::Timestamp;
use domain::wire::past::SeatView;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::super::StoreError;
use super::asking::{self, Source, Unwritten};
use super::onlooker::Onlooker;
use super::stand::Stand;
use super::tape::{Mark, TAPE_BYTES, Tape, pack};
use super::thinning::Stretch;
use super::{Limits, looks, retention};

pub(super) const MINUTE_MS: i64 = 60_000;

/// Whether blocks are taken in.
enum Taking {
    /// No Picture is known yet: nothing can be seen without one.
    NotYet,
    Seen(Onlooker),
    /// Until the next start. What is in the file is all there is.
    GivenUp,
}

pub(super) struct Keeper {
    connection: Connection,
    limits: Limits,
    taking: Taking,
    stand: Stand,
    applied: BlockNumber,
    now: Timestamp,
    /// The last block in the file.
    written: Mark,
    /// Whether there is a recording that blocks can follow.
    begun: bool,
    segment: Option<Segment>,
    tape: Tape,
    /// A time of which nothing is known, not yet in the file.
    gap: Option<(Timestamp, Timestamp)>,
    /// New alarms by minute, not yet in the file.
    risen: BTreeMap<i64, u64>,
    held_bytes: u64,
    looks_told: looks::Told,
}

/// The keyframe that rows are written after, and what both weigh.
#[derive(Clone, Copy, Debug)]
struct Segment {
    keyframe: BlockNumber,
    at: Timestamp,
    keyframe_bytes: u64,
    changes_bytes: u64,
}

impl Segment {
    /// A small city's keyframe is soon outweighed; it need not be written anew every few seconds for that.
    fn is_over(&self, limits: &Limits, now: Timestamp) -> bool {
        self.changes_bytes > self.keyframe_bytes.max(limits.least_bytes)
            || (self.changes_bytes > 0 && now.since(self.at) >= limits.keyframe_ms)
    }
}

impl Keeper {
    pub(super) fn of(connection: Connection, limits: Limits) -> Result<Self, StoreError> {
        let reading = || StoreError::sqlite("read the recordings' position");
        let (applied, now, begun, last_number, held): (i64, i64, bool, u32, i64) = connection
            .query_row(
                "SELECT applied, now, begun, last_number, held FROM position",
                [],
                |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                    ))
                },
            )
            .map_err(reading())?;
        let written = Mark {
            block: BlockNumber(applied.cast_unsigned()),
            at: Timestamp::from_millis(now),
        };
        let mut keeper = Self {
            connection,
            limits,
            taking: Taking::NotYet,
            stand: Stand::default(),
            applied: written.block,
            now: written.at,
            written,
            begun,
            segment: None,
            tape: Tape::default(),
            gap: None,
            risen: BTreeMap::new(),
            held_bytes: held.cast_unsigned(),
            looks_told: looks::Told::default(),
        };
        if let Some(found) = asking::picture_at(&Source::file(&keeper.connection), Timestamp::MAX)?
        {
            keeper.stand = found.stand;
        }
        keeper.stand.number_after(last_number);
        keeper.segment = last_segment(&keeper.connection)?;
        Ok(keeper)
    }

    pub(super) fn applied(&self) -> BlockNumber {
        self.applied
    }

    /// Whether blocks can follow what is recorded.
    pub(super) fn has_begun(&self) -> bool {
        self.begun && !self.is_given_up()
    }

    pub(super) fn is_given_up(&self) -> bool {
        matches!(self.taking, Taking::GivenUp)
    }

    /// The Picture from which the blocks that are given later are seen; at or before the block that is recorded last.
    pub(super) fn know(&mut self, picture: &Picture) {
        let mut onlooker = Onlooker::of(picture);
        onlooker.swept(self.now);
        self.taking = Taking::Seen(onlooker);
    }

    /// Begins with a Picture. Of what lies between the last block in the file and this one nothing is known.
    pub(super) fn begin(&mut self, picture: &Picture) -> Result<(), StoreError> {
        let (applied, now, begun): (i64, i64, bool) = self
            .connection
            .query_row("SELECT applied, now, begun FROM position", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(StoreError::sqlite("read the recordings' position"))?;
        if begun && applied.cast_unsigned() < picture.block.0 {
            self.gap = Some((Timestamp::from_millis(now), picture.now));
        }
        self.taking = Taking::Seen(Onlooker::of(picture));
        self.stand.become_like(&Onlooker::stand_of(picture));
        self.applied = picture.block;
        self.now = picture.now;
        self.segment = None;
        self.tape = Tape::default();
        self.begun = true;
        self.flush()
    }

    /// Takes nothing in any more; what is in the file stays as it is, for the next start to go on from.
    pub(super) fn give_up(&mut self) {
        self.taking = Taking::GivenUp;
        (self.applied, self.now) = (self.written.block, self.written.at);
        self.begun = self.written.block > BlockNumber(0);
        self.tape = Tape::default();
        self.gap = None;
        self.risen.clear();
    }

    pub(super) fn apply(&mut self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        for next in stepped {
            let Taking::Seen(onlooker) = &mut self.taking else {
                let last = self.applied;
                return Err(StoreError::NotRecording { last });
            };
            if next.block <= self.applied || !self.begun {
                onlooker.skip(next);
                continue;
            }
            if next.block != self.applied.next() {
                return Err(StoreError::OutOfOrder {
                    last: self.applied,
                    given: next.block,
                });
            }
            let mut records = Vec::new();
            let risen = onlooker.take(next, &mut self.stand, &mut records);
            if risen > 0 {
                let minute = next.now.millis().div_euclid(MINUTE_MS);
                *self.risen.entry(minute).or_default() += risen;
            }
            self.applied = next.block;
            self.now = next.now;
            let mark = Mark {
                block: next.block,
                at: next.now,
            };
            self.tape.add(mark, &records);
            if self.is_due() {
                self.flush()?;
            }
        }
        // A row that could not be written before.
        if self.is_due() { self.flush() } else { Ok(()) }
    }

    fn is_due(&self) -> bool {
        self.segment.is_none()
            || self.tape.len() >= TAPE_BYTES
            || self
                .tape
                .ends()
                .is_some_and(|(first, last)| last.at.since(first.at) >= self.limits.row_ms)
    }

    /// Writes down what is on the tape.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let at_block_zero = self.applied == BlockNumber(0);
        if !self.has_begun()
            || at_block_zero
            || (self.segment.is_some() && self.tape.ends().is_none())
        {
            return Ok(());
        }
        let writing = || StoreError::sqlite("write a recording");
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        let mut segment = self.segment;
        let mut held = self.held_bytes;
        if let (Some(segment), Some((first, last))) = (&mut segment, self.tape.ends()) {
            let bytes = self.tape.packed()?;
            segment.changes_bytes += bytes.len() as u64;
            held += bytes.len() as u64;
            put_changes(&transaction, segment.keyframe, first, last.at, &bytes)
                .map_err(writing())?;
        }
        if segment.is_none_or(|segment| segment.is_over(&self.limits, self.now)) {
            let bytes = pack(&self.stand.written())?;
            let mark = Mark {
                block: self.applied,
                at: self.now,
            };
            put_keyframe(&transaction, mark, false, &bytes).map_err(writing())?;
            held += bytes.len() as u64;
            segment = Some(Segment {
                keyframe: self.applied,
                at: self.now,
                keyframe_bytes: bytes.len() as u64,
                changes_bytes: 0,
            });
        }
        if let Some((since, until)) = self.gap {
            put_gap(&transaction, since, until)?;
        }
        for (minute, alarms) in &self.risen {
            transaction
                .prepare_cached(
                    "INSERT INTO risen VALUES (?1, ?2) ON CONFLICT (minute) DO UPDATE SET alarms = alarms + ?2",
                )
                .and_then(|mut statement| statement.execute((minute, alarms.cast_signed())))
                .map_err(writing())?;
        }
        transaction
            .prepare_cached(
                "UPDATE position SET applied = ?1, now = ?2, begun = 1, last_number = ?3, held = ?4",
            )
            .and_then(|mut statement| {
                statement.execute((
                    self.applied.0.cast_signed(),
                    self.now.millis(),
                    self.stand.last_number(),
                    held.cast_signed(),
                ))
            })
            .map_err(writing())?;
        transaction.commit().map_err(writing())?;
        self.segment = segment;
        self.written = Mark {
            block: self.applied,
            at: self.now,
        };
        self.held_bytes = held;
        self.tape = Tape::default();
        self.gap = None;
        self.risen.clear();
        Ok(())
    }

    /// Lets go of what is older or larger than the limits. Not part of taking blocks in: it is for the server whose limits they
    /// are, and the recordings go on where it fails.
    pub(super) fn let_go(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let ended = self.is_given_up().then_some(self.written.at);
        let connection = &mut self.connection;
        self.held_bytes = retention::let_go(connection, &self.limits, now, ended, self.held_bytes)?;
        metrics::gauge!("gulou_recordings_bytes").set(self.held_bytes as f64);
        metrics::gauge!("gulou_recordings_bytes_limit").set(self.limits.most_bytes as f64);
        if let Some(since) = asking::first_at(&self.connection)? {
            let seconds = now.since(since) as f64 / 1000.0;
            metrics::gauge!("gulou_recordings_horizon_seconds").set(seconds);
        }
        Ok(())
    }

    /// Puts an old stretch that was recorded anew in its place.
    pub(super) fn put_anew(&mut self, stretch: Stretch) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("write an old recording anew");
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        let saved = stretch.put(&transaction).map_err(writing())?;
        let held = put_held(&transaction, self.held_bytes, -saved).map_err(writing())?;
        transaction.commit().map_err(writing())?;
        self.held_bytes = held;
        Ok(())
    }

    pub(super) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    pub(super) fn unwritten(&self) -> Unwritten {
        Unwritten {
            after: Some(self.written.block),
            keyframe: self.segment.map(|segment| segment.keyframe),
            tape: self.tape.clone(),
            risen: self.risen.clone(),
        }
    }

    /// The clock of the last block that was seen and not given up.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// A server is there at this moment, and has missed nothing until then.
    pub(super) fn watched(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if !self.begun {
            return Ok(());
        }
        self.connection
            .execute("UPDATE position SET seen = ?1", [now.millis()])
            .map_err(StoreError::sqlite("write down until when was recorded"))?;
        Ok(())
    }

    /// A server is there again. Nothing is known of what lies between the last moment one was and now, whatever blocks were
    /// written meanwhile by hand.
    pub(super) fn resume(&mut self, now: Timestamp) -> Result<(), StoreError> {
        const LEAST_MS: i64 = 60_000;
        let ended: i64 = self
            .connection
            .query_row("SELECT seen FROM position", [], |row| row.get(0))
            .map_err(StoreError::sqlite("read the end of a recording"))?;
        let ended = match ended {
            0 => self.now,
            seen => Timestamp::from_millis(seen),
        };
        if self.written.block > BlockNumber(0) && now.since(ended) >= LEAST_MS {
            put_gap(&self.connection, ended, now)?;
        }
        self.watched(now)
    }

    pub(super) fn look(&mut self, view: &SeatView, has_left: bool) -> Result<(), StoreError> {
        let writing = || StoreError::sqlite("write down a view");
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(writing())?;
        let most = self.limits.most_looks;
        let more = looks::put(&transaction, &mut self.looks_told, view, has_left, most)?;
        let held = put_held(&transaction, self.held_bytes, more).map_err(writing())?;
        transaction.commit().map_err(writing())?;
        self.held_bytes = held;
        Ok(())
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl Drop for Keeper {
    /// What is on the tape would be replayed by the next start; written now, it need not be.
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "the last seconds of the recordings are left to the next start");
        }
    }
}

pub(super) fn put_changes(
    transaction: &Transaction<'_>,
    keyframe: BlockNumber,
    first: Mark,
    until: Timestamp,
    bytes: &[u8],
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO changes VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((
            keyframe.0.cast_signed(),
            first.block.0.cast_signed(),
            first.at.millis(),
            until.millis(),
            bytes,
        ))?;
    Ok(())
}

pub(super) fn put_keyframe(
    transaction: &Transaction<'_>,
    mark: Mark,
    thinned: bool,
    bytes: &[u8],
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO keyframes VALUES (?1, ?2, ?3, ?4)")?
        .execute((mark.block.0.cast_signed(), mark.at.millis(), thinned, bytes))?;
    Ok(())
}

/// How many bytes are held after a change of so many.
fn put_held(connection: &Connection, held: u64, more: i64) -> rusqlite::Result<u64> {
    let held = held.saturating_add_signed(more);
    connection
        .prepare_cached("UPDATE position SET held = ?1")?
        .execute([held.cast_signed()])?;
    Ok(held)
}

fn put_gap(connection: &Connection, since: Timestamp, until: Timestamp) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO gaps VALUES (?1, ?2) ON CONFLICT (since) DO UPDATE SET until = max(until, ?2)",
            (since.millis(), until.millis()),
        )
        .map_err(StoreError::sqlite("write down a gap"))?;
    Ok(())
}

fn last_segment(connection: &Connection) -> Result<Option<Segment>, StoreError> {
    connection
        .query_row(
            "SELECT block, length(bytes),
                    (SELECT coalesce(sum(length(bytes)), 0) FROM changes WHERE keyframe = block_of.block), at
             FROM keyframes AS block_of ORDER BY block DESC LIMIT 1",
            [],
            |row| {
                Ok(Segment {
                    keyframe: BlockNumber(row.get::<_, i64>(0)?.cast_unsigned()),
                    keyframe_bytes: row.get::<_, i64>(1)?.cast_unsigned(),
                    changes_bytes: row.get::<_, i64>(2)?.cast_unsigned(),
                    at: Timestamp::from_millis(row.get(3)?),
                })
            },
        )
        .optional()
        .map_err(StoreError::sqlite("read the last keyframe"))
}
