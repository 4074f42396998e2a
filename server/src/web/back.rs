//! What stands behind the web: the single writer, the records, the live picture, the city pack. A trait, so that the web
//! knows none of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::account::{Account, Actor, FeedKey};
use domain::alarm::Alarm;
use domain::alarm::load::{Entry, LogChoice};
use domain::audit::{AuditAsked, AuditPage, Note};
use domain::case::Case;
use domain::category::{CategoryCode, Severity};
use domain::change::{CommandAnswer, Outcome};
use domain::choice::Near;
use domain::city::{City, Level};
use domain::command::{Input, OpenByHand};
use domain::evaluation::{Evaluation, Period};
use domain::every::Every;
use domain::feed_health::FeedView;
use domain::figures::Figures;
use domain::ids::{AccountName, BlockNumber, CommandId, IncidentId, Property, ThingId, VaultToken};
use domain::incident::{Evidence, Incident, Link, TimelineEntry};
use domain::lifecycle::State;
use domain::place::{Bounds, Position};
use domain::policy::Audience;
use domain::request::Waiting;
use domain::shared_views::SharedViews;
use domain::theme::{ThemeName, ThemeView};
use domain::time::Timestamp;
use domain::wire::field::ComparedView;
use domain::wire::past::{DensityView, GapView, HorizonView, SeatView};
use domain::wire::record::Whole;
use domain::wire::{AlarmView, IncidentView, SensorView, UnitView};
use serde::Serialize;

use super::files::Files;
use super::notice_desk::NoticeDesk;

pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The block that took what was submitted, and what became of it.
pub struct Taken {
    pub block: BlockNumber,
    pub outcomes: Vec<Outcome>,
}

/// Nothing was taken.
#[derive(Clone, Debug)]
pub enum NotTaken {
    Full,
    Unavailable(String),
}

/// What a list of incidents is asked for.
#[derive(Clone, Debug, Default)]
pub struct IncidentList {
    pub states: Vec<State>,
    pub categories: Vec<String>,
    pub severities: Vec<u8>,
    pub department: Option<String>,
    pub town: Option<String>,
    pub bounds: Option<Bounds>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub overdue: Option<bool>,
    pub dispatched_since: Option<Timestamp>,
    pub dispatched_until: Option<Timestamp>,
    pub closed_since: Option<Timestamp>,
    pub closed_until: Option<Timestamp>,
    pub in_time: Vec<bool>,
    pub accurate: Vec<bool>,
    pub drill: Option<bool>,
    pub tray: Option<bool>,
    pub waiting: Vec<Waiting>,
    pub words: Option<String>,
    pub limit: usize,
    pub cursor: Option<String>,
}

pub struct Page {
    pub incidents: Vec<Arc<Incident>>,
    pub next: Option<String>,
}

/// Why a list was not given.
#[derive(Clone, Debug)]
pub enum ListFault {
    /// The cursor or another argument is not good, with what is wrong.
    Asked {
        pointer: &'static str,
        reason: String,
    },
    Failed(String),
}

impl ListFault {
    /// For who asked a question of our own.
    pub fn words(self) -> String {
        match self {
            Self::Asked { pointer, reason } => format!("{pointer} {reason}"),
            Self::Failed(why) => why,
        }
    }
}

/// A call, before it is written down.
#[derive(Clone, Debug)]
pub struct Asked {
    pub text: String,
    pub position: Option<Position>,
    pub category: Option<CategoryCode>,
    pub severity: Option<Severity>,
    pub drill: bool,
}

/// What it would become: the incident as it would be dispatched, and what is probably the same thing already.
pub struct Foreseen {
    pub incident: Incident,
    pub alike: Vec<(Arc<Incident>, Link)>,
}

/// Open incidents by what operators look at first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counted {
    pub open: u64,
    pub tray: u64,
    pub overdue: u64,
    pub by_state: Vec<(State, u64)>,
    pub by_severity: Vec<(u8, u64)>,
}

