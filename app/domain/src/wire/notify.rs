//! Notices, who is on duty, hand-overs, and receivers of webhooks, as they are shown.

use serde::{Deserialize, Serialize};

use crate::assignment::Stage;
use crate::category::Severity;
use crate::ids::{AlarmId, EndpointId, HandoverId, IncidentId, NoticeId};
use crate::request::Waiting;
use crate::roster::{DutyPost, Shift};
use crate::time::Timestamp;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NoticeView {
    pub id: NoticeId,
    pub at: Timestamp,
    pub severity: Severity,
    /// `order support returned decide instructed urged escalated raised alarm nobody_reached mentioned`.
    pub reason: String,
    /// Of `decide`: what waits.
    pub waiting: Option<Waiting>,
    /// Of `escalated`: whose limit runs out.
    pub stage: Option<Stage>,
    /// `role:…`, `role:…@town`, `department:…`, `account:…`.
    pub to: String,
    pub title: String,
    pub title_en: String,
    pub text: String,
    pub text_en: String,
    pub incident: Option<IncidentId>,
    pub alarm: Option<AlarmId>,
    pub post: Option<DutyPost>,
    pub drill: bool,
    /// `open acknowledged settled let_go`.
    pub state: String,
    pub acknowledged_by: Option<String>,
    pub over_at: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RosterView {
    pub post: DutyPost,
    pub shifts: Vec<Shift>,
    /// Who is on duty now.
    pub on_duty: Vec<String>,
    /// Those of them whom a notice reaches now: a page is open, or a receiver takes its letters.
    pub reached: Vec<String>,
    pub by: String,
    pub at: Timestamp,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HandoverView {
    pub id: HandoverId,
    pub post: DutyPost,
    pub by: String,
    pub at: Timestamp,
    pub text: String,
    pub read_by: Vec<ReadBy>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReadBy {
    pub name: String,
    pub at: Timestamp,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EndpointView {
    pub id: EndpointId,
    pub url: String,
    pub note: String,
    pub least: Severity,
    pub posts: Vec<DutyPost>,
    pub enabled: bool,
    /// `whsec_…`: what its letters are signed with.
    pub secret: String,
    pub waiting: u64,
    pub dead: u64,
    pub last_ok_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub by: String,
    pub at: Timestamp,
}

/// Something sent or to be sent to a receiver.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LetterView {
    /// The `webhook-id`.
    pub id: String,
    pub endpoint: String,
    pub notice: NoticeId,
    pub made_at: Timestamp,
    pub due_at: Timestamp,
    pub tries: u32,
    /// `pending sent cancelled dead discarded`.
    pub state: String,
    pub answer: String,
}

/// One line of the log of everything sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SentView {
    pub at: Timestamp,
    /// `page` or `webhook`.
    pub channel: String,
    pub receiver: String,
    /// The letter's id; of a page the notice's.
    pub letter: String,
    pub attempt: u32,
    pub answer: String,
}
