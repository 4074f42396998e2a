//! What goes over the wire to those who look: the public shapes of API.md, in JSON and (postcard) binary.
//! Versioned and separate from what the journal keeps. Fields may be added, never renamed.

pub mod field;
pub mod ground;
pub mod heat;
pub mod live;
pub mod measured;
pub mod notify;
pub mod office;
pub mod packed;
pub mod past;
pub mod record;
pub mod work;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::packed::Packed;
use self::work::WorkView;
use crate::account::Role;
use crate::assignment::Stage;
use crate::category::{CategoryCode, Severity};
use crate::clock::Light;
use crate::ids::{AlarmId, AttachmentId, DepartmentId, IncidentId, InhibitId, SourceId, ThingId};
use crate::lifecycle::{CommandName, State};
use crate::place::Position;
use crate::request::Waiting;
use crate::time::Timestamp;
use crate::unit::Suspect;

/// The first byte of every binary frame. Another number: the page is told to reload.
pub const BINARY_VERSION: u8 = 4;
/// The media type of answers to our own pages: `BINARY_VERSION`, then the value in postcard, as on the binary stream.
pub const MEDIA_BINARY: &str = "application/vnd.gulou.v1";
pub const PROTOCOL_JSON: &str = "gulou.v1.json";
pub const PROTOCOL_BINARY: &str = "gulou.v1";

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct IncidentView {
    pub id: IncidentId,
    pub number: String,
    pub revision: u32,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub state: State,
    pub title: String,
    pub title_en: String,
    pub position: Option<Position>,
    /// The town's name; `town_code` is its code in the register.
    pub town: Option<String>,
    pub town_code: Option<String>,
    pub village: Option<String>,
    pub grid: Option<String>,
    /// 0 to 1.
    pub confidence: f32,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub deadline: Option<DeadlineView>,
    pub lead: Option<DepartmentId>,
    pub supporting: Vec<DepartmentId>,
    pub evidence_count: u32,
    pub hops: u32,
    pub suspended: bool,
    pub drill: bool,
    pub claimed_by: Option<String>,
    pub merged_into: Option<IncidentId>,
    /// Waits for the duty officer: the machine could not decide who answers for it.
    pub tray: bool,
    /// What of it waits for somebody's decision or answer.
    pub waiting: Vec<Waiting>,
    /// 督办: how often it was urged.
    pub urged: u16,
    /// Whose attention was asked for (上报).
    pub escalated_to: Vec<Role>,
}

