//! Those who follow the writer on threads of their own: the records, the readings, the recordings, and the shadow that writes snapshots.
//! A follower may lag, but only so far that a start after a kill makes up for it in about a second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::change::{Change, Stepped};
use domain::command::LOGIC;
use domain::ids::BlockNumber;
use domain::time::Timestamp;

use crate::single_writer::{Shadow, SnapshotDue};
use crate::store::{JournalReader, Readings, Recordings, Records, Snapshots, StoreError};

const MOST_AT_ONCE: usize = 256;
const SHADOW_LOOKS: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_secs(15);

/// Who keeps what a block did, and how much of it is theirs.
pub trait Keeps {
    /// As the metrics name it.
    const NAME: &'static str;
    /// Changes it may still have before it when the writer goes on to its next block; further behind, the writer waits.
    /// A start after a kill has at most these and one block's to write; so there is always a kept snapshot to begin from.
    const MOST_BEHIND: usize;
    /// What can do without them goes on without them when they cannot be written for so long.
    const GIVEN_UP_AFTER: Duration = Duration::MAX;
    fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError>;
    /// How many of a block's changes they keep.
    fn kept_of(stepped: &Stepped) -> usize;
    /// Takes nothing in any more.
    fn give_up(&self) {}
    fn is_given_up(&self) -> bool {
        false
    }
}

impl Keeps for Records {
    const NAME: &'static str = "records";
    const MOST_BEHIND: usize = 20_000;

    fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        Records::apply(self, stepped)
    }

    /// Units and sensors live in the Picture alone, readings in their own store.
    fn kept_of(stepped: &Stepped) -> usize {
        let kept_elsewhere = |change: &&Change| {
            matches!(
                change,
                Change::Unit(_) | Change::Sensor(_) | Change::Reading(_)
            )
        };
        stepped.changes.len() - stepped.changes.iter().filter(kept_elsewhere).count()
    }
}

impl Keeps for Readings {
    const NAME: &'static str = "readings";
    /// The further behind, the less each costs: an hour of a thing is written once for all that came of it.
    const MOST_BEHIND: usize = 200_000;

    fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        Readings::apply(self, stepped)
    }

    fn kept_of(stepped: &Stepped) -> usize {
        let changes = stepped.changes.iter();
        changes
            .filter(|change| matches!(change, Change::Reading(_)))
            .count()
    }
}

impl Keeps for Recordings {
    const NAME: &'static str = "recordings";
    const MOST_BEHIND: usize = 100_000;
    /// The past is worth less than the present: incidents are taken in without it.
    const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

    fn apply(&self, stepped: &[Arc<Stepped>]) -> Result<(), StoreError> {
        Recordings::apply(self, stepped)
    }

    fn give_up(&self) {
        Recordings::give_up(self);
    }

    fn is_given_up(&self) -> bool {
        Recordings::is_given_up(self)
    }

    /// What the live picture shows.
    fn kept_of(stepped: &Stepped) -> usize {
        let shown = |change: &&Change| {
            matches!(
                change,
                Change::Incident(_)
                    | Change::Alarm(_)
                    | Change::Unit(_)
                    | Change::UnitGone(_)
                    | Change::Sensor(_)
            )
        };
        stepped.changes.iter().filter(shown).count()
    }
}

/// How far one who keeps is, for those who must wait for it.
pub struct Progress {
    name: &'static str,
    most_behind: usize,
    kept_of: fn(&Stepped) -> usize,
    lag: Mutex<Lag>,
    moved: Condvar,
    troubled: AtomicBool,
}

struct Lag {
    applied: u64,
    /// Changes of blocks that are not in yet.
    waiting: usize,
}

impl Progress {
    pub fn of<K: Keeps>(block: BlockNumber) -> Self {
        metrics::gauge!("gulou_queue_limit", "queue" => K::NAME).set(K::MOST_BEHIND as f64);
        Self {
            name: K::NAME,
            most_behind: K::MOST_BEHIND,
            kept_of: K::kept_of,
            lag: Mutex::new(Lag {
                applied: block.0,
                waiting: 0,
            }),
            moved: Condvar::new(),
            troubled: AtomicBool::new(false),
        }
    }