/// What readings of a sensor are asked for.
pub struct ReadingsAsked {
    pub thing: ThingId,
    pub property: Property,
    pub unit: String,
    pub drill: bool,
    pub since: Timestamp,
    /// Before this moment.
    pub until: Timestamp,
    /// None: one by one.
    pub every: Option<Every>,
    /// Points at most.
    pub most: usize,
}

/// Readings by time.
pub enum ReadingsFound {
    Raw(Vec<(Timestamp, f64)>),
    Gathered(Vec<Gathered>),
    /// More than were asked for at most.
    TooMany,
}

/// Readings of one time, from `begins` on.
pub struct Gathered {
    pub begins: Timestamp,
    pub mean: f64,
    pub min: f64,
    pub max: f64,
    pub count: u64,
}

/// A stretch of time, in steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub since: Timestamp,
    pub until: Timestamp,
    pub step_ms: i64,
}

/// What an audience is shown of a past moment, by the numbers of the recording.
pub struct PastPicture {
    /// The time of which nothing is known, if the moment lies in one: the picture is that of its beginning.
    pub gap: Option<GapView>,
    pub at: Timestamp,
    pub position: u64,
    pub things: Vec<(u32, Whole)>,
}

/// What changed for an audience in a step: what it saw before and what it sees now.
pub struct PastStep {
    /// The end of the step.
    pub at: Timestamp,
    pub position: u64,
    pub changed: Vec<(u32, Option<Whole>, Option<Whole>)>,
}

/// What changed from one moment up to another.
pub struct PastSteps {
    /// Up to which everything is told; later than asked never, earlier when the rest is not recorded yet.
    pub until: Timestamp,
    /// Nothing is known of these times: what changed in them shows at their end.
    pub gaps: Vec<GapView>,
    /// Of the picture at the beginning.
    pub position: u64,
    /// Of the picture at the end, even if the audience saw nothing change.
    pub to: u64,
    pub steps: Vec<PastStep>,
    pub next: Option<Timestamp>,
}

/// A demonstration account anybody may use.
#[derive(Clone, Debug)]
pub struct DemoLogin {
    pub name: &'static str,
    pub password: &'static str,
}

