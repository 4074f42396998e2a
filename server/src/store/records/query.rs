//! What may be asked of the list of incidents, and what is said when it cannot be answered.

use std::fmt;
use std::sync::Arc;

use domain::category::Severity;
use domain::ids::{BlockNumber, DepartmentId};
use domain::incident::Incident;
use domain::lifecycle::State;
use domain::place::Bounds;
use domain::request::Waiting;
use domain::time::Timestamp;

use super::super::StoreError;
use super::super::pool::Busy;

/// Incidents on one page at most (API.md).
pub const MOST_IN_A_PAGE: u16 = 200;
const USUAL_PAGE: u16 = 50;

/// Everything absent or empty lets everything pass; what is given must hold all at once.
#[derive(Clone, PartialEq, Debug)]
pub struct IncidentQuery {
    /// Any of these.
    pub states: Vec<State>,
    /// Any of these: category codes or beginnings of them, `E`, `E03`, `E0301`.
    pub categories: Vec<String>,
    pub severities: Vec<Severity>,
    /// The lead, or one in support.
    pub department: Option<DepartmentId>,
    /// A town's code, or its name in either language.
    pub town: Option<String>,
    pub bbox: Option<Bounds>,
    /// Opened at this moment or later.
    pub since: Option<Timestamp>,
    /// Opened before this moment.
    pub until: Option<Timestamp>,
    /// Its running deadline lies before this moment. Later pages keep the moment of the first.
    pub overdue_at: Option<Timestamp>,
    /// First given to a department at this moment or later, and before that one.
    pub dispatched_since: Option<Timestamp>,
    pub dispatched_until: Option<Timestamp>,
    /// Closed, at this moment or later, and before that one.
    pub closed_since: Option<Timestamp>,
    pub closed_until: Option<Timestamp>,
    /// Any of these: the work was done before its deadline, or after.
    pub in_time: Vec<bool>,
    /// Any of these: dispatched and neither given back nor done again, or one of these.
    pub accurate: Vec<bool>,
    pub drill: Option<bool>,
    /// Waits for the duty officer, or does not.
    pub tray: Option<bool>,
    /// Something of these waits for somebody.
    pub waiting: Vec<Waiting>,
    /// Words that all occur in its number, title, place, kind, evidence or notes.
    pub text: Option<String>,
    /// 1 to 200.
    pub limit: u16,
    /// `next` of the page before, of the same query by the same audience.
    pub cursor: Option<String>,
}

impl Default for IncidentQuery {
    fn default() -> Self {
        Self {
            states: Vec::new(),
            categories: Vec::new(),
            severities: Vec::new(),
            department: None,
            town: None,
            bbox: None,
            since: None,
            until: None,
            overdue_at: None,
            dispatched_since: None,
            dispatched_until: None,
            closed_since: None,
            closed_until: None,
            in_time: Vec::new(),
            accurate: Vec::new(),
            drill: None,
            tray: None,
            waiting: Vec::new(),
            text: None,
            limit: USUAL_PAGE,
            cursor: None,
        }
    }
}

/// Newest change first: by the block of its last change, then by id, both descending.
#[derive(Clone, PartialEq, Debug)]
pub struct IncidentPage {
    /// The block as of which all pages of this list are.
    pub position: BlockNumber,
    pub incidents: Vec<Arc<Incident>>,
    /// None on the last page.
    pub next: Option<String>,
}

#[derive(Debug)]
pub enum QueryError {
    /// Not between 1 and 200.
    Limit(u16),
    /// No beginning of a category code.
    Category(String),
    UnknownTown(String),
    CursorUnreadable,
    CursorOfAnotherQuery,
    /// The list as it then was is no longer kept; begin again without a cursor.
    CursorTooOld,
    /// Too many are asking at once.
    Busy,
    Store(StoreError),
}

impl QueryError {
    /// Whether the asker can mend it; otherwise it is ours.
    pub fn is_askers(&self) -> bool {
        !matches!(self, Self::Busy | Self::Store(_))
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Busy> for QueryError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(given) => {
                write!(f, "limit {given} is not between 1 and {MOST_IN_A_PAGE}")
            }
            Self::Category(given) => write!(
                f,
                "\"{given}\" is not a category code nor the beginning of one (such as E, E03, E0301)"
            ),
            Self::UnknownTown(given) => {
                write!(f, "\"{given}\" is not a town's code or name in this city")
            }
            Self::CursorUnreadable => f.write_str("the cursor is not one of ours"),
            Self::CursorOfAnotherQuery => f.write_str(
                "the cursor belongs to another query; send it with the query it was given for",
            ),
            Self::CursorTooOld => {
                f.write_str("the cursor is too old; begin again without a cursor")
            }
            Self::Busy => f.write_str("too many queries at once; try again"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for QueryError {}
