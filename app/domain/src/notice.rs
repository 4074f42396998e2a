//! Who must be told of what: an order, a return, something that waits for a decision, an alarm with a voice. A notice stands open until
//! a person acknowledges it or what it is about is settled. How it is brought to people is the stage `notify`'s.

mod following;
pub mod shown;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::{Actor, Role};
use crate::assignment::Stage;
use crate::category::Severity;
use crate::ids::{
    AccountName, AlarmId, CommandId, DepartmentId, EndpointId, HandoverId, IncidentId,
    JurisdictionCode, NoticeId,
};
use crate::request::Waiting;
use crate::roster::{DutyPost, Handover, Roster, Shift};
use crate::time::Timestamp;

pub use following::{follow, nobody_reached};

/// Open at one time. When one more comes, the oldest of the least severe is let go, and that is counted.
pub const MOST_OPEN: usize = 20_000;
pub const MOST_ENDPOINTS: usize = 50;

/// What it is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum About {
    Incident(IncidentId),
    Alarm(AlarmId),
    Post(DutyPost),
}

/// Why somebody is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// An order to the lead that he has not acknowledged.
    Order,
    /// The same to a department in support.
    Support,
    /// The lead gave it back, and somebody must decide.
    Returned,
    Decide(Waiting),
    /// An instruction, by its number, waits for its answer.
    Instructed(u16),
    Urged,
    /// A step of the escalation fired in this stage.
    Escalated(Stage),
    /// Somebody asked those above for their attention.
    Raised,
    /// An alarm that nobody has acknowledged or silenced.
    Alarm,
    /// Nobody on duty at a post can be reached.
    NobodyReached,
    /// Somebody wants it to be seen by them.
    Mentioned,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Support => "support",
            Self::Returned => "returned",
            Self::Decide(_) => "decide",
            Self::Instructed(_) => "instructed",
            Self::Urged => "urged",
            Self::Escalated(_) => "escalated",
            Self::Raised => "raised",
            Self::Alarm => "alarm",
            Self::NobodyReached => "nobody_reached",
            Self::Mentioned => "mentioned",
        }
    }

    pub const NAMES: [&'static str; 11] = [
        "order",
        "support",
        "returned",
        "decide",
        "instructed",
        "urged",
        "escalated",
        "raised",
        "alarm",
        "nobody_reached",
        "mentioned",
    ];

    /// Follows from how things stand; the others from something that happened once.
    fn is_of_a_state(self) -> bool {
        !matches!(
            self,
            Self::Urged | Self::Escalated(_) | Self::Raised | Self::Mentioned
        )
    }
}

/// Who is told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Addressee {
    Role(Role),
    /// Those of a role who work in one town.
    InTown(Role, JurisdictionCode),
    Department(DepartmentId),
    Account(AccountName),
}

impl Addressee {
    /// Where somebody is on duty for it.
    pub fn post(&self) -> Option<DutyPost> {
        match self {
            Self::Role(_) => Some(DutyPost::Room),
            Self::InTown(_, town) => Some(DutyPost::Town(town.clone())),
            Self::Department(id) => Some(DutyPost::Department(id.clone())),
            Self::Account(_) => None,
        }
    }

    /// Whether somebody is meant. A shift leader hears what any role of the room is told.
    pub fn means(&self, actor: &Actor) -> bool {
        let Actor::Person {
            name, role, town, ..
        } = actor
        else {
            return true;
        };
        match self {
            Self::Role(meant) => role == meant || *role == Role::ShiftLeader,
            Self::InTown(meant, there) => {
                *role == Role::ShiftLeader || role == meant && town.as_ref() == Some(there)
            }
            Self::Department(id) => actor.department() == Some(id),
            Self::Account(meant) => name == meant,
        }
    }

