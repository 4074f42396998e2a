//! An incident (事件): what a person handles, with its evidence, its place, its order and why it is so.
//! Values only: how it comes about is fusion's, what becomes of it is dispatch's.

use serde::{Deserialize, Serialize};

use crate::account::Actor;
use crate::assignment::{Assignment, StageClock};
use crate::attachment::AttachmentName;
use crate::category::{CategoryCode, Severity};
use crate::city::Level;
use crate::ids::{
    AccountName, AlarmId, AlarmRuleId, AttachmentId, BlockNumber, CommandId, DepartmentId,
    EvidenceId, IncidentId, JurisdictionCode, ObservationId, SourceId, ThingId, VaultToken,
};
use crate::lifecycle::{CommandName, State};
use crate::place::Position;
use crate::time::Timestamp;
use crate::unit::Suspect;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    /// `E0301202611230042`: category when opened, day, number of that day; never changes.
    pub number: String,
    /// Moves only with state, assignment, category, severity, place or title.
    pub revision: u32,
    pub state: State,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    /// Given by a person; otherwise made of category and place.
    pub title: Option<String>,
    pub position: Option<Position>,
    pub town: Option<JurisdictionCode>,
    pub village: Option<JurisdictionCode>,
    pub grid: Option<JurisdictionCode>,
    /// 0 to 100.
    pub confidence: u8,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub opened_by: OpenedBy,
    /// What a person has fixed; fusion leaves it alone.
    pub by_hand: SetByHand,
    pub claimed_by: Option<AccountName>,
    pub verified: Option<bool>,
    pub clock: Option<StageClock>,
    pub lead: Option<Assignment>,
    pub supporting: Vec<Assignment>,
    /// Departments that once had the order; they may still read it.
    pub former: Vec<DepartmentId>,
    pub evidence_count: u32,
    /// Dispatches to a lead.
    pub hops: u32,
    /// The lead gave it back and nobody has decided since.
    pub returned: bool,
    /// A dispute was decided: no further return.
    pub binding: bool,
    pub extension: Request,
    pub suspension: Request,
    pub suspended: bool,
    pub instruction_open: bool,
    pub appeal: Request,
    /// 免责: an appeal was granted; the fact stays, the exemption stands beside it.
    pub exempted: bool,
    pub satisfied: Option<bool>,
    /// The closing standard that was met.
    pub standard: Option<String>,
    pub linked: Vec<IncidentId>,
    pub merged_into: Option<IncidentId>,
    pub drill: bool,
    pub why: Why,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum OpenedBy {
    Feed(SourceId),
    Person(AccountName),
}

/// Attributes that a person has set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SetByHand {
    pub category: bool,
    pub severity: bool,
    pub position: bool,
    /// Any command but a comment: the machine no longer merges or dispatches it.
    pub touched: bool,
}

/// Something asked for and granted: an extension, a suspension, an appeal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    pub asked: bool,
    pub granted: u8,
}

/// Why an incident is what and whose it is; made into sentences by `explain`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Why {
    pub category: CategoryReason,
    pub jurisdiction: JurisdictionReason,
    pub responsibility: ResponsibilityReason,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum CategoryReason {
    /// Nothing said what it is.
    Unknown,
    Source(SourceId),
    Words(Vec<String>),
    Rule(AlarmRuleId),
    Person(AccountName),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum JurisdictionReason {
    NoPosition,
    OutsideCity,
    /// Within the city's bounds, in no outline.
    NoOutline,
    Inside {
        level: Level,
        code: JurisdictionCode,
    },
    /// Nobody gave a position; the words name this place.
    Said(SaidPlace),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum ResponsibilityReason {
    Undecided,
    NoCategory,
    NoTown,
    /// No row of the table covers it on that day.
    NoRow,
    /// Several rows cover it equally well.
    SeveralRows(Vec<String>),
    Row(String),
    Person(AccountName),
    /// Opened by hand, so it moves only by hand.
    OpenedByHand,
    /// The pack leaves this kind to the duty officer.
    OnPurpose,
}

/// One piece of evidence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    pub id: EvidenceId,
    pub incident: IncidentId,
    pub kind: EvidenceKind,
    pub source: SourceId,
    pub observation: ObservationId,
    pub thing: Option<ThingId>,
    pub time: Timestamp,
    pub position: Option<Position>,
    /// What its words say of where it is, where its sender gave no position.
    pub said: Option<SaidPlace>,
    pub accuracy_m: Option<u32>,
    pub category: Option<CategoryCode>,
    pub category_reason: CategoryReason,
    pub severity: Severity,
    pub text: String,
    /// It rests on a reading that is hard to believe.
    pub suspect: Option<Suspect>,
    pub reporter: Option<VaultToken>,
    pub drill: bool,
    /// Why it lies with this incident; None for the piece that opened it.
    pub link: Option<Link>,
}

/// A place taken from what somebody said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SaidPlace {
    /// As the city names it: a town, or a place in it.
    pub name: String,
    pub town: JurisdictionCode,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum EvidenceKind {
    Report,
    Alarm(AlarmId),
    /// A sensor that should speak and does not.
    Silence(AlarmId),
    /// Written down at the desk.
    Hand,
}

/// Why two pieces are the same thing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Link {
    pub with: EvidenceId,
    /// 0 to 100.
    pub score: u8,
    pub reason: LinkReason,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum LinkReason {
    /// By the sum of distance, time, kind and words.
    Alike {
        distance_m: u32,
        allowed_m: u32,
        minutes: u32,
        /// Tokens in common of the tokens in either; None where a text says too little.
        words_percent: Option<u8>,
        /// Both name the same place.
        same_name: bool,
    },
    /// Neither has a position, and both name the same place.
    SamePlaceNamed {
        minutes: u32,
        words_percent: Option<u8>,
    },
    SameThing,
    Person(AccountName),
}

/// One line of the append-only log of an incident.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TimelineEntry {
    pub incident: IncidentId,
    pub at: Timestamp,
    pub block: BlockNumber,
    pub by: Actor,
    pub command: Option<CommandId>,
    pub what: Happening,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Happening {
    Opened,
    /// A command, in the words and values its giver chose.
    Commanded {
        command: CommandName,
        from: State,
        to: State,
        note: String,
    },
    SeverityRaised(Severity),
    AlarmCleared(AlarmId),
    MergedHere(IncidentId),
    /// The machine sees a bridge to another incident, and leaves it to a person.
    MaybeSame {
        other: IncidentId,
        /// What the score was made of.
        link: Link,
    },
    /// A correction showed that some of its evidence is about something else.
    TakenOut(IncidentId),
    CalendarMissing(i16),
    LightChanged(crate::clock::Light),
    /// It had gone into this incident and is its own again.
    GivenBack(IncidentId),
    /// A file came to it.
    Attached {
        attachment: AttachmentId,
        name: AttachmentName,
    },
}
