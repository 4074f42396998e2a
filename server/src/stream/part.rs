//! A part of the picture: what a viewer does not hold yet, cell by cell, until it is enough for one frame.

use std::sync::Arc;

use domain::interest::{Cell, Run};

use super::lens::Lens;
use super::scene::Scene;
use super::things::Shown;

/// Things looked at for one part, whether they are told or not.
const MOST_LOOKS: usize = 4_096;
/// Each of them lies somewhere else in memory: so many are fetched at once, for the processor waits for them together.
const FETCHED_AT_ONCE: usize = 32;
/// A view that moves by a third of itself is told of hardly more.
const USUAL_RECORDS: usize = 512;

pub struct Part<'a> {
    pub records: Vec<&'a [u8]>,
    /// What is told with it, and what is left to be told.
    pub runs: Vec<Run>,
    pub left: Vec<Run>,
    bytes: usize,
    looks: usize,
    enough: usize,
}

impl<'a> Part<'a> {
    /// About `enough` bytes of what is wanted, in runs that ascend.
    pub fn of(wanted: &[Run], scene: &'a Scene, lens: &Lens, enough: usize) -> Self {
        let mut part = Self {
            records: Vec::with_capacity(USUAL_RECORDS),
            runs: Vec::with_capacity(wanted.len()),
            left: Vec::new(),
            bytes: 0,
            looks: 0,
            enough,
        };
        for run in wanted {
            match part.is_full() {
                true => part.left.push(*run),
                false => part.take(*run, scene, lens),
            }
        }
        part
    }

    fn is_full(&self) -> bool {
        self.bytes >= self.enough || self.looks >= MOST_LOOKS
    }

    /// Tells of a run as far as there is room.
    fn take(&mut self, Run { from, to }: Run, scene: &'a Scene, lens: &Lens) {
        let end = self.gather(Run { from, to }, scene, lens).unwrap_or(to);
        self.runs.push(Run { from, to: end });
        if end < to {
            self.left.push(Run { from: end, to });
        }
    }

    /// Where it ended for want of room: a cell is told whole or not at all.
    fn gather(&mut self, run: Run, scene: &'a Scene, lens: &Lens) -> Option<u64> {
        let mut within = scene.things.within(run);
        let mut near: Vec<&Arc<Shown>> = Vec::with_capacity(FETCHED_AT_ONCE);
        let mut fetched: Vec<(&Shown, Cell, bool)> = Vec::with_capacity(FETCHED_AT_ONCE);
        let mut told: Option<Cell> = None;
        loop {
            near.extend(within.by_ref().take(FETCHED_AT_ONCE));
            let looked_at = near.drain(..).map(|shown| {
                let shown: &Shown = shown;
                (shown, shown.cell, lens.shows(&shown.item))
            });
            fetched.extend(looked_at);
            if fetched.is_empty() {
                return None;
            }
            for (shown, cell, is_told) in fetched.drain(..) {
                if self.is_full() && told.is_some_and(|told| told != cell) {
                    return Some(cell.run().from);
                }
                told = Some(cell);
                self.looks += 1;
                if is_told {
                    self.records.push(shown.record());
                    self.bytes += shown.record().len();
                }
            }
        }
    }
}
