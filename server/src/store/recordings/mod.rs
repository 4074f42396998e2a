//! The past of the live picture: keyframes, and what changed between them, so that any recorded moment can be shown again.
//! Follows the journal and keeps its position with its work; a lost file begins anew with the Picture of the moment.

mod asking;
mod keeping;
mod looks;
mod onlooker;
mod retention;
mod schema;
mod stand;
mod tape;
mod thinning;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::change::Stepped;
use domain::ids::BlockNumber;
use domain::picture::Picture;
use domain::time::Timestamp;
use domain::wire::past::{GapView, HorizonView, SeatView};

use super::pool::Pool;
use super::{Folder, Journal, StoreError, follower_file, sqlite};
use asking::Source;
use keeping::Keeper;

pub use asking::{Found, Step, Steps};
pub use schema::Opened as RecordingsOpened;
pub use stand::{Name, Stand};
pub use tape::Mark;
pub use thinning::Stretch;

pub(super) use asking::{applied_in, look_at_all};

/// What recordings that do not go on are called.
const ASIDE: &str = "aside";

/// How much is kept, and how finely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub kept_ms: i64,
    /// Of compressed keyframes and changes and of what seats told; the oldest go first.
    pub most_bytes: u64,
    /// How long every move is kept.
    pub whole_ms: i64,
    /// After that a unit's moves are at least so far apart.
    pub thinned_ms: i64,
    /// So much is thinned at a time.
    pub stretch_ms: i64,
    /// A keyframe is no older than this when something changes: nobody waits for a quiet city to outweigh it.
    pub keyframe_ms: i64,
    /// A row of changes spans at most this, so that a start after a kill has little to see again.
    pub row_ms: i64,
    /// Changes of fewer bytes outweigh no keyframe.
    pub least_bytes: u64,
    /// Bytes, unpacked, of keyframes and changes that one answer reads through; more is asked for again.
    pub most_read: usize,
    /// What each account's pages told that they show.
    pub most_looks: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            kept_ms: 30 * 24 * 3_600_000,
            most_bytes: 20 << 30,
            whole_ms: 24 * 3_600_000,
            thinned_ms: 5_000,
            stretch_ms: 15 * 60_000,
            keyframe_ms: 3_600_000,
            row_ms: 5_000,
            least_bytes: 64 << 10,
            most_read: 64 << 20,
            most_looks: 50_000,
        }
    }
}

/// One writer, a few readers. Every call blocks, so call it where that is allowed.
pub struct Recordings {
    // Closed before the writer: the last to close empties the write-ahead log, which a reader may not.
    pool: Pool,
    keeper: Mutex<Keeper>,
    path: PathBuf,
}

impl Recordings {
    /// Opens the recordings of this journal. Those of another journal, those ahead of it and those that cannot be read are set
    /// aside under another name.
    pub fn open(
        folder: &Folder,
        journal: &Journal,
        limits: Limits,
    ) -> Result<(Self, RecordingsOpened), StoreError> {
        let path = folder.recordings();
        let (life, last) = (journal.life()?, journal.last());
        let (connection, mut opened) = schema::open(&path, &life, last)?;
        let keeper = match Keeper::of(connection, limits) {
            Err(error) if error.is_damage() => {
                follower_file::set_aside(&path, ASIDE)?;
                let (connection, anew) = schema::open(&path, &life, last)?;
                opened = RecordingsOpened {
                    set_aside: Some(error.to_string()),
                    ..anew
                };
                Keeper::of(connection, limits)?
            }
            keeper => keeper?,
        };
        let recordings = Self {
            pool: Pool::of(path.clone()),
            keeper: Mutex::new(keeper),
            path,
        };
        Ok((recordings, opened))
    }

    /// The Picture from which the blocks given later are seen. Call before the first `apply`.
    pub fn know(&self, picture: &Picture) {
        self.keeper().know(picture);
    }

    /// Whether blocks can follow what is recorded; otherwise `begin` says from where on there is a recording.
    pub fn has_begun(&self) -> bool {
        self.keeper().has_begun()
    }

    /// Begins with a Picture. What is recorded already stays, and nothing is known of what lies between.
    pub fn begin(&self, picture: &Picture) -> Result<(), StoreError> {
        self.keeper().begin(picture)
    }

    /// After a failure: goes on with a Picture, in a new file if this one is damaged. What can still not be written is given up
    /// until the next start, which makes up for it.
    pub fn mended(
        self,
        failed: StoreError,
        folder: &Folder,
        journal: &Journal,
        picture: &Picture,
    ) -> Result<Self, StoreError> {
        tracing::error!(error = %failed, "the recordings could not be written");
        let failed = match failed.is_damage() {
            true => Some(failed),
            false => self.begin(picture).err(),
        };
        match failed {
            Some(error) if error.is_damage() => {
                tracing::error!(%error, "the recordings are damaged: they are set aside and begin anew");
                let path = folder.recordings();
                let limits = *self.keeper().limits();
                self.give_up();
                drop(self);
                follower_file::set_aside(&path, ASIDE)?;
                let (recordings, _) = Self::open(folder, journal, limits)?;
                if let Err(error) = recordings.begin(picture) {
                    tracing::error!(%error, "nothing is recorded until the next start");
                    recordings.give_up();
                }
                Ok(recordings)
            }
            Some(error) => {
                tracing::error!(%error, "nothing is recorded until the next start");
                self.give_up();
                Ok(self)
            }
            None => Ok(self),
        }
    }

