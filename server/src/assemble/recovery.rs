//! From the data folder to a running Picture: newest good snapshot, then the tail of the journal; records, readings
//! and recordings catch up on the way. The same code serves the command line when no server runs.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use domain::change::Stepped;
use domain::command::{Block, Input, LOGIC};
use domain::ids::BlockNumber;
use domain::picture::Picture;
use domain::time::Timestamp;

use crate::single_writer::Machine;
use crate::store::{
    Folder, Journal, JournalReader, Readings, Recordings, Records, Snapshots, StoreError, readings,
    recordings,
};

/// Blocks, and changes, handed at once to those who keep them.
const BATCH: usize = 256;
const BATCH_CHANGES: usize = 10_000;
const BATCHES_AHEAD: usize = 2;

pub struct Recovered {
    pub folder: Folder,
    pub journal: Journal,
    pub records: Records,
    pub readings: Readings,
    pub recordings: Recordings,
    pub snapshots: Snapshots,
    pub machine: Machine,
    /// The block the shadow can start from, since a snapshot of it was loaded.
    pub snapshot: Picture,
}

/// Why a start is not possible, in words that say what to do.
#[derive(Debug)]
pub struct NotRecovered(pub String);

impl From<StoreError> for NotRecovered {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// The wall clock: the one place where the server asks what time it is for the journal.
pub fn wall_clock() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// With the limits that recordings usually have; a server has its own.
pub fn recover(dir: &Path, accept_loss: bool) -> Result<Recovered, NotRecovered> {
    recover_recording(dir, accept_loss, recordings::Limits::default())
}

pub fn recover_recording(
    dir: &Path,
    accept_loss: bool,
    limits: recordings::Limits,
) -> Result<Recovered, NotRecovered> {
    let folder = Folder::open(dir)?;
    let (journal, opened) = Journal::open(&folder, accept_loss)?;
    if let Some(cut) = &opened.cut {
        tracing::warn!(
            ?cut,
            "the journal was cut at a block that could not be read"
        );
    }
    if let Some(logic) = opened.logic.filter(|logic| *logic > LOGIC) {
        return Err(NotRecovered(format!(
            "the journal was written by a newer Gulou (logic {logic}, this one has {LOGIC}): start that one"
        )));
    }
    let (records, records_opened) = Records::open(&folder, &journal)?;
    let (readings, readings_opened) =
        Readings::open(&folder, &journal, readings::Limits::default())?;
    let (mut recordings, recordings_opened) = Recordings::open(&folder, &journal, limits)?;
    tracing::info!(
        ?records_opened,
        ?readings_opened,
        ?recordings_opened,
        last = journal.last().0,
        "opened the data folder"
    );
    let snapshots = Snapshots::of(&folder);
    // Whoever is furthest behind says where the replay begins; the others skip what they have.
    let applied = records.applied().min(readings.applied());
    let from = replay_from(&snapshots, applied, recordings_opened.applied)?;
    let snapshot = from.picture;
    let mut machine = Machine::of(snapshot.clone());
    let mut failed = None;
    if from.recordings_follow {
        recordings.know(&snapshot);
    }
    replay(&mut machine, &journal.reader(), |batch| {
        if from.recordings_follow && failed.is_none() {
            failed = recordings.apply(&batch).err();
        }
        let fresh: Vec<Arc<Stepped>> = batch
            .into_iter()
            .filter(|step| step.block > applied)
            .collect();
        records.apply(&fresh)?;
        readings.apply(&fresh)
    })?;
    let now = machine.picture();
    if let Some(error) = failed {
        recordings = recordings.mended(error, &folder, &journal, now)?;
    } else if (!from.recordings_follow || !recordings.has_begun())
        && let Err(error) = recordings.begin(now)
    {
        recordings = recordings.mended(error, &folder, &journal, now)?;
    }
    Ok(Recovered {
        folder,
        journal,
        records,
        readings,
        recordings,
        snapshots,
        machine,
        snapshot,
    })
}

/// Where a replay begins.
struct Replay {
    picture: Picture,
    /// Whether the recordings see what is replayed; otherwise they begin anew with the Picture of now.
    recordings_follow: bool,
}

/// Nobody waits for the past: recordings that are behind every snapshot that serves the others are not caught up with, nor are
/// those that are lost.
fn replay_from(
    snapshots: &Snapshots,
    applied: BlockNumber,
    seen: Option<BlockNumber>,
) -> Result<Replay, StoreError> {
    let newest = |number: BlockNumber| -> Result<Option<Picture>, StoreError> {
        let found = snapshots.newest_at_or_before(number)?;
        Ok(found.map(|found| {
            for damaged in &found.passed_over {
                tracing::warn!(%damaged, "passed over a damaged snapshot");
            }
            found.picture
        }))
    };
    let picture = newest(applied)?.unwrap_or_else(Picture::empty);
    let Some(seen) = seen else {
        return Ok(Replay {
            picture,
            recordings_follow: false,
        });
    };
    if picture.block <= seen {
        return Ok(Replay {
            picture,
            recordings_follow: true,
        });
    }
    Ok(match newest(seen)? {
        Some(earlier) => Replay {
            picture: earlier,
            recordings_follow: true,
        },
        None => {
            tracing::error!(
                recorded = seen.0,
                from = picture.block.0,
                "the recordings are behind every snapshot: what lies between stays unrecorded"
            );
            Replay {
                picture,
                recordings_follow: false,
            }
        }
    })
}

/// Steps every block after the machine's position; what each did is handed on in batches, on a thread of its own: keeping takes
/// as long as stepping.
pub fn replay(
    machine: &mut Machine,
    reader: &JournalReader,
    mut hand_on: impl FnMut(Vec<Arc<Stepped>>) -> Result<(), StoreError> + Send,
) -> Result<BlockNumber, NotRecovered> {
    thread::scope(|threads| {
        let (hand, handed) = sync_channel(BATCHES_AHEAD);
        let keeping = threads.spawn(move || handed.into_iter().try_for_each(&mut hand_on));
        let stepped = step_all(machine, reader, |batch| hand.send(batch).is_ok());
        drop(hand);
        keeping
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))?;
        stepped
    })
}