/// Reads that may wait for the disk; called on threads that may block.
pub trait Blocking: Send + Sync {
    /// Waits until everything acknowledged so far can be read. Questions about the past wait for what they need themselves.
    fn settle(&self);
    fn incidents(
        &self,
        list: &IncidentList,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Page, ListFault>;
    fn incident(&self, id: IncidentId) -> Result<Option<Arc<Incident>>, String>;
    fn evidence_of(&self, id: IncidentId) -> Result<Vec<Evidence>, String>;
    fn timeline_of(&self, id: IncidentId) -> Result<Vec<TimelineEntry>, String>;
    fn answer(&self, id: CommandId) -> Result<Option<CommandAnswer>, String>;
    fn alarm_answer(&self, id: CommandId) -> Result<Option<CommandAnswer<Alarm>>, String>;
    fn counted(&self, audience: &Audience, now: Timestamp) -> Result<Counted, String>;
    fn figures(&self, audience: &Audience, now: Timestamp) -> Result<Figures, String>;
    /// The figures of who commands, beside themselves a day and a week before.
    fn compared(&self, audience: &Audience, now: Timestamp) -> Result<Vec<ComparedView>, String>;
    /// None: the pack has no such theme.
    fn theme(
        &self,
        id: &str,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Option<ThemeView>, String>;
    /// Every case that some moment of may lie in a period, by id, and the position they stand at.
    fn cases(&self, period: Period) -> Result<(u64, Vec<Case>), String>;
    fn readings(&self, asked: &ReadingsAsked) -> Result<ReadingsFound, String>;
    fn alarms(&self) -> Result<Vec<Arc<AlarmView>>, String>;
    /// Lines of the log of alarms by time, the newest `most` that fit, and from when on it is complete.
    fn alarm_lines(
        &self,
        choice: &LogChoice,
        most: usize,
    ) -> Result<(Vec<Entry>, Option<Timestamp>), String>;
    /// The incidents on the live picture that an audience may see, and the position they stand at.
    fn live_incidents(&self, audience: &Audience) -> (u64, Vec<Arc<IncidentView>>);
    fn units(&self) -> Vec<Arc<UnitView>>;
    /// Of those that fit the nearest to a place, nearest first, and how far they are in metres.
    fn nearest_units(
        &self,
        near: Near,
        fits: &dyn Fn(&UnitView) -> bool,
    ) -> Vec<(Arc<UnitView>, f64)>;
    fn sensors(&self) -> Vec<Arc<SensorView>>;
    fn reporter(&self, token: &VaultToken) -> Result<Kept, String>;
    fn audit(&self, asked: &AuditAsked) -> Result<AuditPage, String>;
    fn horizon(&self) -> Result<HorizonView, String>;
    /// Under the rights that the audience has today; of a seat's page nothing besides that it did not show. None: before the
    /// horizon.
    fn past_picture(
        &self,
        at: Timestamp,
        audience: &Audience,
        seat: Option<&SeatView>,
    ) -> Result<Option<PastPicture>, String>;
    /// The same of what changed.
    fn past_steps(
        &self,
        stretch: Stretch,
        most: usize,
        audience: &Audience,
        seat: Option<&SeatView>,
    ) -> Result<Option<PastSteps>, String>;
    fn density(&self, stretch: Stretch, audience: &Audience) -> Result<DensityView, String>;
    /// What a page shows from now on, or showed until it was left now.
    fn look(&self, view: &SeatView, has_left: bool) -> Result<(), String>;
    fn look_of(&self, view: u64) -> Result<Option<SeatView>, String>;
    /// What each page of some accounts showed at a moment.
    fn looks_at(&self, at: Timestamp, of: &dyn Fn(&str) -> bool) -> Result<Vec<SeatView>, String>;
    /// What a call would become now; `alike` holds only what the audience may read.
    fn foresee(
        &self,
        asked: &Asked,
        by: Actor,
        audience: &Audience,
        now: Timestamp,
    ) -> Result<Foreseen, String>;
}

/// Who reported. It has no debug form: it goes into the vault and nowhere else.
pub struct Caller {
    pub name: String,
    pub phone: String,
    pub confidential: bool,
}

/// What is known of somebody who reported.
pub enum Kept {
    Here(Caller),
    Erased,
}

pub trait Back: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
    fn city(&self) -> Arc<City>;
    /// The position reached, for pages that say where they stand.
    fn position(&self) -> u64;
    fn outlines(&self, level: Level) -> Vec<u8>;
    fn basemap(&self, layer: &str) -> Option<Vec<u8>>;
    fn account(&self, name: &AccountName) -> Option<Arc<Account>>;
    /// By name.
    fn accounts(&self) -> Vec<Arc<Account>>;
    /// Saved views that everybody of a role has.
    fn shared_views(&self) -> Vec<SharedViews>;
    fn key(&self, secret_sha256: &[u8; 32]) -> Option<Arc<FeedKey>>;
    fn carry_out(&self, inputs: Vec<Input>) -> Later<'_, Result<Taken, NotTaken>>;
    /// Writes into the audit log; durable when it returns. What it tells of is done, or answered, after that.
    fn note(&self, note: Note) -> Later<'_, Result<(), NotTaken>>;
    /// Opens an incident, once for an id; what is known of the caller is sealed and becomes durable with it.
    fn open(
        &self,
        id: Option<CommandId>,
        given: OpenByHand,
        caller: Option<Caller>,
    ) -> Later<'_, Result<Taken, NotTaken>>;
    fn blocking(&self) -> Arc<dyn Blocking>;
    /// Files of incidents.
    fn files(&self) -> &dyn Files;
    /// Notices, rosters, receivers.
    fn notices(&self) -> &dyn NoticeDesk;
    fn feeds(&self) -> Vec<FeedView>;
    fn themes(&self) -> Vec<ThemeName>;
    /// How work is judged, as the pack says.
    fn evaluation(&self) -> Arc<Evaluation>;
    fn demo(&self) -> bool;
    fn demo_logins(&self) -> Vec<DemoLogin>;
    /// Why the server is not ready; empty when it is.
    fn not_ready(&self) -> Vec<String>;
}
