//! The situation in a few figures: what is open, what is late, whether more comes in than people can read. Practice is not
//! counted. Pure.

use std::collections::BTreeMap;

use domain::category::CategoryCode;
use domain::time::Timestamp;
use domain::wire::IncidentView;
use serde::{Deserialize, Serialize};

use crate::live::lists::is_late;

/// More than this many new incidents in the window are a flood (EEMUA 191): summarised, never scrolled.
pub const FLOOD: u32 = 10;
const WINDOW_MS: i64 = 10 * 60_000;
/// What a flood is summarised by.
const MOST_NAMED: usize = 3;

#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Situation {
    /// By severity, the gravest first.
    pub open: [u32; 4],
    pub late: u32,
    /// Waits for the duty officer.
    pub tray: u32,
    /// New within ten minutes, ended ones too.
    pub new: u32,
    /// Of the new: the kinds and the towns (by code) that most of them are of.
    pub kinds: Vec<(Option<CategoryCode>, u32)>,
    pub towns: Vec<(String, u32)>,
}

impl Situation {
    pub fn of<'a>(views: impl Iterator<Item = &'a IncidentView>, now: Timestamp) -> Self {
        let mut found = Self::default();
        let mut kinds: BTreeMap<Option<CategoryCode>, u32> = BTreeMap::new();
        let mut towns: BTreeMap<String, u32> = BTreeMap::new();
        for view in views.filter(|view| !view.drill) {
            if view.state.is_open() {
                found.open[usize::from(view.severity.level() - 1)] += 1;
                found.late += u32::from(is_late(view, now));
                found.tray += u32::from(view.tray);
            }
            if now.since(view.opened_at) <= WINDOW_MS {
                found.new += 1;
                *kinds.entry(view.category).or_default() += 1;
                if let Some(town) = &view.town_code {
                    *towns.entry(town.clone()).or_default() += 1;
                }
            }
        }
        found.kinds = most(kinds);
        found.towns = most(towns);
        found
    }

    pub fn open_in_all(&self) -> u32 {
        self.open.iter().sum()
    }

    pub fn is_flood(&self) -> bool {
        self.new > FLOOD
    }
}

/// The largest counts first; equal ones in the order of their keys.
fn most<K: Ord>(counts: BTreeMap<K, u32>) -> Vec<(K, u32)> {
    let mut counts: Vec<(K, u32)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(MOST_NAMED);
    counts
}

#[cfg(test)]
mod tests {
    use domain::category::Severity;
    use domain::lifecycle::State;

    use super::*;
    use crate::wall::tests::{now, view};

    #[test]
    fn practice_is_not_counted() {
        let practice = view(1, Severity::Extreme, State::Dispatched, 0).practice();
        let real = view(2, Severity::Minor, State::Dispatched, 0);
        let found = Situation::of([&*practice, &*real].into_iter(), now());
        assert_eq!((found.open, found.new), ([0, 0, 0, 1], 1));
    }

    #[test]
    fn what_is_open_is_counted_by_severity_and_what_is_late_once() {
        let views = [
            view(1, Severity::Extreme, State::Reported, 0).late(),
            view(2, Severity::Minor, State::Handling, 0),
            view(3, Severity::Minor, State::Closed, 0).late(),
        ];
        let situation = Situation::of(views.iter().map(|view| &**view), now());
        assert_eq!((situation.open, situation.late), ([1, 0, 0, 1], 1));
        assert_eq!(situation.open_in_all(), 2);
    }

    #[test]
    fn more_than_ten_in_ten_minutes_are_a_flood_and_it_ebbs() {
        let flood = |count: u64, minutes_later: i64| {
            let views: Vec<_> = (1..=count)
                .map(|number| view(number, Severity::Minor, State::Reported, 0))
                .collect();
            Situation::of(
                views.iter().map(|view| &**view),
                now().plus_minutes(minutes_later),
            )
        };
        assert!(!flood(10, 0).is_flood());
        assert!(flood(11, 0).is_flood());
        assert_eq!(flood(11, 0).kinds, [(None, 11)]);
        assert!(!flood(11, 11).is_flood());
    }
}
