//! What people ask for, with everything needed to decide it: resolved before it enters the journal.

use serde::{Deserialize, Serialize};

use crate::account::{AccountChange, Actor};
use crate::alarm::AlarmState;
use crate::alarm::table::AlarmEvent;
use crate::attachment::AttachGiven;
use crate::category::{CategoryCode, Severity};
use crate::city::City;
use crate::ids::{
    AlarmId, BlockNumber, CommandId, DepartmentId, EvidenceId, IncidentId, ThingId, VaultToken,
};
use crate::incident::Said;
use crate::lifecycle::{CommandName, State};
use crate::notice::NotifyGiven;
use crate::observation::Observation;
use crate::place::Position;
use crate::shared_views::SharedViews;
use crate::time::Timestamp;

/// One input of the machine. Everything that decides is one of these.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Input {
    City(Box<City>),
    Observation(Box<Observation>),
    Open(Box<OpenByHand>),
    Command(Box<CommandGiven>),
    AlarmCommand(Box<AlarmCommandGiven>),
    Account(Box<AccountChange>),
    /// The same once only: whoever sends its id again gets the first answer.
    OpenOnce(CommandId, Box<OpenByHand>),
    SharedViews(Box<SharedViews>),
    /// A file that is in the data folder by now.
    Attach(Box<AttachGiven>),
    /// Of notices, rosters and who is told how.
    Notify(Box<NotifyGiven>),
}

/// The version of the logic that wrote a block; a change of decisions moves it.
pub const LOGIC: u16 = 4;

/// Older blocks are laid out otherwise and cannot be read.
pub const OLDEST_LOGIC: u16 = 4;

/// What the journal keeps: inputs in order, and the moment they are held to have happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Block {
    pub logic: u16,
    pub number: BlockNumber,
    pub now: Timestamp,
    pub inputs: Vec<Input>,
}

/// An incident written down at the desk.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OpenByHand {
    pub by: Actor,
    pub position: Option<Position>,
    pub text: String,
    pub category: Option<CategoryCode>,
    pub severity: Option<Severity>,
    pub reporter: Option<VaultToken>,
    pub drill: bool,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CommandGiven {
    pub id: CommandId,
    pub incident: IncidentId,
    pub by: Actor,
    pub expected_revision: Option<u32>,
    /// A command that must have been carried out before this one.
    pub after: Option<CommandId>,
    pub command: Command,
}

/// A command with its arguments; the names are those of `lifecycle::TABLE`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Command {
    Claim,
    Release,
    SetCategory(CategoryCode),
    SetSeverity(Severity),
    SetPosition(Position),
    SetTitle(String),
    Verify {
        confirmed: bool,
        text: String,
    },
    Register,
    Reject {
        reason: String,
    },
    Void {
        reason: String,
    },
    Dispatch {
        lead: Option<DepartmentId>,
        supporting: Vec<DepartmentId>,
    },
    Acknowledge,
    Return {
        reason: String,
    },
    DecideDispute {
        lead: DepartmentId,
        reason: String,
    },
    Arrive {
        said: Said,
    },
    Resolve {
        text: String,
        said: Said,
    },
    Check {
        passed: bool,
        text: String,
    },
    Rework {
        reason: String,
    },
    Close {
        standard: String,
    },
    ForceClose {
        reason: String,
    },
    Reopen {
        reason: String,
    },
    RequestExtension {
        reason: String,
    },
    DecideExtension {
        approved: bool,
        reason: String,
    },
    RequestSuspension {
        reason: String,
        /// When it ends by itself; None: as long as is usual.
        until: Option<Timestamp>,
    },
    DecideSuspension {
        approved: bool,
        reason: String,
    },
    Resume,
    AddSupport(DepartmentId),
    RemoveSupport(DepartmentId),
    Merge {
        into: IncidentId,
    },
    Split {
        evidence: Vec<EvidenceId>,
    },
    Urge {
        text: String,
    },
    Instruct {
        text: String,
        answer_by: Option<Timestamp>,
    },
    AnswerInstruction {
        text: String,
        /// Its number; None: the oldest that is open.
        instruction: Option<u16>,
    },
    Escalate {
        text: String,
    },
    Comment {
        text: String,
        said: Said,
    },
    Link {
        incident: IncidentId,
    },
    RecordFeedback {
        satisfied: bool,
        text: String,
    },
    Appeal {
        reason: String,
    },
    DecideAppeal {
        approved: bool,
        reason: String,
    },
    RequestVerification {
        text: String,
    },
    AcceptSupport,
    SetOut {
        unit: Option<ThingId>,
        eta_minutes: Option<u16>,
        said: Said,
    },
    Tick {
        item: String,
        done: bool,
        text: String,
    },
}