    fn lag(&self) -> MutexGuard<'_, Lag> {
        self.lag.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, block: u64, changes: usize) {
        let mut lag = self.lag();
        lag.applied = block;
        lag.waiting = lag.waiting.saturating_sub(changes);
        metrics::gauge!("gulou_queue_depth", "queue" => self.name).set(lag.waiting as f64);
        drop(lag);
        self.moved.notify_all();
    }

    /// Called by the writer for each block: waits while the keeper is too far behind.
    pub fn expect(&self, stepped: &Stepped) {
        let mut lag = self.lag();
        while self.is_far_behind(&lag) {
            (lag, _) = self
                .moved
                .wait_timeout(lag, RETRY)
                .unwrap_or_else(PoisonError::into_inner);
        }
        lag.waiting += (self.kept_of)(stepped);
    }

    /// Not while they cannot be written at all: then the blocks that may wait are the limit.
    fn is_far_behind(&self, lag: &Lag) -> bool {
        lag.waiting > self.most_behind && !self.is_troubled()
    }

    /// Waits until a block is in, at most `patience`; whether it is.
    pub fn wait(&self, block: u64, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut lag = self.lag();
        while lag.applied < block {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            (lag, _) = self
                .moved
                .wait_timeout(lag, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Whether it could not be written lately.
    pub fn is_troubled(&self) -> bool {
        self.troubled.load(Ordering::Relaxed)
    }
}

/// Says so when nobody keeps any longer, however that came: the writer must not wait for them then.
struct Ended<'a>(&'a Progress);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.troubled.store(true, Ordering::Relaxed);
        self.0.moved.notify_all();
    }
}

/// Keeps up with the writer. A failure is tried again: nothing is lost, since the journal has it.
pub fn project<K: Keeps>(keeper: &K, stepped: &Receiver<Arc<Stepped>>, progress: &Progress) {
    let _ended = Ended(progress);
    while !keeper.is_given_up() {
        let Ok(first) = stepped.recv() else {
            return;
        };
        let mut batch = vec![first];
        while batch.len() < MOST_AT_ONCE {
            let Ok(next) = stepped.try_recv() else {
                break;
            };
            batch.push(next);
        }
        if !taken(keeper, &batch, progress) {
            keeper.give_up();
        }
    }
}

/// False once they are given up.
fn taken<K: Keeps>(keeper: &K, batch: &[Arc<Stepped>], progress: &Progress) -> bool {
    let begun = Instant::now();
    while let Err(error) = keeper.apply(batch) {
        let hopeless = error.is_damage() || begun.elapsed() >= K::GIVEN_UP_AFTER;
        if hopeless && K::GIVEN_UP_AFTER < Duration::MAX {
            tracing::error!(%error, keeper = K::NAME, "given up until the next start; everything else goes on");
            return false;
        }
        if !progress.troubled.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, keeper = K::NAME, "could not be brought up to the journal; trying on");
        }
        std::thread::sleep(RETRY);
    }
    progress.troubled.store(false, Ordering::Relaxed);
    if let Some(last) = batch.last() {
        let changes = batch.iter().map(|stepped| K::kept_of(stepped)).sum();
        progress.set(last.block.0, changes);
    }
    true
}

/// Replays behind the writer and writes snapshots, so that the writer never pauses for one.
pub fn shadow(
    mut shadow: Shadow,
    reader: &JournalReader,
    snapshots: &Snapshots,
    stop: &AtomicBool,
) {
    until_stopped(SHADOW_LOOKS, stop, || {
        if let Err(error) = follow(&mut shadow, reader, snapshots, stop) {
            tracing::error!(%error, "the shadow could not follow the journal");
        }
    });
}

