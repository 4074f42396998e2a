//! Who may come in: people with a role and a scope, and feeds with a key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountName, DepartmentId, IdError, JurisdictionCode, KeyId};
use crate::time::Timestamp;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Collector,
    Operator,
    ShiftLeader,
    Dispatcher,
    Department,
    Commander,
    Administrator,
    Auditor,
    Wall,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Collector,
        Self::Operator,
        Self::ShiftLeader,
        Self::Dispatcher,
        Self::Department,
        Self::Commander,
        Self::Administrator,
        Self::Auditor,
        Self::Wall,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Operator => "operator",
            Self::ShiftLeader => "shift_leader",
            Self::Dispatcher => "dispatcher",
            Self::Department => "department",
            Self::Commander => "commander",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::Wall => "wall",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|role| role.name()).collect();
                IdError(format!(
                    "\"{text}\" is not a role; the roles are {}",
                    known.join(", ")
                ))
            })
    }
}

/// Who gives a command, with what rights; resolved before it enters the journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Actor {
    /// The rules of the pack, acting by themselves.
    Machine,
    Person {
        name: AccountName,
        role: Role,
        department: Option<DepartmentId>,
        town: Option<JurisdictionCode>,
    },
}

impl Actor {
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Machine => None,
            Self::Person { role, .. } => Some(*role),
        }
    }

    pub fn department(&self) -> Option<&DepartmentId> {
        match self {
            Self::Person {
                role: Role::Department,
                department,
                ..
            } => department.as_ref(),
            _ => None,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Machine => "gulou",
            Self::Person { name, .. } => name.as_str(),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    pub name: AccountName,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub town: Option<JurisdictionCode>,
    /// argon2id, PHC string.
    pub password_hash: String,
    pub disabled: bool,
    pub demo: bool,
}

impl Account {
    pub fn actor(&self) -> Actor {
        Actor::Person {
            name: self.name.clone(),
            role: self.role,
            department: self.department.clone(),
            town: self.town.clone(),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FeedKey {
    pub id: KeyId,
    /// SHA-256 of the secret; the secret itself is shown once and kept nowhere.
    pub secret_sha256: [u8; 32],
    /// Which sources it may speak for.
    pub source_glob: String,
    /// Whether it may also read and follow the live stream.
    pub read: bool,
    pub note: String,
    pub revoked: bool,
    pub made_at: Timestamp,
}

/// A change to who may come in; journalled like everything else.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum AccountChange {
    PutAccount(Account),
    DisableAccount(AccountName),
    PutKey(FeedKey),
    RevokeKey(KeyId),
    /// Somebody changed his own.
    SetPassword {
        name: AccountName,
        password_hash: String,
    },
}
