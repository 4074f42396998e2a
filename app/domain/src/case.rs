//! A case as it is evaluated (考核): the facts of one incident's course that indicators are counted from.
//! Follows changes in their order; judges nothing, and knows no formula.

use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::assignment::Stage;
use crate::category::{CategoryCode, Severity};
use crate::filter::{Fields, Value};
use crate::ids::{DepartmentId, IncidentId, JurisdictionCode, SourceId};
use crate::incident::{Happening, Incident, OpenedBy, TimelineEntry};
use crate::lifecycle::{CommandName, State};
use crate::time::Timestamp;

/// One incident's facts. Practice is no case, and is never kept as one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Case {
    pub id: IncidentId,
    pub state: State,
    pub category: Option<CategoryCode>,
    pub severity: Severity,
    pub town: Option<JurisdictionCode>,
    /// The lead, and after a return the one who gave it back until somebody else has it.
    pub department: Option<DepartmentId>,
    /// Who found it.
    pub found_by: FoundBy,
    pub moments: CaseMoments,
    /// By when it should have been filed, or looked at where somebody is to look first. A limit that was missed stays here.
    pub filing_due: Option<Timestamp>,
    /// By when the work should be done, extensions and pauses counted; none while it is not known or stands still.
    pub due: Option<Timestamp>,
    /// Whether the work was done before its deadline; none before it was done, or without a deadline.
    pub in_time: Option<bool>,
    pub counts: CaseCounts,
    /// Closed by force (强制结案).
    pub forced: bool,
    pub suspended: bool,
    /// 免责: beside the fact, never instead of it.
    pub exempted: bool,
    /// What the citizen said.
    pub satisfied: Option<bool>,
    /// The clock of handling as last seen.
    handling: Option<Handling>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Handling {
    due: Option<Timestamp>,
    /// While it stands still.
    left_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FoundBy {
    /// A feed: a hotline, a sensor, a grid worker's telephone.
    Feed(SourceId),
    /// Somebody at a desk or in the street, with the role he had.
    Person(Option<Role>),
}

/// When what happened. Each is the first time, but `handled` and `closed`: since when it is so, none while it is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseMoments {
    pub opened: Timestamp,
    /// 立案
    pub filed: Option<Timestamp>,
    pub dispatched: Option<Timestamp>,
    pub acknowledged: Option<Timestamp>,
    /// Somebody said that he was there.
    pub arrived: Option<Timestamp>,
    pub first_handled: Option<Timestamp>,
    pub handled: Option<Timestamp>,
    pub checked: Option<Timestamp>,
    pub closed: Option<Timestamp>,
}

/// How often what happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CaseCounts {
    /// Dispatches to a lead.
    pub hops: u32,
    pub returns: u32,
    pub reworks: u32,
    /// Granted.
    pub extensions: u32,
    /// Granted.
    pub suspensions: u32,
    pub urges: u32,
    pub instructions: u32,
    pub reopenings: u32,
}

/// A moment of a course, by its name in a pack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    Opened,
    Filed,
    Dispatched,
    Acknowledged,
    Arrived,
    FirstHandled,
    Handled,
    Checked,
    Closed,
    Due,
}

impl Moment {
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::Filed,
        Self::Dispatched,
        Self::Acknowledged,
        Self::Arrived,
        Self::FirstHandled,
        Self::Handled,
        Self::Checked,
        Self::Closed,
        Self::Due,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Filed => "filed",
            Self::Dispatched => "dispatched",
            Self::Acknowledged => "acknowledged",
            Self::Arrived => "arrived",
            Self::FirstHandled => "first_handled",
            Self::Handled => "handled",
            Self::Checked => "checked",
            Self::Closed => "closed",
            Self::Due => "due",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|moment| moment.name() == name)
    }
}

/// How often, by its name in a pack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    Hops,
    Returns,
    Reworks,
    Extensions,
    Suspensions,
    Urges,
    Instructions,
    Reopenings,
}

