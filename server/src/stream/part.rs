//! A part of the picture: what a viewer does not hold yet, cell by cell, until it is enough for one frame.

use std::sync::Arc;

use domain::interest::{self, Cell, Run};

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
}

impl<'a> Part<'a> {
    /// About `enough` bytes of what is wanted, in runs that ascend.
    pub fn of(wanted: &[Run], scene: &'a Scene, lens: &Lens, enough: usize) -> Self {
        let mut records = Vec::with_capacity(USUAL_RECORDS);
        let end = gather(wanted, scene, lens, enough, &mut records);
        let (runs, left) = match end {
            None => (wanted.to_vec(), Vec::new()),
            Some(end) => {
                let before = [Run { from: 0, to: end }];
                (
                    interest::shared(wanted, &before),
                    interest::without(wanted, &before),
                )
            }
        };
        Self {
            records,
            runs,
            left,
        }
    }
}

/// Where it ended for want of room: a cell is told whole or not at all.
fn gather<'a>(
    wanted: &[Run],
    scene: &'a Scene,
    lens: &Lens,
    enough: usize,
    records: &mut Vec<&'a [u8]>,
) -> Option<u64> {
    let mut all = wanted.iter().flat_map(|run| scene.things.within(*run));
    let mut near: Vec<&Arc<Shown>> = Vec::with_capacity(FETCHED_AT_ONCE);
    let mut fetched: Vec<(&Shown, Cell, bool)> = Vec::with_capacity(FETCHED_AT_ONCE);
    let mut last: Option<Cell> = None;
    let (mut bytes, mut looks) = (0, 0);
    loop {
        near.extend(all.by_ref().take(FETCHED_AT_ONCE));
        if near.is_empty() {
            return None;
        }
        fetched.extend(
            near.drain(..)
                .map(|shown| (&**shown, shown.cell, lens.shows(&shown.item))),
        );
        for (shown, cell, is_told) in fetched.drain(..) {
            let full = bytes >= enough || looks >= MOST_LOOKS;
            if full && last.is_some_and(|last| last != cell) {
                return Some(cell.run().from);
            }
            last = Some(cell);
            looks += 1;
            if is_told {
                records.push(shown.record());
                bytes += shown.record().len();
            }
        }
    }
}