/// Until nobody takes any more.
fn step_all(
    machine: &mut Machine,
    reader: &JournalReader,
    hand_on: impl Fn(Vec<Arc<Stepped>>) -> bool,
) -> Result<BlockNumber, NotRecovered> {
    let (mut batch, mut changes) = (Vec::new(), 0);
    for block in reader.blocks_after(machine.picture().block)? {
        let stepped = machine.step(&block?);
        changes += stepped.changes.len();
        batch.push(Arc::new(stepped));
        if batch.len() >= BATCH || changes >= BATCH_CHANGES {
            changes = 0;
            if !hand_on(std::mem::take(&mut batch)) {
                break;
            }
        }
    }
    if !batch.is_empty() {
        hand_on(batch);
    }
    Ok(machine.picture().block)
}

impl Recovered {
    /// Journals and steps inputs without a server: what the command line does while none runs.
    pub fn take(&mut self, inputs: Vec<Input>) -> Result<Stepped, NotRecovered> {
        let picture = self.machine.picture();
        let block = Block {
            logic: LOGIC,
            number: picture.block.next(),
            now: wall_clock().max(picture.now),
            inputs,
        };
        self.journal.append(&block, &[])?;
        let stepped = Arc::new(self.machine.step(&block));
        self.records.apply(std::slice::from_ref(&stepped))?;
        self.readings.apply(std::slice::from_ref(&stepped))?;
        // What is journalled is done; the next start makes up for what is not recorded.
        if let Err(error) = self.recordings.apply(std::slice::from_ref(&stepped)) {
            tracing::error!(%error, "a block is not recorded yet");
        }
        Ok((*stepped).clone())
    }

    /// A server begins: nothing is known of what lies between the last one and now.
    pub fn resumed(self, now: Timestamp) -> Result<Self, NotRecovered> {
        let Err(error) = self.recordings.resume(now) else {
            return Ok(self);
        };
        let picture = self.machine.picture();
        let recordings = self
            .recordings
            .mended(error, &self.folder, &self.journal, picture)?;
        Ok(Self { recordings, ..self })
    }
}
