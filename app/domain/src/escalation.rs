//! Who hears of it when a stage takes too long. The steps are frozen into an incident when it opens.

use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::assignment::Stage;
use crate::category::Severity;
use crate::time::Timestamp;

/// A step of the city pack.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EscalationStep {
    pub stage: Stage,
    /// Of the stage's limit; 100 is the deadline.
    pub at_percent: u16,
    pub to: Role,
    /// Only for incidents at least this serious when the moment comes.
    pub severity: Option<Severity>,
}

/// A step in an incident, with the run of the clock it has spoken for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FrozenStep {
    pub step: EscalationStep,
    /// When the clock had begun in which it spoke last: once a run.
    pub spoke_in: Option<Timestamp>,
}

/// What of the machine's own dispatching needs a person's yes first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DispatchException {
    /// A code or the beginning of one.
    pub category: String,
    pub approve: Role,
    pub reason: String,
}
