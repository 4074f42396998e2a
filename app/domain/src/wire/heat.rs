//! Heat on the binary stream: how many units stand in each H3 cell, told beside the picture and belonging to no position of the
//! journal. Only counts, never who.
//!
//! A frame of kind `5` is postcard of [`Heat`]. With `anew` it replaces all cells; otherwise each cell replaces itself, and one
//! that counts 0 is gone. Corners come with a cell the page does not hold, and are left out after that. A page is told while it
//! looks from no nearer than [`NEAREST_ZOOM`], at most every two seconds; beyond it the last that was told is out of date.

use serde::{Deserialize, Serialize};

use crate::place::Position;
use crate::time::Timestamp;

/// Nearer than this each unit is looked at for itself.
pub const NEAREST_ZOOM: f32 = 13.0;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Heat {
    /// What was known before is to be forgotten.
    pub anew: bool,
    pub now: Timestamp,
    pub cells: Vec<HeatCell>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HeatCell {
    /// H3's own number of it.
    pub cell: u64,
    pub count: u32,
    /// Round the cell in millionths of a degree, longitude first: the first from 0, each other from the one before it. Empty
    /// where the page holds the cell already.
    pub corners: Vec<(i32, i32)>,
}

impl Heat {
    /// None where the bytes are not one.
    pub fn read(told: &[u8]) -> Option<Self> {
        postcard::from_bytes(told).ok()
    }

    /// Whether bytes that may be one replace all that was told before.
    pub fn is_anew(told: &[u8]) -> bool {
        told.first() == Some(&1)
    }
}

impl HeatCell {
    pub fn whole(cell: u64, count: u32, outline: &[Position]) -> Self {
        let mut before = (0, 0);
        let mut corners = Vec::with_capacity(outline.len());
        for at in outline {
            corners.push((at.lon_e6() - before.0, at.lat_e6() - before.1));
            before = (at.lon_e6(), at.lat_e6());
        }
        Self {
            cell,
            count,
            corners,
        }
    }
}

/// The cells as a page holds them, each with its corners; ascending.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Warmth {
    pub cells: Vec<HeatCell>,
}

impl Warmth {
    /// False where the frame speaks of a cell that was never described, and then nothing of it can be trusted.
    pub fn take(&mut self, heat: Heat) -> bool {
        if heat.anew {
            self.cells.clear();
        }
        for told in heat.cells {
            let place = self.cells.partition_point(|held| held.cell < told.cell);
            let held = self
                .cells
                .get_mut(place)
                .filter(|held| held.cell == told.cell);
            match held {
                Some(_) if told.count == 0 => _ = self.cells.remove(place),
                Some(held) => held.count = told.count,
                None if told.count == 0 => {}
                None if told.corners.is_empty() => return false,
                None => self.cells.insert(place, told),
            }
        }
        true
    }
}

impl HeatCell {
    /// Its corners as places; none where they would leave the globe.
    pub fn outline(&self) -> Option<Vec<Position>> {
        let mut at = (0_i32, 0_i32);
        let mut outline = Vec::with_capacity(self.corners.len());
        for (east, north) in &self.corners {
            at = (at.0.checked_add(*east)?, at.1.checked_add(*north)?);
            outline.push(Position::from_e6(at.0, at.1).ok()?);
        }
        Some(outline)
    }
}