    /// `role:operator`, `role:collector@441900004`, `department:swj`, `account:li.na`.
    pub fn said(&self) -> String {
        match self {
            Self::Role(role) => format!("role:{role}"),
            Self::InTown(role, town) => format!("role:{role}@{town}"),
            Self::Department(id) => format!("department:{id}"),
            Self::Account(name) => format!("account:{name}"),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NoticeState {
    Open,
    Acknowledged {
        by: String,
        at: Timestamp,
    },
    /// What it is about is over.
    Settled {
        at: Timestamp,
    },
    /// There were too many.
    LetGo {
        at: Timestamp,
    },
}

impl NoticeState {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Settled { .. } => "settled",
            Self::LetGo { .. } => "let_go",
        }
    }
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub about: About,
    pub reason: Reason,
    pub to: Addressee,
    pub at: Timestamp,
    pub severity: Severity,
    /// Made of category and place, or what the alarm says.
    pub title: String,
    pub title_en: String,
    /// Of an alarm, too, if it is evidence of one.
    pub incident: Option<IncidentId>,
    pub drill: bool,
    /// Endpoints that are told besides pages, as they and the roster stood when it came.
    pub endpoints: Vec<EndpointId>,
    pub state: NoticeState,
}

impl Notice {
    pub fn is_open(&self) -> bool {
        self.state == NoticeState::Open
    }

    fn key(&self) -> NoticeKey {
        (self.about.clone(), self.reason, self.to.clone())
    }
}

/// At most one stands for each.
pub type NoticeKey = (About, Reason, Addressee);

/// A receiver of webhooks. Its secret is not here: the server makes it of its own key, the id and the generation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: String,
    pub note: String,
    /// Of less severe ones it hears nothing.
    pub least: Severity,
    /// Whose notices it always hears; besides it hears those of posts whose people on duty name it.
    pub posts: Vec<DutyPost>,
    pub enabled: bool,
    /// Another one is another secret.
    pub generation: u32,
    pub by: String,
    pub at: Timestamp,
}

/// What of all this the Picture holds.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Notifying {
    /// Those that are open, and acknowledged ones that would come again as long as things stand as they do.
    pub standing: BTreeMap<NoticeKey, Arc<Notice>>,
    pub by_id: BTreeMap<NoticeId, NoticeKey>,
    /// How many of them are open.
    pub open: u32,
    pub rosters: BTreeMap<DutyPost, Arc<Roster>>,
    pub handovers: BTreeMap<HandoverId, Arc<Handover>>,
    pub endpoints: BTreeMap<EndpointId, Arc<Endpoint>>,
    /// Which hand-over an id of its sender made.
    pub handed_over: BTreeMap<CommandId, HandoverId>,
}

impl Notifying {
    /// Everything that is open.
    pub fn open(&self) -> impl Iterator<Item = &Arc<Notice>> {
        self.standing.values().filter(|notice| notice.is_open())
    }
}

/// What people and the server itself say about notices; the actor is resolved.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NotifyGiven {
    pub id: Option<CommandId>,
    pub by: Actor,
    pub what: NotifyCommand,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum NotifyCommand {
    Acknowledge(NoticeId),
    PutRoster {
        post: DutyPost,
        shifts: Vec<Shift>,
    },
    HandOver {
        post: DutyPost,
        text: String,
    },
    ReadHandover(HandoverId),
    PutEndpoint {
        id: EndpointId,
        url: String,
        note: String,
        least: Severity,
        posts: Vec<DutyPost>,
        enabled: bool,
        new_secret: bool,
    },
    /// Whether anybody on duty at a post can be reached, as the server finds.
    Reached {
        post: DutyPost,
        reached: bool,
    },
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Noticed {
    Notice(Arc<Notice>),
    Roster(Arc<Roster>),
    Handover(Arc<Handover>),
    Endpoint(Arc<Endpoint>),
    Nothing,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotNoticed {
    /// There is none, or it is not for him.
    Unknown,
    NotAllowed,
    Invalid {
        pointer: String,
        reason: String,
    },
}
