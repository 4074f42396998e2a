//! What the pages for phones are told in one answer each: a department's orders, and the city as who commands it sees it.

use serde::{Deserialize, Serialize};

use super::work::AssignmentView;
use super::{DeadlineView, IncidentView};
use crate::ids::{DepartmentId, JurisdictionCode};
use crate::lifecycle::CommandName;
use crate::time::Timestamp;

/// The part a department has, or had, in an incident.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Lead,
    Support,
    /// It had the order once: given back, or given to another.
    Former,
}

/// One order of a department.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OrderView {
    pub incident: IncidentView,
    pub part: Part,
    /// How far the department is with its own part; none once it has given it back.
    pub assignment: Option<AssignmentView>,
    /// Why it answers for this, in a sentence.
    pub why: String,
    pub why_en: String,
    /// Commands the asker may give now.
    pub allowed: Vec<CommandName>,
}

impl OrderView {
    /// By when the department must be done: one in support has a clock of its own.
    pub fn deadline(&self) -> Option<&DeadlineView> {
        match self.part {
            Part::Support => self.assignment.as_ref()?.deadline.as_ref(),
            Part::Lead | Part::Former => self.incident.deadline.as_ref(),
        }
    }

    /// Whether its own part is done, whatever others still owe.
    pub fn is_part_done(&self) -> bool {
        let own = self.assignment.as_ref();
        self.part == Part::Support && own.is_some_and(|own| own.resolved_at.is_some())
    }
}

/// The orders of the asker's department: open ones by deadline, then those that ended lately, the newest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OrdersView {
    pub at: Timestamp,
    pub orders: Vec<OrderView>,
    /// There are more open ones than are listed.
    pub more: bool,
}

/// The city in one answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OverviewView {
    pub at: Timestamp,
    pub figures: Vec<ComparedView>,
    /// Open ones of the first two levels, the most serious first.
    pub serious: Vec<IncidentView>,
    pub serious_count: u32,
    /// Past their deadline, by lead; the most first.
    pub late_departments: Vec<LateDepartment>,
    pub late_towns: Vec<LateTown>,
    pub late_count: u32,
    /// What waits for the asker's decision, the oldest request first.
    pub waiting: Vec<WaitingView>,
    /// There are more than are listed.
    pub waiting_more: bool,
}

/// A figure beside itself at the same time a day and a week before; null where nothing is known of then.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ComparedView {
    /// `open late opened_today closed_today in_time median_to_dispatch`.
    pub id: String,
    pub value: Option<f64>,
    pub day_before: Option<f64>,
    pub week_before: Option<f64>,
    /// The list that the figure counts: a path of the public interface.
    pub drill: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LateDepartment {
    pub id: DepartmentId,
    pub count: u32,
    /// When the one that is late longest was due.
    pub oldest_due_at: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LateTown {
    pub code: JurisdictionCode,
    pub count: u32,
    pub oldest_due_at: Timestamp,
}

/// An incident with a decision that the asker may give.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WaitingView {
    pub incident: IncidentView,
    /// `decide_dispute decide_extension decide_suspension decide_appeal`.
    pub decision: CommandName,
    pub asked_at: Option<Timestamp>,
    /// Who asked, and in what words.
    pub asked_by: Option<String>,
    pub text: String,
    pub text_en: String,
}
