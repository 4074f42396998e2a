//! Which incidents stand in which list, and in what order: what needs a person soonest comes first.
//! Plain Rust, the same for the first rows of the server and for the lists of the browser.

use std::cmp::Reverse;

use domain::account::Role;
use domain::category::Severity;
use domain::ids::IncidentId;
use domain::lifecycle::State;
use domain::policy;
use domain::request::Waiting;
use domain::time::Timestamp;
use domain::wire::IncidentView;

use crate::order;
use crate::start::{Counts, FIRST_ROWS, Me};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Tab {
    New,
    Mine,
    Late,
    #[default]
    All,
    Tray,
    /// What waits for my decision.
    Decide,
}

impl Tab {
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Mine,
        Self::Late,
        Self::All,
        Self::Tray,
        Self::Decide,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Mine => "mine",
            Self::Late => "late",
            Self::All => "all",
            Self::Tray => "tray",
            Self::Decide => "decide",
        }
    }

    pub fn holds(self, view: &IncidentView, me: Option<&Me>, now: Timestamp) -> bool {
        match self {
            Self::New => is_new(view, me),
            Self::Mine => is_mine(view, me),
            Self::Late => is_late(view, now),
            Self::All => true,
            Self::Tray => view.tray,
            Self::Decide => waits_for_me(view, me),
        }
    }
}

/// Not yet taken by those whose turn it is.
fn is_new(view: &IncidentView, me: Option<&Me>) -> bool {
    match me {
        Some(Me {
            role: Role::Department,
            department,
            ..
        }) => view.state == State::Dispatched && view.lead.is_some() && view.lead == *department,
        _ => matches!(view.state, State::Reported | State::Registered),
    }
}

fn is_mine(view: &IncidentView, me: Option<&Me>) -> bool {
    let Some(me) = me else { return false };
    if !view.state.is_open() {
        return false;
    }
    match me.role {
        Role::Department => me
            .department
            .as_ref()
            .is_some_and(|mine| view.lead.as_ref() == Some(mine) || view.supporting.contains(mine)),
        Role::Collector => matches!(view.state, State::Reported | State::Resolved),
        _ => view.claimed_by.as_deref() == Some(me.name.as_str()),
    }
}

/// An extension, a dispute, an instruction: what only somebody of this role can end.
fn waits_for_me(view: &IncidentView, me: Option<&Me>) -> bool {
    let Some(me) = me else { return false };
    let decides = |waiting: &Waiting| policy::decides(me.role, *waiting);
    let mine = me.role != Role::Department || is_mine(view, Some(me));
    mine && view.waiting.iter().any(decides)
}

/// Past its deadline while work is still owed.
pub fn is_late(view: &IncidentView, now: Timestamp) -> bool {
    view.state.is_open()
        && view
            .deadline
            .as_ref()
            .and_then(|deadline| deadline.due_at)
            .is_some_and(|due| now > due)
}

/// Of the first level, open to everybody's eyes and in nobody's hands: the only thing that keeps calling.
pub fn calls(view: &IncidentView) -> bool {
    view.severity == Severity::Extreme
        && matches!(
            view.state,
            State::Reported | State::Registered | State::Dispatched
        )
        && view.claimed_by.is_none()
}

/// Rings when it is new: open, and of the first two levels. Practice rings too, or nobody would practise it.
pub fn rings(view: &IncidentView) -> bool {
    view.severity <= Severity::Severe && view.state.is_open()
}

/// Open before closed; serious first; then what is due first; then the newest.
fn urgency(view: &IncidentView) -> (bool, u8, Timestamp, Reverse<Timestamp>, Reverse<IncidentId>) {
    let open = view.state.is_open();
    let due = view
        .deadline
        .as_ref()
        .filter(|_| open)
        .and_then(|deadline| deadline.due_at)
        .unwrap_or(Timestamp::MAX);
    let severity = if open { view.severity.level() } else { 0 };
    let newest = if open {
        view.opened_at
    } else {
        view.updated_at
    };
    (!open, severity, due, Reverse(newest), Reverse(view.id))
}

/// The ids of every list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lists {
    lists: [Vec<IncidentId>; Tab::ALL.len()],
}

impl Lists {
    pub fn of<'a>(
        all: impl Iterator<Item = &'a IncidentView>,
        me: Option<&Me>,
        now: Timestamp,
    ) -> Self {
        let all: Vec<&IncidentView> = all.collect();
        let ordered = order::by_key(&all, urgency);
        let mut lists: [Vec<IncidentId>; Tab::ALL.len()] = Default::default();
        for view in ordered {
            for (tab, list) in Tab::ALL.into_iter().zip(&mut lists) {
                if tab.holds(view, me, now) {
                    list.push(view.id);
                }
            }
        }
        Self { lists }
    }

    pub fn list(&self, tab: Tab) -> &[IncidentId] {
        &self.lists[tab as usize]
    }

    pub fn counts(&self) -> Counts {
        Counts(Tab::ALL.map(|tab| self.list(tab).len() as u32))
    }
}

