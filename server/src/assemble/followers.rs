//! Those who follow the writer on threads of their own: the records, and the shadow that writes snapshots.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::change::Stepped;
use domain::command::LOGIC;
use domain::ids::BlockNumber;

use crate::single_writer::{Shadow, SnapshotDue};
use crate::store::{JournalReader, Records, Snapshots};

const MOST_AT_ONCE: usize = 256;
const SHADOW_LOOKS: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(500);

/// How far the records are, for those who must wait for them.
pub struct Progress {
    applied: Mutex<u64>,
    moved: Condvar,
    troubled: AtomicBool,
}

impl Progress {
    pub fn at(block: BlockNumber) -> Self {
        Self {
            applied: Mutex::new(block.0),
            moved: Condvar::new(),
            troubled: AtomicBool::new(false),
        }
    }

    fn set(&self, block: u64) {
        *self.applied.lock().unwrap_or_else(PoisonError::into_inner) = block;
        self.moved.notify_all();
    }

    /// Waits until a block is in, at most `patience`; whether it is.
    pub fn wait(&self, block: u64, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        while *applied < block {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            (applied, _) = self
                .moved
                .wait_timeout(applied, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Whether the records could not be written lately.
    pub fn is_troubled(&self) -> bool {
        self.troubled.load(Ordering::Relaxed)
    }
}

/// Keeps the records up with the writer. A failure is tried again: nothing is lost, since the journal has it.
pub fn project(records: &Records, stepped: &Receiver<Arc<Stepped>>, progress: &Progress) {
    while let Ok(first) = stepped.recv() {
        let mut batch = vec![first];
        while batch.len() < MOST_AT_ONCE {
            let Ok(next) = stepped.try_recv() else {
                break;
            };
            batch.push(next);
        }
        while let Err(error) = records.apply(&batch) {
            if !progress.troubled.swap(true, Ordering::Relaxed) {
                tracing::error!(%error, "could not bring the records up to the journal; trying on");
            }
            std::thread::sleep(RETRY);
        }
        progress.troubled.store(false, Ordering::Relaxed);
        if let Some(last) = batch.last() {
            progress.set(last.block.0);
        }
    }
}

/// Replays behind the writer and writes snapshots, so that the writer never pauses for one.
pub fn shadow(
    mut shadow: Shadow,
    reader: &JournalReader,
    snapshots: &Snapshots,
    stop: &AtomicBool,
) {
    let mut waited = SHADOW_LOOKS;
    while !stop.load(Ordering::Relaxed) {
        if waited < SHADOW_LOOKS {
            std::thread::sleep(Duration::from_millis(100));
            waited += Duration::from_millis(100);
            continue;
        }
        waited = Duration::ZERO;
        if let Err(error) = follow(&mut shadow, reader, snapshots, stop) {
            tracing::error!(%error, "the shadow could not follow the journal");
        }
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
    use super::*;

    #[test]
    fn a_reader_waits_for_what_was_acknowledged_and_no_longer_than_it_may() {
        let progress = Progress::at(BlockNumber(3));
        assert!(progress.wait(3, Duration::ZERO));
        assert!(!progress.wait(4, Duration::from_millis(5)));
        progress.set(4);
        assert!(progress.wait(4, Duration::ZERO));
    }
}