impl IncidentView {
    /// The same without sentences, which whoever opens the incident asks for: for those who are told of every change.
    pub fn brief(&self) -> Self {
        let mut brief = self.clone();
        if let Some(deadline) = &mut brief.deadline {
            deadline.explanation.clear();
            deadline.explanation_en.clear();
        }
        brief
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DeadlineView {
    pub stage: Stage,
    /// Absent when the calendar of the year is missing: never a guess.
    pub due_at: Option<Timestamp>,
    /// When the light turns yellow (80 % of the limit, on its own clock).
    pub warn_at: Option<Timestamp>,
    pub clock: crate::clock::ClockKind,
    pub light: Light,
    pub explanation: String,
    pub explanation_en: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct UnitView {
    pub id: ThingId,
    pub source: SourceId,
    pub position: Position,
    pub heading_deg: Option<u16>,
    pub speed_mps: Option<f32>,
    pub status: Option<String>,
    pub kind: Option<String>,
    pub observed_at: Timestamp,
    pub heard_at: Timestamp,
    pub town: Option<String>,
    pub town_code: Option<String>,
    pub drill: bool,
    /// The sources that speak of it.
    pub sources: Vec<SourceId>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SensorView {
    pub id: ThingId,
    pub source: SourceId,
    pub position: Option<Position>,
    pub latest: Vec<MeasuredView>,
    pub heard_at: Timestamp,
    pub in_alarm: bool,
    pub town: Option<String>,
    pub town_code: Option<String>,
    pub drill: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MeasuredView {
    pub property: String,
    pub value: f64,
    pub unit: String,
    pub observed_at: Timestamp,
    /// `out_of_range`, `too_fast` or `unlike_neighbours` where it is hard to believe.
    pub suspect: Option<Suspect>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmView {
    pub id: AlarmId,
    pub source: SourceId,
    pub thing: Option<ThingId>,
    pub rule: Option<String>,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub state: crate::alarm::AlarmState,
    pub silenced: bool,
    pub position: Option<Position>,
    pub raised_at: Timestamp,
    pub cleared_at: Option<Timestamp>,
    pub incident: Option<IncidentId>,
    pub text: String,
    pub drill: bool,
    pub town_code: Option<String>,
    /// When and at which position people were last told of it.
    pub told_at: Timestamp,
    pub told_in: u64,
    /// How often it began to stand again.
    pub returned: u32,
    pub chattering: bool,
    pub stale: bool,
    /// Cleared, it waits for a reset.
    pub latching: bool,
    pub acknowledged: Option<NotedView>,
    pub shelved: Option<ShelvingView>,
    pub out_of_service: Option<OutOfServiceView>,
    pub suppressed: Option<SuppressionView>,
    /// Of long ago when it came in: never told.
    pub history: bool,
    /// Calls operators now.
    pub voice: bool,
}

/// What became of one command to many alarms.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmAnswers {
    /// The block that took it.
    pub position: u64,
    pub done: u32,
    pub refused: u32,
    pub answers: Vec<AlarmAnswer>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmAnswer {
    pub alarm: AlarmId,
    /// As if it had been the only one: 200, 404, 403, 409.
    pub status: u16,
    pub state: Option<crate::alarm::AlarmState>,
    /// Why not, in the language of who asked.
    pub detail: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NotedView {
    pub by: String,
    pub at: Timestamp,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ShelvingView {
    pub by: String,
    pub at: Timestamp,
    pub until: Timestamp,
    pub reason: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OutOfServiceView {
    pub by: String,
    pub at: Timestamp,
    pub reason: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SuppressionView {
    /// The rule of the pack by which it is muted, and the alarm that does it.
    pub rule: InhibitId,
    pub by: AlarmId,
    pub at: Timestamp,
}

/// Units far out, counted: an H3 cell and how many.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CellView {
    pub h3: String,
    pub count: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Incidents,
    Alarms,
    Units,
    Sensors,
    Heat,
}

impl Layer {
    pub const ALL: [Self; 5] = [
        Self::Incidents,
        Self::Alarms,
        Self::Units,
        Self::Sensors,
        Self::Heat,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::Alarms => "alarms",
            Self::Units => "units",
            Self::Sensors => "sensors",
            Self::Heat => "heat",
        }
    }
}

/// One array a layer; empty where nothing is to be said.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Layers {
    #[serde(default)]
    pub incidents: Vec<Arc<IncidentView>>,
    #[serde(default)]
    pub alarms: Vec<Arc<AlarmView>>,
    #[serde(default)]
    pub units: Vec<Arc<UnitView>>,
    #[serde(default)]
    pub sensors: Vec<Arc<SensorView>>,
    #[serde(default)]
    pub cells: Vec<CellView>,
}

/// What a viewer sends.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    Subscribe(Subscription),
    Digest(bool),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Subscription {
    /// West, south, east, north in degrees.
    pub bbox: [f64; 4],
    #[serde(default)]
    pub zoom: f32,
    pub layers: Vec<Layer>,
    #[serde(default)]
    pub filter: Option<String>,
    #[serde(default)]
    pub resume: Option<String>,
}

/// What a viewer is sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    Snapshot(Snapshot),
    Delta(Delta),
    Enter(Enter),
    /// Why the picture starts anew; a snapshot follows.
    Resync(String),
    Digest(Digest),
    /// The message was not understood or not allowed; nothing was changed by it.
    Error(Problem),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub position: u64,
    pub resume: String,
    pub incidents: Vec<Arc<IncidentView>>,
    pub alarms: Vec<Arc<AlarmView>>,
    pub units: Vec<Arc<UnitView>>,
    pub sensors: Vec<Arc<SensorView>>,
    pub cells: Vec<CellView>,
    pub now: Timestamp,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Delta {
    pub from: u64,
    pub to: u64,
    pub resume: String,
    pub incidents: Vec<Arc<IncidentView>>,
    pub alarms: Vec<Arc<AlarmView>>,
    pub units: Vec<Arc<UnitView>>,
    pub sensors: Vec<Arc<SensorView>>,
    pub cells: Vec<CellView>,
    pub removed: Vec<Removed>,
    pub now: Timestamp,
}

/// What a moved view brings in, merged into the picture at `position`; what it leaves goes out in `removed`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Enter {
    pub position: u64,
    pub resume: String,
    pub incidents: Vec<Arc<IncidentView>>,
    pub alarms: Vec<Arc<AlarmView>>,
    pub units: Vec<Arc<UnitView>>,
    pub sensors: Vec<Arc<SensorView>>,
    pub cells: Vec<CellView>,
    pub removed: Vec<Removed>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Removed {
    pub layer: Layer,
    pub id: String,
    pub why: RemovedWhy,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovedWhy {
    Gone,
    LeftView,
    Filtered,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Digest {
    pub position: u64,
    pub count: u64,
    pub sha256: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    pub code: String,
    pub detail: String,
}

/// One line of the digest of a subscription: `layer|id|revision|lon×10⁶|lat×10⁶`.
/// What has no revision counts 0; what has no position leaves the two last fields empty.
pub fn digest_line(layer: Layer, id: &str, revision: u32, position: Option<Position>) -> String {
    match position {
        Some(at) => format!(
            "{}|{id}|{revision}|{}|{}",
            layer.name(),
            at.lon_e6(),
            at.lat_e6()
        ),
        None => format!("{}|{id}|{revision}||", layer.name()),
    }
}

/// What is known of one incident. In JSON (`GET /api/v1/incidents/{id}`) the incident's own fields stand beside the others.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct IncidentDetail {
    pub incident: IncidentView,
    pub evidence: Vec<EvidenceView>,
    pub timeline: Vec<TimelineView>,
    pub why: WhyView,
    pub allowed: Vec<CommandName>,
    pub standards: Vec<String>,
    /// What the machine holds to be perhaps the same, and leaves to a person; settled ones are gone.
    pub suggestions: Vec<SuggestionView>,
    /// In JSON its fields stand beside the others too.
    pub work: Packed<WorkView>,
    pub attachments: Vec<AttachmentView>,
}

/// Another incident that may be the same thing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SuggestionView {
    pub incident: IncidentId,
    pub number: String,
    pub revision: u32,
    pub state: State,
    pub severity: Severity,
    pub title: String,
    pub title_en: String,
    /// 0 to 1.
    pub score: f32,
    pub reason: String,
    pub reason_en: String,
}

/// The answer of `POST /api/v1/incidents/preview`: what a call would become if it were written down now.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PreviewView {
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub town: Option<String>,
    pub town_code: Option<String>,
    /// Who would get it; none where it is left to people, and `why.responsibility` says why.
    pub lead: Option<DepartmentId>,
    pub supporting: Vec<DepartmentId>,
    /// Of the handling, if it were dispatched now.
    pub deadline: Option<DeadlineView>,
    pub why: WhyView,
    /// Open incidents nearby that are probably the same thing, the likeliest first.
    pub suggestions: Vec<SuggestionView>,
}

/// A place by name, for those who look for one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlaceView {
    pub name: String,
    pub name_en: String,
    /// `town`, `village`, or the pack's own word.
    pub kind: String,
    /// The town it belongs to, where the pack says so.
    pub town: Option<String>,
    /// Of a village without a point of its own: its town's.
    pub position: Option<Position>,
}

/// A file of an incident; its bytes are at `url`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub bytes: u32,
    /// Of what is kept: what a file says of its maker and place is taken out before.
    pub sha256: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub by: String,
    pub at: Timestamp,
    pub url: String,
    /// A small picture of it, where it is an image.
    pub preview_url: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EvidenceView {
    pub id: String,
    pub kind: String,
    pub source: String,
    pub observation: String,
    pub thing: Option<String>,
    pub time: Timestamp,
    pub position: Option<Position>,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub text: String,
    /// It rests on a reading that is hard to believe, for this reason.
    pub suspect: Option<Suspect>,
    /// The place its words name, where its sender gave no position.
    pub said_place: Option<String>,
    /// Metres to the piece it was joined to.
    pub distance_m: Option<u32>,
    /// 0 to 1; null for the piece that opened the incident.
    pub score: Option<f32>,
    pub reason: String,
    pub reason_en: String,
    pub reporter: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TimelineView {
    pub at: Timestamp,
    pub by: String,
    pub role: Option<String>,
    pub command: Option<String>,
    pub text: String,
    pub text_en: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WhyView {
    pub category: String,
    pub jurisdiction: String,
    pub responsibility: String,
    pub deadline: String,
    pub category_en: String,
    pub jurisdiction_en: String,
    pub responsibility_en: String,
    pub deadline_en: String,
}
