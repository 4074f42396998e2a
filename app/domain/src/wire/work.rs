//! How the work on one incident stands: who has the order and how far he is, what was instructed, what the plan asks,
//! what waits for a decision.

use serde::{Deserialize, Serialize};

use super::DeadlineView;
use crate::ids::{DepartmentId, ThingId};
use crate::place::Position;
use crate::plan::Whose;
use crate::request::Waiting;
use crate::time::Timestamp;

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct WorkView {
    pub assignments: Vec<AssignmentView>,
    pub instructions: Vec<InstructionView>,
    pub plan: Option<PlanView>,
    pub requests: Vec<RequestView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AssignmentView {
    pub department: DepartmentId,
    pub part: Part,
    pub assigned_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub set_out_at: Option<Timestamp>,
    /// The unit that is on its way.
    pub unit: Option<ThingId>,
    /// Where that unit is now.
    pub unit_position: Option<Position>,
    /// When they are expected: as they said, or by where the unit is.
    pub expected_at: Option<Timestamp>,
    pub arrived_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    /// Of a department in support; the lead's is the incident's.
    pub deadline: Option<DeadlineView>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Lead,
    Support,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct InstructionView {
    pub number: u16,
    pub by: String,
    pub at: Timestamp,
    pub text: String,
    pub answer_by: Option<Timestamp>,
    pub answer: Option<AnswerView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AnswerView {
    pub by: String,
    pub department: Option<DepartmentId>,
    pub at: Timestamp,
    pub text: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlanView {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub objectives: Vec<ObjectiveView>,
    pub items: Vec<ItemView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ObjectiveView {
    pub text: String,
    pub text_en: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ItemView {
    pub id: String,
    pub text: String,
    pub text_en: String,
    pub whose: Whose,
    pub done_by: Option<String>,
    pub done_at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RequestView {
    /// An extension, a suspension or an appeal, and whose yes it waits for.
    pub kind: Waiting,
    pub by: String,
    pub department: Option<DepartmentId>,
    pub at: Timestamp,
    pub reason: String,
    /// Of a suspension: when it would end by itself.
    pub until: Option<Timestamp>,
    /// A leader's yes is needed after the dispatcher's.
    pub needs_leader: bool,
    /// The dispatcher who has said yes.
    pub first_yes: Option<String>,
    /// How many of its kind were granted before.
    pub granted: u8,
}
