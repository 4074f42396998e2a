//! An incident (事件): what a person handles, with its evidence, its place, its order and why it is so.
//! Values only: how it comes about is fusion's, what becomes of it is dispatch's.

use serde::{Deserialize, Serialize};

use crate::account::{Actor, Role};
use crate::assignment::{Assignment, Stage, StageClock};
use crate::attachment::AttachmentName;
use crate::category::{CategoryCode, Severity};
use crate::city::Level;
use crate::escalation::FrozenStep;
use crate::ids::{
    AccountName, AlarmId, AlarmRuleId, AttachmentId, BlockNumber, CommandId, DepartmentId,
    EvidenceId, IncidentId, JurisdictionCode, ObservationId, SourceId, ThingId, VaultToken,
};
use crate::instruction::Instruction;
use crate::lifecycle::{CommandName, State};
use crate::place::Position;
use crate::plan::PlanInUse;
use crate::request::{Request, Waiting};
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
    /// When the suspension ends by itself.
    pub suspended_until: Option<Timestamp>,
    pub instructions: Vec<Instruction>,
    /// 督办: how often somebody who leads has urged it.
    pub urged: u16,
    /// Whose attention was asked for (上报), by people or by a clock.
    pub escalated_to: Vec<Role>,
    /// The steps of the pack as they were when it opened.
    pub escalation: Vec<FrozenStep>,
    pub plan: Option<PlanInUse>,
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
    /// The source gives one kind, and the words speak clearly for another and not at all for that one.
    Contradicted {
        source: SourceId,
        given: CategoryCode,
        said: CategoryCode,
        words: Vec<String>,
    },
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
    /// The pack wants a person's yes before it goes out, for this reason.
    NeedsYes {
        role: Role,
        reason: String,
    },
    /// As well as its place is known it may lie in this town, where another department answers.
    NearBorder(JurisdictionCode),
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
        said: Option<Box<Said>>,
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
    /// The calendar was edited, and the open deadline with it.
    DeadlineMoved {
        stage: Stage,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    },
    /// A stage has taken so much of its limit that somebody hears of it.
    Escalated {
        stage: Stage,
        percent: u16,
        to: Role,
    },
    /// The light of a department in support.
    SupportLight {
        department: DepartmentId,
        light: crate::clock::Light,
    },
    /// The plan of this name is worked by from now on.
    PlanTaken {
        name: String,
        name_en: String,
    },
    /// A file came to it.
    Attached {
        attachment: AttachmentId,
        name: AttachmentName,
    },
}

/// What came with the words of a command.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Said {
    /// Departments and accounts that are to read it.
    pub mentions: Vec<String>,
    /// Files of the incident that are spoken of.
    pub attachments: Vec<AttachmentId>,
    /// Where its giver was, or what he means.
    pub position: Option<Position>,
}

impl Said {
    pub fn is_empty(&self) -> bool {
        self.mentions.is_empty() && self.attachments.is_empty() && self.position.is_none()
    }

    /// None where nothing came with the words.
    pub fn boxed(&self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self.clone()))
    }
}

impl Incident {
    /// What waits for somebody's decision or answer, in the order of the names.
    pub fn waiting(&self) -> Vec<Waiting> {
        let verifying = self
            .clock
            .as_ref()
            .is_some_and(|clock| clock.stage == Stage::Verify);
        let open = self.state.is_open();
        let first = |request: &Request| request.is_asked() && !request.waits_for_leader();
        [
            (first(&self.extension), Waiting::Extension),
            (first(&self.suspension), Waiting::Suspension),
            (self.extension.waits_for_leader(), Waiting::ExtensionLeader),
            (
                self.suspension.waits_for_leader(),
                Waiting::SuspensionLeader,
            ),
            (open && self.returned, Waiting::Dispute),
            (
                self.state == State::Closed && self.appeal.is_asked(),
                Waiting::Appeal,
            ),
            (open && self.has_open_instruction(), Waiting::Instruction),
            (verifying, Waiting::Verification),
        ]
        .into_iter()
        .filter_map(|(waits, what)| waits.then_some(what))
        .collect()
    }

    pub fn has_open_instruction(&self) -> bool {
        self.instructions.iter().any(Instruction::is_open)
    }

    /// Nothing runs or waits any more: it has ended, whichever way. An instruction keeps its place in the log.
    pub fn ends(&mut self) {
        self.clock = None;
        self.suspended = false;
        self.suspended_until = None;
        self.extension.asked = None;
        self.suspension.asked = None;
        for assignment in self.assignments_mut() {
            assignment.clock = None;
        }
    }

    /// Those who have the order: the lead, then those in support.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.lead.iter().chain(&self.supporting)
    }

    pub fn assignments_mut(&mut self) -> impl Iterator<Item = &mut Assignment> {
        self.lead.iter_mut().chain(&mut self.supporting)
    }
}
