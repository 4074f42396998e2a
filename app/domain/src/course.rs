//! What figures are counted from: the moments of an incident's course, and how it or an alarm stood between two changes.
//! Plain values; which of them a figure counts is decided where figures are made.

use serde::{Deserialize, Serialize};

use crate::alarm::Alarm;
use crate::assignment::{Stage, StageClock};
use crate::category::{CategoryCode, Severity};
use crate::ids::{DepartmentId, JurisdictionCode};
use crate::incident::{Happening, Incident};
use crate::lifecycle::{CommandName, State};
use crate::time::Timestamp;

/// What an incident is counted under.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Facets {
    pub state: State,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub town: Option<JurisdictionCode>,
    /// The lead and those in support.
    pub departments: Vec<DepartmentId>,
    /// Its running deadline.
    pub due_at: Option<Timestamp>,
    pub tray: bool,
}

/// What an alarm is counted under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlarmFacets {
    pub category: Option<CategoryCode>,
    pub severity: Severity,
}

impl AlarmFacets {
    /// None: it does not stand, or it is practice.
    pub fn standing(alarm: &Alarm) -> Option<Self> {
        let counts = alarm.state.is_active() && !alarm.drill;
        counts.then_some(Self {
            category: alarm.category,
            severity: alarm.severity,
        })
    }
}

/// How an open incident, or an alarm, stood from one change to the next.
#[derive(Clone, PartialEq, Debug)]
pub struct Phase<F = Facets> {
    pub from: Timestamp,
    /// None: it still does.
    pub to: Option<Timestamp>,
    pub facets: F,
}

impl<F> Phase<F> {
    pub fn is_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// One incident with the moments that count.
#[derive(Clone, PartialEq, Debug)]
pub struct Course {
    pub opened_at: Timestamp,
    pub moments: Moments,
    /// Dispatches to a lead.
    pub hops: u32,
    pub facets: Facets,
}

/// Moments of a course, by the clock of the blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Moments {
    /// First given to a department.
    pub dispatched_at: Option<Timestamp>,
    /// Since when it is closed; none while it is not.
    pub closed_at: Option<Timestamp>,
    /// Whether the work was done before its deadline; none before it was done, or without a deadline.
    pub in_time: Option<bool>,
    /// Once dispatched: neither given back nor done again (准确派遣).
    pub accurate: Option<bool>,
}

/// Follows one incident through its changes, in their order.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Following {
    pub moments: Moments,
    state: Option<State>,
    /// The clock of handling as last seen.
    handling: Option<StageClock>,
    given_back: bool,
}

impl Following {
    pub fn changed(&mut self, now: Timestamp, incident: &Incident) {
        let before = self.state.replace(incident.state);
        if let Some(clock) = &incident.clock
            && clock.stage == Stage::Handle
        {
            self.handling = Some(clock.clone());
        }
        if incident.state == State::Dispatched && self.moments.dispatched_at.is_none() {
            self.moments.dispatched_at = Some(now);
        }
        let done = matches!(incident.state, State::Resolved | State::Closed);
        let was_done = matches!(
            before,
            // What is given back after a merge is what it was.
            Some(State::Resolved | State::Checked | State::Closed | State::Merged)
        );
        if done && !was_done {
            self.moments.in_time = self.handling.take().and_then(|clock| in_time(&clock, now));
        } else if incident.state <= State::Handling {
            self.moments.in_time = None;
        }
        if incident.state != State::Closed {
            self.moments.closed_at = None;
        } else if self.moments.closed_at.is_none() {
            self.moments.closed_at = Some(now);
        }
        self.weigh();
    }

    pub fn happened(&mut self, what: &Happening) {
        if let Happening::Commanded {
            command, from, to, ..
        } = what
        {
            let again = matches!(from, State::Resolved | State::Checked) && *to == State::Handling;
            self.given_back |=
                again || matches!(command, CommandName::Return | CommandName::Rework);
            self.weigh();
        }
    }

    fn weigh(&mut self) {
        let dispatched = self.moments.dispatched_at.is_some();
        self.moments.accurate = dispatched.then_some(!self.given_back);
    }
}

fn in_time(clock: &StageClock, now: Timestamp) -> Option<bool> {
    match clock.paused_left_ms {
        Some(left_ms) => Some(left_ms > 0),
        None => clock.due.due_at.map(|due| now < due),
    }
}