/// What the recordings need besides blocks, whether or not any come in: what is too old goes, what is old is thinned, and a server
/// says that it is there. A stretch takes longer than blocks may wait, so this is a thread of its own.
pub fn look_after(recordings: &Recordings, clock: fn() -> Timestamp, stop: &AtomicBool) {
    until_stopped(BETWEEN, stop, || {
        let stopped = || stop.load(Ordering::Relaxed);
        for done in [
            recordings.let_go(clock()),
            recordings.watched(clock()),
            recordings.thin(clock(), &stopped),
        ] {
            if let Err(error) = done {
                metrics::counter!("gulou_recordings_upkeep_failures_total").increment(1);
                tracing::error!(%error, "what the recordings need besides blocks failed");
            }
        }
    });
}

/// Works now and again until it is told to stop.
pub(super) fn until_stopped(pause: Duration, stop: &AtomicBool, mut work: impl FnMut()) {
    const LOOKS: Duration = Duration::from_millis(100);
    let mut waited = pause;
    while !stop.load(Ordering::Relaxed) {
        if waited < pause {
            std::thread::sleep(LOOKS);
            waited += LOOKS;
            continue;
        }
        waited = Duration::ZERO;
        work();
    }
}

fn follow(
    shadow: &mut Shadow,
    reader: &JournalReader,
    snapshots: &Snapshots,
    stop: &AtomicBool,
) -> Result<(), crate::store::StoreError> {
    for block in reader.blocks_after(shadow.block())? {
        shadow.follow(&block?);
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        if let Some(SnapshotDue(picture)) = shadow.due(false) {
            let bytes = snapshots.put(picture, LOGIC)?;
            tracing::info!(block = picture.block.0, bytes, "wrote a snapshot");
        }
    }
    Ok(())
}

/// One number for one life of a journal: resume tokens of another life are not honoured.
pub fn epoch(life: &str) -> u64 {
    life.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use domain::account::FeedKey;
    use domain::ids::KeyId;
    use domain::time::Timestamp;

    use super::*;

    #[test]
    fn a_reader_waits_for_what_was_acknowledged_and_no_longer_than_it_may() {
        let progress = Progress::of::<Records>(BlockNumber(3));
        assert!(progress.wait(3, Duration::ZERO));
        assert!(!progress.wait(4, Duration::from_millis(5)));
        progress.set(4, 0);
        assert!(progress.wait(4, Duration::ZERO));
    }

    fn block_of_changes(number: u64, changes: usize) -> Stepped {
        let key = FeedKey {
            id: KeyId::new("k1").expect("a key's name"),
            secret_sha256: [0; 32],
            source_glob: "*".into(),
            read: false,
            note: String::new(),
            revoked: false,
            made_at: Timestamp::from_millis(0),
        };
        Stepped {
            block: BlockNumber(number),
            now: Timestamp::from_millis(0),
            changes: vec![Change::Key(Arc::new(key)); changes],
            outcomes: Vec::new(),
        }
    }

    #[test]
    fn the_writer_waits_for_records_that_are_far_behind_but_not_for_a_disk_that_is_full() {
        const MOST_BEHIND: usize = Records::MOST_BEHIND;
        let progress = Progress::of::<Records>(BlockNumber(0));
        progress.expect(&block_of_changes(1, MOST_BEHIND));
        assert!(!progress.is_far_behind(&progress.lag()));
        progress.expect(&block_of_changes(2, 1));
        assert!(progress.is_far_behind(&progress.lag()));
        std::thread::scope(|scope| {
            scope.spawn(|| progress.set(1, MOST_BEHIND));
            progress.expect(&block_of_changes(3, MOST_BEHIND));
        });
        assert!(progress.is_far_behind(&progress.lag()));
        progress.troubled.store(true, Ordering::Relaxed);
        progress.expect(&block_of_changes(4, 1));
        assert_eq!(progress.lag().waiting, MOST_BEHIND + 2);
    }
}
