//! What moves (units: people and vehicles) and what stays (sensors), as last heard.

use serde::{Deserialize, Serialize};

use crate::ids::{JurisdictionCode, Property, SourceId, ThingId};
use crate::observation::Motion;
use crate::place::Position;
use crate::time::Timestamp;

/// People and vehicles that move.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Unit {
    pub id: ThingId,
    /// Who spoke of it last.
    pub source: SourceId,
    pub position: Position,
    pub motion: Motion,
    /// When it was there, by the sender's clock.
    pub observed_at: Timestamp,
    /// When we heard of it: freshness counts from here.
    pub heard_at: Timestamp,
    pub town: Option<JurisdictionCode>,
    pub drill: bool,
    /// Everyone who speaks of it, each with its own name for it and its last word; at least one, by source and thing.
    pub heard: Vec<HeardAs>,
}

/// One source's last word on a unit.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HeardAs {
    pub source: SourceId,
    pub thing: ThingId,
    pub position: Position,
    pub observed_at: Timestamp,
}

/// What stays and measures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sensor {
    /// The source's own name for it, unless another source had that name first.
    pub id: ThingId,
    pub thing: ThingId,
    pub source: SourceId,
    pub position: Option<Position>,
    pub town: Option<JurisdictionCode>,
    pub latest: Vec<Measured>,
    pub heard_at: Timestamp,
    pub in_alarm: bool,
    pub drill: bool,
}

/// The latest value of one property of a sensor.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub property: Property,
    pub value: f64,
    pub unit: String,
    pub observed_at: Timestamp,
    /// Hard to believe; shown all the same, and marked.
    pub suspect: Option<Suspect>,
}

/// Why a reading is hard to believe.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspect {
    /// No instrument can measure this: it is kept, and judged by no rule.
    OutOfRange,
    /// It changed faster than such a thing can.
    TooFast,
    /// Nothing around it measures anything like it.
    UnlikeNeighbours,
}