/// What the server puts into `Start`: the most urgent rows, and the counts of all.
pub fn first_rows(
    all: Vec<IncidentView>,
    me: Option<&Me>,
    now: Timestamp,
) -> (Vec<IncidentView>, Counts) {
    let counts = Lists::of(all.iter(), me, now).counts();
    let mut rows = all;
    rows.sort_by_cached_key(urgency);
    rows.truncate(FIRST_ROWS);
    (rows, counts)
}

#[cfg(test)]
pub mod tests {
    use domain::ids::DepartmentId;

    use super::*;
    use crate::sample::{self, moment as now};

    pub fn view(
        number: u64,
        severity: Severity,
        state: State,
        due_in_minutes: Option<i64>,
    ) -> IncidentView {
        IncidentView {
            opened_at: now().plus_minutes(number as i64),
            deadline: due_in_minutes.map(|minutes| sample::due(now().plus_minutes(minutes))),
            ..sample::incident(number, severity, state)
        }
    }

    fn ids(list: &[IncidentId]) -> Vec<u64> {
        list.iter().map(|id| id.bits() >> 20).collect()
    }

    #[test]
    fn the_most_serious_and_most_urgent_come_first_and_the_closed_last() {
        let all = [
            view(1, Severity::Minor, State::Reported, None),
            view(2, Severity::Extreme, State::Closed, None),
            view(3, Severity::Severe, State::Handling, Some(90)),
            view(4, Severity::Severe, State::Dispatched, Some(10)),
            view(5, Severity::Minor, State::Reported, None),
        ];
        let lists = Lists::of(all.iter(), None, now());
        assert_eq!(ids(lists.list(Tab::All)), [4, 3, 5, 1, 2]);
        assert_eq!(ids(lists.list(Tab::New)), [5, 1]);
    }

    #[test]
    fn only_the_gravest_that_nobody_has_taken_keeps_calling() {
        assert!(calls(&view(1, Severity::Extreme, State::Dispatched, None)));
        assert!(!calls(&view(
            1,
            Severity::Extreme,
            State::Acknowledged,
            None
        )));
        assert!(!calls(&view(1, Severity::Severe, State::Reported, None)));
        let claimed = IncidentView {
            claimed_by: Some("leader".into()),
            ..view(1, Severity::Extreme, State::Reported, None)
        };
        assert!(!calls(&claimed));
    }

    #[test]
    fn late_means_past_the_deadline_and_still_open() {
        let all = [
            view(1, Severity::Minor, State::Handling, Some(-1)),
            view(2, Severity::Minor, State::Closed, Some(-1)),
            view(3, Severity::Minor, State::Handling, Some(1)),
        ];
        let lists = Lists::of(all.iter(), None, now());
        assert_eq!(ids(lists.list(Tab::Late)), [1]);
        assert_eq!(lists.counts().of(Tab::Late), 1);
    }

    #[test]
    fn a_departments_own_are_those_it_leads_or_supports_and_new_until_it_signs() {
        let mine = DepartmentId::new("swj").expect("an id");
        let me = Me {
            name: "water".into(),
            role: Role::Department,
            department: Some(mine.clone()),
            department_name: None,
            department_name_en: None,
            town: None,
        };
        let mut led = view(1, Severity::Minor, State::Dispatched, None);
        led.lead = Some(mine.clone());
        let mut supported = view(2, Severity::Minor, State::Handling, None);
        supported.supporting = vec![mine];
        let others = view(3, Severity::Minor, State::Reported, None);
        let all = [led, supported, others];
        let lists = Lists::of(all.iter(), Some(&me), now());
        assert_eq!(ids(lists.list(Tab::New)), [1]);
        assert_eq!(ids(lists.list(Tab::Mine)), [2, 1]);
    }

    #[test]
    fn the_first_rows_are_the_most_urgent_and_the_counts_are_of_all() {
        let all: Vec<IncidentView> = (1..=60)
            .map(|n| view(n, Severity::Minor, State::Reported, None))
            .collect();
        let (rows, counts) = first_rows(all, None, now());
        let [all, new] = [Tab::All, Tab::New].map(|tab| counts.of(tab));
        assert_eq!((rows.len(), all, new), (FIRST_ROWS, 60, 60));
        assert_eq!(rows[0].id, IncidentId::new(60, 0));
    }
}