    /// Takes nothing in any more until the next start; what is not in the file yet is left to that.
    pub fn give_up(&self) {
        self.keeper().give_up();
    }

    pub fn is_given_up(&self) -> bool {
        self.keeper().is_given_up()
    }

    /// A server is there, and has missed nothing until now. To be said every half minute, and when it stops.
    pub fn watched(&self, now: Timestamp) -> Result<(), StoreError> {
        self.keeper().watched(now)
    }

    /// A server is there again; a minute or more after the last one was, nothing is known of what lies between.
    pub fn resume(&self, now: Timestamp) -> Result<(), StoreError> {
        self.keeper().resume(now)
    }

    /// The last block that was seen; of what is given up the last in the file.
    pub fn applied(&self) -> BlockNumber {
        self.keeper().applied()
    }

    /// Takes blocks in, in order. Blocks that are in already are only remembered; one that does not follow is an error, and so is
    /// any once they are given up.
    pub fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        self.keeper().apply(stepped)
    }

    /// Lets go of what the limits do not keep, whether or not blocks come in. For the server whose limits they are: whoever else
    /// opens the recordings does not.
    pub fn let_go(&self, now: Timestamp) -> Result<(), StoreError> {
        let kept_from = {
            let mut keeper = self.keeper();
            keeper.let_go(now)?;
            now.plus_millis(-keeper.limits().kept_ms)
        };
        // What was set aside is kept no longer than the rest.
        if follower_file::forget_set_aside(&self.path, ASIDE, kept_from)? {
            tracing::info!("removed recordings that were set aside as long ago as others are kept");
        }
        Ok(())
    }

    /// Thins the oldest stretch that is due, if there is one, beside the blocks that come in. Also for the server alone.
    pub fn thin(&self, now: Timestamp, stopped: &dyn Fn() -> bool) -> Result<(), StoreError> {
        match self.recorded_anew(now, stopped)? {
            Some(stretch) => self.put_anew(stretch),
            None => Ok(()),
        }
    }

    /// The long part of it: on a connection of its own, since it takes longer than anybody who asks should wait for one.
    pub fn recorded_anew(
        &self,
        now: Timestamp,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Option<Stretch>, StoreError> {
        let limits = *self.keeper().limits();
        let connection = sqlite::open_to_read(&self.path)?;
        thinning::recorded_anew(&connection, &limits, now, stopped)
    }

    /// The short part.
    pub fn put_anew(&self, stretch: Stretch) -> Result<(), StoreError> {
        self.keeper().put_anew(stretch)
    }

    pub fn horizon(&self) -> Result<HorizonView, StoreError> {
        let (until, held, most) = {
            let keeper = self.keeper();
            (
                keeper.now(),
                keeper.held_bytes(),
                keeper.limits().most_bytes,
            )
        };
        self.pool
            .read(|connection| asking::horizon(connection, until, held, most))
    }

    /// Times of which nothing is known, with a part in a stretch.
    pub fn gaps(&self, since: Timestamp, until: Timestamp) -> Result<Vec<GapView>, StoreError> {
        self.pool
            .read(|connection| asking::gaps(connection, since, until))
    }

    /// From when on there is a picture.
    pub fn known_from(&self) -> Result<Option<Timestamp>, StoreError> {
        self.pool.read(asking::first_at)
    }

    /// The moment up to which everything is recorded.
    pub fn known_until(&self) -> Timestamp {
        self.keeper().now()
    }

    /// Everything that was shown at a moment; none before the horizon.
    pub fn picture_at(&self, at: Timestamp) -> Result<Option<Found>, StoreError> {
        let unwritten = self.keeper().unwritten();
        self.pool
            .read(|connection| asking::picture_at(&Source::of(connection, &unwritten)?, at))
    }

    /// What changed between two moments, step by step, the latest of each thing in each step; at most about `most` changes.
    pub fn steps(
        &self,
        since: Timestamp,
        until: Timestamp,
        step_ms: i64,
        most: usize,
    ) -> Result<Option<Steps>, StoreError> {
        let (unwritten, most_read) = {
            let keeper = self.keeper();
            (keeper.unwritten(), keeper.limits().most_read)
        };
        self.pool.read(|connection| {
            let source = Source::of(connection, &unwritten)?;
            asking::steps(&source, since, until, step_ms, most, most_read)
        })
    }

    /// New alarms in each step from a moment on.
    pub fn alarms_risen(
        &self,
        since: Timestamp,
        until: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<u32>, StoreError> {
        let unwritten = self.keeper().unwritten();
        self.pool.read(|connection| {
            asking::risen(&Source::of(connection, &unwritten)?, since, until, step_ms)
        })
    }

    /// Writes down what a page shows from now on, or that it showed it until now.
    pub fn look(&self, view: &SeatView, has_left: bool) -> Result<(), StoreError> {
        self.keeper().look(view, has_left)
    }

    /// What was told under a number.
    pub fn look_of(&self, view: u64) -> Result<Option<SeatView>, StoreError> {
        self.pool.read(|connection| looks::one(connection, view))
    }

    /// What each page of some accounts showed at a moment, the newest first.
    pub fn looks_at(
        &self,
        at: Timestamp,
        of: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<SeatView>, StoreError> {
        self.pool.read(|connection| looks::at(connection, at, of))
    }

    /// A writer that panicked left its transaction undone, so what is there is still whole.
    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
