//! Which orders stand in which tab, and in what order: what is due first comes first. Plain Rust, the same for the first render
//! and the browser.

use std::borrow::Borrow;
use std::cmp::Reverse;

use domain::ids::DepartmentId;
use domain::lifecycle::State;
use domain::time::Timestamp;
use domain::wire::IncidentView;
use domain::wire::field::{OrderView, Part};

use crate::order;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Tab {
    #[default]
    Todo,
    Supporting,
    Returned,
    Done,
}

impl Tab {
    pub const ALL: [Self; 4] = [Self::Todo, Self::Supporting, Self::Returned, Self::Done];

    pub fn name(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Supporting => "supporting",
            Self::Returned => "returned",
            Self::Done => "done",
        }
    }

    /// Where an order stands; every order in exactly one tab.
    pub fn of(order: &OrderView) -> Self {
        let state = order.incident.state;
        let handed_over = matches!(state, State::Resolved | State::Checked);
        match order.part {
            _ if !state.is_open() => Self::Done,
            Part::Former => Self::Returned,
            _ if handed_over || order.is_part_done() => Self::Done,
            Part::Lead => Self::Todo,
            Part::Support => Self::Supporting,
        }
    }
}

/// Past its deadline while the department still owes its part.
pub fn is_order_late(order: &OrderView, now: Timestamp) -> bool {
    let due = order.deadline().and_then(|deadline| deadline.due_at);
    !matches!(Tab::of(order), Tab::Done | Tab::Returned) && due.is_some_and(|due| now > due)
}

/// Open before closed, then by deadline; of those that ended the newest first. A command on its way moves no card: only what the
/// server says does.
fn key(
    order: &OrderView,
) -> (
    bool,
    Timestamp,
    Reverse<Timestamp>,
    Reverse<domain::ids::IncidentId>,
) {
    let view = &order.incident;
    let open = Tab::of(order) != Tab::Done;
    let due = order
        .deadline()
        .filter(|_| open)
        .and_then(|deadline| deadline.due_at)
        .unwrap_or(Timestamp::MAX);
    let changed = if open {
        Timestamp::MAX
    } else {
        view.updated_at
    };
    (!open, due, Reverse(changed), Reverse(view.id))
}

/// The places of a tab's orders, in their order.
pub fn of_tab<T: Borrow<OrderView>>(orders: &[T], tab: Tab) -> Vec<usize> {
    let held: Vec<usize> = (0..orders.len())
        .filter(|at| Tab::of(orders[*at].borrow()) == tab)
        .collect();
    order::by_key(&held, |at| key(orders[at].borrow()))
}

/// How many stand in each tab.
pub fn counts<T: Borrow<OrderView>>(orders: &[T]) -> [u32; 4] {
    Tab::ALL.map(|tab| {
        let in_it = |order: &&T| Tab::of((*order).borrow()) == tab;
        orders.iter().filter(in_it).count() as u32
    })
}

/// The part a department has in an incident, as its view shows it; a page is only told of what it may read.
pub fn part_of(view: &IncidentView, mine: Option<&DepartmentId>) -> Part {
    match mine {
        Some(_) if view.lead.as_ref() == mine => Part::Lead,
        Some(mine) if view.supporting.contains(mine) => Part::Support,
        _ => Part::Former,
    }
}

#[cfg(test)]
pub(in crate::field) mod tests {
    use domain::category::Severity;
    use domain::ids::IncidentId;
    use domain::wire::DeadlineView;
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000_000_000)
    }

    pub(in crate::field) fn order(
        number: u64,
        state: State,
        due_minutes: Option<i64>,
    ) -> OrderView {
        OrderView {
            incident: IncidentView {
                state,
                deadline: due_minutes.map(|minutes| DeadlineView {
                    stage: domain::assignment::Stage::Handle,
                    due_at: Some(now().plus_minutes(minutes)),
                    warn_at: None,
                    clock: domain::clock::ClockKind::Work,
                    light: domain::clock::Light::Green,
                    explanation: String::new(),
                    explanation_en: String::new(),
                }),
                ..crate::sample::incident(number, Severity::Moderate, state)
            },
            part: Part::Lead,
            assignment: None,
            why: String::new(),
            why_en: String::new(),
            allowed: Vec::new(),
        }
    }

    fn ids(orders: &[OrderView], tab: Tab) -> Vec<IncidentId> {
        of_tab(orders, tab)
            .into_iter()
            .map(|at| orders[at].incident.id)
            .collect()
    }

    #[test]
    fn what_is_due_first_comes_first_and_what_has_no_deadline_last() {
        let orders = [
            order(1, State::Handling, Some(30)),
            order(2, State::Dispatched, Some(-5)),
            order(3, State::Acknowledged, None),
        ];
        let wanted = [2, 1, 3].map(|number| orders[number - 1].incident.id);
        assert_eq!(ids(&orders, Tab::Todo), wanted);
    }

    #[test]
    fn an_order_handed_over_is_done_for_who_did_it() {
        for (state, part, tab) in [
            (State::Dispatched, Part::Lead, Tab::Todo),
            (State::Handling, Part::Support, Tab::Supporting),
            (State::Registered, Part::Former, Tab::Returned),
            (State::Handling, Part::Former, Tab::Returned),
            (State::Resolved, Part::Lead, Tab::Done),
            (State::Closed, Part::Former, Tab::Done),
        ] {
            let mut order = order(1, state, None);
            order.part = part;
            assert_eq!(Tab::of(&order), tab, "{state} {part:?}");
        }
    }

    proptest! {
        #[test]
        fn every_order_stands_in_exactly_one_tab_and_by_deadline(
            given in proptest::collection::vec((0_usize..State::ALL.len(), proptest::option::of(-500_i64..500), 0_u8..3), 0..40),
        ) {
            let orders: Vec<OrderView> = given.into_iter().enumerate().map(|(at, (state, due, part))| {
                let mut order = order(at as u64 + 1, State::ALL[state], due);
                order.part = [Part::Lead, Part::Support, Part::Former][usize::from(part)];
                order
            }).collect();
            let mut seen: Vec<usize> = Tab::ALL.into_iter().flat_map(|tab| of_tab(&orders, tab)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..orders.len()).collect::<Vec<_>>());
            let due = |at: &usize| orders[*at].deadline().and_then(|deadline| deadline.due_at).unwrap_or(Timestamp::MAX);
            for tab in [Tab::Todo, Tab::Supporting, Tab::Returned] {
                let dues: Vec<_> = of_tab(&orders, tab).iter().map(due).collect();
                prop_assert!(dues.is_sorted());
            }
        }
    }
}
