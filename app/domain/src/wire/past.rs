//! What is told of the past: how far back it is known, how much happened when, what changed step by step, and what a seat saw.

use serde::{Deserialize, Serialize};

use super::Layer;
use super::record::Whole;
use crate::ids::IncidentId;
use crate::policy::Audience;
use crate::time::Timestamp;

/// How far back the picture is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HorizonView {
    /// None: nothing is recorded yet.
    pub since: Option<Timestamp>,
    /// The latest moment that is recorded.
    pub until: Timestamp,
    /// What the recordings take, and how much they may.
    pub bytes: u64,
    pub bytes_limit: u64,
    /// Units before this moment are known every few seconds only.
    pub thinned_until: Option<Timestamp>,
    /// The server was down or could not record: nothing is known of what happened then.
    pub gaps: Vec<GapView>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GapView {
    pub since: Timestamp,
    pub until: Timestamp,
}

/// How many incidents were opened and alarms raised in each step from `since` on. Practice is left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DensityView {
    pub since: Timestamp,
    pub until: Timestamp,
    pub every_ms: i64,
    pub incidents: Vec<u32>,
    pub alarms: Vec<u32>,
    /// Of these times no alarms are known: nothing was recorded, or they are not for who asks.
    pub alarms_unknown: Vec<GapView>,
}

/// Frames of the binary stream, one a step, for a page that holds the picture at the moment they begin with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PastFrames {
    pub frames: Vec<Vec<u8>>,
    /// From where on there is more to ask for.
    pub next: Option<Timestamp>,
}

/// What one page showed from a moment on, as the page itself told it, and what its account might see then.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SeatView {
    /// By this number the past is asked for as this page showed it.
    pub view: u64,
    pub at: Timestamp,
    pub account: String,
    /// The rights of the account at that time.
    pub audience: Audience,
    pub page: String,
    /// Which of the account's windows; pages of before have none.
    pub window: Option<String>,
    /// West, south, east, north in degrees.
    pub bbox: [f64; 4],
    pub zoom: f32,
    /// Those that were drawn; none where it was not told.
    pub layers: Vec<Layer>,
    pub filter: Option<String>,
    /// The list that was open, and what was searched for in it.
    pub tab: Option<String>,
    pub words: Option<String>,
    pub incident: Option<IncidentId>,
}

impl SeatView {
    /// Whether this page may have shown a thing as it stood then: the layer was drawn, and the account might see it. What a
    /// department had handed on before is left out, since an incident does not say so as it stood.
    pub fn showed(&self, thing: &Whole) -> bool {
        if !self.layers.is_empty() && !self.layers.contains(&thing.layer()) {
            return false;
        }
        if let Some(may_see) = thing.may_be_seen_by(&self.audience) {
            return may_see;
        }
        let Whole::Incident(incident) = thing else {
            return false;
        };
        let is_theirs = match &self.audience {
            Audience::Department { id, .. } => incident
                .lead
                .iter()
                .chain(&incident.supporting)
                .any(|department| department == id),
            _ => false,
        };
        is_theirs || self.audience.may_see_in(incident.town_code.as_deref())
    }
}
