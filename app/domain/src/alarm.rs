//! An alarm: an observation, or a run of them, that breaks a rule; with the states of ISA-18.2 (IEC 62682).
//! What becomes of a state is the table's business (`table`), and what happens to an alarm goes through `course`.

pub mod course;
pub mod flood;
pub mod inhibition;
pub mod load;
pub mod point;
pub mod table;

use serde::{Deserialize, Serialize};

use crate::account::Actor;
use crate::category::{CategoryCode, Severity};
use crate::ids::{
    AlarmId, AlarmRuleId, BlockNumber, IncidentId, InhibitId, JurisdictionCode, ObservationId,
    SourceId, ThingId,
};
use crate::place::Position;
use crate::time::Timestamp;

/// Cleared and latched differ in what they wait for: a person who takes note, a person who resets. The last three are
/// not in front of operators; what is true meanwhile stands in the alarm's own facts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmState {
    Normal,
    ActiveUnacknowledged,
    ActiveAcknowledged,
    ClearedUnacknowledged,
    Latched,
    Shelved,
    SuppressedByDesign,
    OutOfService,
}

impl AlarmState {
    pub const ALL: [Self; 8] = [
        Self::Normal,
        Self::ActiveUnacknowledged,
        Self::ActiveAcknowledged,
        Self::ClearedUnacknowledged,
        Self::Latched,
        Self::Shelved,
        Self::SuppressedByDesign,
        Self::OutOfService,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::ActiveUnacknowledged => "active_unacknowledged",
            Self::ActiveAcknowledged => "active_acknowledged",
            Self::ClearedUnacknowledged => "cleared_unacknowledged",
            Self::Latched => "latched",
            Self::Shelved => "shelved",
            Self::SuppressedByDesign => "suppressed_by_design",
            Self::OutOfService => "out_of_service",
        }
    }

    /// Whether it stands in front of operators.
    pub fn is_active(self) -> bool {
        matches!(self, Self::ActiveUnacknowledged | Self::ActiveAcknowledged)
    }

    /// Whether somebody or something keeps it from operators: listed only where asked for.
    pub fn is_kept_back(self) -> bool {
        matches!(
            self,
            Self::Shelved | Self::SuppressedByDesign | Self::OutOfService
        )
    }
}
/// What made it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum AlarmCause {
    /// A threshold rule of the pack.
    Rule(AlarmRuleId),
    /// No reading for longer than the rule allows.
    Silence(AlarmRuleId),
    /// The source decided; its own id of the alarm.
    Source(ObservationId),
    /// Something is the matter with ourselves.
    Ourselves(SelfCheck),
}

/// What we watch in ourselves.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum SelfCheck {
    /// A deadline needed the calendar of a year that nobody has entered.
    CalendarMissing(i16),
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alarm {
    pub id: AlarmId,
    pub source: SourceId,
    pub thing: Option<ThingId>,
    pub cause: AlarmCause,
    /// None only for alarms on ourselves.
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub state: AlarmState,
    pub silenced: bool,
    pub position: Option<Position>,
    /// When it last began to stand, by the clock of who observed it.
    pub raised_at: Timestamp,
    /// None while it stands.
    pub cleared_at: Option<Timestamp>,
    pub incident: Option<IncidentId>,
    pub drill: bool,
    pub text: String,
    pub town: Option<JurisdictionCode>,
    /// When and in which block people were last told of it: an acknowledgement pressed before says nothing of it.
    pub told_at: Timestamp,
    pub told_in: BlockNumber,
    /// How often it began to stand again.
    pub returned: u32,
    /// It comes and goes: held as raised, and told once, until it is quiet.
    pub chattering: bool,
    /// Standing for longer than anybody should leave it.
    pub stale: bool,
    /// When it becomes stale, while it stands.
    pub stale_at: Option<Timestamp>,
    /// Cleared, it waits for a reset.
    pub latching: bool,
    /// Who took note of how it stands; nobody yet if it rose or grew worse since.
    pub acknowledged: Option<Noted>,
    pub shelved: Option<Shelving>,
    pub out_of_service: Option<OutOfService>,
    pub suppressed: Option<Suppression>,
    /// Of long ago when it came in: kept, and never told.
    pub history: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Noted {
    pub by: Actor,
    pub at: Timestamp,
}

/// Put aside by a person, for a reason and a while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shelving {
    pub by: Actor,
    pub at: Timestamp,
    pub until: Timestamp,
    pub reason: String,
}

/// Not to be trusted until somebody puts it back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutOfService {
    pub by: Actor,
    pub at: Timestamp,
    pub reason: String,
}

/// Muted by the design of the city: another alarm says it all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Suppression {
    pub rule: InhibitId,
    pub by: AlarmId,
    pub at: Timestamp,
}

impl Alarm {
    /// One that begins to stand, and is told now.
    pub fn risen(
        id: AlarmId,
        source: SourceId,
        cause: AlarmCause,
        severity: Severity,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            source,
            thing: None,
            cause,
            category: None,
            severity,
            state: AlarmState::ActiveUnacknowledged,
            silenced: false,
            position: None,
            raised_at: now,
            cleared_at: None,
            incident: None,
            drill: false,
            text: String::new(),
            town: None,
            told_at: now,
            told_in: BlockNumber(id.bits() >> 20),
            returned: 0,
            chattering: false,
            stale: false,
            stale_at: None,
            latching: false,
            acknowledged: None,
            shelved: None,
            out_of_service: None,
            suppressed: None,
            history: false,
        }
    }

    pub fn stands(&self) -> bool {
        self.cleared_at.is_none()
    }

    /// Whether operators have to be called to it: by sound on desks, by every channel that calls people.
    /// Nothing else decides that; silence, acknowledge, shelve, inhibition and clearing all end it.
    pub fn needs_voice(&self) -> bool {
        self.state == AlarmState::ActiveUnacknowledged && !self.silenced && !self.history
    }
}
