//! One reading, position or report from one feed (OGC O&M sense): source, id, time, place, what, value.
//! Already checked: whatever is held here may go into the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::area::Area;
use crate::category::{CategoryCode, Severity};
use crate::ids::{ObservationId, Property, SourceId, ThingId, VaultToken};
use crate::place::Position;
use crate::time::Timestamp;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Observation {
    pub source: SourceId,
    pub id: ObservationId,
    pub version: u32,
    pub fingerprint: Fingerprint,
    /// When it was so, by the sender's clock.
    pub time: Timestamp,
    pub position: Option<Position>,
    pub area: Option<Area>,
    /// Radius in metres within which the thing is; absent when the sender did not say.
    pub accuracy_m: Option<u32>,
    pub body: Body,
    /// Practice (演练): never mixed with what is real.
    pub drill: bool,
    /// Whether it may open an incident although it is older than 24 h (its feed definition says so).
    pub backfill: bool,
    pub reporter: Option<VaultToken>,
    pub attributes: BTreeMap<String, String>,
}

/// Hashes made at the door: who it is, and what it says (without `version`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fingerprint {
    pub identity: u128,
    pub content: u64,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Body {
    /// A person says that something is the matter.
    Report {
        text: String,
        category: Option<CategoryCode>,
        severity: Option<Severity>,
    },
    /// A sensor measured.
    Reading {
        thing: ThingId,
        property: Property,
        value: f64,
        unit: String,
    },
    /// A unit moved.
    Position { thing: ThingId, motion: Motion },
    /// The source itself decided that something is the matter.
    Alarm {
        thing: Option<ThingId>,
        category: CategoryCode,
        severity: Option<Severity>,
        text: String,
    },
    /// The source says that it is over.
    Clear {
        thing: Option<ThingId>,
        category: CategoryCode,
        /// The id of the alarm it ends, where the source names it.
        clears: Option<ObservationId>,
    },
}

/// What a unit's position report says besides the place.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Motion {
    /// 0 to 359, clockwise from north.
    pub heading_deg: Option<u16>,
    /// Centimetres per second, so that it stays an integer.
    pub speed_cmps: Option<u32>,
    pub status: Option<String>,
    pub kind: Option<String>,
}

/// One accepted reading, as those who keep readings need it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reading {
    pub source: SourceId,
    /// The sensor, by its own id on the map.
    pub thing: ThingId,
    pub property: Property,
    pub unit: String,
    pub value: f64,
    pub time: Timestamp,
    pub drill: bool,
}

/// What became of one observation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Intake {
    Accepted,
    Duplicate,
    /// Same id and version, other content: the first stands.
    Conflict,
    Rejected {
        pointer: String,
        reason: String,
    },
}
