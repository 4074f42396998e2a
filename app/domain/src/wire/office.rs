//! What the pages beside the map are told: the report of a shift, who may be put on a roster, and who is signed in where.

use serde::{Deserialize, Serialize};

use super::{AlarmView, IncidentView};
use crate::account::Role;
use crate::feed_health::FeedView;
use crate::ids::{AccountName, DepartmentId, EndpointId, JurisdictionCode};
use crate::time::Timestamp;

/// What a shift hands over: what came and went since it began, and what stands as it ends. Practice is never counted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportView {
    pub since: Timestamp,
    /// The moment of asking: as of then everything that stands is told.
    pub until: Timestamp,
    pub opened: ReportList,
    pub closed: ReportList,
    /// The most serious first.
    pub open: ReportList,
    /// How many of those are of level 1 to 4.
    pub open_by_severity: [u32; 4],
    /// Past their deadline, the longest late first.
    pub late: ReportList,
    /// A request, a dispute, an instruction or a check waits for somebody.
    pub waiting: ReportList,
    /// The machine could not decide who answers for them.
    pub tray: ReportList,
    /// Null for whoever is not of the duty room, to which alarms belong.
    pub alarms: Option<ReportAlarms>,
    /// Sources that have gone quiet or whose clock is wrong.
    pub feeds: Vec<FeedView>,
}

/// A figure with the list that it counts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportList {
    pub count: u32,
    /// There are more than were counted.
    pub more: bool,
    /// The list: a path of the public interface.
    pub drill: String,
    /// The first of them.
    pub incidents: Vec<IncidentView>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportAlarms {
    pub unacknowledged: ReportAlarmList,
    /// By the end of their shelving, the next first.
    pub shelved: ReportAlarmList,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReportAlarmList {
    pub count: u32,
    pub drill: String,
    pub alarms: Vec<AlarmView>,
}

/// Who and what a roster can be made of.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DutyChoicesView {
    pub people: Vec<DutyPersonView>,
    /// Receivers of webhooks that are switched on.
    pub receivers: Vec<EndpointId>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DutyPersonView {
    pub name: AccountName,
    pub role: Role,
    pub department: Option<DepartmentId>,
    pub town: Option<JurisdictionCode>,
}

/// A session without anything one could sign in with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SessionView {
    pub id: String,
    pub account: AccountName,
    pub made_at: Timestamp,
    pub seen_at: Timestamp,
    pub client: String,
    /// The very one that asks.
    pub current: bool,
}
