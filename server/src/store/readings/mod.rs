//! What sensors measured, for ever as hours and for a while one by one: columns of (source, thing, property, hour).
//! Follows the journal and keeps its position with its work; practice lies apart from what is real and never mixes.

mod asking;
mod chunk;
mod hour;
mod keeping;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::change::Stepped;
use domain::ids::{BlockNumber, ThingId};
use domain::time::Timestamp;

use super::pool::Pool;
use super::{Folder, Journal, StoreError};
use keeping::Keeper;

pub use asking::{Asked, Found, Sought};
pub use hour::Summary;
pub use schema::Opened as ReadingsOpened;

pub(super) use asking::applied_in;

/// How much is kept one by one. Hourly summaries are kept for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// By the clock of the blocks.
    pub kept_ms: i64,
    /// Of compressed readings; the oldest hours go first.
    pub most_bytes: u64,
    /// Different (source, thing, property, unit); readings of more are dropped and counted.
    pub most_series: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            kept_ms: 90 * 24 * 3_600_000,
            most_bytes: 20 << 30,
            most_series: 200_000,
        }
    }
}

/// One writer, a few readers. Every call blocks, so call it where that is allowed.
pub struct Readings {
    // Closed before the writer: the last to close empties the write-ahead log, which a reader may not.
    pool: Pool,
    keeper: Mutex<Keeper>,
}

impl Readings {
    /// Opens the readings of this journal. Those of another journal, those ahead of it and those that cannot be read are
    /// set aside under another name, and replay fills new ones.
    pub fn open(
        folder: &Folder,
        journal: &Journal,
        limits: Limits,
    ) -> Result<(Self, ReadingsOpened), StoreError> {
        let path = folder.readings();
        let (connection, opened) = schema::open(&path, &journal.life()?, journal.last())?;
        let readings = Self {
            pool: Pool::of(path),
            keeper: Mutex::new(Keeper::of(connection, limits)?),
        };
        Ok((readings, opened))
    }

    /// The last block whose readings are in.
    pub fn applied(&self) -> BlockNumber {
        self.keeper().applied()
    }

    /// Takes blocks in, in order. Blocks that are in already are skipped; one that does not follow is an error.
    pub fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        self.keeper().apply(stepped)
    }

    /// One by one, by time; of hours that are no longer kept so, nothing.
    pub fn raw(
        &self,
        asked: &Asked<'_>,
        most: usize,
    ) -> Result<Found<(Timestamp, f64)>, StoreError> {
        self.pool
            .read(|connection| asking::raw(connection, asked, most))
    }

    /// Gathered under the moment that `bucket` gives for a reading's time. Whole hours come from their summaries if
    /// `by_hours`: then `bucket` may not part an hour.
    pub fn gathered(
        &self,
        asked: &Asked<'_>,
        bucket: &dyn Fn(Timestamp) -> Timestamp,
        by_hours: bool,
        most: usize,
    ) -> Result<Found<(Timestamp, Summary)>, StoreError> {
        self.pool
            .read(|connection| asking::gathered(connection, asked, bucket, by_hours, most))
    }

    /// What each thing had last measured at a moment, if not longer before it than `within_ms`.
    pub fn last_at(
        &self,
        sought: &Sought<'_>,
        at: Timestamp,
        within_ms: i64,
    ) -> Result<BTreeMap<ThingId, f64>, StoreError> {
        self.pool
            .read(|connection| asking::last_at(connection, sought, at, within_ms))
    }

    /// The same at several full hours, by the summaries of the hours before.
    pub fn last_at_hours(
        &self,
        sought: &Sought<'_>,
        hours: &[Timestamp],
        within_ms: i64,
    ) -> Result<Vec<BTreeMap<ThingId, f64>>, StoreError> {
        self.pool
            .read(|connection| asking::last_at_hours(connection, sought, hours, within_ms))
    }

    /// When each thing was first measured; of what was measured before `since`, some moment before it.
    pub fn first_at(
        &self,
        sought: &Sought<'_>,
        since: Timestamp,
    ) -> Result<BTreeMap<ThingId, Timestamp>, StoreError> {
        self.pool
            .read(|connection| asking::first_at(connection, sought, since))
    }

    /// A writer that panicked left its transaction undone, so what is there is still whole.
    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