impl Count {
    pub const ALL: [Self; 8] = [
        Self::Hops,
        Self::Returns,
        Self::Reworks,
        Self::Extensions,
        Self::Suspensions,
        Self::Urges,
        Self::Instructions,
        Self::Reopenings,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hops => "hops",
            Self::Returns => "returns",
            Self::Reworks => "reworks",
            Self::Extensions => "extensions",
            Self::Suspensions => "suspensions",
            Self::Urges => "urges",
            Self::Instructions => "instructions",
            Self::Reopenings => "reopenings",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|count| count.name() == name)
    }
}

/// What a condition may ask of a case, as `closed` or `not in_time`.
pub const FLAGS: &[&str] = &[
    "filed",
    "dispatched",
    "acknowledged",
    "arrived",
    "first_handled",
    "handled",
    "checked",
    "closed",
    "open",
    "rejected",
    "voided",
    "merged",
    "forced",
    "in_time",
    "late",
    "overdue",
    "filed_in_time",
    "filed_late",
    "filing_overdue",
    "suspended",
    "exempted",
    "satisfied",
    "unsatisfied",
    "by_feed",
    "by_person",
];

/// What a condition may compare, as `reworks>0` or `source in (hotline-12345)`.
pub const VALUES: &[&str] = &[
    "hops",
    "returns",
    "reworks",
    "extensions",
    "suspensions",
    "urges",
    "instructions",
    "reopenings",
    "severity",
    "category",
    "class",
    "source",
    "role",
    "town",
    "department",
];

impl Case {
    /// As it is opened, or first heard of.
    pub fn begun(now: Timestamp, incident: &Incident) -> Self {
        let found_by = match &incident.opened_by {
            OpenedBy::Feed(source) => FoundBy::Feed(source.clone()),
            OpenedBy::Person(_) => FoundBy::Person(None),
        };
        let mut case = Self::new(incident.id, incident.opened_at, found_by);
        case.changed(now, incident);
        case
    }

    /// Reported, and nothing done yet.
    pub(crate) fn new(id: IncidentId, opened: Timestamp, found_by: FoundBy) -> Self {
        Self {
            id,
            state: State::Reported,
            category: None,
            severity: Severity::Minor,
            town: None,
            department: None,
            found_by,
            moments: CaseMoments {
                opened,
                filed: None,
                dispatched: None,
                acknowledged: None,
                arrived: None,
                first_handled: None,
                handled: None,
                checked: None,
                closed: None,
            },
            filing_due: None,
            due: None,
            in_time: None,
            counts: CaseCounts::default(),
            forced: false,
            suspended: false,
            exempted: false,
            satisfied: None,
            handling: None,
        }
    }

    /// By when its work is due, on a clock that runs.
    pub(crate) fn due_by(&mut self, due: Option<Timestamp>) {
        self.due = due;
        self.handling = due.map(|_| Handling { due, left_ms: None });
    }

    /// Its work is suspended with so much of its limit left.
    pub(crate) fn stands_with(&mut self, left_ms: i64) {
        self.suspended = true;
        self.due = None;
        self.handling = Some(Handling {
            due: None,
            left_ms: Some(left_ms),
        });
    }

    pub fn changed(&mut self, now: Timestamp, incident: &Incident) {
        let before = std::mem::replace(&mut self.state, incident.state);
        self.category = incident.category;
        self.severity = incident.severity;
        self.town.clone_from(&incident.town);
        if let Some(lead) = &incident.lead {
            self.department = Some(lead.department.clone());
        }
        self.counts.hops = incident.hops;
        self.counts.extensions = u32::from(incident.extension.granted);
        self.counts.suspensions = u32::from(incident.suspension.granted);
        self.suspended = incident.suspended;
        self.exempted = incident.exempted;
        self.satisfied = incident.satisfied;
        self.clocks(now, incident);
        self.stages(now, before, incident.state);
    }

    fn clocks(&mut self, now: Timestamp, incident: &Incident) {
        let Some(clock) = &incident.clock else {
            return;
        };
        // Whoever is late already is not in time because a clock begins anew.
        let may_file = self.filing_due.is_none_or(|due| now < due);
        match clock.stage {
            Stage::Accept | Stage::Verify if may_file => self.filing_due = clock.due.due_at,
            Stage::Handle => {
                let handling = Handling {
                    due: clock.due.due_at,
                    left_ms: clock.paused_left_ms,
                };
                self.due = handling.due.filter(|_| handling.left_ms.is_none());
                self.handling = Some(handling);
            }
            _ => {}
        }
    }

