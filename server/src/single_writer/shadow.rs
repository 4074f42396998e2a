//! A second Picture that replays behind the writer and is written out as a snapshot now and then, so that the writer
//! itself never pauses for one.

use domain::command::{Block, Input};
use domain::ids::BlockNumber;
use domain::observation::Body;
use domain::picture::Picture;

use super::ready::InForce;
use super::step::Machine;

/// Blocks between two snapshots; what is replayed at a start is at most about this many.
const EVERY_BLOCKS: u64 = 5_000;
/// The same in what inputs weigh, for feeds that come in large batches: ten blocks may hold 100,000 reports.
const EVERY_WEIGHT: usize = 200_000;
/// What may move incidents takes about ten times as long as a reading or a position, here and for those who follow.
const HEAVY: usize = 10;

pub struct Shadow {
    machine: Machine,
    last: BlockNumber,
    /// What was replayed since that block.
    weight: usize,
}

/// A Picture that should be written out.
pub struct SnapshotDue<'a>(pub &'a Picture);

impl Shadow {
    pub fn of(picture: Picture, in_force: InForce) -> Self {
        let last = picture.block;
        Self {
            machine: Machine::beside(picture, in_force),
            last,
            weight: 0,
        }
    }

    pub fn block(&self) -> BlockNumber {
        self.machine.picture().block
    }

    /// Replays one block that is already durable.
    pub fn follow(&mut self, block: &Block) {
        self.machine.step(block);
        self.weight += block.inputs.iter().map(weight_of).sum::<usize>();
    }

    /// The Picture, when enough has happened since the last one was written (or `now_please`).
    pub fn due(&mut self, now_please: bool) -> Option<SnapshotDue<'_>> {
        let block = self.machine.picture().block;
        let grown = block.0 - self.last.0;
        let much = grown >= EVERY_BLOCKS || self.weight >= EVERY_WEIGHT;
        if much || (now_please && grown > 0) {
            self.last = block;
            self.weight = 0;
            return Some(SnapshotDue(self.machine.picture()));
        }
        None
    }
}

fn weight_of(input: &Input) -> usize {
    match input {
        Input::Observation(observation) => match observation.body {
            Body::Reading { .. } | Body::Position { .. } => 1,
            Body::Report { .. } | Body::Alarm { .. } | Body::Clear { .. } => HEAVY,
        },
        _ => HEAVY,
    }
}