impl Command {
    pub fn name(&self) -> CommandName {
        use CommandName as N;
        match self {
            Self::Claim => N::Claim,
            Self::Release => N::Release,
            Self::SetCategory(_) => N::SetCategory,
            Self::SetSeverity(_) => N::SetSeverity,
            Self::SetPosition(_) => N::SetPosition,
            Self::SetTitle(_) => N::SetTitle,
            Self::Verify { .. } => N::Verify,
            Self::Register => N::Register,
            Self::Reject { .. } => N::Reject,
            Self::Void { .. } => N::Void,
            Self::Dispatch { .. } => N::Dispatch,
            Self::Acknowledge => N::Acknowledge,
            Self::Return { .. } => N::Return,
            Self::DecideDispute { .. } => N::DecideDispute,
            Self::Arrive { .. } => N::Arrive,
            Self::Resolve { .. } => N::Resolve,
            Self::Check { .. } => N::Check,
            Self::Rework { .. } => N::Rework,
            Self::Close { .. } => N::Close,
            Self::ForceClose { .. } => N::ForceClose,
            Self::Reopen { .. } => N::Reopen,
            Self::RequestExtension { .. } => N::RequestExtension,
            Self::DecideExtension { .. } => N::DecideExtension,
            Self::RequestSuspension { .. } => N::RequestSuspension,
            Self::DecideSuspension { .. } => N::DecideSuspension,
            Self::Resume => N::Resume,
            Self::AddSupport(_) => N::AddSupport,
            Self::RemoveSupport(_) => N::RemoveSupport,
            Self::Merge { .. } => N::Merge,
            Self::Split { .. } => N::Split,
            Self::Urge { .. } => N::Urge,
            Self::Instruct { .. } => N::Instruct,
            Self::AnswerInstruction { .. } => N::AnswerInstruction,
            Self::Escalate { .. } => N::Escalate,
            Self::Comment { .. } => N::Comment,
            Self::Link { .. } => N::Link,
            Self::RecordFeedback { .. } => N::RecordFeedback,
            Self::Appeal { .. } => N::Appeal,
            Self::DecideAppeal { .. } => N::DecideAppeal,
            Self::RequestVerification { .. } => N::RequestVerification,
            Self::AcceptSupport => N::AcceptSupport,
            Self::SetOut { .. } => N::SetOut,
            Self::Tick { .. } => N::Tick,
        }
    }
}

/// Why a command was not carried out; checked in the order of API.md: 404, 403, 422, 409.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Refusal {
    UnknownIncident,
    /// It lies outside the giver's scope: to him it does not exist.
    OutOfScope,
    WrongRole {
        command: CommandName,
    },
    NotYourIncident,
    Invalid {
        pointer: String,
        reason: String,
    },
    WrongState {
        state: State,
    },
    /// The guard of the table's row.
    NotNow {
        reason: NotNow,
    },
    RevisionMoved {
        expected: u32,
        revision: u32,
        last_change: Option<Box<LastChange>>,
    },
    /// The command named by `after` is not known to have been carried out.
    EarlierMissing(CommandId),
    OfAlarm(AlarmRefusal),
}

/// Who moved the revision last, and how.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LastChange {
    pub by: Actor,
    pub at: Timestamp,
    pub what: CommandName,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NotNow {
    NoCategory,
    NoReturn,
    NothingAsked,
    ExtensionsUsedUp,
    AlreadyOverdue,
    AlreadyAsked,
    AlreadySuspended,
    SuspendedOnce,
    NotSuspended,
    NoInstruction,
    UnknownStandard,
    Binding,
    ClaimedByAnother,
    NotClaimed,
    NoLead,
    SeveralLeads,
    AlreadyThere,
    NotThere,
    /// The dispatcher has said yes; a leader must too.
    LeaderDecides,
    AlreadyArrived,
    PartDone,
    NoPlan,
    TooMany,
    /// Of one incident there are as many files as there may be.
    AttachmentsFull,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AlarmCommandGiven {
    /// With an id it is carried out once, however often it is sent.
    pub id: Option<CommandId>,
    pub alarm: AlarmId,
    pub by: Actor,
    /// Only what existed then is touched.
    pub as_of: BlockNumber,
    pub command: AlarmCommand,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AlarmCommand {
    Silence,
    Acknowledge,
    Reset,
    Shelve { until: Timestamp, reason: String },
    Unshelve,
    TakeOutOfService { reason: String },
    PutInService,
}

impl AlarmCommand {
    pub fn event(&self) -> AlarmEvent {
        match self {
            Self::Silence => AlarmEvent::Silence,
            Self::Acknowledge => AlarmEvent::Acknowledge,
            Self::Reset => AlarmEvent::Reset,
            Self::Shelve { .. } => AlarmEvent::Shelve,
            Self::Unshelve => AlarmEvent::Unshelve,
            Self::TakeOutOfService { .. } => AlarmEvent::TakeOutOfService,
            Self::PutInService => AlarmEvent::PutInService,
        }
    }
}

/// Why a command on an alarm was not carried out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AlarmRefusal {
    Unknown,
    /// Another role gives this command.
    WrongRole,
    /// It came after what the giver saw.
    NotYetThere,
    /// It was told again after what the giver saw.
    ToldSince,
    WrongState(AlarmState),
}
