//! The order (工单) to one department, lead or supporting, and the clock of the stage an incident is in.

use serde::{Deserialize, Serialize};

use crate::clock::{Due, Limit};
use crate::ids::{DepartmentId, ThingId};
use crate::time::Timestamp;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Assignment {
    pub department: DepartmentId,
    pub assigned_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub set_out: Option<SetOut>,
    pub arrived_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Of a department in support, which has a limit of its own; the lead's is the incident's.
    pub clock: Option<StageClock>,
}

impl Assignment {
    pub fn new(department: DepartmentId, assigned_at: Timestamp) -> Self {
        Self {
            department,
            assigned_at,
            acknowledged_at: None,
            set_out: None,
            arrived_at: None,
            resolved_at: None,
            clock: None,
        }
    }
}

/// Somebody is on the way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SetOut {
    pub at: Timestamp,
    /// The unit that drives, where it is one of the city's.
    pub unit: Option<ThingId>,
    /// When they think to be there.
    pub expected_at: Option<Timestamp>,
}

/// Which limit runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Accept,
    /// Somebody looks whether it is so, before it is registered.
    Verify,
    Dispatch,
    Handle,
    Check,
}

impl Stage {
    pub const ALL: [Self; 5] = [
        Self::Accept,
        Self::Verify,
        Self::Dispatch,
        Self::Handle,
        Self::Check,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Verify => "verify",
            Self::Dispatch => "dispatch",
            Self::Handle => "handle",
            Self::Check => "check",
        }
    }
}

/// The running deadline of a stage.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StageClock {
    pub stage: Stage,
    pub limit: Limit,
    pub started_at: Timestamp,
    pub due: Due,
    /// While suspended: milliseconds of the limit still left on its own clock.
    pub paused_left_ms: Option<i64>,
}

impl StageClock {
    pub fn is_paused(&self) -> bool {
        self.paused_left_ms.is_some()
    }

    /// Past its deadline. A clock that stands still does not run out meanwhile.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        match self.paused_left_ms {
            Some(left_ms) => left_ms == 0,
            None => self.due.due_at.is_some_and(|due| now >= due),
        }
    }
}
