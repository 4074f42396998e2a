//! What a department asks for and others decide: an extension (延期), a suspension (挂账), an appeal (申诉).
//! Some need two yeses, as the city pack says: the dispatcher's, then a leader's.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountName, DepartmentId, IdError};
use crate::time::Timestamp;

/// One kind of request of one incident.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Waits for a decision.
    pub asked: Option<Asked>,
    pub granted: u8,
    pub refused: u8,
}

impl Request {
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Asked, the dispatcher has said yes, and a leader's yes is still missing.
    pub fn waits_for_leader(&self) -> bool {
        self.asked
            .as_ref()
            .is_some_and(|asked| asked.first_yes.is_some())
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asked {
    pub by: AccountName,
    pub department: Option<DepartmentId>,
    pub at: Timestamp,
    pub reason: String,
    /// Of a suspension: when it ends by itself.
    pub until: Option<Timestamp>,
    /// Whether one yes is not enough.
    pub needs_leader: bool,
    /// The dispatcher who said yes where a leader must say so too.
    pub first_yes: Option<AccountName>,
}

/// When a second yes is needed; part of the city pack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approvals {
    /// From this extension on; 0: never.
    pub leader_from_extension: u8,
    /// For suspensions of more days than these.
    pub leader_beyond_days: u16,
}

impl Default for Approvals {
    fn default() -> Self {
        Self {
            leader_from_extension: 2,
            leader_beyond_days: SUSPENSION_DAYS,
        }
    }
}

/// Of a suspension that names no end.
pub const SUSPENSION_DAYS: u16 = 30;
/// 挂账 is for a year at most.
pub const LONGEST_SUSPENSION_DAYS: u16 = 366;
/// 延期 at most twice.
pub const MOST_EXTENSIONS: u8 = 2;

/// What of an incident waits for somebody's decision or answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    Extension,
    Suspension,
    /// The dispatcher has said yes; a leader must too.
    ExtensionLeader,
    SuspensionLeader,
    Dispute,
    Appeal,
    Instruction,
    Verification,
}

impl Waiting {
    pub const ALL: [Self; 8] = [
        Self::Extension,
        Self::Suspension,
        Self::ExtensionLeader,
        Self::SuspensionLeader,
        Self::Dispute,
        Self::Appeal,
        Self::Instruction,
        Self::Verification,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::Suspension => "suspension",
            Self::ExtensionLeader => "extension_leader",
            Self::SuspensionLeader => "suspension_leader",
            Self::Dispute => "dispute",
            Self::Appeal => "appeal",
            Self::Instruction => "instruction",
            Self::Verification => "verification",
        }
    }
}

impl FromStr for Waiting {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.into_iter().find(|one| one.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            IdError(format!("\"{text}\" is none of {names}"))
        })
    }
}
