//! The six incidents that matter most now: gravest first, then late, then newest. Pure.
//! Who is shown keeps the place for a while, so that nobody reads a line that jumps.

use std::cmp::Reverse;

use domain::ids::IncidentId;
use domain::time::Timestamp;
use domain::wire::IncidentView;

use crate::live::lists::is_late;
use crate::order;

pub const SIX: usize = 6;
/// Among equals, whoever is shown stays at least this long.
const HOLD_MS: i64 = 20_000;

/// Those shown, from the top, each with when it came.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Six {
    shown: Vec<(IncidentId, Timestamp)>,
}

/// Graver before less grave, late before in time: what may push another aside at once.
type Class = (u8, bool);

fn class(view: &IncidentView, now: Timestamp) -> Class {
    (view.severity.level(), !is_late(view, now))
}

impl Six {
    pub fn ids(&self) -> Vec<IncidentId> {
        self.shown.iter().map(|(id, _)| *id).collect()
    }

    /// The six after this one.
    pub fn next<'a>(&self, views: impl Iterator<Item = &'a IncidentView>, now: Timestamp) -> Self {
        let open: Vec<&IncidentView> = views.filter(|view| view.state.is_open()).collect();
        let open = order::by_key(&open, |view| {
            let held = self.place_of(view.id, now).unwrap_or(usize::MAX);
            (
                class(view, now),
                held,
                Reverse(view.opened_at),
                Reverse(view.id),
            )
        });
        let shown = open
            .into_iter()
            .take(SIX)
            .map(|view| (view.id, self.since(view.id).unwrap_or(now)))
            .collect();
        Self { shown }
    }

    fn since(&self, id: IncidentId) -> Option<Timestamp> {
        let (_, since) = self.shown.iter().find(|(shown, _)| *shown == id)?;
        Some(*since)
    }

    /// The place of one that is still held; None once it may be moved.
    fn place_of(&self, id: IncidentId, now: Timestamp) -> Option<usize> {
        self.shown
            .iter()
            .position(|(shown, since)| *shown == id && now.since(*since) < HOLD_MS)
    }
}

#[cfg(test)]
mod tests {
    use domain::category::Severity;
    use domain::lifecycle::State;

    use super::*;
    use crate::wall::tests::{now, view};

    fn numbers(six: &Six) -> Vec<u64> {
        six.ids().iter().map(|id| id.bits() >> 20).collect()
    }

    #[test]
    fn the_gravest_come_first_then_the_late_then_the_newest_and_the_closed_never() {
        let views = [
            view(1, Severity::Minor, State::Reported, 0),
            view(2, Severity::Extreme, State::Closed, 0),
            view(3, Severity::Severe, State::Handling, 5),
            view(4, Severity::Severe, State::Handling, 1).late(),
            view(5, Severity::Minor, State::Reported, 9),
            view(6, Severity::Minor, State::Reported, 2).late(),
        ];
        let six = Six::default().next(views.iter().map(|view| &**view), now());
        assert_eq!(numbers(&six), [4, 3, 6, 5, 1]);
    }

    #[test]
    fn six_are_shown_and_no_more() {
        let views: Vec<_> = (1..=20)
            .map(|number| view(number, Severity::Minor, State::Reported, number as i64))
            .collect();
        let six = Six::default().next(views.iter().map(|view| &**view), now());
        assert_eq!(numbers(&six), [20, 19, 18, 17, 16, 15]);
    }

    #[test]
    fn a_newer_equal_waits_until_the_shown_have_been_read() {
        let mut views: Vec<_> = (1..=6)
            .map(|number| view(number, Severity::Minor, State::Reported, number as i64))
            .collect();
        let first = Six::default().next(views.iter().map(|view| &**view), now());
        views.push(view(7, Severity::Minor, State::Reported, 7));
        let soon = first.next(views.iter().map(|view| &**view), now().plus_millis(5_000));
        assert_eq!(numbers(&soon), [6, 5, 4, 3, 2, 1]);
        let later = soon.next(views.iter().map(|view| &**view), now().plus_millis(HOLD_MS));
        assert_eq!(numbers(&later), [7, 6, 5, 4, 3, 2]);
    }

    #[test]
    fn a_graver_one_pushes_in_at_once_and_the_others_keep_their_order() {
        let mut views: Vec<_> = (1..=6)
            .map(|number| view(number, Severity::Minor, State::Reported, number as i64))
            .collect();
        let first = Six::default().next(views.iter().map(|view| &**view), now());
        views.push(view(7, Severity::Extreme, State::Reported, 7));
        let soon = first.next(views.iter().map(|view| &**view), now().plus_millis(100));
        assert_eq!(numbers(&soon), [7, 6, 5, 4, 3, 2]);
    }
}
