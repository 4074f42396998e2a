//! The order (工单) to one department, lead or supporting, and the clock of the stage an incident is in.

use serde::{Deserialize, Serialize};

use crate::clock::{Due, Limit};
use crate::ids::DepartmentId;
use crate::time::Timestamp;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Assignment {
    pub department: DepartmentId,
    pub assigned_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub arrived_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
}

impl Assignment {
    pub fn new(department: DepartmentId, assigned_at: Timestamp) -> Self {
        Self {
            department,
            assigned_at,
            acknowledged_at: None,
            arrived_at: None,
            resolved_at: None,
        }
    }
}

/// Which limit runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Accept,
    Dispatch,
    Handle,
    Check,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
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