    fn stages(&mut self, now: Timestamp, before: State, state: State) {
        let moments = &mut self.moments;
        let again = before == State::Closed && state.is_open();
        if again {
            // Another round: what was done is not done any more, and has no deadline yet.
            self.counts.reopenings += 1;
            self.forced = false;
            self.due = None;
            self.handling = None;
            if moments.filed.is_none() {
                // Closed before it was filed: its limit ended with it.
                self.filing_due = None;
            }
        }
        let first = |moment: &mut Option<Timestamp>| {
            moment.get_or_insert(now);
        };
        match state {
            State::Registered => first(&mut moments.filed),
            State::Dispatched => first(&mut moments.dispatched),
            State::Acknowledged => first(&mut moments.acknowledged),
            State::Checked => first(&mut moments.checked),
            _ => {}
        }
        let is_done = |state| matches!(state, State::Resolved | State::Checked | State::Closed);
        // What is given back after a merge is what it was.
        let was_done = is_done(before) || before == State::Merged;
        if is_done(state) && !was_done {
            first(&mut moments.first_handled);
            moments.handled = Some(now);
            self.in_time = self.handling.and_then(|clock| in_time(clock, now));
        } else if state <= State::Handling {
            if is_done(before) && state == State::Handling {
                self.counts.reworks += 1;
            }
            moments.handled = None;
            self.in_time = None;
        }
        match state {
            State::Closed => first(&mut moments.closed),
            _ => moments.closed = None,
        }
    }

    pub fn happened(&mut self, entry: &TimelineEntry) {
        let counts = &mut self.counts;
        let moments = &mut self.moments;
        match &entry.what {
            Happening::Opened => {
                if let FoundBy::Person(role) = &mut self.found_by {
                    *role = entry.by.role();
                }
            }
            Happening::Commanded { command, .. } => match command {
                // Only who says so is there: work may be done, and done again, from afar.
                CommandName::Arrive => {
                    moments.arrived.get_or_insert(entry.at);
                }
                CommandName::Return => counts.returns += 1,
                CommandName::Urge => counts.urges += 1,
                CommandName::Instruct => counts.instructions += 1,
                CommandName::ForceClose => self.forced = true,
                _ => {}
            },
            _ => {}
        }
    }

    pub fn moment(&self, moment: Moment) -> Option<Timestamp> {
        let moments = &self.moments;
        match moment {
            Moment::Opened => Some(moments.opened),
            Moment::Filed => moments.filed,
            Moment::Dispatched => moments.dispatched,
            Moment::Acknowledged => moments.acknowledged,
            Moment::Arrived => moments.arrived,
            Moment::FirstHandled => moments.first_handled,
            Moment::Handled => moments.handled,
            Moment::Checked => moments.checked,
            Moment::Closed => moments.closed,
            Moment::Due => self.due,
        }
    }

    /// The last of all moments: before it no period counts this case anew.
    pub fn last_moment(&self) -> Timestamp {
        let moments = Moment::ALL.into_iter();
        let known = moments.filter_map(|moment| self.moment(moment));
        known.max().unwrap_or(self.moments.opened)
    }

    pub fn count(&self, count: Count) -> u32 {
        let counts = &self.counts;
        match count {
            Count::Hops => counts.hops,
            Count::Returns => counts.returns,
            Count::Reworks => counts.reworks,
            Count::Extensions => counts.extensions,
            Count::Suspensions => counts.suspensions,
            Count::Urges => counts.urges,
            Count::Instructions => counts.instructions,
            Count::Reopenings => counts.reopenings,
        }
    }

    /// Filed before the clock of accepting ran out; none where no such clock ran.
    pub fn filed_in_time(&self) -> Option<bool> {
        let (filed, due) = self.moments.filed.zip(self.filing_due)?;
        Some(filed < due)
    }

