//! An alarm: an observation, or a run of them, that breaks a rule; with the states of ISA-18.2 (IEC 62682).

use serde::{Deserialize, Serialize};

use crate::category::{CategoryCode, Severity};
use crate::ids::{AlarmId, AlarmRuleId, IncidentId, ObservationId, SourceId, ThingId};
use crate::place::Position;
use crate::time::Timestamp;

/// Two independent facts (is it active, has a person taken note) and what a person did to its voice.
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

    pub fn is_active(self) -> bool {
        matches!(self, Self::ActiveUnacknowledged | Self::ActiveAcknowledged)
    }

    pub fn cleared(self) -> Self {
        match self {
            Self::ActiveUnacknowledged => Self::ClearedUnacknowledged,
            Self::ActiveAcknowledged => Self::Normal,
            other => other,
        }
    }

    pub fn acknowledged(self) -> Self {
        match self {
            Self::ActiveUnacknowledged => Self::ActiveAcknowledged,
            Self::ClearedUnacknowledged => Self::Normal,
            other => other,
        }
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
    pub raised_at: Timestamp,
    pub cleared_at: Option<Timestamp>,
    pub incident: Option<IncidentId>,
    pub drill: bool,
    pub text: String,
}
