//! Who is on duty where, from when to when, and how he is reached; what one shift leaves to the next.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account::{Actor, Role};
use crate::city::City;
use crate::ids::{AccountName, DepartmentId, EndpointId, HandoverId, IdError, JurisdictionCode};
use crate::time::Timestamp;

/// Of one post.
pub const MOST_SHIFTS: usize = 500;
/// Of one post; the oldest goes.
pub const MOST_HANDOVERS: usize = 100;
/// A shift is no longer than this.
pub const LONGEST_SHIFT_MS: i64 = 7 * 24 * 3_600_000;
pub const LONGEST_NOTE: usize = 10_000;

/// A place that is always manned, or should be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DutyPost {
    /// The operations centre itself.
    Room,
    Department(DepartmentId),
    Town(JurisdictionCode),
}

impl fmt::Display for DutyPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room => f.write_str("room"),
            Self::Department(id) => write!(f, "department:{id}"),
            Self::Town(code) => write!(f, "town:{code}"),
        }
    }
}

impl FromStr for DutyPost {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text == "room" {
            return Ok(Self::Room);
        }
        match text.split_once(':') {
            Some(("department", id)) => DepartmentId::new(id).map(Self::Department),
            Some(("town", code)) => JurisdictionCode::new(code).map(Self::Town),
            _ => Err(IdError(format!(
                "\"{text}\" is not room, department:ID or town:CODE"
            ))),
        }
    }
}

impl Serialize for DutyPost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DutyPost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl DutyPost {
    pub fn is_known(&self, city: &City) -> bool {
        match self {
            Self::Room => true,
            Self::Department(id) => city.departments.contains_key(id),
            Self::Town(code) => city.town(code).is_some(),
        }
    }

    /// Whether it is his own: of a department's people their department and, of a town's unit, the town.
    pub fn is_of(&self, actor: &Actor, city: &City) -> bool {
        let department = actor.department();
        match self {
            Self::Room => matches!(
                actor.role(),
                Some(Role::Operator | Role::ShiftLeader | Role::Dispatcher | Role::Commander)
            ),
            Self::Department(id) => department == Some(id),
            Self::Town(code) => {
                let unit = department.and_then(|id| city.departments.get(id));
                unit.is_some_and(|unit| unit.town.as_ref() == Some(code))
            }
        }
    }

    /// Who may say who is on duty there.
    pub fn may_be_set_by(&self, actor: &Actor, city: &City) -> bool {
        match actor.role() {
            None | Some(Role::Administrator | Role::ShiftLeader) => true,
            Some(Role::Department) => self.is_of(actor, city),
            Some(_) => false,
        }
    }
}

/// How somebody is reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A page of ours that he has open.
    Page,
    Webhook(EndpointId),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shift {
    pub person: AccountName,
    pub from: Timestamp,
    pub until: Timestamp,
    pub channels: Vec<Channel>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Roster {
    pub post: DutyPost,
    pub shifts: Vec<Shift>,
    pub by: String,
    pub at: Timestamp,
}

impl Roster {
    /// Those on duty at a moment.
    pub fn on_duty(&self, now: Timestamp) -> impl Iterator<Item = &Shift> {
        let covers = move |shift: &&Shift| shift.from <= now && now < shift.until;
        self.shifts.iter().filter(covers)
    }
}

/// The first thing that is wrong with shifts, as pointer and reason.
pub fn check_shifts(shifts: &[Shift]) -> Result<(), (String, String)> {
    if shifts.len() > MOST_SHIFTS {
        let reason = format!("{} shifts; at most {MOST_SHIFTS}", shifts.len());
        return Err(("/shifts".into(), reason));
    }
    for (index, shift) in shifts.iter().enumerate() {
        let wrong = |reason: &str| Err((format!("/shifts/{index}"), reason.to_owned()));
        if shift.until <= shift.from {
            return wrong("ends before it begins");
        }
        if shift.until.since(shift.from) > LONGEST_SHIFT_MS {
            return wrong("is longer than a week");
        }
        if shift.channels.is_empty() {
            return wrong("has no channel");
        }
        if shift.channels.len() > 10 {
            return wrong("has more than ten channels");
        }
    }
    Ok(())
}

/// What one shift leaves to the next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Handover {
    pub id: HandoverId,
    pub post: DutyPost,
    pub by: String,
    pub at: Timestamp,
    pub text: String,
    /// Who has read it, in the order of reading.
    pub read_by: Vec<(String, Timestamp)>,
}