    /// The work is not done, and its deadline has passed. A clock that stands still does not run out meanwhile; one that had run
    /// out before it was stopped has.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        let left_ms = self.handling.and_then(|clock| clock.left_ms);
        let has_run_out = match left_ms {
            Some(left_ms) => left_ms <= 0,
            None => self.due.is_some_and(|due| due <= at),
        };
        self.state.is_open() && self.moments.handled.is_none() && has_run_out
    }

    /// What would be of it if it were closed now and nothing else of it differed: how formulas are tried.
    pub fn if_closed(&self, now: Timestamp, forced: bool) -> Self {
        let mut case = self.clone();
        let before = std::mem::replace(&mut case.state, State::Closed);
        case.stages(now, before, State::Closed);
        case.forced = forced;
        case.suspended = false;
        case
    }
}

fn in_time(clock: Handling, now: Timestamp) -> Option<bool> {
    match clock.left_ms {
        Some(left_ms) => Some(left_ms > 0),
        None => clock.due.map(|due| now < due),
    }
}

/// A case at a moment: what conditions are asked of.
#[derive(Clone, Copy)]
pub struct CaseAt<'a> {
    pub case: &'a Case,
    pub at: Timestamp,
    category: Option<[u8; 5]>,
}

impl<'a> CaseAt<'a> {
    pub fn of(case: &'a Case, at: Timestamp) -> Self {
        let category = case.category.map(CategoryCode::letters);
        Self { case, at, category }
    }

    fn code(&self, length: usize) -> Option<Value<'_>> {
        let letters = self.category.as_ref()?.get(..length)?;
        std::str::from_utf8(letters).ok().map(Value::Text)
    }
}

impl Fields for CaseAt<'_> {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        let case = self.case;
        let moments = &case.moments;
        let number = |count: u32| Value::Number(f64::from(count));
        let flag = |flag: bool| Some(Value::Flag(flag));
        let is = |state: State| flag(case.state == state);
        match name {
            "filed" => flag(moments.filed.is_some()),
            "dispatched" => flag(moments.dispatched.is_some()),
            "acknowledged" => flag(moments.acknowledged.is_some()),
            "arrived" => flag(moments.arrived.is_some()),
            "first_handled" => flag(moments.first_handled.is_some()),
            "handled" => flag(moments.handled.is_some()),
            "checked" => flag(moments.checked.is_some()),
            "closed" => is(State::Closed),
            "open" => flag(case.state.is_open()),
            "rejected" => is(State::Rejected),
            "voided" => is(State::Voided),
            "merged" => is(State::Merged),
            "forced" => flag(case.forced),
            "in_time" => flag(case.in_time == Some(true)),
            "late" => flag(case.in_time == Some(false)),
            "overdue" => flag(case.is_overdue(self.at)),
            "filed_in_time" => flag(case.filed_in_time() == Some(true)),
            "filed_late" => flag(case.filed_in_time() == Some(false)),
            "filing_overdue" => flag(
                case.state == State::Reported && case.filing_due.is_some_and(|due| due <= self.at),
            ),
            "suspended" => flag(case.suspended),
            "exempted" => flag(case.exempted),
            "satisfied" => flag(case.satisfied == Some(true)),
            "unsatisfied" => flag(case.satisfied == Some(false)),
            "by_feed" => flag(matches!(case.found_by, FoundBy::Feed(_))),
            "by_person" => flag(matches!(case.found_by, FoundBy::Person(_))),
            "severity" => Some(Value::Number(f64::from(case.severity.level()))),
            "category" => self.code(5),
            "class" => self.code(3),
            "town" => case.town.as_ref().map(|town| Value::Text(town.as_str())),
            "department" => case.department.as_ref().map(|id| Value::Text(id.as_str())),
            "source" => match &case.found_by {
                FoundBy::Feed(source) => Some(Value::Text(source.as_str())),
                FoundBy::Person(_) => None,
            },
            "role" => match &case.found_by {
                FoundBy::Person(role) => role.map(|role| Value::Text(role.name())),
                FoundBy::Feed(_) => None,
            },
            other => Count::named(other).map(|count| number(case.count(count))),
        }
    }
}
