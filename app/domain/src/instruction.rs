//! Instructions (批示) of those who lead: each demands an answer, and stays open until it has one.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountName, DepartmentId};
use crate::time::Timestamp;

/// An incident takes no more.
pub const MOST_INSTRUCTIONS: usize = 50;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Instruction {
    /// 1 for the first of its incident.
    pub number: u16,
    pub by: AccountName,
    pub at: Timestamp,
    pub text: String,
    pub answer_by: Option<Timestamp>,
    pub answer: Option<InstructionAnswer>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InstructionAnswer {
    pub by: AccountName,
    pub department: Option<DepartmentId>,
    pub at: Timestamp,
    pub text: String,
}

impl Instruction {
    pub fn is_open(&self) -> bool {
        self.answer.is_none()
    }
}
